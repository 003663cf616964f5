package htmlreport

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
)

// tactic is a column of the matrix.
type tactic struct{ slug, label string }

// tactics are the tactics of ATT&CK for Enterprise, in the order of its matrix, which is that of an intrusion. Version 19
// divided defense evasion into stealth and defense impairment; rules use both the old and the new names, so that one column
// has all three.
var tactics = []tactic{
	{"reconnaissance", "Reconnaissance"}, {"resource-development", "Resource development"},
	{"initial-access", "Initial access"}, {"execution", "Execution"}, {"persistence", "Persistence"},
	{"privilege-escalation", "Privilege escalation"}, {"defense-evasion", "Defense evasion"},
	{"credential-access", "Credential access"}, {"discovery", "Discovery"}, {"lateral-movement", "Lateral movement"},
	{"collection", "Collection"}, {"command-and-control", "Command and control"}, {"exfiltration", "Exfiltration"},
	{"impact", "Impact"}, {"", "No tactic"},
}

// column returns the slug of the column of a tactic, "" for a name that ATT&CK does not have.
func column(name string) string {
	name = strings.ToLower(name)
	if name == "stealth" || name == "defense-impairment" {
		return "defense-evasion"
	}
	if slices.ContainsFunc(tactics, func(t tactic) bool { return t.slug == name }) {
		return name
	}
	return ""
}

// columnsOf returns the columns of a rule, at least one.
func columnsOf(r *ruleCount) []string {
	var columns []string
	for _, name := range r.Tactics {
		if slug := column(name); slug != "" && !slices.Contains(columns, slug) {
			columns = append(columns, slug)
		}
	}
	if len(columns) == 0 {
		for _, id := range r.Techniques {
			for _, slug := range techniqueOf(techniqueID(id)).columns {
				if !slices.Contains(columns, slug) {
					columns = append(columns, slug)
				}
			}
		}
	}
	if len(columns) == 0 {
		return []string{""}
	}
	return columns
}

// techniqueID returns the id of a technique as ATT&CK writes it.
func techniqueID(id string) string {
	id = safe(id)
	if len(id) > 1 && id[0] == 't' {
		return "T" + id[1:]
	}
	return id
}

// matrixColumn is a tactic with the techniques that were found.
type matrixColumn struct {
	Slug, Label string
	Findings    int
	Level       finding.Level
	Cells       []matrixCell
}

// matrixCell is a technique in one column. ID is "" for findings whose rules name no technique.
type matrixCell struct {
	ID, Name            string
	Findings, Succeeded int
	Level               finding.Level
}

// placeOf is a cell of the matrix: the column and the id of the technique.
type placeOf struct{ column, technique string }

// matrix counts findings by cell. A finding counts once in each cell of its rule and of the rules folded under it.
type matrix struct {
	cells   map[placeOf]*matrixCell
	columns map[string]*matrixColumn
}

func (m *matrix) add(rules []ruleCount, f *finding.Finding, rule int, also []int) {
	places, columns := rules[rule].places, rules[rule].columns
	for _, i := range also {
		places, columns = union(places, rules[i].places), union(columns, rules[i].columns)
	}
	for _, slug := range columns {
		c := m.columns[slug]
		if c == nil {
			c = &matrixColumn{Slug: slug}
			m.columns[slug] = c
		}
		c.Findings++
		c.Level = max(c.Level, f.Level)
	}
	for _, at := range places {
		cell := m.cells[at]
		if cell == nil {
			cell = &matrixCell{ID: at.technique, Name: techniqueOf(at.technique).name}
			if at.technique == "" {
				cell.Name = "no technique named"
			}
			m.cells[at] = cell
		}
		cell.Findings++
		if endOf(f) == endedWell {
			cell.Succeeded++
		}
		cell.Level = max(cell.Level, f.Level)
	}
}

// union returns the values of both lists, each once. It changes neither.
func union[T comparable](a, b []T) []T {
	all := slices.Clip(a)
	for _, value := range b {
		if !slices.Contains(all, value) {
			all = append(all, value)
		}
	}
	return all
}

// sorted returns the columns that have findings, in the order of an intrusion.
func (m *matrix) sorted() []matrixColumn {
	var list []matrixColumn
	for _, t := range tactics {
		c := m.columns[t.slug]
		if c == nil {
			continue
		}
		one := *c
		one.Label = t.label
		// Iteration order does not matter: the cells are sorted.
		for at, cell := range m.cells {
			if at.column == t.slug {
				one.Cells = append(one.Cells, *cell)
			}
		}
		slices.SortFunc(one.Cells, func(a, b matrixCell) int {
			return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.Findings, a.Findings), strings.Compare(a.ID, b.ID))
		})
		list = append(list, one)
	}
	return list
}

// placesOf returns the cells of a rule: its techniques, under the tactics that both the rule and ATT&CK give to them; under those
// of the rule if ATT&CK's are not known or are others.
func placesOf(r *ruleCount) []placeOf {
	var places []placeOf
	for _, slug := range r.columns {
		placed := false
		for _, technique := range r.Techniques {
			id := techniqueID(technique)
			if fits(techniqueOf(id).columns, r.columns, slug) {
				places = union(places, []placeOf{{slug, id}})
				placed = true
			}
		}
		if !placed {
			places = append(places, placeOf{slug, ""})
		}
	}
	return places
}

// fits reports whether a technique belongs in a column of its rule. known are the columns that ATT&CK gives to it, of are those
// of the rule.
func fits(known, of []string, slug string) bool {
	if slices.Contains(known, slug) {
		return true
	}
	return !slices.ContainsFunc(known, func(k string) bool { return slices.Contains(of, k) })
}
