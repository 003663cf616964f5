package sigma

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The examples of the Sigma correlation rules specification 2.1, one of each type, and the three types of pySigma 1.5.
func TestCorrelationTypes(t *testing.T) {
	const value = "group-by: [a], timespan: 1h, condition: {field: f, gte: 2%s}"
	const temporal = "group-by: [a], timespan: 1h"
	for kind, rest := range map[string]string{
		"event_count": "group-by: [a], timespan: 1h, condition: {gte: 2}", "value_count": fmt.Sprintf(value, ""),
		"value_sum": fmt.Sprintf(value, ""), "value_avg": fmt.Sprintf(value, ""), "value_median": fmt.Sprintf(value, ""),
		"value_percentile": fmt.Sprintf(value, ", percentile: 95"),
		"temporal":         temporal, "temporal_ordered": temporal,
		"temporal_extended":         temporal + ", condition: x and not y",
		"temporal_ordered_extended": temporal + ", condition: x or y",
	} {
		collection, list := parseText("title: t\ncorrelation: {type: " + kind + ", rules: [x, y], " + rest + "}\n")
		expectCodes(t, list, "")
		if len(collection.Correlations) != 1 {
			t.Errorf("%s is not loaded", kind)
			continue
		}
		c := collection.Correlations[0]
		if c.Type != kind || len(c.Rules) != 2 || c.Timespan != time.Hour || c.GroupBy[0].Value != "a" {
			t.Errorf("%s is %+v", kind, c)
		}
		if (c.Condition == nil) != strings.HasPrefix(kind, "temporal") || (c.Extended == nil) == strings.HasSuffix(kind, "extended") {
			t.Errorf("%s: condition %v, extended %v", kind, c.Condition, c.Extended)
		}
	}
	if n := len(CorrelationTypes); n != 10 {
		t.Errorf("%d types", n)
	}
}

func TestCorrelationFields(t *testing.T) {
	collection, list := parseText(exampleCorrelation)
	expectCodes(t, list, "")
	c := collection.Correlations[0]
	bounds := fmt.Sprint(c.Condition.Bounds[0].Op, c.Condition.Bounds[0].Value, c.Condition.Bounds[1].Op, c.Condition.Bounds[1].Value)
	if bounds != "gt100lte200.5" || c.Condition.Percentile != 99.5 || !c.Generate || c.Timespan != 90*time.Minute {
		t.Errorf("bounds %s, percentile %v, generate %v, timespan %v", bounds, c.Condition.Percentile, c.Generate, c.Timespan)
	}
	alias := c.Aliases[0]
	if alias.Name != "user" || fmt.Sprint(textValues(alias.Rules), textValues(alias.Fields)) !=
		"[failed_login 5638f7c0-ac70-491d-8465-2a65075e0d86] [userName name]" {
		t.Errorf("alias %+v", alias)
	}
	if len(c.Extra) != 1 || c.Extra[0].Key != "note" || c.Level != "high" {
		t.Errorf("extra %+v, level %s", c.Extra, c.Level)
	}
}

// As pySigma 1.5: a temporal correlation with a text as condition, whose rules may then be left out.
func TestExtendedCondition(t *testing.T) {
	collection, list := parseText("title: t\ncorrelation:\n  type: temporal\n  group-by: a\n  timespan: 5m\n  condition: (x or y-1) and not x\n")
	expectCodes(t, list, "")
	c := collection.Correlations[0]
	if c.Type != "temporal_extended" || fmt.Sprint(textValues(c.Rules)) != "[x y-1]" || shape(c.Extended.Expr) != "and(or(x y-1) not(x))" {
		t.Errorf("type %s, rules %v, condition %s", c.Type, c.Rules, shape(c.Extended.Expr))
	}
	if got := c.Rules[1].Span.Text(); got != "y-1" {
		t.Errorf("the rule has the place of %q", got)
	}
}

func TestTimespans(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "15m": 15 * time.Minute, "1h": time.Hour, "7d": 7 * 24 * time.Hour, "90m": 90 * time.Minute,
		"2w": 14 * 24 * time.Hour, "1M": 2629746 * time.Second, "1y": 31556952 * time.Second,
		"0s": 0, "-1h": 0, "1": 0, "h": 0, "1 h": 0, "1.5h": 0, "1H": 0, "1h30m": 0, "+1h": 0, "99999999999d": 0, "300y": 0,
	} {
		_, list := parseText("title: t\ncorrelation: {type: temporal, rules: [x], group-by: a, timespan: " + text + "}\n")
		r := &reader{}
		if got := r.timespan(Text{Value: text}); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
		if list.HasErrors() != (want == 0) {
			t.Errorf("%s: %s", text, codes(list))
		}
	}
}

func TestCorrelationFaults(t *testing.T) {
	const start = "title: t\ncorrelation: {group-by: [a], "
	for text, want := range map[string]string{
		"type: event_count, rules: [x], timespan: 1h}":                                                     "2:14 error missing-in-correlation",
		"type: event_count, timespan: 1h, condition: {gt: 1}}":                                             "2:14 error missing-in-correlation",
		"type: event_count, rules: [x], condition: {gt: 1}}":                                               "2:14 error missing-in-correlation",
		"rules: [x], timespan: 1h, condition: {gt: 1}}":                                                    "2:14 error missing-in-correlation",
		"type: event_cont, rules: [x], timespan: 1h, condition: {gt: 1}}":                                  "2:36 error unknown-correlation-type",
		"type: event_count, rules: [x], timespan: 1h, condition: {}}":                                      "2:86 error condition-without-bound",
		"type: event_count, rules: [x], timespan: 1h, condition: {gt: many}}":                              "2:91 error invalid-value",
		"type: event_count, rules: [x], timespan: 1h, condition: {gth: 1}}":                                "2:87 error unknown-operator",
		"type: event_count, rules: [x], timespan: 1h, condition: x and y}":                                 "2:86 error wrong-condition",
		"type: event_count, rules: [x], timespan: 1h, condition: {gt: 1, field: f}}":                       "2:101 warning unused-in-condition",
		"type: value_count, rules: [x], timespan: 1h, condition: {gt: 1}}":                                 "2:86 error missing-field",
		"type: value_count, rules: [x], timespan: 1h, condition: {gt: 1, field: [f, g]}}":                  "",
		"type: value_sum, rules: [x], timespan: 1h, condition: {gt: 1, field: [f, g]}}":                    "2:103 error too-many-fields",
		"type: value_percentile, rules: [x], timespan: 1h, condition: {gt: 1, field: f}}":                  "2:91 error missing-percentile",
		"type: value_percentile, rules: [x], timespan: 1h, condition: {gt: 1, field: f, percentile: 101}}": "2:121 error invalid-percentile",
		"type: temporal, rules: [x, x], timespan: 1h}":                                                     "2:57 warning duplicate-reference",
		"type: temporal, rules: [x], timespan: 1h, condition: x and y}":                                    "2:89 error rule-not-listed",
		"type: temporal, rules: [x, y], timespan: 1h, condition: x}":                                       "2:57 error rule-not-in-condition",
		"type: temporal, rules: [x], timespan: 1h, aliases: {a: {y: f}}}":                                  "2:86 warning unknown-alias-rule",
		"type: temporal, rules: [x], timespan: 1h, aliases: [a]}":                                          "2:81 error wrong-aliases",
		"type: temporal_extended, rules: [x], timespan: 1h}":                                               "2:14 error missing-in-correlation",
		"type: temporal_extended, rules: [x], timespan: 1h, condition: {gt: 1}}":                           "2:92 error wrong-condition",
		"type: temporal, rules: [x], timespan: 1h, condition: {gte: 2}}":                                   "",
		"type: temporal, rules: [x], timespan: 1h, generate: maybe}":                                       "2:82 warning wrong-type",
	} {
		collection, list := parseText(start + text + "\n")
		expectCodes(t, list, want)
		if loaded := len(collection.Correlations) == 1; loaded == list.HasErrors() {
			t.Errorf("%s: loaded is %v", text, loaded)
		}
	}
	_, list := parseText("title: t\ncorrelation: {type: temporal, rules: [x], timespan: 1h}\n")
	expectCodes(t, list, "2:14 warning no-group-by")
}
