// Elements are made here, and what an app, its events and its log say becomes text nodes and attributes in them, never markup.

export const byId = (id) => document.getElementById(id);

export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function svgElement(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export const quiet = (...children) => element("span", { class: "quiet" }, ...children);

// The parts of a sentence in which names stand in backticks.
export function withCode(sentence) {
  return sentence.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));
}

// Facts with their names; those that are not known are left out.
export function factList(facts) {
  const list = element("dl", {});
  for (const [fact, value] of facts) {
    if (value !== "" && value !== null && value !== undefined) list.append(element("dt", {}, fact), element("dd", {}, String(value)));
  }
  return list;
}

// Leaves an element alone that says it already: a change would be announced, and take away what is selected there.
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
