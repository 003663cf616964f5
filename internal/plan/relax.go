package plan

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// relaxed returns a superset of a rule's predicate that reads no JSON. It keeps predicates over columns, replaces a predicate
// over a value inside of JSON text by a search for its literal in the column's text, and drops the rest, which the native
// matcher evaluates. coarse is set if the result is not exact and not selective, so that it matches all events of some
// actions or services.
func (b *builder) relaxed(r *planned) (e ir.Expr, coarse bool) {
	dropped := false
	e = pass.Relax(r.query.Where, func(leaf ir.Expr, negated bool) ir.Expr {
		stays, exact := b.relaxedLeaf(leaf, negated)
		dropped = dropped || !exact
		if stays != nil {
			return stays
		}
		return &ir.ConstExpr{Value: true, Span: leaf.Pos()}
	})
	e = ir.Rewrite(e, onceStored)
	return e, dropped && !b.selective(e)
}

// selective reports whether an expression has conditions beyond an action, a service, and missing or different values. The
// latter are not selective: most events of an action have no error, for example.
func (b *builder) selective(e ir.Expr) bool {
	switch e := e.(type) {
	case *ir.AndExpr:
		return slices.ContainsFunc(e.Operands, b.selective)
	case *ir.OrExpr:
		return !slices.ContainsFunc(e.Operands, func(e ir.Expr) bool { return !b.selective(e) })
	case *ir.StringExpr:
		if e.Field.Stored {
			return strings.HasSuffix(e.Field.Name, storedValue)
		}
		return !b.namesCall(&e.Field)
	case *ir.ExistsExpr:
		return !b.namesCall(&e.Field)
	case *ir.RegexExpr, *ir.NumberExpr, *ir.TextOrderExpr, *ir.FieldRefExpr:
		return true
	}
	return false
}

// namesCall reports whether a field is the action or its service.
func (b *builder) namesCall(f *ir.Field) bool {
	for _, path := range f.Paths {
		if !b.action[path.Text] && b.ranks[path.Text] != serviceRank {
			return false
		}
	}
	return true
}

// onceStored removes duplicate searches in stored text from an OR.
func onceStored(e ir.Expr) ir.Expr {
	or, ok := e.(*ir.OrExpr)
	if !ok {
		return e
	}
	type search struct {
		field, text string
		cased       bool
	}
	seen := map[search]bool{}
	var operands []ir.Expr
	for _, operand := range or.Operands {
		if s, ok := operand.(*ir.StringExpr); ok && s.Field.Stored {
			key := search{s.Field.Name, s.Pattern[0].Text, s.Cased}
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		operands = append(operands, operand)
	}
	if len(operands) == len(or.Operands) {
		return e
	}
	return &ir.OrExpr{Operands: operands, Span: or.Span}
}

// relaxedLeaf returns the replacement for a leaf or its negation, or nil to drop it. exact is set if the meaning is the same.
func (b *builder) relaxedLeaf(leaf ir.Expr, negated bool) (stays ir.Expr, exact bool) {
	if b.direct(leaf) {
		if negated {
			return &ir.NotExpr{Operand: leaf, Span: leaf.Pos()}, true
		}
		return leaf, true
	}
	if negated {
		return nil, false
	}
	if b.opt.KeywordsOnly && hasKeywords(leaf) {
		if _, faults := sqlgen.Detection(&ir.Query{Where: leaf}, nil, b.sql(Chunk{})); !faults.HasErrors() {
			return leaf, true
		}
	}
	return b.inStored(leaf), false
}

// direct reports whether a leaf reads only columns and members of structs with operations that are cheap for engines.
func (b *builder) direct(leaf ir.Expr) bool {
	fields := ir.Fields(leaf)
	for _, f := range fields {
		for _, path := range f.Paths {
			for _, place := range b.layout.PathLocations(path) {
				if !b.has(place.Column) || place.Time != nil || slices.ContainsFunc(place.Steps, func(s schema.Step) bool { return s.Kind != schema.Member }) {
					return false
				}
				number := place.Type.Kind == schema.Integer || place.Type.Kind == schema.Double
				switch place.Type.Kind {
				case schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Unknown:
				case schema.Timestamp, schema.Date, schema.JSON, schema.Struct, schema.Array, schema.Map:
					return false
				}
				if _, asks := leaf.(*ir.NumberExpr); asks && !number {
					return false // the engine would have to parse text
				}
			}
		}
	}
	switch leaf.(type) {
	case *ir.StringExpr, *ir.BoolExpr, *ir.NullExpr, *ir.ExistsExpr, *ir.NumberExpr, *ir.TextOrderExpr, *ir.FieldRefExpr:
	case *ir.RegexExpr:
		if len(fields) == 0 {
			return false // a keyword
		}
	default:
		return false
	}
	_, faults := sqlgen.Detection(&ir.Query{Where: leaf}, nil, b.sql(Chunk{}))
	return len(fields) > 0 && !faults.HasErrors()
}

// Suffixes for names of fields of stored text. They distinguish these fields from the original ones and searches for values
// from searches for keys.
const (
	storedValue = " as stored"
	storedKey   = " as stored, a key"
)

// minSearched is the minimum length in bytes of a literal to search for in JSON text. Shorter ones are in most texts.
const minSearched = 3

// inStored returns a superset of a predicate over a value inside of JSON text: the column's text contains a literal of the
// pattern, or else a key of the path, or an escape that may hide it. It returns nil if there is nothing to search for.
func (b *builder) inStored(leaf ir.Expr) ir.Expr {
	fields := ir.Fields(leaf)
	if len(fields) != 1 || fields[0].Name == "" {
		return nil
	}
	if _, missing := leaf.(*ir.NullExpr); missing {
		return nil
	}
	place, ok := b.stored(fields[0])
	if !ok {
		return nil
	}
	literal := ""
	longer := func(text string) {
		if run := longestPlain(text); len(run) > len(literal) {
			literal = run
		}
	}
	if e, ok := leaf.(*ir.StringExpr); ok {
		for _, part := range e.Pattern {
			if part.Kind == ir.Literal {
				longer(part.Text)
			}
		}
	}
	as, key := storedValue, len(literal) < minSearched
	if key {
		switch leaf.(type) {
		case *ir.BoolExpr, *ir.ExistsExpr: // for these predicates the key is selective
		default:
			as = storedKey
		}
		literal = ""
		for name := range strings.SplitSeq(place.JSON.Text, ".") {
			longer(name)
		}
	}
	if len(literal) < minSearched {
		return nil
	}
	field := ir.Field{Name: place.Column + as, Paths: fields[0].Paths, Stored: true}
	contains := func(text string, cased bool) ir.Expr {
		pattern := ir.Pattern{{Kind: ir.Literal, Text: text}}
		return &ir.StringExpr{Field: field, Op: ir.Contains, Pattern: pattern, Cased: cased, Span: leaf.Pos()}
	}
	if !key {
		literal = strings.ToLower(literal)
	}
	// Engines convert long texts to lower case slowly, and keys and escapes have one spelling.
	return &ir.OrExpr{Operands: []ir.Expr{contains(literal, key), contains(`\u`, true)}, Span: leaf.Pos()}
}

// longestPlain returns the longest part of a text that JSON text contains unchanged unless it is escaped by \u: ASCII letters
// and digits, and characters that neither JSON nor the text form of an object uses between values.
func longestPlain(text string) string {
	longest, start := "", 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && plainInJSON(text[i]) {
			continue
		}
		if i-start > len(longest) {
			longest = text[start:i]
		}
		start = i + 1
	}
	return longest
}

func plainInJSON(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == ' '
}

// stored returns the location of a field in a column or member with JSON text. It returns false if the field may be in several
// locations, or if its values may be encoded differently.
func (b *builder) stored(f *ir.Field) (schema.Location, bool) {
	if len(f.Paths) != 1 {
		return schema.Location{}, false
	}
	path := f.Paths[0]
	for _, inner := range path.Embedded {
		if inner.Encoding == value.URLEncodedJSON {
			return schema.Location{}, false
		}
	}
	places := b.layout.PathLocations(path)
	if len(places) != 1 {
		return schema.Location{}, false
	}
	place := places[0]
	for _, step := range place.Steps {
		if step.Kind != schema.Member {
			return schema.Location{}, false
		}
	}
	ok := b.has(place.Column) && place.Type.Kind == schema.JSON && place.Encoding == value.NoJSON && place.Time == nil && len(place.Values)+len(place.Absent) == 0
	return place, ok
}
