package parquetrow

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/value"
)

// form is how a node becomes JSON.
type form uint8

const (
	leaf form = iota
	group
	list    // a group with a repeated child
	entries // a group with repeated pairs of a key and a value
)

// node is a column, a member of a struct, or an element.
type node struct {
	name     string
	form     form
	optional bool
	repeated bool
	def, rep int // levels of a value that is there
	from, to int // its leaves
	inner    []*node
	scalar   scalar
}

// scalar is the kind of a leaf.
type scalar struct {
	kind    parquet.Kind
	date    bool
	unit    time.Duration // of a timestamp, 0 for none
	uuid    bool
	decimal bool
	scale   int
}

// cells are the values of a leaf in the current row.
type cells struct {
	values []parquet.Value
	at     int
}

// maxNesting is how deep columns may be nested.
const maxNesting = 64

// listNames and mapNames are the names of the repeated groups of lists and maps: Apache Parquet, "LogicalTypes.md", read
// 2026-11. Repeated groups with other names are members of structs.
var (
	listNames = map[string]bool{"list": true, "bag": true, "array": true, "element": true, "item": true}
	mapNames  = map[string]bool{"key_value": true, "map": true, "entries": true}
)

func (f *File) node(c *parquet.Column, depth int) (*node, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("its columns are nested more than %d deep", maxNesting)
	}
	n := &node{name: c.Name(), optional: c.Optional(), repeated: c.Repeated(), def: c.MaxDefinitionLevel(), rep: c.MaxRepetitionLevel(), from: len(f.cells)}
	if c.Leaf() {
		if len(f.cells) >= maxColumns {
			return nil, fmt.Errorf("it has more than %d columns", maxColumns)
		}
		n.scalar = scalarOf(c.Type())
		f.cells = append(f.cells, cells{})
		n.to = len(f.cells)
		return n, nil
	}
	n.form = group
	children := c.Columns()
	if len(children) == 1 && children[0].Repeated() {
		below := children[0].Columns()
		switch child := children[0]; {
		case mapNames[child.Name()] && len(below) == 2 && below[0].Leaf():
			n.form = entries
		case listNames[child.Name()]:
			n.form = list
		}
	}
	for _, child := range children {
		m, err := f.node(child, depth+1)
		if err != nil {
			return nil, err
		}
		n.inner = append(n.inner, m)
	}
	n.to = len(f.cells)
	if n.from == n.to {
		return nil, errors.New("a column has no values")
	}
	return n, nil
}

func scalarOf(t parquet.Type) scalar {
	s := scalar{kind: t.Kind()}
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.DateType:
			s.date = true
		case *format.TimestampType:
			if l.Unit.Value != nil {
				s.unit = l.Unit.Value.Duration()
			}
		case *format.UUIDType:
			s.uuid = true
		case *format.DecimalType:
			s.decimal, s.scale = true, int(l.Scale)
		}
	} else if converted := t.ConvertedType(); converted != nil {
		switch *converted { //nolint:exhaustive // the others are plain values
		case deprecated.Date:
			s.date = true
		case deprecated.TimestampMillis:
			s.unit = time.Millisecond
		case deprecated.TimestampMicros:
			s.unit = time.Microsecond
		}
	}
	return s
}

var errLevels = errors.New("the levels of its values contradict each other")

// object appends a row.
func (f *File) object(dst []byte, row parquet.Row, limit int) ([]byte, error) {
	for i := range f.cells {
		f.cells[i] = cells{}
	}
	for i := 0; i < len(row); {
		column, start := row[i].Column(), i
		for i < len(row) && row[i].Column() == column {
			i++
		}
		if column < 0 || column >= len(f.cells) {
			return dst, errLevels
		}
		f.cells[column].values = row[start:i]
	}
	start := len(dst)
	dst, err := f.members(dst, f.root, start+limit)
	if err == nil && len(dst)-start > limit {
		err = event.ErrRowTooLong
	}
	return dst, err
}

func (f *File) members(dst []byte, nodes []*node, limit int) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	for _, n := range nodes {
		before := len(dst)
		if !first {
			dst = append(dst, ',')
		}
		dst = append(value.AppendQuoted(dst, []byte(n.name)), ':')
		var present bool
		var err error
		if dst, present, err = f.value(dst, n, limit); err != nil {
			return dst, err
		}
		if !present {
			dst = dst[:before]
			continue
		}
		first = false
	}
	return append(dst, '}'), nil
}

// value appends a value; present is false if the row has none.
func (f *File) value(dst []byte, n *node, limit int) (_ []byte, present bool, err error) {
	if len(dst) > limit {
		return dst, false, event.ErrRowTooLong
	}
	if n.repeated {
		return f.elements(dst, n, limit)
	}
	if n.optional {
		now, err := f.now(n)
		if err != nil {
			return dst, false, err
		}
		if now.DefinitionLevel() < n.def {
			return dst, false, f.pass(n)
		}
	}
	return f.single(dst, n, limit)
}

// single appends a value that is there.
func (f *File) single(dst []byte, n *node, limit int) (_ []byte, present bool, err error) {
	switch n.form {
	case group:
		dst, err = f.members(dst, n.inner, limit)
		return dst, true, err
	case list, entries:
		return f.elements(dst, n.inner[0], limit, n.form)
	case leaf:
	}
	now, err := f.now(n)
	if err != nil {
		return dst, false, err
	}
	f.cells[n.from].at++
	if now.IsNull() {
		return dst, false, nil
	}
	return n.scalar.append(dst, now), true, nil
}

// elements appends the elements of a repeated node: an array, or an object for the pairs of a map.
func (f *File) elements(dst []byte, n *node, limit int, as ...form) (_ []byte, present bool, err error) {
	isMap := len(as) > 0 && as[0] == entries
	open, end := byte('['), byte(']')
	if isMap {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	now, err := f.now(n)
	if err != nil {
		return dst, false, err
	}
	if now.DefinitionLevel() < n.def {
		return append(dst, end), true, f.pass(n)
	}
	for first := true; ; first = false {
		if len(dst) > limit {
			return dst, false, event.ErrRowTooLong
		}
		before := len(dst)
		if !first && len(dst) > 1 && dst[len(dst)-1] != open {
			dst = append(dst, ',')
		}
		if isMap {
			dst, present, err = f.entry(dst, n, limit)
		} else {
			element := n
			if len(as) > 0 && n.form == group && len(n.inner) == 1 {
				dst, present, err = f.value(dst, n.inner[0], limit)
			} else {
				dst, present, err = f.single(dst, element, limit)
			}
			if err == nil && !present {
				dst, present = append(dst, "null"...), true
			}
		}
		if err != nil {
			return dst, false, err
		}
		if !present {
			dst = dst[:before]
		}
		c := &f.cells[n.from]
		if c.at >= len(c.values) || c.values[c.at].RepetitionLevel() != n.rep {
			return append(dst, end), true, nil
		}
	}
}

// entry appends a pair of a map.
func (f *File) entry(dst []byte, n *node, limit int) (_ []byte, present bool, err error) {
	key, err := f.now(n.inner[0])
	if err != nil {
		return dst, false, err
	}
	f.cells[n.inner[0].from].at++
	dst = append(value.AppendQuoted(dst, key.Bytes()), ':')
	dst, present, err = f.value(dst, n.inner[1], limit)
	return dst, present && !key.IsNull(), err
}

// now returns the current value of a node's first leaf.
func (f *File) now(n *node) (parquet.Value, error) {
	c := &f.cells[n.from]
	if c.at >= len(c.values) {
		return parquet.Value{}, errLevels
	}
	return c.values[c.at], nil
}

// pass goes over the nulls that stand for a missing value in all leaves of a node.
func (f *File) pass(n *node) error {
	for i := n.from; i < n.to; i++ {
		if f.cells[i].at >= len(f.cells[i].values) {
			return errLevels
		}
		f.cells[i].at++
	}
	return nil
}

// append appends a value as JSON. Bytes that are no text, and numbers that JSON does not have, become strings.
func (s *scalar) append(dst []byte, v parquet.Value) []byte {
	switch s.kind {
	case parquet.Boolean:
		return strconv.AppendBool(dst, v.Boolean())
	case parquet.Int32:
		if s.date {
			return value.AppendQuoted(dst, []byte(time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)))
		}
		return s.whole(dst, int64(v.Int32()))
	case parquet.Int64:
		return s.whole(dst, v.Int64())
	case parquet.Int96: // the nanoseconds of a Julian day
		t := v.Int96()
		nanos := int64(uint64(t[1])<<32 | uint64(t[0]))
		const epoch = 2_440_588
		at := time.Unix((int64(t[2])-epoch)*86400, 0).Add(time.Duration(nanos))
		return value.AppendQuoted(dst, []byte(at.UTC().Format(time.RFC3339Nano)))
	case parquet.Float:
		return number(dst, float64(v.Float()), 32)
	case parquet.Double:
		return number(dst, v.Double(), 64)
	case parquet.FixedLenByteArray, parquet.ByteArray:
		text := v.ByteArray()
		switch {
		case s.uuid && len(text) == 16:
			return value.AppendQuoted(dst, []byte(uuid.UUID(text).String()))
		case s.decimal && len(text) <= 32:
			return decimal(dst, signed(text), s.scale)
		case s.kind == parquet.FixedLenByteArray:
			return value.AppendQuoted(dst, []byte(base64.StdEncoding.EncodeToString(text)))
		}
		return value.AppendQuoted(dst, text)
	}
	return append(dst, "null"...)
}

// whole appends an integer, or the time or decimal number that it stands for.
func (s *scalar) whole(dst []byte, n int64) []byte {
	switch {
	case s.decimal:
		return decimal(dst, big.NewInt(n), s.scale)
	case s.unit > 0:
		per := int64(time.Second / s.unit)
		seconds, rest := n/per, n%per
		at := time.Unix(seconds, rest*int64(s.unit)).UTC()
		if at.Year() < 1 || at.Year() > 9999 {
			break
		}
		return value.AppendQuoted(dst, []byte(at.Format(time.RFC3339Nano)))
	}
	return strconv.AppendInt(dst, n, 10)
}

func number(dst []byte, n float64, bits int) []byte {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return value.AppendQuoted(dst, []byte(strconv.FormatFloat(n, 'g', -1, bits)))
	}
	return strconv.AppendFloat(dst, n, 'g', -1, bits)
}

// signed reads a number in two's complement, the highest byte first.
func signed(text []byte) *big.Int {
	n := new(big.Int).SetBytes(text)
	if len(text) > 0 && text[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(text))))
	}
	return n
}

// decimal appends a number with scale digits after the point.
func decimal(dst []byte, n *big.Int, scale int) []byte {
	if scale <= 0 || scale > 100 {
		return n.Append(dst, 10)
	}
	digits := new(big.Int).Abs(n).String()
	for len(digits) <= scale {
		digits = "0" + digits
	}
	if n.Sign() < 0 {
		dst = append(dst, '-')
	}
	return append(append(append(dst, digits[:len(digits)-scale]...), '.'), digits[len(digits)-scale:]...)
}
