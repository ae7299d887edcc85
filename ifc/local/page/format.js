// How counts, moments and durations are written, and how much of a text stands in a row.

import { element } from "./elements.js";

export const plural = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

export function compact(count) {
  if (count < 1000) return String(count);
  const [unit, size] = count < 999_500 ? ["k", 1e3] : ["M", 1e6];
  return (count / size).toFixed(count / size < 9.95 ? 1 : 0).replace(".0", "") + unit;
}

// The run tells moments in seconds since 1970.
export const dateOf = (seconds) => new Date(seconds * 1000);

const twoDigits = (number) => String(number).padStart(2, "0");

export function clockTime(date) {
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`;
}

export function dateAndTime(date) {
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${clockTime(date)}`;
}

export const timeElement = (date) => element("time", { datetime: date.toISOString() }, clockTime(date));

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} days`;
}

export function milliseconds(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

// As much of a text as a row can show.
export const beginningOf = (text) => text.slice(0, 300);

export function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, size] = bytes < 999_500 ? ["kB", 1e3] : bytes < 999_500_000 ? ["MB", 1e6] : ["GB", 1e9];
  return `${(bytes / size).toFixed(bytes / size < 9.95 ? 1 : 0)} ${unit}`;
}
