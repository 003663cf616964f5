// Package facts gathers what the events of a finding show beyond who did what from where: how calls ended, who made
// them, what they were about, and what makes them serious.
//
// It reads events by the description of their log source (schema.Facts) and returns a finding.Facts. The package knows no
// log source: which paths and words count is data. Events are untrusted, so that the work for one event, the number
// of values kept and their length are bounded.
package facts

import (
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

const (
	// maxValue is the maximum length in bytes of a value that is kept; a longer one is cut and ends in an ellipsis.
	maxValue = 512
	// maxPerEvent is how many values one event adds to each list.
	maxPerEvent = 100
	// maxLeaves is how many values of one rule for targets or facts are looked at in one event.
	maxLeaves = 1000
	// maxKept is how many different values each list holds.
	maxKept = 2000
	// maxActions is for how many actions an Extractor remembers which rules apply.
	maxActions = 4096
)

// An Event is one event with the values that a hunt has picked from it already.
type Event struct {
	Doc *value.Doc
	// Subject has the event's account, region, principal, session, address, action, service and error.
	Subject *finding.Subject
	// Agent and ActorType are "" if the log does not have them.
	Agent, ActorType string
	Shown            []Field // the fields that the author of the rule wants to show
	Lacks            *Lacks  // what the event lacks as a row of a table, nil for a whole event
}

// An Extractor reads the facts of events of one schema. It is not safe for concurrent use.
type Extractor struct {
	rules  *schema.Facts
	walker value.Walker
	// keys finds the members of the event's root that paths begin with, entries are the ways of a path into them.
	keys    *value.KeyTable
	entries map[*value.Path][]value.Entry
	roots   []value.Node
	actions map[string]*applicable
	key     []byte // of actions
	event   *Event
	outcome finding.Outcome
	leaves  []value.Leaf
	buf     [maxValue]byte
}

// applicable are the rules that apply to an action of a service, by index.
type applicable struct{ results, targets, facts []int }

// NewExtractor returns an extractor for events of a schema.
func NewExtractor(s *schema.Schema) *Extractor {
	x := &Extractor{
		rules: s.Facts(), actions: map[string]*applicable{}, keys: value.NewKeyTable(), entries: map[*value.Path][]value.Entry{},
	}
	for i := range x.rules.Results {
		r := &x.rules.Results[i]
		x.learnSelection(&r.On)
		x.learn(r.Code)
	}
	for i := range x.rules.Targets {
		r := &x.rules.Targets[i]
		x.learnSelection(&r.On)
		x.learn(r.Paths)
	}
	for i := range x.rules.Notable {
		r := &x.rules.Notable[i]
		x.learnSelection(&r.On)
		x.learn(r.Each)
		x.learn(r.Count)
		// Iteration order does not matter: a set is made.
		for _, paths := range r.Parts {
			x.learn(paths)
		}
		if r.Each == nil {
			x.learn(r.Paths)
			x.learn(r.Conditions)
			for i := range r.Where {
				x.learn(r.Where[i].Paths)
			}
		}
	}
	x.roots = make([]value.Node, x.keys.Len())
	return x
}

func (x *Extractor) learnSelection(on *schema.Selection) {
	for i := range on.When {
		x.learn(on.When[i].Paths)
	}
	for i := range on.Unless {
		x.learn(on.Unless[i].Paths)
	}
}

// learn prepares paths that start from the event.
func (x *Extractor) learn(paths schema.Paths) {
	for i := range paths {
		// A star at the root is walked, and so is a path that selects objects.
		if p := &paths[i]; !strings.HasPrefix(p.Text, "*") && !p.Walked() {
			x.entries[&paths[i]] = x.keys.Add(paths[i].Text)
		}
	}
}

// begin makes an event the one at hand.
func (x *Extractor) begin(e *Event) {
	x.event = e
	x.walker.Reset()
	x.keys.Scan(e.Doc, x.roots)
}

// applicable returns the rules for the service and action of the event at hand.
func (x *Extractor) applicable() *applicable {
	service, action := x.event.Subject.Service, x.event.Subject.Action
	x.key = append(append(append(x.key[:0], service...), 0), action...)
	if a := x.actions[string(x.key)]; a != nil {
		return a
	}
	a := &applicable{}
	applies := func(on *schema.Selection) bool {
		return (on.Services == nil || schema.MatchesAny(on.Services, []byte(service))) &&
			(on.Actions == nil || schema.MatchesAny(on.Actions, []byte(action)))
	}
	rules := x.rules
	for i := range rules.Results {
		if applies(&rules.Results[i].On) {
			a.results = append(a.results, i)
		}
	}
	for i := range rules.Targets {
		if applies(&rules.Targets[i].On) {
			a.targets = append(a.targets, i)
		}
	}
	for i := range rules.Notable {
		if applies(&rules.Notable[i].On) {
			a.facts = append(a.facts, i)
		}
	}
	if len(x.actions) < maxActions {
		x.actions[string(x.key)] = a
	}
	return a
}

// Outcome returns how the call of an event ended, and its error code. Of Subject only Service, Action and Error are needed. Without a
// Doc, the outcome of a call whose result is in other values is unknown unless there is an error code.
func (x *Extractor) Outcome(e *Event) (finding.Outcome, string) {
	x.event = e
	a := x.applicable()
	switch {
	case len(a.results) == 0:
	case e.Doc != nil:
		x.begin(e)
	case e.Subject.Error == "":
		return finding.Unknown, ""
	default:
		return x.outcomeOf(&applicable{})
	}
	return x.outcomeOf(a)
}

// outcomeOf returns how the call at hand ended, and its error code.
func (x *Extractor) outcomeOf(a *applicable) (finding.Outcome, string) {
	rules := x.rules
	unsure := false // one of the results so far may hold
	for _, i := range a.results {
		r := &rules.Results[i]
		switch {
		case x.event.Lacks.result(i):
			unsure = true
			continue
		case !x.holds(&r.On):
			continue
		case unsure:
			return finding.Unknown, ""
		}
		outcome, _ := finding.ParseOutcome(r.Outcome)
		code := x.event.Subject.Error
		if code == "" && len(r.Code) > 0 {
			code = x.first(r.Code)
		}
		return outcome, code
	}
	code := x.event.Subject.Error
	switch {
	case code != "" && schema.MatchesAny(rules.Refused, []byte(code)):
		return finding.Refused, code
	case code != "":
		return finding.Failed, code
	case !rules.Known, unsure, x.event.Lacks.noError():
		return finding.Unknown, ""
	}
	return finding.Succeeded, ""
}

// holds reports whether the conditions of a selection on the content of the event hold.
func (x *Extractor) holds(on *schema.Selection) bool {
	root := value.Leaf{Doc: x.event.Doc}
	for i := range on.When {
		if !x.test(&on.When[i], root) {
			return false
		}
	}
	for i := range on.Unless {
		if x.test(&on.Unless[i], root) {
			return false
		}
	}
	return true
}

// test reports whether one of the values of a test below an object fits.
func (x *Extractor) test(t *schema.Test, of value.Leaf) bool {
	for _, leaf := range x.all(t.Paths, of) {
		if t.Patterns == nil || schema.MatchesAny(t.Patterns, x.text(leaf)) {
			return true
		}
	}
	return false
}

// all returns the values of all paths below an object. They live until the next call.
func (x *Extractor) all(paths schema.Paths, of value.Leaf) []value.Leaf {
	x.leaves = x.append(x.leaves[:0], paths, of)
	return x.leaves
}

func (x *Extractor) append(dst []value.Leaf, paths schema.Paths, of value.Leaf) []value.Leaf {
	for i := range paths {
		path := &paths[i]
		var entries []value.Entry
		if of.Doc == x.event.Doc && of.Node == 0 {
			entries = x.entries[path]
		}
		if entries == nil {
			dst = x.walker.Leaves(dst, of.Doc, of.Node, path)
			continue
		}
		for _, entry := range entries { // the longest key that leads to a value wins
			before := len(dst)
			if root := x.roots[entry.Key]; root != 0 {
				if dst = x.walker.LeavesFrom(dst, of.Doc, root, path, entry.Length); len(dst) > before {
					break
				}
			}
		}
	}
	return dst[:min(len(dst), maxLeaves)]
}

// text returns the text of a value. It lives until the next call.
func (x *Extractor) text(leaf value.Leaf) []byte {
	return leaf.Doc.Text(leaf.Node, x.buf[:]) // not kept: it may be a part of the event
}

// first returns the first text of paths in the event, "" if there is none.
func (x *Extractor) first(paths schema.Paths) string {
	return x.firstOf(paths, value.Leaf{Doc: x.event.Doc})
}

func (x *Extractor) firstOf(paths schema.Paths, of value.Leaf) string {
	for _, leaf := range x.all(paths, of) {
		if kind := leaf.Doc.Kind(leaf.Node); kind != value.Object {
			if text := x.text(leaf); len(text) > 0 {
				return boundedCopy(text)
			}
		}
	}
	return ""
}

// bounded returns a text that is not longer than maxValue.
func bounded(text string) string {
	if len(text) <= maxValue {
		return text
	}
	cut := maxValue
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.Clone(text[:cut]) + "…"
}

// boundedCopy is bounded for the text of a value.
func boundedCopy(text []byte) string {
	return bounded(string(text[:min(len(text), maxValue+utf8.UTFMax)]))
}
