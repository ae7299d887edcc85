// The graph of the app: the boxes and lines of its picture as nodes and edges, as the run has drawn them.

import { askForText } from "./connection.js";
import { byId, setText } from "./elements.js";
import { addLargeName } from "./names.js";
import { picture, setWorld } from "./viewport.js";

export let nodes = new Map(); // by name
export let edges = [];
export let drawings = {}; // two of the same boxes and lines, each with its group and its extent: `full` of labels, and `narrow`
export let shown = ""; // which of them

// Fetches the picture anew; the drawing that was shown is shown again.
export async function loadGraph() {
  const parsed = new DOMParser().parseFromString(await askForText("graph"), "image/svg+xml").documentElement;
  const [full, narrow] = ["world", "narrow"].map((id) => parsed.querySelector(`#${id}`));
  if (!full || !narrow) throw new Error("The run's picture can't be read.");
  picture.replaceChildren(document.importNode(parsed.querySelector("style"), true));
  drawings = {
    full: { group: full, extent: boxOf(parsed.getAttribute("viewBox")) },
    narrow: { group: narrow, extent: boxOf(narrow.dataset.extent) },
  };
  show(shown || "full");
  byId("blank").hidden = nodes.size > 0;
  setText(byId("blank"), "The app is empty.");
}

function boxOf(text) {
  const [x, y, width, height] = text.split(" ").map(Number);
  return { x, y, width, height };
}

// Shows one of the drawings: its marks are others, so all nodes and edges are.
export function show(which) {
  const world = document.importNode(drawings[which].group, true);
  const focused = document.activeElement?.closest("#picture .box")?.dataset.name;
  picture.querySelector(":scope > g")?.remove();
  picture.append(world);
  nodes = new Map([...world.querySelectorAll(".box")].map((mark) => [mark.dataset.name, readNode(mark)]));
  edges = [...world.querySelectorAll(".line")].map(readEdge);
  for (const node of nodes.values()) addLargeName(node);
  shown = which;
  setWorld(world, drawings[which].extent);
  nodes.get(focused)?.mark.focus({ preventScroll: true });
}

function readNode(mark) {
  const { name, kind, arn, fifo, method, path, function: called, guard } = mark.dataset;
  const rect = mark.querySelector("rect"), title = mark.querySelector("title");
  const [x, y] = mark.getAttribute("transform").match(/[-\d.]+/g).map(Number);
  const tooltip = title.textContent, spoken = tooltip.split("\n")[0];
  mark.setAttribute("role", "button");
  mark.setAttribute("tabindex", "-1");
  mark.setAttribute("aria-label", spoken);
  return {
    name, kind, arn, fifo: fifo !== undefined, method, path, called, guard, mark, rect, title, tooltip, spoken, x, y,
    label: mark.querySelector(".name").textContent,
    width: Number(rect.getAttribute("width")), height: Number(rect.getAttribute("height")),
    pathPattern: path ? patternOf(path) : null, from: [], to: [], badges: "", total: "", glowed: -Infinity,
  };
}

// What the path of a request to a route looks like.
function patternOf(path) {
  const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const parts = path.split(/(\{[^}]*\})/).map((part) => (!part.startsWith("{") ? literal(part) : part.endsWith("+}") ? ".*" : "[^/]+"));
  return new RegExp(`^${parts.join("")}$`);
}

function readEdge(mark) {
  const { from, to, words = "", wires, at } = mark.dataset, title = mark.querySelector("title");
  const edge = {
    from, to, mark, words, title, tooltip: title.textContent, grant: mark.classList.contains("grant"), pulsed: -Infinity,
    wires: wires ? JSON.parse(wires) : [], at: at?.split(" ").map(Number), lag: "",
  };
  nodes.get(from).to.push(edge);
  nodes.get(to).from.push(edge);
  return edge;
}

byId("grants").addEventListener("change", () => picture.classList.toggle("no-grants", !byId("grants").checked));
