// The address says what is shown: `#` the app, `#letters/QUEUE` dead letters, `#do/NAME` a form to send, `#is/NAME/TAB` one thing.

// The steps of the address.
export function place() {
  try {
    return location.hash.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return [""];
  }
}

export const address = (...steps) => `#${steps.map(encodeURIComponent).join("/")}`;

export function go(...steps) {
  location.hash = address(...steps);
}
