package stixmap_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

func pathOf(t *testing.T, text string) *stix.Path {
	t.Helper()
	p, list := stix.Parse(source.NewFile(text, "["+text+" = '']"), stix.V21)
	if p == nil {
		t.Fatal(text, list)
	}
	return &stixmap.Canonical(p).Expr.(*stix.Observation).Comparison.(*stix.Comparison).Path
}

// TestConnectorAttributes checks that every attribute of the connector is answered or has no column in any published table of Security
// Lake, and the other way round, against a list that was made from the tables' definitions.
func TestConnectorAttributes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testkit.Shared(t, "data/stix"), "aws_athena-mappings.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	// Log files have it, although no table has.
	other := []string{"x-ibm-finding:event_count"}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
	if len(lines) != len(stixmap.Connector()) {
		t.Errorf("%d attributes, want %d", len(stixmap.Connector()), len(lines))
	}
	count := map[string]int{}
	for i, line := range lines {
		fields := append(strings.Split(line, "\t"), "")
		a := stixmap.Connector()[i]
		if a.Dialect != fields[0] || a.Path != fields[1] {
			t.Errorf("attribute %d is %v, want %v", i, a, fields[:2])
			continue
		}
		has := a.Dialect != "ocsf" || strings.Contains(fields[6], " has ")
		for _, tables := range append(strings.Split(fields[4], "; "), strings.Split(fields[5], "; ")...) {
			_, where, ok := strings.Cut(tables, ": ")
			has = has || ok && where != "no"
		}
		answers := false
		for _, m := range stixmap.All() {
			answers = answers || m.Name == a.Dialect && m.Answer(pathOf(t, a.Path)) != nil
		}
		if answers != has && !slices.Contains(other, a.Path) {
			t.Errorf("%s %s: answered: %v, want %v: %s", a.Dialect, a.Path, answers, has, line)
		}
		if !answers && stixmap.NoColumn(pathOf(t, a.Path)) == "" {
			t.Errorf("%s is refused without its column", a.Path)
		}
		if answers {
			count[a.Dialect]++
		}
	}
	t.Log(count)
}

// TestRowFieldsHaveColumns checks that the fields of rows are columns of some published table.
func TestRowFieldsHaveColumns(t *testing.T) {
	var layouts []*schema.Layout
	for _, p := range schema.AllLayouts() {
		if p.OCSF() {
			layouts = append(layouts, p)
		}
	}
	if len(layouts) < 8 {
		t.Fatalf("only %d tables in OCSF", len(layouts))
	}
	// Log files may have more than tables.
	files := []string{"row.count", "row.dst_endpoint.domain", "row.finding_info.created_time"}
	for _, m := range stixmap.All() {
		if !m.Rows {
			continue
		}
		for _, name := range m.Full.Fields(m.Full.Types()) {
			if !slices.Contains(files, name) && !slices.ContainsFunc(layouts, func(p *schema.Layout) bool { return len(p.Locations(name)) > 0 }) {
				t.Errorf("%s: no table has %s", m.Name, name)
			}
		}
	}
}
