package match

import "github.com/egret-hunt/egret/internal/value"

// Fields are some of the fields of a Matcher's current event, for callers that read events without matching them. They are
// valid until the matcher's next event.
type Fields struct {
	matcher *Matcher
	first   int
}

// Fields returns the fields passed to Compile from an index on; that one is field 0.
func (m *Matcher) Fields(first int) Fields { return Fields{m, first} }

// Doc returns the event.
func (f Fields) Doc() *value.Doc { return f.matcher.doc }

// Leaves returns the values of a field.
func (f Fields) Leaves(field int) []value.Leaf { return f.matcher.Leaves(f.first + field) }

// Text returns the text of the first value of a field: bytes of the event if possible, otherwise in buf. It is nil if the event has
// no value.
func (f Fields) Text(field int, buf []byte) []byte {
	leaf, ok := f.matcher.First(f.first + field)
	if !ok {
		return nil
	}
	return leaf.Doc.Text(leaf.Node, buf)
}
