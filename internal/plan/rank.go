package plan

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// actionRank is the rank of what was called: of all fields it has the most values, and nearly every rule names some.
const actionRank = 9

// serviceRank is the rank of the service.
const serviceRank = 3

// rank learns how few events one value of a field has, from what the schema says that it is. A path that it says nothing
// of has the rank 2, the service 3: half of a trail may be one service's.
func (b *builder) rank() {
	s := b.profile.Schema
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

// cheap ranks a field for pass.Superset: 0 unless each of its paths is a column of text, a member of a struct, or a key of
// a column that holds the whole record as JSON.
func (b *builder) cheap(f *ir.Field) int {
	rank := 2
	found := false
	for _, path := range f.Paths {
		for _, place := range b.profile.PathPlaces(path) {
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

func plain(path value.Path, place schema.Place) bool {
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

// wholeName is from how many characters on the beginning of an action's name is taken for more than a verb.
const wholeName = 12

// risk guesses from a superset how many events it lets through.
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
				// A name that may have a version behind it, as Lambda's have.
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

// isAction tells of what was called. In a log without such a thing any field will do.
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
