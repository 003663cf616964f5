package jinja

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

func address(v any) string { return fmt.Sprintf("%p", v) }

// truth returns bool(v).
func (r *run) truth(v any) bool {
	switch v := v.(type) {
	case nil, *undefined:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case pyprint.Markup:
		return v != ""
	case *pyprint.List:
		return len(v.Items) > 0
	case pyprint.Tuple:
		return len(v) > 0
	case *pyprint.Dict:
		return v.Len() > 0
	case *view:
		return len(v.items) > 0
	case *rangeValue:
		return v.count > 0
	}
	if n, ok := asNumber(v); ok {
		return n.sign() != 0
	}
	return true
}

func (r *run) unary(e *unary) any {
	v := r.eval(e.of)
	r.at = e.span
	if e.op == "not" {
		return !r.truth(v)
	}
	if u, ok := v.(*undefined); ok {
		r.failUndefined(u)
	}
	n, ok := asNumber(v)
	if !ok {
		r.failf("bad operand type for unary %s: '%s'", e.op, pyprint.TypeName(v))
	}
	if e.op == "-" && n.i == nil {
		return -n.f
	}
	if e.op == "-" {
		return r.arithmetic("-", number{i: zero}, n)
	}
	return n.value()
}

func (r *run) binary(e *binary) any {
	left := r.eval(e.left)
	switch e.op {
	case "and":
		if !r.truth(left) {
			return left
		}
		return r.eval(e.right)
	case "or":
		if r.truth(left) {
			return left
		}
		return r.eval(e.right)
	}
	right := r.eval(e.right)
	r.at = e.span
	return r.operate(e.op, left, right)
}

// operate applies an operator of arithmetic.
func (r *run) operate(op string, left, right any) any {
	if text, ok := plain(left); ok && op == "%" {
		_, safe := left.(pyprint.Markup)
		s := r.percent(text, right, safe)
		if safe {
			return pyprint.Markup(s)
		}
		return s
	}
	for _, v := range []any{left, right} {
		if u, ok := v.(*undefined); ok {
			r.failUndefined(u)
		}
	}
	a, okA := asNumber(left)
	b, okB := asNumber(right)
	if okA && okB {
		return r.arithmetic(op, a, b)
	}
	switch op {
	case "+":
		if v, ok := r.add(left, right); ok {
			return v
		}
	case "*":
		if n, ok := integer(right); ok {
			if v, ok := r.repeat(left, n); ok {
				return v
			}
		}
		if n, ok := integer(left); ok {
			if v, ok := r.repeat(right, n); ok {
				return v
			}
		}
	}
	r.failf("unsupported operand type(s) for %s: '%s' and '%s'", op, pyprint.TypeName(left), pyprint.TypeName(right))
	return nil
}

// add joins texts, lists or tuples.
func (r *run) add(left, right any) (any, bool) {
	if a, ok := plain(left); ok {
		b, ok := plain(right)
		if !ok {
			return nil, false
		}
		_, safeA := left.(pyprint.Markup)
		_, safeB := right.(pyprint.Markup)
		if !safeA && !safeB {
			r.grow(len(a) + len(b))
			return a + b, true
		}
		return pyprint.Markup(r.text(r.escaped(left) + r.escaped(right))), true
	}
	switch a := left.(type) {
	case *pyprint.List:
		if b, ok := right.(*pyprint.List); ok {
			r.grow(16 * (len(a.Items) + len(b.Items)))
			return &pyprint.List{Items: append(append([]any(nil), a.Items...), b.Items...)}, true
		}
	case pyprint.Tuple:
		if b, ok := right.(pyprint.Tuple); ok {
			r.grow(16 * (len(a) + len(b)))
			return append(append(pyprint.Tuple(nil), a...), b...), true
		}
	}
	return nil, false
}

// repeat returns a text, list or tuple n times.
func (r *run) repeat(v any, n int64) (any, bool) {
	n = max(n, 0)
	check := func(size int) {
		if size > 0 && n > int64(r.limits.Output/size) {
			r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
		}
		r.grow(size * int(min(n, int64(r.limits.Output))))
	}
	if s, ok := plain(v); ok {
		check(len(s))
		if s == "" {
			return v, true
		}
		s = strings.Repeat(s, int(n))
		if _, safe := v.(pyprint.Markup); safe {
			return pyprint.Markup(s), true
		}
		return s, true
	}
	times := func(items []any) []any {
		check(16 * len(items))
		if len(items) == 0 {
			return nil
		}
		out := make([]any, 0, len(items)*int(n))
		for range n {
			out = append(out, items...)
		}
		return out
	}
	switch v := v.(type) {
	case *pyprint.List:
		return &pyprint.List{Items: times(v.Items)}, true
	case pyprint.Tuple:
		return pyprint.Tuple(times(v)), true
	}
	return nil, false
}

func (r *run) concat(e *concat) any {
	values := r.evalAll(e.parts)
	r.at = e.span
	safe := false
	for _, v := range values {
		if _, ok := v.(pyprint.Markup); ok {
			safe = true
		}
	}
	var b strings.Builder
	for _, v := range values {
		s := r.str
		if r.escape && safe {
			s = r.escaped
		}
		text := s(v)
		r.grow(b.Len() + len(text))
		b.WriteString(text)
	}
	if r.escape && safe {
		return pyprint.Markup(b.String())
	}
	return b.String()
}

func (r *run) compare(e *compare) any {
	left := r.eval(e.first)
	for i, op := range e.ops {
		right := r.eval(e.rest[i])
		r.at = e.span
		if !r.holds(op, left, right) {
			return false
		}
		left = right
	}
	return true
}

func (r *run) holds(op string, left, right any) bool {
	switch op {
	case "==":
		return r.equal(left, right)
	case "!=":
		return !r.equal(left, right)
	case "in":
		return r.contains(right, left)
	case "not in":
		return !r.contains(right, left)
	case "<":
		return r.order(op, left, right) < 0
	case "<=":
		return r.order(op, left, right) <= 0
	case ">":
		c := r.order(op, left, right)
		return c > 0 && c != unordered
	}
	c := r.order(op, left, right)
	return c >= 0 && c != unordered
}

// Equaler is an object that decides itself what it equals, such as a level that equals its name.
type Equaler interface{ Equal(other any) bool }

// Comparer is an object with an order. ok is false if the other value has none with it.
type Comparer interface {
	Compare(other any) (order int, ok bool)
}

func (r *run) equal(a, b any) bool {
	r.step()
	if x, ok := a.(group); ok {
		a = x.Tuple
	}
	if x, ok := b.(group); ok {
		b = x.Tuple
	}
	if x, ok := a.(Equaler); ok {
		return x.Equal(b)
	}
	if x, ok := b.(Equaler); ok {
		return x.Equal(a)
	}
	if x, ok := plain(a); ok {
		y, ok := plain(b)
		return ok && x == y
	}
	if x, ok := asNumber(a); ok {
		y, ok := asNumber(b)
		return ok && x.compare(y) == 0
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case *undefined:
		_, ok := b.(*undefined)
		return ok
	case *pyprint.List:
		y, ok := b.(*pyprint.List)
		return ok && (x == y || r.equalItems(x.Items, y.Items))
	case pyprint.Tuple:
		y, ok := b.(pyprint.Tuple)
		return ok && r.equalItems(x, y)
	case *pyprint.Dict:
		y, ok := b.(*pyprint.Dict)
		return ok && (x == y || r.equalDicts(x, y))
	case *rangeValue:
		y, ok := b.(*rangeValue)
		return ok && x.count == y.count && (x.count == 0 || x.start == y.start) && (x.count < 2 || x.step == y.step)
	case pyprint.Object:
		y, ok := b.(pyprint.Object)
		if !ok {
			return false
		}
		k, okK := pyprint.HashKey(x)
		l, okL := pyprint.HashKey(y)
		return okK && okL && k == l
	case *view:
		return x == b
	}
	return false
}

func (r *run) equalItems(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	defer r.enter()()
	for i := range a {
		if !r.equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (r *run) equalDicts(a, b *pyprint.Dict) bool {
	if a.Len() != b.Len() {
		return false
	}
	defer r.enter()()
	for _, e := range a.Entries() {
		v, ok := b.Get(e.Key)
		if !ok || !r.equal(e.Value, v) {
			return false
		}
	}
	return true
}

// unordered is the order of NaN and anything: no comparison holds.
const unordered = 2

// order compares two values as Python's < does.
func (r *run) order(op string, a, b any) int {
	r.step()
	if x, ok := a.(Comparer); ok {
		if c, ok := x.Compare(b); ok {
			return c
		}
	}
	if x, ok := b.(Comparer); ok {
		if c, ok := x.Compare(a); ok {
			return -c
		}
	}
	for _, v := range []any{a, b} {
		if u, ok := v.(*undefined); ok {
			r.failUndefined(u)
		}
	}
	if x, ok := plain(a); ok {
		if y, ok := plain(b); ok {
			return strings.Compare(x, y)
		}
	}
	if x, ok := asNumber(a); ok {
		if y, ok := asNumber(b); ok {
			return x.compare(y)
		}
	}
	switch x := a.(type) {
	case *pyprint.List:
		if y, ok := b.(*pyprint.List); ok {
			return r.orderItems(op, x.Items, y.Items)
		}
	case pyprint.Tuple:
		if y, ok := b.(pyprint.Tuple); ok {
			return r.orderItems(op, x, y)
		}
	}
	r.failf("'%s' not supported between instances of '%s' and '%s'", op, pyprint.TypeName(a), pyprint.TypeName(b))
	return 0
}

func (r *run) orderItems(op string, a, b []any) int {
	defer r.enter()()
	for i := range min(len(a), len(b)) {
		if !r.equal(a[i], b[i]) {
			return r.order(op, a[i], b[i])
		}
	}
	return len(a) - len(b)
}
