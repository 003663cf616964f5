package egret

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// schema finds a log source by its name.
func (r *Rules) schema(name string) (*schema.Schema, error) {
	for _, s := range r.schemas {
		if s.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no log source is named %q; there are: %s", name, strings.Join(r.Schemas(), ", "))
}

// Compile makes the rules of one log source, such as "cloudtrail", ready for matching. Rules for other log sources are
// not part of it. The error names the log sources that there are.
func (r *Rules) Compile(name string) (*Matcher, error) {
	s, err := r.schema(name)
	if err != nil {
		return nil, err
	}
	compiled := r.set.Compile(s)
	return &Matcher{rules: r, compiled: compiled, matcher: compiled.Program.NewMatcher()}, nil
}

// Matcher holds events against rules. It reuses its memory and is not safe for concurrent use; Clone makes another one
// for another goroutine.
type Matcher struct {
	rules    *Rules
	compiled *ruleset.Compiled
	matcher  *match.Matcher
	parser   value.Parser
}

// Clone is a matcher of the same rules with its own memory. It costs little: what was compiled is shared.
func (m *Matcher) Clone() *Matcher {
	return &Matcher{rules: m.rules, compiled: m.compiled, matcher: m.compiled.Program.NewMatcher()}
}

// Match lists the detection rules that hold for an event, given as JSON, in the order in which they were loaded; nil if none
// does. Rules that only feed correlations are among them, marked as BaseOnly; correlations themselves need a stream of
// events, see Rules.Hunt. The error says where the event is no JSON.
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
