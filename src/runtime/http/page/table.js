// The table of processes. Rows are kept from one snapshot to the next and only what differs is changed, so that focus,
// selection and scrolling stay where they are, also with a thousand rows.

import { byId, make, setPressed, setText, size, span } from "./dom.js";
import { order } from "./orders.js";
import { openLog } from "./viewer.js";

const COLUMNS = [
  ["State"],
  ["Name"],
  ["Description"],
  ["Uptime", "num"],
  ["CPU", "num"],
  ["Memory", "num"],
  ["Action", "actions"],
];
const LABELS = { start: "Start", stop: "Stop", restart: "Restart", clear: "Clear Log", tail: "Log" };
const STATES = ["running", "starting", "backoff", "stopping", "stopped", "exited", "fatal", "unknown"];
const LOOKS = { running: "running", fatal: "error", backoff: "error", starting: "waiting", stopping: "waiting" };

const sections = new Map();
const rows = new Map();
let rates = new Map();
let samples = new Map();
let table = null;
let wantedState = "";
let shown = { groups: [] };

// Processor use in per cent of one processor, from two samples. The daemon may tell one sample several times.
function measure(data) {
  const fresh = new Map();
  const freshRates = new Map();
  for (const process of data.groups.flatMap(group => group.processes)) {
    if (process.pid == null || process.cpu == null) {
      continue;
    }
    const last = samples.get(process.pid);
    const same = last && last.at === data.sampled;
    fresh.set(process.pid, same ? last : { cpu: process.cpu, at: data.sampled });
    if (same && rates.has(process.pid)) {
      freshRates.set(process.pid, rates.get(process.pid));
    } else if (last && !same) {
      freshRates.set(process.pid, Math.max(0, (process.cpu - last.cpu) / (data.sampled - last.at) * 100));
    }
  }
  samples = fresh;
  rates = freshRates;
}

function button(action, name, onclick) {
  const node = make("button", { type: "button", textContent: LABELS[action], onclick });
  node.dataset.is = action;
  node.dataset.action = action === "clear" ? "clearlog" : action === "tail" ? "log" : action;
  node.setAttribute("aria-label", `${LABELS[action]} ${name}`);
  return node;
}

function orderButton(action, name) {
  return button(action, name, event => order(event.currentTarget.dataset.action, name));
}

function makeRow(process) {
  const line = make("tr", { tabIndex: -1 });
  line.dataset.id = process.id;
  line.append(
    make("td", {}, make("span")),
    make("td", { className: "name", textContent: process.name }),
    make("td", { className: "description" }),
    ...["Uptime", "CPU", "Memory"].map(label => {
      const cell = make("td", { className: "num" });
      cell.dataset.label = label;
      return cell;
    }),
    make("td", { className: "actions" }),
  );
  return line;
}

// The original's words, without the uptime, which has its own column, and with what they leave out.
function describe(process) {
  const parts = [process.description.replace(/, uptime .*/, "").replace(/^Not started$/, "not started")];
  if (process.state === "EXITED" && process.exitstatus != null) {
    parts.unshift(process.exitstatus < 0 ? "killed by a signal" : `exit status ${process.exitstatus}`);
  }
  if (process.restarts) {
    parts.push(process.restarts === 1 ? "1 restart" : `${process.restarts} restarts`);
  }
  return parts.filter(part => part).join(" · ");
}

function fillRow(line, process) {
  const [state, , description, uptime, cpu, memory, actions] = line.cells;
  const name = process.state.toLowerCase();
  line.dataset.state = name;
  setText(state.firstChild, name);
  state.firstChild.className = "status status" + (LOOKS[name] ?? "nominal");
  setText(description, describe(process));
  line.since = process.uptime == null ? null : Date.now() / 1000 - process.uptime;
  if (line.since == null) {
    setText(uptime, "");
  }
  const rate = rates.get(process.pid);
  setText(cpu, rate == null ? "" : rate.toFixed(1) + " %");
  setText(memory, size(process.memory));
  memory.title = process.processes > 1 ? `${process.processes} processes` : "";
  fillActions(actions, process);
}

// A button that stays is the same one, so that a click never meets one that has just been replaced. Where the focused
// one goes away, its row has the focus.
function fillActions(cell, process) {
  const wanted = process.actions.join(" ");
  if (cell.dataset.wanted === wanted) {
    return;
  }
  cell.dataset.wanted = wanted;
  const makeButton = action =>
    action === "tail"
      ? button(action, process.id, () => openLog(process.id, process.stdout, process.stderr))
      : orderButton(action, process.id);
  const had = cell.contains(document.activeElement);
  const known = new Map([...cell.children].map(node => [node.dataset.is, node]));
  place(cell, process.actions.map(action => known.get(action) ?? makeButton(action)));
  if (had && !cell.contains(document.activeElement)) {
    cell.parentElement.focus();
  }
}

function makeSection(name) {
  const body = make("tbody");
  body.dataset.group = name;
  const summary = make("span", { className: "summary" });
  const title = make("th", { scope: "rowgroup", colSpan: 6 }, make("span", { textContent: name }), summary);
  const actions = make("td", { className: "actions" });
  actions.append(...["start", "restart", "stop", "clear"].map(action => orderButton(action, name + ":*")));
  body.append(make("tr", { className: "group" }, title, actions));
  return body;
}

// A group of one process of the same name needs no line of its own: what could be done there can be done with the
// process.
function fillSection(body, group) {
  const [head] = body.rows;
  const single = group.processes.length === 1 && group.processes[0].name === group.name;
  head.hidden = single;
  const running = group.processes.filter(process => process.state === "RUNNING").length;
  setText(head.querySelector(".summary"), `${running} of ${group.processes.length} running`);
  const lines = group.processes.map(process => {
    const line = rows.get(process.id) ?? makeRow(process);
    rows.set(process.id, line);
    line.classList.toggle("member", !single);
    fillRow(line, process);
    return line;
  });
  place(body, [head, ...lines]);
}

// Makes these the children, in this order, touching only what is not in its place: a node that is moved loses its
// focus.
function place(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) {
    if (!wanted.has(child)) {
      child.remove();
    }
  }
  children.forEach((child, at) => {
    if (parent.children[at] !== child) {
      parent.insertBefore(child, parent.children[at] ?? null);
    }
  });
}

function forget(known, wanted) {
  for (const key of known.keys()) {
    if (!wanted.has(key)) {
      known.delete(key);
    }
  }
}

function makeTable() {
  const titles = COLUMNS.map(([title, look = ""]) => make("th", { textContent: title, scope: "col", className: look }));
  table = make("table", { className: "programs" }, make("thead", {}, make("tr", {}, ...titles)));
  byId("groups").replaceChildren(table, make("p", { className: "nothing", hidden: true }));
}

function drawCounts(processes) {
  const counts = byId("counts");
  if (!counts.children.length) {
    const chip = state => {
      const node = make("button", { type: "button", onclick: () => toggleState(state) });
      node.dataset.state = state;
      return node;
    };
    counts.append(...STATES.map(chip));
  }
  for (const chip of counts.children) {
    const state = chip.dataset.state;
    const count = processes.filter(process => process.state.toLowerCase() === state).length;
    chip.hidden = !count && state !== wantedState && state !== "running";
    setText(chip, `${count} ${state}`);
    chip.className = "status status" + (LOOKS[state] ?? "nominal");
    setPressed(chip, state === wantedState);
  }
}

function toggleState(state) {
  wantedState = wantedState === state ? "" : state;
  drawCounts(shown.groups.flatMap(group => group.processes));
  filter();
}

// Hides what does not match the typed name or the chosen state.
export function filter() {
  const typed = byId("filter").value.trim().toLowerCase();
  let count = 0;
  for (const body of table?.tBodies ?? []) {
    const [head, ...lines] = body.rows;
    let visible = 0;
    for (const line of lines) {
      const named = [line.dataset.id, body.dataset.group].some(name => name.toLowerCase().includes(typed));
      const fits = named && (!wantedState || line.dataset.state === wantedState);
      line.hidden = !fits;
      visible += fits ? 1 : 0;
    }
    body.hidden = !visible && (typed !== "" || wantedState !== "" || head.hidden);
    count += visible;
  }
  const nothing = document.querySelector(".nothing");
  nothing.hidden = count > 0;
  nothing.textContent = shown.groups.length ? "No process matches" : "No programs to manage";
}

// Shows a snapshot.
export function draw(data) {
  shown = data;
  measure(data);
  if (!table) {
    makeTable();
  }
  const bodies = data.groups.map(group => {
    const body = sections.get(group.name) ?? makeSection(group.name);
    sections.set(group.name, body);
    fillSection(body, group);
    return body;
  });
  const processes = data.groups.flatMap(group => group.processes);
  place(table, [table.tHead, ...bodies]);
  forget(sections, new Set(data.groups.map(group => group.name)));
  forget(rows, new Set(processes.map(process => process.id)));
  table.hidden = !processes.length && !data.groups.length;
  drawCounts(processes);
  const daemon = data.daemon;
  const facts = [daemon.identifier, `pid ${daemon.pid}`, daemon.state.toLowerCase(), `${processes.length} processes`];
  setText(byId("daemon"), facts.join(" · "));
  filter();
  tick();
}

// Uptimes go on without the daemon's help.
export function tick() {
  for (const line of rows.values()) {
    if (line.since != null) {
      setText(line.cells[3], span(Math.max(0, Date.now() / 1000 - line.since)));
    }
  }
}

export function visibleRows() {
  return [...document.querySelectorAll("tr[data-id]")].filter(line => !line.hidden && !line.parentElement.hidden);
}

export function rowOf(id) {
  return rows.get(id);
}
