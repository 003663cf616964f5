package jinja

import (
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

var listFilters = []*builtin{
	{name: "first", fn: func(r *run, v any, _ []any) any {
		if it, ok := v.(*iterator); ok && len(it.items) > 0 {
			first := it.items[0]
			it.items = it.items[1:]
			return first
		}
		items := r.iterate(v)
		if len(items) == 0 {
			return &undefined{hint: "No first item, sequence was empty."}
		}
		return items[0]
	}},
	{name: "last", fn: func(r *run, v any, _ []any) any {
		items := r.iterate(v)
		if len(items) == 0 {
			return &undefined{hint: "No last item, sequence was empty."}
		}
		return items[len(items)-1]
	}},
	{name: "length count", fn: func(r *run, v any, _ []any) any { return r.length(v) }},
	{name: "list", fn: func(r *run, v any, _ []any) any { return r.list(r.iterate(v)) }},
	{name: "join", params: "d? attribute?", fn: joinFilter},
	{name: "reverse", fn: func(r *run, v any, _ []any) any {
		items := slices.Clone(r.iterate(v))
		slices.Reverse(items)
		if _, ok := plain(v); ok {
			var b strings.Builder
			for _, item := range items {
				s, _ := plain(item)
				b.WriteString(s)
			}
			return r.like(v, b.String())
		}
		return &iterator{items}
	}},
	{name: "sort", params: "reverse? case_sensitive? attribute?", fn: func(r *run, v any, a []any) any {
		return r.list(r.sorted(r.iterate(v), r.argBool(a[0], false), r.keys(a[2], r.argBool(a[1], false))))
	}},
	{name: "unique", params: "case_sensitive? attribute?", fn: func(r *run, v any, a []any) any {
		key := r.key(a[1], r.argBool(a[0], false), nil)
		seen := &pyprint.Dict{}
		var out []any
		for _, item := range r.iterate(v) {
			k := key(item)
			if _, ok := seen.Get(k); !ok {
				r.setKey(seen, k, nil)
				out = append(out, item)
			}
		}
		return &iterator{out}
	}},
	{name: "min", params: "case_sensitive? attribute?", fn: func(r *run, v any, a []any) any { return r.extreme(v, a, -1) }},
	{name: "max", params: "case_sensitive? attribute?", fn: func(r *run, v any, a []any) any { return r.extreme(v, a, 1) }},
	{name: "sum", params: "attribute? start?", fn: func(r *run, v any, a []any) any {
		var total any = int64(0)
		if !isAbsent(a[1]) {
			total = a[1]
		}
		get := r.getter(a[0], nil)
		for _, item := range r.iterate(v) {
			total = r.operate("+", total, get(item))
		}
		return total
	}},
	{name: "batch", params: "linecount fill_with?", fn: func(r *run, v any, a []any) any {
		n := r.argSize(a[0], 0)
		items := r.iterate(v)
		if n <= 0 {
			r.failf("the number of items in a batch must be above 0")
		}
		var out []any
		for part := range slices.Chunk(items, n) {
			part = slices.Clone(part)
			for !isAbsent(a[1]) && a[1] != nil && len(part) < n {
				r.grow(16)
				part = append(part, a[1])
			}
			out = append(out, r.list(part))
		}
		return &iterator{out}
	}},
	{name: "slice", params: "slices fill_with?", fn: func(r *run, v any, a []any) any {
		n := r.argSize(a[0], 0)
		if n <= 0 {
			r.failf("the number of slices must be above 0")
		}
		items := r.iterate(v)
		size, extra, at := len(items)/n, len(items)%n, 0
		var out []any
		for i := range n {
			end := at + size + btoi(i < extra)
			part := slices.Clone(items[at:end])
			if !isAbsent(a[1]) && a[1] != nil && i >= extra {
				part = append(part, a[1])
			}
			out = append(out, r.list(part))
			at = end
		}
		return &iterator{out}
	}},
	{name: "groupby", params: "attribute default? case_sensitive?", fn: groupbyFilter},
	{name: "dictsort", params: "case_sensitive? by? reverse?", fn: func(r *run, v any, a []any) any {
		d, ok := v.(*pyprint.Dict)
		if !ok {
			r.failf("dictsort needs a map, not %s", pyprint.TypeName(v))
		}
		at := int64(0)
		switch by := r.argText(a[1], "key"); by {
		case "key":
		case "value":
			at = 1
		default:
			r.failf("you can only sort by either 'key' or 'value', not '%s'", by)
		}
		return r.list(r.sorted(r.pairs(d), r.argBool(a[2], false), r.key(at, r.argBool(a[0], false), nil)))
	}},
	{name: "items", fn: func(r *run, v any, _ []any) any {
		switch v := v.(type) {
		case *undefined:
			return &iterator{}
		case *pyprint.Dict:
			return &iterator{r.pairs(v)}
		}
		r.failf("can only get item pairs from a mapping")
		return nil
	}},
	{name: "map", raw: mapFilter},
	{name: "select", raw: func(r *run, v any, c *call) any { return r.choose(v, c, false, true) }},
	{name: "reject", raw: func(r *run, v any, c *call) any { return r.choose(v, c, false, false) }},
	{name: "selectattr", raw: func(r *run, v any, c *call) any { return r.choose(v, c, true, true) }},
	{name: "rejectattr", raw: func(r *run, v any, c *call) any { return r.choose(v, c, true, false) }},
}

func (r *run) length(v any) any {
	switch v := v.(type) {
	case *undefined:
		return int64(0)
	case *pyprint.List:
		return int64(len(v.Items))
	case pyprint.Tuple:
		return int64(len(v))
	case group:
		return int64(len(v.Tuple))
	case *pyprint.Dict:
		return int64(v.Len())
	case *view:
		return int64(len(v.items))
	case *rangeValue:
		return v.count
	}
	if text, ok := plain(v); ok {
		r.work(len(text))
		return int64(len([]rune(text)))
	}
	r.failf("object of type '%s' has no len()", pyprint.TypeName(v))
	return nil
}

// joinTexts joins values as text. like decides whether the result is safe.
func (r *run) joinTexts(items []any, sep string, like any) any {
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(r.str(item))
		r.step()
		if b.Len() > r.limits.Output {
			r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
		}
	}
	return r.like(like, b.String())
}

func joinFilter(r *run, v any, a []any) any {
	var sep any = ""
	if !isAbsent(a[0]) {
		sep = a[0]
	}
	items := slices.Clone(r.iterate(v))
	if !isAbsent(a[1]) && a[1] != nil {
		get := r.getter(a[1], nil)
		for i, item := range items {
			items[i] = get(item)
		}
	}
	if !r.escape {
		return r.joinTexts(items, r.str(sep), "")
	}
	_, safe := sep.(pyprint.Markup)
	for _, item := range items {
		if _, ok := item.(pyprint.Markup); ok {
			safe = true
		}
	}
	if !safe {
		return r.joinTexts(items, r.str(sep), "")
	}
	for i, item := range items {
		items[i] = pyprint.Markup(r.escaped(item))
	}
	return r.joinTexts(items, r.escaped(sep), pyprint.Markup(""))
}

// getter returns a function that reads an attribute such as `a.b.0` of an item. Without attribute it returns the item.
func (r *run) getter(attribute, usual any) func(any) any {
	if isAbsent(attribute) || attribute == nil {
		return func(v any) any { return v }
	}
	var path []any
	if text, ok := plain(attribute); ok {
		for part := range strings.SplitSeq(text, ".") {
			if n, err := strconv.Atoi(part); err == nil && n >= 0 && part[0] != '+' {
				path = append(path, int64(n))
			} else {
				path = append(path, part)
			}
		}
	} else {
		path = []any{attribute}
	}
	return func(v any) any {
		for _, part := range path {
			v = r.index(v, part)
			if _, missing := v.(*undefined); missing && usual != nil {
				v = usual
			}
		}
		return v
	}
}

// key returns a function that gives the key of an item for sorting. Texts are compared without case unless caseSensitive.
func (r *run) key(attribute any, caseSensitive bool, usual any) func(any) any {
	get := r.getter(attribute, usual)
	return func(v any) any {
		v = get(v)
		if text, ok := plain(v); ok && !caseSensitive {
			return r.text(strings.ToLower(text))
		}
		return v
	}
}

// keys is key for several attributes, separated by commas.
func (r *run) keys(attribute any, caseSensitive bool) func(any) any {
	text, ok := plain(attribute)
	if !ok || !strings.Contains(text, ",") {
		return r.key(attribute, caseSensitive, nil)
	}
	var parts []func(any) any
	for name := range strings.SplitSeq(text, ",") {
		parts = append(parts, r.key(name, caseSensitive, nil))
	}
	return func(v any) any {
		out := make(pyprint.Tuple, len(parts))
		for i, part := range parts {
			out[i] = part(v)
		}
		return out
	}
}

// extreme returns the first item with the least (sign -1) or greatest (1) key.
func (r *run) extreme(v any, a []any, sign int) any {
	items := r.iterate(v)
	if len(items) == 0 {
		return &undefined{hint: "No aggregated item, sequence was empty."}
	}
	key := r.key(a[1], r.argBool(a[0], false), nil)
	best, bestKey := items[0], key(items[0])
	for _, item := range items[1:] {
		k := key(item)
		if c := r.order("<", k, bestKey); c != unordered && c*sign > 0 {
			best, bestKey = item, k
		}
	}
	return best
}

func groupbyFilter(r *run, v any, a []any) any {
	caseSensitive := r.argBool(a[2], false)
	usual := a[1]
	if isAbsent(usual) {
		usual = nil
	}
	get := r.getter(a[0], usual)
	key := r.key(a[0], caseSensitive, usual)
	var out []any
	var last any
	for i, item := range r.sorted(r.iterate(v), false, key) {
		k := key(item)
		if i > 0 && r.equal(k, last) {
			group, _ := out[len(out)-1].(*groupTuple)
			group.list.Items = append(group.list.Items, item)
			continue
		}
		last = k
		out = append(out, &groupTuple{grouper: get(item), list: r.list([]any{item})})
	}
	for i, v := range out {
		group, _ := v.(*groupTuple)
		out[i] = group.tuple()
	}
	return r.list(out)
}

// groupTuple is a group while it is collected.
type groupTuple struct {
	grouper any
	list    *pyprint.List
}

func (g *groupTuple) tuple() any { return group{pyprint.Tuple{g.grouper, g.list}} }

// some returns the items of a value; none for every value that is false, as the filters that take a test or a filter do.
func (r *run) some(v any) []any {
	if !r.truth(v) {
		return nil
	}
	return r.iterate(v)
}

func mapFilter(r *run, v any, c *call) any {
	items := r.some(v)
	out := make([]any, 0, len(items))
	if attribute, ok := c.get("attribute"); ok && len(c.positional) == 0 {
		usual, _ := c.get("default")
		if len(c.names) > 2 || len(c.names) == 2 && usual == nil {
			r.failf("map takes an attribute and a default, or a filter and its arguments")
		}
		get := r.getter(attribute, usual)
		for _, item := range items {
			out = append(out, get(item))
		}
		return &iterator{r.items(out)}
	}
	if len(c.positional) == 0 {
		r.failf("map requires a filter argument")
	}
	name, _ := plain(c.positional[0])
	filter := findFilter(name)
	if filter == nil {
		r.failf("no filter named '%s'%s", name, nearest(name, filterNames()))
	}
	rest := &call{positional: c.positional[1:], names: c.names, named: c.named}
	for _, item := range items {
		out = append(out, r.invoke(filter, item, rest))
	}
	return &iterator{r.items(out)}
}

// choose returns the items, or items with an attribute, for which a test holds, or does not hold.
func (r *run) choose(v any, c *call, byAttribute, want bool) any {
	get := func(v any) any { return v }
	args := c.positional
	if byAttribute {
		if len(args) == 0 {
			r.failf("missing parameter for attribute name")
		}
		get = r.getter(args[0], nil)
		args = args[1:]
	}
	holds := r.truth
	if len(args) > 0 {
		name, _ := plain(args[0])
		test := findTest(name)
		if test == nil {
			r.failf("no test named '%s'%s", name, nearest(name, testNames()))
		}
		rest := &call{positional: args[1:], names: c.names, named: c.named}
		holds = func(v any) bool { return r.truth(r.invoke(test, v, rest)) }
	}
	var out []any
	for _, item := range r.some(v) {
		if holds(get(item)) == want {
			out = append(out, item)
		}
	}
	return &iterator{r.items(out)}
}
