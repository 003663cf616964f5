package check

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/sigma"
)

// index finds documents by id and name.
func index(documents []*Document) map[string]*Document {
	found := map[string]*Document{}
	for _, d := range documents {
		if d.kind&judged == 0 {
			continue
		}
		for _, name := range []string{strings.ToLower(d.ID), d.Name} {
			if name != "" && found[name] == nil {
				found[name] = d
			}
		}
	}
	return found
}

// lookup returns the document that a reference names, nil if there is none.
func lookup(known map[string]*Document, reference string) *Document {
	if d := known[reference]; d != nil {
		return d
	}
	return known[strings.ToLower(reference)]
}

func unknownRules(r *setReporter, documents []*Document) {
	for _, d := range documents {
		var references []sigma.Text
		switch {
		case !r.sees(d):
		case d.correlation != nil:
			references = d.correlation.Rules
		case d.filter != nil:
			references = d.filter.Rules
		}
		for _, reference := range references {
			if lookup(r.known(), reference.Value) == nil {
				out := r.report(d, reference.Span, fmt.Sprintf("no rule has the id or name %q", reference.Value))
				var names []string
				for _, other := range documents {
					if other.Name != "" {
						names = append(names, other.Name)
					}
				}
				if near := diag.Near(reference.Value, names); near != "" {
					out.Help = "the nearest is " + near
				}
			}
		}
	}
}

// cycles reports correlations that count themselves.
func cycles(r *setReporter, documents []*Document) {
	state := map[*Document]int{} // 1 while its rules are followed, 2 after
	var follow func(d *Document)
	follow = func(d *Document) {
		state[d] = 1
		for _, reference := range d.correlation.Rules {
			switch next := lookup(r.known(), reference.Value); {
			case next == nil || next.correlation == nil || state[next] == 2:
			case state[next] == 1:
				r.report(d, reference.Span, fmt.Sprintf("the correlation counts itself through %q", next.Title))
			default:
				follow(next)
			}
		}
		state[d] = 2
	}
	for _, d := range documents {
		if d.correlation != nil && state[d] == 0 {
			follow(d)
		}
	}
}

// silentCorrelations reports correlations whose condition nothing can meet, and those that need a rule that matches nothing.
func silentCorrelations(r *setReporter, documents []*Document) {
	for _, d := range documents {
		if d.correlation == nil || !r.sees(d) {
			continue
		}
		c := d.correlation
		if c.Condition != nil {
			if message := contradiction(c); message != "" {
				r.report(d, c.Condition.Span, "the condition is never true: "+message)
				continue
			}
		}
		silent := 0
		for _, reference := range c.Rules {
			base := lookup(r.known(), reference.Value)
			if base == nil || base.where == nil || !newProver().never(pass.Simplify(base.where)) {
				continue
			}
			silent++
			if strings.HasPrefix(c.Type, "temporal") && c.Extended == nil || silent == len(c.Rules) {
				r.report(d, reference.Span, fmt.Sprintf("the rule %q matches nothing, so the correlation never reports", base.Title))
				break
			}
		}
	}
}

// contradiction says why no number meets the bounds of a correlation, "" if one does.
func contradiction(c *sigma.Correlation) string {
	counts := c.Type == "event_count" || c.Type == "value_count" || strings.HasPrefix(c.Type, "temporal")
	low, high := new(big.Rat), (*big.Rat)(nil) // counts are whole numbers of at least one
	hasLow := counts
	if counts {
		low.SetInt64(1)
	}
	one := big.NewRat(1, 1)
	for _, b := range c.Condition.Bounds {
		n, ok := new(big.Rat).SetString(b.Value)
		if !ok {
			return ""
		}
		least, most := (*big.Rat)(nil), (*big.Rat)(nil)
		switch b.Op {
		case "gt":
			if least = n; counts {
				least = new(big.Rat).Add(n, one)
			}
		case "gte":
			least = n
		case "lt":
			if most = n; counts {
				most = new(big.Rat).Sub(n, one)
			}
		case "lte":
			most = n
		case "eq":
			least, most = n, n
			if counts && !n.IsInt() {
				return b.Value + " is no whole number"
			}
		}
		if least != nil && (!hasLow || least.Cmp(low) > 0) {
			low, hasLow = least, true
		}
		if most != nil && (high == nil || most.Cmp(high) < 0) {
			high = most
		}
	}
	switch {
	case high == nil:
		return ""
	case hasLow && low.Cmp(high) > 0 && len(c.Condition.Bounds) == 1:
		return "there is at least one event"
	case hasLow && low.Cmp(high) > 0:
		return "no number is within the bounds"
	}
	return ""
}

// idleFilters reports filters that exclude no event of the rules that they are for.
func idleFilters(r *setReporter, documents []*Document) {
	for _, d := range documents {
		if d.filter == nil || d.where == nil || !r.sees(d) {
			continue
		}
		where := pass.Simplify(d.where)
		if newProver().always(where) {
			r.report(d, d.detection.Conditions[0].Span, "the condition keeps every event")
			continue
		}
		if d.filter.Any {
			continue
		}
		found, effective := 0, false
		for _, reference := range d.filter.Rules {
			rule := lookup(r.known(), reference.Value)
			if rule == nil {
				continue
			}
			found++
			effective = effective || rule.kind == correlations || applies(d, rule) && (rule.where == nil || !newProver().implies(pass.Simplify(rule.where), where))
		}
		if found > 0 && !effective {
			r.report(d, d.place("title"), "the filter excludes nothing from the rules that it names").Help =
				"their log source is another one, or they match none of the events that it describes"
		}
	}
}

// applies reports whether the log source of a filter contains that of a rule.
func applies(filter, rule *Document) bool {
	f, l := filter.logSource, rule.logSource
	return (f.Product == "" || f.Product == l.Product) && (f.Category == "" || f.Category == l.Category) && (f.Service == "" || f.Service == l.Service)
}
