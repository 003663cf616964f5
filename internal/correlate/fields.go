package correlate

import (
	"encoding/binary"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// Fields reads the fields of one event.
type Fields interface {
	// Texts calls yield with the text of each leaf of a field, in their order: a string as it is, a number as written, true
	// or false, an object as its JSON text. The text is only read during the call.
	Texts(field *ir.Field, yield func(text []byte))
}

// EventFields are the Fields of a parsed event. It is not safe for concurrent use.
type EventFields struct {
	Doc    *value.Doc
	Walker *value.Walker
	// Paths are the places of a field in the events of the schema at hand; nil means the field's own Paths.
	Paths func(field *ir.Field) []value.Path

	leaves []value.Leaf
	buf    []byte
}

// Texts implements Fields: the first of the field's paths that leads to a leaf counts.
func (f *EventFields) Texts(field *ir.Field, yield func(text []byte)) {
	paths := field.Paths
	if f.Paths != nil {
		paths = f.Paths(field)
	}
	for i := range paths {
		f.leaves = f.Walker.Leaves(f.leaves[:0], f.Doc, 0, &paths[i])
		for _, leaf := range f.leaves {
			if leaf.Doc.Simple(leaf.Node) {
				yield(leaf.Doc.Raw(leaf.Node))
			} else {
				f.buf = leaf.Doc.AppendText(f.buf[:0], leaf.Node)
				yield(f.buf)
			}
		}
		if len(f.leaves) > 0 {
			return
		}
	}
}

// columns holds the leaf texts of one event's fields, each field read once. Its memory is used again for the next event.
type columns struct {
	fields Fields
	buf    []byte
	ends   []int // text i is buf[ends[i]:ends[i+1]]
	read   []readField
	seen   map[string]struct{}

	// The column being read.
	first    int
	distinct bool
	clipped  bool
	take     func(text []byte)
}

// column is a stretch of texts.
type column struct {
	first, end int
	clipped    bool // the event has more
}

type readField struct {
	name     string
	distinct bool
	column   column
}

func newColumns() *columns {
	c := &columns{ends: make([]int, 1, 32), seen: map[string]struct{}{}}
	c.take = c.taken // made once: a method value allocates
	return c
}

// reset turns to another event.
func (c *columns) reset(fields Fields) {
	c.fields, c.buf, c.ends, c.read = fields, c.buf[:0], c.ends[:1], c.read[:0]
}

// of reads a field: all its leaf texts, or the different ones in the order of their first appearance, up to maxCombinations.
func (c *columns) of(field *ir.Field, distinct bool) column {
	for i := range c.read {
		if c.read[i].name == field.Name && c.read[i].distinct == distinct {
			return c.read[i].column
		}
	}
	c.first, c.distinct, c.clipped = len(c.ends)-1, distinct, false
	c.fields.Texts(field, c.take)
	col := column{c.first, len(c.ends) - 1, c.clipped}
	if len(c.seen) > 0 {
		clear(c.seen)
	}
	c.read = append(c.read, readField{field.Name, distinct, col})
	return col
}

// fewTexts is up to how many texts comparing each with each beats a map.
const fewTexts = 12

func (c *columns) taken(text []byte) {
	if c.distinct {
		n := len(c.ends) - 1
		if n-c.first <= fewTexts {
			for i := c.first; i < n; i++ {
				if string(c.text(i)) == string(text) {
					return
				}
			}
		} else {
			if len(c.seen) == 0 {
				for i := c.first; i < n; i++ {
					c.seen[string(c.text(i))] = struct{}{}
				}
			}
			if _, ok := c.seen[string(text)]; ok || c.clipped {
				return
			}
			if n-c.first < maxCombinations {
				c.seen[string(text)] = struct{}{}
			}
		}
	}
	if len(c.ends)-1-c.first >= maxCombinations {
		c.clipped = true
		return
	}
	c.buf = append(c.buf, text...)
	c.ends = append(c.ends, len(c.buf))
}

func (c *columns) text(i int) []byte { return c.buf[c.ends[i]:c.ends[i+1]] }

// combinations walks every way to pick one text of each column.
type combinations struct {
	columns *columns
	of      []column
	at      []int
	left    int
}

// Bounds of what one event may add to one correlation; what is beyond is left out, and counted by Engine.Clipped.
const (
	// maxCombinations bounds its groups, and its values, through one base: arrays in two or three group-by fields multiply.
	maxCombinations = 10_000
	// maxNotes bounds its records: each group has all values.
	maxNotes = 50_000
	// maxGroupText bounds the bytes of the texts of its groups: a long text beside an array is in all of them. One group
	// may have any length.
	maxGroupText = 4 << 20
)

// start reads the fields' different texts. There is no combination if one has none, and one, empty, without fields.
// Clipped tells that maxCombinations cut the rest off.
func (c *combinations) start(columns *columns, fields []ir.Field) (clipped bool) {
	c.columns, c.of, c.at = columns, c.of[:0], c.at[:0]
	c.left = 1
	for i := range fields {
		col := columns.of(&fields[i], true)
		clipped = clipped || col.clipped
		c.of, c.at = append(c.of, col), append(c.at, col.first)
		if c.left *= col.end - col.first; c.left == 0 {
			return clipped
		}
		if c.left > maxCombinations {
			c.left, clipped = maxCombinations, true
		}
	}
	return clipped
}

// next appends the next combination in a form that is the same only for the same texts; false after the last.
func (c *combinations) next(dst []byte) ([]byte, bool) {
	if c.left == 0 {
		return dst, false
	}
	c.left--
	for _, i := range c.at {
		text := c.columns.text(i)
		dst = binary.AppendUvarint(dst, uint64(len(text)))
		dst = append(dst, text...)
	}
	for i := len(c.at) - 1; i >= 0; i-- {
		if c.at[i]++; c.at[i] < c.of[i].end {
			break
		}
		c.at[i] = c.of[i].first
	}
	return dst, true
}

// splitTexts undoes what next writes.
func splitTexts(src []byte, n int) []string {
	texts := make([]string, 0, n)
	for range n {
		size, used := binary.Uvarint(src)
		src = src[used:]
		texts = append(texts, string(src[:size]))
		src = src[size:]
	}
	return texts
}
