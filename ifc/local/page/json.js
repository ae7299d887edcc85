// JSON as it is read: checked, indented and coloured.

import { element } from "./elements.js";
import { plural } from "./format.js";

const LONGEST = 200_000; // letters of a text that are shown
const LONGEST_COLOURED = 30_000; // letters of a text whose tokens become elements
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

// Why a text is no JSON, or null.
export function jsonProblem(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (problem) {
    return problem.message;
  }
}

export const startsAsJson = (text) => /^\s*[[{"]/.test(text);

// The tokens of a JSON text, each with the blanks after it that indent it. Numbers stay as they are written.
function* indented(text) {
  const tokens = text.match(TOKEN) ?? [];
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    const opens = token === "{" || token === "[", closesNext = next === "}" || next === "]";
    if (opens) {
      if (!closesNext) depth += 1;
      yield [token, closesNext ? "" : line()];
    } else if (token === "}" || token === "]") yield [token, ""];
    else yield [token, token === "," ? line() : token === ":" ? " " : ""];
    if (closesNext && !opens) {
      depth -= 1;
      yield ["", line()];
    }
  }
}

export const pretty = (text) => [...indented(text)].map((pair) => pair.join("")).join("");

function tokenClass(token, next) {
  if (token.startsWith('"')) return next === ":" ? "key-of" : "string-of";
  return /^[-0-9tfn]/.test(token) ? "number-of" : "";
}

function appendColoured(box, text) {
  const tokens = [...indented(text)];
  for (const [at, [token, blanks]] of tokens.entries()) {
    const kind = tokenClass(token, tokens[at + 1]?.[0]);
    box.append(kind ? element("span", { class: kind }, token) : token, blanks);
  }
}

// A text as it can be read: JSON indented and coloured, anything else as it is.
export function contentOf(text) {
  const box = element("pre", { tabindex: "0", "aria-label": "Content" });
  if (text.length > LONGEST) {
    box.append(text.slice(0, LONGEST), element("em", {}, `\n… and ${plural(text.length - LONGEST, "letter")} more`));
  } else if (text === "") box.append(element("em", {}, "empty"));
  else if (!startsAsJson(text) || jsonProblem(text) !== null) box.append(text);
  else if (text.length > LONGEST_COLOURED) box.append(pretty(text));
  else appendColoured(box, text);
  return box;
}
