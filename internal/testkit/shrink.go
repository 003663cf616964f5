package testkit

import (
	"bytes"
	"slices"
	"strings"
)

// Shrink takes away parts of a list as long as what is left still fails, larger runs first. fails must hold for the
// whole list; it holds for the result, from which no single item can be taken.
func Shrink[T any](items []T, fails func([]T) bool) []T {
	items = slices.Clone(items)
	for size := max(1, len(items)/2); size > 0; size /= 2 {
		for again := true; again; {
			again = false
			for start := 0; start+size <= len(items); {
				less := slices.Delete(slices.Clone(items), start, start+size)
				if fails(less) {
					items, again = less, true
				} else {
					start++
				}
			}
			again = again && size == 1
		}
	}
	return items
}

// ShrinkRule takes lines from a rule as long as what is left still fails. fails gets text that may be no rule any more
// and should say false then.
func ShrinkRule(text string, fails func(string) bool) string {
	join := func(lines []string) string { return strings.Join(lines, "\n") + "\n" }
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return join(Shrink(lines, func(lines []string) bool { return fails(join(lines)) }))
}

// ShrinkEvent takes keys and elements from an event, at every depth, and characters from its strings, as long as the
// rest still fails. The result is written anew, so a fault that lies in the way the text was written may vanish; then
// the text comes back as it was.
func ShrinkEvent(text string, fails func(string) bool) string {
	root, err := decodeJSON(text)
	if err != nil {
		return text
	}
	write := func() string {
		var b bytes.Buffer
		writeJSON(&b, root)
		return b.String()
	}
	if !fails(write()) {
		return text
	}
	check := func() bool { return fails(write()) }
	for before := ""; before != write(); {
		before = write()
		shrinkNode(root, check)
	}
	return write()
}

// shrinkNode makes one node and those below it smaller in place.
func shrinkNode(n *node, fails func() bool) {
	for i := 0; i < len(n.values); {
		keys, values := n.keys, n.values
		n.keys = slices.Delete(slices.Clone(keys), i, i+1)
		n.values = slices.Delete(slices.Clone(values), i, i+1)
		if !fails() {
			n.keys, n.values = keys, values
			i++
		}
	}
	n.elems = Shrink(n.elems, func(elems []*node) bool {
		old := n.elems
		n.elems = elems
		ok := fails()
		n.elems = old
		return ok
	})
	for _, child := range slices.Concat(n.values, n.elems) {
		shrinkNode(child, fails)
	}
	if n.kind != stringNode {
		return
	}
	n.text = string(Shrink([]rune(n.text), func(runes []rune) bool {
		old := n.text
		n.text = string(runes)
		ok := fails()
		n.text = old
		return ok
	}))
}
