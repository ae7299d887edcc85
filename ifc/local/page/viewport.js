// The viewport: which part of the picture is seen, and how it is dragged, zoomed and fitted.

import { byId } from "./elements.js";

export const picture = byId("picture");
export let dragged = false; // whether the pointer has moved the picture since it was pressed
const view = { x: 0, y: 0, scale: 1 };
let world = null; // the group that holds the whole picture
let extent = { x: 0, y: 0, width: 1, height: 1 };

// Takes another picture: the first is fitted in, what follows stays where one looks.
export function setWorld(group, viewBox) {
  const first = world === null;
  [world, extent] = [group, viewBox];
  if (first) fit(0.6);
  else show();
}

function show() {
  world?.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  picture.classList.toggle("far", view.scale < 0.45);
}

// Shows the whole picture, unless that makes it smaller than the least scale.
export function fit(least = 0) {
  const across = picture.clientWidth, down = picture.clientHeight;
  view.scale = Math.max(Math.min(across / extent.width, down / extent.height, 1.15), least);
  const margin = (room, length) => Math.max(0, (room - length * view.scale) / 2);
  view.x = margin(across, extent.width) - extent.x * view.scale;
  view.y = margin(down, extent.height) - extent.y * view.scale;
  show();
}

function zoom(factor, x = picture.clientWidth / 2, y = picture.clientHeight / 2) {
  const scale = Math.min(4, Math.max(0.04, view.scale * factor));
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  show();
}

export const zoomIn = () => zoom(1.3);
export const zoomOut = () => zoom(1 / 1.3);

// Moves the picture as little as shows the box.
export function reveal(node) {
  if (view.scale < 0.5) zoom(0.8 / view.scale);
  const box = node.mark.getBoundingClientRect(), stage = picture.getBoundingClientRect();
  const into = (from, to, least, most) => Math.max(least + 30 - from, 0) || Math.min(most - 30 - to, 0);
  view.x += into(box.left, box.right, stage.left, stage.right);
  view.y += into(box.top, box.bottom, stage.top, stage.bottom - 40);
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
  dragged = true;
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
byId("fit").addEventListener("click", () => fit());
