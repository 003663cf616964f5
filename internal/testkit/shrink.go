package testkit

import (
	"bytes"
	"slices"
	"strings"
)

// Shrink removes parts of a list as long as the rest still fails, longer runs first. fails must hold for the whole
// list; it holds for the result, from which no single item can be removed.
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

// ShrinkRule removes lines from a rule as long as the rest still fails. fails may get text that is not a valid rule and
// should return false then.
func ShrinkRule(text string, fails func(string) bool) string {
	join := func(lines []string) string { return strings.Join(lines, "\n") + "\n" }
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return join(Shrink(lines, func(lines []string) bool { return fails(join(lines)) }))
}

// ShrinkEvent removes keys and elements from an event, at every level, and characters from its strings, as long as the
// rest still fails. The result is formatted anew. If the failure depends on the formatting, ShrinkEvent returns the
// text unchanged.
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

// shrinkNode shrinks a node and those below it in place.
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
