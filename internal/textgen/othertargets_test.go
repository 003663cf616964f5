package textgen_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// written returns the output for the detection of a rule for Windows, which is indented by two blanks up to an empty line, and
// whether it departs from the rule. For a rule that is refused it returns the code of the diagnostic.
func written(t *testing.T, target, format, detection string, opt textgen.Options) (output string, departs bool) {
	t.Helper()
	text := "title: Odd Start (of a tool)\nid: c1f6ff4c-9c5e-4a3e-8f5a-6d0b9a3d1e01\nlogsource: {product: windows, category: process_creation}\n" +
		"level: high\ndetection:\n  " + strings.NewReplacer("\n\n", "\n", "\n", "\n  ").Replace(strings.TrimSpace(detection)) + "\n"
	collection, list := sigma.Parse(source.NewFile("rule.yml", text))
	if list.HasErrors() {
		t.Fatal(list)
	}
	tree, list := textrule.FromRule(collection.Rules[0], textrule.Options{})
	if tree == nil {
		t.Fatal(list)
	}
	b, err := textgen.FindTarget(target).Backend(opt)
	if err != nil {
		t.Fatal(err)
	}
	f := b.Spec.FormatByName(format)
	queries, list := b.Rule(tree, f)
	if len(queries) == 0 {
		return "refused: " + list[0].Code, false
	}
	var all []any
	for _, q := range queries {
		all = append(all, q.Value)
	}
	departs = slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == "departure" })
	return b.Join(f, all, 0), departs
}

const (
	lokiWindows = `{job=~"eventlog|winlog|windows|fluentbit.*"} `
	fromAll     = "from * metadata _id, _index, _version | where "
)

// The queries are those of sigma-cli 3.1.0, unless the comment of a case says what is wrong with them.
func TestQueriesOfLokiAndOpenSearch(t *testing.T) {
	for _, tt := range []struct {
		name, target, detection, want string
		departs                       bool
	}{
		{
			"NOT moves down", "loki", "a: {A|contains: x}\nb: {B: [x, y]}\nc: {C|contains: z, D: w}\ncondition: a and not (b or c)",
			lokiWindows + "| json | A=~`(?i).*x.*` and B!~`(?i)^x$` and B!~`(?i)^y$` and (C!~`(?i).*z.*` or D!~`(?i)^w$`)", false,
		},
		{
			"labels behind the condition", "loki", "a: {A|fieldref: B}\nb: {C: x}\ncondition: b and not a",
			lokiWindows + " | json | C=~`(?i)^x$`| label_format match_0=`{{ if eq .B .A }}true{{ else }}false{{ end }}` | match_0!=`true`", true,
		},
		// The peer leaves () for the alternatives, and asks that both hold.
		{
			"alternatives of two fields beside a condition", "loki", "s: {A|fieldref: [B, C], D: 1}\ncondition: s", lokiWindows + "| json | label_format " +
				"match_0=`{{ if eq .B .A }}true{{ else }}false{{ end }}`,match_1=`{{ if eq .C .A }}true{{ else }}false{{ end }}` | (match_0=`true` or match_1=`true`) and D=1", true,
		},
		{"line filters", "loki", "k: [foo, bar]\ncondition: not k", lokiWindows + "!~ `(?i)foo` !~ `(?i)bar`", true},
		{"one line filter for an OR", "loki", "k: ['a\"b', \"c'd\", 'e\\f']\ncondition: k", lokiWindows + "|~ `(?i)a\"b|c'd|e\\\\f`", true},
		// The peer loses the comparison.
		{"a field or a keyword", "loki", "s: {A: x}\nk: [foo]\ncondition: s or k", "refused: unsupported-by-target", false},
		// The peer writes |= 5, which LogQL does not read.
		{"a number as keyword", "loki", "k: [5]\ncondition: k", lokiWindows + "|= `5`", true},
		// The peer writes the name with its dot.
		{"a network", "loki", "s: {a.b|cidr: 10.0.0.0/8}\ncondition: s", lokiWindows + `| json | a_b=ip("10.0.0.0/8")`, true},
		{"backquote", "loki", "s: {A: 'a`b'}\ncondition: s", lokiWindows + "| json | A=~\"(?i)^a`b$\"", false},
		{"no parentheses", "loki", "s: {A: x, B|windash|contains: '-f'}\ncondition: s", lokiWindows + "| json | A=~`(?i)^x$` and " +
			"B=~`(?i).*\\-f.*` or B=~`(?i).*/f.*` or B=~`(?i).*–f.*` or B=~`(?i).*—f.*` or B=~`(?i).*―f.*`", true},
		{"LIKE", "open_search_ppl", `s: {A|startswith: 'C:\Temp\'}` + "\ncondition: s", `source=windows-process_creation-* | where LIKE(A, "C:Temp%")`, true},
		// The peer moves the wildcard out of the quotes.
		{"a quote", "open_search_ppl", "s: {A|contains: ['a\"b', c]}\ncondition: s", `source=windows-process_creation-* | where LIKE(A, "%a\"b%") OR LIKE(A, "%c%")`, false},
		// The peer's expression ends its quotes.
		{"a quote in an expression", "open_search_ppl", `s: {A|re: 'a\''b'}` + "\ncondition: s", "source=windows-process_creation-* | where match(A, 'a''b')", true},
		// The peer writes "select *" alone, which is no condition.
		{"a keyword with a wildcard", "kusto", "k: [foo, 'select *']\ncondition: k", `* contains "foo" or * matches regex "(?is)select .*"`, false},
		{"functions", "esql", `s: {A|endswith: '\cmd.exe', B|contains: b}` + "\ncondition: s", fromAll + `ends_with(A, "\\cmd.exe") and B like "*b*"`, true},
		// The peer writes \*, which a text of ES|QL cannot have.
		{"a literal star", "esql", `s: {A: 'a\*c', B|contains: 'd\*'}` + "\ncondition: s", fromAll + `A=="a*c" and B like "*d\\**"`, true},
		// The peer writes the line break.
		{"a line break", "esql", `s: {A: "a\nb"}` + "\ncondition: s", fromAll + `A=="a\nb"`, true},
		{"a backquote", "esql", "s: {'a`b': x}\ncondition: s", fromAll + "`a``b`==\"x\"", true},
		{"as in Elasticsearch", "opensearch_lucene", "s: {A|contains: 'a b', B: null}\ncondition: s", `A:*a\ b* AND (NOT _exists_:B)`, false},
	} {
		t.Run(tt.target+"/"+tt.name, func(t *testing.T) {
			got, departs := written(t, tt.target, "default", tt.detection, textgen.Options{})
			if got != tt.want || departs != tt.departs {
				t.Errorf("got  %s, departure %v\nwant %s, departure %v", got, departs, tt.want, tt.departs)
			}
		})
	}
}

// The forms follow the manuals of the languages: a comparison of a missing field is false, and case does not matter.
func TestExactQueriesOfLokiAndOpenSearch(t *testing.T) {
	for _, tt := range []struct{ target, detection, want string }{
		{"loki", "s: {A|fieldref: B}\nc: {C: x}\ncondition: s or c", lokiWindows + "| json | " +
			"label_format match_0=`{{ if eq (lower .B) (lower .A) }}true{{ else }}false{{ end }}` | match_0=`true` or C=~`(?is)^x$`"},
		{"loki", "s: {A: 1}\nc: {C: x}\ncondition: not (s or c)", lokiWindows + "| json | A!=`1` and C!~`(?is)^x$`"},
		{"loki", "s: {A|hour: 5}\ncondition: s", "refused: inexact"},
		{"loki", "s: {A|re|i: 'a.b'}\ncondition: s", lokiWindows + "| json | A=~`(?i)(?s:.*)(?:a.b)(?s:.*)`"},
		{"loki", "k: [foo]\ncondition: k", "refused: inexact"},
		{"esql", "s: {A|contains: 'C:\\X', B: [Y, 1]}\ncondition: not s", fromAll +
			`not (coalesce(to_lower(A) like "*c:\\\\x*", false) and (coalesce(to_lower(B)=="y", false) or coalesce(B==1, false)))`},
		{"esql", "s: {A|re: x}\ncondition: s", "refused: inexact"},
		{"open_search_ppl", "s: {A|contains: 'C:\\X_1'}\ncondition: s", `source=windows-process_creation-* | where coalesce(LIKE(A, "%C:\\\\X\\_1%", false), false)`},
		{"open_search_ppl", "s: {A|re: '\\d''x'}\ncondition: s", `source=windows-process_creation-* | where coalesce(regexp_match(A, '\\d\'x'), false)`},
	} {
		if got, _ := written(t, tt.target, "default", tt.detection, textgen.Options{Exact: true}); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.detection, got, tt.want)
		}
	}
}

// TestLokiDividesLongQueries asks that no alternative is lost, which happens to the peer if they do not divide evenly.
func TestLokiDividesLongQueries(t *testing.T) {
	var values []string
	for i := range 151 {
		values = append(values, strings.Repeat("x", 20)+string(rune('a'+i%26))+strings.Repeat("y", i/26))
	}
	got, _ := written(t, "loki", "default", "s: {A: ["+strings.Join(values, ", ")+"], B: z}\ncondition: s", textgen.Options{})
	parts := strings.Split(got, "\n\n")
	if len(parts) != 2 {
		t.Fatalf("%d parts, want 2", len(parts))
	}
	for _, part := range parts {
		if len(part) > 5120 || !strings.Contains(part, "and B=~`(?i)^z$`") {
			t.Errorf("a part of %d bytes: %s", len(part), part)
		}
	}
	for _, v := range values {
		if n := strings.Count(got, "`(?i)^"+v+"$`"); n != 1 {
			t.Errorf("value %s is there %d times", v, n)
		}
	}
}

// The queries are those of sigma-cli 3.1.0.
func TestRulesNameIndexesAndParsers(t *testing.T) {
	custom := "s: {A: abc}\ncondition: s\n\n"
	for _, tt := range []struct{ target, keys, want string }{
		{"loki", "loki_parser: pattern", lokiWindows + "| pattern | A=~`(?i)^abc$`"},
		{"open_search_ppl", "custom: {opensearch_ppl_index: my-*, opensearch_ppl_min_time: -7d}", `search earliest=-7d source=my-* | where A="abc"`},
	} {
		if got, _ := written(t, tt.target, "default", custom+tt.keys, textgen.Options{}); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// TestCorrelationsReadTheIndexesOfTheirRules asks for the indexes that pipelines set for the rules, each once.
func TestCorrelationsReadTheIndexesOfTheirRules(t *testing.T) {
	b, err := textgen.FindTarget("esql").Backend(textgen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	base := func(name string, index any) *textrule.Base {
		return &textrule.Base{Info: textrule.Info{Name: name}, Queries: []string{"A==1"}, State: map[string]any{"index": index}}
	}
	queries, list := b.Correlation(&textrule.Correlation{
		Type: "event_count", Timespan: "5m", TimespanCount: "5", TimespanUnit: "m", Bounds: []textrule.Bound{{Op: "gte", Value: "3"}},
		Bases: []*textrule.Base{base("a", "logs-b"), base("b", []string{"logs-a", "logs-b"})},
	}, b.Spec.FormatByName("default"), "")
	if len(queries) != 1 {
		t.Fatal(list)
	}
	want := "from logs-a,logs-b metadata _id, _index, _version | where (A==1) or (A==1)\n" +
		"| eval timebucket=date_trunc(5minutes, @timestamp) | stats event_count=count() by timebucket\n| where event_count >= 3"
	if got := queries[0].Value; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
