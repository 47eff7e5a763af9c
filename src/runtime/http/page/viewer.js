// The log viewer: what a log ends with, and what comes to it. A log can hold anything; it is only ever shown as text.

import { address, byId, make, recall, remember, setPressed, setText } from "./dom.js";

// Characters that are kept; when twice as many are there, the older half goes.
const KEEP = 512 * 1024;
const MOST_HITS = 2000;
const RETRY = 1000;

let viewing = null;
let stream = null;
let text = "";
let following = true;
let current = 0;
let due = false;
let returnTo = null;

const log = () => byId("log");

// Opens a process's log.
export function openLog(name, stdout, stderr) {
  returnTo = document.activeElement;
  byId("channels").hidden = !(stdout && stderr);
  view(name, stdout ? "stdout" : "stderr");
}

// Opens the daemon's own log.
export function openMainLog() {
  returnTo = document.activeElement;
  byId("channels").hidden = true;
  view("", "");
}

function view(name, channel) {
  viewing = { name, channel };
  const place = name ? `/${encodeURIComponent(name)}/${channel}` : "";
  setText(byId("title"), name ? `${name} ${channel}` : "daemon log");
  byId("download").href = address(name ? "web/log" + place : "web/mainlog");
  setPressed(byId("out"), channel === "stdout");
  setPressed(byId("err"), channel === "stderr");
  byId("viewer").hidden = false;
  document.body.classList.add("viewing");
  setFollowing(true);
  read(address("web/follow" + place));
  log().focus();
}

// Reads the stream until another log is opened; begins anew where the connection is lost.
async function read(from) {
  stream?.abort();
  const mine = stream = new AbortController();
  while (stream === mine) {
    reset("");
    try {
      const answer = await fetch(from, { signal: mine.signal });
      if (!answer.ok) {
        return reset(answer.status === 404 ? "There is no log." : `refused with status ${answer.status}`);
      }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        if (stream === mine) {
          append(piece.value);
        }
      }
    } catch {
      // Told below, if it still matters.
    }
    if (stream === mine) {
      append("\n[connection lost, trying again]\n");
      await new Promise(resolve => setTimeout(resolve, RETRY));
    }
  }
}

function reset(to) {
  text = to;
  current = 0;
  redraw();
}

function append(piece) {
  text += piece;
  if (text.length > 2 * KEEP) {
    // Cut at a line.
    text = text.slice(text.indexOf("\n", text.length - KEEP) + 1);
    return redraw();
  }
  if (byId("search").value) {
    return redraw();
  }
  log().append(piece);
  keepUp();
}

// Drawn at most once a frame, however many pieces come.
function redraw() {
  if (!due) {
    due = true;
    requestAnimationFrame(() => {
      due = false;
      render();
    });
  }
}

function render() {
  const word = byId("search").value;
  if (word) {
    log().replaceChildren(...marked(word));
  } else {
    log().textContent = text;
  }
  countHits(word);
  keepUp();
}

// The text cut at the matches.
function marked(word) {
  const pattern = new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(at, match.index), make("mark", { textContent: match[0] }));
    at = match.index + match[0].length;
    if (parts.length >= 2 * MOST_HITS) {
      break;
    }
  }
  parts.push(text.slice(at));
  return parts;
}

const marks = () => log().querySelectorAll("mark");

function countHits(word) {
  const count = marks().length;
  const more = count >= MOST_HITS ? "+" : "";
  setText(byId("hits"), word ? (current ? `${current} of ${count}${more}` : `${count}${more} found`) : "");
  byId("previous").disabled = byId("next").disabled = !count;
  marks()[current - 1]?.classList.add("current");
}

// Goes to another match and stays there, instead of following.
function go(step) {
  const all = marks();
  if (!all.length) {
    return;
  }
  all[current - 1]?.classList.remove("current");
  // Without a current one, backwards begins at the last match: what is newest is nearest.
  current = current ? (current - 1 + step + all.length) % all.length + 1 : step > 0 ? 1 : all.length;
  setFollowing(false);
  countHits(byId("search").value);
  all[current - 1].scrollIntoView({ block: "center" });
}

function setFollowing(on) {
  following = on;
  setPressed(byId("follow"), on);
  keepUp();
}

function keepUp() {
  if (following) {
    log().scrollTop = log().scrollHeight;
  }
}

// Who scrolls up wants to read; who is back at the end wants to follow.
function scrolled() {
  const atEnd = log().scrollHeight - log().scrollTop - log().clientHeight < 8;
  if (atEnd !== following && !due) {
    following = atEnd;
    setPressed(byId("follow"), atEnd);
  }
}

function setWrap(on) {
  log().classList.toggle("wrap", on);
  setPressed(byId("wrap"), on);
  remember("wrap", String(on));
  keepUp();
}

export function isOpen() {
  return viewing !== null;
}

export function toggleFollow() {
  setFollowing(!following);
}

export function close() {
  stream?.abort();
  stream = viewing = null;
  byId("viewer").hidden = true;
  document.body.classList.remove("viewing");
  log().textContent = text = "";
  (returnTo?.isConnected ? returnTo : document.body).focus();
}

function searchKey(event) {
  if (event.key === "Enter") {
    event.preventDefault();
    go(event.shiftKey ? 1 : -1);
  }
}

function search() {
  current = 0;
  redraw();
}

// Connects the viewer's buttons.
export function setUp() {
  byId("out").onclick = () => view(viewing.name, "stdout");
  byId("err").onclick = () => view(viewing.name, "stderr");
  byId("follow").onclick = toggleFollow;
  byId("wrap").onclick = () => setWrap(!log().classList.contains("wrap"));
  byId("close").onclick = close;
  byId("previous").onclick = () => go(-1);
  byId("next").onclick = () => go(1);
  byId("search").oninput = search;
  byId("search").onkeydown = searchKey;
  log().onscroll = scrolled;
  setWrap(recall("wrap") !== "false");
}
