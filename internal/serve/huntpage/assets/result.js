// Shows one hunt: its progress, what it came to, the list of what it found with a filter, and one finding in full.

import { byID, call, element, latest } from "/assets/site/site.js";
import { count, plural, pretty, safe, size } from "./text.js";

let record = null;
let skip = 0;

// clear hides the hunt.
export function clear() {
  record = null;
  byID("current").hidden = true;
}

// show shows a hunt as its record says.
export function show(next, title) {
  const before = record;
  record = next;
  byID("current").hidden = false;
  if (byID("current-heading").textContent !== title) {
    byID("current-heading").textContent = title;
  }
  byID("state").textContent = next.state;
  byID("state").className = `state ${next.state}`;
  const running = next.state === "running";
  byID("stop").hidden = !running;
  byID("delete").hidden = running;
  byID("resume").hidden = running || !next.resumable;
  byID("running").hidden = !running;
  byID("results").hidden = running || !next.formats.length;
  byID("why").hidden = !next.why;
  byID("why").textContent = next.why ? safe([next.why, next.help].filter(Boolean).join(" – ")) : "";
  if (running) {
    progress(next.progress);
    byID("totals").textContent = "";
    return;
  }
  totals();
  exports();
  byID("answer").hidden = !next.answer;
  byID("answer").textContent = safe(next.answer ?? "", 300_000);
  byID("ledger").textContent = safe(next.ledger ?? "", 300_000);
  byID("list").hidden = next.spec.kind === "summary" || !next.findings;
  byID("level-field").hidden = next.spec.kind !== "hunt";
  if (before?.id !== next.id || before?.state !== next.state) {
    byID("detail").hidden = true;
    for (const id of ["filter", "level", "outcome"]) {
      byID(id).value = "";
    }
    if (!byID("list").hidden) {
      rows(true);
    }
  }
}

// progress shows how far a hunt has come.
function progress(p) {
  const bar = byID("bar");
  if (!p) {
    bar.removeAttribute("value");
    byID("progress-text").textContent = "loading rules";
    return;
  }
  const files = p.unit === "files";
  const [done, all] = files ? [p.read_bytes, p.growing ? 0 : p.total_bytes] : [p.done, p.total];
  if (all > 0) {
    bar.value = Math.min(1, done / all);
  } else {
    bar.removeAttribute("value");
  }
  const parts = [`${count(p.done)} of ${plural(p.total, files ? "file" : "query").replace("querys", "queries")}`, `${size(p.read_bytes)} read`, plural(p.records, files ? "event" : "row")];
  if (p.dollars > 0) {
    parts.push(`$${p.dollars.toFixed(2)}`);
  }
  byID("progress-text").textContent = parts.join(", ");
}

function totals() {
  const kind = record.spec.kind;
  const parts = [];
  if (kind === "hunt") {
    const levels = ["critical", "high", "medium", "low", "informational"].filter((l) => record.levels?.[l]).map((l) => `${count(record.levels[l])} ${l}`);
    parts.push(plural(record.findings, "finding") + (levels.length ? `: ${levels.join(", ")}` : ""));
  } else if (kind === "search") {
    parts.push(plural(record.findings, "event"));
  }
  parts.push(`${plural(record.records, "event")} read`);
  if (record.dollars) {
    parts.push(`$${record.dollars.toFixed(2)}`);
  }
  byID("totals").textContent = record.formats.length ? parts.join("; ") : "";
}

// exports lists the formats.
function exports() {
  const base = `/hunt/${encodeURIComponent(record.id)}`;
  byID("report").hidden = !record.formats.includes("html");
  byID("report").href = `${base}/report`;
  byID("formats").replaceChildren(...record.formats.map((f) => element("a", { class: "button", href: `${base}/result/${encodeURIComponent(f)}`, download: true }, f)),
    ...(record.writing ? [element("span", { class: "dim" }, "more formats are being written …")] : []));
}

const later = latest(async (signal) => {
  const of = record;
  if (!of) {
    return;
  }
  const query = new URLSearchParams({ text: byID("filter").value.trim(), level: byID("level").value, outcome: byID("outcome").value, skip });
  const { rows: list, total } = await call(`/api/v2/hunts/${encodeURIComponent(of.id)}/rows?${query}`, undefined, signal);
  if (record?.id !== of.id) {
    return; // another hunt is shown by now
  }
  const made = list.map(row);
  if (skip) {
    byID("rows").append(...made);
    made[0]?.querySelector("button").focus();
  } else {
    byID("rows").replaceChildren(...made);
  }
  skip += list.length;
  byID("more").hidden = skip >= total;
  const noun = of.spec.kind === "hunt" ? "finding" : "event";
  byID("chosen").textContent = `${count(skip)} of ${plural(total, noun)} shown` +
    (record.shown < record.findings ? `; the list has the first ${count(record.shown)} of ${count(record.findings)}, the files have all` : "");
});

// rows lists what the filter chooses, from the beginning or on from where the list ends.
function rows(anew) {
  if (anew) {
    skip = 0;
  }
  later(!anew);
}

// row makes one item of the list.
function row(r) {
  const who = [r.who, r.address && `from ${r.address}`, r.action, r.outcome, r.account].filter(Boolean).join("  ");
  return element("li", {}, element("button", { type: "button", "data-n": r.n, onclick: (event) => detail(r, event.currentTarget) },
    element("span", { class: "dim small mono" }, safe(r.time.replace("T", " "))),
    r.level ? element("span", { class: `level ${r.level}` }, r.level) : null,
    element("span", { class: "what" }, safe(r.title, 300) + (r.count > 1 ? ` ×${count(r.count)}` : "")),
    element("span", { class: "who" }, safe(who, 700))));
}

// detail shows one finding in full.
async function detail(r, button) {
  const finding = await call(`/api/v2/hunts/${encodeURIComponent(record.id)}/findings/${r.n}`);
  for (const other of byID("rows").querySelectorAll("[aria-current]")) {
    other.removeAttribute("aria-current");
  }
  button.setAttribute("aria-current", "true");
  byID("detail").hidden = false;
  byID("detail-heading").textContent = safe(r.title, 300);
  const facts = { time: r.time, level: r.level, rule: r.rule_id, principal: r.who, key: r.key, address: r.address, account: r.account, call: r.action, outcome: r.outcome };
  byID("facts").replaceChildren(...Object.entries(facts).filter(([, v]) => v).flatMap(([k, v]) => [element("dt", {}, k), element("dd", {}, safe(v))]));
  const ask = (text, what) => element("button", { type: "button", onclick: () => document.dispatchEvent(new CustomEvent("pivot", { detail: what })) }, text);
  byID("pivots").replaceChildren(...[
    r.who && !/\s/u.test(r.who) && ask("All of this principal", { principals: [r.who] }),
    r.key && ask("All of this key", { keys: [r.key] }),
    r.address && ask("All from this address", { addresses: [r.address] }),
  ].filter(Boolean));
  byID("event").textContent = pretty(finding.event ?? finding);
  byID("detail-heading").focus();
}

for (const id of ["filter", "level", "outcome"]) {
  byID(id).addEventListener("input", () => rows(true));
}
byID("more").addEventListener("click", () => rows(false));
