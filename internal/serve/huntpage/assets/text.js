// Texts of logs as texts that cannot do anything: shown as they are, but for characters that turn the direction of writing or act on
// a screen, which become escapes, and for their length.

// What could hide or reorder text: control characters, marks of direction, and characters without width.
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

const escaped = (c) => "\\u" + c.codePointAt(0).toString(16).padStart(4, "0");

// cut returns a text of at most a number of characters, and how many it lacks.
const cut = (text, most) => (text.length > most ? text.slice(0, most) + `… (${count(text.length - most)} more characters)` : text);

// safe returns a text without such characters, cut to a number of characters.
export function safe(text, most = 2000) {
  return cut(String(text), most).replace(unsafe, escaped);
}

// pretty returns a value of JSON as text over several lines, with long texts cut.
export function pretty(value, most = 200_000) {
  const text = JSON.stringify(value, (_, v) => (typeof v === "string" ? cut(v, 4000) : v), 2);
  return safe(text, most);
}

// count returns a number with commas.
export const count = (n) => Number(n).toLocaleString("en");

// plural returns a number with its noun.
export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

// size returns a number of bytes for people.
export function size(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = n;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit ? value.toFixed(1) : value} ${units[unit]}`;
}
