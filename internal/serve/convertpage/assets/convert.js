// The page Convert: rules on the left, queries on the right, and a request after each pause in typing.
import { byID, call, copy, download, element, latest, ready } from "/assets/site/site.js";
import { accept, completions, Editor, filesOf } from "/assets/site/editor.js";
import { decode, encode } from "./fragment.js";

const example = `title: Console sign-in without MFA
id: 5f0a2c1e-7d4b-4a57-9a3e-2f6f0c6d1b11
status: test
description: A user signs in to the console of AWS without a second factor.
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: signin.amazonaws.com
        eventName: ConsoleLogin
    mfa:
        additionalEventData.MFAUsed: 'Yes'
    condition: selection and not mfa
level: medium
`;

const texts = ["format", "method", "layout", "table", "region", "last", "unmapped", "options"];
const flags = ["exact", "without", "any"];
const sqlFields = ["layout", "table", "region", "last", "unmapped"];

let targets = [];
let pipelines = [];
// files are the rules. The editor shows the one with the number current.
let files = [{ name: "rule.yml", text: "" }];
let current = 0;
let answer = null;

const rule = new Editor(byID("rule"), () => {
  files[current].text = rule.text;
  changed();
}, { complete: completions });
const own = new Editor(byID("own"), () => {
  count();
  changed();
});
const convert = latest(run);

function changed(now = false) {
  byID("size").textContent = files.length > 1 ? `${files.length} files` : "";
  convert(now);
}

// settings are the choices as the fragment and requests have them.
function settings() {
  const state = { target: byID("target").value };
  texts.forEach((id) => { state[id] = byID(id).value.trim(); });
  flags.forEach((id) => { state[id] = byID(id).checked; });
  state.pipeline = [...document.querySelectorAll("#pipeline-list input:checked")].map((input) => input.value);
  state.own = own.text;
  return state;
}

function request() {
  const s = settings();
  const options = {};
  for (const line of s.options.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) {
      options[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    }
  }
  const sql = targetOf(s.target)?.sql;
  const body = {
    rules: files, target: s.target, format: s.format, pipelines: s.pipeline, without_pipeline: s.without, any_target: s.any, options,
    pipeline_files: s.own.trim() === "" ? [] : [{ name: "pipeline.yml", text: s.own }],
  };
  if (sql) {
    Object.assign(body, { layout: s.layout, table: s.table, region: s.region, last: s.last, unmapped: s.unmapped });
  } else {
    Object.assign(body, { correlation_method: s.method, exact: s.exact });
  }
  return body;
}

async function run(signal) {
  remember();
  if (files.every((file) => file.text.trim() === "")) {
    show({ rules: [], diagnostics: [], notes: [], output: "", summary: "Paste a rule to see its query." });
    return;
  }
  try {
    show(await call("/api/v2/convert", request(), signal));
  } catch (fault) {
    if (fault.name === "AbortError") {
      throw fault;
    }
    show({ rules: [], diagnostics: [], notes: [], output: "", summary: "", fault: fault.message + (fault.help ? `: ${fault.help}` : "") });
  }
}

// show puts an answer on the page.
function show(made) {
  answer = made;
  const list = made.diagnostics;
  byID("messages").replaceChildren(...list.slice(0, 100).map(message),
    ...(list.length > 100 ? [element("li", {}, `and ${list.length - 100} more`)] : []));
  mark();
  byID("status").textContent = made.summary;
  const faults = made.fault ? [element("li", { class: "error" }, element("span", { class: "word" }, "error "), made.fault)] : [];
  byID("notes").replaceChildren(...faults, ...made.notes.map((text) => element("li", { class: "note" }, element("span", { class: "word" }, "note "), text)));
  const shown = made.rules.slice(0, 200);
  byID("queries").replaceChildren(...shown.map(query),
    ...(made.rules.length > shown.length ? [element("p", { class: "dim" }, `${made.rules.length - shown.length} more queries are in the download.`)] : []));
  for (const id of ["copy", "download"]) {
    byID(id).disabled = made.output === "";
  }
  ready();
}

function message(d) {
  const place = d.file ? `${files.length > 1 || d.file === "pipeline.yml" ? d.file + ":" : ""}${d.line}:${d.column}` : "";
  const word = element("span", { class: "word" }, `${d.severity} `);
  const go = place === "" ? null : element("button", { type: "button", onclick: () => goTo(d), title: "Show the place" }, place);
  return element("li", { class: d.severity }, word, go, go ? " " : null, d.message, " ", element("span", { class: "dim" }, `[${d.code}]`),
    d.help ? element("span", { class: "help dim" }, `help: ${d.help}`) : null);
}

function goTo(d) {
  if (d.file === "pipeline.yml" && !files.some((file) => file.name === d.file)) {
    byID("pipelines").open = true;
    own.go(d.offset, d.end);
    return;
  }
  const index = files.findIndex((file) => file.name === d.file);
  choose(Math.max(index, 0));
  rule.go(d.offset, d.end);
}

// mark marks lines of the editors, and files with faults.
function mark() {
  const list = answer?.diagnostics ?? [];
  rule.show(list.filter((d) => d.file === files[current].name));
  own.show(list.filter((d) => d.file === "pipeline.yml"));
  byID("files").querySelectorAll("button").forEach((button, i) => {
    const about = list.filter((d) => d.file === files[i].name);
    button.className = about.some((d) => d.severity === "error") ? "error" : about.some((d) => d.severity === "warning") ? "warning" : "";
  });
}

function query(r) {
  const heading = element("h3", {}, r.title || r.id || r.file);
  const where = element("span", { class: "dim small" }, r.line ? `${r.file}:${r.line}` : r.file);
  if (r.status !== "converted") {
    const why = r.status === "refused" ? "refused" : "cannot be read";
    return element("article", { class: "query refused" }, heading, element("p", {}, `${why}: ${r.reason} `, where));
  }
  return element("article", { class: "query" },
    element("div", { class: "row" }, heading, where,
      element("button", { type: "button", class: "push", onclick: (event) => tell(event.target, copy(r.queries.join("\n\n"))), "aria-label": `Copy the query of ${r.title}` }, "Copy")),
    ...r.queries.map((text) => element("pre", { tabindex: "0", role: "region", "aria-label": `Query of ${r.title}` }, element("code", {}, text))));
}

// tell says on a button for a moment whether something was copied.
async function tell(button, done) {
  const text = button.textContent;
  button.textContent = (await done) ? "Copied" : "Not allowed by the browser";
  setTimeout(() => { button.textContent = text; }, 1500);
}

const targetOf = (name) => targets.find((target) => target.name === name || target.aliases.includes(name));

function fill(select, list, chosen) {
  select.replaceChildren(...list.map(({ name, title, label }) => element("option", { value: name, title }, label ?? name)));
  if (list.some(({ name }) => name === chosen)) {
    select.value = chosen;
  }
}

// fit shows the choices that a target has.
function fit() {
  const target = targetOf(byID("target").value);
  const labelled = (list) => list.map(({ name, title }) => ({ name, title, label: title && title.length < 60 ? `${name} – ${title}` : name }));
  fill(byID("format"), labelled(target.formats), byID("format").value);
  fill(byID("method"), labelled(target.methods), byID("method").value);
  byID("method-field").hidden = target.methods.length < 2;
  sqlFields.forEach((id) => { byID(`${id}-field`).hidden = !target.sql; });
  byID("known").textContent = target.options.length > 0 ? `${target.name} takes ${target.options.join(", ")}` : "";
  fitPipelines(target);
}

function fitPipelines(target) {
  const chosen = new Set([...document.querySelectorAll("#pipeline-list input:checked")].map((input) => input.value));
  drawPipelines(target, chosen);
}

function drawPipelines(target, chosen) {
  const fits = pipelines.filter((p) => byID("any").checked || p.targets.length === 0 || p.targets.includes(target.name) || target.name === "sigma");
  byID("pipeline-list").replaceChildren(...fits.map((p) => {
    const input = element("input", { type: "checkbox", value: p.name });
    input.checked = chosen.has(p.name);
    return element("label", { title: p.title }, input, element("span", {}, p.name));
  }));
  count();
}

function count() {
  const n = document.querySelectorAll("#pipeline-list input:checked").length + (own.text.trim() === "" ? 0 : 1);
  const target = targetOf(byID("target").value);
  const auto = target?.pipeline && !byID("without").checked ? `, and ${target.pipeline} of the target` : "";
  byID("chosen").textContent = n === 0 ? `(none${auto})` : `(${n}${auto})`;
}

// choose shows a file in the editor.
function choose(index) {
  if (index !== current) {
    files[current].text = rule.text;
    current = index;
    rule.put(files[index].text);
    mark();
  }
  tabs();
}

function tabs() {
  byID("files").hidden = files.length < 2;
  byID("files").replaceChildren(...files.map((file, i) => element("li", {},
    element("button", { type: "button", "aria-pressed": String(i === current), onclick: () => choose(i) }, file.name))));
  mark();
}

function take(list) {
  if (list.length === 0) {
    byID("status").textContent = "No rule files there: their names end in .yml or .yaml.";
    return;
  }
  files = list;
  current = 0;
  rule.put(files[0].text);
  tabs();
  changed(true);
}

// remember puts the choices and a single rule into the address, without a request.
function remember(all = false) {
  const state = settings();
  if (all || files.length === 1) {
    state.rule = files.map((file) => file.text);
  }
  const fragment = encode(state);
  if (all || fragment.length < 30_000) {
    history.replaceState(null, "", `#${fragment}`);
  }
  return `${location.origin}${location.pathname}#${fragment}`;
}

// restore takes the choices of the address.
function restore() {
  const state = decode(location.hash.slice(1));
  const first = (name) => state.get(name)?.[0] ?? "";
  byID("target").value = targetOf(first("target"))?.name ?? "splunk";
  fit();
  texts.forEach((id) => {
    const value = first(id);
    if (value !== "" || byID(id).tagName !== "SELECT") {
      byID(id).value = value;
    }
    if (byID(id).tagName === "SELECT" && byID(id).selectedIndex < 0) {
      byID(id).selectedIndex = 0;
    }
  });
  flags.forEach((id) => { byID(id).checked = first(id) === "1"; });
  own.put(first("own"));
  drawPipelines(targetOf(byID("target").value), new Set(state.get("pipeline") ?? []));
  const rules = state.get("rule") ?? [];
  files = rules.length > 0 ? rules.map((text, i) => ({ name: rules.length > 1 ? `rule-${i + 1}.yml` : "rule.yml", text })) : [{ name: "rule.yml", text: "" }];
  current = 0;
  rule.put(files[0].text);
  tabs();
  changed(true);
}

async function start() {
  const layouts = await Promise.all([call("/api/v2/targets"), call("/api/v2/pipelines"), call("/api/v2/layouts")]).then((made) => {
    [targets, pipelines] = made;
    return made[2];
  });
  fill(byID("target"), targets.map(({ name, title }) => ({ name, title, label: `${name} – ${title}` })));
  fill(byID("layout"), [{ name: "", label: "none: fields are columns" }, ...layouts.map(({ name, title }) => ({ name, title }))]);
  byID("target").addEventListener("change", () => { fit(); changed(true); });
  byID("any").addEventListener("change", () => fitPipelines(targetOf(byID("target").value)));
  for (const id of [...texts, ...flags]) {
    byID(id).addEventListener(byID(id).type === "checkbox" || byID(id).tagName === "SELECT" ? "change" : "input", () => changed());
  }
  byID("pipeline-list").addEventListener("change", () => { count(); changed(true); });
  byID("without").addEventListener("change", count);
  byID("open").addEventListener("change", async (event) => {
    take(await filesOf({ files: event.target.files }));
    event.target.value = "";
  });
  accept(byID("rule-editor"), take);
  byID("example").addEventListener("click", () => take([{ name: "rule.yml", text: example }]));
  byID("clear").addEventListener("click", () => take([{ name: "rule.yml", text: "" }]));
  byID("copy").addEventListener("click", (event) => tell(event.target, copy(answer.output)));
  byID("share").addEventListener("click", (event) => tell(event.target, copy(remember(true))));
  byID("download").addEventListener("click", () => download(`${byID("target").value}-${byID("format").value}.txt`, `${answer.output}\n`));
  window.addEventListener("hashchange", restore);
  restore();
}

start().catch((fault) => { byID("status").textContent = `The page cannot start: ${fault.message}`; });
