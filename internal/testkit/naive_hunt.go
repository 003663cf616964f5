package testkit

import (
	"cmp"
	"slices"
	"time"

	"github.com/egret-hunt/egret/sigma"
)

// A Delivery is one input event with its log source. Deliveries with the same id are one event.
type Delivery struct {
	ID     string
	Time   time.Time
	Text   string // the JSON text of the event
	Source sigma.LogSource
}

// An Outcome is the result of a collection on a set of events.
type Outcome struct {
	// Matches has, for each detection rule that compiles, the ids of the events that it matches after filters, in order
	// of time and id, including rules that do not report on their own.
	Matches map[*sigma.Rule][]string
	// Bursts has the findings of each correlation that can be evaluated.
	Bursts map[*sigma.Correlation][]Burst
	// Refused has the errors of rules and correlations that cannot run; the key is a *sigma.Rule, *sigma.Filter or
	// *sigma.Correlation.
	Refused map[any]error
	// Reporting has the rules and correlations that report on their own.
	Reporting map[any]bool
}

// Hunt evaluates a whole collection naively: rules on the events of their log source, filters, correlations. It returns
// an error for an event that is not a JSON object.
func Hunt(collection *sigma.Collection, deliveries []Delivery, options Options) (*Outcome, error) {
	out := &Outcome{
		Matches: map[*sigma.Rule][]string{}, Bursts: map[*sigma.Correlation][]Burst{}, Refused: map[any]error{},
		Reporting: map[any]bool{},
	}
	var events []BaseEvent
	sources := map[string]sigma.LogSource{}
	for _, d := range deliveries {
		event, err := DecodeEvent(d.Text)
		if err != nil {
			return nil, err
		}
		if _, again := sources[d.ID]; again {
			continue
		}
		sources[d.ID] = d.Source
		events = append(events, BaseEvent{ID: d.ID, Time: d.Time, Event: event})
	}
	sortEvents(events)

	filters := map[*sigma.Filter]*Naive{}
	for _, filter := range collection.Filters {
		n, err := CompileNaiveFilter(filter, options)
		if err != nil {
			out.Refused[filter] = err
			continue
		}
		filters[filter] = n
	}
	for _, rule := range collection.Rules {
		n, err := CompileNaive(rule, options)
		if err != nil {
			out.Refused[rule] = err
			continue
		}
		out.Matches[rule] = nil
		for i, e := range events {
			if !Covers(rule.LogSource, sources[e.ID]) || !n.Match(e.Event) {
				continue
			}
			stays := true
			for _, filter := range collection.Filters {
				if FilterApplies(filter, rule) && filters[filter] != nil && !filters[filter].Match(e.Event) {
					stays = false
				}
			}
			if stays {
				out.Matches[rule] = append(out.Matches[rule], e.ID)
				events[i].Rules = append(events[i].Rules, rule)
			}
		}
	}
	correlations := NewCorrelations(collection, events, options)
	for _, correlation := range collection.Correlations {
		bursts, err := correlations.Bursts(correlation)
		if err != nil {
			out.Refused[correlation] = err
			continue
		}
		out.Bursts[correlation] = bursts
	}
	for _, rule := range collection.Rules {
		out.Reporting[rule] = reports(collection, rule)
	}
	for _, correlation := range collection.Correlations {
		out.Reporting[correlation] = reports(collection, correlation)
	}
	return out, nil
}

// Covers reports whether a rule's log source includes events of another: each part that the rule sets must be equal.
func Covers(rule, events sigma.LogSource) bool {
	same := func(rule, event string) bool { return rule == "" || rule == event }
	return same(rule.Category, events.Category) && same(rule.Product, events.Product) && same(rule.Service, events.Service)
}

// FilterApplies reports whether a filter applies to a rule: the rule's log source must equal or narrow the filter's,
// and the filter must name the rule by id or name, or be for `any`.
func FilterApplies(filter *sigma.Filter, rule *sigma.Rule) bool {
	if !Covers(filter.LogSource, rule.LogSource) {
		return false
	}
	return filter.Any || slices.ContainsFunc(filter.Rules, func(reference sigma.Text) bool { return names(rule, reference.Value) })
}

// reports returns whether a rule reports on its own: no correlation uses it, or one that does has `generate: true`.
func reports(collection *sigma.Collection, target any) bool {
	named := false
	for _, correlation := range collection.Correlations {
		references := make([]string, 0, len(correlation.Rules))
		for _, reference := range correlation.Rules {
			references = append(references, reference.Value)
		}
		if len(references) == 0 && correlation.Extended != nil {
			references = conditionNames(correlation.Extended.Expr)
		}
		for _, reference := range references {
			if Resolve(collection, reference) == target {
				if correlation.Generate {
					return true
				}
				named = true
			}
		}
	}
	return !named
}

// Found returns what a user sees: the ids that reporting rules match, without duplicates, and the bursts of reporting
// correlations, in the order of Burst.
func (o *Outcome) Found(collection *sigma.Collection) (ids []string, bursts []Burst) {
	for _, rule := range collection.Rules {
		if o.Reporting[rule] {
			ids = append(ids, o.Matches[rule]...)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for _, correlation := range collection.Correlations {
		if o.Reporting[correlation] {
			bursts = append(bursts, o.Bursts[correlation]...)
		}
	}
	slices.SortFunc(bursts, func(a, b Burst) int { return cmp.Compare(a.key(), b.key()) })
	return ids, bursts
}
