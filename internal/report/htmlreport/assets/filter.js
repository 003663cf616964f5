// The filters: what is chosen, which findings fit, and the controls.
import { count, element, levels, moment, noun, origin, parseTime, plural, rows, short, tactics } from "./data.js";

export const chosen = {
  levels: new Set(levels.keys()), actor: "", address: "", tactic: "", technique: "", outcome: "", text: "", from: null, to: null,
};

// whole is the time from the first finding to the last, in milliseconds; null if no finding has a time.
export const whole = { from: null, to: null };
for (const row of rows) {
  if (row.time === null) continue;
  if (whole.from === null || row.first < whole.from) whole.from = row.first;
  if (whole.to === null || row.time > whole.to) whole.to = row.time;
}

function contains(row, words) {
  if (row.search === undefined) {
    row.search = [
      row.rule.title, row.rule.id, row.actor, row.account, row.region, row.action, row.outcome, ...row.techniques, ...row.also.map((a) => a.title),
      ...row.addresses.map(origin), ...row.targets, ...row.facts,
    ].join("\n").toLowerCase();
  }
  return words.every((word) => row.search.includes(word));
}

// fitting returns the rows that fit all filters; without the range of time if asked so.
export function fitting(anyTime) {
  const words = chosen.text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => chosen.levels.has(row.level) &&
    (chosen.actor === "" || row.actor === chosen.actor) &&
    (chosen.address === "" || row.addresses.includes(chosen.address)) &&
    (chosen.tactic === "" || row.tactics.includes(chosen.tactic === "none" ? "" : chosen.tactic)) &&
    (chosen.technique === "" || row.techniques.includes(chosen.technique)) &&
    (chosen.outcome === "" || row.ended === Number(chosen.outcome)) &&
    (words.length === 0 || contains(row, words)) &&
    (anyTime || ((chosen.from === null || (row.time !== null && row.time >= chosen.from)) &&
      (chosen.to === null || (row.time !== null && row.first <= chosen.to)))));
}

const byId = (id) => document.getElementById(id);
const maxOptions = 300;

// fill gives a list of values to choose from, the most frequent first.
function fill(select, counts, name, label) {
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  select.replaceChildren(element("option", { value: "", textContent: "any " + name }));
  for (const [value, n] of sorted.slice(0, maxOptions)) {
    select.append(element("option", { value, textContent: label(value) + "  (" + count(n) + ")" }));
  }
  if (sorted.length > maxOptions) {
    select.append(element("option", { disabled: true, textContent: count(sorted.length - maxOptions) + " more: use Text" }));
  }
}

function tally(values) {
  const counts = new Map();
  for (const row of rows) {
    for (const value of values(row)) {
      if (value !== "") counts.set(value, (counts.get(value) || 0) + 1);
    }
  }
  return counts;
}

let changed = () => {};

// show makes the controls agree with what is chosen, and tells the others.
export function show() {
  for (const button of document.querySelectorAll(".toggle")) {
    button.setAttribute("aria-pressed", String(chosen.levels.has(Number(button.value))));
  }
  for (const [id, key] of [["filter-actor", "actor"], ["filter-address", "address"]]) {
    const select = byId(id);
    select.value = chosen[key];
    if (select.value !== chosen[key]) { // beyond the options
      select.append(element("option", { value: chosen[key], textContent: short(chosen[key]) }));
      select.value = chosen[key];
    }
  }
  byId("filter-tactic").value = chosen.tactic;
  byId("filter-outcome").value = chosen.outcome;
  byId("filter-text").value = chosen.text;
  byId("filter-from").value = chosen.from === null ? "" : moment(chosen.from);
  byId("filter-to").value = chosen.to === null ? "" : moment(chosen.to);
  const technique = byId("filter-technique");
  technique.hidden = chosen.technique === "";
  technique.textContent = "Technique " + chosen.technique + " ✕";
  technique.setAttribute("aria-label", "Any technique, not only " + chosen.technique);
  changed();
}

export function choose(values) {
  Object.assign(chosen, values);
  show();
}

export function clear() {
  choose({
    levels: new Set(levels.keys()), actor: "", address: "", tactic: "", technique: "", outcome: "", text: "", from: null, to: null,
  });
}

// start fills the controls and calls a function after each change.
export function start(tell) {
  const counts = tally((row) => [levels[row.level]]);
  for (const [number, name] of [...levels.entries()].reverse()) {
    const n = counts.get(name);
    if (!n) continue;
    const button = element("button", {
      type: "button", className: "toggle " + name, value: String(number), textContent: name + " " + count(n),
    });
    button.addEventListener("click", () => {
      if (!chosen.levels.delete(number)) chosen.levels.add(number);
      show();
    });
    document.querySelector(".by-level").append(button);
  }
  fill(byId("filter-actor"), tally((row) => [row.actor]), "principal", short);
  fill(byId("filter-address"), tally((row) => row.addresses), "address", origin);
  const found = tally((row) => row.tactics.map((slug) => slug || "none"));
  const select = byId("filter-tactic");
  select.append(element("option", { value: "", textContent: "any tactic" }));
  for (const [slug, label] of tactics) {
    const n = found.get(slug || "none");
    if (n) select.append(element("option", { value: slug || "none", textContent: label + "  (" + count(n) + ")" }));
  }
  for (const [id, key] of [["filter-actor", "actor"], ["filter-address", "address"], ["filter-tactic", "tactic"], ["filter-outcome", "outcome"]]) {
    byId(id).addEventListener("change", (event) => choose({ [key]: event.target.value }));
  }
  let waiting = 0;
  byId("filter-text").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => choose({ text: event.target.value }), 150);
  });
  for (const [id, key] of [["filter-from", "from"], ["filter-to", "to"]]) {
    byId(id).addEventListener("change", (event) => {
      const time = parseTime(event.target.value);
      const wrong = time === null && event.target.value.trim() !== "";
      event.target.setCustomValidity(wrong ? "Write a time as 2026-03-10 10:00" : "");
      event.target.setAttribute("aria-invalid", String(wrong));
      if (wrong) event.target.reportValidity();
      else choose({ [key]: time });
    });
  }
  byId("filter-clear").addEventListener("click", clear);
  byId("filter-technique").addEventListener("click", () => choose({ technique: "" }));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").hidden = false;
  changed = tell;
}

// describe says how many findings are shown.
export function describe(shown) {
  const untimed = rows.filter((row) => row.time === null).length;
  let text = shown === rows.length ? plural(rows.length, noun) : count(shown) + " of " + plural(rows.length, noun);
  if (untimed > 0) text += ", " + count(untimed) + " without a time are not in the plot";
  return text;
}
