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

// relaxed is a superset of a rule's predicate that reads no JSON: predicates over columns stay, a predicate over a value
// inside JSON text becomes a search for its literal in the text of the column, and the rest is left to the native matcher.
// coarse says that something is not as exact as in the rule and that nothing selective stayed: all events of some actions or services come.
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

// selective tells whether an expression asks for more than an action or a service, and for more than that something is
// missing or different: most events of an action lack an error.
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
	case *ir.RegexExpr, *ir.NumberExpr, *ir.FieldRefExpr:
		return true
	}
	return false
}

// namesCall tells of fields that say what was called: the action and its service.
func (b *builder) namesCall(f *ir.Field) bool {
	for _, path := range f.Paths {
		if !b.action[path.Text] && b.ranks[path.Text] != serviceRank {
			return false
		}
	}
	return true
}

// onceStored leaves out searches in stored text that an OR has already.
func onceStored(e ir.Expr) ir.Expr {
	or, ok := e.(*ir.OrExpr)
	if !ok {
		return e
	}
	type search struct{ field, text string }
	seen := map[search]bool{}
	var operands []ir.Expr
	for _, operand := range or.Operands {
		if s, ok := operand.(*ir.StringExpr); ok && s.Field.Stored {
			key := search{s.Field.Name, s.Pattern[0].Text}
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

// relaxedLeaf is what stands for a leaf or its negation, nil if it is not asked at all; exact says that it is the same.
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
	return b.inStored(leaf), false
}

// direct tells of a leaf that reads nothing but columns and members of structs, in words that cost engines little.
func (b *builder) direct(leaf ir.Expr) bool {
	fields := ir.Fields(leaf)
	for _, f := range fields {
		for _, path := range f.Paths {
			for _, place := range b.profile.PathPlaces(path) {
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
					return false // text is parsed
				}
			}
		}
	}
	switch leaf.(type) {
	case *ir.StringExpr, *ir.BoolExpr, *ir.NullExpr, *ir.ExistsExpr, *ir.NumberExpr, *ir.FieldRefExpr:
	case *ir.RegexExpr:
		if len(fields) == 0 {
			return false // a keyword
		}
	default:
		return false
	}
	_, faults := sqlgen.Detection(&ir.Query{Where: leaf}, nil, b.sql(Slice{}))
	return len(fields) > 0 && !faults.HasErrors()
}

// The names of fields of stored text keep them apart from the fields themselves, and tell what is searched for.
const (
	storedValue = " as stored"
	storedKey   = " as stored, a key"
)

// minSearched is how long a literal must be to be searched for in JSON text: shorter ones are everywhere.
const minSearched = 3

// inStored is a superset of a predicate over a value inside JSON text: a literal of its pattern or else a key of its path
// stands in the text of the column, or the text has an escape that may hide it. nil where nothing can be searched for.
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
	as := storedValue
	if len(literal) < minSearched {
		switch leaf.(type) {
		case *ir.BoolExpr, *ir.ExistsExpr: // a key that is there says much
		default:
			as = storedKey
		}
		literal = ""
		for key := range strings.SplitSeq(place.JSON.Text, ".") {
			longer(key)
		}
	}
	if len(literal) < minSearched {
		return nil
	}
	field := ir.Field{Name: place.Column + as, Paths: fields[0].Paths, Stored: true}
	contains := func(text string) ir.Expr {
		pattern := ir.Pattern{{Kind: ir.Literal, Text: text}}
		return &ir.StringExpr{Field: field, Op: ir.Contains, Pattern: pattern, Span: leaf.Pos()}
	}
	return &ir.OrExpr{Operands: []ir.Expr{contains(strings.ToLower(literal)), contains(`\u`)}, Span: leaf.Pos()}
}

// longestPlain is the longest part of a text that stands in JSON text as it is, unless escaped by \u: letters and digits of
// ASCII and signs that neither JSON nor the text of an object puts between values.
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

// stored is the place of a field in a column of JSON text, or in a member that holds such; false where the field may live
// elsewhere too, or its values may be written otherwise there.
func (b *builder) stored(f *ir.Field) (schema.Place, bool) {
	if len(f.Paths) != 1 {
		return schema.Place{}, false
	}
	path := f.Paths[0]
	for _, inner := range path.Embedded {
		if inner.Encoding == value.URLEncodedJSON {
			return schema.Place{}, false
		}
	}
	places := b.profile.PathPlaces(path)
	if len(places) != 1 {
		return schema.Place{}, false
	}
	place := places[0]
	for _, step := range place.Steps {
		if step.Kind != schema.Member {
			return schema.Place{}, false
		}
	}
	ok := b.has(place.Column) && place.Type.Kind == schema.JSON && place.Encoding == value.NoJSON && place.Time == nil && len(place.Values)+len(place.Absent) == 0
	return place, ok
}
