package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/source"
)

// A LogSource names the logs that a rule is about, in the three parts of Sigma's `logsource`. A part is "" if the rule
// does not set it. Names are compared ignoring case.
type LogSource struct {
	Product, Service, Category string
	// Span is the position in the rule, for messages; zero if the rule was not read from a file.
	Span source.Span
}

// String returns the log source in words, such as "product aws, service cloudtrail"; "" if all parts are empty.
func (l LogSource) String() string {
	var parts []string
	for _, part := range []struct{ name, value string }{
		{"product", l.Product}, {"service", l.Service}, {"category", l.Category},
	} {
		if part.value != "" {
			parts = append(parts, part.name+" "+part.value)
		}
	}
	return strings.Join(parts, ", ")
}

// Includes reports whether other has the same value as l in each part that l sets: other is equal to l or narrower.
func (l LogSource) Includes(other LogSource) bool {
	for _, part := range [][2]string{{l.Product, other.Product}, {l.Service, other.Service}, {l.Category, other.Category}} {
		if part[0] != "" && !strings.EqualFold(part[0], part[1]) {
			return false
		}
	}
	return true
}

// A SourceCondition selects the events of a schema that belong to a log source. The zero SourceCondition selects all of
// them.
type SourceCondition struct {
	// All must each hold: at most one entry for the service of the log source and one for its category.
	All []Cases
}

// Cases are alternatives: one case that holds is enough. Empty Cases hold for every event.
type Cases []Case

// A Case is a list of conditions that must all hold.
type Case []Condition

// A Condition holds when the field has one of the values, compared as strings ignoring case. Field is a logical field
// of the schema, see Schema.Paths.
type Condition struct {
	Field  string
	Values []string
}

// Serves reports whether the schema has events of a log source.
func (s *Schema) Serves(source LogSource) bool {
	_, ok := s.SourceCondition(source)
	return ok
}

// SourceCondition returns the condition for an event of this schema to belong to a log source, or false if the schema
// has no events of it. An empty part sets no condition. No schema serves a log source without any part, and one without
// a product needs a service or category that this schema knows.
func (s *Schema) SourceCondition(source LogSource) (SourceCondition, bool) {
	if s.anySource {
		return SourceCondition{}, true
	}
	if source.Product == "" && source.Service == "" && source.Category == "" {
		return SourceCondition{}, false
	}
	if source.Product != "" && !slices.Contains(s.products, strings.ToLower(source.Product)) {
		return SourceCondition{}, false
	}
	var condition SourceCondition
	for _, part := range []struct {
		name  string
		known map[string]Cases
	}{{source.Service, s.services}, {source.Category, s.categories}} {
		if part.name == "" {
			continue
		}
		cases, ok := part.known[strings.ToLower(part.name)]
		if !ok {
			return SourceCondition{}, false
		}
		if len(cases) > 0 {
			condition.All = append(condition.All, cases)
		}
	}
	return condition, true
}

// Products returns the products of log sources that the schema serves.
func (s *Schema) Products() []string { return slices.Clone(s.products) }

// Services returns the services of log sources that the schema knows, sorted.
func (s *Schema) Services() []string { return slices.Sorted(maps.Keys(s.services)) }

// Categories returns the categories of log sources that the schema knows, sorted.
func (s *Schema) Categories() []string { return slices.Sorted(maps.Keys(s.categories)) }
