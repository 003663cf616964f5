// The file of tests for egret test: each event with what the rule finds in it now.

// quoted writes a text as a YAML scalar; JSON strings are YAML.
const quoted = (text) => JSON.stringify(text);

// testFile returns the text of a file. events have {event, matches, name}.
export function testFile(events) {
  const lines = ["tests:"];
  for (const { event, matches, name } of events) {
    lines.push(`  - name: ${quoted(name)}`, `    event: ${JSON.stringify(event)}`, `    match: ${matches}`);
  }
  return `${lines.join("\n")}\n`;
}

// stemOf returns the stem of the names of a rule's files, made of its title.
export function stemOf(rule) {
  const title = rule.match(/^title:\s*["']?(.*?)["']?\s*$/m)?.[1] ?? "rule";
  return title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "rule";
}
