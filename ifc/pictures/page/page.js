
"use strict";
const model = JSON.parse(document.getElementById("model").textContent);
const [picture, world, panel, search, found, told, map] =
  ["picture", "world", "panel", "search", "found", "told", "map"].map((id) => document.getElementById(id));
const boxes = model.boxes.map((box, number) => ({ ...box, is: "box", number, mark: document.getElementById("b" + number), out: [], in: [] }));
const lines = [];
const arrows = model.arrows.map((arrow, number) => ({ ...arrow, number, from: boxes[arrow.source], to: boxes[arrow.target] }));
for (const arrow of arrows) {
  arrow.on = lines[arrow.line] ??= { is: "line", mark: document.getElementById("e" + arrow.line), arrows: [] };
  arrow.on.arrows.push(arrow);
  arrow.from.out.push(arrow);
  arrow.to.in.push(arrow);
}
for (const list of ["boxes", "arrows"]) {
  const all = list === "boxes" ? boxes : arrows;
  for (const thing of all) thing.findings = [];
  for (const finding of model.findings) for (const number of finding[list]) all[number].findings.push(finding);
}
for (const finding of model.findings) finding.is = "finding";
let chosen = null; // a box, a line or a finding

// --- looking: pan and zoom ---
const [wide, high] = picture.getAttribute("viewBox").split(" ").slice(2).map(Number);
picture.removeAttribute("viewBox");
const view = { x: 0, y: 0, scale: 1 };
const MARGIN = 28, LEAST = 0.03, MOST = 4, CLOSE = 0.42; // scales; labels are read from `CLOSE` on
const large = boxes.length > 400; // so many fade too slowly
picture.classList.toggle("still", large);

function show() {
  world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  picture.classList.toggle("far", view.scale < CLOSE);
  picture.classList.toggle("farther", view.scale < 0.13);
  drawMap();
}
// Brings an area (left, top, right, bottom) into view, no larger than `most` and no smaller than `least`.
function frame([left, top, right, bottom], least, most) {
  const w = Math.max(40, picture.clientWidth - 2 * MARGIN), h = Math.max(40, picture.clientHeight - 2 * MARGIN);
  fitted = false;
  view.scale = Math.max(Math.min(w / (right - left), h / (bottom - top), most), least);
  view.x = MARGIN + Math.max(0, (w - (right - left) * view.scale) / 2) - left * view.scale;
  view.y = MARGIN + Math.max(0, (h - (bottom - top) * view.scale) / 2) - top * view.scale;
  show();
}
let fitted = true; // whether everything is shown, and should be when there is more or less room
function fit(least) {
  frame([0, 0, Math.max(wide, 1), Math.max(high, 1)], least, 1.25);
  fitted = true;
}
function zoom(factor, x = picture.clientWidth / 2, y = picture.clientHeight / 2) {
  const scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
  fitted = false;
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  show();
}
function around(some) {
  const areas = some.map((box) => box.at);
  return [Math.min(...areas.map((a) => a[0])), Math.min(...areas.map((a) => a[1])),
    Math.max(...areas.map((a) => a[0] + a[2])), Math.max(...areas.map((a) => a[1] + a[3]))];
}
// Moves the view as little as shows these boxes, or brings them to the middle.
function reveal(some, middle) {
  if (middle && view.scale < 0.6) zoom(0.8 / view.scale);
  const [left, top, right, bottom] = around(some), w = picture.clientWidth, h = picture.clientHeight;
  const into = (from, to, most) => Math.max(40 - from, 0) || Math.min(most - 40 - to, 0);
  if (middle && ((right - left) * view.scale > w - 80 || (bottom - top) * view.scale > h - 80)) return frame([left, top, right, bottom], LEAST, 1.25);
  view.x += middle ? w / 2 - ((left + right) / 2) * view.scale - view.x : into(left * view.scale + view.x, right * view.scale + view.x, w);
  view.y += middle ? h / 2 - ((top + bottom) / 2) * view.scale - view.y : into(top * view.scale + view.y, bottom * view.scale + view.y, h);
  show();
}

const grips = new Map();
let dragged = false, from = null;
const spread = () => { const [a, b] = [...grips.values()]; return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) }; };
const inside = (event) => { const stage = picture.getBoundingClientRect(); return { x: event.clientX - stage.left, y: event.clientY - stage.top }; };
picture.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  if (!grips.size) dragged = false;
  grips.set(event.pointerId, inside(event));
  from = inside(event);
});
picture.addEventListener("pointermove", (event) => {
  const last = grips.get(event.pointerId), here = inside(event);
  if (!last) return;
  if (!dragged && Math.hypot(here.x - from.x, here.y - from.y) < 5) return;
  if (!dragged) picture.setPointerCapture(event.pointerId);
  dragged = true;
  fitted = false;
  picture.classList.add("dragged");
  const before = grips.size === 2 ? spread() : null;
  grips.set(event.pointerId, here);
  if (before) {
    const now = spread();
    zoom(now.apart / Math.max(before.apart, 1), now.x, now.y);
    view.x += now.x - before.x;
    view.y += now.y - before.y;
  } else if (grips.size === 1) {
    view.x += here.x - last.x;
    view.y += here.y - last.y;
  }
  show();
});
for (const end of ["pointerup", "pointercancel"]) {
  picture.addEventListener(end, (event) => { grips.delete(event.pointerId); if (!grips.size) picture.classList.remove("dragged"); });
}
picture.addEventListener("wheel", (event) => {
  event.preventDefault();
  const { x, y } = inside(event);
  zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), x, y);
}, { passive: false });
document.getElementById("in").addEventListener("click", () => zoom(1.3));
document.getElementById("out").addEventListener("click", () => zoom(1 / 1.3));
document.getElementById("fit").addEventListener("click", () => fit(0));

// --- the map: the whole picture small, and what of it is seen ---
const MAP_WIDE = 190, MAP_HIGH = 150, inks = new Map();
let mapScale = 0, small = null;
function ink(box) {
  const hue = box.mark.classList[1];
  if (!inks.has(hue)) inks.set(hue, getComputedStyle(box.mark.querySelector("rect")).stroke);
  return inks.get(hue);
}
function paintMap() {
  mapScale = Math.min(MAP_WIDE / Math.max(wide, 1), MAP_HIGH / Math.max(high, 1));
  const dense = window.devicePixelRatio || 1, w = Math.max(24, wide * mapScale), h = Math.max(24, high * mapScale);
  map.style.width = w + 12 + "px";
  map.style.height = h + 12 + "px";
  map.width = (w + 12) * dense;
  map.height = (h + 12) * dense;
  small = document.createElement("canvas");
  small.width = map.width;
  small.height = map.height;
  const pen = small.getContext("2d"), styles = getComputedStyle(document.documentElement);
  pen.scale(dense, dense);
  const hushed = picture.classList.contains("hushed");
  for (const box of boxes) {
    const lit = ["down", "up", "chosen", "near"].find((name) => box.mark.classList.contains(name));
    pen.globalAlpha = hushed && !lit ? 0.25 : 1;
    pen.fillStyle = !lit || lit === "near" ? ink(box) : styles.getPropertyValue(lit === "up" ? "--before" : "--accent");
    const [x, y, w, h] = box.at.map((each) => each * mapScale);
    pen.fillRect(x + 6, y + 6, Math.max(w, 1.5), Math.max(h, 1.5));
  }
  drawMap();
}
function drawMap() {
  const all = view.x >= -1 && view.y >= -1 && view.x + wide * view.scale <= picture.clientWidth + 1 && view.y + high * view.scale <= picture.clientHeight + 1;
  map.hidden = all || boxes.length < 8;
  if (map.hidden || !small) return;
  const pen = map.getContext("2d"), dense = window.devicePixelRatio || 1;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, map.width, map.height);
  pen.drawImage(small, 0, 0);
  pen.scale(dense, dense);
  pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  pen.lineWidth = 1.5;
  const step = mapScale / view.scale;
  pen.strokeRect(6 - view.x * step, 6 - view.y * step, picture.clientWidth * step, picture.clientHeight * step);
}
function goTo(event) {
  if (event.buttons !== 1) return;
  const stage = map.getBoundingClientRect();
  fitted = false;
  view.x = picture.clientWidth / 2 - ((event.clientX - stage.left - 6) / mapScale) * view.scale;
  view.y = picture.clientHeight / 2 - ((event.clientY - stage.top - 6) / mapScale) * view.scale;
  show();
}
map.addEventListener("pointerdown", (event) => { map.setPointerCapture(event.pointerId); goTo(event); });
map.addEventListener("pointermove", goTo);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { inks.clear(); paintMap(); });

// --- ways: what an event sets off, and what leads to a place ---
const count = arrows.length;
const after = (number) => (number < count ? arrows[number].after : model.hubs[number - count]);
let before = null; // by arrow or hub, what it can follow; found when it is first asked for
function backwards() {
  if (before) return before;
  before = Array.from({ length: count + model.hubs.length }, () => []);
  for (let number = 0; number < before.length; number++) for (const next of after(number) || []) before[next].push(number);
  return before;
}
// The arrows that events can take from some arrows on (or back from them), each once, nearest first, with what it was reached by.
function walk(starts, next) {
  const seen = new Set(), found = [];
  const reach = (number, by) => {
    if (seen.has(number)) return;
    seen.add(number);
    if (number < count) found.push({ arrow: arrows[number], by });
    else for (const to of next(number)) reach(to, by); // a hub is no step of its own
  };
  for (const arrow of starts) reach(arrow.number, null);
  for (const step of found) for (const to of next(step.arrow.number) || []) reach(to, step);
  return found;
}
const acting = (some) => some.filter((arrow) => arrow.after);
const down = (starts) => walk(acting(starts), after);
const up = (ends) => walk(acting(ends), (number) => backwards()[number]);

// --- lighting up ---
let lit = [];
function clear() {
  picture.classList.remove("hushed");
  for (const mark of lit) mark.classList.remove("down", "up", "near");
  lit = [];
}
function put(mark, name) {
  if (["down", "up", "near"].some((other) => mark.classList.contains(other))) return;
  mark.classList.add(name);
  lit.push(mark);
}
function lightWays(ways, name) {
  for (const { arrow } of ways) {
    put(arrow.on.mark, name);
    put(arrow.from.mark, name);
    put(arrow.to.mark, name);
  }
}
// What is looked at on the way, such as a table that is only read.
function lightReads(some) {
  for (const box of some) for (const arrow of box.out) if (!arrow.after) { put(arrow.on.mark, "near"); put(arrow.to.mark, "near"); }
}
// The ways from and to a thing: of a box through its arrows, of a line through its own.
function waysOf(thing) {
  if (thing.is === "box") return { down: down(thing.out), up: up(thing.in) };
  const reader = thing.arrows.every((arrow) => !arrow.after); // what leads to a read is what sets off its function
  return { down: down(thing.arrows), up: up(reader ? thing.arrows[0].from.in : thing.arrows) };
}
function trace(thing) {
  clear();
  picture.classList.add("hushed");
  if (thing.is === "finding") {
    for (const number of thing.arrows) { const arrow = arrows[number]; put(arrow.on.mark, "down"); put(arrow.from.mark, "down"); put(arrow.to.mark, "down"); }
    for (const number of thing.boxes) put(boxes[number].mark, "down");
    return null;
  }
  const ways = waysOf(thing);
  if (thing.is === "box") put(thing.mark, "down");
  else for (const arrow of thing.arrows) { put(thing.mark, "down"); put(arrow.to.mark, "down"); put(arrow.from.mark, "up"); }
  lightWays(ways.down, "down");
  lightWays(ways.up, "up");
  lightReads(thing.is === "box" ? [thing, ...ways.down.map(({ arrow }) => arrow.to)] : ways.down.map(({ arrow }) => arrow.to));
  if (thing.is === "box") for (const arrow of thing.in) if (!arrow.after) { put(arrow.on.mark, "near"); put(arrow.from.mark, "near"); }
  return ways;
}
function settle() {
  if (chosen) trace(chosen);
  else filter();
  paintMap();
}
// Hovering shows the same for a moment; not while something is chosen, searched or dragged.
let waiting = 0;
function hover(thing) {
  clearTimeout(waiting);
  if (chosen || grips.size || search.value.trim()) return;
  waiting = setTimeout(() => { if (!chosen && !grips.size) { if (thing) { trace(thing); paintMap(); } else settle(); } }, large ? 160 : 60);
}
for (const thing of [...boxes, ...lines]) {
  thing.mark.addEventListener("pointerenter", () => hover(thing));
  thing.mark.addEventListener("pointerleave", () => hover(null));
}

// --- the panel ---
function make(tag, text, parent, cls) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (cls) made.className = cls;
  if (parent) parent.append(made);
  return made;
}
function button(text, parent, act, cls) {
  const made = make("button", text, parent, cls);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
const swatch = (kind) => document.querySelector(`.legend [data-kind="${CSS.escape(kind)}"] svg`).cloneNode(true);
const sign = (severity) => document.querySelector(`#signs .${severity === "note" ? "note" : "warning"}`).cloneNode(true);
const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
function heading(text, more, cls) {
  const made = make("h3", text, panel, cls);
  if (more) make("small", more, made);
}
function open() {
  panel.replaceChildren();
  panel.hidden = false;
  panel.scrollTop = 0;
  const close = button("×", panel, () => { const last = chosen; choose(null); if (last && last.is === "box") last.mark.focus(); }, "close");
  close.setAttribute("aria-label", "Close details");
}
function rows(title, pairs, cls) {
  if (!pairs || !pairs.length) return;
  heading(title);
  const list = make("dl", "", panel, cls);
  for (const [name, value] of pairs) { make("dt", name, list); make("dd", value, list); }
}
// Some rows of a list, and the rest when asked for.
function listed(items, row, most = 40) {
  const list = make("ul", "", panel);
  items.slice(0, most).forEach((item) => row(item, list));
  if (items.length > most) button(`Show ${items.length - most} more`, panel, (event) => { event.target.remove(); items.slice(most).forEach((item) => row(item, list)); }, "more");
}
const WORDS = { event: "event", grant: "permission", watch: "watched" };
const said = (arrow) => (arrow.label || WORDS[arrow.sort]) + (arrow.cost ? ` · ${arrow.cost.text}` : "");
function ends(title, some, end) {
  if (!some.length) return;
  heading(title, String(some.length));
  listed(some, (arrow, list) => {
    const row = make("li", "", list);
    button(arrow[end].name, row, () => choose(arrow[end], true));
    button(said(arrow), make("small", "", row), () => choose(arrow.on, false)).title = "Show this arrow";
  });
}
// Words in which names stand between backticks.
function worded(text, parent) {
  text.split("`").forEach((part, at) => { if (part) { if (at % 2) make("code", part, parent); else parent.append(part); } });
}
function findings(some, alone) {
  if (!some.length) return;
  if (!alone) heading("Findings", String(some.length));
  listed(some, (finding, list) => {
    const row = make("li", "", list, "finding");
    row.append(sign(finding.severity));
    const line = make("span", "", row);
    if (!alone) make("b", finding.code + " ", line);
    if (alone) worded(finding.message, line);
    else if (finding.boxes.length || finding.arrows.length) worded(finding.message, button("", line, () => choose(finding, true)));
    else worded(finding.message, line);
    for (const [place, words] of finding.places) {
      const small = make("small", "", row);
      make("code", place, small);
      if (words) { small.append("  "); worded(words, small); }
    }
    if (finding.help) worded(finding.help, make("small", "", row));
    const things = [...finding.boxes.map((number) => boxes[number]), ...finding.arrows.map((number) => arrows[number].on)];
    if (chosen && things.includes(chosen)) return;
    const where = make("small", "", row);
    for (const thing of new Set(things)) { where.append(where.childNodes.length ? ", " : "at "); button(nameOf(thing), where, () => choose(thing, true)); }
  });
}
// From which routes, schedules and other beginnings events come here.
function origins(ways, self) {
  const begin = new Set();
  for (const { arrow } of ways) if (!acting(arrow.from.in).length || ["route", "schedule"].includes(arrow.from.kind)) begin.add(arrow.from);
  for (const box of begin) if (box.kind === "api" && [...begin].some((other) => other.kind === "route" && other.name.startsWith(box.name + " "))) begin.delete(box);
  begin.delete(self);
  if (!begin.size) return;
  heading("Set off by", String(begin.size), "up");
  listed([...begin].sort((a, b) => (a.name < b.name ? -1 : 1)), (box, list) => {
    const row = make("li", "", list);
    button(box.name, row, () => choose(box, true));
    make("small", box.kind, row);
  });
}
// What comes after, as a tree: each thing where it is reached first, below the steps that lead there.
function effects(ways, self) {
  const reached = new Set([self]), told = new Map([[null, []]]);
  for (const way of ways) {
    if (reached.has(way.arrow.to)) continue;
    reached.add(way.arrow.to);
    for (let step = way; step && !told.has(step); step = step.by) told.set(step, []);
  }
  for (const way of ways) if (told.has(way)) told.get(way.by).push(way);
  const rows = [], todo = told.get(null).map((way) => ({ way, deep: 0 })).reverse();
  while (todo.length) {
    const { way, deep } = todo.pop();
    rows.push({ arrow: way.arrow, deep });
    for (const next of told.get(way).reverse()) todo.push({ way: next, deep: deep + 1 });
  }
  if (!rows.length) return;
  heading("Sets off", String(reached.size - 1), "down");
  listed(rows, ({ arrow, deep }, list) => {
    const row = make("li", "", list, "deep");
    row.style.setProperty("--deep", Math.min(deep, 10));
    button(arrow.to.name, row, () => choose(arrow.to, true));
    make("small", arrow.label, row);
  });
}
function acts() {
  const row = make("div", "", panel, "acts");
  button("Zoom to path", row, near).title = "( z )";
  const alone = button("Hide the rest", row, hide);
  alone.id = "alone";
  alone.title = "( h )";
  alone.setAttribute("aria-pressed", picture.classList.contains("alone"));
}
const litBoxes = () => boxes.filter((box) => ["down", "up", "near", "chosen"].some((name) => box.mark.classList.contains(name)));
// Whether an area can be shown whole with names that can be read.
function readable([left, top, right, bottom]) {
  const room = (all) => (all - 2 * MARGIN) / 0.55;
  return right - left < room(picture.clientWidth) && bottom - top < room(picture.clientHeight);
}
// The lit boxes; where these are too many to be read, without an API that is only where they come from: it stands amid all its routes.
function path() {
  const all = litBoxes(), some = all.filter((box) => box.kind !== "api" || box === chosen);
  return !some.length || readable(around(all)) ? all : some;
}
function near() {
  const some = path();
  if (some.length) frame(around(some), LEAST, 1.25);
}
// Shows the whole path of what was chosen from afar, if it can be read then; else the thing itself, with room for what comes after it.
function lead(some, ways) {
  if (readable(around(path()))) return near();
  reveal(some, true);
  const begins = some[0].kind === "route" || (ways && !ways.up.length);
  if (begins && ways?.down.length) view.x -= picture.clientWidth * 0.3;
  show();
}
function hide() {
  picture.classList.toggle("alone");
  document.getElementById("alone")?.setAttribute("aria-pressed", picture.classList.contains("alone"));
}
const ORDER = [...document.querySelectorAll(".legend [data-kind]")].map((span) => span.dataset.kind);
const nameOf = (thing) =>
  thing.is === "box" ? thing.name : thing.is === "line" ? `${thing.arrows[0].from.name} → ${thing.arrows[0].to.name}` : thing.code;
function costs(cost) {
  if (!cost) return;
  heading("Cost", cost.text);
  if (cost.parts.length) {
    const list = make("dl", "", panel, "sums");
    for (const [name, value] of cost.parts) { make("dt", name, list); make("dd", value, list); }
  }
}
function showBox(box, ways) {
  const what = make("span", "", panel, "what");
  what.append(swatch(box.kind), box.kind + (box.extern ? " · extern" : ""));
  make("h2", box.name, panel);
  if (box.description) make("p", box.description, panel);
  acts();
  findings([...new Set([...box.findings, ...[...box.out, ...box.in].flatMap((arrow) => arrow.findings)])]);
  costs(box.cost);
  rows("Settings", box.details);
  if (box.permissions.length) {
    heading("Permissions", String(box.permissions.length));
    const list = make("ul", "", panel);
    for (const permission of box.permissions) make("code", permission, make("li", "", list));
  }
  origins(ways.up, box);
  effects(ways.down, box);
  ends("Incoming", box.in, "from");
  ends("Outgoing", box.out, "to");
  rows("Built in", box.defaults, "quiet");
}
function showLine(line, ways) {
  const [first] = line.arrows;
  make("span", WORDS[first.sort], panel, "what");
  make("h2", nameOf(line), panel);
  acts();
  findings([...new Set(line.arrows.flatMap((arrow) => arrow.findings))]);
  for (const arrow of line.arrows) {
    costs(arrow.cost);
    if (arrow.label) { heading({ event: "What passes", grant: "May", watch: "Rings when" }[arrow.sort]); make("code", arrow.label, make("p", "", panel)); }
    rows("Settings", arrow.details);
  }
  heading("Ends");
  const list = make("ul", "", panel);
  for (const box of new Set([first.from, first.to])) { const row = make("li", "", list); button(box.name, row, () => choose(box, true)); make("small", box.kind, row); }
  origins(ways.up, null);
  effects(ways.down, first.from);
}
function showFindings() {
  open();
  make("h2", "What was found", panel);
  make("p", "A warning or note of the compile that drew this page; one that is allowed in the source is not among them.", panel, "hint");
  findings(model.findings);
}
// Routes, schedules, and what sends events though nothing in the app makes it.
function showBeginnings() {
  if (chosen) choose(null);
  open();
  make("h2", "Where events begin", panel);
  make("p", "Choose one to see all that it sets off.", panel, "hint");
  const source = (box) => acting(box.out).length && !acting(box.in).length && !["api", "function"].includes(box.kind);
  const begin = boxes.filter((box) => ["route", "schedule"].includes(box.kind) || source(box));
  for (const kind of new Set(begin.map((box) => box.kind).sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)))) {
    const some = begin.filter((box) => box.kind === kind);
    heading(kind, String(some.length));
    listed(some, (box, list) => {
      const row = make("li", "", list);
      button(box.name, row, () => choose(box, true));
      const things = new Set(down(box.out).map(({ arrow }) => arrow.to));
      things.delete(box);
      make("small", box.description || `sets off ${counted(things.size, "thing")}`, row);
    });
  }
}
function showKeys() {
  if (chosen) choose(null);
  open();
  make("h2", "Keys", panel);
  const list = make("dl", "", panel);
  for (const [keys, does] of [["/", "find; Enter goes to the next"], ["Tab", "into the picture"], ["← →", "along an arrow"], ["↑ ↓", "in a column"],
    ["Enter", "open a box"], ["r", "where events begin"], ["z", "zoom to its path"], ["h", "hide the rest"], ["f", "what was found"], ["p", "permissions on and off"],
    ["+ − 0", "zoom in, out, show all"], ["Esc", "close"]]) {
    const key = make("dt", "", list);
    for (const one of keys.split(" ")) { make("kbd", one, key); key.append(" "); }
    make("dd", does, list);
  }
  make("p", "The address names what is chosen: copy it to lead somebody here.", panel, "hint");
}
// The boxes that a thing is about.
function partsOf(thing) {
  if (thing.is === "box") return [thing];
  const some = thing.is === "line" ? thing.arrows : thing.arrows.map((number) => arrows[number]);
  return [...new Set([...some.flatMap((arrow) => [arrow.from, arrow.to]), ...(thing.boxes || []).map((number) => boxes[number])])];
}
function choose(thing, move) {
  for (const mark of world.querySelectorAll(".chosen")) { mark.classList.remove("chosen"); mark.removeAttribute("aria-pressed"); }
  chosen = thing;
  remember();
  clearTimeout(waiting);
  if (!thing) {
    panel.hidden = true;
    panel.replaceChildren();
    told.textContent = "";
    settle();
    return;
  }
  open();
  const ways = trace(thing);
  if (thing.is === "box") {
    thing.mark.classList.add("chosen");
    thing.mark.setAttribute("aria-pressed", "true");
    roam(thing);
    showBox(thing, ways);
  } else if (thing.is === "line") {
    thing.mark.classList.add("chosen");
    showLine(thing, ways);
  } else {
    make("span", thing.severity, panel, "what");
    make("h2", thing.code, panel);
    acts();
    findings([thing], true);
    if (model.findings.length > 1) button("All findings", panel, () => { choose(null); showFindings(); }, "more");
  }
  paintMap();
  told.textContent = `${nameOf(thing)}${ways ? `: sets off ${counted(new Set(ways.down.map((w) => w.arrow.to)).size, "thing")}, set off by ${new Set(ways.up.map((w) => w.arrow.from)).size}` : ""}`;
  const some = partsOf(thing);
  if (some.length && move) lead(some, ways);
  else if (some.length && !fitted) reveal(some);
  if (move && thing.is === "box") thing.mark.focus({ preventScroll: true });
}
// The mark under the pointer, or next to it: lines are thin, and the gaps of a dashed one are not hit.
function under(event) {
  for (let far = 0; far < 7; far += 0.5) {
    for (let turn = 0; turn < (far ? 24 : 1); turn++) {
      const angle = (turn * Math.PI) / 12, x = event.clientX + far * Math.cos(angle), y = event.clientY + far * Math.sin(angle);
      const mark = document.elementFromPoint(x, y)?.closest(".box, .line");
      if (mark && world.contains(mark)) return mark;
    }
  }
  return null;
}
picture.addEventListener("click", (event) => {
  if (dragged) return;
  const mark = under(event), number = mark && Number(mark.id.slice(1));
  choose(mark ? (mark.id[0] === "b" ? boxes : lines)[number] : null);
});
document.getElementById("findings")?.addEventListener("click", () => { choose(null); showFindings(); });
document.getElementById("begins").addEventListener("click", showBeginnings);
document.getElementById("keys").addEventListener("click", showKeys);

// --- the address: `#Orders` is a box, `#Orders/bill` an event's arrow, `#bill/Orders/permission` another's, `#!2` the second finding ---
function address(thing) {
  if (!thing) return "";
  if (thing.is === "finding") return `#!${model.findings.indexOf(thing) + 1}`;
  if (thing.is === "box") return "#" + encodeURIComponent(thing.name);
  const [{ from, to, sort }] = thing.arrows;
  return "#" + [from.name, to.name, ...(sort === "event" ? [] : [WORDS[sort]])].map(encodeURIComponent).join("/");
}
function remember() {
  const here = address(chosen);
  if (location.hash !== here) history.replaceState(null, "", here || location.pathname + location.search);
}
function meant(hash) {
  if (hash.length < 2) return null;
  let parts;
  try { parts = hash.slice(1).split("/").map(decodeURIComponent); } catch { return null; }
  const [name, other, sort = WORDS.event] = parts;
  const arrow = other && arrows.find((each) => each.from.name === name && each.to.name === other && WORDS[each.sort] === sort);
  if (arrow) return arrow.on;
  const whole = parts.join("/"), alike = boxes.filter((box) => box.label === whole); // someone may have written a route by hand
  return boxes.find((box) => box.name === whole) || (alike.length === 1 ? alike[0] : null) || model.findings[Number(/^!(\d+)$/.exec(whole)?.[1]) - 1] || null;
}
addEventListener("hashchange", () => { const thing = meant(location.hash); if (thing !== chosen) choose(thing, true); });

// --- finding ---
function matches() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length ? boxes.filter((box) => words.every((word) => box.text.includes(word))) : null;
}
function filter() {
  const some = matches();
  clear();
  found.textContent = some ? `${some.length} of ${boxes.length}` : "";
  if (!some) return;
  picture.classList.add("hushed");
  for (const box of some) put(box.mark, "near");
}
let next = 0;
search.addEventListener("input", () => { next = 0; if (chosen) choose(null); else settle(); });
search.addEventListener("keydown", (event) => {
  const some = matches();
  if (event.key !== "Enter" || !some || !some.length) return;
  const box = some[((next % some.length) + some.length) % some.length];
  next += event.shiftKey ? -1 : 1;
  found.textContent = `${some.indexOf(box) + 1} of ${some.length}: ${box.label}`;
  if (some.length === 1) { search.value = ""; found.textContent = ""; choose(box, true); } else reveal([box], true);
});

// --- keys and switches ---
const grants = document.getElementById("grants");
grants.addEventListener("change", () => picture.classList.toggle("no-grants", !grants.checked));
// One box at a time can be reached by Tab; arrow keys go on from there.
let reached = null;
function roam(box) {
  reached?.mark.setAttribute("tabindex", "-1");
  reached = box;
  box.mark.setAttribute("tabindex", "0");
}
function beside(box, step) {
  const column = boxes.filter((other) => other !== box && Math.abs(other.at[0] - box.at[0]) < 2 && (other.at[1] - box.at[1]) * step > 0);
  return column.sort((a, b) => (a.at[1] - b.at[1]) * step)[0];
}
const nearest = (box, some) => some.filter((other) => other !== box).sort((a, b) => Math.abs(a.at[1] - box.at[1]) - Math.abs(b.at[1] - box.at[1]))[0];
for (const box of boxes) {
  const marks = box.findings.length ? `, ${counted(box.findings.length, "finding")}` : "";
  box.mark.setAttribute("tabindex", "-1");
  box.mark.setAttribute("role", "button");
  box.mark.setAttribute("aria-label", `${box.kind} ${box.name}${marks}`);
  box.mark.addEventListener("focus", () => { roam(box); if (box.mark.matches(":focus-visible")) reveal([box]); });
  box.mark.addEventListener("keydown", (event) => {
    const to = {
      ArrowRight: () => nearest(box, box.out.map((a) => a.to)), ArrowLeft: () => nearest(box, box.in.map((a) => a.from)),
      ArrowDown: () => beside(box, 1), ArrowUp: () => beside(box, -1),
    }[event.key]?.();
    if (event.key === "Enter" || event.key === " ") choose(box);
    else if (to) to.mark.focus();
    else return;
    event.preventDefault();
  });
}
for (const line of lines) line.mark.setAttribute("aria-hidden", "true"); // the panel tells of them
if (boxes.length) roam(boxes.reduce((a, b) => (b.at[0] + b.at[1] * 1e-4 < a.at[0] + a.at[1] * 1e-4 ? b : a)));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    search.value = "";
    choose(null);
  } else if (event.target !== search) {
    const act = {
      "/": () => { event.preventDefault(); search.focus(); search.select(); },
      "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), 0: () => fit(0),
      p: () => grants.click(), z: near, h: hide, r: showBeginnings, f: () => document.getElementById("findings")?.click(), "?": showKeys,
    }[event.key];
    act?.();
  }
});

// --- printing: the whole picture on a page ---
addEventListener("beforeprint", () => {
  picture.setAttribute("viewBox", `-2 -12 ${wide + 4} ${high + 24}`);
  world.removeAttribute("transform");
  picture.classList.remove("far", "farther");
});
addEventListener("afterprint", () => { picture.removeAttribute("viewBox"); show(); });

new ResizeObserver(() => { if (fitted && wide * CLOSE < picture.clientWidth) fit(CLOSE); else show(); }).observe(picture);
fit(CLOSE);
const first = meant(location.hash);
if (first) choose(first, true);
else paintMap();
