// The page Check and match: diagnostics under the rule, and events with their predicates beside it.
import { byID, call, download, element, latest, ready } from "/assets/site/site.js";
import { accept, completions, Editor, filesOf } from "/assets/site/editor.js";
import { resultsOf } from "./match.js";
import { stemOf, testFile } from "./testfile.js";

const exampleRule = `title: Console Sign-in Without MFA
id: 5f0a2c1e-7d4b-4a57-9a3e-2f6f0c6d1b11
status: test
description: A user signs in to the console of AWS without a second factor.
author: example
date: 2025-01-10
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
falsepositives:
    - Break-glass accounts
level: medium
tags:
    - attack.initial-access
    - attack.persistence
    - attack.privilege-escalation
    - attack.stealth
    - attack.t1078.004
`;
const exampleEvents = `{"eventVersion": "1.08", "eventTime": "2025-01-10T08:00:00Z", "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.10", "userIdentity": {"type": "IAMUser", "userName": "ops"}, "additionalEventData": {"MFAUsed": "No"}, "eventID": "11111111-0000-4000-8000-000000000001"}
{"eventVersion": "1.08", "eventTime": "2025-01-10T08:05:00Z", "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.11", "userIdentity": {"type": "IAMUser", "userName": "dev"}, "additionalEventData": {"MFAUsed": "Yes"}, "eventID": "11111111-0000-4000-8000-000000000002"}
`;
// unnamed are checks of the name of the file, which a text that was pasted does not have.
const unnamed = ["filename-length", "sigmahq-filename-convention", "sigmahq-filename-prefix"];

// name is that of the file that was opened, "" for a text that was pasted.
let name = "";
let matched = null;

const check = latest(runCheck);
const match = latest(runMatch);
const rule = new Editor(byID("rule"), () => { check(); match(); }, { complete: completions });
const events = new Editor(byID("events"), () => match(), { language: "json" });

const files = () => [{ name: name || "rule.yml", text: rule.text }];
const checkRequest = (fix) => ({ rules: files(), ignore: name === "" ? unnamed : [], fix });

// take shows a rule of a file.
function take(file) {
  if (file) {
    name = file.name.split("/").at(-1);
    rule.text = file.text;
  }
}

async function runCheck(signal) {
  if (rule.text.trim() === "") {
    showCheck({ diagnostics: [], documents: 0 }, "Paste a rule to check it.");
    return;
  }
  try {
    const answer = await call("/api/v2/check", checkRequest(false), signal);
    const n = answer.diagnostics.length;
    showCheck(answer, n === 0 ? "Nothing to report." : `${n} ${n === 1 ? "diagnostic" : "diagnostics"}: ${["error", "high", "medium", "low", "informational"]
      .filter((level) => answer.levels[level]).map((level) => `${answer.levels[level]} ${level}`).join(", ")}`);
  } catch (fault) {
    if (fault.name === "AbortError") {
      throw fault;
    }
    showCheck({ diagnostics: [], documents: 0 }, `${fault.message}${fault.help ? `: ${fault.help}` : ""}`);
  }
}

function showCheck(answer, status) {
  byID("status").textContent = status;
  byID("fix").disabled = !answer.diagnostics.some((d) => d.fixes.length > 0);
  byID("messages").replaceChildren(...answer.diagnostics.slice(0, 100).map(message));
  rule.show(answer.diagnostics);
  ready();
}

function message(d) {
  return element("li", { class: d.severity },
    element("span", { class: "word" }, `${d.level} `),
    element("button", { type: "button", title: "Show the place", onclick: () => rule.go(d.offset, d.end) }, `${d.line}:${d.column}`),
    " ", d.message, " ", element("span", { class: "dim", title: d.title }, `[${d.check}]`), " ",
    d.fixes.length > 0 ? element("button", { type: "button", onclick: () => apply(d.fixes), "aria-label": `Mend: ${d.message}` }, "Mend") : null,
    d.help ? element("span", { class: "help dim" }, `help: ${d.help}`) : null);
}

// apply makes the edits of one diagnostic, the last one first, so that the places of the others stay right.
function apply(fixes) {
  const bytes = new TextEncoder().encode(rule.text);
  const decoder = new TextDecoder();
  let text = "";
  let at = 0;
  for (const fix of [...fixes].sort((a, b) => a.offset - b.offset)) {
    text += decoder.decode(bytes.slice(at, fix.offset)) + fix.text;
    at = fix.end;
  }
  rule.text = text + decoder.decode(bytes.slice(at));
  rule.focus();
}

async function mendAll() {
  const answer = await call("/api/v2/check", checkRequest(true));
  if (answer.fixed.length > 0) {
    rule.text = answer.fixed[0].text;
  }
}

async function runMatch(signal) {
  byID("save-tests").disabled = true;
  if (rule.text.trim() === "" || events.text.trim() === "") {
    showMatch({ events: [], total: 0, faults: [], correlations: "", rules: [] }, "Events show which predicates of the rule hold.");
    return;
  }
  try {
    const answer = await call("/api/v2/match", { rules: files(), events: events.text }, signal);
    const n = answer.events.filter((event) => event.rules.some((one) => one.matches)).length;
    const first = answer.total > answer.events.length ? ` of the first ${answer.events.length}` : "";
    showMatch(answer, answer.rules.length === 0 ? "The rule cannot run; the messages beside it say why."
      : `${n}${first} of ${answer.total} ${answer.total === 1 ? "event matches" : "events match"}.${answer.shortened ? " Long lists are shortened." : ""}`);
  } catch (fault) {
    if (fault.name === "AbortError") {
      throw fault;
    }
    showMatch({ events: [], total: 0, faults: [], correlations: "", rules: [] }, `${fault.message}${fault.help ? `: ${fault.help}` : ""}`);
  }
}

function showMatch(answer, status) {
  matched = answer;
  byID("match-status").textContent = status;
  byID("faults").replaceChildren(...answer.faults.map((text) => element("li", { class: "warning" }, element("span", { class: "word" }, "warning "), text)));
  byID("correlations").hidden = answer.correlations === "";
  byID("correlations").textContent = answer.correlations;
  byID("results").replaceChildren(...resultsOf(answer, (start, end) => rule.go(start, end)));
  byID("save-tests").disabled = answer.events.length === 0;
  document.documentElement.dataset.matched = "yes";
}

function saveTests() {
  const list = matched.events.filter((event) => event.event !== null).map((event, i) => {
    const matches = event.rules.some((one) => one.matches);
    return { event: event.event, matches, name: `${matches ? "match" : "no match"} ${i + 1}${event.action ? `: ${event.action}` : ""}` };
  });
  download(`${stemOf(rule.text)}.test.yaml`, testFile(list), "application/yaml");
}

function start() {
  byID("open").addEventListener("change", async (event) => {
    const [first] = await filesOf({ files: event.target.files });
    take(first);
    event.target.value = "";
  });
  byID("open-events").addEventListener("change", async (event) => {
    const [first] = await filesOf({ files: event.target.files });
    events.text = first?.text ?? events.text;
    event.target.value = "";
  });
  accept(byID("rule-editor"), ([first]) => take(first));
  accept(byID("events-editor"), ([first]) => { events.text = first?.text ?? events.text; }, /./);
  byID("example").addEventListener("click", () => {
    name = "";
    events.text = exampleEvents;
    rule.text = exampleRule;
  });
  byID("fix").addEventListener("click", mendAll);
  byID("save").addEventListener("click", () => download(`${stemOf(rule.text)}.yml`, rule.text, "application/yaml"));
  byID("save-tests").addEventListener("click", saveTests);
  const linked = new URLSearchParams(location.hash.slice(1)).get("rule");
  if (linked) { // from the page Rules
    rule.put(linked);
  }
  check(true);
  match(true);
}

start();
