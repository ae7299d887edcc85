// The names in the boxes as they are read from far: larger, in two lines where one would be too long.

import { svgElement } from "./elements.js";

const LARGEST = 20, LARGEST_OF_TWO = 18; // letters, in the picture's own pixels
const LINE = 1.12; // the height of a line, by its letters
const MARGIN = 14; // both sides of a box together
const pen = document.createElement("canvas").getContext("2d");

// Adds the large name to a box; the style sheet shows it, or what the box has otherwise.
export function addLargeName(node) {
  pen.font = `600 ${LARGEST}px ${getComputedStyle(document.body).fontFamily}`;
  const { lines, size } = best(node.label, node.width - MARGIN);
  const first = node.height / 2 + size * (0.35 - ((lines.length - 1) * LINE) / 2);
  const spans = lines.map((line, at) => svgElement("tspan", { x: node.width / 2, y: first + at * size * LINE }, line));
  node.mark.append(svgElement("text", { class: "large", "font-size": size, "text-anchor": "middle", "aria-hidden": "true" }, ...spans));
}

// The lines in which a name can be written largest.
function best(name, room) {
  const ways = [[name], ...breaks(name).map((at) => [name.slice(0, at).trimEnd(), name.slice(at)])];
  const sized = ways.map((lines) => {
    const length = Math.max(...lines.map((line) => pen.measureText(line).width));
    return { lines, size: Math.min(lines.length > 1 ? LARGEST_OF_TWO : LARGEST, (LARGEST * room) / length) };
  });
  return sized.reduce((one, other) => (other.size > one.size ? other : one));
}

// Where a name may go on in a second line: after a blank, before a sign, at a capital after a small letter.
const breaks = (name) => [...name.matchAll(/(?<=\S )\S|(?<=\w)[-./_:{]|(?<=[a-z\d])[A-Z]/g)].map((match) => match.index);
