// The page of a run: its app as a picture with live numbers, its log, and what can be done with it.
// What an app, its events and its log say may be any text. It becomes text nodes and attributes, never markup.

const KEPT = 2000; // lines that are remembered
const SHOWN = 500; // lines in the document
const PAGE = 50; // rows of a source's log at a time
const MESSAGES = 100; // messages of a queue that are looked at
const LONGEST = 200_000; // letters of a text that are shown
const GIST = 300; // letters of it that stand in a row
const FEW = 16; // rows that are shown without being asked for
const CALM = 1000; // milliseconds between two looks at the numbers
const FLYING = 40; // pulses at the same time

const by = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
let status = null; // what the run said last
let running = null; // whether it answers; null before it was asked

// --- elements ---

function make(tag, facts, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(facts ?? {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...inside.filter((part) => part !== null && part !== undefined));
  return made;
}

function drawn(tag, facts, ...inside) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(facts)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

const quiet = (...inside) => make("span", { class: "quiet" }, ...inside);

// A sentence in which names stand in backticks.
function sentence(text) {
  return text.split("`").map((part, at) => (at % 2 ? make("code", {}, part) : part));
}

const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const many = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

function compact(count) {
  if (count < 1000) return String(count);
  const [unit, size] = count < 999_500 ? ["k", 1e3] : ["M", 1e6];
  return (count / size).toFixed(count / size < 9.95 ? 1 : 0).replace(".0", "") + unit;
}

const two = (number) => String(number).padStart(2, "0");
const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
const day = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(at)}`;
const timeOf = (at) => make("time", { datetime: at.toISOString() }, clock(at));
const moment = (seconds) => new Date(seconds * 1000);

function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} days`;
}

// --- JSON ---

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

function problemOf(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (problem) {
    return problem.message;
  }
}

// The tokens of a JSON text with the blanks between them that make it readable. Numbers stay as they are written.
function* arranged(text) {
  const tokens = text.match(TOKEN) ?? [];
  let deep = 0;
  const line = () => `\n${"  ".repeat(deep)}`;
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (token === "{" || token === "[") {
      const empty = next === "}" || next === "]";
      if (!empty) deep += 1;
      yield [token, empty ? "" : line()];
    } else if (token === "}" || token === "]") yield [token, ""];
    else yield [token, token === "," ? line() : token === ":" ? " " : ""];
    if ((next === "}" || next === "]") && token !== "{" && token !== "[") {
      deep -= 1;
      yield ["", line()];
    }
  }
}

const pretty = (text) => [...arranged(text)].map((pair) => pair.join("")).join("");

function kindOf(token, next) {
  if (token.startsWith('"')) return next === ":" ? "key-of" : "string-of";
  return /^[-0-9tfn]/.test(token) ? "number-of" : "";
}

// A text as it can be read: JSON arranged and coloured, anything else as it is.
function shown(text) {
  const whole = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  const box = make("pre", { tabindex: "0", "aria-label": "Content" });
  if (whole !== text || !/^\s*[[{"]/.test(text) || problemOf(text) !== null) box.append(whole);
  else if (text.length > 30_000) box.append(pretty(text));
  else {
    const pieces = [...arranged(text)];
    pieces.forEach(([token, blank], at) => {
      const sort = kindOf(token, pieces[at + 1]?.[0]);
      box.append(sort ? make("span", { class: sort }, token) : token, blank);
    });
  }
  if (whole !== text) box.append(make("em", {}, `\n… and ${many(text.length - LONGEST, "letter")} more`));
  if (text === "") box.append(make("em", {}, "empty"));
  return box;
}

// --- asking the run ---

class Unanswered extends Error {}

async function ask(path, body) {
  // Looking is not waited for as long as doing, which a function may take its time for.
  const headers = { "x-ifc": "1", "content-type": "application/json" };
  const act = body === undefined ? { signal: AbortSignal.timeout(10_000) } : { method: "POST", headers, body };
  let answer, found;
  try {
    answer = await fetch(`api/${path}`, { cache: "no-store", ...act });
    found = await answer.json();
  } catch {
    throw new Unanswered("The run does not answer.");
  }
  if (!answer.ok) throw new Error(found?.error ?? `The run answers with ${answer.status}.`);
  return found;
}

const asking = (facts) => new URLSearchParams(facts).toString();

function say(text, bad = false) {
  const toast = make("div", { class: bad ? "toast bad" : "toast", role: bad ? "alert" : null }, make("span", {}, ...sentence(text)));
  toast.append(make("button", { class: "plain", "aria-label": "Dismiss", onclick: () => toast.remove() }, "×"));
  const toasts = by("toasts");
  toasts.append(toast);
  while (toasts.children.length > 4) toasts.firstChild.remove();
  if (!bad) setTimeout(() => toast.remove(), 6000);
}

// Does something while its button rests, and says what went wrong.
async function doing(button, act) {
  button.disabled = true;
  try {
    await act();
  } catch (problem) {
    say(problem.message, true);
  } finally {
    button.disabled = false;
    soon();
  }
}

function confirmed(title, text, verb) {
  const dialog = by("confirm");
  by("confirm-title").textContent = title;
  by("confirm-text").replaceChildren(...sentence(text));
  by("confirm-yes").textContent = verb;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

// --- where we are: the address says it ---
// "" the app, "letters/QUEUE", "is/NAME/TAB"

function place() {
  try {
    return location.hash.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return [""];
  }
}
const address = (...steps) => `#${steps.map(encodeURIComponent).join("/")}`;
const go = (...steps) => { location.hash = address(...steps); };

// --- the picture ---

const picture = by("picture");
let nodes = new Map(); // by name
let edges = [];
let world = null;
let size = { x: 0, y: 0, width: 1, height: 1 };
let chosen = null;
const view = { x: 0, y: 0, scale: 1 };

async function loadPicture() {
  const answer = await fetch("api/graph", { cache: "no-store" });
  if (!answer.ok) throw new Error("The run has no picture.");
  const found = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  if (found.localName !== "svg") throw new Error("The run's picture can't be read.");
  const fresh = world === null;
  picture.replaceChildren(...[...found.children].map((part) => document.importNode(part, true)));
  const [x, y, width, height] = found.getAttribute("viewBox").split(" ").map(Number);
  size = { x, y, width, height };
  world = picture.querySelector("#world");
  nodes = new Map([...world.querySelectorAll(".box")].map((mark) => [mark.dataset.name, readNode(mark)]));
  edges = [...world.querySelectorAll(".line")].map(readEdge);
  for (const node of nodes.values()) {
    node.mark.addEventListener("click", () => { if (!dragged) go("is", node.name); });
    node.mark.addEventListener("keydown", (event) => walk(event, node));
  }
  for (const line of lines) line.ends = undefined;
  flying = 0;
  reach([...nodes.values()][0]);
  by("blank").hidden = nodes.size > 0;
  setText(by("blank"), "The app is empty.");
  if (fresh) fit(0.6);
  else show();
  search();
}

function readNode(mark) {
  const { name, kind, arn, fifo, method, path, function: called, guard } = mark.dataset;
  const plate = mark.querySelector("rect");
  mark.setAttribute("role", "button");
  mark.setAttribute("tabindex", "-1");
  mark.setAttribute("aria-label", `${kind} ${name}`);
  return {
    name, kind, arn, fifo: fifo !== undefined, method, path, called, guard, mark, plate,
    label: mark.querySelector(".name").textContent, title: mark.querySelector("title"), said: mark.querySelector("title").textContent,
    width: Number(plate.getAttribute("width")), height: Number(plate.getAttribute("height")),
    fits: path ? templateOf(path) : null, from: [], to: [], pills: "", total: "", glowed: -Infinity,
  };
}

// What a path must look like to be of a route.
function templateOf(path) {
  const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const parts = path.split(/(\{[^}]*\})/).map((part) => (!part.startsWith("{") ? plain(part) : part.endsWith("+}") ? ".*" : "[^/]+"));
  return new RegExp(`^${parts.join("")}$`);
}

function readEdge(mark) {
  const { from, to, wires, at } = mark.dataset;
  const words = [...mark.querySelectorAll(".label text")].map((text) => text.textContent).join(" ");
  const edge = {
    from, to, mark, words, grant: mark.classList.contains("grant"), flown: -Infinity,
    wires: wires ? JSON.parse(wires) : [], at: at?.split(" ").map(Number),
  };
  nodes.get(from).to.push(edge);
  nodes.get(to).from.push(edge);
  return edge;
}

function reach(node) {
  for (const mark of world.querySelectorAll('.box[tabindex="0"]')) mark.setAttribute("tabindex", "-1");
  node?.mark.setAttribute("tabindex", "0");
}

function walk(event, node) {
  const middle = (other) => other.mark.getBoundingClientRect();
  const here = middle(node);
  const beside = (step) => [...nodes.values()]
    .filter((other) => Math.abs(middle(other).left - here.left) < 2 && (middle(other).top - here.top) * step > 1)
    .sort((a, b) => (middle(a).top - middle(b).top) * step)[0];
  const to = {
    ArrowRight: () => nodes.get(node.to.find((edge) => edge.to !== node.name)?.to),
    ArrowLeft: () => nodes.get(node.from.find((edge) => edge.from !== node.name)?.from),
    ArrowDown: () => beside(1),
    ArrowUp: () => beside(-1),
  }[event.key];
  if (event.key === "Enter" || event.key === " ") go("is", node.name);
  else if (!to) return;
  else {
    const other = to();
    if (other) { reach(other); reveal(other); other.mark.focus({ preventScroll: true }); }
  }
  event.preventDefault();
}

function show() {
  world?.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  picture.classList.toggle("far", view.scale < 0.45);
}

function fit(least) {
  const across = picture.clientWidth, down = picture.clientHeight;
  view.scale = Math.max(Math.min(across / size.width, down / size.height, 1.15), least);
  const over = (room, length) => Math.max(0, (room - length * view.scale) / 2);
  view.x = over(across, size.width) - size.x * view.scale;
  view.y = over(down, size.height) - size.y * view.scale;
  show();
}

function zoom(factor, x = picture.clientWidth / 2, y = picture.clientHeight / 2) {
  const scale = Math.min(4, Math.max(0.04, view.scale * factor));
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  show();
}

// Moves the picture as little as shows the box.
function reveal(node) {
  if (view.scale < 0.5) zoom(0.8 / view.scale);
  const box = node.mark.getBoundingClientRect(), stage = picture.getBoundingClientRect();
  const into = (from, to, least, most) => Math.max(least + 30 - from, 0) || Math.min(most - 30 - to, 0);
  view.x += into(box.left, box.right, stage.left, stage.right);
  view.y += into(box.top, box.bottom, stage.top, stage.bottom - 40);
  show();
}

let grip = null, dragged = false;
picture.addEventListener("pointerdown", (event) => {
  dragged = false;
  if (event.button === 0) grip = { x: event.clientX - view.x, y: event.clientY - view.y, fromX: event.clientX, fromY: event.clientY };
});
picture.addEventListener("pointermove", (event) => {
  if (!grip || (!dragged && Math.hypot(event.clientX - grip.fromX, event.clientY - grip.fromY) < 5)) return;
  if (!dragged) picture.setPointerCapture(event.pointerId);
  dragged = true;
  picture.classList.add("dragged");
  view.x = event.clientX - grip.x;
  view.y = event.clientY - grip.y;
  show();
});
for (const end of ["pointerup", "pointercancel"]) {
  picture.addEventListener(end, () => { grip = null; picture.classList.remove("dragged"); });
}
picture.addEventListener("click", (event) => { if (!dragged && !event.target.closest(".box") && chosen) go(""); });
picture.addEventListener("wheel", (event) => {
  event.preventDefault();
  const stage = picture.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX - stage.left, event.clientY - stage.top);
}, { passive: false });
by("in").addEventListener("click", () => zoom(1.3));
by("out").addEventListener("click", () => zoom(1 / 1.3));
by("fit").addEventListener("click", () => fit(0));
by("grants").addEventListener("change", () => picture.classList.toggle("no-grants", !by("grants").checked));

function choose(node) {
  if (chosen) chosen.mark.classList.remove("chosen");
  chosen = node;
  if (!node) return;
  node.mark.classList.add("chosen");
  reach(node);
  reveal(node);
}

// --- numbers on the picture ---

const held = (queue) => queue.visible + queue.hidden + queue.delayed;
const depthOf = (name) => (status.queues[name] ? held(status.queues[name]) : 0);

// What is to be said of a box: how much happened, and in small plates what waits or went wrong.
function numbersOf(node) {
  const called = status.functions[node.name], queue = status.queues[node.name];
  if (called) {
    const ok = called.calls.ok ?? 0, failed = called.calls.failed ?? 0;
    return { total: ok + failed, plates: [["bad", failed, "failed"], ["wait", called.waiting, "waiting"]] };
  }
  if (queue?.dead) return { total: 0, plates: [["bad", held(queue), "dead"]] };
  const total = status.events[node.name] ?? 0;
  return { total, plates: queue ? [["wait", queue.visible + queue.delayed, "waiting"], ["hand", queue.hidden, "in flight"]] : [] };
}

function tally(node) {
  const { total, plates } = numbersOf(node);
  const said = total ? compact(total) : "";
  if (said !== node.total) {
    node.total = said;
    node.tally ??= node.mark.appendChild(drawn("text", { class: "tally", x: node.width - 11, y: 19, "text-anchor": "end" }));
    node.tally.textContent = said;
  }
  const seen = plates.filter(([, count]) => count > 0).map(([sort, count, word]) => [sort, `${compact(count)} ${word}`]);
  const key = seen.map((pair) => pair.join(" ")).join(", ");
  if (key === node.pills) return;
  node.pills = key;
  node.mark.classList.toggle("alarmed", status.queues[node.name]?.dead === true && seen.length > 0);
  node.plates?.remove();
  node.plates = node.mark.appendChild(drawn("g", { class: "plates" }));
  const made = seen.map(([sort, text]) => plateOf(sort, text)), wide = made.reduce((sum, plate) => sum + plate.wide + 4, -4);
  let left = wide > node.width - 16 ? (node.width - wide) / 2 : node.width - 8 - wide;
  for (const plate of made) {
    plate.mark.setAttribute("transform", `translate(${left} ${node.height - 8})`);
    node.plates.append(plate.mark);
    left += plate.wide + 4;
  }
  node.title.textContent = [node.said, ...seen.map(([, text]) => text)].join("\n");
  node.mark.setAttribute("aria-label", [`${node.kind} ${node.name}`, ...seen.map(([, text]) => text)].join(", "));
}

function plateOf(sort, text) {
  const wide = text.length * 5.5 + 13;
  const ground = drawn("rect", { width: wide, height: 17, rx: 8.5 });
  const words = drawn("text", { x: wide / 2, y: 12.2, "text-anchor": "middle" }, text);
  return { mark: drawn("g", { class: `plate ${sort}` }, ground, words), wide };
}

function behindOf(edge) {
  let sum = 0;
  for (const [group, behind] of Object.entries(status.readers)) {
    if (edge.wires.some((wire) => group === wire || group.startsWith(`${wire} `))) sum += behind;
  }
  return sum;
}

function lag(edge) {
  if (!edge.wires.length) return;
  const behind = behindOf(edge), text = behind > 0 ? `${compact(behind)} behind` : "";
  if (text === (edge.lag ?? "")) return;
  edge.lag = text;
  edge.plate?.remove();
  edge.plate = null;
  if (!text) return;
  const plate = plateOf("wait", text);
  plate.mark.setAttribute("transform", `translate(${edge.at[0] - plate.wide / 2} ${edge.at[1] - 8.5})`);
  edge.plate = edge.mark.appendChild(plate.mark);
}

let counted = Object.create(null);
function count() {
  for (const node of nodes.values()) {
    tally(node);
    const now = status.events[node.name];
    if (counted[node.name] !== undefined && now > counted[node.name]) glow(node);
  }
  edges.forEach(lag);
  counted = Object.assign(Object.create(null), status.events);
}

// --- pulses: an event passes ---

let flying = 0;

// Runs along a line, which is drawn from its target to its source.
function pulse(edge, bad) {
  const now = performance.now();
  if (document.hidden || still.matches || flying >= FLYING || now - edge.flown < 240) return;
  edge.flown = now;
  if (!edge.comet) {
    const [own, shared] = [...edge.mark.querySelectorAll(".run")].map((run) => run.getAttribute("d"));
    const course = shared ? shared + own.replace("M", "L") : own;
    const dash = { pathLength: 100, "stroke-dasharray": "9 200", "stroke-dashoffset": 9 };
    edge.comet = edge.mark.appendChild(drawn("path", { class: "comet", d: course, ...dash }));
  }
  edge.comet.classList.toggle("bad", bad);
  flying += 1;
  const way = [{ strokeDashoffset: -100, opacity: 1 }, { strokeDashoffset: 9, opacity: 1 }];
  const flight = edge.comet.animate(way, { duration: 800, easing: "cubic-bezier(.4, 0, .6, 1)" });
  for (const end of ["finish", "cancel"]) flight.addEventListener(end, () => { flying = Math.max(0, flying - 1); });
}

function glow(node, bad = false, delay = 0) {
  const now = performance.now();
  if (document.hidden || now - node.glowed < 240) return;
  node.glowed = now;
  const around = { x: -4, y: -4, width: node.width + 8, height: node.height + 8, rx: 12 };
  node.halo ??= node.mark.insertBefore(drawn("rect", { class: "halo", ...around }), node.plate);
  node.halo.classList.toggle("bad", bad);
  node.halo.animate([{ opacity: 0.55 }, { opacity: 0 }], { duration: 900, delay, easing: "ease-out" });
}

// The boxes that a line of the log is about.
function endsOf(line) {
  if (line.ends) return line.ends;
  const known = (name) => nodes.get(name) ?? nodes.get(name.replace(/\.[^.]*$/, ""));
  const ends = { to: known(line.to) ?? [...nodes.values()].find((node) => node.arn === line.to) };
  const asked = /^([A-Z]+) (\/[^?]*)/.exec(line.from);
  if (asked) ends.from = routeOf(asked[1], asked[2], line.to);
  else if (line.from) ends.from = known(line.from);
  ends.edge = ends.from && ends.to ? ends.from.to.find((edge) => edge.to === ends.to.name) : undefined;
  if (world) line.ends = ends;
  return ends;
}

function routeOf(method, path, to) {
  const holes = (node) => node.path.split("{").length + (node.method === method ? 0 : 0.5);
  return [...nodes.values()]
    .filter((node) => node.fits?.test(path) && node.called === to && [method, "ANY", "DEFAULT"].includes(node.method))
    .sort((a, b) => holes(a) - holes(b))[0];
}

function passing(line) {
  if (line.outcome === "printed") return;
  const { from, to, edge } = endsOf(line), bad = sortOf(line.outcome) === "bad";
  if (edge) pulse(edge, bad);
  if (from?.kind === "route") {
    glow(from);
    for (const before of from.from) pulse(before, bad);
  }
  if (to) glow(to, bad, edge && !still.matches ? 620 : 0);
}

// --- finding a box ---

let next = 0;
function matches() {
  const words = by("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (node) => `${node.name} ${node.label} ${node.kind}`.toLowerCase();
  return words.length ? [...nodes.values()].filter((node) => words.every((word) => text(node).includes(word))) : null;
}
function search() {
  const some = matches();
  picture.classList.toggle("hushed", some !== null);
  for (const node of nodes.values()) node.mark.classList.toggle("near", some?.includes(node) ?? false);
}
by("find").addEventListener("input", () => { next = 0; search(); });
by("find").addEventListener("keydown", (event) => {
  const some = matches();
  if (event.key !== "Enter" || !some?.length) return;
  go("is", some[next % some.length].name);
  next += event.shiftKey ? some.length - 1 : 1;
});

// --- the log ---

const log = by("log");
let lines = []; // the newest, bounded
let last = 0; // the number of the newest
let filling = null; // lines that come while those before them are fetched
let waiting = []; // lines that are not in the document yet
let missed = 0; // lines that came while nobody followed
let following = true;
let paused = false;
let only = ""; // the name whose lines are shown

function sortOf(outcome) {
  if (["ok", "printed"].includes(outcome) || /^[123]/.test(outcome)) return outcome === "printed" ? "printed" : "good";
  if (["not sent", "not kept", "expired"].includes(outcome) || /^4/.test(outcome)) return "odd";
  return ["failed", "refused", "dead letter", "given up"].includes(outcome) || /^5/.test(outcome) ? "bad" : "plain";
}

function wanted(line) {
  if (line.note) return true;
  const which = document.querySelector('input[name="which"]:checked').value, sort = sortOf(line.outcome);
  if (which === "problems" && sort !== "bad" && sort !== "odd") return false;
  if (which === "printed" && sort !== "printed") return false;
  if (which === "events" && sort === "printed") return false;
  if (only && !isAbout(line, only)) return false;
  const text = by("sift").value.trim().toLowerCase();
  return !text || `${line.from} ${line.to} ${line.outcome} ${line.detail}`.toLowerCase().includes(text);
}

function isAbout(line, name) {
  if (line.to === name || line.from === name || line.from.startsWith(`${name}.`)) return true;
  const { from, to } = endsOf(line);
  if (from?.name === name || to?.name === name) return true;
  return from?.kind === "route" && from.from.some((edge) => edge.from === name);
}

function take(line) {
  if (filling) { filling.push(line); return; }
  if (line.number <= last) return;
  const gap = last ? line.number - last - 1 : 0;
  if (gap) remember({ note: `${many(gap, "line that came too fast is", "lines that came too fast are")} not shown` });
  last = line.number;
  remember(line);
  passing(line);
  soon();
}

function remember(line) {
  lines.push(line);
  if (lines.length > KEPT) lines = lines.slice(-KEPT);
  if (!wanted(line)) return;
  waiting.push(line);
  if (waiting.length > SHOWN) waiting = waiting.slice(-SHOWN);
  if (!following) missed += 1;
  later();
}

let drawing = 0;
function later() {
  if (!drawing) drawing = requestAnimationFrame(() => { drawing = 0; flush(); });
}

// Brings what waits into the document, if somebody follows.
function flush() {
  if (following) append();
  setText(by("pause"), missed ? `Resume (${compact(missed)} new)` : paused ? "Resume" : "Pause");
  by("pause").setAttribute("aria-pressed", String(!following));
  by("silence").hidden = log.children.length > 0;
  setText(by("silence"), lines.length ? "No line matches." : "Nothing has happened yet.");
}

function append() {
  if (!waiting.length) return;
  log.append(...waiting.map(rowOf));
  waiting = [];
  while (log.children.length > SHOWN) log.firstChild.remove();
  log.scrollTop = log.scrollHeight;
  if (!log.querySelector('button[tabindex="0"]')) log.lastChild?.querySelector("button")?.setAttribute("tabindex", "0");
}

// All lines anew: another filter, or whoever read goes on.
function refill() {
  log.replaceChildren();
  waiting = lines.filter(wanted).slice(-SHOWN);
  missed = 0;
  following = !paused;
  append();
  flush();
}

function pause(on) {
  paused = on;
  if (on) { following = false; flush(); }
  else refill();
}

function rowOf(line) {
  if (line.note) return make("li", { class: "note" }, line.note);
  const at = moment(line.at), sort = sortOf(line.outcome);
  const said = make("span", { class: "said" }, line.detail.slice(0, GIST));
  const button = make("button", { class: `entry ${sort}`, tabindex: "-1", "aria-expanded": "false" }, timeOf(at));
  if (sort === "printed") button.append(make("span", { class: "way" }, make("b", {}, line.to)), said);
  else {
    const ends = endsOf(line), way = make("span", { class: "way" });
    if (line.from) way.append(make("b", {}, line.from), make("i", { "aria-label": "to" }, " → "));
    way.append(make("b", {}, ends.to && ends.to.arn === line.to ? ends.to.name : line.to));
    const took = make("span", { class: "ms" }, line.ms === null ? "" : milliseconds(line.ms));
    button.append(way, make("span", { class: "outcome" }, line.outcome), took, said);
  }
  button.addEventListener("click", () => unfold(button, line));
  button.addEventListener("focus", () => {
    for (const other of log.querySelectorAll('button[tabindex="0"]')) other.setAttribute("tabindex", "-1");
    button.setAttribute("tabindex", "0");
  });
  return make("li", {}, button);
}

const milliseconds = (ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

function unfold(button, line) {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) { button.parentNode.querySelector(".detail").remove(); return; }
  if (!paused) pause(true); // whoever reads is not pushed away by what comes
  const at = moment(line.at), ends = endsOf(line);
  const facts = [
    ["Time", `${day(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`], ["From", line.from], ["To", line.to],
    ["Outcome", line.outcome], ["Took", line.ms === null ? "" : `${line.ms} ms`],
  ];
  const acts = make("div", { class: "acts" });
  for (const node of new Set([ends.from, ends.to].filter(Boolean))) {
    acts.append(make("a", { class: "button", href: address("is", node.name) }, `Show ${node.name}`));
  }
  const detail = make("div", { class: "detail" }, listOf(facts), line.detail ? shown(line.detail) : null, acts);
  button.parentNode.append(detail);
  detail.scrollIntoView({ block: "nearest" });
}

function listOf(facts) {
  const list = make("dl", {});
  for (const [fact, value] of facts) {
    if (value !== "" && value !== null && value !== undefined) list.append(make("dt", {}, fact), make("dd", {}, String(value)));
  }
  return list;
}

log.addEventListener("scroll", () => {
  const bottom = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
  if (!paused && following && !bottom) { following = false; later(); }
  else if (!paused && !following && bottom) { following = true; missed = 0; later(); }
});
new ResizeObserver(() => { if (following) log.scrollTop = log.scrollHeight; }).observe(log);
log.addEventListener("keydown", (event) => {
  const entry = event.target.closest(".entry");
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (!entry || (!step && event.key !== "Home" && event.key !== "End")) return;
  event.preventDefault();
  let row = step ? entry.parentNode[step] : event.key === "Home" ? log.firstElementChild : log.lastElementChild;
  while (row && !row.querySelector(".entry")) row = step ? row[step] : null;
  if (row && !paused) pause(true);
  row?.querySelector(".entry").focus();
});
by("pause").addEventListener("click", () => pause(following));
by("clear").addEventListener("click", () => { lines = []; refill(); });
by("sift").addEventListener("input", refill);
for (const radio of document.querySelectorAll('input[name="which"]')) radio.addEventListener("change", refill);
by("only").addEventListener("click", () => narrow(""));

function narrow(name) {
  if (name === only) return;
  only = name;
  by("only").hidden = !name;
  by("only").replaceChildren(name, make("span", { "aria-hidden": "true" }, " ×"));
  by("only").setAttribute("aria-label", `Only lines of ${name}; show all`);
  refill();
}

// --- following the run ---

let stream = null;
let structure = "";

function follow() {
  stream?.close();
  if (document.hidden) { stream = null; return; }
  filling = [];
  const mine = stream = new EventSource("api/follow");
  mine.addEventListener("message", (event) => take(JSON.parse(event.data)));
  mine.addEventListener("open", async () => {
    try {
      await look();
      const before = await ask(`lines?${asking({ after: last, most: KEPT })}`);
      if (mine !== stream) return;
      const since = filling ?? [];
      filling = null;
      const quiet = last === 0;
      for (const line of before) if (line.number > last) { last = line.number; remember(line); if (!quiet) passing(line); }
      since.forEach(take);
    } catch {
      again(mine);
    }
  });
  mine.addEventListener("error", () => again(mine));
}

function again(mine) {
  if (mine !== stream) return;
  mine.close();
  stream = null;
  lost();
  setTimeout(() => { if (stream === null) follow(); }, 1000);
}

// A tab that nobody sees holds no connection: a browser has only six of them for all tabs.
document.addEventListener("visibilitychange", follow);

let timer = 0, looked = 0, looking = null;
function soon() {
  if (!timer || looked + CALM - performance.now() > 350) plan(350);
}
function plan(wait) {
  clearTimeout(timer);
  timer = setTimeout(() => { timer = 0; if (!document.hidden) look().catch(() => {}); else plan(CALM); }, wait);
}

function look() {
  looking ??= (async () => {
    try {
      await seen(await ask("status"));
    } catch (problem) {
      if (problem instanceof Unanswered) lost();
      throw problem;
    } finally {
      looking = null;
      looked = performance.now();
      plan(CALM);
    }
  })();
  return looking;
}

function lost() {
  if (running === false) return;
  running = false;
  wear();
}

async function seen(found) {
  // A thing may be called `constructor`.
  for (const part of ["functions", "queues", "events", "schedules", "readers"]) Object.setPrototypeOf(found[part], null);
  const begun = status !== null && status.since !== found.since;
  status = found;
  if (running !== true) { running = true; wear(); }
  if (begun) {
    last = 0;
    counted = Object.create(null);
    remember({ note: `A new run of ${found.app} begins` });
    follow(); // what was asked of the run before is void
  }
  const names = [found.functions, found.queues, found.events, found.schedules].map(Object.keys);
  const now = JSON.stringify([found.since, names, found.wires, found.routes]);
  if (now !== structure) {
    try {
      await loadPicture();
      structure = now;
    } catch (problem) {
      setText(by("blank"), problem.message);
    }
    count();
    draw();
  } else count();
  head();
  panel?.update?.();
}

function wear() {
  document.body.classList.toggle("waiting", running !== true);
  by("away").hidden = running !== false;
  setText(by("state").querySelector("span"), running ? "running" : "not running");
}

function letters() {
  return Object.entries(status?.queues ?? {}).filter(([, queue]) => queue.dead);
}

function head() {
  setText(by("app"), status.app);
  setText(by("stage"), status.stage);
  by("stage").hidden = false;
  setText(by("gateway"), status.gateway.replace(/^https?:\/\//, ""));
  by("gateway").href = new URL("/", location.href).href;
  by("gateway").hidden = false;
  setText(by("state").querySelector("span"), `running for ${span(Date.now() / 1000 - status.since)}`);
  const dead = letters().reduce((sum, [, queue]) => sum + held(queue), 0);
  by("alarm").hidden = dead === 0;
  setText(by("alarm"), many(dead, "dead letter"));
  document.title = `${dead ? `(${dead}) ` : ""}${status.app} · ifc local`;
}

// --- the panel ---

const aside = by("panel");
let panel = null; // what is shown there: `update` brings its numbers up to date

function draw() {
  if (!status) return;
  const [where, name, tab] = place();
  const node = where === "is" ? nodes.get(name) : undefined;
  choose(node ?? null);
  narrow(node ? node.name : "");
  aside.replaceChildren();
  panel = node ? ofNode(node, tab) : ofApp(where === "letters" ? "letters" : where === "do" ? "do" : "app", name);
  aside.scrollTop = 0;
}
addEventListener("hashchange", draw);

function tabs(label, entries, now) {
  const bar = make("div", { class: "tabs", role: "tablist", "aria-label": label });
  for (const [id, text, to] of entries) {
    const state = { "aria-selected": String(id === now), "aria-controls": "tab-body", tabindex: id === now ? "0" : "-1" };
    bar.append(make("a", { role: "tab", href: to, id: `tab-${id}`, ...state }, text));
  }
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...bar.children], to = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    location.hash = to.getAttribute("href");
    requestAnimationFrame(() => requestAnimationFrame(() => by(to.id)?.focus()));
  });
  return bar;
}

function bodyOf(now) {
  return aside.appendChild(make("div", { class: "body", role: "tabpanel", id: "tab-body", "aria-labelledby": `tab-${now}` }));
}

function part(parent, title, ...inside) {
  const made = make("section", {}, make("h3", {}, title), ...inside);
  parent.append(made);
  return made;
}

// A part that is closed at first where it would be long.
function chapter(parent, title, count, ...inside) {
  const head = make("summary", {}, title, make("span", {}, ` ${count}`));
  parent.append(make("details", { class: "part", open: count <= FEW }, head, ...inside));
}

const link = (node) => make("a", { href: address("is", node.name) }, node.label);

// -- of the whole app

function ofApp(now, name) {
  aside.append(tabs("The app", [["app", "App", "#"], ["letters", "Dead letters", "#letters"], ["do", "Send", "#do"]], now));
  const body = bodyOf(now);
  if (now === "letters") return ofLetters(body, name);
  if (now === "do") return ofDoing(body, name);
  return ofEverything(body);
}

function ofEverything(body) {
  const all = [...nodes.values()], updates = [];
  const routes = all.filter((node) => node.kind === "route");
  if (routes.length) chapter(body, "Routes", routes.length, make("ul", { class: "list" }, ...routes.map(routeRow)));
  const schedules = all.filter((node) => node.kind === "schedule" && status.schedules[node.name]);
  if (schedules.length) {
    const rows = schedules.map(scheduleRow);
    chapter(body, "Schedules", rows.length, make("ul", { class: "list" }, ...rows.map((row) => row.row)));
    updates.push(...rows.map((row) => row.update));
  }
  const functions = all.filter((node) => node.kind === "function");
  if (functions.length) updates.push(table(body, "Functions", ["", "ok", "failed", "waiting"], functions, (node) => {
    const found = status.functions[node.name];
    return found ? [found.calls.ok ?? 0, found.calls.failed ?? 0, found.waiting] : [];
  }, [, "bad", "wait"]));
  const queues = all.filter((node) => node.kind === "queue");
  if (queues.length) updates.push(table(body, "Queues", ["", "available", "in flight", "delayed"], queues, (node) => {
    const found = status.queues[node.name];
    return found ? [found.visible, found.hidden, found.delayed] : [];
  }, ["dead"]));
  const others = all.filter((node) => ["topic", "bus", "stream", "table", "bucket"].includes(node.kind));
  if (others.length) updates.push(table(body, "Sources", ["", "events"], others, (node) => [status.events[node.name] ?? 0], []));
  const sentences = status.absent.map((text) => make("li", {}, ...sentence(text)));
  if (sentences.length) chapter(body, "Not as in the cloud", sentences.length, make("ul", { class: "list small" }, ...sentences));
  const facts = [["Gateway", status.gateway], ["AWS endpoint", status.endpoint], ["Since", day(moment(status.since))]];
  part(body, "Run", listOf(facts)).classList.add("quiet");
  const update = () => updates.forEach((each) => each());
  update();
  return { update };
}

function table(parent, title, heads, rows, numbers, sorts) {
  const cells = new Map();
  const body = make("tbody", {});
  for (const node of rows) {
    const mine = heads.slice(1).map(() => make("td", {}));
    cells.set(node, mine);
    body.append(make("tr", {}, make("th", { scope: "row" }, link(node)), ...mine));
  }
  const top = heads.map((text) => make("th", { scope: "col" }, text || make("span", { class: "unseen" }, "name")));
  chapter(parent, title, rows.length, make("table", {}, make("thead", {}, make("tr", {}, ...top)), body));
  return () => {
    for (const [node, mine] of cells) {
      const found = numbers(node);
      mine.forEach((cell, at) => {
        setText(cell, found[at] === undefined ? "" : found[at].toLocaleString("en"));
        const sort = sorts[at] === "dead" ? (status.queues[node.name]?.dead ? "bad" : "") : sorts[at] ?? "";
        cell.className = found[at] ? sort : "zero";
      });
    }
  };
}

const APART = { target: "_blank", rel: "noopener" };
const safe = (node) => ["GET", "ANY", "DEFAULT"].includes(node.method);

function routeRow(node) {
  const open = safe(node) && !node.path.replace(/\{proxy\+\}$/, "").includes("{") && node.guard === "none";
  const path = node.path.replace(/\{proxy\+\}$/, "");
  const where = open
    ? make("a", { href: sameOrigin(path), ...APART, title: "Opens in a new tab" }, path, quiet(" ↗"))
    : make("a", { href: address("is", node.name, "do") }, node.path);
  const called = nodes.get(node.called);
  const to = quiet("→ ", called ? link(called) : node.called);
  return make("li", { class: "route-row" }, make("span", { class: "verb" }, node.method), where, to);
}

// A path of this gateway; nothing that leads elsewhere.
function sameOrigin(path) {
  const url = new URL(location.origin + (path.startsWith("/") ? path : `/${path}`));
  return url.origin === location.origin ? url.href : location.href;
}

function scheduleRow(node) {
  const when = make("span", { class: "quiet" }), said = status.schedules[node.name], to = nodes.get(said.to);
  const update = () => setText(when, nextOf(node.name));
  update();
  const text = make("span", {}, link(node), quiet(" → "), to ? link(to) : said.to, make("br"), when);
  return { row: make("li", { class: "split-row" }, text, starter(node)), update };
}

function nextOf(name) {
  const next = status.schedules[name]?.next;
  if (next === null || next === undefined) return "never";
  const away = next - Date.now() / 1000;
  return away > 0 ? `next in ${span(away)}, at ${away > 43_200 ? day(moment(next)) : clock(moment(next))}` : "now";
}

function starter(node) {
  const button = make("button", { onclick: () => doing(button, async () => {
    await ask("fire", JSON.stringify({ name: node.name }));
    say(`\`${node.label}\` is started`);
  }) }, "Start now");
  return button;
}

// -- dead letters

function ofLetters(body, name) {
  const queues = letters();
  if (!queues.length) {
    body.append(make("p", { class: "quiet" }, ...sentence("No queue of this app has dead letters: `dead-letter after 5` gives it some.")));
    return null;
  }
  const counts = new Map(), list = make("ul", { class: "list pick", "aria-label": "Queues of dead letters" });
  for (const [queue] of queues) {
    const count = make("span", {});
    counts.set(queue, count);
    list.append(make("li", {}, make("a", { href: address("letters", queue) }, queue, count)));
  }
  part(body, "Queues of dead letters", list);
  const update = () => {
    for (const [queue, count] of counts) {
      const depth = depthOf(queue);
      setText(count, depth.toLocaleString("en"));
      count.className = depth ? "number bad" : "number";
    }
  };
  update();
  const picked = queues.some(([queue]) => queue === name) ? name : (queues.find(([, queue]) => held(queue)) ?? queues[0])[0];
  list.querySelector(`[href="${CSS.escape(address("letters", picked))}"]`)?.setAttribute("aria-current", "true");
  const messages = ofMessages(part(body, picked), picked);
  return { update: () => { update(); messages.update(); } };
}

const STATES = { visible: "available", hidden: "in flight", delayed: "delayed" };

function ofMessages(body, name) {
  const dead = status.queues[name]?.dead;
  const { bar, note, list } = shelf(body);
  let known = null, before = [];
  const picked = () => [...list.querySelectorAll('input[type="checkbox"]:checked')].map((box) => Number(box.value));

  async function load() {
    const depth = depthOf(name);
    const found = (await ask(`messages?${asking({ name, most: MESSAGES })}`)).messages;
    known = depth;
    before = found;
    list.replaceChildren(...found.map((message) => messageRow(message)));
    const more = depth > found.length ? `The first ${found.length} of ${depth.toLocaleString("en")} messages` : "";
    note.textContent = found.length ? more : "No message is here.";
    note.hidden = !note.textContent;
    label();
  }
  function messageRow(message) {
    const at = new Date(message.sent);
    const choice = { type: "checkbox", value: String(message.offset), "aria-label": `Choose message ${message.id}`, onchange: label };
    const often = message.receives ? make("span", { class: "quiet", title: "how often it was received" }, `${message.receives}×`) : null;
    const head = make("summary", {}, dead ? make("input", choice) : null, timeOf(at), gist(message.body), often);
    return fold(head, (inside) => {
      const { offset, id, body: text, attributes, receives, group, source, sender, state } = message;
      inside.append(shown(text));
      if (Object.keys(attributes ?? {}).length) inside.append(make("h4", {}, "Attributes"), shown(JSON.stringify(attributes)));
      inside.append(listOf([
        ["Failed in", source], ["Received", many(receives, "time")], ["State", STATES[state]], ["Sent", day(at)],
        ["Sender", sender], ["Group", group], ["Id", id], ["Offset", offset],
      ]));
      if (dead) {
        const button = make("button", { onclick: () => doing(button, () => redrive([offset])) }, "Redrive this one");
        inside.append(make("div", { class: "acts" }, button));
      }
    });
  }
  async function redrive(offsets) {
    const { moved } = await ask("redrive", JSON.stringify({ name, offsets }));
    say(`${many(moved, "message goes", "messages go")} back to where ${moved === 1 ? "it" : "they"} failed`);
    await look();
    await load();
  }
  function label() {
    setText(all, picked().length ? `Redrive ${picked().length}` : "Redrive all");
    all.disabled = purge.disabled = before.length === 0;
  }
  const some = () => (picked().length ? picked() : null);
  const all = make("button", { class: "main", onclick: () => doing(all, () => redrive(some())).then(label) }, "Redrive all");
  const fresh = make("button", { onclick: () => doing(fresh, load) }, "Refresh");
  const purge = make("button", { class: "danger", onclick: async () => {
    const depth = depthOf(name);
    const what = `${many(depth, "message")} of \`${name}\` ${depth === 1 ? "is" : "are"}`;
    if (!(await confirmed("Purge", `${what} taken out for good; the log keeps what was sent.`, "Purge"))) return;
    await doing(purge, async () => {
      say(`${many((await ask("purge", JSON.stringify({ name }))).purged, "message")} of \`${name}\` gone`);
      await look();
      await load();
    });
    label();
  } }, "Purge …");
  bar.append(...(dead ? [all] : []), fresh, purge);
  label();
  load().catch((problem) => say(problem.message, true));
  return { update: () => {
    const now = depthOf(name);
    if (known === null || now === known) return;
    if (list.querySelector("details[open], :checked")) setText(fresh, `Refresh (${now.toLocaleString("en")} now)`);
    else { known = now; setText(fresh, "Refresh"); load().catch(() => {}); }
  } };
}

const gist = (text) => make("span", { class: "gist" }, text.slice(0, GIST));

// A place for rows that open: buttons, a note and the list.
function shelf(body) {
  const found = { bar: make("div", { class: "acts" }), note: make("p", { class: "quiet" }), list: make("ul", { class: "list folds" }) };
  body.append(found.bar, found.note, found.list);
  return found;
}

function fold(head, fill) {
  const inside = make("div", { class: "detail" });
  const row = make("details", { ontoggle: () => { if (row.open && !inside.firstChild) fill(inside); } }, head, inside);
  return make("li", {}, row);
}

// -- of one thing

const VERBS = {
  function: ["call", "Call", "Event"],
  queue: ["send", "Send", "Message"],
  topic: ["publish", "Publish", "Message"],
  bus: ["publish", "Publish", "Event"],
  stream: ["put", "Put", "Record"],
  table: ["put", "Put", "Item"],
  bucket: ["put", "Put", "Object"],
  secret: ["put", "Put", "Value"],
  config: ["put", "Put", "Value"],
};
const SOURCES = ["queue", "topic", "bus", "stream", "table", "bucket"];

function ofNode(node, asked) {
  const known = [["about", "About"]];
  if (node.kind === "queue") known.push(["messages", "Messages"]);
  if (SOURCES.includes(node.kind)) known.push(["history", "History"]);
  if (VERBS[node.kind]) known.push(["do", VERBS[node.kind][1]]);
  if (node.kind === "route") known.push(["do", "Try"]);
  const dead = status.queues[node.name]?.dead;
  const now = known.some(([id]) => id === asked) ? asked : dead ? "messages" : "about";
  const close = make("a", { class: "button plain close", href: "#", "aria-label": "Close", title: "Close ( Esc )" }, "×");
  const title = make("div", {}, quiet(dead ? "queue of dead letters" : node.kind), make("h2", {}, node.label));
  aside.append(make("div", { class: "subject" }, swatch(node), title, close));
  aside.append(tabs(node.name, known.map(([id, text]) => [id, text, address("is", node.name, id)]), now));
  const body = bodyOf(now);
  if (now === "messages") return ofMessages(body, node.name);
  if (now === "history") return ofHistory(body, node);
  if (now === "do") return node.kind === "route" ? ofRoute(body, node) : ofForm(body, node);
  return ofFacts(body, node);
}

// The box's own icon in its colours, small.
function swatch(node) {
  const hue = [...node.mark.classList].find((name) => !["box", "chosen", "near", "alarmed", "extern"].includes(name));
  const icon = node.mark.querySelector(".icon").cloneNode();
  icon.setAttribute("transform", "translate(7 7) scale(1.1)");
  const ground = drawn("rect", { x: 0.7, y: 0.7, width: 30.6, height: 30.6, rx: 8 });
  return drawn("svg", { width: 32, height: 32, "aria-hidden": "true", class: "swatch" }, drawn("g", { class: hue }, ground, icon));
}

function ofFacts(body, node) {
  const numbers = make("div", { class: "figures" });
  body.append(numbers);
  if (node.kind === "schedule") body.append(make("div", { class: "acts" }, starter(node)));
  if (node.kind === "route" && node.guard !== "none") body.append(listOf([["Guard", node.guard]]));
  if (node.kind === "function") body.append(listOf([["Language", status.functions[node.name]?.language ?? ""]]));
  neighbours(body, "Comes from", node.from, "from");
  neighbours(body, "Goes to", node.to.filter((edge) => !edge.grant), "to");
  neighbours(body, "May use", node.to.filter((edge) => edge.grant), "to");
  let before = "";
  const update = () => {
    const found = figuresOf(node), key = JSON.stringify(found);
    if (key === before) return;
    before = key;
    numbers.replaceChildren(...found.map(figure));
  };
  update();
  return { update };
}

function figure([word, value, sort]) {
  const text = typeof value === "number" ? value.toLocaleString("en") : value;
  return make("div", { class: value ? sort ?? "" : "" }, make("b", {}, text), make("span", {}, word));
}

function figuresOf(node) {
  const called = status.functions[node.name], queue = status.queues[node.name];
  if (called) {
    const { ok = 0, failed = 0, ...others } = called.calls;
    return [["succeeded", ok], ["failed", failed, "bad"], ["waiting", called.waiting, "wait"], ...Object.entries(others)];
  }
  const events = node.name in status.events ? [["events in this run", status.events[node.name]]] : [];
  if (queue) {
    const sort = queue.dead ? "bad" : "wait";
    return [["available", queue.visible, sort], ["in flight", queue.hidden], ["delayed", queue.delayed], ...events];
  }
  if (node.kind === "schedule") return [[status.schedules[node.name]?.next ? "" : "next", nextOf(node.name)]];
  const behind = node.to.filter((edge) => edge.wires.length).map((edge) => [`behind: ${edge.to}`, behindOf(edge), "wait"]);
  return [...events, ...(["table", "stream"].includes(node.kind) ? behind : [])];
}

function neighbours(body, title, found, end) {
  if (!found.length) return;
  const rows = found.map((edge) => make("li", {}, link(nodes.get(edge[end])), edge.words ? quiet(` ${edge.words}`) : null));
  part(body, title, make("ul", { class: "list" }, ...rows));
}

// -- what a source's log holds

function ofHistory(body, node) {
  const { bar, note, list } = shelf(body);
  const back = []; // where the newer pages begin
  let begin = null, oldest = null, known = null;

  async function load(before) {
    const { rows } = await ask(`log?${asking({ name: node.name, most: PAGE, ...(before === null ? {} : { before }) })}`);
    begin = before;
    oldest = rows.length ? rows[rows.length - 1].offset : null;
    known = status.events[node.name];
    list.replaceChildren(...rows.map(rowLine));
    note.textContent = rows.length ? "" : before === null ? "The log holds nothing of this yet." : "There is nothing older.";
    note.hidden = !note.textContent;
    setText(newest, "Newest");
    able();
  }
  function able() {
    newer.disabled = newest.disabled = begin === null;
    older.disabled = oldest === null || oldest <= 1;
  }
  function rowLine(row) {
    const at = moment(row.at);
    const keyed = ["table", "bucket", "stream"].includes(node.kind) ? `${row.key}  ` : "";
    const head = make("summary", {}, make("span", { class: "number" }, String(row.offset)), timeOf(at), gist(keyed + row.value));
    return fold(head, (inside) => {
      inside.append(shown(row.value), listOf([["Offset", row.offset], ["Time", day(at)], ["Key", row.key]]));
      if (Object.keys(row.meta ?? {}).length) inside.append(make("h4", {}, "Beside it"), shown(JSON.stringify(row.meta)));
      const again = make("button", { onclick: () => replay(again, row) }, "Replay from here …");
      const acts = make("div", { class: "acts" }, again);
      if (["queue", "topic"].includes(node.kind)) acts.append(make("button", { onclick: () => {
        drafts.set(node.name, problemOf(row.value) === null ? pretty(row.value) : JSON.stringify(row.value));
        go("is", node.name, "do");
      } }, "Edit and send …"));
      inside.append(acts);
    });
  }
  async function replay(button, row) {
    const listeners = node.to.filter((edge) => !edge.grant).map((edge) => `\`${nodes.get(edge.to).label}\``);
    const whom = listeners.length ? listeners.join(", ") : "whoever listens";
    const what = `What the log has of \`${node.name}\` from offset ${row.offset} (${day(moment(row.at))}) on`;
    if (!(await confirmed("Replay", `${what} is delivered once more to ${whom}.`, "Replay"))) return;
    await doing(button, async () => {
      const { replayed } = await ask("replay", JSON.stringify({ name: node.name, from: row.offset }));
      say(`${many(replayed, "event is", "events are")} delivered again`);
    });
  }
  const turn = (button, to) => doing(button, () => load(to())).then(able);
  const newest = make("button", { onclick: () => turn(newest, () => { back.length = 0; return null; }) }, "Newest");
  const newer = make("button", { onclick: () => turn(newer, () => back.pop() ?? null) }, "‹ Newer");
  const older = make("button", { onclick: () => turn(older, () => { back.push(begin); return oldest; }) }, "Older ›");
  bar.append(newest, newer, older);
  able();
  load(null).catch((problem) => say(problem.message, true));
  return { update: () => {
    const now = status.events[node.name];
    if (known === null || now === known) return;
    if (begin === null && !list.querySelector("details[open]")) { known = now; load(null).catch(() => {}); }
    else { newest.disabled = false; setText(newest, "Newest (there is more)"); }
  } };
}

// -- doing

const drafts = new Map(); // what was written, by name

const GROUPS = {
  function: "Call a function",
  queue: "Send to a queue",
  topic: "Publish to a topic",
  bus: "Publish to a bus",
  stream: "Put into a stream",
  table: "Put into a table",
  bucket: "Put into a bucket",
  secret: "Put a secret",
  config: "Put a config",
  schedule: "Start a schedule",
};

function ofDoing(body, name) {
  const able = [...nodes.values()].filter((node) => GROUPS[node.kind]);
  if (!able.length) { body.append(make("p", { class: "quiet" }, "The app has nothing to send to.")); return null; }
  const select = make("select", { id: "whom", onchange: () => go("do", select.value) });
  for (const [kind, text] of Object.entries(GROUPS)) {
    const mine = able.filter((node) => node.kind === kind);
    const options = mine.map((node) => make("option", { value: node.name }, node.label));
    if (mine.length) select.append(make("optgroup", { label: text }, ...options));
  }
  const node = able.find((each) => each.name === name) ?? nodes.get(select.value);
  select.value = node.name;
  body.append(make("label", { class: "field" }, make("span", {}, "To"), select));
  if (node.kind === "schedule") { body.append(make("div", { class: "acts" }, starter(node))); return null; }
  return ofForm(body, node);
}

// A text area for JSON that says what is wrong with it.
function editor(label, name, optional) {
  const area = make("textarea", { rows: "9", spellcheck: "false", autocomplete: "off", "aria-describedby": "judged", id: "value" });
  const judged = make("p", { class: "judged", id: "judged", role: "status" });
  const format = make("button", { type: "button", class: "plain", onclick: () => {
    if (check() === null && area.value.trim()) area.value = pretty(area.value);
    keep();
  } }, "Format");
  area.value = drafts.get(name) ?? (optional ? "" : "{}");
  const keep = () => drafts.set(name, area.value);
  function check() {
    const problem = optional && !area.value.trim() ? null : problemOf(area.value);
    area.setAttribute("aria-invalid", String(problem !== null));
    judged.className = problem === null ? "judged" : "judged bad";
    setText(judged, problem === null ? "" : `No JSON: ${problem}${/^\s*[[{"]/.test(area.value) ? "" : ". A text stands in quotes."}`);
    return problem;
  }
  area.addEventListener("input", () => { keep(); check(); });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); area.form.requestSubmit(); }
  });
  check();
  const head = make("div", { class: "between" }, make("label", { for: "value" }, label), format);
  return { area, check, field: make("div", { class: "field" }, head, area, judged) };
}

const input = (label, facts) => {
  const box = make("input", { type: "text", autocomplete: "off", spellcheck: "false", ...facts });
  return { box, field: make("label", { class: "field" }, make("span", {}, label), box) };
};

function ofForm(body, node) {
  const [act, verb, noun] = VERBS[node.kind];
  const { area, check, field } = editor(`${noun} (JSON)`, node.name);
  const key = { bucket: () => input("Key", { required: true }), stream: () => input("Partition key (or one is made)") }[node.kind]?.();
  const group = node.fifo ? input("Message group", { placeholder: "default" }) : null;
  const button = make("button", { class: "main" }, verb);
  const answer = make("div", { class: "answer", "aria-live": "polite" });
  const form = make("form", { onsubmit: (event) => {
    event.preventDefault();
    if (check() !== null) { area.focus(); return; }
    doing(button, send);
  } }, key?.field, group?.field, field, make("div", { class: "acts" }, button, quiet("Ctrl+Enter")));
  body.append(form, answer);

  // The value goes as it is written: a big number loses nothing.
  async function send() {
    const rest = { name: node.name, key: key?.box.value || undefined, group: group?.box.value || undefined };
    const began = performance.now();
    answer.replaceChildren(make("p", { class: "quiet" }, "…"));
    try {
      const found = await ask(act, `${JSON.stringify(rest).slice(0, -1)},"value":${area.value}}`);
      const took = milliseconds(performance.now() - began);
      const said = act === "call" ? found.answer : found;
      const title = found.error ? `Failed: ${found.error}` : "Answer";
      const head = make("h3", { class: found.error ? "bad" : "good" }, title, quiet(` ${took}`));
      answer.replaceChildren(head, shown(JSON.stringify(said) ?? "null"));
    } catch (problem) {
      answer.replaceChildren(make("h3", { class: "bad" }, "Not done"), make("p", {}, ...sentence(problem.message)));
    }
  }
  return null;
}

function ofRoute(body, node) {
  const any = ["ANY", "DEFAULT"].includes(node.method);
  const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
  const method = make("select", { "aria-label": "Method" }, ...(any ? methods : [node.method]).map((each) => make("option", {}, each)));
  const holes = [...node.path.matchAll(/\{([^}]*)\}/g)].map(([whole, name]) => {
    const rest = name.endsWith("+");
    return { whole, rest, ...input(name.replace("+", ""), { required: !rest }) };
  });
  const query = input("Query", { placeholder: "name=value&…" });
  const guard = node.guard !== "none" ? input("Authorization", { placeholder: node.guard === "jwt" ? "Bearer …" : "" }) : null;
  const { area, check, field } = editor("Body (JSON)", node.name, true);
  const open = make("a", { class: "button", ...APART }, "Open ↗");
  const button = make("button", { class: "main" }, "Send");
  const answer = make("div", { class: "answer", "aria-live": "polite" });
  const target = () => {
    let path = node.path;
    for (const { whole, rest, box } of holes) {
      const steps = rest ? box.value.split("/") : [box.value];
      path = path.replace(whole, () => steps.map(encodeURIComponent).join("/"));
    }
    const asked = query.box.value.replace(/^\?/, "");
    return sameOrigin(path + (asked ? `?${asked}` : ""));
  };
  const bodily = () => !["GET", "HEAD"].includes(method.value);
  const fresh = () => {
    open.href = target();
    open.hidden = method.value !== "GET" || guard !== null;
    field.hidden = !bodily();
  };
  const form = make("form", { oninput: fresh, onsubmit: (event) => {
    event.preventDefault();
    if (bodily() && check() !== null) { area.focus(); return; }
    doing(button, send);
  } });
  if (any) form.append(make("label", { class: "field" }, make("span", {}, "Method"), method));
  form.append(...holes.map((hole) => hole.field), query.field, ...(guard ? [guard.field] : []), field);
  form.append(make("div", { class: "acts" }, button, open));
  body.append(form, answer);
  fresh();

  async function send() {
    const began = performance.now();
    const body = bodily() && area.value.trim() ? area.value : undefined;
    const headers = body ? { "content-type": "application/json" } : {};
    if (guard?.box.value) headers.authorization = guard.box.value;
    try {
      const found = await fetch(target(), { method: method.value, headers, body, cache: "no-store", redirect: "manual" });
      const said = found.type === "opaqueredirect" ? "" : await found.text();
      const title = found.type === "opaqueredirect" ? "It leads elsewhere" : `${found.status} ${found.statusText}`;
      const took = quiet(` ${milliseconds(performance.now() - began)}`);
      answer.replaceChildren(make("h3", { class: found.status >= 400 ? "bad" : "good" }, title, took), shown(said));
    } catch {
      answer.replaceChildren(make("h3", { class: "bad" }, "No answer"));
    }
  }
  return null;
}

// --- the window ---

const main = by("main"), split = by("split");
function divide(percent) {
  const share = Math.min(85, Math.max(15, percent));
  main.style.setProperty("--share", `${share}%`);
  split.setAttribute("aria-valuenow", String(Math.round(share)));
}
split.addEventListener("pointerdown", (event) => { split.setPointerCapture(event.pointerId); event.preventDefault(); });
split.addEventListener("pointermove", (event) => {
  if (!split.hasPointerCapture(event.pointerId)) return;
  const whole = main.getBoundingClientRect();
  divide(((event.clientY - whole.top) / whole.height) * 100);
});
split.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -4, ArrowDown: 4 }[event.key];
  if (step) { divide(Number(split.getAttribute("aria-valuenow")) + step); event.preventDefault(); }
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || by("confirm").open) return;
  const writing = event.target.closest?.("input, textarea, select");
  if (event.key === "Escape") {
    if (event.target === by("find")) { by("find").value = ""; search(); }
    if (writing) event.target.blur();
    else go("");
  } else if (writing) return;
  else if (event.key === "/") { event.preventDefault(); by("find").focus(); by("find").select(); }
  else if (event.key === "+" || event.key === "=") zoom(1.3);
  else if (event.key === "-") zoom(1 / 1.3);
  else if (event.key === "0") fit(0);
});

flush();
follow();
look().catch(() => {});
