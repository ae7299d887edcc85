// The log: its lines in the order in which they come, which of them are shown, and what opens when one is read.

import { address } from "./address.js";
import { LINES } from "./connection.js";
import { byId, element, factList, setText } from "./elements.js";
import { beginningOf, compact, dateAndTime, dateOf, milliseconds, timeElement } from "./format.js";
import { contentOf } from "./json.js";
import { endsOf, isAbout, namesOf, outcomeClass } from "./lines.js";

const SHOWN = 500; // lines in the document

const list = byId("log");
let lines = []; // the newest, bounded
let waiting = []; // lines that are not in the document yet
let missed = 0; // lines that came while the log did not follow
let following = true; // whether the newest line is kept in sight
let paused = false; // whether the user has said so
let only = null; // the box whose lines are shown

// --- which lines are shown ---

function isWanted(line) {
  if (line.note) return true;
  const which = document.querySelector('input[name="which"]:checked').value, kind = outcomeClass(line.outcome);
  if (which === "problems" && kind !== "bad" && kind !== "odd") return false;
  if (which === "printed" && kind !== "printed") return false;
  if (which === "events" && kind === "printed") return false;
  if (only && !isAbout(line, only.name)) return false;
  const text = byId("sift").value.trim().toLowerCase();
  const { from, to } = namesOf(line);
  return !text || `${line.from} ${from} ${line.to} ${to} ${line.outcome} ${line.detail}`.toLowerCase().includes(text);
}

// Shows the lines of one box alone, or all.
export function narrow(node = null) {
  const same = node?.name === only?.name;
  only = node;
  if (same) return;
  byId("only").hidden = !node;
  byId("only").replaceChildren(node?.label ?? "", element("span", { "aria-hidden": "true" }, " ×"));
  byId("only").setAttribute("aria-label", `Only lines of ${node?.label}; show all`);
  refill();
}

// --- lines come ---

export function addLine(line) {
  lines.push(line);
  if (lines.length > LINES) lines = lines.slice(-LINES);
  if (!isWanted(line)) return;
  waiting.push(line);
  if (waiting.length > SHOWN) waiting = waiting.slice(-SHOWN);
  if (!following) missed += 1;
  renderSoon();
}

// A remark between the lines.
export const addNote = (note) => addLine({ note });

let frame = 0;
function renderSoon() {
  if (!frame) frame = requestAnimationFrame(() => { frame = 0; render(); });
}

// Brings what waits into the document if the log follows, and says what it keeps back.
function render() {
  if (following) append();
  setText(byId("pause"), missed ? `Resume (${compact(missed)} new)` : paused ? "Resume" : "Pause");
  byId("pause").setAttribute("aria-pressed", String(!following));
  byId("silence").hidden = list.children.length > 0;
  setText(byId("silence"), lines.length ? "No line matches." : "Nothing has happened yet.");
}

function append() {
  if (!waiting.length) return;
  list.append(...waiting.map(rowOf));
  waiting = [];
  while (list.children.length > SHOWN) list.firstChild.remove();
  list.scrollTop = list.scrollHeight;
  if (!list.querySelector('button[tabindex="0"]')) list.lastChild?.querySelector("button")?.setAttribute("tabindex", "0");
}

// All lines anew: another filter, or whoever read goes on.
function refill() {
  list.replaceChildren();
  waiting = lines.filter(isWanted).slice(-SHOWN);
  missed = 0;
  following = !paused;
  append();
  render();
}

function pause(on) {
  paused = on;
  if (on) { following = false; render(); }
  else refill();
}

// --- a line as a row ---

function rowOf(line) {
  if (line.note) return element("li", { class: "note" }, line.note);
  const kind = outcomeClass(line.outcome);
  const said = element("span", { class: "said" }, beginningOf(line.detail));
  const entry = element("button", { class: `entry ${kind}`, tabindex: "-1", "aria-expanded": "false" }, timeElement(dateOf(line.at)));
  if (kind === "printed") entry.append(element("span", { class: "way" }, element("b", {}, line.to)), said);
  else {
    const { from, to } = namesOf(line), way = element("span", { class: "way" });
    if (from) way.append(element("b", {}, from), element("i", { "aria-label": "to" }, " → "));
    way.append(element("b", {}, to));
    const took = element("span", { class: "ms" }, line.ms === null ? "" : milliseconds(line.ms));
    entry.append(way, element("span", { class: "outcome" }, line.outcome), took, said);
  }
  entry.addEventListener("click", () => toggle(entry, line));
  entry.addEventListener("focus", () => {
    for (const other of list.querySelectorAll('button[tabindex="0"]')) other.setAttribute("tabindex", "-1");
    entry.setAttribute("tabindex", "0");
  });
  return element("li", {}, entry);
}

// Opens or closes what is known of a line.
function toggle(entry, line) {
  const open = entry.getAttribute("aria-expanded") === "true";
  entry.setAttribute("aria-expanded", String(!open));
  if (open) { entry.parentNode.querySelector(".detail").remove(); return; }
  if (!paused) pause(true); // whoever reads is not pushed away by what comes
  const detail = detailOf(line);
  entry.parentNode.append(detail);
  detail.scrollIntoView({ block: "nearest" });
}

function detailOf(line) {
  const date = dateOf(line.at), ends = endsOf(line), names = namesOf(line);
  const facts = [
    ["Time", `${dateAndTime(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`], ["From", names.from], ["To", line.to],
    ["Outcome", line.outcome], ["Took", line.ms === null ? "" : `${line.ms} ms`],
  ];
  const acts = element("div", { class: "acts" });
  for (const node of new Set([ends.from, ends.to].filter(Boolean))) {
    acts.append(element("a", { class: "button", href: address("is", node.name) }, `Show ${node.label}`));
  }
  return element("div", { class: "detail" }, factList(facts), line.detail ? contentOf(line.detail) : null, acts);
}

// --- the user ---

list.addEventListener("scroll", () => {
  const bottom = list.scrollHeight - list.scrollTop - list.clientHeight < 30;
  if (!paused && following && !bottom) { following = false; renderSoon(); }
  else if (!paused && !following && bottom) { following = true; missed = 0; renderSoon(); }
});
new ResizeObserver(() => { if (following) list.scrollTop = list.scrollHeight; }).observe(list);
list.addEventListener("keydown", (event) => {
  const entry = event.target.closest(".entry");
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (!entry || (!step && event.key !== "Home" && event.key !== "End")) return;
  event.preventDefault();
  let row = step ? entry.parentNode[step] : event.key === "Home" ? list.firstElementChild : list.lastElementChild;
  while (row && !row.querySelector(".entry")) row = step ? row[step] : null;
  if (row && !paused) pause(true);
  row?.querySelector(".entry").focus();
});
byId("pause").addEventListener("click", () => pause(following));
byId("clear").addEventListener("click", () => { lines = []; refill(); });
byId("sift").addEventListener("input", refill);
for (const radio of document.querySelectorAll('input[name="which"]')) radio.addEventListener("change", refill);
byId("only").addEventListener("click", () => narrow());
render();
