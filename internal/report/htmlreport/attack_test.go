package htmlreport

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/testkit"
)

// The names and tactics of techniques are those of ATT&CK, in one of the versions that rules use.
func TestTechniquesAreThoseOfATTACK(t *testing.T) {
	type known struct {
		names   []string
		columns []string
	}
	published := map[string]*known{}
	for _, name := range []string{"attack-techniques.tsv", "attack-19-techniques.tsv"} {
		file, err := os.Open(filepath.Join(testkit.Shared(t), "data", name))
		if err != nil {
			t.Skip(err)
		}
		defer file.Close()
		r := csv.NewReader(file)
		r.Comma = '\t'
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			k := published[row[0]]
			if k == nil {
				k = &known{}
				published[row[0]] = k
			}
			k.names = append(k.names, row[1])
			for _, tactic := range strings.Split(row[2], ",") {
				if slug := column(tactic); slug == "" {
					t.Errorf("%s: %s has no column", row[0], tactic)
				} else {
					k.columns = union(k.columns, []string{slug})
				}
			}
		}
	}
	for id, k := range published {
		have := techniqueOf(id)
		switch {
		case !slices.Contains(k.names, have.name):
			t.Errorf("%s is called %q, not %q", id, k.names, have.name)
		default:
			slices.Sort(k.columns)
			if !slices.Equal(k.columns, have.columns) {
				t.Errorf("%s is in %v, not in %v", id, k.columns, have.columns)
			}
		}
	}
}

// A technique stands under the tactics that both rule and ATT&CK give to it; old and new names of tactics are one column; a finding
// counts once in a cell, whatever rules are folded under it.
func TestMatrix(t *testing.T) {
	for _, test := range []struct {
		name                string
		tactics, techniques []string
		want                string
	}{
		{"both agree", []string{"persistence", "impact"}, []string{"T1098", "T1485"}, "persistence/T1098 impact/T1485"},
		{"new names", []string{"stealth", "defense-impairment"}, []string{"T1685.002"}, "defense-evasion/T1685.002"},
		{"an unknown technique", []string{"execution", "impact"}, []string{"T9999"}, "execution/T9999 impact/T9999"},
		{"another tactic than ATT&CK's", []string{"collection"}, []string{"T1485"}, "collection/T1485"},
		{"no technique", []string{"discovery"}, nil, "discovery/"},
		{"no tactic", nil, []string{"t1485"}, "impact/T1485"},
		{"nothing", nil, nil, "/"},
		{"a tactic without its technique", []string{"impact", "discovery"}, []string{"T1485"}, "discovery/ impact/T1485"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newRuleCounts()
			rule := &finding.Rule{Title: "a", Tactics: test.tactics, Techniques: test.techniques}
			same := &finding.Rule{Title: "b", Tactics: test.tactics, Techniques: test.techniques}
			c.add(&finding.Finding{Rule: rule, Level: finding.High, Also: []finding.Also{{Rule: same, Count: 3}}})
			var got []string
			for _, column := range c.matrix.sorted() {
				for _, cell := range column.Cells {
					got = append(got, column.Slug+"/"+cell.ID)
					if cell.Findings != 1 || cell.Level != finding.High {
						t.Errorf("%s counts %d findings of level %v, want 1 of level high", cell.ID, cell.Findings, cell.Level)
					}
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}
