// The page Hunt: begins hunts, follows the one that runs, and lists those that are kept. result.js shows one of them.

import { APIError, byID, call, element, ready } from "/assets/site/site.js";
import { show, clear } from "./result.js";
import { plural, safe } from "./text.js";

const terms = ["principals", "keys", "addresses", "actions", "resources", "texts"];
let current = "";
let stream = null;

// words cuts a field into its values.
const words = (id) => byID(id)?.value.trim().split(/[\s,]+/u).filter(Boolean) ?? [];

// spec returns what the form asks for.
function spec() {
  const kind = byID("kind").value;
  const out = { kind, in_lake: byID("source").value === "lake", keep_running: byID("keep").checked };
  for (const id of ["from", "to", "last"]) {
    out[id] = byID(id).value.trim();
  }
  if (out.in_lake) {
    out.budget = byID("budget").value.trim();
  }
  if (kind === "hunt") {
    Object.assign(out, { min_level: byID("min-level").value, include: words("include"), exclude: words("exclude") });
  } else if (kind === "search") {
    for (const id of terms) {
      out[id] = id === "texts" ? [byID(id).value.trim()].filter(Boolean) : words(id);
    }
  } else {
    out.sort = byID("sort").value;
  }
  return out;
}

function tell(fault) {
  const list = byID("messages");
  list.replaceChildren();
  if (!fault) {
    return;
  }
  if (!(fault instanceof APIError)) {
    throw fault;
  }
  list.append(element("li", { class: "error" }, element("span", { class: "word" }, "error "), safe(fault.message), fault.help ? element("span", { class: "help" }, safe(fault.help)) : null));
}

// attempt runs work and shows its error in the form.
async function attempt(work) {
  tell(null);
  try {
    await work();
  } catch (fault) {
    tell(fault);
  }
}

// adapt shows the fields that go with the choices of the form.
function adapt() {
  const kind = byID("kind").value;
  const source = byID("source").value;
  for (const part of document.querySelectorAll("[data-kind]")) {
    part.hidden = part.dataset.kind !== kind;
  }
  for (const part of document.querySelectorAll("[data-source]")) {
    part.hidden = part.dataset.source !== source || (part.id === "plan" && kind === "summary");
  }
  byID("plan-text").hidden = true;
}

async function begin(what) {
  const { id } = await call("/api/v2/hunts", what);
  byID("plan-text").hidden = true;
  location.hash = id;
  await open(id, true);
  await refresh();
}

// title says what a hunt is.
function title(record) {
  const s = record.spec;
  const parts = [{ hunt: "Hunt", search: "Search", summary: "Summary" }[s.kind] ?? "Hunt", s.in_lake ? "in the lake" : "in the logs"];
  for (const id of [...terms, "include"]) {
    if (s[id]?.length) {
      parts.push(s[id].join(" "));
    }
  }
  if (s.last) {
    parts.push(`last ${s.last}`);
  }
  if (s.from || s.to) {
    parts.push(`${s.from ?? ""} to ${s.to ?? "now"}`);
  }
  return safe(parts.join(" "), 120);
}

async function refresh() {
  const { hunts } = await call("/api/v2/hunts");
  byID("none").hidden = hunts.length > 0;
  byID("kept").replaceChildren(...hunts.map((h) => element("li", {}, element("button", {
    type: "button", "aria-current": h.id === current ? "true" : null, onclick: () => attempt(async () => {
      location.hash = h.id;
      await open(h.id, true);
      await refresh();
    }),
  },
  element("span", { class: "what" }, title(h)), element("span", { class: `state ${h.state}` }, h.state),
  element("span", { class: "dim small" }, h.started.replace("T", " ").replace(/(\.\d+)?Z$/u, "Z")),
  h.state === "running" || h.spec.kind === "summary" ? null : element("span", { class: "dim small" }, plural(h.findings, h.spec.kind === "hunt" ? "finding" : "event"))))));
}

// open shows a hunt, and follows it while it runs.
async function open(id, focus = false) {
  stream?.close();
  stream = null;
  current = id;
  const record = await call(`/api/v2/hunts/${encodeURIComponent(id)}`);
  show(record, title(record));
  if (focus) {
    byID("current-heading").focus();
  }
  if (record.state === "running" || record.writing) {
    follow(id);
  }
}

// follow reads the progress of a hunt. While it is read, the server knows that someone watches.
function follow(id) {
  stream = new EventSource(`/api/v2/hunts/${encodeURIComponent(id)}/progress`);
  stream.addEventListener("progress", (message) => {
    const record = JSON.parse(message.data);
    if (record.state === "running") {
      show(record, title(record));
    }
  });
  stream.addEventListener("end", (message) => {
    stream?.close();
    const record = JSON.parse(message.data);
    attempt(async () => {
      if (id === current) {
        await reread(id, record.writing);
      }
      await refresh();
    });
  });
}

// reread shows the result of a hunt that has ended, and again when all of its formats are there.
async function reread(id, writing) {
  const record = await call(`/api/v2/hunts/${encodeURIComponent(id)}`);
  show(record, title(record));
  if (writing || record.writing) {
    setTimeout(() => {
      if (id === current) {
        attempt(() => reread(id, false));
      }
    }, 700);
  }
}

// pivot begins a search.
export function pivot(what) {
  byID("kind").value = "search";
  for (const id of terms) {
    byID(id).value = what[id]?.join(" ") ?? "";
  }
  adapt();
  return attempt(() => begin(spec()));
}

byID("new").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => begin(spec()));
});
byID("kind").addEventListener("change", adapt);
byID("source").addEventListener("change", adapt);
byID("plan")?.addEventListener("click", () => attempt(async () => {
  const plan = await call("/api/v2/hunts/plan", spec());
  byID("plan-text").textContent = safe(plan.text, 100_000);
  byID("plan-text").hidden = false;
}));
for (const action of ["stop", "resume", "delete"]) {
  byID(action).addEventListener("click", () => attempt(async () => {
    const id = current;
    await call(`/api/v2/hunts/${encodeURIComponent(id)}/${action}`, {});
    if (action === "delete") {
      stream?.close();
      current = "";
      history.replaceState(null, "", location.pathname);
      clear();
      byID("new-heading").scrollIntoView();
      byID("start").focus();
    } else if (action === "resume") {
      await open(id);
    }
    await refresh();
  }));
}
document.addEventListener("pivot", (event) => pivot(event.detail));
window.addEventListener("hashchange", () => {
  const id = location.hash.slice(1);
  if (id && id !== current) {
    attempt(() => open(id, true));
  }
});

adapt();
attempt(async () => {
  await refresh();
  if (location.hash.length > 1) {
    await open(location.hash.slice(1));
  }
}).finally(ready);
