// What the page knows of the findings when it opens: rows of numbers that stand for texts, and how to write times.

const data = JSON.parse(document.getElementById("data").textContent);

export const levels = ["informational", "low", "medium", "high", "critical"];
export const rules = data.rules;
export const blocks = data.blocks;
export const gaps = data.gaps;

// noun is what the rows are: finding or event.
export const noun = data.noun;

// origin returns an address with what is known of it.
export function origin(address) {
  const known = Object.hasOwn(data.origins, address) ? data.origins[address] : "";
  return known ? address + " (" + known + ")" : address;
}

export const tactics = new Map(data.tactics);

// list turns the short form of a list of texts (0, a number, or numbers) into texts.
function list(numbers) {
  if (numbers === 0) return [];
  return (Array.isArray(numbers) ? numbers : [numbers]).map((n) => data.strings[n]);
}

function union(a, b) {
  return b.length === 0 ? a : [...new Set([...a, ...b])];
}

// rows has the findings in order. time and first are milliseconds since 1970, or null.
export const rows = [];
let before = 0;
for (const [i, r] of data.rows.entries()) {
  const time = r[0] === null ? null : r[0] + before;
  if (time !== null) before = time;
  const rule = rules[r[1]];
  const also = (r[13] || []).map((n) => rules[n]);
  rows.push({
    i, also, techniques: union(rule.techniques, also.flatMap((a) => a.techniques)), tactics: union(rule.tactics, also.flatMap((a) => a.tactics)),
    time, first: time === null ? null : time - (r[12] || 0), rule, level: rule.level,
    actor: data.strings[r[2]], account: data.strings[r[3]], region: data.strings[r[4]], action: data.strings[r[5]],
    outcome: data.strings[r[6]], ended: r[7], addresses: list(r[8]), targets: list(r[9]), facts: list(r[10]), events: r[11],
  });
}
data.rows = null;

// offset returns the offset of the report's time zone at a time, in minutes.
function offset(time) {
  let minutes = data.zones[0][1];
  for (const [from, value] of data.zones) {
    if (from <= time) minutes = value;
  }
  return minutes;
}

const two = (n) => String(n).padStart(2, "0");

// day and clock write the two parts of a time in the report's zone.
export function day(time) {
  return time === null ? "(no time)" : new Date(time + offset(time) * 60000).toISOString().slice(0, 10);
}

export function clock(time) {
  return time === null ? "(no time)" : new Date(time + offset(time) * 60000).toISOString().slice(11, 19);
}

export function zone(time) {
  const minutes = offset(time);
  if (minutes === 0) return "Z";
  const size = Math.abs(minutes);
  return (minutes < 0 ? "-" : "+") + two(Math.floor(size / 60)) + ":" + two(size % 60);
}

export function moment(time) {
  return time === null ? "(no time)" : day(time) + " " + clock(time) + zone(time);
}

// parseTime reads a time that a person typed, in the report's zone; null if it is none.
export function parseTime(text) {
  const found = /^\s*(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?\s*(?:Z|[+-]\d\d:\d\d)?\s*$/.exec(text);
  if (!found) return null;
  const [year, month, date, hour, minute, second] = found.slice(1).map((part) => Number(part || 0));
  const time = Date.UTC(year, month - 1, date, hour, minute, second);
  return Number.isNaN(time) ? null : time - offset(time) * 60000;
}

// count writes a number with separators of thousands.
export function count(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function plural(n, word) {
  return count(n) + " " + word + (n === 1 ? "" : "s");
}

// short returns the telling end of an ARN, and other names unchanged.
export function short(name) {
  if (name === "") return "(not in the log)";
  const parts = name.split(":");
  if (parts[0] !== "arn" || parts.length < 6) return name;
  return parts.slice(5).join(":") || name;
}

// shortAll returns a text with the telling ends of its ARNs.
export function shortAll(text) {
  return text.replace(/\barn:[^\s,;()]+/g, short);
}

// element makes an element. Texts of logs go in as text only, never as HTML.
export function element(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}
