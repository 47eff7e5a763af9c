// Starts the page and listens to the keyboard.

import { byId, recall, remember } from "./dom.js";
import { watch } from "./live.js";
import { order } from "./orders.js";
import { draw, filter, tick, visibleRows } from "./table.js";
import * as viewer from "./viewer.js";

let selected = null;

function toggleTheme() {
  const root = document.documentElement.classList;
  const dark = root.contains("dark") || !root.contains("light") && matchMedia("(prefers-color-scheme: dark)").matches;
  setTheme(dark ? "light" : "dark");
  remember("theme", dark ? "light" : "dark");
}

function setTheme(name) {
  document.documentElement.classList.toggle("dark", name === "dark");
  document.documentElement.classList.toggle("light", name === "light");
}

function toggleHelp() {
  byId("keys").hidden = !byId("keys").hidden;
  byId("help").setAttribute("aria-expanded", String(!byId("keys").hidden));
}

// Focuses the process so many rows further on; the first or last one if none was focused.
function move(step) {
  const all = visibleRows();
  const at = all.findIndex(line => line.dataset.id === selected);
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  const line = all[next];
  if (line) {
    selected = line.dataset.id;
    line.focus();
    line.scrollIntoView({ block: "nearest" });
  }
}

// Presses a button of the selected process.
function press(action) {
  const line = visibleRows().find(line => line.dataset.id === selected);
  line?.querySelector(`[data-action=${action}]`)?.click();
}

function escape() {
  if (document.activeElement === byId("filter") && byId("filter").value) {
    byId("filter").value = "";
    filter();
  } else if (viewer.isOpen()) {
    viewer.close();
  } else if (!byId("keys").hidden) {
    toggleHelp();
  } else {
    document.activeElement.blur();
  }
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  s: () => press("start"),
  x: () => press("stop"),
  r: () => press("restart"),
  c: () => press("clearlog"),
  l: () => press("log"),
  d: viewer.openMainLog,
  f: () => viewer.isOpen() && viewer.toggleFollow(),
  t: toggleTheme,
  "?": toggleHelp,
  "/": () => byId(viewer.isOpen() ? "search" : "filter").focus(),
};

function pressed(event) {
  if (event.key === "Escape") {
    event.preventDefault();
    return escape();
  }
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input")) {
    return;
  }
  if (Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
}

// The row in which something has the focus is the one that keys are about.
function focused(event) {
  selected = event.target.closest("tr[data-id]")?.dataset.id ?? selected;
}

function setUp() {
  setTheme(recall("theme"));
  for (const node of document.querySelectorAll(".scripted")) {
    node.hidden = false;
  }
  byId("theme").onclick = toggleTheme;
  byId("help").onclick = toggleHelp;
  byId("mainlog").onclick = viewer.openMainLog;
  byId("filter").oninput = filter;
  byId("buttons").onsubmit = event => {
    event.preventDefault();
    order(event.submitter.value);
  };
  document.addEventListener("keydown", pressed);
  document.addEventListener("focusin", focused);
  viewer.setUp();
  setInterval(tick, 1000);
  watch(draw);
}

setUp();
