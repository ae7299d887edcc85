// What a line of the log is about: the boxes that its event went from and to, and how it came out.

import { nodes } from "./graph.js";

let known = new WeakMap(), knownIn = null; // what was found of a line, in the picture that has these nodes

// The boxes that a line is about, and the edge between them.
export function endsOf(line) {
  if (knownIn !== nodes) [known, knownIn] = [new WeakMap(), nodes];
  if (!known.has(line)) known.set(line, findEnds(line));
  return known.get(line);
}

function findEnds(line) {
  const to = nodeOf(line.to) ?? [...nodes.values()].find((node) => node.arn === line.to);
  const request = /^([A-Z]+) (\/[^?]*)/.exec(line.from);
  const from = request ? routeOf(request[1], request[2], line.to) : line.from ? nodeOf(line.from) : undefined;
  return { from, to, edge: from && to ? from.to.find((edge) => edge.to === to.name) : undefined };
}

// The names at both ends of a line as the app's source has them: a schedule by when it runs, what has an ARN by its name.
export function namesOf(line) {
  const { from, to } = endsOf(line);
  const name = (text, node) => (node?.kind === "schedule" ? node.label : node && node.arn === text ? node.name : text);
  return { from: name(line.from, from), to: name(line.to, to) };
}

// A source may be told with its port: `Orders.stream`.
const nodeOf = (name) => nodes.get(name) ?? nodes.get(name.replace(/\.[^.]*$/, ""));

// The route that a request took to a function: the one with the fewest parameters.
function routeOf(method, path, called) {
  const looseness = (node) => node.path.split("{").length + (node.method === method ? 0 : 0.5);
  return [...nodes.values()]
    .filter((node) => node.pathPattern?.test(path) && node.called === called && [method, "ANY", "DEFAULT"].includes(node.method))
    .sort((a, b) => looseness(a) - looseness(b))[0];
}

export function isAbout(line, name) {
  if (line.to === name || line.from === name || line.from.startsWith(`${name}.`)) return true;
  const { from, to } = endsOf(line);
  if (from?.name === name || to?.name === name) return true;
  return from?.kind === "route" && from.from.some((edge) => edge.from === name);
}

// Of what class an outcome is: `good`, `odd`, `bad` or `plain`, or `printed` for what a function prints.
export function outcomeClass(outcome) {
  if (outcome === "printed") return "printed";
  if (outcome === "ok" || /^[123]/.test(outcome)) return "good";
  if (["not sent", "not kept", "expired"].includes(outcome) || /^4/.test(outcome)) return "odd";
  return ["failed", "refused", "dead letter", "given up"].includes(outcome) || /^5/.test(outcome) ? "bad" : "plain";
}
