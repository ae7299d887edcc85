// What the views of the panel are laid out in: tabs, titled sections, and lists whose rows open.

import { address } from "./address.js";
import { byId, element } from "./elements.js";
import { beginningOf } from "./format.js";

const FEW = 16; // rows that are shown without being asked for

// Adds a bar of tabs and below it the body of the one that is open, which it returns.
export function addTabs(parent, label, tabs, open) {
  const bar = element("div", { class: "tabs", role: "tablist", "aria-label": label });
  for (const [id, text, href] of tabs) {
    const state = { "aria-selected": String(id === open), "aria-controls": "tab-body", tabindex: id === open ? "0" : "-1" };
    bar.append(element("a", { role: "tab", href, id: `tab-${id}`, ...state }, text));
  }
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...bar.children], to = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    const href = to.getAttribute("href");
    if (location.hash === href) return;
    // The panel, which hears of the new address first, puts another bar in the place of this one.
    addEventListener("hashchange", () => byId(to.id)?.focus(), { once: true });
    location.hash = href;
  });
  const body = element("div", { class: "body", role: "tabpanel", id: "tab-body", "aria-labelledby": `tab-${open}` });
  parent.append(bar, body);
  return body;
}

export function addSection(parent, title, ...children) {
  const section = element("section", {}, element("h3", {}, title), ...children);
  parent.append(section);
  return section;
}

// A section that is closed at first where it would be long.
export function addFoldedSection(parent, title, count, ...children) {
  const head = element("summary", {}, title, element("span", {}, ` ${count}`));
  parent.append(element("details", { class: "part", open: count <= FEW }, head, ...children));
}

// A list whose rows open, with buttons and a note above it.
export function addRowList(body) {
  const parts = {
    bar: element("div", { class: "acts" }),
    note: element("p", { class: "quiet" }),
    list: element("ul", { class: "list folds" }),
  };
  body.append(parts.bar, parts.note, parts.list);
  return parts;
}

// A row whose inside is filled when it is opened first.
export function foldedRow(head, fill) {
  const inside = element("div", { class: "detail" });
  const row = element("details", { ontoggle: () => { if (row.open && !inside.firstChild) fill(inside); } }, head, inside);
  return element("li", {}, row);
}

export const gist = (text) => element("span", { class: "gist" }, beginningOf(text));

export const nodeLink = (node) => element("a", { href: address("is", node.name) }, node.label);
