package schema

import "strings"

// Facts describe what reports show of an event beyond who did what from where: how the call ended, what it was about
// and what makes it serious. The zero Facts show nothing.
type Facts struct {
	// Known means that the log source describes outcomes: a call without an error code, and that no result says otherwise
	// of, has succeeded.
	Known bool
	// Refused are the error codes of calls for which the caller lacked the permission.
	Refused []Pattern
	// Results decide the outcome of calls whose failure is not in the error code; the first that holds counts.
	Results []Result
	Targets []TargetRule
	Notable []FactRule
}

var noFacts = &Facts{}

// Facts returns the description of outcomes, targets and facts, never nil. It must not be changed. The embedded ones are
// read on first use, since a hunt without findings needs none of them.
func (s *Schema) Facts() *Facts {
	if s.facts == nil {
		return noFacts
	}
	return s.facts()
}

// A Result is an outcome that an event's content tells.
type Result struct {
	On Selection
	// Outcome is "succeeded", "refused", "failed" or "unknown".
	Outcome string
	// Code are the paths of the error code to show.
	Code Paths
}

// A TargetRule says where an event names what its call was about.
type TargetRule struct {
	On   Selection
	Type string
	// Paths lead to names, ids or ARNs. All values of all paths count.
	Paths Paths
	// AnyAccount means that the thing may belong to another account than the event's. Else a name that is no ARN is of
	// the event's account.
	AnyAccount bool
}

// ValueKind says how the values of a FactRule are read.
type ValueKind uint8

// The kinds of values.
const (
	TextValue ValueKind = iota
	// AccountValue is an account id, an ARN, or a word for everyone.
	AccountValue
	// NetworkValue is a network or address.
	NetworkValue
)

// A FactRule says where an event shows something that makes it serious.
type FactRule struct {
	On Selection
	// Fact is the fact's name. Everyone is the name where the value stands for everyone; "" if there is no such fact.
	Fact, Everyone string
	// Each leads to objects in which Where must hold and that the other paths start from; nil stands for the event.
	Each  Paths
	Where []Test
	// Paths lead to the values, each of which gives a fact; all of them count. Nil means one fact without a value of its own.
	Paths Paths
	Kind  ValueKind
	// Outside leaves out the event's own account.
	Outside bool
	// EveryoneIs are the values that stand for everyone, besides *.
	EveryoneIs []string
	// Only, if not nil, are the values that count; Except are values that do not.
	Only, Except []Pattern
	// Value is a template: {} is the value, {name} the first value of a part, looked for in the object of Each and then in
	// the event. A fact of which a part is missing is left out.
	Value string
	Parts map[string]Paths
	// Count, if not nil, makes {count} the number of values of these paths.
	Count Paths
	// Ports are the paths of the first port, the last port and the protocol; they make {port}.
	Ports [3]Paths
	// Conditions lead to what restricts the fact.
	Conditions Paths
}

// A Selection chooses events. All of its parts must hold; the zero Selection chooses every event.
type Selection struct {
	Services, Actions []Pattern
	When, Unless      []Test
}

// A Test compares values with patterns.
type Test struct {
	// Paths are alternatives as elsewhere; here the values of all of them count.
	Paths Paths
	// Patterns are what one of the values must match; nil means that there must be a value.
	Patterns []Pattern
}

// A Pattern compares texts ignoring ASCII case. A star at its beginning or end stands for any text; a pattern of stars
// alone is itself.
type Pattern struct {
	text          string
	before, after bool // a star
}

// NewPattern returns the pattern of a text.
func NewPattern(text string) Pattern {
	if strings.Trim(text, "*:") == "" {
		return Pattern{text: text}
	}
	p := Pattern{text: text}
	p.text, p.before = strings.CutPrefix(p.text, "*")
	p.text, p.after = strings.CutSuffix(p.text, "*")
	return p
}

// Parts returns the text without its stars, and whether there is a star before and after it.
func (p *Pattern) Parts() (text string, before, after bool) { return p.text, p.before, p.after }

// Matches reports whether a text fits.
func (p *Pattern) Matches(text []byte) bool {
	n := len(p.text)
	switch {
	case len(text) < n:
		return false
	case p.before && p.after:
		for i := 0; i+n <= len(text); i++ {
			if equalFold(text[i:i+n], p.text) {
				return true
			}
		}
		return false
	case p.before:
		return equalFold(text[len(text)-n:], p.text)
	case p.after:
		return equalFold(text[:n], p.text)
	}
	return len(text) == n && equalFold(text, p.text)
}

// equalFold compares texts of one length ignoring ASCII case.
func equalFold(a []byte, b string) bool {
	for i, c := range a {
		d := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if 'A' <= d && d <= 'Z' {
			d += 'a' - 'A'
		}
		if c != d {
			return false
		}
	}
	return true
}

// MatchesAny reports whether a text fits one of the patterns.
func MatchesAny(patterns []Pattern, text []byte) bool {
	for i := range patterns {
		if patterns[i].Matches(text) {
			return true
		}
	}
	return false
}
