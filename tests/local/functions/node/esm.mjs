// A module with top-level await, and one whose handler is in its default export.
import { writeSync } from "node:fs";

const kind = await Promise.resolve("module");

export const handler = async () => {
  writeSync(1, "raw from a module\n");
  return kind;
};
export default { inside: async () => "default" };
