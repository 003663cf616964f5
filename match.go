package egret

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// schema returns the schema with a name.
func (r *Rules) schema(name string) (*schema.Schema, error) {
	for _, s := range r.schemas {
		if s.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("unknown log source %q; the log sources are %s", name, strings.Join(r.Schemas(), ", "))
}

// Compile compiles the rules of one log source, such as "cloudtrail". The Matcher does not contain rules for other log
// sources. If name is unknown, the error lists the log sources.
func (r *Rules) Compile(name string) (*Matcher, error) {
	s, err := r.schema(name)
	if err != nil {
		return nil, err
	}
	compiled := r.set.Compile(s)
	return &Matcher{rules: r, compiled: compiled, matcher: compiled.Program.NewMatcher()}, nil
}

// A Matcher matches events against rules. It reuses memory and is not safe for concurrent use; call Clone for each
// goroutine.
type Matcher struct {
	rules    *Rules
	compiled *ruleset.Compiled
	matcher  *match.Matcher
	parser   value.Parser
}

// Clone returns a matcher of the same rules for use in another goroutine. Cloning is cheap since matchers share the
// compiled rules.
func (m *Matcher) Clone() *Matcher {
	return &Matcher{rules: m.rules, compiled: m.compiled, matcher: m.compiled.Program.NewMatcher()}
}

// Match returns the detection rules that match an event, a JSON object, in the order in which they were loaded, or nil if
// none matches. The result includes rules that are marked as BaseOnly, but no correlations: they need a stream of events,
// see Rules.Hunt. If the event is not valid JSON, the error gives the position.
func (m *Matcher) Match(event []byte) ([]Rule, error) {
	doc, err := m.parser.Parse(event)
	if err != nil {
		return nil, err
	}
	var found []Rule
	for _, query := range m.matcher.Match(doc) {
		found = append(found, ruleOf(&m.rules.set.Rules[m.compiled.Rules[query]].Info, false))
	}
	return found, nil
}
