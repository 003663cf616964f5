package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// The numbers of conditions on partition columns that Bounded returns are those in the text of the statement.
func TestBoundedCountsConditionsOfText(t *testing.T) {
	set := loadRules(t, oneCallRules(20))
	day := plan.Chunk{From: time.Date(2026, 2, 6, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 2, 7, 0, 0, 0, 0, time.UTC)}
	bounded := 0
	for _, table := range []string{"cloudtrail/athena", "cloudtrail/athena-partitioned", "vpcflow/athena-manual"} {
		layout := layoutOf(t, table)
		for _, dialect := range sqlgen.Dialects() {
			if !slices.Contains([]string{"athena", "duckdb", "trino"}, dialect.Name) {
				continue // no engine runs plans in it
			}
			p := plan.Build(set, layout, plan.Options{Dialect: dialect, From: day.From, To: day.To})
			for _, s := range p.Statements {
				text, bounds := s.Bounded(day)
				if text != s.SQL(day) {
					t.Errorf("%s, %s, %s: Bounded and SQL return different texts", table, dialect.Name, s.Kind)
				}
				read := sqltest.Bounds(text)
				for _, column := range layout.PartitionedBy {
					name := strings.ToLower(column.Name)
					if bounds[name] != read[name] {
						t.Errorf("%s, %s, %s: got %d conditions on %s, want %d as in the text", table, dialect.Name, s.Kind, bounds[name], name, read[name])
					}
					bounded += bounds[name]
				}
			}
		}
	}
	if bounded < 12 {
		t.Errorf("got %d conditions on partitions, want at least 12", bounded)
	}
}
