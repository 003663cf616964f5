package plan_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// rulesOf loads rules with the given detections.
func rulesOf(t *testing.T, detections ...string) *ruleset.Set {
	t.Helper()
	files := fstest.MapFS{}
	for i, text := range detections {
		files[fmt.Sprintf("%03d.yml", i)] = &fstest.MapFile{Data: []byte("title: Rule\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n" + text)}
	}
	return loadOnly(t, files)
}

func loadOnly(t *testing.T, files fs.FS) *ruleset.Set {
	t.Helper()
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: files}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return set
}

func selects(selection string) string {
	return "  selection: {" + selection + "}\n  condition: selection\n"
}

func athena(opt plan.Options) plan.Options {
	opt.Dialect = sqlgen.DialectByName("athena")
	return opt
}

func TestRowsCombinesSupersets(t *testing.T) {
	set := rulesOf(t,
		selects("eventName: CreateUser, userAgent|contains: curl"),
		selects("eventName: [DeleteUser, createuser], eventSource: iam.amazonaws.com"),
		selects("eventSource: s3.amazonaws.com, userIdentity.arn|re: 'x$'"),
	)
	p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{Table: "logs.trail"}))
	if len(p.Statements) != 1 {
		t.Fatalf("%d statements", len(p.Statements))
	}
	s := p.Statements[0]
	text := s.SQL(plan.Chunk{From: time.Date(2026, 2, 6, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 2, 7, 0, 0, 0, 0, time.UTC)})
	for _, part := range []string{
		"FROM logs.trail", "lower(eventname) IN ('createuser', 'deleteuser')", "eventsource", "'2026/02/06'", `useridentity.arn AS "userIdentity.arn"`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	if got := s.Label(); got != "rows of 3 rules" {
		t.Errorf("got label %q, want rows of 3 rules", got)
	}
	// The native matcher evaluates other conditions later.
	if strings.Contains(text, "curl") || strings.Contains(text, "tlsdetails") {
		t.Errorf("got conditions or columns that no rule needs:\n%s", text)
	}
	// A service alone is not selective, so the third rule has an exact predicate.
	if !slices.Equal(s.Exact, []int{2}) {
		t.Errorf("got exact predicates for %v, want rule 2", s.Exact)
	}
	if got := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{Common: []string{"DeleteUser"}})).Statements[0].Exact; !slices.Equal(got, []int{1, 2}) {
		t.Errorf("with a common action: got exact predicates for %v, want rules 1 and 2", got)
	}
}

func TestBuildReportsRulesThatCannotRun(t *testing.T) {
	set := rulesOf(t,
		selects("eventName: A, managementEvent: true"),
		selects("eventName: B, errorCode: X"),
		selects("eventName: C, userIdentity|contains: root"),
		selects("eventName: D"),
	)
	var columns []string
	for _, c := range layoutOf(t, "cloudtrail/athena").Columns {
		if c.Name != "errorcode" {
			columns = append(columns, strings.ToUpper(c.Name))
		}
	}
	p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{Columns: columns}))
	var got []string
	for _, c := range p.CannotRun {
		got = append(got, fmt.Sprintf("%d %s %s", c.Index, c.Field, c.Column))
	}
	if want := []string{"0 managementEvent ", "1 errorCode errorcode", "2 userIdentity "}; !slices.Equal(got, want) {
		t.Errorf("got cannot run %q, want %q", got, want)
	}
	text := p.Statements[0].SQL(plan.Chunk{})
	if strings.Contains(text, "errorcode") || !slices.Equal(p.Statements[0].Rules, []int{3}) {
		t.Errorf("got rules %v, want only rule 3 without errorcode\n%s", p.Statements[0].Rules, text)
	}
}

func TestCorrelationCannotRunWithoutItsRules(t *testing.T) {
	set := loadOnly(t, fstest.MapFS{"c.yml": {Data: []byte(`title: Base
name: base
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: GetObject, managementEvent: true}
  condition: selection
---
title: Many
correlation:
  type: event_count
  rules: [base]
  group-by: [userIdentity.arn]
  timespan: 1h
  condition: {gte: 50}
`)}})
	p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{}))
	if len(p.Statements) != 0 || len(p.CannotRun) != 2 || !p.CannotRun[1].Correlation || p.CannotRun[1].Field != "managementEvent" {
		t.Errorf("%d statements, cannot run: %+v", len(p.Statements), p.CannotRun)
	}
	// Another table has the field.
	p = plan.Build(set, layoutOf(t, "cloudtrail/lake"), athena(plan.Options{}))
	if len(p.Statements) != 1 || p.Statements[0].Kind != plan.Counts || len(p.CannotRun) != 0 {
		t.Fatalf("%+v", p)
	}
	// The hunt handles the rows of one event together, so they must be adjacent: the statement orders by what identifies it.
	s := p.Statements[0]
	var keys []string
	for i := range s.Keys {
		keys = append(keys, fmt.Sprintf("c%d", i+1))
	}
	text := strings.Join(strings.Fields(s.SQL(plan.Chunk{})), " ")
	if want := " ORDER BY " + strings.Join(keys, ", "); len(keys) < 2 || !strings.HasSuffix(text, want) {
		t.Errorf("want the end %q of\n%s", want, text)
	}
}

func TestLongAndComplexStatementsAreSplit(t *testing.T) {
	if testing.Short() {
		t.Skip("plans thousands of rules: left out with -short")
	}
	const calls = 3000
	// The text would be longer than the engine accepts.
	set := loadOnly(t, manyCalls(calls))
	p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{}))
	rules := 0
	for _, s := range p.Statements {
		rules += len(s.Rules)
		if n := len(s.SQL(plan.Chunk{})); n > 262_144 {
			t.Errorf("%d bytes", n)
		}
	}
	if len(p.Statements) < 2 || rules != calls {
		t.Errorf("%d statements for %d rules", len(p.Statements), rules)
	}

	// If the engine finds statements too complex, Split splits them down to single rules.
	all := loadRules(t, nil)
	public := plan.Build(all, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{}))
	for _, s := range public.Statements {
		single := map[int]int{}
		work := []*plan.Statement{s}
		for len(work) > 0 {
			s := work[0]
			work = work[1:]
			a, z, ok := public.Split(s)
			if ok {
				most := len(s.Exact)/2 + 1
				for _, c := range all.Correlations { // rules of a correlation stay together
					counted := 0
					for _, base := range c.IR.Bases {
						if !base.Correlation && slices.Contains(s.Exact, base.Index) {
							counted++
						}
					}
					most = max(most, counted)
				}
				if s.Kind == plan.Rows && max(len(a.Exact), len(z.Exact)) > most {
					t.Errorf("%d exact predicates are split into %d and %d", len(s.Exact), len(a.Exact), len(z.Exact))
				}
				work = append(work, a, z)
				continue
			}
			for _, i := range append(slices.Clone(s.Correlations), s.Rules...) {
				single[i]++
			}
		}
		served := s.Rules
		if s.Kind == plan.Counts {
			served = s.Correlations
		}
		for _, i := range served {
			if single[i] == 0 {
				t.Errorf("%s: no statement serves %d after splitting", s.Kind, i)
			}
		}
	}
}

// manyCalls returns a file with n rules for actions with long names.
func manyCalls(n int) fs.FS {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "---\ntitle: Call\nid: 00000000-0000-4000-8000-%012d\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s: {eventName: Create%s%d}\n  condition: s\n", i, strings.Repeat("Something", 10), i)
	}
	return fstest.MapFS{"calls.yml": {Data: []byte(b.String())}}
}

func TestLookupSelectsByID(t *testing.T) {
	p := plan.Build(rulesOf(t, selects("eventName: A, requestParameters.x: y")), layoutOf(t, "cloudtrail/athena"), athena(plan.Options{}))
	list := p.Lookup([]string{"id-1", "ID-2'"}, time.Time{}, time.Time{})
	if len(list) != 1 || list[0].Kind != plan.Lookup {
		t.Fatal(list)
	}
	text := list[0].SQL(plan.Chunk{})
	for _, part := range []string{"eventid IN ('id-1', 'ID-2''')", "requestparameters", "sourceipaddress"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
	}
	for _, s := range p.Lookup(ids, time.Time{}, time.Time{}) {
		if n := len(s.SQL(plan.Chunk{})); n > 262_144-4096 {
			t.Errorf("%d bytes", n)
		}
	}
}

func TestRebuilderUsesNamesOfLog(t *testing.T) {
	set := rulesOf(t, selects("userIdentity.sessionContext.sessionIssuer.userName: x, resources.ARN: y, userIdentity.arn: z, tlsDetails.tlsVersion: v"),
		selects("requestParameters.bucketName: b, readOnly: false"))
	p := plan.Build(set, layoutOf(t, "cloudtrail/athena"), athena(plan.Options{}))
	s := p.Statements[0]
	cells := map[string]any{
		"eventName": "PutObject", "userIdentity.arn": `a"b`, "readOnly": "false",
		"userIdentity.sessionContext.sessionIssuer.userName": "role",
		"resources":         `[{"arn":"arn:1","accountid":null,"type":"T"},{"arn":"arn:2"}]`,
		"requestParameters": `{"bucketName":"b","N":1.50}`,
	}
	var row []any
	for _, c := range s.Columns {
		row = append(row, cells[c.Name])
		delete(cells, c.Name)
	}
	if len(cells) > 0 {
		t.Errorf("got no columns for %v", cells)
	}
	text, err := plan.NewRebuilder(s.Columns).Append(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"eventName":"PutObject"`, `"arn":"a\"b"`, `"readOnly":"false"`, `"sessionContext":{"sessionIssuer":{"userName":"role"}}`,
		`"resources":[{"ARN":"arn:1","accountId":null,"type":"T"},{"ARN":"arn:2"}]`, `"requestParameters":{"bucketName":"b","N":1.50}`,
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %s in\n%s", part, text)
		}
	}
	parse(t, string(text))
	if _, err := plan.NewRebuilder(s.Columns).Append(nil, row[1:]); err == nil {
		t.Error("Append accepted a row with too few cells")
	}
	row[0] = struct{}{}
	if _, err := plan.NewRebuilder(s.Columns).Append(nil, row); err == nil {
		t.Error("Append accepted a cell of type struct{}")
	}
}
