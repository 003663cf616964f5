package lake

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
)

// ParseType reads a type in an engine's words, Trino's, Athena's or DuckDB's; false for what is none. A word for a type that
// nothing is known of, such as uuid, gives a type of an unknown kind.
func ParseType(text string) (schema.Type, bool) {
	p := liveParser{rest: text}
	t := p.parse(0)
	p.skip()
	return t, !p.bad && p.rest == ""
}

// Fit is a profile as a live table can be asked by it: without columns that the table lacks or has of another type, and with
// the time zones of its timestamps. A profile without columns gets those of the table.
func Fit(p *schema.Profile, live *engine.Table, jsonIsText bool) *schema.Profile {
	var columns []schema.Column
	differences := Compare(p, live, jsonIsText)
	for _, c := range live.Columns {
		unfit := slices.ContainsFunc(differences, func(d Difference) bool {
			return d.Kind == OtherType && strings.EqualFold(rootOf(d.Column), c.Name)
		})
		if !unfit {
			columns = append(columns, schema.Column{Name: c.Name, Type: liveType(c.Type)})
		}
	}
	return p.WithColumns(columns)
}

// rootOf is the column of a path with dots before members.
func rootOf(path string) string {
	root, _, _ := strings.Cut(path, ".")
	return root
}
