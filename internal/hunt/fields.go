package hunt

import (
	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/value"
)

// matchedFields are the fields of the event that a matcher holds: what correlations group by and count. The matcher has
// found most of them already.
type matchedFields struct {
	matcher *match.Matcher
	// asked are the fields of the matcher's program by name.
	asked map[string]int
	buf   []byte
}

// Texts implements correlate.Fields.
func (f *matchedFields) Texts(field *ir.Field, yield func(text []byte)) {
	index, ok := f.asked[field.Name]
	if !ok {
		return // no correlation of this schema asks for it
	}
	for _, leaf := range f.matcher.Leaves(index) {
		if leaf.Doc.Simple(leaf.Node) {
			yield(leaf.Doc.Raw(leaf.Node))
		} else {
			f.buf = leaf.Doc.AppendText(f.buf[:0], leaf.Node)
			yield(f.buf)
		}
	}
}

// askedFields are the fields that correlations ask for in the events of a schema, as Matcher.Leaves counts them.
func askedFields(set *ruleset.Set, compiled *ruleset.Compiled) map[string]int {
	asked := map[string]int{}
	for _, uses := range compiled.Uses {
		for _, use := range uses {
			base := &set.Correlations[use.Correlation].IR.Bases[use.Base]
			for i, field := range use.GroupBy {
				asked[base.GroupBy[i].Name] = field
			}
			for i, field := range use.Values {
				asked[base.Values[i].Name] = field
			}
		}
	}
	return asked
}

// storedFields makes the fields of stored events readable for correlations over correlations.
func (h *hunt) storedFields() func(e evidence.Event) (correlate.Fields, error) {
	var reader *storedReader
	known := map[string][]value.Path{}
	return func(e evidence.Event) (correlate.Fields, error) {
		if reader == nil {
			reader = newStoredReader(h)
		}
		s, err := reader.parse(e)
		if err != nil {
			return nil, err
		}
		return &correlate.EventFields{Doc: s.doc, Walker: &s.picking.walker, Paths: func(field *ir.Field) []value.Path {
			key := s.schema.Name + "\x00" + field.Name
			if known[key] == nil {
				known[key] = s.schema.Paths(field.Name)
			}
			return known[key]
		}}, nil
	}
}
