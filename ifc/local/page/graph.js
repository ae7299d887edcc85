// The graph of the app: the boxes and lines of its picture as nodes and edges, as the run has drawn them.

import { byId, setText } from "./elements.js";
import { picture, setWorld } from "./viewport.js";

export let nodes = new Map(); // by name
export let edges = [];

// Fetches the picture anew.
export async function loadGraph() {
  const answer = await fetch("api/graph", { cache: "no-store" });
  if (!answer.ok) throw new Error("The run has no picture.");
  const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  if (drawing.localName !== "svg") throw new Error("The run's picture can't be read.");
  picture.replaceChildren(...[...drawing.children].map((child) => document.importNode(child, true)));
  const world = picture.querySelector("#world");
  nodes = new Map([...world.querySelectorAll(".box")].map((mark) => [mark.dataset.name, readNode(mark)]));
  edges = [...world.querySelectorAll(".line")].map(readEdge);
  byId("blank").hidden = nodes.size > 0;
  setText(byId("blank"), "The app is empty.");
  const [x, y, width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  setWorld(world, { x, y, width, height });
}

function readNode(mark) {
  const { name, kind, arn, fifo, method, path, function: called, guard } = mark.dataset;
  const rect = mark.querySelector("rect"), title = mark.querySelector("title");
  mark.setAttribute("role", "button");
  mark.setAttribute("tabindex", "-1");
  mark.setAttribute("aria-label", `${kind} ${name}`);
  return {
    name, kind, arn, fifo: fifo !== undefined, method, path, called, guard, mark, rect, title,
    label: mark.querySelector(".name").textContent, tooltip: title.textContent,
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
  const { from, to, wires, at } = mark.dataset;
  const words = [...mark.querySelectorAll(".label text")].map((text) => text.textContent).join(" ");
  const edge = {
    from, to, mark, words, grant: mark.classList.contains("grant"), pulsed: -Infinity,
    wires: wires ? JSON.parse(wires) : [], at: at?.split(" ").map(Number), lag: "",
  };
  nodes.get(from).to.push(edge);
  nodes.get(to).from.push(edge);
  return edge;
}

byId("grants").addEventListener("change", () => picture.classList.toggle("no-grants", !byId("grants").checked));
