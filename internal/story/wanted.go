package story

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Identities are what the records that a story needs have in common: such a record has one of the keys as its session, comes
// from one of the places, names one of the keys or machines, or makes or removes what has one of the names.
type Identities struct {
	// Keys are access keys and sessions. Machines are their names, Names the last parts of the names of users, roles and
	// things.
	Keys, Machines, Names []string
	// Places are principals with the addresses that they called from.
	Places []Place
	// Since is the earliest time of a record that is needed, NoTime if findings have no times.
	Since value.Time
}

// A Place is a principal at an address.
type Place struct{ Principal, Address string }

// Identities returns what to look for in a log of which only some records are known: the identities of the findings so far,
// those that the known records lead to, and what these identities made. Those of the most severe findings come first. What
// is found may lead to others, so that callers ask again until nothing is new. It changes nothing.
func (b *Builder) Identities(r Records) (Identities, error) {
	g, err := b.followed(&r)
	if err != nil {
		return Identities{}, err
	}
	wanted := Identities{Since: finding.NoTime}
	names := map[string]bool{}
	for _, node := range slices.Sorted(maps.Keys(g.wanted)) {
		first, second, _ := strings.Cut(node[1:], "\x00")
		switch node[0] {
		case keyPrefix:
			wanted.Keys = append(wanted.Keys, first)
		case placePrefix:
			if first != "" && second != "" {
				wanted.Places = append(wanted.Places, Place{first, second})
			}
		case machinePrefix:
			if second != "" {
				wanted.Machines = append(wanted.Machines, second)
			}
		default:
			names[second] = true
		}
	}
	var when period
	severe := map[string]finding.Level{}
	for _, group := range b.groups {
		if group.into != nil {
			continue
		}
		when.merge(group.when)
		if group.tool != "" {
			continue
		}
		for _, key := range group.sessions.sorted() {
			severe[key] = max(severe[key], group.level)
		}
		for _, principal := range group.principals.sorted() {
			severe[principal] = max(severe[principal], group.level)
			names[schema.ShortName(principal)] = true // it may have been removed
		}
	}
	level := func(text string) finding.Level {
		if level, ok := severe[text]; ok {
			return level
		}
		return finding.High // reached from findings
	}
	slices.SortStableFunc(wanted.Keys, func(a, b string) int { return cmp.Compare(level(b), level(a)) })
	slices.SortStableFunc(wanted.Places, func(a, b Place) int { return cmp.Compare(level(b.Principal), level(a.Principal)) })
	if when.known {
		wanted.Since = value.Time{Nanos: minus(when.first.Nanos, maxPause)}
	}
	if r.Things != nil {
		for record, err := range r.Things() {
			if err != nil {
				return Identities{}, err
			}
			if !record.Removes && (record.Session != "" && g.wanted[keyNode(record.Session)] || g.wanted[placeNode(record.Principal, record.Address)] ||
				g.wanted[userNode(accountOf(record.Principal), record.Principal)]) {
				names[schema.ShortName(record.Name)] = true // whoever removed it
			}
		}
	}
	delete(names, "")
	wanted.Names = slices.Sorted(maps.Keys(names))
	return wanted, nil
}
