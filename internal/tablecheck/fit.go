package tablecheck

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
)

// Fit returns a layout adapted to a live table: without columns that are missing there or have another type, and with
// the time zones of its timestamps, and with JSON where Open says so. A layout without columns gets those of the table.
func Fit(p *schema.Layout, live *engine.Table, jsonIsText bool) *schema.Layout {
	p, _ = Open(p, live, jsonIsText)
	var columns []schema.Column
	differences := Compare(p, live, jsonIsText)
	for _, c := range live.Columns {
		unfit := slices.ContainsFunc(differences, func(d Difference) bool {
			return d.Kind == OtherType && strings.EqualFold(rootOf(d.Column), c.Name)
		})
		if !unfit {
			columns = append(columns, schema.Column{Name: c.Name, Type: typeOf(c.Type)})
		}
	}
	return p.WithColumns(columns)
}

// Counted returns the layout of a table in OCSF with the column count, if the live table has it: how many events its row stands for. The
// tables that AWS makes have no such column, but those of other producers do.
func Counted(p *schema.Layout, live *engine.Table) *schema.Layout {
	const name = "count"
	if !p.OCSF() || slices.ContainsFunc(p.Columns, func(c schema.Column) bool { return strings.EqualFold(c.Name, name) }) {
		return p
	}
	for _, c := range live.Columns {
		if strings.EqualFold(c.Name, name) && typeOf(c.Type).Kind == schema.Integer {
			return p.With(schema.Column{Name: c.Name, Type: typeOf(c.Type)})
		}
	}
	return p
}

// rootOf returns the column of a path, which separates members with dots.
func rootOf(path string) string {
	root, _, _ := strings.Cut(path, ".")
	return root
}
