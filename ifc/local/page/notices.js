// Notices: toasts that tell what was done or went wrong, and the dialog that asks before what can't be undone.

import { lookSoon } from "./connection.js";
import { byId, element, withCode } from "./elements.js";

const TOASTS = 4; // toasts at the same time
const READ = 6000; // milliseconds until one goes that tells of no problem

export function toast(text, bad = false) {
  const box = element("div", { class: bad ? "toast bad" : "toast", role: bad ? "alert" : null }, element("span", {}, ...withCode(text)));
  box.append(element("button", { class: "plain", "aria-label": "Dismiss", onclick: () => box.remove() }, "×"));
  const toasts = byId("toasts");
  toasts.append(box);
  while (toasts.children.length > TOASTS) toasts.firstChild.remove();
  if (!bad) setTimeout(() => box.remove(), READ);
}

export const toastProblem = (problem) => toast(problem.message, true);

// Does something while its button is disabled, and tells what went wrong.
export async function perform(button, action) {
  button.disabled = true;
  try {
    await action();
  } catch (problem) {
    toastProblem(problem);
  } finally {
    button.disabled = false;
    lookSoon();
  }
}

// Whether the user means it.
export function confirmed(title, text, verb) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-text").replaceChildren(...withCode(text));
  byId("confirm-yes").textContent = verb;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
