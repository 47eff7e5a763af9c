// Shows what the daemon tells by server-sent events. Text reaches the page through textContent only.
"use strict";
const $ = id => document.getElementById(id);
const token = document.querySelector("meta[name=token]").content;
const KEEP = 512 * 1024;
let shown = null, before = new Map(), cpu = new Map(), selected = null;
let viewing = null, text = "", paused = false, stop = null;

function make(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
}
function span(seconds) {
  const two = n => String(n).padStart(2, "0"), days = Math.floor(seconds / 86400);
  const clock = Math.floor(seconds % 86400 / 3600) + ":" + two(Math.floor(seconds % 3600 / 60)) + ":" + two(Math.floor(seconds % 60));
  return days ? days + " d " + clock : clock;
}
const look = state => state === "RUNNING" ? "running" : state === "FATAL" || state === "BACKOFF" ? "error" : "nominal";
const size = bytes => bytes == null ? "" : bytes >= 1 << 30 ? (bytes / (1 << 30)).toFixed(1) + " GB" : (bytes / (1 << 20)).toFixed(1) + " MB";

async function act(action, name) {
  $("message").textContent = action + " " + (name || "") + " …";
  try {
    const body = new URLSearchParams({ token, action, json: "1" });
    if (name) body.set("processname", name);
    const answer = await fetch("/", { method: "POST", body });
    $("message").textContent = answer.ok ? (await answer.json()).message : "refused: " + answer.status + " (reload the page)";
  } catch (error) { $("message").textContent = "cannot reach the daemon"; }
}
function button(label, action, name) {
  const node = make("button", { type: "button", textContent: label, onclick: () => act(action, name) });
  node.dataset.action = action;
  node.setAttribute("aria-label", label + " " + name);
  return node;
}
function row(process) {
  const line = make("tr", { tabIndex: -1 });
  line.dataset.id = process.id;
  const num = (label, value) => { const cell = make("td", { className: "num", textContent: value }); cell.dataset.label = label; return cell; };
  const uptime = num("Uptime", "");
  if (process.uptime != null) { uptime.dataset.since = Date.now() / 1000 - process.uptime; uptime.classList.add("uptime"); }
  const used = cpu.get(process.pid);
  const actions = make("td", { className: "actions" });
  const labels = { start: "Start", stop: "Stop", restart: "Restart", clear: "Clear Log" };
  for (const action of process.actions)
    if (labels[action]) actions.append(button(labels[action], action === "clear" ? "clearlog" : action, process.id), " ");
  if (process.stdout || process.stderr) {
    const log = make("button", { type: "button", textContent: "Log", onclick: () => view(process.id, process.stdout ? "stdout" : "stderr") });
    log.dataset.action = "log"; actions.append(log);
  }
  line.append(make("td", {}, make("span", { className: "status status" + look(process.state), textContent: process.state.toLowerCase() })),
    make("td", { className: "name", textContent: process.name }), make("td", { className: "description", textContent: process.description.replace(/, uptime .*/, "") }),
    uptime, num("CPU", process.pid && used != null ? used.toFixed(1) + " %" : ""), num("Memory", size(process.memory)), actions);
  return line;
}
function group(data) {
  const head = make("div", { className: "grouphead" }, make("h2", { textContent: data.name }));
  for (const [label, action] of [["Start", "start"], ["Restart", "restart"], ["Stop", "stop"], ["Clear Logs", "clearlog"]])
    head.append(button(label, action, data.name + ":*"));
  const titles = make("tr", {}, ...["State", "Name", "Description", "Uptime", "CPU", "Memory", "Action"].map((title, at) =>
    make("th", { textContent: title, scope: "col", className: at > 2 && at < 6 ? "num" : "" })));
  return make("section", { className: "group" }, head, make("table", {}, make("thead", {}, titles), make("tbody", {}, ...data.processes.map(row))));
}
function measure(data) {
  const now = new Map(), rates = new Map();
  for (const process of data.groups.flatMap(group => group.processes)) {
    if (process.pid == null || process.cpu == null) continue;
    const last = before.get(process.pid), same = last && last.sampled === data.sampled;
    now.set(process.pid, same ? last : { cpu: process.cpu, sampled: data.sampled });
    if (same ? cpu.has(process.pid) : last)
      rates.set(process.pid, same ? cpu.get(process.pid) : Math.max(0, (process.cpu - last.cpu) / (data.sampled - last.sampled) * 100));
  }
  before = now; cpu = rates;
}
function draw(data) {
  measure(data); shown = data;
  const focused = document.activeElement, line = focused && focused.closest("tr[data-id]");
  const place = line && [line.dataset.id, focused.dataset.action];
  $("groups").replaceChildren(...(data.groups.length ? data.groups.map(group) : [make("p", { textContent: "No programs to manage" })]));
  $("daemon").textContent = data.daemon.identifier + " · pid " + data.daemon.pid + " · " + data.daemon.state.toLowerCase();
  if (place) {
    const again = find(place[0]);
    if (again) ((place[1] && again.querySelector(`[data-action=${place[1]}]`)) || again).focus();
  }
  tick();
}
function tick() {
  for (const cell of document.querySelectorAll(".uptime")) cell.textContent = span(Math.max(0, Date.now() / 1000 - cell.dataset.since));
}
const rows = () => [...document.querySelectorAll("tr[data-id]")];
const find = id => rows().find(line => line.dataset.id === id);

async function view(name, channel) {
  if (stop) stop.abort();
  const mine = stop = new AbortController();
  viewing = name; text = ""; paused = false;
  $("pause").setAttribute("aria-pressed", "false");
  $("viewer").hidden = false; $("out").hidden = $("err").hidden = !name;
  $("title").textContent = name ? name + " " + channel : "daemon log";
  const at = name ? "/logtail/" + encodeURIComponent(name) + "/" + channel : "/mainlogtail";
  $("download").href = name ? "/web/log/" + encodeURIComponent(name) + "/" + channel : "/web/mainlog";
  render(); $("log").focus();
  try {
    const answer = await fetch(at, { signal: mine.signal });
    if (!answer.ok) { text = "no log (" + answer.status + ")"; return render(); }
    const reader = answer.body.getReader(), decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || stop !== mine) break;
      text = (text + decoder.decode(value, { stream: true })).slice(-KEEP);
      if (!paused) render();
    }
  } catch (error) { if (stop === mine) { text += "\n[connection lost]"; render(); } }
}
function render() {
  const log = $("log"), word = $("search").value, atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  if (!word) { log.textContent = text; $("hits").textContent = ""; }
  else {
    const parts = [], lower = text.toLowerCase(), wanted = word.toLowerCase();
    let at = 0, hits = 0;
    if (lower.length === text.length) for (let next; (next = lower.indexOf(wanted, at)) >= 0 && hits < 2000; hits++) {
      parts.push(text.slice(at, next), make("mark", { textContent: text.slice(next, next + word.length) }));
      at = next + word.length;
    }
    log.replaceChildren(...parts, text.slice(at)); $("hits").textContent = hits + " found";
  }
  if (atEnd) log.scrollTop = log.scrollHeight;
}
function close() { if (stop) stop.abort(); stop = null; $("viewer").hidden = true; const line = viewing && find(viewing); if (line) line.focus(); }
function theme() {
  const root = document.documentElement.classList;
  const dark = root.contains("dark") || !root.contains("light") && matchMedia("(prefers-color-scheme: dark)").matches;
  root.toggle("dark", !dark); root.toggle("light", dark);
  try { localStorage.setItem("theme", dark ? "light" : "dark"); } catch (error) { /* not kept */ }
}
function help() { $("keys").hidden = !$("keys").hidden; $("help").setAttribute("aria-expanded", String(!$("keys").hidden)); }
function key(event) {
  if (event.key === "Escape") return close();
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input")) return;
  const all = rows(), line = document.activeElement && document.activeElement.closest("tr[data-id]");
  if (line) selected = line.dataset.id;
  const at = all.findIndex(one => one.dataset.id === selected), press = action => {
    const node = at >= 0 && all[at].querySelector(`[data-action=${action}]`); if (node) node.click(); };
  const keys = { j: () => all.length && (all[Math.min(at + 1, all.length - 1)].focus(), selected = document.activeElement.dataset.id),
    k: () => all.length && (all[Math.max(at - 1, 0)].focus(), selected = document.activeElement.dataset.id),
    s: () => press("start"), x: () => press("stop"), r: () => press("restart"), c: () => press("clearlog"), l: () => press("log"),
    t: theme, "?": help, "/": () => { if (!$("viewer").hidden) $("search").focus(); } };
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
}
try { const kept = localStorage.getItem("theme"); if (kept === "dark" || kept === "light") document.documentElement.classList.add(kept); } catch (error) { /* none */ }
document.querySelectorAll("header [hidden]").forEach(node => { node.hidden = false; });
$("theme").onclick = theme; $("help").onclick = help; $("close").onclick = close;
document.querySelector("[data-log]").onclick = () => view("", "");
$("out").onclick = () => view(viewing, "stdout"); $("err").onclick = () => view(viewing, "stderr");
$("search").oninput = render;
$("pause").onclick = () => { paused = !paused; $("pause").setAttribute("aria-pressed", String(paused)); render(); };
$("buttons").onsubmit = event => { event.preventDefault(); act(event.submitter.value); };
document.addEventListener("keydown", key);
setInterval(tick, 1000);
const source = new EventSource("/events");
source.addEventListener("snapshot", event => draw(JSON.parse(event.data)));
source.onopen = () => { $("live").textContent = "live"; $("live").className = "on"; };
source.onerror = () => { $("live").textContent = "connection lost, trying again"; $("live").className = ""; };
