package check

import (
	"maps"
	"slices"
	"strings"
)

// This file gives other programs, such as editors, what the checks know of log sources.

// LogSources returns the log sources of SigmaHQ's taxonomy as product, category and service, sorted; absent parts are "".
func LogSources() [][3]string {
	var list [][3]string
	for _, key := range slices.Sorted(maps.Keys(taxonomy())) {
		parts := append(strings.Split(key, "|"), "", "")
		list = append(list, [3]string{parts[0], parts[1], parts[2]})
	}
	return list
}

// TaxonomyFields returns the fields of a log source in SigmaHQ's taxonomy, sorted; nil if it does not list them.
func TaxonomyFields(product, category, service string) []string {
	s := taxonomy()[product+"|"+category+"|"+service]
	if s == nil || len(s.known) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(s.known))
}

// EventSources returns the values of CloudTrail's eventSource that the checks know operations of, sorted.
func EventSources() []string {
	list := make([]string, 0, len(services()))
	for name := range services() { // sorted below
		list = append(list, name+".amazonaws.com")
	}
	slices.Sort(list)
	return list
}

// Operations returns the operations of a service of AWS by its eventSource, as values of CloudTrail's eventName; nil for an unknown one.
// The caller must not change the slice.
func Operations(eventSource string) []string {
	name, found := strings.CutSuffix(eventSource, ".amazonaws.com")
	if s := services()[name]; found && s != nil {
		return s.names
	}
	return nil
}
