package ioc

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Finder says which indicators of lists an event has. It is not safe for concurrent use.
type Finder struct {
	lists  []*List
	fields map[*schema.Schema][]field
	walker value.Walker
	leaves []value.Leaf
	text   []byte
	agents map[string]string // what was found for an agent, since patterns are tried one by one
}

// field is a field in which indicators of a kind are looked for.
type field struct {
	kind  string
	paths schema.Paths
}

// NewFinder returns a finder for lists, nil for none.
func NewFinder(lists []*List) *Finder {
	if len(lists) == 0 {
		return nil
	}
	return &Finder{lists: lists, fields: map[*schema.Schema][]field{}, agents: map[string]string{}}
}

// maxAgents is how many agents a Finder remembers.
const maxAgents = 4096

// Each calls yield for each indicator of an event, with a text such as "203.0.113.9 (C2 of case 12; ioc.txt:3)". It may call
// it for the same indicator again. A nil Finder finds nothing.
func (f *Finder) Each(s *schema.Schema, doc *value.Doc, yield func(text string)) {
	if f == nil {
		return
	}
	fields, ok := f.fields[s]
	if !ok {
		for _, kind := range schema.IndicatorKinds {
			for _, name := range s.Indicators(kind) {
				fields = append(fields, field{kind, s.Paths(name)})
			}
		}
		f.fields[s] = fields
	}
	f.walker.Reset()
	for i := range fields {
		f.leaves = fields[i].paths.Leaves(f.leaves[:0], &f.walker, doc)
		for _, leaf := range f.leaves {
			f.text = leaf.Doc.AppendText(f.text[:0], leaf.Node)
			if fields[i].kind == agent {
				f.agent(string(f.text), yield)
				continue
			}
			for _, l := range f.lists {
				if n, ok := l.find(fields[i].kind, string(f.text)); ok {
					yield(l.describe(n))
				}
			}
		}
	}
}

func (f *Finder) agent(text string, yield func(text string)) {
	found, ok := f.agents[text]
	if !ok {
		var all []string
		for _, l := range f.lists {
			if n, ok := l.find(agent, text); ok {
				all = append(all, l.describe(n))
			}
		}
		if found = strings.Join(all, ", "); len(f.agents) < maxAgents {
			f.agents[text] = found
		}
	}
	if found != "" {
		yield(found)
	}
}

// find returns the entry of a list for a value.
func (l *List) find(kind, text string) (int, bool) {
	if kind == address {
		at, err := netip.ParseAddr(text)
		if err != nil || at.Zone() != "" {
			return 0, false
		}
		return l.networks.Find(at)
	}
	if n, ok := l.exact[exactName(kind, text)]; ok {
		return n, true
	}
	if kind == agent {
		lower := strings.ToLower(text)
		for i := range l.patterns {
			if l.patterns[i].fits(lower) {
				return l.patterns[i].entry, true
			}
		}
	}
	return 0, false
}

func (l *List) describe(n int) string {
	e := &l.entries[n]
	if e.Comment == "" {
		return fmt.Sprintf("%s (%s:%d)", e.Value, l.Path, e.Line)
	}
	return fmt.Sprintf("%s (%s; %s:%d)", e.Value, e.Comment, l.Path, e.Line)
}

// fits reports whether the whole text has the form of the pattern.
func (p *pattern) fits(text string) bool {
	text, ok := strings.CutPrefix(text, p.parts[0])
	if !ok {
		return false
	}
	for _, part := range p.parts[1 : len(p.parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, p.parts[len(p.parts)-1])
}
