package testkit

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/sigma"
)

// group has the events with the same group-by values.
type group struct {
	values map[string]string
	events []*served // sorted by time
}

// served is a member with the steps that it matches in one group.
type served struct {
	*member
	targets []any
}

// groupsOf puts the members into groups, in the order of the groups' keys.
func groupsOf(correlation *sigma.Correlation, steps []step, members []*member) []*group {
	groups := map[string]*group{}
	for _, m := range members {
		for _, target := range m.serves {
			var columns [][]string
			for _, name := range correlation.GroupBy {
				columns = append(columns, texts(m.leaves(resolveField(correlation, name.Value, target, steps))))
			}
			for _, row := range combinations(columns) {
				key := strings.Join(quoteAll(row), ",")
				g := groups[key]
				if g == nil {
					g = &group{values: map[string]string{}}
					for i, name := range correlation.GroupBy {
						g.values[name.Value] = row[i]
					}
					groups[key] = g
				}
				if n := len(g.events); n > 0 && g.events[n-1].member == m {
					last := g.events[n-1]
					if !slices.Contains(last.targets, target) {
						last.targets = append(last.targets, target)
					}
				} else {
					g.events = append(g.events, &served{member: m, targets: []any{target}})
				}
			}
		}
	}
	var out []*group
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, groups[key])
	}
	return out
}

// resolveField returns the field that a name means in the events of one rule: an alias names a field for each rule.
func resolveField(correlation *sigma.Correlation, name string, target any, steps []step) string {
	for _, alias := range correlation.Aliases {
		if alias.Name != name {
			continue
		}
		for i, rule := range alias.Rules {
			if names(target, rule.Value) {
				return alias.Fields[i].Value
			}
			for _, s := range steps {
				if s.target == target && s.name == rule.Value {
					return alias.Fields[i].Value
				}
			}
		}
	}
	return name
}

// names reports whether a reference is the id or the name of a rule or correlation.
func names(target any, reference string) bool {
	var meta sigma.Meta
	switch target := target.(type) {
	case *sigma.Rule:
		meta = target.Meta
	case *sigma.Correlation:
		meta = target.Meta
	}
	return reference != "" && (meta.ID == reference || meta.Name == reference)
}

// texts returns the distinct texts of leaves.
func texts(leaves []*node) []string {
	var out []string
	for _, leaf := range leaves {
		if text := leaf.leafText(); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// combinations returns the cross product of the columns: none if a column is empty, one empty row without columns.
func combinations(columns [][]string) [][]string {
	rows := [][]string{nil}
	for _, column := range columns {
		var next [][]string
		for _, row := range rows {
			for _, text := range column {
				next = append(next, append(slices.Clone(row), text))
			}
		}
		rows = next
	}
	return rows
}
