package plan

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// An Unfit is a column that differs from the layout. A statement that reads it would fail with all its rules, so the plan
// refuses the rules that need it.
type Unfit struct {
	// Path is the column, or a member of a struct with dots, in any case: "useridentity.sessioncontext".
	Path string
	// Missing is set if a struct does not have the member. Otherwise the column or member has another type.
	Missing bool
	// Reason is for display: "column useridentity is varchar, not struct<…>".
	Reason string
}

// unfitAt returns the Unfit that applies to a column or member, or nil. way is its path with dots. An Unfit of a column also
// applies to its members.
func (b *builder) unfitAt(way string) *Unfit {
	if len(b.opt.Unfit) == 0 {
		return nil
	}
	way = strings.ToLower(way) + "."
	for i := range b.opt.Unfit {
		if strings.HasPrefix(way, strings.ToLower(b.opt.Unfit[i].Path)+".") {
			return &b.opt.Unfit[i]
		}
	}
	return nil
}

// wayOf returns the path that an expression reads, in the form of unfitAt.
func wayOf(e sqltree.Expr) string {
	switch e := e.(type) {
	case sqltree.Name:
		return e[len(e)-1]
	case sqltree.Member:
		return wayOf(e.Of) + "." + e.Name
	case sqltree.Cast:
		return wayOf(e.Of)
	case sqltree.Call:
		return wayOf(e.Args[0])
	}
	return ""
}

// placeWay returns the path of a location in the form of unfitAt, without elements of arrays and keys of maps.
func placeWay(place schema.Location) string {
	way := place.Column
	for _, step := range place.Steps {
		if step.Kind == schema.Key || step.Kind == schema.Joined {
			break
		}
		if step.Kind == schema.Member {
			way += "." + step.Name
		}
	}
	return way
}

// unreadable returns the reason why no rule can run on the table: every statement reads the time of events.
func (b *builder) unreadable() (CannotRun, bool) {
	if b.layout.Time == nil {
		return CannotRun{}, false
	}
	if u := b.unfitAt(placeWay(b.layout.Time.Location)); u != nil && !u.Missing {
		return CannotRun{Column: b.layout.Time.Location.Column, Reason: u.Reason + ", so statements cannot limit the time range"}, true
	}
	return CannotRun{}, false
}

// everywhere returns the reason why a rule with keywords cannot run: some strings cannot be read.
func (b *builder) everywhere(r *planned) (CannotRun, bool) {
	if !hasKeywords(r.query.Where) {
		return CannotRun{}, false
	}
	for _, u := range b.opt.Unfit {
		column, _, _ := strings.Cut(u.Path, ".")
		holds := slices.ContainsFunc(b.layout.Columns, func(c schema.Column) bool { return strings.EqualFold(c.Name, column) })
		if holds && !u.Missing {
			return CannotRun{Column: column, Reason: u.Reason + ", and keywords search all columns"}, true
		}
	}
	return CannotRun{}, false
}

// fitting returns the columns and members of a layout that the table has as the layout defines them.
func (b *builder) fitting(columns []schema.Column) []schema.Column {
	var fit func(columns []schema.Column, way string) []schema.Column
	fit = func(columns []schema.Column, way string) []schema.Column {
		columns = slices.DeleteFunc(slices.Clone(columns), func(c schema.Column) bool { return b.unfitAt(way+c.Name) != nil })
		for i := range columns {
			if c := &columns[i]; len(c.Type.Members) > 0 {
				c.Type.Members = fit(c.Type.Members, way+c.Name+".")
			}
		}
		return columns
	}
	columns = slices.DeleteFunc(slices.Clone(columns), func(c schema.Column) bool { return !b.has(c.Name) })
	if len(b.opt.Unfit) == 0 {
		return columns
	}
	return fit(columns, "")
}

// misfit returns the reason why a field with the given columns cannot be read.
func (b *builder) misfit(f *ir.Field, columns []Column) (CannotRun, bool) {
	for _, c := range columns {
		if u := b.unfitAt(placeWay(c.place)); u != nil {
			return CannotRun{Field: f.Name, Column: c.place.Column, Reason: u.Reason}, true
		}
	}
	return CannotRun{}, false
}
