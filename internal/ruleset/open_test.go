package ruleset

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/sigma"
)

// With Open, the set keeps rules that only other query languages can express. Compile leaves them out, and SQL refuses them
// with a position.
func TestOpenKeepsUnrunnableRules(t *testing.T) {
	files := map[string]string{
		"a.yml": rule("Ahead", "", "eventName|re: 'Get(?=Object)'"),
		"b.yml": rule("Placeholder", "", "userIdentity.userName|expand: '%admins%'"),
		"c.yml": rule("Runs", "", "eventName: GetObject"),
		"d.yml": rule("Filtered", "name: door\n", "eventName: PutObject"),
		"e.yml": "title: F\nlogsource: {product: aws}\nfilter:\n    rules: [door]\n    s: {userIdentity.userName|re: '(?!x)'}\n    condition: not s\n",
	}
	set, list := load(t, Options{}, files)
	if got := titles(set); !slices.Equal(got, []string{"Runs", "Filtered"}) || len(list) != 2 {
		t.Fatalf("without Open: got %v %v, want 2 rules and 2 diagnostics", got, list)
	}
	set, list = load(t, Options{Open: true}, files)
	if got := titles(set); !slices.Equal(got, []string{"Ahead", "Placeholder", "Runs", "Filtered"}) || len(list) != 0 {
		t.Fatalf("with Open: got %v %v, want all rules and no diagnostics", got, list)
	}
	sch := schema.ByName("cloudtrail")
	if compiled := set.Compile(sch); !slices.Equal(compiled.Rules, []int{2}) {
		t.Errorf("got compiled rules %v, want only rule 2", compiled.Rules)
	}
	for i, want := range []string{"invalid-regex (?=", "unresolved-placeholder '%admins%'", "", "invalid-regex (?!"} {
		got := ""
		for _, d := range set.Rules[i].Unrunnable {
			got += d.Code + " " + d.Span.Text()
		}
		if got != want {
			t.Errorf("rule %d: got %q, want %q", i, got, want)
		}
		_, faults := sqlgen.Detection(set.Rules[i].BoundQuery(NewPaths(sch)), nil, sqlgen.Options{Dialect: sqlgen.Dialects()[0], Layout: sch.Layouts()[0]})
		if faults.HasErrors() != (want != "") {
			t.Errorf("rule %d in SQL: got %v, want errors: %v", i, faults, want != "")
		}
	}
}

// Load lowers and prints rules as Transform changed them, without those that it removed.
func TestTransformChangesRulesBeforeLowering(t *testing.T) {
	mapped := func(e sigma.SearchExpr) sigma.SearchExpr {
		if item, ok := e.(*sigma.Item); ok {
			item.Field = "mapped." + item.Field
		}
		return e
	}
	set, list := load(t, Options{Transform: func(files []*sigma.Collection) []diag.List {
		lists := make([]diag.List, len(files))
		for i, c := range files {
			c.Rules = slices.DeleteFunc(c.Rules, func(r *sigma.Rule) bool {
				if r.Title == "Removed" {
					lists[i].Add(diag.Diagnostic{Code: "invalid-regex", Span: r.TitleSpan, Message: "not here"})
				}
				return r.Title == "Removed"
			})
			for _, r := range c.Rules {
				for _, s := range r.Detection.Searches {
					s.Expr = sigma.RewriteSearch(s.Expr, mapped)
				}
			}
		}
		return lists
	}}, map[string]string{"a.yml": rule("Kept", "", "eventName: x"), "b.yml": rule("Removed", "", "eventName: y")})
	if got := titles(set); !slices.Equal(got, []string{"Kept"}) {
		t.Fatal(got)
	}
	if len(list) != 1 || list[0].Message != "not here" || set.Failed != 1 {
		t.Errorf("got %d failed files and %v, want 1 and the diagnostic of Transform", set.Failed, list)
	}
	r := set.Rules[0]
	if got := r.Query.String(); !strings.Contains(got, `mapped.eventName equals "x"`) {
		t.Error(got)
	}
	if got := r.Tree.String(); !strings.Contains(got, "mapped.eventName: 'x'") {
		t.Error(got)
	}
}
