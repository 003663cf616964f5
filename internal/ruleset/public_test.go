package ruleset

import (
	"context"
	"os"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
)

func TestPublicRulesLowerAndCompile(t *testing.T) {
	folder := testkit.Shared(t, "data", "sigmahq")
	set, list, err := Load(context.Background(), []Folder{{FS: os.DirFS(folder)}}, Options{Statuses: []string{"deprecated", "unsupported"}})
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[Reason]int{}
	for _, s := range set.Skipped {
		reasons[s.Reason]++
	}
	codes := map[string]int{}
	for _, d := range list {
		if d.Severity == diag.Error {
			codes[d.Code]++
		}
	}
	t.Logf("files %d, rules %d, correlations %d, skipped %v, errors %v, files with errors %d",
		set.Files, len(set.Rules), len(set.Correlations), reasons, codes, set.Failed)
	for _, rule := range set.Rules {
		if err := ir.Validate(rule.Query.Where, false); err != nil {
			t.Errorf("%s: %v", rule.Path, err)
		}
	}
	for _, s := range schema.All() {
		c := set.Compile(s)
		always := 0
		for i, query := range c.Queries {
			if err := ir.Validate(query, true); err != nil {
				t.Errorf("%s: %v", set.Rules[c.Rules[i]].Path, err)
			}
			if a := c.Program.Anchors(i); len(a) == 1 && a[0] == "every event" {
				always++
				t.Logf("%s: every event", set.Rules[c.Rules[i]].Path)
			}
		}
		t.Logf("%s: %d rules, %d without anchor", s.Name, len(c.Rules), always)
	}
}

func BenchmarkLoadAndCompilePublicRules(b *testing.B) {
	folder := testkit.Shared(b, "data", "sigmahq", "rules")
	for b.Loop() {
		set, _, err := Load(context.Background(), []Folder{{FS: os.DirFS(folder)}}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range schema.All() {
			set.Compile(s)
		}
	}
}
