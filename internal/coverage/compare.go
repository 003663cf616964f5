package coverage

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A Change is a technique whose score differs between two matrices.
type Change struct {
	ID, Name      string
	Before, After int
	// Added and Removed are titles of marks that only one matrix has for the technique. They may be equal where only a level
	// changed.
	Added, Removed []string
}

// Compare returns the techniques whose marks or scores differ, sorted by id.
func Compare(before, after *Matrix) []Change {
	ids := map[string]bool{}
	for _, m := range []*Matrix{before, after} {
		for _, e := range m.Entries {
			ids[e.ID] = true
		}
	}
	var list []Change
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		c := Change{ID: id}
		var titles [2][]string
		for i, m := range []*Matrix{before, after} {
			e := m.Entry(id)
			if e == nil {
				continue
			}
			c.Name = e.Name(m.Options.Version)
			for _, mark := range e.Marks {
				titles[i] = append(titles[i], mark.Title)
			}
			if i == 0 {
				c.Before = e.Score
			} else {
				c.After = e.Score
			}
		}
		c.Removed, c.Added = without(titles[0], titles[1]), without(titles[1], titles[0])
		if c.Before != c.After || len(c.Added)+len(c.Removed) > 0 {
			list = append(list, c)
		}
	}
	return list
}

// without returns the entries of a list that are not in another one, as often as they are missing there.
func without(list, other []string) []string {
	n := map[string]int{}
	for _, s := range other {
		n[s]++
	}
	var rest []string
	for _, s := range list {
		if n[s]--; n[s] < 0 {
			rest = append(rest, s)
		}
	}
	return rest
}

// A Group is a log source with the number of its rules by level: those of Levels, and the last for rules without one.
type Group struct {
	Name   string
	Rules  int
	Levels [6]int
}

// Levels are the headings of Group.Levels.
var Levels = []string{"Critical", "High", "Medium", "Low", "Informational", "None"}

// Groups returns the numbers of rules by a part of the log source: category, as sigma analyze logsource does, or all of it, with
// the largest first. Correlations have no log source and are left out.
func Groups(marks []*Mark, whole bool) []Group {
	byName := map[string]*Group{}
	for _, m := range marks {
		if m.LogSource == (LogSource{}) {
			continue
		}
		name := m.LogSource.Category
		if whole {
			name = m.LogSource.String()
		}
		g := byName[name]
		if g == nil {
			g = &Group{Name: name}
			byName[name] = g
		}
		g.Rules++
		g.Levels[slices.IndexFunc(Levels, func(l string) bool { return strings.EqualFold(l, m.Level) || l == "None" })]++
	}
	list := make([]Group, 0, len(byName))
	for _, g := range byName {
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b Group) int { return cmp.Or(cmp.Compare(b.Rules, a.Rules), cmp.Compare(a.Name, b.Name)) })
	return list
}

// String returns the parts that are present, such as "product aws, service cloudtrail".
func (s LogSource) String() string {
	var parts []string
	for _, part := range [][2]string{{"category", s.Category}, {"product", s.Product}, {"service", s.Service}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	return strings.Join(parts, ", ")
}
