package testkit

import (
	"cmp"
	"slices"
	"time"

	"github.com/egret-hunt/egret/sigma"
)

// Delivery is one event as it comes in, with its log source. An id that comes twice is one event.
type Delivery struct {
	ID     string
	Time   time.Time
	Text   string // the JSON text of the event
	Source sigma.LogSource
}

// Outcome is what a collection finds in a set of events.
type Outcome struct {
	// Matches has, for each detection rule that compiles, the ids of the events that it matches after filters, in order of
	// time and id; rules that do not report on their own are in it too.
	Matches map[*sigma.Rule][]string
	// Bursts has the findings of each correlation that can be evaluated.
	Bursts map[*sigma.Correlation][]Burst
	// Refused says why a rule or correlation cannot be run; its key is a *sigma.Rule, *sigma.Filter or *sigma.Correlation.
	Refused map[any]error
	// Reporting tells which rules and correlations report on their own.
	Reporting map[any]bool
}

// Hunt evaluates a whole collection naively: rules on the events of their log source, filters, correlations. It fails on
// an event that is no JSON object.
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

// Covers tells whether a rule's log source takes in events of another: each part that the rule names is the same.
func Covers(rule, events sigma.LogSource) bool {
	same := func(rule, event string) bool { return rule == "" || rule == event }
	return same(rule.Category, events.Category) && same(rule.Product, events.Product) && same(rule.Service, events.Service)
}

// FilterApplies tells whether a filter changes a rule: the rule's log source equals or narrows the filter's, and the
// filter names the rule by id or name, or says `any`.
func FilterApplies(filter *sigma.Filter, rule *sigma.Rule) bool {
	if !Covers(filter.LogSource, rule.LogSource) {
		return false
	}
	return filter.Any || slices.ContainsFunc(filter.Rules, func(reference sigma.Text) bool { return names(rule, reference.Value) })
}

// reports tells whether a rule reports on its own: no correlation names it, or one that does says `generate: true`.
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

// Found lists what a user sees: the ids that reporting rules match, each once, and the bursts of reporting correlations,
// in Burst's order.
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
