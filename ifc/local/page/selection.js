// Which box of the picture is selected, has the focus or is found: by a click, by arrow keys along its lines, by words of its name.

import { go } from "./address.js";
import { byId } from "./elements.js";
import { nodes } from "./graph.js";
import { dragged, picture, reveal } from "./viewport.js";

export let selected = null;

// Selects a box, or none.
export function select(node) {
  if (selected) selected.mark.classList.remove("chosen");
  selected = node;
  if (!node) return;
  node.mark.classList.add("chosen");
  makeTabStop(node);
  reveal(node);
}

// The boxes are other ones now: what was selected or found is so again.
export function refresh() {
  if (selected) selected = nodes.get(selected.name) ?? null;
  selected?.mark.classList.add("chosen");
  makeTabStop(selected ?? [...nodes.values()][0]);
  showFound();
}

// One box of the picture is reached with Tab, the others from there.
function makeTabStop(node) {
  for (const mark of picture.querySelectorAll('.box[tabindex="0"]')) mark.setAttribute("tabindex", "-1");
  node?.mark.setAttribute("tabindex", "0");
}

picture.addEventListener("click", (event) => {
  if (dragged) return;
  const box = event.target.closest(".box");
  if (box) go("is", box.dataset.name);
  else if (selected) go("");
});

// Which box an arrow key leads to.
const ARROWS = {
  ArrowRight: (node) => nodes.get(node.to.find((edge) => edge.to !== node.name)?.to),
  ArrowLeft: (node) => nodes.get(node.from.find((edge) => edge.from !== node.name)?.from),
  ArrowDown: (node) => nextInColumn(node, 1),
  ArrowUp: (node) => nextInColumn(node, -1),
};

function nextInColumn(node, step) {
  const corner = (other) => other.mark.getBoundingClientRect();
  const here = corner(node);
  return [...nodes.values()]
    .filter((other) => Math.abs(corner(other).left - here.left) < 2 && (corner(other).top - here.top) * step > 1)
    .sort((a, b) => (corner(a).top - corner(b).top) * step)[0];
}

picture.addEventListener("keydown", (event) => {
  const node = nodes.get(event.target.closest(".box")?.dataset.name);
  if (!node) return;
  if (event.key === "Enter" || event.key === " ") go("is", node.name);
  else if (!ARROWS[event.key]) return;
  else {
    const other = ARROWS[event.key](node);
    if (other) { makeTabStop(other); reveal(other); other.mark.focus({ preventScroll: true }); }
  }
  event.preventDefault();
});

// --- finding ---

const find = byId("find");
let next = 0; // which of those found Enter goes to

function matches() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (node) => `${node.name} ${node.label} ${node.kind}`.toLowerCase();
  return words.length ? [...nodes.values()].filter((node) => words.every((word) => text(node).includes(word))) : null;
}

// Brings out the boxes that have the words.
function showFound() {
  const found = matches();
  picture.classList.toggle("hushed", found !== null);
  for (const node of nodes.values()) node.mark.classList.toggle("near", found?.includes(node) ?? false);
}

export function clearFind() {
  find.value = "";
  showFound();
}

find.addEventListener("input", () => { next = 0; showFound(); });
find.addEventListener("keydown", (event) => {
  const found = matches();
  if (event.key !== "Enter" || !found?.length) return;
  go("is", found[next % found.length].name);
  next += event.shiftKey ? found.length - 1 : 1;
});
