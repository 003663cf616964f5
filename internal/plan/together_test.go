package plan

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Together combines Rows and Counts into one statement that reads the table once. Split returns the two.
func TestTogetherReadsTableOnce(t *testing.T) {
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	layout, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	p := Build(set, layout, Options{Dialect: sqlgen.DialectByName("trino"), Table: "trail"})
	if len(p.Statements) != 2 {
		t.Fatalf("%d statements", len(p.Statements))
	}
	both := p.Together(p.Statements[0], p.Statements[1])
	if both == nil {
		t.Fatal("Together returned nil")
	}
	if sql := both.SQL(Chunk{}); strings.Count(sql, "FROM trail") != 1 {
		t.Errorf("got %d scans of the table, want 1", strings.Count(sql, "FROM trail"))
	}
	rows, counts, ok := p.Split(both)
	if !ok || rows != p.Statements[0] || counts != p.Statements[1] {
		t.Errorf("Split returned %v, %v and %t, want the original statements", rows, counts, ok)
	}
	if probe := both.Probe(Chunk{}); strings.Contains(probe, " IN (") || strings.Count(probe, "FROM trail") != 1 {
		t.Errorf("got a probe with conditions of rules or several scans:\n%s", probe)
	}
}
