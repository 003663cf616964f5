package hunt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/term"
)

// Files may hold rows of tables, which lack fields of the log. As in a lake, a rule that needs such a field does not
// decide about them: its `not` would hold for every row.

// tableWork is a worker's state for the rows of one table.
type tableWork struct {
	table *event.Table
	lacks []bool // queries of the schema's program that need a field without a place
	rows  int64
	plan  *schemaPlan
}

// decidable returns the queries among found that can decide about rows of a table.
func (w *worker) decidable(s *schemaWork, table *event.Table, found []int) []int {
	t := w.tables[table]
	if t == nil {
		if w.tables == nil {
			w.tables = map[*event.Table]*tableWork{}
		}
		t = &tableWork{table: table, plan: s.plan}
		for i, query := range s.plan.compiled.Queries {
			// A decider knows what a row may lack.
			decides := w.hunt.options.Set.Rules[s.plan.compiled.Rules[i]].Decision != nil
			t.lacks = append(t.lacks, !decides && lacksField(query, table) != "")
		}
		w.tables[table] = t
	}
	t.rows++
	return slices.DeleteFunc(slices.Clone(found), func(query int) bool { return t.lacks[query] })
}

// lacksField returns a field of a query without a place in a table, "" if there is none.
func lacksField(query ir.Expr, table *event.Table) (lacks string) {
	ir.Walk(query, func(e ir.Expr) bool {
		for _, f := range ir.Fields(e) {
			paths := f.Paths
			if paths == nil {
				paths = table.Layout.Schema.Paths(f.Name)
			}
			has := false
			for _, path := range paths {
				for _, place := range table.Layout.PathLocations(path) {
					has = has || table.Has(place)
				}
			}
			if !has && lacks == "" {
				lacks = f.Name
			}
		}
		return lacks == ""
	})
	return lacks
}

// noted is how many titles of rules, and how many tables, the notes name.
const noted = 5

// tableNotes says for each table of files which rules could not decide about its rows.
func (h *hunt) tableNotes() []string {
	type account struct {
		*tableWork
		rows   int64
		titles []string
	}
	accounts := map[*event.Table]*account{}
	for _, w := range h.workers {
		// Iteration order does not matter: this adds numbers.
		for table, t := range w.tables {
			if accounts[table] == nil {
				accounts[table] = &account{tableWork: t}
			}
			accounts[table].rows += t.rows
		}
	}
	var list []*account
	// Iteration order does not matter: the list is sorted.
	for _, a := range accounts {
		for query, lacks := range a.lacks {
			if rule := a.plan.compiled.Rules[query]; lacks {
				title := h.options.Set.Rules[rule].Title
				a.titles = append(a.titles, fmt.Sprintf("%s (%s)", title, lacksField(a.plan.compiled.Queries[query], a.table)))
			}
		}
		if len(a.titles) > 0 {
			slices.Sort(a.titles)
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *account) int {
		return cmp.Or(cmp.Compare(b.rows, a.rows), cmp.Compare(a.table.Layout.FullName(), b.table.Layout.FullName()), slices.Compare(a.titles, b.titles))
	})
	var notes []string
	for i, a := range list {
		if i == noted {
			notes = append(notes, fmt.Sprintf("rules did not run on rows of %s, which lack fields that they need", term.Plural(len(list)-i, "more table")))
			break
		}
		note := fmt.Sprintf("%s did not run on %s of %s, which lack fields that they need: %s",
			term.Plural(len(a.titles), "rule"), term.Plural(a.rows, "row"), a.table.Layout.FullName(), strings.Join(a.titles[:min(noted, len(a.titles))], ", "))
		if more := len(a.titles) - noted; more > 0 {
			note += fmt.Sprintf(" and %d more", more)
		}
		notes = append(notes, note)
	}
	return notes
}
