package convert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// rule returns the text of a rule with a title, a log source, further lines, and one selection.
func rule(title, logSource, lines, selection string) string {
	return fmt.Sprintf("title: %s\n%slogsource: {%s}\ndetection:\n  selection: {%s}\n  condition: selection\n", title, lines, logSource, selection)
}

// count returns the text of a correlation that counts the rules with the given names.
func count(title, lines, name string) string {
	return fmt.Sprintf("title: %s\n%scorrelation: {type: event_count, rules: [%s], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 3}}\n", title, lines, name)
}

const (
	cloudtrail = "product: aws, service: cloudtrail"
	flow       = "product: aws, service: vpc_flow_logs"
)

func load(t *testing.T, opt ruleset.Options, files map[string]string) (*ruleset.Set, diag.List) {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: folder}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return set, list
}

func athena(t *testing.T, layout string) sqlgen.Options {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), layout)
	if err != nil {
		t.Fatal(err)
	}
	return sqlgen.Options{Dialect: sqlgen.DialectByName("athena"), Layout: p}
}

// both runs check on the results of ToSQL and of ToPackedSQL.
func both(t *testing.T, set *ruleset.Set, opt sqlgen.Options, check func(t *testing.T, results []convert.Result)) {
	t.Helper()
	t.Run("separate", func(t *testing.T) { check(t, convert.ToSQL(set, opt)) })
	t.Run("packed", func(t *testing.T) { check(t, convert.ToPackedSQL(set, opt)) })
}

// titles returns the titles of results, followed by the reason for results without a query.
func titles(results []convert.Result) []string {
	var list []string
	for i := range results {
		text := results[i].Title
		if results[i].Query == "" {
			text += ": " + results[i].Reason()
		}
		list = append(list, text)
	}
	return list
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The service cloudtrail_s3 consists of the data events of one event source, which the rules do not name. The service
// cloudtrail is the whole log.
func TestQueriesIncludeLogSourceCondition(t *testing.T) {
	for service, want := range map[string]bool{"cloudtrail_s3": true, "cloudtrail": false} {
		set, _ := load(t, ruleset.Options{}, map[string]string{
			"rule.yml":  rule("Rule", "product: aws, service: "+service, "", "eventName: GetObject"),
			"base.yml":  rule("Base", "product: aws, service: "+service, "name: base\n", "eventName: PutObject"),
			"count.yml": count("Many", "", "base"),
		})
		both(t, set, athena(t, "cloudtrail/lake"), func(t *testing.T, results []convert.Result) {
			expect(t, titles(results), "Many", "Rule")
			for _, r := range results {
				if got := strings.Contains(r.Query, "'s3.amazonaws.com'"); got != want {
					t.Errorf("%s of service %s: got condition on the event source %v, want %v", r.Title, service, got, want)
				}
			}
		})
	}
}

func TestRuleOfAnotherLogSourceIsRefused(t *testing.T) {
	set, _ := load(t, ruleset.Options{}, map[string]string{
		"a.yml": rule("Flow", flow, "", "dstport: 22"),
		"b.yml": rule("Trail", cloudtrail, "", "eventName: A"),
	})
	both(t, set, athena(t, "cloudtrail/athena"), func(t *testing.T, results []convert.Result) {
		expect(t, titles(results), "Flow: unknown-log-source", "Trail")
		d := results[0].Diagnostics
		if len(d) != 1 || d[0].Span.Text() != "Flow" ||
			d[0].Message != "cloudtrail/athena has no events of this log source (product aws, service vpc_flow_logs)" {
			t.Errorf("%v", d)
		}
		if results[0].NotLoaded || results[0].Reference != (ir.Reference{Index: 0}) || results[1].Reference != (ir.Reference{Index: 1}) {
			t.Errorf("got %+v, want loaded rules with references 0 and 1", results)
		}
	})
}

// A correlation is one query on one table. All rules that it counts, directly or through other correlations, must be of the
// table's log source.
func TestCorrelationOverAnotherLogSourceIsRefused(t *testing.T) {
	files := map[string]string{
		"flow.yml":  rule("Flow", flow, "name: flow\n", "dstport: 22"),
		"trail.yml": rule("Trail", cloudtrail, "name: trail\n", "eventName: A"),
		"z1.yml":    count("Of the trail", "", "trail"),
		"z2.yml":    count("Of both", "", "trail, flow"),
		"z3.yml":    count("Of flows", "name: flows\n", "flow"),
		"z4.yml":    count("Chain", "", "flows"),
	}
	set, list := load(t, ruleset.Options{}, files)
	if len(list) > 0 {
		t.Fatal(list)
	}
	both(t, set, athena(t, "cloudtrail/athena"), func(t *testing.T, results []convert.Result) {
		expect(t, titles(results), "Of the trail", "Of both: unknown-log-source", "Chain: unknown-log-source")
		if d := results[1].Diagnostics; d[0].Span.Text() != "Of both" || !strings.Contains(d[0].Message, "of a rule that the correlation counts") {
			t.Errorf("%v", d)
		}
	})
}

// A rule that a correlation counts has no query of its own without `generate: true`.
func TestOnlyReportingRulesAreConverted(t *testing.T) {
	for generate, want := range map[string][]string{"false": {"Many"}, "true": {"Base", "Many"}} {
		set, _ := load(t, ruleset.Options{}, map[string]string{
			"base.yml":  rule("Base", cloudtrail, "name: base\n", "eventName: A"),
			"count.yml": strings.Replace(count("Many", "", "base"), "{type:", "{generate: "+generate+", type:", 1),
		})
		both(t, set, athena(t, "cloudtrail/athena"), func(t *testing.T, results []convert.Result) {
			expect(t, titles(results), want...)
			if last := results[len(results)-1].Reference; last != (ir.Reference{Index: 0, Correlation: true}) {
				t.Errorf("got reference %+v, want correlation 0", last)
			}
		})
	}
}

// Results of rules and correlations are in the order of files and documents.
func TestResultsAreInFileOrder(t *testing.T) {
	files := map[string]string{
		"a.yml": count("A1", "", "base") + "---\n" + rule("A2", cloudtrail, "", "eventName: A") + "---\n" + rule("Base", cloudtrail, "name: base\n", "eventName: B"),
		"b.yml": rule("B1", flow, "", "dstport: 22") + "---\n" + count("B2", "", "base"),
		"c.yml": rule("C1", cloudtrail, "", "eventName: C"),
	}
	set, _ := load(t, ruleset.Options{}, files)
	both(t, set, athena(t, "cloudtrail/athena"), func(t *testing.T, results []convert.Result) {
		expect(t, titles(results), "A1", "A2", "B1: unknown-log-source", "B2", "C1")
	})
	results := convert.ToPackedSQL(set, athena(t, "cloudtrail/athena"))
	if results[1].Pack == 0 || results[1].Pack != results[4].Pack || results[1].Query != results[4].Query || results[0].Pack == results[3].Pack || results[2].Pack != 0 {
		t.Errorf("got packs %d %d %d %d %d, want one shared by the rules", results[0].Pack, results[1].Pack, results[2].Pack, results[3].Pack, results[4].Pack)
	}
}

// Converted rules, refused rules, and files with errors outside of known rules have results; the latter come before the rules
// of their file. Rules that the options exclude are counted.
func TestAllHasResultForEveryRule(t *testing.T) {
	files := map[string]string{
		"a.yml": rule("Open", cloudtrail, "", "eventName|expand: '%names%'"),
		"b.yml": rule("Fine", cloudtrail, "", "eventName: A") + "---\n" + rule("Wrong", cloudtrail, "", "eventName|re: '('") + "---\n" + rule("Unread", cloudtrail, "", "eventName|contain: A"),
		"c.yml": rule("Elsewhere", "product: plan9", "name: nine\n", "a: b"),
		"d.yml": count("Counts it", "", "nine"),
		"e.yml": "title: [\n",
		"f.yml": rule("Old", cloudtrail, "status: deprecated\n", "eventName: A"),
		"g.yml": rule("Low", cloudtrail, "level: low\n", "eventName: A"),
		"h.yml": rule("Off", cloudtrail, "id: 0a1b2c3d-0000-4000-8000-000000000001\n", "eventName: A"),
	}
	set, list := load(t, ruleset.Options{MinLevel: "medium", Disabled: []string{"0a1b2c3d-0000-4000-8000-000000000001"}}, files)
	for _, pack := range []bool{false, true} {
		outcome := convert.All(set, list, athena(t, "cloudtrail/athena"), pack, nil)
		expect(t, titles(outcome.Results), "Open: unresolved-placeholder", ": unknown-modifier", "Fine", "Wrong: invalid-regex", "Elsewhere: unknown-log-source",
			"Counts it: base-skipped", ": yaml-syntax")
		notLoaded := map[string]bool{"Wrong": true, "": true}
		for _, r := range outcome.Results {
			if r.NotLoaded != notLoaded[r.Title] || (r.Reference.Index < 0) == (r.Title == "Fine") {
				t.Errorf("%q: got NotLoaded %v, reference %+v", r.Title, r.NotLoaded, r.Reference)
			}
		}
		if last := outcome.Results[6]; last.Path != "e.yml" || !last.Diagnostics.HasErrors() {
			t.Errorf("invalid YAML: got %+v, want an error in e.yml", last)
		}
		if want := fmt.Sprint(map[ruleset.Reason]int{ruleset.StatusDeprecated: 1, ruleset.BelowLevel: 1, ruleset.Disabled: 1}); fmt.Sprint(outcome.LeftOut) != want {
			t.Errorf("got left out %v, want %s", outcome.LeftOut, want)
		}
		if fault := outcome.Results[3].Fault(); !strings.HasPrefix(fault, "b.yml:10:29: ") || !strings.HasSuffix(fault, "[invalid-regex]") {
			t.Errorf("got fault %q, want invalid-regex at b.yml:10:29", fault)
		}
	}
}

// A rule whose query is too long is refused. A packed statement that is too long is split before.
func TestTooLongQueryIsRefused(t *testing.T) {
	set, _ := load(t, ruleset.Options{}, map[string]string{
		"a.yml": rule("A", cloudtrail, "", "eventName: A"), "b.yml": rule("B", cloudtrail, "", "eventName: B"),
		"c.yml": rule("Long", cloudtrail, "", "eventName: "+strings.Repeat("x", 5000)),
	})
	opt := athena(t, "cloudtrail/athena")
	dialect := *opt.Dialect
	opt.Dialect = &dialect
	one := convert.ToPackedSQL(set, opt)
	if one[0].Pack != 1 || one[2].Pack != 1 {
		t.Fatalf("got packs %d and %d, want 1 for both", one[0].Pack, one[2].Pack)
	}
	dialect.MaxBytes = 5000
	both(t, set, opt, func(t *testing.T, results []convert.Result) {
		expect(t, titles(results), "A", "B", "Long: query-too-long")
		for _, r := range results[:2] {
			if len(r.Query) > dialect.MaxBytes {
				t.Errorf("%s: got %d bytes, want at most %d", r.Title, len(r.Query), dialect.MaxBytes)
			}
		}
	})
}

// A rule's list of fields determines the columns of its query and their order.
func TestQueryReturnsFieldsOfRule(t *testing.T) {
	set, _ := load(t, ruleset.Options{}, map[string]string{
		"a.yml": rule("A", cloudtrail, "fields: [userAgent, eventName AS action]\n", "eventName: A"),
	})
	query := convert.ToSQL(set, athena(t, "cloudtrail/athena"))[0].Query
	agent, action := strings.Index(query, "useragent"), strings.Index(query, `AS "action"`)
	if agent < 0 || action < agent || strings.Contains(query, "sourceipaddress") {
		t.Errorf("got columns other than useragent and action:\n%s", query)
	}
}

func TestLogSourceTableIsDefaultTable(t *testing.T) {
	for want, source := range map[string]schema.LogSource{
		"aws_cloudtrail":           {Product: "aws", Service: "cloudtrail"},
		"windows_process_creation": {Product: "windows", Category: "process_creation"},
		"my_app_1_web_server":      {Product: "my-app.1", Service: "web server"},
		"events":                   {},
	} {
		if got := convert.LogSourceTable(source); got != want {
			t.Errorf("%v: got %q, want %q", source, got, want)
		}
	}
	set, _ := load(t, ruleset.Options{Schemas: []*schema.Schema{schema.Generic()}}, map[string]string{
		"a.yml": rule("A", "product: one", "", "a: b"), "b.yml": rule("B", "product: two", "", "a: b"),
	})
	opt := athena(t, "generic")
	both(t, set, opt, func(t *testing.T, results []convert.Result) {
		expect(t, titles(results), "A", "B")
		if !strings.Contains(results[0].Query, "FROM one") || !strings.Contains(results[1].Query, "FROM two") {
			t.Errorf("got\n%s\n%s\nwant tables one and two", results[0].Query, results[1].Query)
		}
	})
}
