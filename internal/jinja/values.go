package jinja

import (
	"strconv"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// undefined is the value of what does not exist. It prints as nothing, is false, and has no items; everything else fails.
type undefined struct {
	hint string
	// unsafe is set for attributes that templates must not read.
	unsafe bool
}

func (*undefined) Attr(string) (any, bool) { return nil, false }
func (*undefined) Str() string             { return "" }
func (*undefined) Repr() string            { return "Undefined" }
func (*undefined) Type() string            { return "Undefined" }

// failUndefined raises the fault of an undefined value that is used.
func (r *run) failUndefined(u *undefined) {
	if u.unsafe {
		r.faultf(Security, "%s", u.hint)
	}
	r.failf("%s", u.hint)
}

// namespace is an object whose attributes a template can set.
type namespace struct{ attrs pyprint.Dict }

func (n *namespace) Attr(name string) (any, bool) { return n.attrs.Get(name) }
func (n *namespace) Str() string                  { return n.Repr() }
func (n *namespace) Type() string                 { return "Namespace" }

// Repr leaves out the attributes, which may contain the namespace itself.
func (n *namespace) Repr() string { return "<Namespace>" }

// Hash makes every namespace equal to itself only.
func (n *namespace) Hash() string { return address(n) }

// function is a macro, a method or a builtin.
type function struct {
	name string
	kind string
	call func(r *run, c *call) any
}

// Attr returns the name of a macro.
func (f *function) Attr(name string) (any, bool) {
	if f.kind == "Macro" && name == "name" {
		return f.name, true
	}
	return nil, false
}
func (f *function) Str() string  { return f.Repr() }
func (f *function) Repr() string { return "<" + f.Type() + " '" + f.name + "'>" }

// Type returns the name of the type.
func (f *function) Type() string {
	if f.kind == "" {
		return "function"
	}
	return f.kind
}

// call holds the evaluated arguments of a call.
type call struct {
	positional []any
	names      []string
	named      []any
}

func (c *call) get(name string) (any, bool) {
	for i, n := range c.names {
		if n == name {
			return c.named[i], true
		}
	}
	return nil, false
}

// iterator holds items that can be read once, like a generator of Python.
type iterator struct{ items []any }

func (*iterator) Attr(string) (any, bool) { return nil, false }
func (*iterator) Str() string             { return "<generator object>" }
func (*iterator) Repr() string            { return "<generator object>" }
func (*iterator) Type() string            { return "generator" }

// rangeValue is range(start, stop, step).
type rangeValue struct{ start, stop, step, count int64 }

func (v *rangeValue) Attr(string) (any, bool) { return nil, false }
func (v *rangeValue) Str() string             { return v.Repr() }
func (v *rangeValue) Type() string            { return "range" }

// Repr prints the range as it was made.
func (v *rangeValue) Repr() string {
	s := "range(" + strconv.FormatInt(v.start, 10) + ", " + strconv.FormatInt(v.stop, 10)
	if v.step != 1 {
		s += ", " + strconv.FormatInt(v.step, 10)
	}
	return s + ")"
}

// view is what keys(), values() and items() of a dict return.
type view struct {
	kind  string
	items []any
}

// ReprItems lets pyprint print the items.
func (v *view) ReprItems() (before string, items []any, after string) {
	return v.kind + "([", v.items, "])"
}

// Type returns the name of the type.
func (v *view) Type() string { return v.kind }

// module is an imported template.
type module struct {
	name, text string
	vars       map[string]any
}

// Attr returns a variable or macro of the template.
func (m *module) Attr(name string) (any, bool) {
	v, ok := m.vars[name]
	return v, ok && name[0] != '_'
}
func (m *module) Str() string  { return m.text }
func (m *module) Repr() string { return "<TemplateModule '" + m.name + "'>" }
func (m *module) Type() string { return "TemplateModule" }

// loopState is the variable loop.
type loopState struct {
	items        []any
	index, depth int
	again        func(v any) any
	changed      any
	hasChanged   bool
}

func (l *loopState) Str() string  { return l.Repr() }
func (l *loopState) Type() string { return "LoopContext" }

// Repr prints the position in the loop.
func (l *loopState) Repr() string {
	return "<LoopContext " + strconv.Itoa(l.index+1) + "/" + strconv.Itoa(len(l.items)) + ">"
}

// Hash makes every loop equal to itself only.
func (l *loopState) Hash() string { return address(l) }

// Attr returns index, first, last and so on.
func (l *loopState) Attr(name string) (any, bool) {
	n := len(l.items)
	switch name {
	case "index":
		return int64(l.index + 1), true
	case "index0":
		return int64(l.index), true
	case "revindex":
		return int64(n - l.index), true
	case "revindex0":
		return int64(n - l.index - 1), true
	case "first":
		return l.index == 0, true
	case "last":
		return l.index == n-1, true
	case "length":
		return int64(n), true
	case "depth":
		return int64(l.depth + 1), true
	case "depth0":
		return int64(l.depth), true
	case "previtem":
		if l.index == 0 {
			return &undefined{hint: "there is no previous item"}, true
		}
		return l.items[l.index-1], true
	case "nextitem":
		if l.index == n-1 {
			return &undefined{hint: "there is no next item"}, true
		}
		return l.items[l.index+1], true
	case "cycle":
		return &function{name: "cycle", call: func(r *run, c *call) any {
			if len(c.positional) == 0 {
				r.failf("no items for cycling given")
			}
			return c.positional[l.index%len(c.positional)]
		}}, true
	case "changed":
		return &function{name: "changed", call: func(r *run, c *call) any {
			now := pyprint.Tuple(c.positional)
			same := l.hasChanged && r.equal(now, l.changed)
			l.changed, l.hasChanged = now, true
			return !same
		}}, true
	}
	return nil, false
}

// plain returns the text of a str.
func plain(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case pyprint.Markup:
		return string(v), true
	}
	return "", false
}
