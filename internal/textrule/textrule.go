// Package textrule is the form in which text back ends see a rule: its conditions as trees of comparisons whose values have
// their modifiers applied.
//
// Rule, FromFilter and Correlation read Sigma trees. Text back ends do not read the query IR, because the IR normalises what
// the text of a query shows: which alternatives come from one value (windash, base64offset) and which from a list, selectors
// such as `1 of x*` with one member, and the order of modifiers. A tree here has exactly the shape that the author wrote.
//
// The package gives values the meaning that package lower gives them, and refuses what has no meaning, with its position.
package textrule

import (
	"net/netip"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// A Rule is a detection rule, ready to be written in a text language.
type Rule struct {
	Info
	LogSource LogSource
	// Fields are the fields that the author wants to show, as written.
	Fields []string
	// Conditions has a tree for each condition of the rule, with the filters that apply to it. A rule with several conditions
	// has several queries. A condition is nil if a pipeline removed everything that it tests.
	Conditions []Node
	// State is what processing pipelines have set, by key: table, index, fields and so on. It is nil without a pipeline.
	State map[string]any
	// Attributes are the top-level keys that Sigma does not define, with their values as decoded YAML, and the custom attributes
	// that processing pipelines have set. It is nil if there are none.
	Attributes map[string]any
}

// Info is the metadata of a rule or correlation, as written. Texts and lists that the rule does not have are empty.
type Info struct {
	ID, Name, Title                  string
	Description, Author, License     string
	Status, Level, Date, Modified    string
	Tags, References, FalsePositives []string
	Span                             source.Span
}

// Reference returns the text by which queries refer to the rule: its name, or its id if it has none.
func (i *Info) Reference() string {
	if i.Name != "" {
		return i.Name
	}
	return i.ID
}

// A LogSource names the logs that a rule is for. Parts that the rule does not have are empty.
type LogSource struct{ Category, Product, Service string }

// A Node is And, Or, Not, Match or Never. A nil Node stands for a part that a pipeline removed.
type Node interface {
	// Pos returns the place of the node in the rule.
	Pos() source.Span
	node()
}

// And holds if all of its arguments hold. It has at least two arguments, in the order of the rule.
type And struct {
	Args []Node
	Span source.Span
}

// Or holds if any of its arguments holds. It has at least two arguments, in the order of the rule.
type Or struct {
	Args []Node
	Span source.Span
}

// Not negates its argument.
type Not struct {
	Arg  Node
	Span source.Span
}

// Match compares a field with one value. Without a field it searches the value in the whole event.
type Match struct {
	// Field is the name of the field, "" if Keyword is set.
	Field   string
	Keyword bool
	Value   Value
	// UnderOr and UnderNot are set if an OR or a NOT of the rule contains the comparison, at any depth. A selector such as
	// `1 of x*` counts as an OR even if it selects a single search identifier.
	UnderOr, UnderNot bool
	Span              source.Span
}

// Never holds for no event: a selector such as `1 of x*` that selects nothing.
type Never struct{ Span source.Span }

func (*And) node()   {}
func (*Or) node()    {}
func (*Not) node()   {}
func (*Match) node() {}
func (*Never) node() {}

// Pos implements Node.
func (n *And) Pos() source.Span { return n.Span }

// Pos implements Node.
func (n *Or) Pos() source.Span { return n.Span }

// Pos implements Node.
func (n *Not) Pos() source.Span { return n.Span }

// Pos implements Node.
func (n *Match) Pos() source.Span { return n.Span }

// Pos implements Node.
func (n *Never) Pos() source.Span { return n.Span }

// A Value is String, Number, Bool, Null, Exists, Regex, CIDR, Compare, TimePart, FieldRef, Query or Expansion.
type Value interface{ value() }

// String is a text with wildcards. Its parts are of kind Literal, AnyRun, AnyOne and Placeholder.
type String struct {
	Parts ir.Pattern
	// Cased makes the comparison case-sensitive.
	Cased bool
}

// Number is a number. Text is a decimal number: a whole number has no fraction and no leading zeros.
type Number struct{ Text string }

// Bool is true or false.
type Bool struct{ Value bool }

// Null stands for a missing value.
type Null struct{}

// Exists tests whether the event has the field.
type Exists struct{ Value bool }

// Regex is a regular expression that may match anywhere in the value.
type Regex struct {
	Text string
	// IgnoreCase, MultiLine and DotAll are the flags i, m and s.
	IgnoreCase, MultiLine, DotAll bool
}

// Flags returns the letters of the flags in alphabetical order, "" for none.
func (r *Regex) Flags() string {
	flags := ""
	for _, f := range []struct {
		set  bool
		name string
	}{{r.IgnoreCase, "i"}, {r.MultiLine, "m"}, {r.DotAll, "s"}} {
		if f.set {
			flags += f.name
		}
	}
	return flags
}

// CIDR is a network. Prefix is masked.
type CIDR struct{ Prefix netip.Prefix }

// Compare is an order comparison with a number. Part is set if a part of the field's time is compared.
type Compare struct {
	// Op is lt, lte, gt or gte.
	Op     string
	Number string
	// Part is minute, hour, day, week, month or year, or "" to compare the field itself.
	Part string
}

// TimePart tests a part of the field's time: minute, hour, day, week, month or year.
type TimePart struct{ Part, Number string }

// FieldRef is another field of the event. With Start the value must begin with it, with End it must end with it, and with both
// it must contain it.
type FieldRef struct {
	Field      string
	Start, End bool
}

// Query is a part of a query in the target's language that a pipeline has inserted. {field} and {id} in it stand for the field
// and for ID.
type Query struct{ Text, ID string }

// Expansion has alternatives that modifiers made of one value of the rule. Any of them may match, even with the modifier all.
// It has at least one value, in the order in which the modifiers define them.
type Expansion struct{ Values []Value }

func (*String) value()    {}
func (*Number) value()    {}
func (*Bool) value()      {}
func (*Null) value()      {}
func (*Exists) value()    {}
func (*Regex) value()     {}
func (*CIDR) value()      {}
func (*Compare) value()   {}
func (*TimePart) value()  {}
func (*FieldRef) value()  {}
func (*Query) value()     {}
func (*Expansion) value() {}

// HasWildcard reports whether the string has a wildcard.
func (s *String) HasWildcard() bool { return HasWildcard(s.Parts) }

// HasWildcard reports whether a pattern has a wildcard.
func HasWildcard(p ir.Pattern) bool {
	for _, part := range p {
		if part.Kind == ir.AnyRun || part.Kind == ir.AnyOne {
			return true
		}
	}
	return false
}

// ModifierHelp is a modifier of Sigma and what it means.
type ModifierHelp struct{ Name, Meaning string }

// Modifiers returns the modifiers that rules may use, sorted by name.
func Modifiers() []ModifierHelp {
	list := make([]ModifierHelp, len(sigma.Modifiers))
	for i, m := range sigma.Modifiers {
		list[i] = ModifierHelp{m.Name, m.Meaning}
	}
	return list
}
