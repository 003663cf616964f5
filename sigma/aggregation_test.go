package sigma

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const aggregationRule = `title: Many failures
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
level: high
tags: [attack.t1110]
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: ConsoleLogin}
    filter: {userAgent: x}
    timeframe: 15m
    condition: %s
`

// count() counts events, count(field) distinct values, sum(field) adds; min and max are the percentiles 0 and 100.
func TestOldAggregations(t *testing.T) {
	for condition, want := range map[string]string{
		"selection | count() by sourceIPAddress > 5":              "event_count [sourceIPAddress] [] gt 5",
		"selection|count()by a.b>=5":                              "event_count [a.b] [] gte 5",
		"selection | count() > 10":                                "event_count [] [] gt 10",
		"selection and not filter | count(userName) by ip < 3":    "value_count [ip] [userName] lt 3",
		"selection | count(userName) by ip, account <= 3":         "value_count [ip account] [userName] lte 3",
		"selection | sum(bytes) by ip > 300000":                   "value_sum [ip] [bytes] gt 300000",
		"selection | avg(bytes) by ip == 1.5":                     "value_avg [ip] [bytes] eq 1.5",
		"selection | min(bytes) by ip != 1":                       "value_percentile [ip] [bytes] neq 1 at 0",
		"selection | max(bytes) by ip = 1":                        "value_percentile [ip] [bytes] eq 1 at 100",
		"(selection or filter) and not filter | count() BY a > 1": "event_count [a] [] gt 1",
	} {
		collection, list := parseText(fmt.Sprintf(aggregationRule, condition))
		if list.HasErrors() || len(collection.Rules) != 1 || len(collection.Correlations) != 1 {
			t.Errorf("%s: %s", condition, codes(list))
			continue
		}
		base, c := collection.Rules[0], collection.Correlations[0]
		bound := c.Condition.Bounds[0]
		got := fmt.Sprintf("%s %v %v %s %s", c.Type, textValues(c.GroupBy), textValues(c.Condition.Fields), bound.Op, bound.Value)
		if c.Condition.HasPercentile {
			got += fmt.Sprintf(" at %v", c.Condition.Percentile)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", condition, got, want)
		}
		if c.Timespan != 15*time.Minute || c.Generate || c.FromRule != base || !base.Base {
			t.Errorf("%s: timespan %v, generate %v, from %p, base %v", condition, c.Timespan, c.Generate, c.FromRule, base.Base)
		}
		if c.ID != "929a690e-bef0-4204-a928-ef5e620d6fcc" || c.Title != "Many failures" || c.Level != "high" || len(c.Tags) != 1 {
			t.Errorf("%s: the correlation lost its fields: %+v", condition, c.Meta)
		}
		if base.ID == c.ID || base.Name == "" || base.ID != base.Name || c.Rules[0].Value != base.Name {
			t.Errorf("%s: base is %q %q, the correlation names %v", condition, base.ID, base.Name, c.Rules)
		}
		if text := base.Detection.Conditions[0].Text; text != strings.TrimSpace(strings.Split(condition, "|")[0]) {
			t.Errorf("%s: the base has the condition %q", condition, text)
		}
		if len(c.GroupBy) > 0 && c.GroupBy[0].Span.Text() != c.GroupBy[0].Value {
			t.Errorf("%s: group-by has the place of %q", condition, c.GroupBy[0].Span.Text())
		}
		if warned := strings.Contains(codes(list), "no-group-by"); warned != (len(c.GroupBy) == 0) {
			t.Errorf("%s: %s", condition, codes(list))
		}
	}
}

func TestAggregationsWithoutMeaning(t *testing.T) {
	text := fmt.Sprintf(aggregationRule, "selection | count() by a > 5")
	for name, c := range map[string]struct{ text, want string }{
		"no timeframe":  {strings.Replace(text, "    timeframe: 15m\n", "", 1), "9:26 error missing-timeframe"},
		"bad timeframe": {strings.Replace(text, "15m", "15 minutes", 1), "9:16 error invalid-timespan"},
		"near":          {fmt.Sprintf(aggregationRule, "selection | near filter"), "10:28 error near-aggregation"},
		"list":          {fmt.Sprintf(aggregationRule, "[filter, selection | count() by a > 5]"), "10:35 error aggregation-in-list"},
		"filter":        {"title: f\nlogsource: {product: p}\nfilter: {rules: any, s: {a: b}, condition: not s | count() > 1}\n", "3:50 error filter-aggregation"},
		"two shares": {
			"action: global\n" + fmt.Sprintf(aggregationRule, "selection | near filter") + "---\nfields: [a]\n---\nfields: [b]\n",
			"11:28 error near-aggregation\n11:28 error near-aggregation",
		},
	} {
		t.Run(name, func(t *testing.T) {
			collection, list := parseText(c.text)
			expectCodes(t, list, c.want)
			if len(collection.Rules)+len(collection.Correlations)+len(collection.Filters) != 0 {
				t.Error("it is loaded")
			}
		})
	}
}

// Rules of one file that share an id still have base rules of their own.
func TestBaseNamesAreUnique(t *testing.T) {
	collection, list := parseText("action: global\n" + fmt.Sprintf(aggregationRule, "selection | count() by a > 5") +
		"---\nfields: [a]\n---\nfields: [b]\n")
	expectCodes(t, list, "")
	if len(collection.Rules) != 2 || collection.Rules[0].Name == collection.Rules[1].Name {
		t.Fatalf("base rules %+v", collection.Rules)
	}
	for i, c := range collection.Correlations {
		if c.Rules[0].Value != collection.Rules[i].Name || !c.SharedID {
			t.Errorf("correlation %d names %q, shared id %v", i, c.Rules[0].Value, c.SharedID)
		}
	}
}
