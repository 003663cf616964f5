package plan

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Unfit is a column that is there, but not as the profile says. A statement that reads it so would fail, and all rules in it
// with it; so it is known before planning, and only the rules that need it are refused.
type Unfit struct {
	// Path is the column, or a member of a struct with dots between, in any case: "useridentity.sessioncontext".
	Path string
	// Missing says that a struct lacks that member. Else what is there is of another type.
	Missing bool
	// Reason is for people: "column useridentity is varchar, not struct<…>".
	Reason string
}

// unfitAt is what keeps a column or member of the table from being read, nil if nothing does. The way is the names of both with
// dots between: what is wrong with a column is so with its members.
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

// wayOf is the way to what an expression reads, as for unfitAt.
func wayOf(e sqlgen.Expr) string {
	switch e := e.(type) {
	case sqlgen.Name:
		return e[len(e)-1]
	case sqlgen.Member:
		return wayOf(e.Of) + "." + e.Name
	case sqlgen.Cast:
		return wayOf(e.Of)
	case sqlgen.Call:
		return wayOf(e.Args[0])
	}
	return ""
}

// placeWay is the way to a place, elements of arrays and keys of maps left out.
func placeWay(place schema.Place) string {
	way := place.Column
	for _, step := range place.Steps {
		if step.Kind == schema.Key {
			break
		}
		if step.Kind == schema.Member {
			way += "." + step.Name
		}
	}
	return way
}

// unreadable is why no rule at all can run: the time of events is asked for by every statement.
func (b *builder) unreadable() (CannotRun, bool) {
	if b.profile.Time == nil {
		return CannotRun{}, false
	}
	if u := b.unfitAt(placeWay(b.profile.Time.Place)); u != nil && !u.Missing {
		return CannotRun{Column: b.profile.Time.Place.Column, Reason: u.Reason + ", so that no time range can be asked for"}, true
	}
	return CannotRun{}, false
}

// everywhere is why a rule that looks at every string cannot run: there are strings that cannot be read.
func (b *builder) everywhere(r *planned) (CannotRun, bool) {
	if !looksEverywhere(r.query.Where) {
		return CannotRun{}, false
	}
	for _, u := range b.opt.Unfit {
		column, _, _ := strings.Cut(u.Path, ".")
		holds := slices.ContainsFunc(b.profile.Columns, func(c schema.Column) bool { return strings.EqualFold(c.Name, column) })
		if holds && !u.Missing {
			return CannotRun{Column: column, Reason: u.Reason + ", and keywords look everywhere"}, true
		}
	}
	return CannotRun{}, false
}

// fitting are the columns of a profile as far as the table has them as it says.
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

// misfit is why a field that lives in some columns cannot be read.
func (b *builder) misfit(f *ir.Field, columns []Column) (CannotRun, bool) {
	for _, c := range columns {
		if u := b.unfitAt(placeWay(c.place)); u != nil {
			return CannotRun{Field: f.Name, Column: c.place.Column, Reason: u.Reason}, true
		}
	}
	return CannotRun{}, false
}
