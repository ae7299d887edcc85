import { basename } from "node:path";

const name = await Promise.resolve(basename(import.meta.url));

export const handler = async () => name;
