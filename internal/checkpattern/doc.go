// Package checkpattern reads checks that users and plug-ins write as data, and finds what they describe in a rule.
//
// A check is a pattern over the comparisons of a rule after lowering: the field, the operator, the value, and how the comparison is
// joined with others. So it does not depend on how the author wrote the rule. Patterns hold no code and no regular expressions, their
// number and size are limited, and matching takes time in proportion to the rule. The package knows nothing of the table of egret's
// own checks; package check makes rows of it.
package checkpattern

import "github.com/egret-hunt/egret/source"

// A Spec is a check as its author wrote it.
type Spec struct {
	// ID is a kebab-case word of at least two parts. Title says in one line what the check reports.
	ID, Title string
	// Level is informational, low, medium, high or error.
	Level string
	// Why, Message and Help are texts for people; Message and Help may have the placeholders {field}, {operator} and {value}. Why and
	// Help may be "".
	Why, Message, Help string
	// Applies says which rules are judged.
	Applies Applies
	// Find describes the comparisons that are reported, nil for none. Without describes one that a rule must have, nil for none: rules
	// that have it are not reported. One of them is set.
	Find, Without *Comparison
	// Beside and NotBeside describe a comparison that holds, or must not be asked to hold, together with the one of Find. Nil for none.
	Beside, NotBeside *Comparison
	// Path is the file that the check is in.
	Path string
}

// Applies says which rules a check judges: for each list that is not empty the rule must have one of its texts, which may have
// wildcards.
type Applies struct {
	Product, Category, Service, Level, Status, Tag []string
}

// A Comparison describes comparisons of a rule. What is not set fits every comparison.
type Comparison struct {
	// Field are names with wildcards, compared letter by letter. Keywords have no field.
	Field []string
	// Operator are words of Operators.
	Operator []string
	// Value are texts with wildcards, compared with the value as Sigma writes it, without regard to letter case.
	Value []string
	// ShorterThan and LongerThan are numbers of characters without wildcards; ShorterThan 0 and LongerThan -1 are no limit.
	ShorterThan, LongerThan int
	// Cased, Negated and Alone are conditions on the comparison; nil for any. A comparison is alone if nothing else must hold with it.
	Cased, Negated, Alone *bool
}

// Operators are the words for operators, sorted. A time part of a field is "time", a comparison of two fields "fieldref", and one with
// null "absent".
var Operators = []string{
	"absent", "cidr", "contains", "endswith", "equals", "exists", "fieldref", "gt", "gte", "keyword", "lt", "lte", "re", "startswith", "time",
}

// A Rule is what a check sees of a rule besides its comparisons.
type Rule struct {
	Product, Category, Service, Level, Status string
	Tags                                      []string
}

// A Place is a comparison that a check reports. Without a comparison its span is zero.
type Place struct {
	Span source.Span
	// Message and Help have their placeholders filled.
	Message, Help string
}
