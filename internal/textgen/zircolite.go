package textgen

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// zircolite writes SQL of SQLite for Zircolite, and adds to the document of a rule which events Zircolite may skip before it
// runs the query.
var zircolite = &strategy{
	name: "zircolite",
	help: "writes SQL of SQLite: NOT of a missing field holds, long chains of operators in groups; and the keys of a rule of Zircolite",
	queries: func(c *converter, n textrule.Node) ([]string, error) {
		c.note(zircoliteCondition, n)
		text, err := c.condition(n)
		return []string{text}, err
	},
	node:  zircoliteNode,
	match: zircoliteMatch,
	binds: func(_ *converter, outer, inner textrule.Node) (bool, bool) {
		// The peer writes alternatives of one value beside an AND without parentheses, where AND binds tighter.
		_, isAnd := outer.(*textrule.And)
		m, ok := inner.(*textrule.Match)
		if !isAnd || !ok {
			return false, false
		}
		return false, hasAlternatives(m.Value)
	},
	text: func(c *converter, _ *Format, query string) (string, error) {
		return "SELECT * FROM " + c.zircoliteTable() + " WHERE " + query, nil //nolint:unqueryvet // a rule shows all columns
	},
	document: zircoliteDocument,
}

// zircoliteCondition is the note with the condition of the query.
const zircoliteCondition = "zircolite.condition"

// hasAlternatives reports whether a value is written as an OR.
func hasAlternatives(v textrule.Value) bool {
	switch v := v.(type) {
	case *textrule.Expansion:
		return len(v.Values) > 1
	case *textrule.CIDR:
		patterns, err := networkPatterns(v.Prefix)
		return err == nil && len(patterns) > 1
	}
	return false
}

// maxChain is the longest chain of operands that is written flat. SQLite's parser makes a tree as deep as a chain is long, and
// refuses one of more than 1000 levels.
const maxChain = 100

func zircoliteNode(c *converter, n textrule.Node) (piece, bool, error) {
	switch n := n.(type) {
	case *textrule.Not:
		p, err := c.node(n.Arg)
		if err != nil || !p.has {
			return p, true, err
		}
		// A comparison of a missing field is NULL, and so is its NOT.
		return textPiece("NOT COALESCE((" + p.text + "), 0)"), true, nil
	case *textrule.And:
		if len(n.Args) > maxChain {
			p, err := c.zircoliteChain(n, n.Args, c.and)
			return p, true, err
		}
	case *textrule.Or:
		if len(n.Args) > maxChain {
			p, err := c.zircoliteChain(n, n.Args, c.or)
			return p, true, err
		}
	}
	return piece{}, false, nil
}

// zircoliteChain writes a long chain of operands in groups of groups.
func (c *converter) zircoliteChain(outer textrule.Node, args []textrule.Node, operator string) (piece, error) {
	var parts []string
	for _, arg := range args {
		p, err := c.operand(outer, arg)
		if err != nil {
			return p, err
		}
		if p.has {
			parts = append(parts, p.text)
		}
	}
	for len(parts) > maxChain/2 {
		var groups []string
		for group := range slices.Chunk(parts, maxChain/2) {
			groups = append(groups, "("+strings.Join(group, operator)+")")
		}
		parts = groups
	}
	return textPiece(strings.Join(parts, operator)), nil
}

func zircoliteMatch(c *converter, m *textrule.Match) (piece, bool, error) {
	if m.Keyword {
		return piece{}, false, nil
	}
	switch v := m.Value.(type) {
	case *textrule.Bool:
		// Zircolite keeps true and false as texts, other tools as 1 and 0.
		text, number := "'false'", "0"
		if v.Value {
			text, number = "'true'", "1"
		}
		field := c.field(m.Field)
		return textPiece("(" + field + "=" + text + " OR " + field + "=" + number + ")"), true, nil
	case *textrule.String:
		if v.Cased {
			text, err := glob(v.Parts, m.Span)
			return textPiece(c.field(m.Field) + " GLOB '" + text + "'"), true, err
		}
		if hasOtherLetters(v.Parts) {
			c.departSaying("ignores the case of ASCII letters only", m.Span)
		}
		// A pattern alone can have escapes.
		if !v.HasWildcard() && slices.ContainsFunc([]ir.Part(v.Parts), func(p ir.Part) bool { return strings.ContainsAny(p.Text, `\%_`) }) {
			p, err := c.textForm(&c.Spec.Match["wildcard"].Is, m, v.Parts)
			return p, true, err
		}
	}
	return piece{}, false, nil
}

// hasOtherLetters reports whether a text has letters beyond ASCII with two cases.
func hasOtherLetters(parts ir.Pattern) bool {
	return slices.ContainsFunc([]ir.Part(parts), func(p ir.Part) bool {
		return p.Kind == ir.Literal && strings.IndexFunc(p.Text, func(r rune) bool {
			return r >= utf8.RuneSelf && unicode.ToLower(r) != unicode.ToUpper(r)
		}) >= 0
	})
}

// glob writes a text with wildcards as a pattern of GLOB, which respects case and has no escapes but lists of one character.
func glob(parts ir.Pattern, span source.Span) (string, error) {
	var out strings.Builder
	for _, part := range parts {
		switch part.Kind {
		case ir.AnyRun:
			out.WriteByte('*')
		case ir.AnyOne:
			out.WriteByte('?')
		case ir.Placeholder:
			return "", placeholderFault(part.Text, span)
		default:
			if !utf8.ValidString(part.Text) {
				return "", &fault{notText(span)}
			}
			out.WriteString(globEscaper.Replace(part.Text))
		}
	}
	return out.String(), nil
}

var globEscaper = strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]", "'", "''")

// zircoliteTable returns the name of the table, each part of it in quotes if it needs them.
func (c *converter) zircoliteTable() string {
	parts := strings.Split(c.name("state.table"), ".")
	for i, part := range parts {
		parts[i] = c.field(part)
	}
	return strings.Join(parts, ".")
}

// zircoliteDocument adds the keys that follow from the condition of the rule.
func zircoliteDocument(c *converter, document any) (any, error) {
	rule, ok := document.(*pyprint.Dict)
	condition, known := c.notes[zircoliteCondition].(textrule.Node)
	if !ok || !known {
		return document, nil
	}
	tags := pyprint.NewList()
	for _, tag := range c.rule.Tags {
		tags.Items = append(tags.Items, tag)
	}
	rule.Set("tags", tags)
	rule.Set("channel", bound(condition, "channel").list())
	rule.Set("eventid", bound(condition, "eventid").list())
	fields := map[string]bool{}
	readFields(condition, fields)
	required := pyprint.NewList()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		required.Items = append(required.Items, name)
	}
	rule.Set("required_fields", required)
	rule.Set("result_type", "event")
	rule.Set("source_table", c.zircoliteTable())
	logSource := pyprint.NewDict()
	for _, part := range [][2]string{{"product", c.rule.LogSource.Product}, {"category", c.rule.LogSource.Category}, {"service", c.rule.LogSource.Service}} {
		if part[1] != "" {
			logSource.Set(part[0], part[1])
		}
	}
	rule.Set("logsource", logSource)
	rule.Set("schema_version", 2)
	return rule, nil
}

// readFields adds the fields that a condition reads.
func readFields(n textrule.Node, fields map[string]bool) {
	switch n := n.(type) {
	case *textrule.And:
		for _, arg := range n.Args {
			readFields(arg, fields)
		}
	case *textrule.Or:
		for _, arg := range n.Args {
			readFields(arg, fields)
		}
	case *textrule.Not:
		readFields(n.Arg, fields)
	case *textrule.Match:
		if n.Field != "" {
			fields[n.Field] = true
		}
		if other, ok := n.Value.(*textrule.FieldRef); ok {
			fields[other.Field] = true
		}
	}
}

// A boundValue is a text or a number that a field may have.
type boundValue struct {
	text   string
	number bool
}

// A bounds is the set of values of a field for which a condition may hold; nil stands for all values.
type bounds map[boundValue]bool

// list returns the values, sorted as texts; none for all values.
func (b bounds) list() *pyprint.List {
	values := slices.SortedFunc(maps.Keys(b), func(x, y boundValue) int { return cmp.Or(cmp.Compare(x.text, y.text), compareBool(x.number, y.number)) })
	list := pyprint.NewList()
	for _, v := range values {
		var item any = v.text
		if v.number {
			if whole, err := strconv.ParseInt(v.text, 10, 64); err == nil {
				item = int(whole)
			} else if float, err := strconv.ParseFloat(v.text, 64); err == nil {
				item = float
			}
		}
		list.Items = append(list.Items, item)
	}
	return list
}

func compareBool(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

// bound returns the values that a field must have for a condition to hold. Zircolite skips other events unread, so in doubt all
// values remain.
func bound(n textrule.Node, field string) bounds {
	switch n := n.(type) {
	case *textrule.And:
		var out bounds
		for _, arg := range n.Args {
			b := bound(arg, field)
			switch {
			case b == nil:
			case out == nil:
				out = maps.Clone(b)
			default:
				maps.DeleteFunc(out, func(v boundValue, _ bool) bool { return !b[v] })
			}
		}
		return out
	case *textrule.Or:
		out := bounds{}
		for _, arg := range n.Args {
			b := bound(arg, field)
			if b == nil {
				return nil
			}
			maps.Copy(out, b)
		}
		return out
	case *textrule.Match:
		if n.Keyword || !strings.EqualFold(n.Field, field) {
			return nil
		}
		switch v := n.Value.(type) {
		case *textrule.Number:
			return bounds{{v.Text, true}: true}
		case *textrule.String:
			if v.HasWildcard() {
				return nil
			}
			var text strings.Builder
			for _, p := range v.Parts {
				text.WriteString(p.Text)
			}
			return bounds{{text.String(), false}: true}
		}
	}
	return nil
}
