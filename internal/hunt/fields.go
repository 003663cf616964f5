package hunt

import (
	"time"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/value"
)

// text returns the text of the first value of a matcher's field, in the current event: bytes of the event if possible,
// otherwise in buf. ok is false if the event has no value.
func text(m *match.Matcher, field int, buf []byte) (text []byte, ok bool) {
	leaf, ok := m.First(field)
	if !ok {
		return nil, false
	}
	return leaf.Doc.Text(leaf.Node, buf), true
}

// timeOf returns the time of the current event.
func (s *schemaWork) timeOf() (value.Time, bool) {
	var buf [64]byte
	text, ok := text(s.matcher, s.plan.compiled.Event.Time, buf[:0])
	if !ok {
		return finding.NoTime, false
	}
	t, ok := s.plan.schema.ParseTime(text)
	if !ok {
		return finding.NoTime, false
	}
	return t, true
}

// timeOfRecord returns the time of the current event: its own, otherwise that of the row of a table that it was.
func (s *schemaWork) timeOfRecord(r *event.Record) (value.Time, bool) {
	if when, ok := s.timeOf(); ok || !r.Timed {
		return when, ok
	}
	return r.Time, true
}

// timeOfRow returns the time of a lake's row: the event's own, otherwise the table's.
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

// appendID appends the id that the log gives the current event. It reports false and leaves dst unchanged if a part is
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
	return s.plan.schema.AppendPart(dst, s.matcher.Fields(0).Doc()), true
}

// matchedFields are the fields of the matcher's event that correlations group by and count. The matcher has already
// read most of them.
type matchedFields struct {
	matcher *match.Matcher
	// asked are the fields of the matcher's program, by name.
	asked map[string]int
	buf   []byte
}

// Texts implements correlate.Fields.
func (f *matchedFields) Texts(field *ir.Field, yield func(text []byte)) {
	index, ok := f.asked[field.Name]
	if !ok {
		return // no correlation of this schema uses it
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

// askedFields returns the fields that correlations use in events of a schema, by their index for Matcher.Leaves.
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

// storedFields returns a function that reads the fields of stored events, for correlations over correlations.
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
