package checkpattern

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/source"
)

// maxPlaces is the number of comparisons of a rule that a check reports.
const maxPlaces = 100

// maxShown is the number of characters of a value in a message.
const maxShown = 80

// Judge returns what the check reports about a rule, in the order of its condition. where is the lowered detection of the rule.
func (s *Spec) Judge(rule *Rule, where ir.Expr) []Place {
	if !s.Applies.fits(rule) {
		return nil
	}
	if s.Without != nil {
		if s.Without.anywhere(where) {
			return nil
		}
		if s.Find == nil {
			return []Place{{Message: s.Message, Help: s.Help}}
		}
	}
	j := judge{spec: s}
	j.walk(where, state{alone: true, notBeside: true})
	return j.places
}

// A judge collects the places in one rule.
type judge struct {
	spec   *Spec
	places []Place
}

// state is what surrounds a part of a condition.
type state struct {
	negated, alone bool
	// beside is set if what Beside describes holds together with the part; notBeside is set until what NotBeside describes does.
	beside, notBeside bool
}

func (j *judge) walk(e ir.Expr, s state) {
	if len(j.places) == maxPlaces {
		return
	}
	switch e := e.(type) {
	case *ir.NotExpr:
		s.negated = !s.negated
		j.walk(e.Operand, s)
	case *ir.AndExpr:
		j.operands(e.Operands, s, !s.negated)
	case *ir.OrExpr:
		j.operands(e.Operands, s, s.negated)
	default:
		c, ok := describe(e)
		if ok && j.spec.Find.fits(&c, s) && (j.spec.Beside == nil || s.beside) && (j.spec.NotBeside == nil || s.notBeside) {
			fill := strings.NewReplacer("{field}", c.field, "{operator}", c.operator, "{value}", shorten(c.value))
			j.places = append(j.places, Place{c.span, fill.Replace(j.spec.Message), fill.Replace(j.spec.Help)})
		}
	}
}

// operands walks the operands of a node. together says that all of them must hold for an event, which is so for and, and for or below
// not.
func (j *judge) operands(list []ir.Expr, s state, together bool) {
	if !together || len(list) < 2 {
		for _, e := range list {
			j.walk(e, s)
		}
		return
	}
	beside, not := j.count(list, j.spec.Beside, s.negated), j.count(list, j.spec.NotBeside, s.negated)
	s.alone = false
	for i, e := range list {
		inner := s
		inner.beside = s.beside || beside.besides(i)
		inner.notBeside = s.notBeside && !not.besides(i)
		j.walk(e, inner)
	}
}

// holders say which operands have a comparison.
type holders struct {
	has   []bool
	total int
}

func (h holders) besides(i int) bool { return h.total > 1 || h.total == 1 && !h.has[i] }

func (j *judge) count(list []ir.Expr, c *Comparison, negated bool) holders {
	var h holders
	if c == nil {
		return h
	}
	h.has = make([]bool, len(list))
	for i, e := range list {
		if h.has[i] = c.within(e, state{negated: negated}); h.has[i] {
			h.total++
		}
	}
	return h
}

// anywhere reports whether a condition has a comparison that c describes.
func (c *Comparison) anywhere(e ir.Expr) bool { return c.within(e, state{alone: true}) }

func (c *Comparison) within(e ir.Expr, s state) bool {
	var list []ir.Expr
	var together bool
	switch e := e.(type) {
	case *ir.NotExpr:
		s.negated = !s.negated
		return c.within(e.Operand, s)
	case *ir.AndExpr:
		list, together = e.Operands, !s.negated
	case *ir.OrExpr:
		list, together = e.Operands, s.negated
	default:
		one, ok := describe(e)
		return ok && c.fits(&one, s)
	}
	if together && len(list) > 1 {
		s.alone = false
	}
	return slices.ContainsFunc(list, func(e ir.Expr) bool { return c.within(e, s) })
}

// A comparison is a leaf of a condition in the words of checks.
type comparison struct {
	field, operator, value string
	// length is the number of characters of the value without wildcards.
	length int
	cased  bool
	span   source.Span
}

// describe returns a leaf in the words of checks; ok is false for what is no comparison, such as a constant.
func describe(e ir.Expr) (c comparison, ok bool) {
	c.span = e.Pos()
	switch e := e.(type) {
	case *ir.StringExpr:
		c.field, c.operator, c.cased = e.Field.Name, [...]string{"equals", "startswith", "endswith", "contains"}[e.Op], e.Cased
		c.value, c.length = text(e.Pattern)
	case *ir.KeywordExpr:
		c.operator, c.cased = "keyword", e.Cased
		c.value, c.length = text(e.Pattern)
	case *ir.NumberExpr:
		c.field, c.operator, c.value = e.Field.Name, order(e.Op), e.Text
	case *ir.TextOrderExpr:
		c.field, c.operator, c.value = e.Field.Name, order(e.Op), e.Text
	case *ir.BoolExpr:
		c.field, c.operator, c.value = e.Field.Name, "equals", map[bool]string{true: "true", false: "false"}[e.Value]
	case *ir.NullExpr:
		c.field, c.operator = e.Field.Name, "absent"
	case *ir.ExistsExpr:
		c.field, c.operator = e.Field.Name, "exists"
	case *ir.RegexExpr:
		c.field, c.operator, c.value, c.cased = e.Field.Name, "re", e.Text, true
	case *ir.CIDRExpr:
		c.field, c.operator, c.value = e.Field.Name, "cidr", e.Text
	case *ir.FieldRefExpr:
		c.field, c.operator, c.value, c.cased = e.Field.Name, "fieldref", e.Other.Name, e.Cased
	case *ir.TimePartExpr:
		c.field, c.operator, c.value = e.Field.Name, "time", e.Text
	default:
		return c, false
	}
	if c.length == 0 {
		c.length = utf8.RuneCountInString(c.value)
	}
	return c, true
}

func order(op ir.NumberOp) string { return [...]string{"equals", "gt", "gte", "lt", "lte"}[op] }

// text returns a pattern as Sigma writes it without escapes, and its number of characters without wildcards.
func text(p ir.Pattern) (string, int) {
	var out strings.Builder
	length := 0
	for _, part := range p {
		switch part.Kind {
		case ir.Literal:
			out.WriteString(part.Text)
			length += utf8.RuneCountInString(part.Text)
		case ir.AnyRun:
			out.WriteByte('*')
		case ir.AnyOne:
			out.WriteByte('?')
		case ir.Dash:
			out.WriteByte('-')
			length++
		case ir.Placeholder:
			out.WriteString("%" + part.Text + "%")
		}
	}
	return out.String(), length
}

func (c *Comparison) fits(one *comparison, s state) bool {
	return (len(c.Field) == 0 || one.operator != "keyword" && anyFits(c.Field, one.field)) &&
		(len(c.Operator) == 0 || slices.Contains(c.Operator, one.operator)) &&
		(len(c.Value) == 0 || anyFits(c.Value, strings.ToLower(one.value))) &&
		(c.ShorterThan == 0 || one.length < c.ShorterThan) && (c.LongerThan < 0 || one.length > c.LongerThan) &&
		is(c.Cased, one.cased) && is(c.Negated, s.negated) && is(c.Alone, s.alone)
}

func is(want *bool, have bool) bool { return want == nil || *want == have }

func (a *Applies) fits(r *Rule) bool {
	for _, pair := range []struct {
		want []string
		have string
	}{{a.Product, r.Product}, {a.Category, r.Category}, {a.Service, r.Service}, {a.Level, r.Level}, {a.Status, r.Status}} {
		if len(pair.want) > 0 && !anyFits(pair.want, strings.ToLower(pair.have)) {
			return false
		}
	}
	return len(a.Tag) == 0 || slices.ContainsFunc(r.Tags, func(tag string) bool { return anyFits(a.Tag, strings.ToLower(tag)) })
}

func anyFits(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return glob(pattern, text) })
}

// glob reports whether a text fits a pattern, in which * stands for any text, ? for one character, and a backslash takes the meaning of
// the character behind it. It goes back to the last asterisk only, so that its time is at most the product of both lengths.
func glob(pattern, text string) bool {
	p, t, star, from := 0, 0, -1, 0
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			star, from = p, t
			p++
			continue
		}
		if width, next := step(pattern[p:], text[t:]); width > 0 {
			p, t = p+next, t+width
			continue
		}
		if star < 0 {
			return false
		}
		_, width := utf8.DecodeRuneInString(text[from:])
		from += width
		p, t = star+1, from
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// step compares the first character of a pattern, which is no asterisk, with that of a text. It returns their widths, 0 if they differ.
func step(pattern, text string) (width, next int) {
	if pattern == "" {
		return 0, 0
	}
	_, width = utf8.DecodeRuneInString(text)
	escaped := 0
	if pattern[0] == '\\' && len(pattern) > 1 {
		escaped = 1
	}
	_, next = utf8.DecodeRuneInString(pattern[escaped:])
	if escaped == 0 && pattern[0] == '?' || pattern[escaped:escaped+next] == text[:width] {
		return width, escaped + next
	}
	return 0, 0
}

// shorten cuts a long value, as it is only shown.
func shorten(value string) string {
	if utf8.RuneCountInString(value) <= maxShown {
		return value
	}
	return string([]rune(value)[:maxShown]) + "…"
}
