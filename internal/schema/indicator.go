package schema

import (
	"slices"

	"github.com/egret-hunt/egret/internal/value"
)

// IndicatorKinds are what indicators of compromise may be: addresses and networks, access keys, user agents, account ids.
var IndicatorKinds = []string{"address", "key", "agent", "account"}

// Indicators returns the fields in which indicators of a kind are looked for, nil if the log source has none. A rule names
// them as it would name any field.
func (s *Schema) Indicators(kind string) []string {
	if fields, ok := s.indicators[kind]; ok {
		return fields
	}
	var fields []string
	for _, path := range map[string]Paths{"address": s.Address, "key": s.Session, "agent": s.Agent, "account": s.Account}[kind] {
		// A field leads to its other spellings itself.
		if !slices.ContainsFunc(fields, func(field string) bool {
			return slices.ContainsFunc(s.Paths(field), func(other value.Path) bool { return other.Text == path.Text })
		}) {
			fields = append(fields, path.Text)
		}
	}
	return fields
}

// loadIndicators checks the fields that a file gives for kinds of indicators.
func loadIndicators(fields map[string][]string, fault func(format string, args ...any)) map[string][]string {
	// Iteration order does not matter: faults are sorted.
	for kind := range fields {
		if !slices.Contains(IndicatorKinds, kind) {
			fault("indicators: unknown kind %q", kind)
		}
	}
	return fields
}

// Whole returns a log source that only this schema, among those given, has all of its events of; false if there is none.
func (s *Schema) Whole(among []*Schema) (LogSource, bool) {
	for _, product := range s.products {
		candidates := []LogSource{{Product: product}}
		for _, service := range s.Services() {
			candidates = append(candidates, LogSource{Product: product, Service: service})
		}
		for _, source := range candidates {
			condition, ok := s.SourceCondition(source)
			if !ok || len(condition.All) > 0 {
				continue
			}
			if !slices.ContainsFunc(among, func(other *Schema) bool { return other != s && !other.anySource && other.Serves(source) }) {
				return source, true
			}
		}
	}
	return LogSource{}, false
}
