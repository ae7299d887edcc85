// The numbers on the picture: how much happened in a box, and in badges what waits or went wrong there and on the lines.

import { svgElement } from "./elements.js";
import { compact } from "./format.js";
import { edges, nodes } from "./graph.js";
import { glow } from "./pulses.js";
import { behindOn, heldIn, status } from "./status.js";

let since = null; // when the run began that was counted last
let counted = null; // the events of its sources then

// Brings all numbers up to date; a box whose events have become more glows.
export function showNumbers() {
  if (since !== status.since) counted = Object.create(null);
  for (const node of nodes.values()) {
    showTotal(node);
    showBadges(node);
    if (node.name in counted && status.events[node.name] > counted[node.name]) glow(node);
  }
  edges.forEach(showLag);
  [since, counted] = [status.since, status.events];
}

function showTotal(node) {
  const total = totalOf(node), text = total ? compact(total) : "";
  if (text === node.total) return;
  node.total = text;
  node.tally ??= node.mark.appendChild(svgElement("text", { class: "tally", x: node.width - 11, y: 19, "text-anchor": "end" }));
  node.tally.textContent = text;
}

function totalOf(node) {
  const called = status.functions[node.name];
  if (called) return (called.calls.ok ?? 0) + (called.calls.failed ?? 0);
  return status.queues[node.name]?.dead ? 0 : status.events[node.name] ?? 0;
}

// The badges of a box: of what class each is, its number and its word.
function badgesOf(node) {
  const called = status.functions[node.name], queue = status.queues[node.name];
  if (called) return [["bad", called.calls.failed ?? 0, "failed"], ["wait", called.waiting, "waiting"]];
  if (queue?.dead) return [["bad", heldIn(queue), "dead"]];
  return queue ? [["wait", queue.visible + queue.delayed, "waiting"], ["hand", queue.hidden, "in flight"]] : [];
}

function showBadges(node) {
  const shown = badgesOf(node).filter(([, count]) => count > 0).map(([kind, count, word]) => [kind, `${compact(count)} ${word}`]);
  const key = shown.map((pair) => pair.join(" ")).join(", ");
  if (key === node.badges) return;
  node.badges = key;
  node.mark.classList.toggle("alarmed", status.queues[node.name]?.dead === true && shown.length > 0);
  node.row?.remove();
  node.row = node.mark.appendChild(rowOf(shown.map(([kind, text]) => badge(kind, text)), node));
  const texts = shown.map(([, text]) => text);
  node.title.textContent = [node.tooltip, ...texts].join("\n");
  node.mark.setAttribute("aria-label", [`${node.kind} ${node.name}`, ...texts].join(", "));
}

// Badges side by side on the lower edge of a box: to the right, or in its middle where they are wider than it.
function rowOf(badges, node) {
  const width = badges.reduce((sum, each) => sum + each.width + 4, -4);
  const row = svgElement("g", { class: "badges" });
  let left = width > node.width - 16 ? (node.width - width) / 2 : node.width - 8 - width;
  for (const each of badges) {
    each.mark.setAttribute("transform", `translate(${left} ${node.height - 8})`);
    row.append(each.mark);
    left += each.width + 4;
  }
  return row;
}

function badge(kind, text) {
  const width = text.length * 5.5 + 13;
  const ground = svgElement("rect", { width, height: 17, rx: 8.5 });
  const words = svgElement("text", { x: width / 2, y: 12.2, "text-anchor": "middle" }, text);
  return { mark: svgElement("g", { class: `badge ${kind}` }, ground, words), width };
}

// How far its readers are behind, in a badge on the line.
function showLag(edge) {
  if (!edge.wires.length) return;
  const behind = behindOn(edge), text = behind > 0 ? `${compact(behind)} behind` : "";
  if (text === edge.lag) return;
  edge.lag = text;
  edge.badge?.remove();
  edge.badge = null;
  if (!text) return;
  const { mark, width } = badge("wait", text);
  mark.setAttribute("transform", `translate(${edge.at[0] - width / 2} ${edge.at[1] - 8.5})`);
  edge.badge = edge.mark.appendChild(mark);
}
