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

// rule returns the rule with a detection, which is indented by two blanks.
func rule(t *testing.T, detection string) *textrule.Rule {
	t.Helper()
	text := "title: A\nlogsource: {product: windows}\ndetection:\n  " + strings.ReplaceAll(strings.TrimSpace(detection), "\n", "\n  ") + "\n"
	collection, list := sigma.Parse(source.NewFile("rule.yml", text))
	if list.HasErrors() {
		t.Fatal(list)
	}
	r, list := textrule.FromRule(collection.Rules[0], textrule.Options{})
	if r == nil {
		t.Fatal(list)
	}
	return r
}

func backend(t *testing.T, target string, opt textgen.Options) *textgen.Backend {
	t.Helper()
	b, err := textgen.FindTarget(target).Backend(opt)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// query returns the query of a rule in a format, or the code of the diagnostic if it is refused, and whether it departs from the
// rule.
func query(b *textgen.Backend, r *textrule.Rule, format string) (string, bool) {
	queries, list := b.Rule(r, b.Spec.FormatByName(format))
	if len(queries) == 0 {
		return "refused: " + list[0].Code, false
	}
	departs := slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == "departure" })
	return b.Spec.FormatByName(format).Query(queries[0].Value, 0), departs
}

// Expected queries are those of sigma-cli 3.1.0, except where the test says that it loses the rule.
func TestStrategies(t *testing.T) {
	long := "AveryVeryLongFieldNameOfThirtyFiveC"
	for _, tt := range []struct {
		strategy, target, detection, want string
		departs                           bool
	}{
		{"splunk-deferred", "splunk", "a: {A|re: 'foo.*b/a\"r', B: x}\ncondition: a", `B="x"` + "\n" + `| regex A="foo.*b/a\"r"`, false},
		{"splunk-deferred", "splunk", "a: {A|re: foo}\nb: {B: x}\ncondition: a or b", "\n" +
			`| rex field=A "(?<AMatch>foo)"` + "\n" + `| eval ACondition=if(isnotnull(AMatch), "true", "false")` + "\n" +
			`| search ACondition="true" OR B="x"`, false},
		// A field before the first made one is searched first.
		{"splunk-deferred", "splunk", "a: {C: y}\nb: {A|re: [foo, bar]}\ncondition: a and b", `C="y"` + "\n" +
			`| rex field=A "(?<AMatch>foo)"` + "\n" + `| eval ACondition=if(isnotnull(AMatch), "true", "false")` + "\n" +
			`| rex field=A "(?<AMatch2>bar)"` + "\n" + `| eval ACondition2=if(isnotnull(AMatch2), "true", "false")` + "\n" +
			`| search ACondition="true" OR ACondition2="true"`, false},
		{"splunk-deferred", "splunk", "a: {B: x}\nf: {A|re: foo}\ncondition: a and not f", `B="x"` + "\n" + `| regex A!="foo"`, false},
		{"splunk-deferred", "splunk", "a: {B: x}\nf: {A|re: foo, C: y}\ncondition: a and not f", `B="x" NOT (C="y")` + "\n" + `| regex A="foo"`, true},
		{"splunk-deferred", "splunk", "a: {A|fieldref: B}\ncondition: a", "*\n| where 'A'='B'", true},
		// sigma-cli loses these rules without a word.
		{"splunk-deferred", "splunk", "a: {A|re: foo, B|re: bar}\ncondition: a", "*\n| regex A=\"foo\"\n| regex B=\"bar\"", false},
		{"splunk-deferred", "splunk", "f: {A|re: foo, B|re: bar}\ncondition: not f", "\n" +
			`| rex field=A "(?<AMatch>foo)"` + "\n" + `| eval ACondition=if(isnotnull(AMatch), "true", "false")` + "\n" +
			`| rex field=B "(?<BMatch>bar)"` + "\n" + `| eval BCondition=if(isnotnull(BMatch), "true", "false")` + "\n" +
			`| search NOT (ACondition="true" BCondition="true")`, false},
		// Names of groups have at most 32 letters; Python's hashlib.blake2s gives the eight digits.
		{"splunk-deferred", "splunk", "a: {" + long + "|re: foo}\nb: {B: x}\ncondition: a or b", "\n" +
			`| rex field=` + long + ` "(?<AveryVeryLongFieldN45e80506Match>foo)"` + "\n" +
			`| eval ` + long + `Condition=if(isnotnull(AveryVeryLongFieldN45e80506Match), "true", "false")` + "\n" +
			`| search ` + long + `Condition="true" OR B="x"`, false},
		{"not-null", "lucene", "a: {A: null, B: x}\ncondition: a", `(NOT _exists_:A) AND B:x`, false},
		{"not-null", "lucene", "a: {B: x}\nf: {A: null}\ncondition: a and not f", `B:x AND _exists_:A`, false},
		{"not-null", "eql", "a: {B: x}\nf: {A: null}\ncondition: a and not f", `any where B:"x" and ?A != null`, false},
		{"address-equal", "eql", "a: {A: 192.0.2.1, B: '', C: x}\ncondition: a", `any where A=="192.0.2.1" and B=="" and C:"x"`, false},
	} {
		got, departs := query(backend(t, tt.target, textgen.Options{}), rule(t, tt.detection), "default")
		if got != tt.want || departs != tt.departs {
			t.Errorf("%s, %s:\n got  %q, departs %v\n want %q, %v", tt.strategy, tt.detection, got, departs, tt.want, tt.departs)
		}
		if !slices.Contains(textgen.FindTarget(tt.target).Strategies(), tt.strategy) {
			t.Errorf("%s does not use the strategy %s", tt.target, tt.strategy)
		}
	}
}

// With --exact, Splunk says what a negated group with an expression means, and a rule that a language cannot say is refused.
func TestExactWritesMeaningOrRefuses(t *testing.T) {
	for _, tt := range []struct{ target, detection, want string }{
		{"splunk", "a: {B: x}\nf: {A|re: foo, C: y}\ncondition: a and not f", `B="x"` + "\n" + `| rex field=A "(?<AMatch>foo)"` + "\n" +
			`| eval ACondition=if(isnotnull(AMatch), "true", "false")` + "\n" + `| search NOT (ACondition="true" C="y")`},
		{"splunk", "a: {A: 'x?y'}\ncondition: a", "refused: inexact"},
		{"lucene", "a: {A|re: 'x.y'}\ncondition: a", "refused: inexact"},
		{"splunk_spl2", "a: {A: x}\nb: {B: y}\nc: {C: z}\ncondition: a and (b or c)", `FROM main WHERE lower(A)="x" AND (lower(B)="y" OR lower(C)="z")`},
		{"splunk_spl2", "a: {A|cased|contains: 'Xy'}\ncondition: a", `FROM main WHERE A LIKE "%Xy%"`},
		{"splunk_spl2", "a: {A: ['Xy', 7]}\ncondition: a", `FROM main WHERE lower(A)="xy" OR A=7`},
		{"splunk_spl2", "a: {A|re: 'x.y'}\ncondition: a", "FROM main WHERE match(A, /x.y/)"},
		{"lucene", "a: {A: x}\ncondition: a", "A:x"},
	} {
		if got, _ := query(backend(t, tt.target, textgen.Options{Exact: true}), rule(t, tt.detection), "default"); got != tt.want {
			t.Errorf("%s, %s: got %q, want %q", tt.target, tt.detection, got, tt.want)
		}
	}
}

// The format data_model needs what a pipeline sets.
func TestDataModelNeedsState(t *testing.T) {
	b := backend(t, "splunk", textgen.Options{})
	r := rule(t, "a: {Processes.process: x}\ncondition: a")
	if got, _ := query(b, r, "data_model"); got != "refused: unsupported-by-target" {
		t.Errorf("got %q without state", got)
	}
	r.State = map[string]any{"data_model_set": "Endpoint.Processes", "fields": []string{"Processes.process", "Processes.user"}}
	want := `| tstats summariesonly=false allow_old_summaries=true fillnull_value="null" count min(_time) as firstTime max(_time) as lastTime ` +
		`from datamodel=Endpoint.Processes where Processes.process="x" by Processes.process Processes.user | ` + "`drop_dm_object_name(Processes)`" +
		` | convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(firstTime) | convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(lastTime) `
	if got, _ := query(b, r, "data_model"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r.State["data_model_set"] = "a.b.c"
	if got, _ := query(b, r, "data_model"); got != "refused: unsupported-by-target" {
		t.Errorf("got %q for a data model with three parts", got)
	}
}
