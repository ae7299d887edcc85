// The panel: which view the address asks for, of the whole app or of one thing, under its tabs.

import { showAbout } from "./about.js";
import { address, place } from "./address.js";
import { byId, element, quiet, svgElement } from "./elements.js";
import { nodes } from "./graph.js";
import { showHistory } from "./history.js";
import { showHoldings } from "./holdings.js";
import { addTabs } from "./layout.js";
import { narrow } from "./log.js";
import { showDeadLetters, showMessages } from "./messages.js";
import { showOverview } from "./overview.js";
import { showRouteForm } from "./routes.js";
import { select } from "./selection.js";
import { ACTIONS, showSend, showSendForm } from "./send.js";
import { status } from "./status.js";

const HOLDINGS = { table: "Items", bucket: "Objects" };
const SOURCES = ["queue", "topic", "bus", "stream", "table", "bucket"];

const panel = byId("panel");
let update = null; // brings the numbers of the view up to date, where it has some

// Shows what the address asks for.
function showPanel() {
  if (!status) return;
  const [where, name, tab] = place();
  const node = where === "is" ? nodes.get(name) : undefined;
  select(node);
  narrow(node);
  panel.replaceChildren();
  update = node ? showThing(node, tab) : showApp(where, name);
  panel.scrollTop = 0;
}

// Shows the same anew, because the app is another one now: whoever reads or writes there goes on where they were.
export function showPanelAnew() {
  const { id, selectionStart: start, selectionEnd: end } = panel.contains(document.activeElement) ? document.activeElement : {};
  const scrolled = panel.scrollTop;
  showPanel();
  panel.scrollTop = scrolled;
  const again = id ? byId(id) : null;
  again?.focus({ preventScroll: true });
  if (start !== null && start !== undefined) again?.setSelectionRange(start, end);
}

export const updatePanel = () => update?.();

addEventListener("hashchange", showPanel);

function showApp(where, name) {
  const open = ["letters", "do"].includes(where) ? where : "app";
  const body = addTabs(panel, "The app", [["app", "App", "#"], ["letters", "Dead letters", "#letters"], ["do", "Send", "#do"]], open);
  if (open === "letters") return showDeadLetters(body, name);
  if (open === "do") return showSend(body, name);
  return showOverview(body);
}

function showThing(node, asked) {
  const tabs = tabsOf(node), dead = status.queues[node.name]?.dead;
  const open = tabs.some(([id]) => id === asked) ? asked : dead ? "messages" : "about";
  const close = element("a", { class: "button plain close", href: "#", "aria-label": "Close", title: "Close ( Esc )" }, "×");
  const title = element("div", {}, quiet(dead ? "queue of dead letters" : node.kind), element("h2", {}, node.label));
  panel.append(element("div", { class: "subject" }, swatch(node), title, close));
  const body = addTabs(panel, node.name, tabs.map(([id, text]) => [id, text, address("is", node.name, id)]), open);
  if (open === "messages") return showMessages(body, node.name);
  if (open === "holds") return showHoldings(body, node);
  if (open === "history") return showHistory(body, node);
  if (open === "do") return node.kind === "route" ? showRouteForm(body, node) : showSendForm(body, node);
  return showAbout(body, node);
}

function tabsOf(node) {
  const tabs = [["about", "About"]];
  if (node.kind === "queue") tabs.push(["messages", "Messages"]);
  if (HOLDINGS[node.kind]) tabs.push(["holds", HOLDINGS[node.kind]]);
  if (SOURCES.includes(node.kind)) tabs.push(["history", "History"]);
  if (ACTIONS[node.kind]) tabs.push(["do", ACTIONS[node.kind][1]]);
  if (node.kind === "route") tabs.push(["do", "Try"]);
  return tabs;
}

// The box's own icon in its colours, small.
function swatch(node) {
  const hue = [...node.mark.classList].find((name) => !["box", "chosen", "near", "alarmed", "extern"].includes(name));
  const icon = node.mark.querySelector(".icon").cloneNode();
  icon.setAttribute("transform", "translate(7 7) scale(1.1)");
  const ground = svgElement("rect", { x: 0.7, y: 0.7, width: 30.6, height: 30.6, rx: 8 });
  const sign = svgElement("g", { class: hue }, ground, icon);
  return svgElement("svg", { width: 32, height: 32, "aria-hidden": "true", class: "swatch" }, sign);
}
