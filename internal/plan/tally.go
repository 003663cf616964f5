package plan

import (
	"slices"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// TallyOptions returns the options of a statement that counts all events of the table, with the columns that the table has as its
// layout says. Copies are told apart by those columns; events without a column of their id are no copies of one another.
func (p *Plan) TallyOptions() sqlgen.Options {
	layout := *p.b.layout
	absent := func(l schema.Location) bool { return !p.b.has(l.Column) || p.b.unfitAt(placeWay(l)) != nil }
	if slices.ContainsFunc(layout.ID, absent) {
		layout.ID = nil
	}
	layout.Copy = slices.Clone(layout.Copy)
	for i, places := range layout.Copy {
		layout.Copy[i] = slices.DeleteFunc(slices.Clone(places), absent)
	}
	opt := p.b.sqlOf(&layout, Chunk{From: p.b.opt.From, To: p.b.opt.To})
	opt.Open = false
	return opt
}
