// How errors become a failed call's answer.

import { fileURLToPath } from "node:url";
import { types } from "node:util";

// What the lines of a stack have in them that are ours.
const OURS = [new URL(".", import.meta.url).href, fileURLToPath(new URL(".", import.meta.url))];

/** An error of the runtime's own, with Lambda's name for it. */
export class Fault extends Error {
  constructor(kind, message, stack) {
    super(message);
    this.name = `Runtime.${kind}`;
    if (stack) this.stack = stack;
  }
}

/** An error as a failed call's answer has it. */
export function described(error) {
  try {
    if (types.isNativeError(error) || (error && [error.name, error.message, error.stack].every((part) => part && typeof part === "string")))
      return { errorType: error.name, errorMessage: error.message, trace: traced(error) };
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    const errorMessage =
      "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";
    return { errorType: "handled", errorMessage, trace: [] };
  }
}

/** The lines of an error's stack, down to where we called the handler. */
export function traced(error) {
  const lines = typeof error.stack === "string" ? error.stack.split("\n") : [`${error.name}: ${error.message}`];
  const end = lines.findIndex((line, number) => number && OURS.some((name) => line.includes(name)));
  return end < 0 ? lines : lines.slice(0, end);
}
