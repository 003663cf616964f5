// Package egret finds attackers in cloud logs with open detection content: Sigma rules with one exact meaning.
//
// Load reads rules from file systems, Compile makes them ready for one log source, and Match holds an event against all
// of them at once:
//
//	rules, diagnostics, err := egret.Load(ctx, os.DirFS("rules"))
//	matcher, err := rules.Compile("cloudtrail")
//	for _, rule := range matcher.Match(event) { … }
//
// A Matcher evaluates single events. Correlations, which count events over time, need a whole hunt: see the command
// egret hunt.
package egret

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Rules are loaded rules. They do not change and are safe for concurrent use.
type Rules struct {
	set *ruleset.Set
}

// Rule is what a match says of the rule that holds.
type Rule struct {
	// ID is the rule's id; a rule without one has a UUID that is made of its path and title.
	ID    string
	Title string
	// Level is informational, low, medium, high or critical; medium where the rule says nothing.
	Level string
	// Tags are the rule's tags as written, such as attack.t1078.004.
	Tags []string
	// Path is the rule's file within its file system.
	Path string
}

// Load reads every rule below the file systems: files that end in .yml or .yaml. A rule with a fault is left out and the
// diagnostics say why, with its place; the error is of the file system or the context.
func Load(ctx context.Context, folders ...fs.FS) (*Rules, diag.List, error) {
	var list []ruleset.Folder
	for _, folder := range folders {
		list = append(list, ruleset.Folder{FS: folder})
	}
	set, diagnostics, err := ruleset.Load(ctx, list, ruleset.Options{})
	if err != nil {
		return nil, nil, err
	}
	return &Rules{set: set}, diagnostics, nil
}

// Starter is the rule pack that comes with egret, for Load.
func Starter() fs.FS { return rulepack.FS() }

// Len is the number of detection rules that are active. Rules of the status deprecated or unsupported are not.
func (r *Rules) Len() int { return len(r.set.Rules) }

// Schemas are the names of the log sources that Compile knows, sorted.
func Schemas() []string {
	var names []string
	for _, s := range schema.All() {
		names = append(names, s.Name)
	}
	return names
}

// Compile makes the rules of one log source, such as "cloudtrail", ready for matching. Rules for other log sources are
// not part of it.
func (r *Rules) Compile(name string) (*Matcher, error) {
	s := schema.ByName(name)
	if s == nil {
		return nil, fmt.Errorf("no log source is named %q; there are: %s", name, strings.Join(Schemas(), ", "))
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

// Match lists the rules that hold for an event, given as JSON, in the order in which they were loaded; nil if none does.
// Rules that only feed a correlation are among them. The error says where the event is no JSON.
func (m *Matcher) Match(event []byte) ([]Rule, error) {
	doc, err := m.parser.Parse(event)
	if err != nil {
		return nil, err
	}
	var found []Rule
	for _, query := range m.matcher.Match(doc) {
		rule := m.rules.set.Rules[m.compiled.Rules[query]]
		found = append(found, Rule{ID: rule.ID, Title: rule.Title, Level: rule.Level, Tags: rule.Meta.Tags, Path: rule.Path})
	}
	return found, nil
}
