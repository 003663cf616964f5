package jinja

import (
	"slices"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// onList makes a method of lists. Those that change the list get it as l; a tuple is copied for the others.
func onList(name, params string, f func(r *run, l *pyprint.List, a []any) any) *builtin {
	return &builtin{name: name, params: params, fn: func(r *run, v any, a []any) any {
		l, ok := v.(*pyprint.List)
		if !ok {
			l = &pyprint.List{Items: r.iterate(v)}
		}
		return f(r, l, a)
	}}
}

func onDict(name, params string, f func(r *run, d *pyprint.Dict, a []any) any) *builtin {
	return &builtin{name: name, params: params, fn: func(r *run, v any, a []any) any {
		d, _ := v.(*pyprint.Dict)
		return f(r, d, a)
	}}
}

var listMethods, dictMethods map[string]*builtin

func init() { //nolint:gochecknoinits // breaks the cycle between methods and calls
	listMethods = table(
		onList("append", "item", func(r *run, l *pyprint.List, a []any) any {
			r.grow(16)
			l.Items = append(l.Items, a[0])
			return nil
		}),
		onList("extend", "items", func(r *run, l *pyprint.List, a []any) any {
			l.Items = append(l.Items, r.items(r.iterate(a[0]))...)
			return nil
		}),
		onList("insert", "index item", func(r *run, l *pyprint.List, a []any) any {
			r.grow(16)
			n := len(l.Items)
			i := r.argInt(a[0], 0)
			if i < 0 {
				i += n
			}
			r.work(16 * n)
			l.Items = slices.Insert(l.Items, min(max(i, 0), n), a[1])
			return nil
		}),
		onList("pop", "index?", func(r *run, l *pyprint.List, a []any) any {
			i, ok := position(int64(r.argInt(a[0], -1)), len(l.Items))
			if !ok {
				r.failf("pop index out of range")
			}
			v := l.Items[i]
			r.work(16 * len(l.Items))
			l.Items = slices.Delete(l.Items, i, i+1)
			return v
		}),
		onList("remove", "item", func(r *run, l *pyprint.List, a []any) any {
			for i, item := range l.Items {
				if r.equal(item, a[0]) {
					l.Items = slices.Delete(l.Items, i, i+1)
					return nil
				}
			}
			r.failf("list.remove(x): x not in list")
			return nil
		}),
		onList("clear", "", func(_ *run, l *pyprint.List, _ []any) any {
			l.Items = nil
			return nil
		}),
		onList("reverse", "", func(r *run, l *pyprint.List, _ []any) any {
			r.work(len(l.Items))
			slices.Reverse(l.Items)
			return nil
		}),
		onList("copy", "", func(r *run, l *pyprint.List, _ []any) any { return r.list(slices.Clone(l.Items)) }),
		onList("index", "item", func(r *run, l *pyprint.List, a []any) any {
			for i, item := range l.Items {
				if r.equal(item, a[0]) {
					return int64(i)
				}
			}
			r.failf("%s is not in list", r.repr(a[0]))
			return nil
		}),
		onList("count", "item", func(r *run, l *pyprint.List, a []any) any {
			n := int64(0)
			for _, item := range l.Items {
				if r.equal(item, a[0]) {
					n++
				}
			}
			return n
		}),
		onList("sort", "key? reverse?", func(r *run, l *pyprint.List, a []any) any {
			if !isAbsent(a[0]) && a[0] != nil {
				r.failf("sort with a key is not supported; use the filter sort")
			}
			l.Items = r.sorted(l.Items, r.argBool(a[1], false), func(v any) any { return v })
			return nil
		}),
	)
	dictMethods = table(
		onDict("get", "key default?", func(_ *run, d *pyprint.Dict, a []any) any {
			if v, ok := d.Get(a[0]); ok {
				return v
			}
			if isAbsent(a[1]) {
				return nil
			}
			return a[1]
		}),
		onDict("keys", "", func(r *run, d *pyprint.Dict, _ []any) any { return &view{"dict_keys", r.iterate(d)} }),
		onDict("values", "", func(r *run, d *pyprint.Dict, _ []any) any {
			var out []any
			for _, e := range d.Entries() {
				out = append(out, e.Value)
			}
			return &view{"dict_values", r.items(out)}
		}),
		onDict("items", "", func(r *run, d *pyprint.Dict, _ []any) any { return &view{"dict_items", r.pairs(d)} }),
		onDict("copy", "", func(r *run, d *pyprint.Dict, _ []any) any {
			out := &pyprint.Dict{}
			r.update(out, d)
			return out
		}),
		&builtin{name: "update", raw: func(r *run, v any, c *call) any {
			d, _ := v.(*pyprint.Dict)
			r.fillDict(d, "update", c)
			return nil
		}},
		onDict("setdefault", "key default?", func(r *run, d *pyprint.Dict, a []any) any {
			if v, ok := d.Get(a[0]); ok {
				return v
			}
			if isAbsent(a[1]) {
				a[1] = nil
			}
			r.setKey(d, a[0], a[1])
			return a[1]
		}),
		onDict("pop", "key default?", func(r *run, d *pyprint.Dict, a []any) any {
			r.work(16 * d.Len())
			if v, ok := d.Delete(a[0]); ok {
				return v
			}
			if isAbsent(a[1]) {
				r.failf("the map has no key %s", r.repr(a[0]))
			}
			return a[1]
		}),
		onDict("popitem", "", func(r *run, d *pyprint.Dict, _ []any) any {
			if d.Len() == 0 {
				r.failf("popitem(): dictionary is empty")
			}
			r.work(16 * d.Len())
			last := d.Entries()[d.Len()-1]
			d.Delete(last.Key)
			return pyprint.Tuple{last.Key, last.Value}
		}),
		onDict("clear", "", func(_ *run, d *pyprint.Dict, _ []any) any {
			*d = pyprint.Dict{}
			return nil
		}),
	)
}

// pairs returns the entries of a dict as tuples.
func (r *run) pairs(d *pyprint.Dict) []any {
	out := make([]any, 0, d.Len())
	for _, e := range d.Entries() {
		out = append(out, pyprint.Tuple{e.Key, e.Value})
	}
	return r.items(out)
}

func (r *run) update(d, from *pyprint.Dict) {
	for _, e := range slices.Clone(from.Entries()) {
		r.setKey(d, e.Key, e.Value)
	}
}

// fillDict adds a dict, a list of pairs, and named arguments to a dict.
func (r *run) fillDict(d *pyprint.Dict, name string, c *call) {
	if len(c.positional) > 1 {
		r.failf("%s takes at most one argument without name", name)
	}
	for _, v := range c.positional {
		if from, ok := v.(*pyprint.Dict); ok {
			r.update(d, from)
			continue
		}
		for _, item := range r.iterate(v) {
			pair := r.iterate(item)
			if len(pair) != 2 {
				r.failf("an element of the list has %d items; 2 are required", len(pair))
			}
			r.setKey(d, pair[0], pair[1])
		}
	}
	for i, n := range c.names {
		r.setKey(d, n, c.named[i])
	}
}

// sorted returns the items in order of their keys. Items with equal keys keep their order, also in reverse.
func (r *run) sorted(items []any, reverse bool, key func(any) any) []any {
	type entry struct{ key, item any }
	entries := make([]entry, len(items))
	for i, item := range items {
		entries[i] = entry{key(item), item}
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		c := r.order("<", a.key, b.key)
		if c == unordered {
			c = 0
		}
		if reverse {
			return -c
		}
		return c
	})
	out := make([]any, len(items))
	for i, e := range entries {
		out[i] = e.item
	}
	return r.items(out)
}

// globals are the functions that every template has.
var globals = map[string]any{
	"range": &function{name: "range", call: func(r *run, c *call) any {
		a := r.bind("range", "start stop? step?", c)
		start, stop := 0, r.argInt(a[0], 0)
		if !isAbsent(a[1]) {
			start, stop = stop, r.argInt(a[1], 0)
		}
		step := r.argInt(a[2], 1)
		if step == 0 {
			r.failf("range() arg 3 must not be zero")
		}
		count := 0
		switch {
		case step > 0 && stop > start:
			count = (stop - start + step - 1) / step
		case step < 0 && stop < start:
			count = (start - stop - step - 1) / -step
		}
		if count > maxRange {
			r.faultf(Limit, "a range has more than %d numbers", maxRange)
		}
		return &rangeValue{start: int64(start), stop: int64(stop), step: int64(step), count: int64(count)}
	}},
	"dict": &function{name: "dict", call: func(r *run, c *call) any {
		d := &pyprint.Dict{}
		r.fillDict(d, "dict", c)
		return d
	}},
	"namespace": &function{name: "namespace", call: func(r *run, c *call) any {
		ns := &namespace{}
		r.fillDict(&ns.attrs, "namespace", c)
		return ns
	}},
	"cycler": &function{name: "cycler", call: func(r *run, c *call) any {
		if len(c.positional) == 0 {
			r.failf("at least one item has to be provided")
		}
		return &cycler{items: c.positional}
	}},
	"joiner": &function{name: "joiner", call: func(r *run, c *call) any {
		a := r.bind("joiner", "sep?", c)
		sep := r.argText(a[0], ", ")
		used := false
		return &function{name: "joiner", call: func(*run, *call) any {
			if !used {
				used = true
				return ""
			}
			return sep
		}}
	}},
}

// maxRange is the length of the longest range in Jinja's sandbox.
const maxRange = 100_000

// cycler returns its items in turn.
type cycler struct {
	items []any
	at    int
}

// Attr returns current, next and reset.
func (c *cycler) Attr(name string) (any, bool) {
	switch name {
	case "current":
		return c.items[c.at], true
	case "next":
		return &function{name: name, call: func(*run, *call) any {
			v := c.items[c.at]
			c.at = (c.at + 1) % len(c.items)
			return v
		}}, true
	case "reset":
		return &function{name: name, call: func(*run, *call) any {
			c.at = 0
			return nil
		}}, true
	}
	return nil, false
}
func (c *cycler) Str() string  { return c.Repr() }
func (c *cycler) Repr() string { return "<Cycler>" }

// Type returns the name of the type.
func (c *cycler) Type() string { return "Cycler" }
