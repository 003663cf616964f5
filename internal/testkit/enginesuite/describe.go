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
		t.Errorf("got name %q, want a lower-case word as in egret.yaml", info.Name)
	}
	if sqlgen.DialectByName(info.Dialect) == nil {
		t.Errorf("got unknown dialect %q", info.Dialect)
	}
	if info.InFlight < 1 {
		t.Errorf("got %d concurrent queries, want at least 1", info.InFlight)
	}
	if info.Billed && !info.Remote {
		t.Error("got a billed engine that is not remote, so that egret would not require a time range")
	}
}

func (s *suite) ping(t *testing.T) {
	if err := s.record(t, s.e.Ping(t.Context())); err != nil {
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
	if s.record(t, err) != nil {
		t.Fatal(err)
	}
	var want []string
	for _, c := range cellColumns {
		want = append(want, c.Name)
	}
	if got := names(table.Columns); !slices.Equal(got, want) {
		t.Errorf("got columns %q, want %q in this order", got, want)
	}
	for _, c := range table.Columns {
		if c.Type == "" {
			t.Errorf("got no type for column %s", c.Name)
		}
	}
	if len(table.PartitionedBy) != 0 {
		t.Errorf("got a table partitioned by %q, want no partitions", table.PartitionedBy)
	}
	// Statements use the returned name for the table.
	r := s.must(t, "SELECT count(*) AS n FROM "+table.Name)
	if len(r.rows) != 1 || !s.same(r.rows[0][0], int64(len(cellRows()))) {
		t.Errorf("%s: got %v rows, want %d", table.Name, r.rows, len(cellRows()))
	}
}

func (s *suite) describePartitions(t *testing.T) {
	if s.Partitioned == nil {
		t.Skip("the fixture has no partitioned table")
	}
	table, err := s.e.Describe(t.Context(), s.Partitioned.Table)
	if s.record(t, err) != nil {
		t.Fatal(err)
	}
	if got := names(table.Columns); !slices.Equal(got, s.Partitioned.Columns) {
		t.Errorf("got columns %q, want %q in this order", got, s.Partitioned.Columns)
	}
	if !slices.Equal(table.PartitionedBy, s.Partitioned.By) {
		t.Errorf("got partition columns %q, want %q", table.PartitionedBy, s.Partitioned.By)
	}
	listed, err := s.e.Partitions(t.Context(), s.Partitioned.Table, s.Partitioned.By)
	if s.record(t, err) != nil {
		t.Fatal(err)
	}
	for i := range listed {
		if c := &listed[i]; !slices.Contains(s.Partitioned.By, c.Name) || !slices.IsSorted(c.Values) || len(c.Values) == 0 && c.Format == "" && !c.Injected {
			t.Errorf("got partition column %+v", c)
		}
	}
	if len(listed) > len(s.Partitioned.By) {
		t.Errorf("got values of %d partition columns, want at most %d", len(listed), len(s.Partitioned.By))
	}
	if listed, err := s.e.Partitions(t.Context(), s.Partitioned.Table, nil); err != nil || listed != nil {
		t.Errorf("without columns: got %v, %v", listed, err)
	}
}

func (s *suite) describeMissing(t *testing.T) {
	// Use the database of an existing table, so that only the table is missing.
	missing := "egret_suite_nothing"
	if i := strings.LastIndexByte(s.cells, '.'); i >= 0 {
		missing = s.cells[:i+1] + missing
	}
	_, err := s.e.Describe(t.Context(), missing)
	kind(t, s.record(t, err), engine.Missing, "egret_suite_nothing")
}

// describeHostile checks that table names, which come from settings and flags, are only used as names.
func (s *suite) describeHostile(t *testing.T) {
	for _, name := range []string{
		"", ".", "..", `"`, `""`, `"a`, "x'; DROP TABLE " + s.cells + "; --", `x"; DROP TABLE ` + s.cells + "; --",
		"a.b.c.d.e", "\x00", "x\ny", "%", strings.Repeat("x", 100_000), "'", `\`,
	} {
		var err error
		soon(t, "Describe", func() { _, err = s.e.Describe(t.Context(), name) })
		if s.record(t, err) == nil {
			t.Errorf("Describe(%.40q): got no error", name)
		}
	}
	s.describe(t)
}
