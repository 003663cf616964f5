package tally

import (
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// links finds the links of a schema that apply to events, for one worker.
type links struct {
	list []schema.Link
	// byCall are the links for a service and an action, by index.
	byCall map[string][]int
	key    []byte
	walker value.Walker
	leaves []value.Leaf
}

// maxCalls is for how many different calls the links are remembered.
const maxCalls = 4096

// of returns the links for a call, by index.
func (l *links) of(service, action []byte) []int {
	l.key = append(append(append(l.key[:0], service...), 0), action...)
	if found, ok := l.byCall[string(l.key)]; ok {
		return found
	}
	found := []int{}
	for i := range l.list {
		on := &l.list[i].On
		if (on.Services == nil || schema.MatchesAny(on.Services, service)) && (on.Actions == nil || schema.MatchesAny(on.Actions, action)) {
			found = append(found, i)
		}
	}
	if len(l.byCall) < maxCalls {
		l.byCall[string(l.key)] = found
	}
	return found
}

// holds reports whether the content of an event fulfils a selection.
func (l *links) holds(on *schema.Selection, doc *value.Doc) bool {
	for i := range on.When {
		if !l.test(&on.When[i], doc) {
			return false
		}
	}
	for i := range on.Unless {
		if l.test(&on.Unless[i], doc) {
			return false
		}
	}
	return true
}

func (l *links) test(t *schema.Test, doc *value.Doc) bool {
	var buf [128]byte
	for i := range t.Paths {
		l.leaves = l.walker.Leaves(l.leaves[:0], doc, 0, &t.Paths[i])
		for _, leaf := range l.leaves {
			if t.Patterns == nil || schema.MatchesAny(t.Patterns, leaf.Doc.Text(leaf.Node, buf[:0])) {
				return true
			}
		}
	}
	return false
}
