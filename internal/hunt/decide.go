package hunt

import (
	"time"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/value"
)

// decided identifies what a rule with a Decision asks.
type decided struct {
	decider ruleset.Decider
	item    int
}

// itemsOf returns the indexes of rules with a Decision, by it; nil if there are none.
func itemsOf(set *ruleset.Set) map[decided]int {
	var items map[decided]int
	for i, rule := range set.Rules {
		if rule.Decision == nil {
			continue
		}
		if items == nil {
			items = map[decided]int{}
		}
		items[decided{rule.Decision.Decider, rule.Decision.Item}] = i
	}
	return items
}

// deciderWork is a worker's decider for the events of one schema.
type deciderWork struct {
	of     ruleset.Decider
	decide ruleset.EventDecider
	// begun is set if it has the current event.
	begun bool
}

// decider returns the decider of the current event.
func (s *schemaWork) decider(of ruleset.Decider, doc *value.Doc) ruleset.EventDecider {
	for i := range s.deciders {
		if d := &s.deciders[i]; d.of == of {
			if !d.begun {
				d.begun = true
				d.decide.Begin(doc)
			}
			return d.decide
		}
	}
	s.deciders = append(s.deciders, deciderWork{of, of.For(s.plan.schema), true})
	d := s.deciders[len(s.deciders)-1].decide
	d.Begin(doc)
	return d
}

// decide returns the rules whose event an event is, of which the queries in found match it. The slice is valid until the next call.
func (w *worker) decide(s *schemaWork, doc *value.Doc, found []int) []int {
	w.decided = w.decided[:0]
	for i := range s.deciders {
		s.deciders[i].begun = false
	}
	for _, query := range found {
		rule := s.plan.compiled.Rules[query]
		d := w.hunt.options.Set.Rules[rule].Decision
		if d == nil {
			w.decided = append(w.decided, rule)
			continue
		}
		w.items = s.decider(d.Decider, doc).Decide(w.items[:0], d.Item)
		for _, item := range w.items {
			if rule, ok := w.hunt.items[decided{d.Decider, item}]; ok {
				w.decided = append(w.decided, rule)
			}
		}
	}
	return w.decided
}

// keepSpan notes the current event for the correlations of w.spanRules, with its span of time.
func (w *worker) keepSpan(s *schemaWork, noted correlate.Event) error {
	for len(w.spanRules) > 0 {
		// The rules of one decider come first.
		of := w.hunt.options.Set.Rules[w.spanRules[0]].Decision.Decider
		w.rules = w.rules[:0]
		rest := w.spanRules[:0]
		for _, rule := range w.spanRules {
			if w.hunt.options.Set.Rules[rule].Decision.Decider == of {
				w.rules = append(w.rules, rule)
			} else {
				rest = append(rest, rule)
			}
		}
		w.spanRules = rest
		for i := range s.deciders {
			if s.deciders[i].of != of {
				continue
			}
			first, last, number, ok := s.deciders[i].decide.Span()
			if !ok {
				break
			}
			noted.Time, noted.Duration, noted.Number = first, time.Duration(last-first), number
			if err := w.correlator.Add(noted, w.rules, &s.fields); err != nil {
				return err
			}
		}
	}
	return nil
}
