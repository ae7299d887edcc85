// The routes of the app's APIs: the links that open them, and the form that tries one.

import { address } from "./address.js";
import { element, quiet } from "./elements.js";
import { answerBox, editor, labelled, textInput } from "./form.js";
import { milliseconds } from "./format.js";
import { nodes } from "./graph.js";
import { contentOf } from "./json.js";
import { nodeLink } from "./layout.js";
import { perform } from "./notices.js";

const ANY = ["ANY", "DEFAULT"]; // what a route says that takes every method
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const NEW_TAB = { target: "_blank", rel: "noopener" };

// A path of this gateway; nothing that leads elsewhere.
function sameOrigin(path) {
  const url = new URL(location.origin + (path.startsWith("/") ? path : `/${path}`));
  return url.origin === location.origin ? url.href : location.href;
}

// A route as a row: a link that opens it where a browser can do that, or else one to its form.
export function routeRow(node) {
  const path = node.path.replace(/\{proxy\+\}$/, "");
  const opens = ["GET", ...ANY].includes(node.method) && !path.includes("{") && node.guard === "none";
  const where = opens
    ? element("a", { href: sameOrigin(path), ...NEW_TAB, title: "Opens in a new tab" }, path, quiet(" ↗"))
    : element("a", { href: address("is", node.name, "do") }, node.path);
  const called = nodes.get(node.called);
  const to = quiet("→ ", called ? nodeLink(called) : node.called);
  return element("li", { class: "route-row" }, element("span", { class: "verb" }, node.method), where, to);
}

// The parameters of a path, each with its field.
function parametersOf(node) {
  return [...node.path.matchAll(/\{([^}]*)\}/g)].map(([placeholder, name]) => {
    const greedy = name.endsWith("+");
    return { placeholder, greedy, ...textInput(name.replace("+", ""), `${node.name} ${placeholder}`, { required: !greedy }) };
  });
}

// The path with what was written into the fields of its parameters.
function filled(path, parameters) {
  for (const { placeholder, greedy, box } of parameters) {
    const steps = greedy ? box.value.split("/") : [box.value];
    path = path.replace(placeholder, () => steps.map(encodeURIComponent).join("/"));
  }
  return path;
}

// The form that sends a request to a route.
export function showRouteForm(body, node) {
  const any = ANY.includes(node.method);
  const methods = any ? METHODS : [node.method];
  const method = element("select", { "aria-label": "Method" }, ...methods.map((each) => element("option", {}, each)));
  const parameters = parametersOf(node);
  const search = textInput("Query", node.name, { placeholder: "name=value&…" });
  const placeholder = node.guard === "jwt" ? "Bearer …" : "";
  const guard = node.guard === "none" ? null : textInput("Authorization", node.name, { placeholder });
  const { area, check, field } = editor("Body (JSON)", node.name, true);
  const open = element("a", { class: "button", ...NEW_TAB }, "Open ↗");
  const button = element("button", { class: "main" }, "Send");
  const answer = answerBox();

  const target = () => {
    const asked = search.box.value.replace(/^\?/, "");
    return sameOrigin(filled(node.path, parameters) + (asked ? `?${asked}` : ""));
  };
  const hasBody = () => !["GET", "HEAD"].includes(method.value);
  const update = () => {
    open.href = target();
    open.hidden = method.value !== "GET" || guard !== null;
    field.hidden = !hasBody();
  };
  const form = element("form", { oninput: update, onsubmit: (event) => {
    event.preventDefault();
    if (hasBody() && check() !== null) { area.focus(); return; }
    perform(button, send);
  } });
  if (any) form.append(labelled("Method", node.name, method));
  form.append(...parameters.map((parameter) => parameter.field), search.field, ...(guard ? [guard.field] : []), field);
  form.append(element("div", { class: "acts" }, button, open));
  body.append(form, answer);
  update();

  async function send() {
    const began = performance.now();
    const content = hasBody() && area.value.trim() ? area.value : undefined;
    const headers = content ? { "content-type": "application/json" } : {};
    if (guard?.box.value) headers.authorization = guard.box.value;
    try {
      const request = { method: method.value, headers, body: content, cache: "no-store", redirect: "manual" };
      const found = await fetch(target(), request);
      const redirects = found.type === "opaqueredirect"; // a browser tells no more of it
      const text = redirects ? "" : await found.text();
      const title = redirects ? "It leads elsewhere" : `${found.status} ${found.statusText}`;
      const took = quiet(` ${milliseconds(performance.now() - began)}`);
      answer.replaceChildren(element("h3", { class: found.status >= 400 ? "bad" : "good" }, title, took), contentOf(text));
    } catch {
      answer.replaceChildren(element("h3", { class: "bad" }, "No answer"));
    }
  }
}
