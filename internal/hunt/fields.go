package hunt

import (
	"time"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/value"
)

// text is the text of the first value of a matcher's field, in the event at hand: bytes of the event where it can be,
// else in buf. ok is false where the event has none.
func text(m *match.Matcher, field int, buf []byte) (text []byte, ok bool) {
	leaves := m.Leaves(field)
	if len(leaves) == 0 {
		return nil, false
	}
	return leaves[0].Doc.Text(leaves[0].Node, buf), true
}

// timeOf is the time of the event at hand.
func (s *schemaWork) timeOf() (value.Time, bool) {
	var buf [64]byte
	text, ok := text(s.matcher, s.plan.compiled.Event.Time, buf[:0])
	if !ok {
		return finding.NoTime, false
	}
	t, ok := value.ParseTime(text)
	if !ok {
		return finding.NoTime, false
	}
	return t, true
}

// timeOfRow is the time of a row of a lake: the event's own, else the one that the table tells.
func (s *schemaWork) timeOfRow(row *lake.Row) (value.Time, bool) {
	if when, ok := s.timeOf(); ok || row.Time.IsZero() {
		return when, ok
	}
	when := value.Time{Nanos: row.Time.UnixNano()}
	for unit := int64(time.Second); when.Nanos%unit != 0 && when.Digits < 9; unit /= 1000 {
		when.Digits += 3
	}
	return when, true
}

// appendID appends the id that the log gives the event at hand. It reports false, with dst as it was, where a part is
// missing.
func (s *schemaWork) appendID(dst []byte) ([]byte, bool) {
	before := len(dst)
	for i, field := range s.plan.compiled.Event.ID {
		if i > 0 {
			dst = append(dst, s.plan.schema.IDSeparator...)
		}
		var buf [64]byte
		text, ok := text(s.matcher, field, buf[:0])
		if !ok || len(text) == 0 {
			return dst[:before], false
		}
		dst = append(dst, text...)
	}
	return dst, true
}

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
