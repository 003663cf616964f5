package stixmatch

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/egret-hunt/egret/stix"
)

// A path is an object path without its type.
type path struct{ steps []step }

type step struct {
	key  string
	list bool
	any  bool
	// index is that of a list, -1 if no list is so long.
	index int
	// ref says that the value is a reference, or a list of them.
	ref bool
}

func newPath(p stix.Path) path {
	out := path{}
	ref := false
	for _, s := range p.Steps {
		next := step{key: s.Key, list: s.List, any: s.Any, index: -1}
		if s.List {
			next.ref = ref // of an element of a list of references
			if n, err := strconv.Atoi(s.Index); err == nil {
				next.index = n
			}
		} else {
			next.ref = strings.HasSuffix(s.Key, "_ref")
			ref = strings.HasSuffix(s.Key, "_refs")
		}
		out.steps = append(out.steps, next)
	}
	return out
}

// A leaf is one comparison.
type leaf struct {
	object string
	path   path
	not    bool
	// exists asks for the property only.
	exists bool
	// holds compares one value; nil for exists.
	holds func(value any, p *path) bool
}

// on reports whether the comparison holds for an object: for one value at the path, of which there must be one. NOT negates the
// comparison of each value.
func (l *leaf) on(o *Observation, object Object) bool {
	values := o.values(object, &l.path)
	if l.exists {
		return (len(values) > 0) != l.not
	}
	return slices.ContainsFunc(values, func(value any) bool { return l.holds(value, &l.path) != l.not })
}

// A bracket is the condition in one pair of brackets.
type bracket struct {
	leaves []leaf
	// types are the object types of the leaves, without repetition.
	types []string
	expr  node
}

// A node of a condition is a leaf, or joins other nodes.
type node struct {
	leaf int // -1 for a join
	and  bool
	of   []node
}

// holds evaluates the condition with the truth of each leaf.
func (n *node) holds(leaves []bool) bool {
	if n.leaf >= 0 {
		return leaves[n.leaf]
	}
	for i := range n.of {
		if n.of[i].holds(leaves) != n.and {
			return !n.and
		}
	}
	return n.and
}

// mixed reports whether an AND joins comparisons of different object types.
func (b *bracket) mixed(n *node) bool {
	if n.leaf >= 0 || !n.and {
		return n.leaf < 0 && slices.ContainsFunc(n.of, func(of node) bool { return b.mixed(&of) })
	}
	seen := map[string]bool{}
	b.objects(n, seen)
	return len(seen) > 1
}

func (b *bracket) objects(n *node, seen map[string]bool) {
	if n.leaf >= 0 {
		seen[b.leaves[n.leaf].object] = true
	}
	for i := range n.of {
		b.objects(&n.of[i], seen)
	}
}

// maxChoices limits the choices of objects that are tried for one observation.
const maxChoices = 100_000

// on reports whether the condition holds for an observation: comparisons of one object type must hold for the same object, and
// each type has an object of its own. known is false if there are too many choices.
func (b *bracket) on(o *Observation) (holds, known bool) {
	choices := make([][][]bool, len(b.types))
	n := 1
	for i, name := range b.types {
		choices[i] = b.choices(o, name)
		if n *= max(1, len(choices[i])); n > maxChoices {
			return false, false
		}
	}
	leaves := make([]bool, len(b.leaves))
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(choices) {
			return b.expr.holds(leaves)
		}
		if len(choices[i]) == 0 {
			return try(i + 1)
		}
		for _, truth := range choices[i] {
			for j := range leaves {
				if b.leaves[j].object == b.types[i] {
					leaves[j] = truth[j]
				}
			}
			if try(i + 1) {
				return true
			}
		}
		for j := range leaves {
			if b.leaves[j].object == b.types[i] {
				leaves[j] = false
			}
		}
		return false
	}
	return try(0), true
}

// choices returns which leaves hold for each object of a type, without those for which no leaf holds, and without repetition. A
// condition has no NOT above its leaves, so an object for which fewer of the same leaves hold is no choice either.
func (b *bracket) choices(o *Observation, name string) [][]bool {
	var list [][]bool
	for _, object := range o.ofType(name) {
		truth := make([]bool, len(b.leaves))
		for j := range b.leaves {
			truth[j] = b.leaves[j].object == name && b.leaves[j].on(o, object)
		}
		if slices.Contains(truth, true) && !slices.ContainsFunc(list, func(t []bool) bool { return covers(t, truth) }) {
			list = slices.DeleteFunc(list, func(t []bool) bool { return covers(truth, t) })
			list = append(list, truth)
		}
	}
	return list
}

// covers reports whether a holds wherever b does.
func covers(a, b []bool) bool {
	for i := range b {
		if b[i] && !a[i] {
			return false
		}
	}
	return true
}

// compareWith returns the comparison of an operator that compares in order.
func compareWith(operator string, l literal) func(any, *path) bool {
	return func(value any, p *path) bool {
		order, ok := l.compare(value, p)
		switch operator {
		case "=":
			return ok && order == 0
		case "!=":
			return !ok || order != 0
		case "<":
			return ok && order < 0
		case "<=":
			return ok && order <= 0
		case ">":
			return ok && order > 0
		}
		return ok && order >= 0
	}
}

// matches returns the comparison of a text with an expression, in Unicode's composed form.
func matches(expr *regexp.Regexp, loose bool) func(any, *path) bool {
	return func(value any, p *path) bool {
		if loose {
			value = looseText(value)
		}
		text, ok := value.(string)
		if ok && !loose {
			text = p.text(text)
		}
		return ok && expr.MatchString(norm.NFC.String(text))
	}
}

// subset returns the comparison of a network in a text with another one.
func subset(large bool, of netip.Prefix) func(any, *path) bool {
	return func(value any, _ *path) bool {
		text, _ := value.(string)
		network, ok := network(text)
		if large {
			return ok && within(of, network)
		}
		return ok && within(network, of)
	}
}
