// Events with what the rule made of them: a tree of predicates for each.
import { element } from "/assets/site/site.js";

// resultsOf returns an element for each event. go(offset, end) shows a place in the rule.
export function resultsOf(answer, go) {
  return answer.events.map((event, index) => {
    const matched = event.rules.filter((rule) => rule.matches);
    const verdict = matched.length > 0 ? element("span", { class: "verdict yes" }, "matches") : element("span", { class: "verdict no" }, nearest(event));
    const title = [event.time, event.action, event.id].filter(Boolean).join("  ");
    const details = element("details", { class: "event", open: answer.events.length <= 3 },
      element("summary", {}, element("span", {}, `Event ${index + 1}`), verdict, element("span", { class: "dim small" }, title)),
      element("div", {},
        event.guessed ? element("p", { class: "dim small" }, `The event does not show its log source; it was read as one of ${event.source || "no log source that egret knows"}.`) : null,
        ...event.rules.map((rule) => ruleOf(rule, event, index, go)),
        element("details", {}, element("summary", {}, "Event in JSON"), jsonOf(event.event, index))));
    return details;
  });
}

function nearest(event) {
  const own = event.rules.filter((rule) => !rule.foreign);
  if (own.length === 0) {
    return "of another log source";
  }
  const best = own.reduce((a, b) => (b.missing < a.missing ? b : a));
  return best.predicates > 1 ? `does not match, by ${best.missing} of ${best.predicates}` : "does not match";
}

function ruleOf(rule, event, index, go) {
  if (rule.foreign) {
    return element("p", { class: "dim" }, `${rule.title}: is for other log sources than ${event.source}`);
  }
  return element("section", { "aria-label": `${rule.title}, event ${index + 1}` },
    element("p", {}, element("span", { class: rule.matches ? "verdict yes" : "verdict no" }, rule.matches ? "✓" : "✗"), ` ${rule.title}`),
    element("ul", { class: "tree" }, nodeOf(rule.trace, go)));
}

function nodeOf(node, go) {
  const text = node.place ? element("button", { type: "button", title: "Show the place in the rule", onclick: () => go(node.place.offset, node.place.end) }, node.text) : node.text;
  return element("li", { class: node.held ? "held" : "failed" },
    element("span", { class: "sign" }, node.held ? "✓ " : "✗ "), element("span", { class: "hidden" }, node.held ? "true: " : "false: "), text,
    ...node.values.map((value) => element("span", { class: "seen" },
      `${value.field}: ${value.texts.length === 0 ? "missing" : value.texts.map((one) => JSON.stringify(one)).join(", ")}`)),
    node.operands.length > 0 ? element("ul", {}, ...node.operands.map((operand) => nodeOf(operand, go))) : null);
}

function jsonOf(event, index) {
  return element("pre", { tabindex: "0", role: "region", "aria-label": `Event ${index + 1} in JSON` }, JSON.stringify(event, null, 2));
}
