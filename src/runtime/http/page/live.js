// What the daemon tells by server-sent events: a whole snapshot, now and after each change.

import { address, byId } from "./dom.js";

const RETRY = 1000;

let source = null;
let timer = null;

function show(text, look) {
  byId("live").textContent = text;
  byId("live").className = look;
}

function connect(draw) {
  clearTimeout(timer);
  source?.close();
  source = new EventSource(address("events"));
  source.addEventListener("snapshot", event => {
    draw(JSON.parse(event.data));
    show("live", "on");
  });
  source.onerror = () => {
    show("connection lost, trying again", "off");
    // Browsers differ in when they give up for good; we do not.
    disconnect();
    timer = setTimeout(() => connect(draw), RETRY);
  };
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

// Draws every snapshot from now on. A page that nobody sees holds no connection: browsers allow six to a server, and
// the daemon reads figures only while somebody watches.
export function watch(draw) {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      disconnect();
    } else if (!source) {
      connect(draw);
    }
  });
  connect(draw);
}
