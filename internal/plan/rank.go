package plan

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// actionRank is the rank of the action. It has the most values of all fields, and nearly every rule names some.
const actionRank = 9

// serviceRank is the rank of the service.
const serviceRank = 3

// rank sets the ranks of paths: the higher, the fewer events have a given value. They depend on the role of a field in the
// schema. A path without a role has rank 2. The service has rank 3, since half of a trail may be of one service.
func (b *builder) rank() {
	s := b.layout.Schema
	b.ranks, b.action = map[string]int{}, map[string]bool{}
	for _, field := range []struct {
		paths schema.Paths
		rank  int
	}{{s.Action, actionRank}, {s.Error, 7}, {s.Session, 6}, {s.Address, 6}, {s.Host, 5}, {s.Principal, 5}, {s.Agent, 4}, {s.Service, serviceRank}} {
		for _, path := range field.paths {
			if b.ranks[path.Text] == 0 {
				b.ranks[path.Text] = field.rank
			}
		}
	}
	for _, path := range s.Action {
		b.action[path.Text] = true
	}
}

// cheap returns the rank of a field for pass.Superset. It is 0 unless each of its paths is a column of text, a member of a
// struct, or a key of a column with the whole record as JSON.
func (b *builder) cheap(f *ir.Field) int {
	rank := 2
	found := false
	for _, path := range f.Paths {
		for _, place := range b.layout.PathLocations(path) {
			if !b.has(place.Column) || b.unfitAt(placeWay(place)) != nil || !plain(path, place) {
				return 0
			}
			found = true
		}
		rank = max(rank, b.ranks[path.Text])
	}
	if !found {
		return 0
	}
	return rank
}

func plain(path value.Path, place schema.Location) bool {
	for _, step := range place.Steps {
		if step.Kind != schema.Member {
			return false
		}
	}
	if place.Type.Kind == schema.JSON {
		return place.When == nil && place.JSON.Text == path.Text && place.Type.Word == schema.ObjectWord && place.Encoding == value.NoJSON
	}
	return place.Time == nil && place.When == nil && (place.Type.Kind == schema.Text || place.Type.Kind == schema.Boolean || place.Type.Kind == schema.Unknown)
}

// wholeName is the minimum length in bytes of a prefix that is more than the verb of an action's name.
const wholeName = 12

// risk estimates how many events match a superset.
func (b *builder) risk(superset ir.Expr) int {
	risk := rare
	ir.Walk(superset, func(e ir.Expr) bool {
		switch e := e.(type) {
		case *ir.ConstExpr:
			if e.Value {
				risk = open
			}
		case *ir.StringExpr:
			switch {
			case e.Op == ir.StartsWith && b.isAction(&e.Field) && len(e.Pattern) > 0 && len(e.Pattern[0].Text) >= wholeName:
				// The name of an action, perhaps followed by a version as for Lambda.
			case e.Op != ir.Equal || !b.isAction(&e.Field):
				risk = max(risk, noAction)
			case len(e.Pattern) > 0 && b.common[e.Pattern[0].Text]:
				risk = max(risk, common)
			}
		}
		return true
	})
	return risk
}

// isAction reports whether a field is the action. In a log without actions it is true for every field.
func (b *builder) isAction(f *ir.Field) bool {
	if len(b.action) == 0 {
		return true
	}
	for _, path := range f.Paths {
		if !b.action[path.Text] {
			return false
		}
	}
	return true
}
