package jinja

import (
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// eval returns the value of an expression.
func (r *run) eval(e expr) any {
	r.step()
	switch e := e.(type) {
	case *literal:
		return e.value
	case *nameExpr:
		return r.lookUp(e.name)
	case *listExpr:
		return r.list(r.evalAll(e.items))
	case *tupleExpr:
		return pyprint.Tuple(r.items(r.evalAll(e.items)))
	case *dictExpr:
		d := &pyprint.Dict{}
		for i := range e.keys {
			key := r.eval(e.keys[i])
			v := r.eval(e.values[i])
			r.at = e.keys[i].place()
			r.setKey(d, key, v)
		}
		return d
	case *unary:
		return r.unary(e)
	case *binary:
		return r.binary(e)
	case *compare:
		return r.compare(e)
	case *concat:
		return r.concat(e)
	case *condition:
		switch {
		case r.truth(r.eval(e.test)):
			return r.eval(e.yes)
		case e.no != nil:
			return r.eval(e.no)
		}
		return &undefined{hint: "the condition is false and there is no else"}
	case *attrExpr:
		of := r.eval(e.of)
		r.at = e.span
		return r.attribute(of, e.name)
	case *indexExpr:
		of := r.eval(e.of)
		if s, ok := e.index.(*sliceExpr); ok {
			return r.slice(of, s)
		}
		index := r.eval(e.index)
		r.at = e.span
		return r.index(of, index)
	case *callExpr:
		return r.callWith(e, nil)
	case *filterExpr:
		return r.filtered(e, nil)
	case *testExpr:
		v := r.eval(e.of)
		c := r.arguments(&e.args)
		r.at = e.span
		return r.invoke(findTest(e.name), v, c)
	}
	r.at = e.place()
	r.failf("a slice stands outside of an index")
	return nil
}

func (r *run) evalAll(list []expr) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = r.eval(e)
	}
	return out
}

func (r *run) setKey(d *pyprint.Dict, key, v any) {
	if !d.Set(key, v) {
		r.failf("unhashable type: '%s'", pyprint.TypeName(key))
	}
	r.grow(32)
}

// filtered applies filters. text is the value of a filter block, where the first filter has no value of its own.
func (r *run) filtered(e expr, text any) any {
	f, ok := e.(*filterExpr)
	if !ok {
		return r.eval(e)
	}
	v := text
	if f.of != nil {
		v = r.filtered(f.of, text)
	}
	c := r.arguments(&f.args)
	r.at = f.span
	r.step()
	return r.invoke(findFilter(f.name), v, c)
}

func (r *run) arguments(a *arguments) *call {
	c := &call{positional: r.evalAll(a.positional), names: a.names, named: r.evalAll(a.named)}
	if a.list != nil {
		v := r.eval(a.list)
		r.at = a.list.place()
		c.positional = append(c.positional, r.iterate(v)...)
	}
	if a.dict != nil {
		v := r.eval(a.dict)
		r.at = a.dict.place()
		d, ok := v.(*pyprint.Dict)
		if !ok {
			r.failf("the argument after ** is a map, not %s", pyprint.TypeName(v))
		}
		c.names = append([]string(nil), c.names...)
		for _, e := range d.Entries() {
			name, ok := plain(e.Key)
			if _, twice := c.get(name); !ok || twice {
				r.failf("the key %s is no name, or occurs twice", r.repr(e.Key))
			}
			c.names = append(c.names, name)
			c.named = append(c.named, e.Value)
		}
	}
	return c
}

// callWith calls a function. caller is the body of a call statement, or nil.
func (r *run) callWith(e *callExpr, caller any) any {
	fn := r.eval(e.fn)
	c := r.arguments(&e.args)
	if caller != nil {
		if _, twice := c.get("caller"); twice {
			r.failf("the argument 'caller' occurs twice")
		}
		c.names = append(append([]string(nil), c.names...), "caller")
		c.named = append(c.named, caller)
	}
	r.at = e.span
	return r.call(fn, c)
}

func (r *run) call(fn any, c *call) any {
	switch fn := fn.(type) {
	case *function:
		return fn.call(r, c)
	case Func:
		named := map[string]any{}
		for i, name := range c.names {
			named[name] = c.named[i]
		}
		v, err := fn(c.positional, named)
		if err != nil {
			r.failf("%v", err)
		}
		return pyprint.From(v)
	case *loopState:
		if fn.again == nil {
			r.failf("the loop is called, but it is not recursive")
		}
		if len(c.positional) != 1 {
			r.failf("a recursive loop takes one argument")
		}
		return fn.again(c.positional[0])
	case *undefined:
		r.failUndefined(fn)
	}
	r.failf("'%s' object is not callable", pyprint.TypeName(fn))
	return nil
}

// attribute returns v.name: an attribute or method, else the item of that name.
func (r *run) attribute(v any, name string) any {
	if u, ok := v.(*undefined); ok {
		r.failUndefined(u)
	}
	if found, ok := r.attributeOf(v, name); ok {
		return found
	}
	if d, ok := v.(*pyprint.Dict); ok {
		if found, ok := d.Get(name); ok {
			return found
		}
	}
	return &undefined{hint: "'" + pyprint.TypeName(v) + " object' has no attribute '" + name + "'"}
}

func (r *run) attributeOf(v any, name string) (any, bool) {
	if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") && len(name) > 4 {
		return &undefined{hint: "access to attribute '" + name + "' of '" + pyprint.TypeName(v) + "' object is unsafe.", unsafe: true}, true
	}
	if o, ok := v.(interface{ Attr(name string) (any, bool) }); ok {
		if found, ok := o.Attr(name); ok {
			if strings.HasPrefix(name, "_") {
				return &undefined{hint: "access to attribute '" + name + "' of '" + pyprint.TypeName(v) + "' object is unsafe.", unsafe: true}, true
			}
			return pyprint.From(found), true
		}
	}
	if m := findMethod(v, name); m != nil {
		return &function{name: name, kind: "method", call: func(r *run, c *call) any { return r.invoke(m, v, c) }}, true
	}
	return nil, false
}

// index returns v[index]: an item, else the attribute of that name.
func (r *run) index(v, index any) any {
	switch v := v.(type) {
	case *undefined:
		r.failUndefined(v)
	case *pyprint.Dict:
		if found, ok := v.Get(index); ok {
			return found
		}
	case *pyprint.List:
		if n, ok := position(index, len(v.Items)); ok {
			return v.Items[n]
		}
	case pyprint.Tuple:
		if n, ok := position(index, len(v)); ok {
			return v[n]
		}
	case group:
		if n, ok := position(index, len(v.Tuple)); ok {
			return v.Tuple[n]
		}
	case *rangeValue:
		if n, ok := position(index, int(v.count)); ok {
			return v.start + v.step*int64(n)
		}
	case string:
		if _, ok := index.(string); !ok {
			runes := []rune(v)
			r.work(len(v))
			if n, ok := position(index, len(runes)); ok {
				return string(runes[n])
			}
		}
	}
	if name, ok := plain(index); ok {
		if found, ok := r.attributeOf(v, name); ok {
			return found
		}
		return &undefined{hint: "'" + pyprint.TypeName(v) + " object' has no attribute '" + name + "'"}
	}
	return &undefined{hint: "'" + pyprint.TypeName(v) + " object' has no element " + r.repr(index)}
}

// position returns the place of an index among n items; negative ones count from the end.
func position(index any, n int) (int, bool) {
	i, ok := integer(index)
	if !ok {
		return 0, false
	}
	if i < 0 {
		i += int64(n)
	}
	return int(i), i >= 0 && i < int64(n)
}

func (r *run) slice(v any, s *sliceExpr) any {
	part := func(e expr) (int64, bool) {
		if e == nil {
			return 0, false
		}
		v := r.eval(e)
		if v == nil {
			return 0, false
		}
		n, ok := integer(v)
		if !ok {
			r.at = e.place()
			r.failf("slice indices must be integers or None")
		}
		return n, true
	}
	from, hasFrom := part(s.from)
	to, hasTo := part(s.to)
	step, hasStep := part(s.step)
	r.at = s.span
	if !hasStep {
		step = 1
	}
	if step == 0 {
		r.failf("slice step cannot be zero")
	}
	cut := func(items []any) []any {
		var out []any
		for _, i := range slicePositions(len(items), from, to, step, hasFrom, hasTo) {
			out = append(out, items[i])
		}
		return r.items(out)
	}
	switch v := v.(type) {
	case *undefined:
		r.failUndefined(v)
	case *pyprint.List:
		return &pyprint.List{Items: cut(v.Items)}
	case pyprint.Tuple:
		return pyprint.Tuple(cut(v))
	case *rangeValue:
		return r.list(cut(r.iterate(v)))
	}
	if text, ok := plain(v); ok {
		runes := []rune(text)
		r.work(len(text))
		var b strings.Builder
		for _, i := range slicePositions(len(runes), from, to, step, hasFrom, hasTo) {
			b.WriteRune(runes[i])
		}
		if _, safe := v.(pyprint.Markup); safe {
			return pyprint.Markup(r.text(b.String()))
		}
		return r.text(b.String())
	}
	return &undefined{hint: "'" + pyprint.TypeName(v) + "' object has no slices"}
}

// slicePositions returns the places that a slice of Python takes from n items.
func slicePositions(n int, from, to, step int64, hasFrom, hasTo bool) []int {
	size := int64(n)
	low, high := int64(0), size
	if step < 0 {
		low, high = -1, size-1
	}
	clamp := func(i int64) int64 {
		if i < 0 {
			i += size
		}
		return min(max(i, low), high)
	}
	start, stop := low, high
	if step < 0 {
		start, stop = high, low
	}
	if hasFrom {
		start = clamp(from)
	}
	if hasTo {
		stop = clamp(to)
	}
	var out []int
	if step > 0 {
		for i := start; i < stop; i += step {
			out = append(out, int(i))
			if step > size {
				break
			}
		}
		return out
	}
	for i := start; i > stop; i += step {
		out = append(out, int(i))
		if step < -size {
			break
		}
	}
	return out
}
