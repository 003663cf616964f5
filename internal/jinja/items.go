package jinja

import (
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// contains returns `v in of`.
func (r *run) contains(of, v any) bool {
	if text, ok := plain(of); ok {
		part, ok := plain(v)
		if !ok {
			r.failf("'in <string>' requires string as left operand, not %s", pyprint.TypeName(v))
		}
		r.work(len(text))
		return strings.Contains(text, part)
	}
	if d, ok := of.(*pyprint.Dict); ok {
		if _, ok := pyprint.HashKey(v); !ok {
			r.failf("unhashable type: '%s'", pyprint.TypeName(v))
		}
		_, ok := d.Get(v)
		return ok
	}
	for _, item := range r.iterate(of) {
		if r.equal(item, v) {
			return true
		}
	}
	return false
}

// iterate returns the items of a value.
func (r *run) iterate(v any) []any {
	switch v := v.(type) {
	case *undefined:
		if v.unsafe {
			r.failUndefined(v)
		}
		return nil
	case *pyprint.List:
		return r.items(append([]any(nil), v.Items...))
	case pyprint.Tuple:
		return v
	case group:
		return v.Tuple
	case *view:
		return v.items
	case *iterator:
		items := v.items
		v.items = nil
		return items
	case *pyprint.Dict:
		out := make([]any, 0, v.Len())
		for _, e := range v.Entries() {
			out = append(out, e.Key)
		}
		return r.items(out)
	case *rangeValue:
		out := make([]any, 0, v.count)
		for i := range v.count {
			out = append(out, v.start+i*v.step)
		}
		return r.items(out)
	}
	if text, ok := plain(v); ok {
		r.grow(16 * len(text))
		out := make([]any, 0, len(text))
		for _, c := range text {
			out = append(out, string(c))
		}
		return out
	}
	r.failf("'%s' object is not iterable", pyprint.TypeName(v))
	return nil
}
