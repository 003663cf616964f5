package plan

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// TestTogetherReadsOnce: one statement stands for rows and hits, names the table once, and can be split into the two again.
func TestTogetherReadsOnce(t *testing.T) {
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := schema.FindProfile(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	p := Build(set, profile, Options{Dialect: sqlgen.DialectByName("trino"), Table: "trail"})
	if len(p.Statements) != 2 {
		t.Fatalf("%d statements", len(p.Statements))
	}
	both := p.Together(p.Statements[0], p.Statements[1])
	if both == nil {
		t.Fatal("rows and hits are not put together")
	}
	if sql := both.SQL(Slice{}); strings.Count(sql, "FROM trail") != 1 {
		t.Errorf("the table is read %d times", strings.Count(sql, "FROM trail"))
	}
	rows, hits, ok := p.Split(both)
	if !ok || rows != p.Statements[0] || hits != p.Statements[1] {
		t.Errorf("split into %v and %v, %t", rows, hits, ok)
	}
	if probe := both.Probe(Slice{}); strings.Contains(probe, " IN (") || strings.Count(probe, "FROM trail") != 1 {
		t.Errorf("an estimate asks for rules:\n%s", probe)
	}
}
