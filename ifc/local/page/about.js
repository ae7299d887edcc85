// What one thing of the app is: its numbers, and its neighbours on the picture.

import { element, factList, quiet } from "./elements.js";
import { nodes } from "./graph.js";
import { addSection, nodeLink } from "./layout.js";
import { nextStart, startButton } from "./schedules.js";
import { behindOn, status } from "./status.js";

export function showAbout(body, node) {
  const figures = element("div", { class: "figures" });
  body.append(figures);
  if (node.kind === "schedule") body.append(element("div", { class: "acts" }, startButton(node)));
  if (node.kind === "route" && node.guard !== "none") body.append(factList([["Guard", node.guard]]));
  if (node.kind === "function") body.append(factList([["Language", status.functions[node.name]?.language]]));
  addNeighbours(body, "Comes from", node.from, "from");
  addNeighbours(body, "Goes to", node.to.filter((edge) => !edge.grant), "to");
  addNeighbours(body, "May use", node.to.filter((edge) => edge.grant), "to");
  let shown = "";
  const update = () => {
    const found = figuresOf(node), key = JSON.stringify(found);
    if (key === shown) return;
    shown = key;
    figures.replaceChildren(...found.map(figure));
  };
  update();
  return update;
}

function figure([word, value, kind = ""]) {
  const text = typeof value === "number" ? value.toLocaleString("en") : value;
  return element("div", { class: value ? kind : "" }, element("b", {}, text), element("span", {}, word));
}

// What is counted of a thing: the word, the number, and of what class it is where it is not zero.
function figuresOf(node) {
  const called = status.functions[node.name], queue = status.queues[node.name];
  if (called) {
    const { ok = 0, failed = 0, ...others } = called.calls;
    return [["succeeded", ok], ["failed", failed, "bad"], ["waiting", called.waiting, "wait"], ...Object.entries(others)];
  }
  const events = node.name in status.events ? [["events in this run", status.events[node.name]]] : [];
  if (queue) {
    const kind = queue.dead ? "bad" : "wait";
    return [["available", queue.visible, kind], ["in flight", queue.hidden], ["delayed", queue.delayed], ...events];
  }
  if (node.kind === "schedule") return [[status.schedules[node.name]?.next ? "" : "next", nextStart(node.name)]];
  if (!["table", "stream"].includes(node.kind)) return events;
  return [...events, ...node.to.filter((edge) => edge.wires.length).map((edge) => [`behind: ${edge.to}`, behindOn(edge), "wait"])];
}

function addNeighbours(body, title, edges, end) {
  if (!edges.length) return;
  const rows = edges.map((edge) => element("li", {}, nodeLink(nodes.get(edge[end])), edge.words ? quiet(` ${edge.words}`) : null));
  addSection(body, title, element("ul", { class: "list" }, ...rows));
}
