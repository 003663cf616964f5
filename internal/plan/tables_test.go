package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// rulesText loads rules from one file.
func rulesText(t *testing.T, text string) *ruleset.Set {
	t.Helper()
	return loadOnly(t, fstest.MapFS{"rules.yml": {Data: []byte(text)}})
}

const (
	readsRule = `title: Reads
name: reads
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: GetObject}
  condition: selection
`
	flowsRule = `---
title: Rejected
name: flows
logsource: {product: aws, service: vpcflow}
detection:
  selection: {action: REJECT}
  condition: selection
`
	bothRule = `---
title: Reads and rejected
name: both
correlation:
  type: temporal
  rules: [reads, flows]
  group-by: [address]
  aliases:
    address: {reads: sourceIPAddress, flows: srcaddr}
  timespan: 1h
`
)

// tablesOf returns tables of layouts, where "X without Y" omits column Y.
func tablesOf(t *testing.T, names ...string) []plan.Table {
	var tables []plan.Table
	for _, name := range names {
		name, without, _ := strings.Cut(name, " without ")
		p := layoutOf(t, name)
		opt := athena(plan.Options{Table: "t", CountFrom: 2})
		for _, c := range slices.Concat(p.Columns, p.PartitionedBy) {
			if c.Name != without {
				opt.Columns = append(opt.Columns, c.Name)
			}
		}
		tables = append(tables, plan.Table{Layout: p, Options: opt})
	}
	return tables
}

// outline returns the kinds of a plan's statements with the titles of their rules and correlations, and those that cannot run.
func outline(set *ruleset.Set, p *plan.Plan) string {
	var parts []string
	for _, s := range p.Statements {
		var titles []string
		for _, i := range s.Rules {
			titles = append(titles, set.Rules[i].Title)
		}
		for _, i := range s.Correlations {
			titles = append(titles, set.Correlations[i].Title)
		}
		parts = append(parts, s.Kind.String()+": "+strings.Join(titles, ", "))
	}
	for _, c := range p.CannotRun {
		title := ""
		if c.Correlation {
			title += set.Correlations[c.Index].Title
		} else {
			title += set.Rules[c.Index].Title
		}
		if c.Elsewhere {
			title += " here"
		}
		parts = append(parts, title+" cannot: "+c.Reason)
	}
	return strings.Join(parts, "; ")
}

// The events that a correlation counts may be in several tables.
func TestBuildAllPlansSeveralTables(t *testing.T) {
	wide := "---\ntitle: Anything\nname: anything\nlogsource: {product: aws}\ndetection:\n  selection: {region: eu-west-1}\n  condition: selection\n" +
		"---\ntitle: Many\ncorrelation: {type: event_count, rules: [anything], group-by: [region], timespan: 1h, condition: {gte: 50}}\n"
	many := "---\ntitle: Many reads\ncorrelation: {type: event_count, rules: [reads], group-by: [userIdentity.arn, errorCode], timespan: 1h, condition: {gte: 50}}\n"
	for _, test := range []struct {
		name, rules string
		tables      []string
		want        []string
	}{
		{
			"rules in two tables come as rows", readsRule + flowsRule + bothRule,
			[]string{"cloudtrail/athena", "vpcflow/athena"},
			[]string{"rows: Reads", "rows: Rejected"},
		},
		{
			"the other table is not there", readsRule + flowsRule + bothRule,
			[]string{"cloudtrail/athena"},
			[]string{"rows: Reads"},
		},
		{
			"a column is missing in one of them", readsRule + flowsRule + bothRule,
			[]string{"cloudtrail/athena", "vpcflow/athena without action"},
			[]string{"", "Rejected cannot: column action is not in the table; Reads and rejected cannot: column action is not in the table"},
		},
		{
			"a field of the group is missing in one of them", readsRule + flowsRule + bothRule,
			[]string{"cloudtrail/athena without sourceipaddress", "vpcflow/athena"},
			[]string{"Reads and rejected cannot: column sourceipaddress is not in the table", ""},
		},
		{"one table counts", many + "---\n" + readsRule, []string{"cloudtrail/athena"}, []string{"counts: Reads, Many reads"}},
		{
			"a table beside it of another log", many + "---\n" + readsRule, []string{"cloudtrail/athena", "vpcflow/athena"},
			[]string{"counts: Reads, Many reads", ""},
		},
		{
			"two tables of one log do not count alone", many + "---\n" + readsRule, []string{"cloudtrail/athena", "cloudtrail/lake"},
			[]string{"rows: Reads", "rows: Reads"},
		},
		{
			"two tables of one log, of which one lacks a field of the group", many + "---\n" + readsRule,
			[]string{"cloudtrail/athena", "cloudtrail/athena without errorcode"},
			[]string{"", "Many reads cannot: column errorcode is not in the table"},
		},
		{"a rule that sees one of two tables", wide, []string{"vpcflow/athena"}, []string{"counts: Anything, Many"}},
		{"a rule that sees both tables", wide, []string{"vpcflow/athena", "vpcflow/athena-manual"}, []string{"rows: Anything", "rows: Anything"}},
	} {
		set := rulesText(t, test.rules)
		var got []string
		for _, p := range plan.BuildAll(set, tablesOf(t, test.tables...)) {
			got = append(got, outline(set, p))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	// A rule with findings runs on the tables that have its columns.
	set := rulesText(t, readsRule)
	plans := plan.BuildAll(set, tablesOf(t, "cloudtrail/athena without eventname", "cloudtrail/athena"))
	if a, z := outline(set, plans[0]), outline(set, plans[1]); a != "Reads here cannot: column eventname is not in the table" || z != "rows: Reads" {
		t.Errorf("got %q and %q, want the rule only on the second table", a, z)
	}
}

// chain returns rules in which a correlation counts another one.
func chain(inner, outer string) string {
	return readsRule + "---\ntitle: Inner\nname: inner\ncorrelation: {type: event_count, rules: [reads], group-by: [userIdentity.arn], timespan: 1h, condition: {" + inner + "}}\n" +
		"---\ntitle: Outer\ncorrelation: {rules: [inner], timespan: 1d, " + outer + "}\n"
}

// A correlation reads group fields of a counted correlation from its findings, and other fields from the evidence, so rows
// must contain them.
func TestRowsContainFieldsOfChains(t *testing.T) {
	addresses := "type: value_count, group-by: [userIdentity.arn], condition: {field: sourceIPAddress, gte: 2}"
	for _, test := range []struct {
		name, rules, want string
		columns           []string // at least; "-" before those that must not be there
	}{
		{"counted", chain("gte: 50", addresses), "counts: Reads, Inner", []string{"eventID", "eventTime", "userIdentity.arn", "sourceIPAddress"}},
		{
			"counted, by the group alone", chain("gte: 50", "type: event_count, group-by: [userIdentity.arn], condition: {gte: 2}"), "counts: Reads, Inner",
			[]string{"userIdentity.arn", "-vpcEndpointId"},
		},
		{"as rows", chain("gte: 1", "type: value_count, group-by: [userIdentity.arn], condition: {field: requestParameters.key, gte: 2}"), "rows: Reads", []string{"requestParameters"}},
		{
			"over two steps", chain("gte: 50", "type: event_count, group-by: [userIdentity.arn], condition: {gte: 2}") +
				"---\ntitle: Top\ncorrelation: {type: event_count, rules: [outer], group-by: [vpcEndpointId], timespan: 7d, condition: {gte: 2}}\n",
			"counts: Reads, Inner", []string{"userIdentity.arn", "vpcEndpointId"},
		},
		{
			"of a field that the table lacks", chain("gte: 50", "type: event_count, group-by: [managementEvent], condition: {gte: 2}"),
			"counts: Reads, Inner; Outer cannot: field managementEvent has no column in cloudtrail/athena", []string{"userIdentity.arn", "-managementEvent"},
		},
	} {
		set := rulesText(t, strings.Replace(test.rules, "title: Outer\n", "title: Outer\nname: outer\n", 1))
		p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{}))
		if got := outline(set, p); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			continue
		}
		var names []string
		for _, c := range p.Statements[0].Columns {
			names = append(names, c.Name)
		}
		for _, name := range test.columns {
			if name, not := strings.CutPrefix(name, "-"); slices.Contains(names, name) == not {
				t.Errorf("%s: got columns %q, want %s present: %v", test.name, names, name, !not)
			}
		}
		if p.Statements[0].Kind != plan.Counts {
			continue
		}
		// The column must not be NULL in all rows.
		text := flat(p.Statements[0].SQL(plan.Chunk{}))
		for _, name := range test.columns[max(0, len(test.columns)-1):] {
			if name[0] != '-' && !strings.Contains(text, "AS "+name) && !strings.Contains(text, `AS "`+name+`"`) {
				t.Errorf("%s: got no column %s in %s", test.name, name, text)
			}
		}
	}
}

// Context selects by principal and time, in statements that do not exceed the limits of engines.
func TestContextSelectsByPrincipal(t *testing.T) {
	set := rulesText(t, readsRule)
	p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{From: at("2026-02-06T00:00:00Z"), To: at("2026-02-07T00:00:00Z")}))
	list := p.Context([]string{"arn:aws:iam::111122223333:user/a'b", "two"}, at("2026-02-05T23:00:00Z"), at("2026-02-06T01:00:00Z"))
	if len(list) != 1 || list[0].Kind != plan.Context || list[0].Label() != "events of 2 principals" {
		t.Fatalf("%d statements", len(list))
	}
	chunks := list[0].Chunks(day)
	if fmt.Sprint(chunks) != "[2026-02-06 to 2026-02-07 2026-02-05]" {
		t.Errorf("%v", chunks)
	}
	text := list[0].SQL(chunks[0])
	for _, part := range []string{
		"useridentity.arn IN ('arn:aws:iam::111122223333:user/a''b', 'two')", "'2026/02/06'", "'2026/02/07'", "2026-02-05T23:00:00", "eventname",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	if strings.Contains(text, "GetObject") {
		t.Errorf("got predicates of rules in\n%s", text)
	}
	// Names may be long.
	names := make([]string, 500)
	for i := range names {
		names[i] = fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/%s/%d", strings.Repeat("x", 1500), i)
	}
	listed := 0
	for _, s := range p.Context(names, time.Time{}, time.Time{}) {
		text := s.SQL(plan.Chunk{From: at("2026-02-06T00:00:00Z"), To: at("2026-02-07T00:00:00Z")})
		if len(text) > 262_144 {
			t.Errorf("%d bytes", len(text))
		}
		for i := range names {
			if strings.Contains(text, names[i]+"'") {
				listed++
			}
		}
		if a, z, ok := p.Split(s); ok && (len(a.SQL(plan.Chunk{})) >= len(text) || len(z.SQL(plan.Chunk{})) >= len(text)) {
			t.Error("the halves of a split statement are not shorter")
		}
	}
	if listed < len(names) {
		t.Errorf("got %d of %d names in statements", listed, len(names))
	}
	if p.Context(nil, time.Time{}, time.Time{}) != nil {
		t.Error("got a statement without principals")
	}
	nobody := *layoutOf(t, "cloudtrail/athena")
	source := *nobody.Schema
	source.Principal = nil
	nobody.Schema = &source
	if plan.Build(set, &nobody, athena(plan.Options{})).Context([]string{"a"}, time.Time{}, time.Time{}) != nil {
		t.Error("got a statement for a log without principals")
	}
}

// If events have no readable time, statements return it in a separate column.
func TestRebuilderReadsTimeColumn(t *testing.T) {
	want := at("2026-02-06T01:02:03Z")
	for _, test := range []struct {
		layout string
		cell   any // of the time column
		ok     bool
	}{
		{"vpcflow/athena", want.Unix(), true},
		{"vpcflow/athena", fmt.Sprint(want.Unix()), true}, // as Athena returns it
		{"vpcflow/security-lake-v2", want, true},
		{"vpcflow/security-lake-v2", "2026-02-06 01:02:03.000", true},
		{"waf/athena", want.UnixMilli(), true},
		{"waf/files", fmt.Sprintf(`{"timestamp":%d}`, want.UnixMilli()), true},
		{"waf/files", `{"timestamp":`, false},
		{"s3access/athena", "06/Feb/2026:02:02:03 +0100", true},
		{"s3access/athena", "nonsense", false},
		{"vpcflow/athena", int64(1) << 62, false},
		{"vpcflow/athena", nil, false},
	} {
		columns := contextColumns(t, test.layout)
		beside := slices.IndexFunc(columns, func(c plan.Column) bool { return c.Time })
		if beside < 0 {
			t.Errorf("%s: got no time column", test.layout)
			continue
		}
		row := make([]any, len(columns))
		row[beside] = test.cell
		if got, ok := plan.NewRebuilder(columns).Time(row); ok != test.ok || ok && !got.Equal(want) {
			t.Errorf("%s: %v: got %v, %v", test.layout, test.cell, got, ok)
		}
	}
	for _, layout := range []string{"cloudtrail/athena", "cloudtrail/lake", "cloudtrail/security-lake-v1", "cloudtrail/security-lake-v2", "alb/athena", "eks/security-lake-v2"} {
		columns := contextColumns(t, layout)
		if slices.ContainsFunc(columns, func(c plan.Column) bool { return c.Time }) {
			t.Errorf("%s: got a time column although the event contains the time", layout)
		}
		if _, ok := plan.NewRebuilder(columns).Time(make([]any, len(columns))); ok {
			t.Errorf("%s: got a time without a time column", layout)
		}
	}
}

// contextColumns returns the columns that reports need of a table.
func contextColumns(t *testing.T, layout string) []plan.Column {
	list := plan.Build(rulesText(t, readsRule), layoutOf(t, layout), athena(plan.Options{})).Context([]string{"somebody"}, time.Time{}, time.Time{})
	if len(list) != 1 {
		t.Fatalf("%s: %d statements", layout, len(list))
	}
	return list[0].Columns
}
