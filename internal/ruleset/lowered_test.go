package ruleset_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// query returns a query for events whose field has a text.
func query(field, text string) *ir.Query {
	return &ir.Query{Where: &ir.StringExpr{Field: ir.Field{Name: field}, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}}}}
}

// patterns returns rules of another front end, without a Sigma file.
func patterns() *ruleset.Lowered {
	log := schema.LogSource{Product: "aws", Service: "cloudtrail"}
	return &ruleset.Lowered{
		Rules: []*ruleset.Rule{
			{Info: ruleset.Info{ID: "indicator--1", Title: "Known address", Tags: []string{"attack.t1078"}, Level: "high"}, LogSource: log,
				Query: query("sourceIPAddress", "203.0.113.7")},
			{Info: ruleset.Info{Title: "Key made", Path: "bundle.json"}, LogSource: log, Query: query("eventName", "CreateAccessKey")},
			{Info: ruleset.Info{ID: "indicator--2", Title: "Other cloud"}, LogSource: schema.LogSource{Product: "othercloud"}, Query: query("a", "b")},
		},
		Correlations: []*ruleset.Correlation{{
			Info: ruleset.Info{ID: "indicator--3", Title: "Many keys"},
			IR: &ir.Correlation{Type: ir.EventCount, Timespan: time.Hour, Bases: []ir.Base{{Reference: ir.Reference{Index: 1}}},
				Bounds: []ir.Bound{{Op: ir.BoundGreaterEqual, Text: "2"}}},
		}},
	}
}

// sigmaRule comes before the others in a set and shifts their indexes. Its filter applies to all rules of the log source.
const sigmaRule = `title: By Sigma
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: ConsoleLogin}
  condition: selection
---
title: Not the scanner
logsource: {product: aws}
filter:
  rules: any
  selection: {userAgent: scanner}
  condition: not selection
`

func loadLowered(t *testing.T, opt ruleset.Options) *ruleset.Set {
	t.Helper()
	opt.CheckCorrelation = correlate.Check
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"a.yml": {Data: []byte(sigmaRule)}}}}, opt)
	if err != nil || len(list) > 0 {
		t.Fatal(err, list)
	}
	return set
}

// Lowered rules match events, filters apply to them, and correlations count them, as for Sigma rules.
func TestLoadAddsLoweredRules(t *testing.T) {
	lowered := patterns()
	set := loadLowered(t, ruleset.Options{Lowered: []*ruleset.Lowered{lowered}})
	compiled := set.Compile(schema.ByName("cloudtrail"))
	matcher := compiled.Program.NewMatcher()
	for event, want := range map[string][]string{
		`{"eventName":"ConsoleLogin"}`:                                                                  {"By Sigma"},
		`{"eventName":"X","sourceIPAddress":"203.0.113.7"}`:                                             {"Known address"},
		`{"eventName":"CreateAccessKey","sourceIPAddress":"203.0.113.7"}`:                               {"Key made", "Known address"},
		`{"eventName":"CreateAccessKey","sourceIPAddress":"203.0.113.7","userAgent":"scanner"}`:         nil,
		`{"eventName":"CreateAccessKey","sourceIPAddress":"203.0.113.8","additionalEventData":{"a":1}}`: {"Key made"},
	} {
		doc, err := new(value.Parser).Parse([]byte(event))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, q := range matcher.Match(doc) {
			got = append(got, set.Rules[compiled.Rules[q]].Title)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: matched %q, want %q", event, got, want)
		}
	}
	key, many := set.Rules[2], set.Correlations[0]
	if key.Reports || !many.Reports || set.Rules[many.IR.Bases[0].Index] != key {
		t.Errorf("got Reports %v for %q, want false; got Reports %v for %q, want true; bases are %+v", key.Reports, key.Title, many.Reports, many.Title, many.IR.Bases)
	}
	if len(set.Skipped) != 1 || set.Skipped[0].ID != "indicator--2" || set.Skipped[0].Reason != ruleset.UnknownLogSource {
		t.Errorf("got skipped %+v, want only indicator--2", set.Skipped)
	}
	if known := set.Rules[1]; known.Level != "high" || !slices.Equal(known.Attack, []string{"T1078"}) || key.Level != "medium" || len(key.ID) != 36 {
		t.Errorf("got infos\n%+v\n%+v", known.Info, key.Info)
	}
	if given := lowered.Rules[1]; given.ID != "" || lowered.Correlations[0].IR.Bases[0].Index != 1 {
		t.Errorf("Load modified its argument: %+v", given)
	}
}

// Back ends support rules without a file and positions.
func TestLoweredRulesAreConvertedToSQL(t *testing.T) {
	set := loadLowered(t, ruleset.Options{Lowered: []*ruleset.Lowered{patterns()}})
	for layoutName, want := range map[string]string{
		"cloudtrail/athena": "Known address: ; Many keys: ; Key made counted; By Sigma: ; ",
		"vpcflow/athena":    "Known address: unknown-log-source; Many keys: unknown-log-source; By Sigma: unknown-log-source; ",
	} {
		layout, err := schema.FindLayout(schema.All(), layoutName)
		if err != nil {
			t.Fatal(err)
		}
		opt := sqlgen.Options{Dialect: sqlgen.DialectByName("athena"), Layout: layout, Table: "t"}
		got := ""
		for _, r := range convert.ToSQL(set, opt) {
			got += r.Title + ": " + r.Reason() + "; "
			if r.Title == "Many keys" && strings.Contains(r.Query, "'createaccesskey'") {
				got += "Key made counted; "
			}
			if (r.Query == "") == (r.Fault() == "") {
				t.Errorf("%s: got query %q and fault %q, want exactly one of them", r.Title, r.Query, r.Fault())
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", layoutName, got, want)
		}
		p := plan.Build(set, layout, plan.Options{Dialect: opt.Dialect, Table: "t", CountFrom: 2})
		if rules := len(p.Statements) > 0; rules != (layoutName == "cloudtrail/athena") || len(p.CannotRun) > 0 {
			t.Errorf("%s: got %d statements, cannot run %v", layoutName, len(p.Statements), p.CannotRun)
		}
	}
}

func TestOptionsApplyToLoweredRules(t *testing.T) {
	for name, c := range map[string]struct {
		opt  ruleset.Options
		want []ruleset.Reason
	}{
		"excluded":     {ruleset.Options{Exclude: []string{"T1078"}}, []ruleset.Reason{ruleset.Excluded}},
		"disabled":     {ruleset.Options{Disabled: []string{"INDICATOR--1"}}, []ruleset.Reason{ruleset.Disabled}},
		"same id":      {ruleset.Options{Lowered: []*ruleset.Lowered{patterns()}}, []ruleset.Reason{ruleset.DuplicateID}},
		"not included": {ruleset.Options{Include: []string{"indicator--3"}}, []ruleset.Reason{ruleset.NotIncluded}},
	} {
		c.opt.Lowered = append([]*ruleset.Lowered{patterns()}, c.opt.Lowered...)
		c.opt.CheckCorrelation = correlate.Check
		set, _, err := ruleset.Load(t.Context(), nil, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		var got []ruleset.Reason
		for _, s := range set.Skipped {
			if s.ID == "indicator--1" {
				got = append(got, s.Reason)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got reasons %q, want %q", name, got, c.want)
		}
	}
}

// The fingerprint of rules without a text depends on their queries.
func TestFingerprintOfLoweredRules(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(lo *ruleset.Lowered){
		"unchanged":         func(*ruleset.Lowered) {},
		"another query":     func(lo *ruleset.Lowered) { lo.Rules[0].Query = query("sourceIPAddress", "203.0.113.9") },
		"another timespan":  func(lo *ruleset.Lowered) { lo.Correlations[0].IR.Timespan = time.Minute },
		"another condition": func(lo *ruleset.Lowered) { lo.Correlations[0].IR.Bounds[0].Text = "3" },
	} {
		lo := patterns()
		change(lo)
		sum := loadLowered(t, ruleset.Options{Lowered: []*ruleset.Lowered{lo}}).Fingerprint()
		if other, ok := seen[sum]; ok {
			t.Errorf("%s has the same fingerprint as %s", name, other)
		}
		seen[sum] = name
	}
}
