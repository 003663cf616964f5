package tally

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Detail is a field that tells sessions, identities or outcomes, and that only some calls have.
type Detail struct {
	Paths schema.Paths
	// Calls are the calls that have it, by services and actions; nil for all calls.
	Calls []schema.Selection
}

// Details returns the fields that a Summarizer needs of a group of events besides SummaryFields: those that tell what calls opened or
// made, and how they ended. They have few values for most events, since only some calls have them.
func Details(s *schema.Schema) []Detail {
	var list []Detail
	at := map[string]int{}
	add := func(on *schema.Selection, paths schema.Paths) {
		if len(paths) == 0 {
			return
		}
		key := ""
		for i := range paths {
			key += paths[i].Text + "\x00"
		}
		calls := schema.Selection{Services: on.Services, Actions: on.Actions}
		all := calls.Services == nil && calls.Actions == nil
		i, ok := at[key]
		switch {
		case !ok && all:
			list = append(list, Detail{Paths: paths})
		case !ok:
			list = append(list, Detail{Paths: paths, Calls: []schema.Selection{calls}})
		case all:
			list[i].Calls = nil
		case list[i].Calls != nil:
			list[i].Calls = append(list[i].Calls, calls)
		}
		if !ok {
			at[key] = len(list) - 1
		}
	}
	selected := func(on *schema.Selection, more ...schema.Paths) {
		for _, tests := range [][]schema.Test{on.When, on.Unless} {
			for i := range tests {
				add(on, tests[i].Paths)
			}
		}
		for _, paths := range more {
			add(on, paths)
		}
	}
	for i := range s.Trace().Links {
		if l := &s.Trace().Links[i]; l.Kind != "trust" && l.Kind != "machine" {
			selected(&l.On, l.Identity, l.Key)
		}
	}
	for i := range s.Facts().Results {
		selected(&s.Facts().Results[i].On, s.Facts().Results[i].Code)
	}
	return list
}

// content returns an event with the values of details, each at the first of its paths. It is valid until the next call.
func (k *summarized) content(values []*string) *value.Doc {
	root := map[string]any{}
	for i, v := range values {
		if v == nil || i >= len(k.details) {
			continue
		}
		names := strings.Split(k.details[i].Paths[0].Text, ".")
		at := root
		for _, name := range names[:len(names)-1] {
			inner, ok := at[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[name] = inner
			}
			at = inner
		}
		if _, taken := at[names[len(names)-1]]; !taken {
			at[names[len(names)-1]] = *v
		}
	}
	text, err := json.Marshal(root)
	if err != nil {
		return nil // strings and maps always have JSON
	}
	doc, err := k.parser.Parse(text)
	if err != nil {
		return nil // as above
	}
	return doc
}

// lacking returns what events of a table lack that has no column for some of the first paths of details.
func lacking(s *schema.Schema, details []Detail, missing []string) *facts.Lacks {
	if len(missing) == 0 {
		return nil
	}
	return facts.LacksOf(s, func(path string) bool {
		return !slices.ContainsFunc(details, func(d Detail) bool {
			return slices.Contains(missing, d.Paths[0].Text) && slices.ContainsFunc(d.Paths, func(p value.Path) bool { return p.Text == path })
		})
	})
}
