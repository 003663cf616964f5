package enginesuite

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

func (s *suite) info(t *testing.T) {
	info := s.e.Info()
	if info.Name == "" || info.Name != strings.ToLower(info.Name) {
		t.Errorf("the name is %q, expected a word in lower case as in egret.yaml", info.Name)
	}
	if sqlgen.DialectByName(info.Dialect) == nil {
		t.Errorf("no dialect is named %q", info.Dialect)
	}
	if info.InFlight < 1 {
		t.Errorf("it takes %d queries at a time, expected at least 1", info.InFlight)
	}
	if info.Billed && !info.Remote {
		t.Error("it bills without being remote: nobody would be asked for a time range")
	}
}

func (s *suite) ping(t *testing.T) {
	if err := s.hear(t, s.e.Ping(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func names(columns []engine.Column) []string {
	var list []string
	for _, c := range columns {
		list = append(list, strings.ToLower(c.Name))
	}
	return list
}

func (s *suite) describe(t *testing.T) {
	table, err := s.e.Describe(t.Context(), s.cells)
	if s.hear(t, err) != nil {
		t.Fatal(err)
	}
	var want []string
	for _, c := range cellColumns {
		want = append(want, c.Name)
	}
	if got := names(table.Columns); !slices.Equal(got, want) {
		t.Errorf("columns are %q, expected %q in this order", got, want)
	}
	for _, c := range table.Columns {
		if c.Type == "" {
			t.Errorf("column %s has no type", c.Name)
		}
	}
	if len(table.PartitionedBy) != 0 {
		t.Errorf("the table is partitioned by %q, expected by nothing", table.PartitionedBy)
	}
	// The name is what statements call the table.
	r := s.must(t, "SELECT count(*) AS n FROM "+table.Name)
	if len(r.rows) != 1 || !s.same(r.rows[0][0], int64(len(cellRows()))) {
		t.Errorf("%s has %v rows, expected %d", table.Name, r.rows, len(cellRows()))
	}
}

func (s *suite) describePartitions(t *testing.T) {
	if s.Partitioned == nil {
		t.Skip("the fixture has no partitioned table")
	}
	table, err := s.e.Describe(t.Context(), s.Partitioned.Table)
	if s.hear(t, err) != nil {
		t.Fatal(err)
	}
	if got := names(table.Columns); !slices.Equal(got, s.Partitioned.Columns) {
		t.Errorf("columns are %q, expected %q in this order", got, s.Partitioned.Columns)
	}
	if !slices.Equal(table.PartitionedBy, s.Partitioned.By) {
		t.Errorf("partitioned by %q, expected %q", table.PartitionedBy, s.Partitioned.By)
	}
	listed, err := s.e.Partitions(t.Context(), s.Partitioned.Table, s.Partitioned.By)
	if s.hear(t, err) != nil {
		t.Fatal(err)
	}
	for i := range listed {
		if c := &listed[i]; !slices.Contains(s.Partitioned.By, c.Name) || !slices.IsSorted(c.Values) || len(c.Values) == 0 && c.Format == "" && !c.Injected {
			t.Errorf("a partition column is told as %+v", c)
		}
	}
	if len(listed) > len(s.Partitioned.By) {
		t.Errorf("%d partition columns are told, expected at most %d", len(listed), len(s.Partitioned.By))
	}
	if listed, err := s.e.Partitions(t.Context(), s.Partitioned.Table, nil); err != nil || listed != nil {
		t.Errorf("without columns there are %v, %v", listed, err)
	}
}

func (s *suite) describeMissing(t *testing.T) {
	// Beside a table that is there, so that its database is too.
	missing := "egret_suite_nothing"
	if i := strings.LastIndexByte(s.cells, '.'); i >= 0 {
		missing = s.cells[:i+1] + missing
	}
	_, err := s.e.Describe(t.Context(), missing)
	kind(t, s.hear(t, err), engine.Missing, "egret_suite_nothing")
}

// describeHostile: names of tables come from settings and flags; whatever they hold, they stay names.
func (s *suite) describeHostile(t *testing.T) {
	for _, name := range []string{
		"", ".", "..", `"`, `""`, `"a`, "x'; DROP TABLE " + s.cells + "; --", `x"; DROP TABLE ` + s.cells + "; --",
		"a.b.c.d.e", "\x00", "x\ny", "%", strings.Repeat("x", 100_000), "'", `\`,
	} {
		var err error
		soon(t, "Describe", func() { _, err = s.e.Describe(t.Context(), name) })
		if s.hear(t, err) == nil {
			t.Errorf("%.40q was described, expected an error", name)
		}
	}
	s.describe(t)
}
