package correlate

import (
	"encoding/binary"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// Fields reads the fields of one event.
type Fields interface {
	// Texts calls yield with the text of each leaf of a field, in order: a string unquoted, a number as written, true
	// or false, an object as its JSON text. The text is only valid during the call.
	Texts(field *ir.Field, yield func(text []byte))
}

// EventFields are the Fields of a parsed event. It is not safe for concurrent use.
type EventFields struct {
	Doc    *value.Doc
	Walker *value.Walker
	// Paths returns the paths of a field in events of the current schema; nil means the field's own Paths.
	Paths func(field *ir.Field) []value.Path

	leaves []value.Leaf
	buf    []byte
}

// Texts implements Fields. The first of the field's paths that leads to a leaf is used.
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

// columns holds the leaf texts of one event's fields. It reads each field once and reuses its memory for the next
// event.
type columns struct {
	fields Fields
	buf    []byte
	ends   []int // text i is buf[ends[i]:ends[i+1]]
	read   []readField
	seen   map[string]struct{}

	// State of the column being read.
	first    int
	distinct bool
	clipped  bool
	take     func(text []byte)
}

// column is a range of texts.
type column struct {
	first, end int
	clipped    bool // the event has more texts
}

type readField struct {
	name     string
	distinct bool
	column   column
}

func newColumns() *columns {
	c := &columns{ends: make([]int, 1, 32), seen: map[string]struct{}{}}
	c.take = c.taken // created once, because a method value allocates
	return c
}

// reset begins another event.
func (c *columns) reset(fields Fields) {
	c.fields, c.buf, c.ends, c.read = fields, c.buf[:0], c.ends[:1], c.read[:0]
}

// of reads a field and returns all its leaf texts, or the different ones in the order of their first appearance, up to
// maxCombinations.
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

// fewTexts is the number of texts up to which pairwise comparison is faster than a map.
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

// combinations iterates over all ways to choose one text of each column.
type combinations struct {
	columns *columns
	of      []column
	at      []int
	left    int
}

// Limits for one event in one correlation. What exceeds them is left out and counted by Engine.Clipped.
const (
	// maxCombinations limits its groups, and its values, through one base: arrays in two or three group-by fields
	// multiply.
	maxCombinations = 10_000
	// maxNotes limits its records: each group has all values.
	maxNotes = 50_000
	// maxGroupText limits the bytes of its groups' texts: a long text beside an array is in every group. A single
	// group may have any length.
	maxGroupText = 4 << 20
)

// start reads the fields' different texts. If a field has none, there is no combination; without fields there is one,
// which is empty. Clipped reports whether maxCombinations cut off the rest.
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

// next appends the next combination in an encoding that is unique for its texts. It reports false after the last.
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

// splitTexts decodes the n texts that next encoded.
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
