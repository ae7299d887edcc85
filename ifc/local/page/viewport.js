// The viewport: which part of the drawing is seen, and how it is moved by drag, wheel and step.

import { byId } from "./elements.js";

export const picture = byId("picture");
export let dragged = false; // whether the pointer has moved the picture since it was pressed
export let moved = false; // whether the user has moved it since all of it was shown
const FAR = 0.75; // below this scale a name is written larger, and nothing else in its box
const UNLABELLED = 0.6; // below this scale nobody could read a label on a line
const FOOT = 48; // pixels at the lower edge that the tools stand in
const FADING = 64; // pixels at an edge
const LARGEST = 1.15; // to which a small drawing is enlarged
const view = { x: 0, y: 0, scale: 1 };
let world = null; // the group that holds the drawing
let extent = { x: 0, y: 0, width: 1, height: 1 };

// Takes another drawing; one looks where one looked.
export function setWorld(group, box) {
  [world, extent] = [group, box];
  show();
}

// Who shows what depends on the view hears of each change.
function show() {
  world?.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  picture.classList.toggle("far", view.scale < FAR);
  picture.classList.toggle("unlabelled", view.scale < UNLABELLED);
  picture.dispatchEvent(new Event("view"));
}

// The part of the drawing's plane that is seen, and how large it is shown.
export function seen() {
  const left = -view.x / view.scale, top = -view.y / view.scale;
  const { clientWidth: across, clientHeight: down } = picture;
  return { left, top, right: left + across / view.scale, bottom: top + down / view.scale, scale: view.scale };
}

// The scale at which the whole of a drawing is seen.
export function wholeScale(box) {
  return Math.max(0.01, Math.min(picture.clientWidth / box.width, (picture.clientHeight - FOOT) / box.height, LARGEST));
}

// Shows the drawing at a scale: in the middle what has room, else from its beginning on.
export function fitAt(scale) {
  const margin = (room, length) => Math.max(0, (room - length * scale) / 2);
  view.scale = scale;
  view.x = margin(picture.clientWidth, extent.width) - extent.x * scale;
  view.y = margin(picture.clientHeight - FOOT, extent.height) - extent.y * scale;
  moved = false;
  show();
}

// Shows a point of the drawing in the middle, but nothing beside the drawing.
export function centre(x, y, scale) {
  const within = (at, room, begin, length) => {
    const first = -begin * scale, last = room - (begin + length) * scale;
    return last > first ? (first + last) / 2 : Math.min(first, Math.max(last, at));
  };
  view.scale = scale;
  view.x = within(picture.clientWidth / 2 - x * scale, picture.clientWidth, extent.x, extent.width);
  view.y = within(picture.clientHeight / 2 - y * scale, picture.clientHeight - FOOT, extent.y, extent.height);
  moved = true;
  show();
}

function zoom(factor, x = picture.clientWidth / 2, y = picture.clientHeight / 2) {
  const scale = Math.min(4, Math.max(0.04, view.scale * factor));
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  moved = true;
  show();
}

export const zoomIn = () => zoom(1.3);
export const zoomOut = () => zoom(1 / 1.3);

// Moves the picture as little as shows the box.
export function reveal(node) {
  if (!picture.clientWidth) return; // something else is shown in its place
  if (view.scale < 0.5) zoom(0.8 / view.scale);
  const box = node.mark.getBoundingClientRect(), stage = picture.getBoundingClientRect();
  // Where there is more beyond an edge, the picture fades there.
  const margin = view.scale > wholeScale(extent) + 0.001 ? FADING : 0;
  const into = (from, to, least, most) => Math.max(least + margin - from, 0) || Math.min(most - margin - to, 0);
  const across = into(box.left, box.right, stage.left, stage.right);
  const down = into(box.top, box.bottom, stage.top, stage.bottom);
  if (!across && !down) return;
  view.x += across;
  view.y += down;
  moved = true;
  show();
}

let grip = null; // where the pointer holds the picture
picture.addEventListener("pointerdown", (event) => {
  dragged = false;
  if (event.button === 0) grip = { x: event.clientX - view.x, y: event.clientY - view.y, fromX: event.clientX, fromY: event.clientY };
});
picture.addEventListener("pointermove", (event) => {
  if (!grip || (!dragged && Math.hypot(event.clientX - grip.fromX, event.clientY - grip.fromY) < 5)) return;
  if (!dragged) picture.setPointerCapture(event.pointerId);
  dragged = moved = true;
  picture.classList.add("dragged");
  view.x = event.clientX - grip.x;
  view.y = event.clientY - grip.y;
  show();
});
for (const end of ["pointerup", "pointercancel"]) {
  picture.addEventListener(end, () => { grip = null; picture.classList.remove("dragged"); });
}
picture.addEventListener("wheel", (event) => {
  event.preventDefault();
  const stage = picture.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX - stage.left, event.clientY - stage.top);
}, { passive: false });
byId("in").addEventListener("click", zoomIn);
byId("out").addEventListener("click", zoomOut);
