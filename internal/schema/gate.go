package schema

import (
	"maps"
	"slices"
	"strings"
)

// Gate says which events of a schema a rule's log source admits. The zero Gate admits all of them.
type Gate struct {
	// All must each hold: one entry for the service of the log source, one for its category, where they ask for anything.
	All []Cases
}

// Cases are alternatives: any case that holds is enough. Empty Cases hold for every event.
type Cases []Case

// Case is a list of conditions that must all hold.
type Case []Condition

// Condition holds when the field has one of the values, compared as text ignoring case. Field is a logical field of the
// schema, see Schema.Paths.
type Condition struct {
	Field  string
	Values []string
}

// Gate is what a log source asks of the events of this schema, and whether the schema serves it at all. Names are
// compared ignoring case; an empty one asks for nothing, but a log source that names nothing is served by no schema, and
// one without product needs a service or category that this schema knows.
func (s *Schema) Gate(product, service, category string) (Gate, bool) {
	if s.anySource {
		return Gate{}, true
	}
	if product == "" && service == "" && category == "" {
		return Gate{}, false
	}
	if product != "" && !slices.Contains(s.products, strings.ToLower(product)) {
		return Gate{}, false
	}
	var gate Gate
	for _, part := range []struct {
		name  string
		known map[string]Cases
	}{{service, s.services}, {category, s.categories}} {
		if part.name == "" {
			continue
		}
		cases, ok := part.known[strings.ToLower(part.name)]
		if !ok {
			return Gate{}, false
		}
		if len(cases) > 0 {
			gate.All = append(gate.All, cases)
		}
	}
	return gate, true
}

// Products are the products of log sources that the schema serves.
func (s *Schema) Products() []string { return slices.Clone(s.products) }

// Services are the services of log sources that the schema knows, sorted.
func (s *Schema) Services() []string { return slices.Sorted(maps.Keys(s.services)) }

// Categories are the categories of log sources that the schema knows, sorted.
func (s *Schema) Categories() []string { return slices.Sorted(maps.Keys(s.categories)) }
