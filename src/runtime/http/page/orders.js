// Orders to the daemon: a POST with the page's token, and its message shown on top.

import { address, byId } from "./dom.js";

let token = document.querySelector("meta[name=token]").content;

export function tell(text, failed = false) {
  byId("message").textContent = text;
  byId("message").classList.toggle("error", failed);
}

// A daemon that was restarted has another token than the one that made this page.
async function renewToken() {
  const page = await fetch(address("./"), { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  token = fresh.querySelector("meta[name=token]")?.content ?? token;
}

function send(action, name) {
  const body = new URLSearchParams({ token, action, json: "1" });
  if (name) {
    body.set("processname", name);
  }
  return fetch(address("./"), { method: "POST", body });
}

const FAILED = /^(ERROR|unexpected rpc fault|No such process)/;

// Orders something of one process, of a group (`name:*`), or of all.
export async function order(action, name = "") {
  tell(`${action} ${name} …`);
  try {
    let answer = await send(action, name);
    if (answer.status === 403) {
      await renewToken();
      answer = await send(action, name);
    }
    if (!answer.ok) {
      return tell(`refused with status ${answer.status}: ${(await answer.text()).replace(/<[^>]*>/g, " ")}`, true);
    }
    const { message } = await answer.json();
    tell(message, FAILED.test(message));
  } catch {
    tell("cannot reach the daemon", true);
  }
}
