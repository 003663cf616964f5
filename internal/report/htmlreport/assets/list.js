// The list of findings. Repeats of a rule by one principal are one entry; what an entry holds is made when it is opened.
import { clock, count, day, element, levels, moment, noun, origin, plural, short, shortAll } from "./data.js";
import { detail } from "./details.js";
import { choose } from "./filter.js";

const repeatGap = 15 * 60 * 1000; // as in the timeline of a terminal
const pageSize = 100;
const printed = 500;

let entries = [];
let shown = 0;
let lastDay = "";

// group puts findings of one rule, principal and account that follow each other into one entry.
function group(list) {
  if (!document.getElementById("group").checked) return list.map((row) => [row]);
  const open = new Map();
  const groups = [];
  for (const row of list) {
    const key = row.rule.id + "\n" + row.rule.title + "\n" + row.level + "\n" + row.actor + "\n" + row.account;
    let entry = open.get(key);
    if (!entry || row.time === null || row.time - entry[entry.length - 1].time > repeatGap) {
      entry = [];
      groups.push(entry);
      open.set(key, entry);
    }
    entry.push(row);
  }
  return groups;
}

function unique(lists, most) {
  const all = [...new Set(lists.flat())];
  return { texts: all.slice(0, most), more: all.length - Math.min(most, all.length) };
}

function joined(values, className) {
  const { texts, more } = values;
  const parts = texts.flatMap((text, i) => [i ? ", " : "", element("span", { className: "value " + className, textContent: text })]);
  if (more > 0) parts.push(" and " + count(more) + " more");
  return parts;
}

// outcome puts the outcomes of an entry into words.
function outcome(entry) {
  if (entry.length === 1) return entry[0].outcome;
  const names = ["not known", "succeeded", "refused or failed"];
  const counts = [0, 0, 0];
  for (const row of entry) counts[row.ended]++;
  return [1, 2, 0].filter((n) => counts[n] > 0).map((n) => count(counts[n]) + " " + names[n]).join(", ");
}

// line makes a line of a summary, or null if it would be empty.
function line(...parts) {
  const kept = parts.flat().filter((part) => part !== null && part !== "");
  return kept.length === 0 ? null : element("span", { className: "line" }, ...kept);
}

function summary(entry) {
  const row = entry[0];
  const last = entry[entry.length - 1];
  const title = element("span", { className: "title", textContent: row.rule.title });
  if (entry.length > 1) {
    title.append(element("span", { className: "repeat", textContent: `  ×${count(entry.length)} until ${day(last.time) === day(row.time) ? clock(last.time) : moment(last.time)}` }));
  } else if (row.first !== row.time) {
    title.append(element("span", { className: "repeat", textContent: `  ${plural(row.events, "event")} until ${day(row.first) === day(row.time) ? clock(row.time) : moment(row.time)}` }));
  }
  const name = levels[row.level];
  const addresses = unique(entry.map((r) => r.addresses.map(origin)), 3);
  const actions = unique(entry.map((r) => (r.action ? [r.action] : [])), 4);
  const targets = unique(entry.map((r) => r.targets.map(shortAll)), 3);
  const facts = unique(entry.map((r) => r.facts.map(shortAll)), 4);
  const also = unique(entry.map((r) => r.also.map((a) => a.title)), 4);
  const ended = outcome(entry);
  return element("summary", {},
    element("span", { className: "time", textContent: clock(row.first), title: moment(row.first) }),
    element("span", {}, element("span", { className: "level " + name, textContent: name })),
    title,
    line(element("b", { className: "value", textContent: short(row.actor) }), addresses.texts.length ? ["  from ", ...joined(addresses, "")] : ""),
    line(actions.texts.length ? joined(actions, "") : "", ended ? ["  ", element("span", { className: entry.some((r) => r.ended !== 2) ? "" : "refused" }, ended)] : "",
      targets.texts.length ? ["  ", ...joined(targets, "")] : ""),
    line(facts.texts.length ? joined(facts, "fact") : ""),
    line(also.texts.length ? ["also: " + also.texts.join(", ") + (also.more ? " and " + count(also.more) + " more" : "")] : ""));
}

function show(entry) {
  const made = element("details", { className: "entry " + levels[entry[0].level] }, summary(entry));
  made.addEventListener("toggle", () => {
    if (!made.open || made.dataset.filled) return;
    made.dataset.filled = "yes";
    const body = element("div", { className: "body" });
    made.append(body);
    if (entry.length === 1) fillFinding(body, entry[0]);
    else fillEntry(body, entry, 0);
  });
  return made;
}

// fillEntry lists the findings of an entry.
function fillEntry(body, entry, from) {
  for (const row of entry.slice(from, from + pageSize)) body.append(show([row]));
  if (entry.length > from + pageSize) {
    const more = element("button", { type: "button", textContent: `Show ${count(Math.min(pageSize, entry.length - from - pageSize))} more of ${count(entry.length)}` });
    more.addEventListener("click", () => {
      more.remove();
      fillEntry(body, entry, from + pageSize);
    });
    body.append(more);
  }
}

function only(values, what) {
  const button = element("button", { type: "button", className: "pivot", textContent: "only this " + what });
  button.addEventListener("click", () => {
    choose(values);
    document.getElementById("timeline-title").scrollIntoView();
  });
  return button;
}

function texts(list, button, show = (text) => text) {
  return element("ul", {}, ...list.map((text) => element("li", {}, element("span", { className: "value", textContent: show(text) }), button ? button(text) : "")));
}

// pairs makes the list of names and values of a finding.
function pairs(row, d) {
  const made = element("dl");
  const add = (name, ...content) => {
    const kept = content.filter((part) => part !== null && part !== "" && part !== undefined);
    if (kept.length > 0) made.append(element("dt", { textContent: name }), element("dd", {}, ...kept));
  };
  const all = (name, list, button, show) => {
    if (list && list.length > 0) add(name, texts(list, button, show));
  };
  add("when", row.first === row.time ? moment(row.time) : moment(row.first) + " to " + moment(row.time));
  if (noun === "finding") add("rule", row.rule.title + (row.rule.id ? " (" + row.rule.id + ")" : ""));
  all("also", row.also.map((a, n) => a.title + " (" + levels[a.level] + ")" + (d.also && d.also[n] > 1 ? " ×" + count(d.also[n]) : "")));
  all("ATT&CK", row.techniques);
  if (row.actor) add("principal", element("span", { className: "value", textContent: row.actor }), only({ actor: row.actor }, "principal"));
  all("identities", (d.actors || []).map(([principal, session, type]) => [type, principal === row.actor ? "" : principal, session].filter(Boolean).join("  ")));
  all("addresses", d.addresses || row.addresses, (address) => only({ address }, "address"), origin);
  all("agents", d.agents);
  all("first seen", d.firstSeen);
  add("call", [row.action, d.service ? "(" + d.service + ")" : ""].filter(Boolean).join(" "));
  add("outcome", row.outcome);
  all("errors", (d.errors || []).map((e) => e.text + " ×" + count(e.count)));
  all("targets", d.targets || row.targets);
  all("facts", d.facts || row.facts);
  all("regions", d.regions || (row.region ? [row.region] : []));
  all("accounts", d.accounts || (row.account ? [row.account] : []));
  add("host", d.host);
  all("group", (d.group || []).map(([name, value]) => name + " = " + value));
  if (d.count > 1) add("count", count(d.count));
  all(row.events > 1 ? "events" : "event", (d.ids || []).concat(d.moreIDs ? ["and " + count(d.moreIDs) + " more"] : []));
  if (d.examined && d.examined < row.events) add("gathered from", count(d.examined) + " of " + plural(row.events, "event"));
  if (d.more) add("left out", plural(d.more, "value") + " of these lists; --format jsonl has more");
  all("events nearby", (d.context || []).map((c) => [moment(c.t === undefined ? null : c.t), c.action, c.error || "", c.address || "", c.id].filter(Boolean).join("  "))
    .concat(d.moreContext ? ["and " + count(d.moreContext) + " more"] : []));
  return made;
}

async function fillFinding(body, row) {
  const waiting = element("p", { className: "dim", textContent: "Reading the event …" });
  body.append(waiting);
  try {
    const d = await detail(row.i);
    waiting.remove();
    body.append(pairs(row, d));
    if (d.raw === undefined) {
      body.append(element("p", { className: "dim", textContent: "The raw event is left out, because all events together are too long for this file; --format jsonl has it." }));
      return;
    }
    const heading = row.events > 1 ? `First of ${plural(row.events, "event")}` : "Raw event";
    body.append(element("p", { className: "dim", textContent: heading + (d.cut ? ". It is cut: --format jsonl has the whole, under the id above." : "") }));
    body.append(element("pre", { textContent: d.raw, tabIndex: 0, role: "group", "aria-label": heading }));
  } catch (fault) {
    waiting.textContent = "The event cannot be shown: " + fault.message;
  }
}

// add shows further entries, with a heading for each day.
function add(most) {
  const place = document.getElementById("list");
  const byTime = document.getElementById("order").value === "time";
  for (const entry of entries.slice(shown, shown + most)) {
    const date = day(entry[0].first);
    if (byTime && date !== lastDay) {
      place.append(element("li", { className: "day", textContent: date }));
      lastDay = date;
    }
    const item = element("li", {}, show(entry));
    if (!byTime) item.querySelector(".time").textContent = date.slice(5) + " " + clock(entry[0].first);
    place.append(item);
  }
  shown = Math.min(entries.length, shown + most);
  const rest = entries.length - shown;
  const more = document.getElementById("more");
  more.hidden = rest === 0;
  more.textContent = `Show ${count(Math.min(pageSize, rest))} more of ${count(rest)}`;
}

// draw shows the first entries of a list of rows.
export function draw(list) {
  entries = group(list);
  if (document.getElementById("order").value === "level") {
    entries = entries.map((entry) => [entry, entry[0].level]).sort((a, b) => b[1] - a[1]).map(([entry]) => entry);
  } else {
    entries = entries.sort((a, b) => (a[0].first ?? -Infinity) - (b[0].first ?? -Infinity));
  }
  shown = 0;
  lastDay = "";
  document.getElementById("list").replaceChildren();
  add(pageSize);
}

export function start(redraw) {
  document.getElementById("list-tools").hidden = false;
  document.getElementById("more").addEventListener("click", () => add(pageSize));
  for (const id of ["group", "order"]) document.getElementById(id).addEventListener("change", redraw);
  addEventListener("beforeprint", () => {
    if (shown < printed) add(printed - shown);
    const rest = entries.length - shown;
    if (rest > 0 && !document.getElementById("unprinted")) {
      document.getElementById("list").append(element("li", { id: "unprinted", textContent: `and ${plural(rest, "more entry").replace("entrys", "entries")}, which are not printed` }));
    }
  });
  addEventListener("afterprint", () => document.getElementById("unprinted")?.remove());
}
