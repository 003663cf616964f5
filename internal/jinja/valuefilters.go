package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

var valueFilters = []*builtin{
	{name: "default d", params: "default_value? boolean?", fn: func(r *run, v any, a []any) any {
		_, missing := v.(*undefined)
		if !missing && (!r.argBool(a[1], false) || r.truth(v)) {
			return v
		}
		if isAbsent(a[0]) {
			return ""
		}
		return a[0]
	}},
	{name: "abs", fn: func(r *run, v any, _ []any) any {
		n, ok := asNumber(v)
		if !ok {
			r.failf("bad operand type for abs(): '%s'", pyprint.TypeName(v))
		}
		if n.i != nil {
			return small(new(big.Int).Abs(n.i))
		}
		return math.Abs(n.f)
	}},
	{name: "int", params: "default? base?", fn: func(r *run, v any, a []any) any {
		base := r.argInt(a[1], 10)
		if u, ok := v.(*undefined); ok {
			r.failUndefined(u)
		}
		if n, ok := toInt(v, base); ok {
			return n
		}
		if text, ok := plain(v); ok {
			if f, ok := parseFloat(text); ok {
				if n, ok := toInt(f, 10); ok {
					return n
				}
			}
		}
		if isAbsent(a[0]) {
			return int64(0)
		}
		return a[0]
	}},
	{name: "float", params: "default?", fn: func(r *run, v any, a []any) any {
		if u, ok := v.(*undefined); ok {
			r.failUndefined(u)
		}
		if n, ok := asNumber(v); ok {
			return n.float()
		}
		if text, ok := plain(v); ok {
			if f, ok := parseFloat(text); ok {
				return f
			}
		}
		if isAbsent(a[0]) {
			return 0.0
		}
		return a[0]
	}},
	{name: "round", params: "precision? method?", fn: roundFilter},
	{name: "filesizeformat", params: "binary?", fn: func(r *run, v any, a []any) any {
		f, ok := parseFloat(r.str(v))
		if n, isNumber := asNumber(v); isNumber {
			f, ok = n.float(), true
		}
		if !ok {
			r.failf("filesizeformat needs a number, not %s", r.repr(v))
		}
		return filesize(f, r.argBool(a[0], false))
	}},
	{name: "attr", params: "name", fn: func(r *run, v any, a []any) any {
		if u, ok := v.(*undefined); ok {
			r.failUndefined(u)
		}
		name := r.str(a[0])
		if found, ok := r.attributeOf(v, name); ok {
			return found
		}
		return &undefined{hint: "'" + pyprint.TypeName(v) + " object' has no attribute '" + name + "'"}
	}},
}

// parseFloat reads a text as Python's float does.
func parseFloat(s string) (float64, bool) {
	s = strings.Trim(s, whiteSpace)
	if strings.ContainsAny(s, "xXpP") || strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") || strings.Contains(s, "__") {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

func roundFilter(r *run, v any, a []any) any {
	n, ok := asNumber(v)
	if !ok {
		r.failf("type %s doesn't define a rounding method", pyprint.TypeName(v))
	}
	precision := r.argInt(a[0], 0)
	method := r.argText(a[1], "common")
	f := n.float()
	switch method {
	case "common":
		if n.i != nil {
			if precision >= 0 {
				return small(n.i)
			}
			return roundInt(n.i, min(-precision, 400))
		}
		if precision > 300 || math.IsInf(f, 0) || math.IsNaN(f) || f == 0 {
			return f
		}
		return roundFloat(f, max(precision, -400))
	case "ceil", "floor":
		if precision > 300 || precision < -300 {
			r.failf("the precision is out of range")
		}
		scale := math.Pow(10, float64(precision))
		round := math.Ceil
		if method == "floor" {
			round = math.Floor
		}
		return round(f*scale) / scale
	}
	r.failf("method must be common, ceil or floor")
	return nil
}

// roundFloat rounds to decimal places, halves to even, on the exact value of the number.
func roundFloat(f float64, precision int) float64 {
	if precision >= 0 {
		out, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', precision, 64), 64)
		if err != nil {
			return f
		}
		return out
	}
	scale := math.Pow(10, float64(-precision))
	if math.IsInf(scale, 0) {
		return math.Copysign(0, f)
	}
	return math.RoundToEven(f/scale) * scale
}

func roundInt(n *big.Int, digits int) any {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	quotient, rest := new(big.Int).DivMod(n, scale, new(big.Int))
	twice := new(big.Int).Lsh(rest, 1)
	if c := twice.Cmp(scale); c > 0 || c == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(1))
	}
	return small(quotient.Mul(quotient, scale))
}

// test makes a test without arguments.
func test(name string, f func(r *run, v any) bool) *builtin {
	return &builtin{name: name, fn: func(r *run, v any, _ []any) any { return f(r, v) }}
}

func compareTest(name, op string) *builtin {
	return &builtin{name: name, params: "other", fn: func(r *run, v any, a []any) any { return r.holds(op, v, a[0]) }}
}

var tests = []*builtin{
	test("defined", func(_ *run, v any) bool { _, missing := v.(*undefined); return !missing }),
	test("undefined", func(_ *run, v any) bool { _, missing := v.(*undefined); return missing }),
	test("none", func(_ *run, v any) bool { return v == nil }),
	test("boolean", func(_ *run, v any) bool { _, ok := v.(bool); return ok }),
	test("true", func(_ *run, v any) bool { return v == true }),
	test("false", func(_ *run, v any) bool { return v == false }),
	test("integer", func(_ *run, v any) bool {
		n, ok := asNumber(v)
		_, isBool := v.(bool)
		return ok && !isBool && n.i != nil
	}),
	test("float", func(_ *run, v any) bool { _, ok := v.(float64); return ok }),
	test("number", func(_ *run, v any) bool { _, ok := asNumber(v); return ok }),
	test("string", func(_ *run, v any) bool { _, ok := plain(v); return ok }),
	test("mapping", func(_ *run, v any) bool { _, ok := v.(*pyprint.Dict); return ok }),
	test("sequence", func(_ *run, v any) bool {
		switch v.(type) {
		case *pyprint.List, pyprint.Tuple, *pyprint.Dict, *rangeValue, string, pyprint.Markup, group, *undefined:
			return true
		}
		return false
	}),
	test("iterable", func(_ *run, v any) bool {
		switch v.(type) {
		case *pyprint.List, pyprint.Tuple, *pyprint.Dict, *rangeValue, string, pyprint.Markup, group, *view, *iterator, *undefined:
			return true
		}
		return false
	}),
	test("callable", func(_ *run, v any) bool {
		switch v.(type) {
		case *function, Func, *loopState, *undefined:
			return true
		}
		return false
	}),
	test("escaped", func(_ *run, v any) bool { _, ok := v.(pyprint.Markup); return ok }),
	test("lower", func(r *run, v any) bool { return isLower(r.str(v)) }),
	test("upper", func(r *run, v any) bool { return isUpper(r.str(v)) }),
	test("odd", func(r *run, v any) bool { return r.equal(r.operate("%", v, int64(2)), int64(1)) }),
	test("even", func(r *run, v any) bool { return r.equal(r.operate("%", v, int64(2)), int64(0)) }),
	{name: "divisibleby", params: "num", fn: func(r *run, v any, a []any) any { return r.equal(r.operate("%", v, a[0]), int64(0)) }},
	{name: "sameas", params: "other", fn: func(r *run, v any, a []any) any { return r.same(v, a[0]) }},
	{name: "in", params: "seq", fn: func(r *run, v any, a []any) any { return r.contains(a[0], v) }},
	{name: "filter", fn: func(_ *run, v any, _ []any) any { s, _ := plain(v); return findFilter(s) != nil }},
	{name: "test", fn: func(_ *run, v any, _ []any) any { s, _ := plain(v); return findTest(s) != nil }},
	compareTest("eq equalto ==", "=="), compareTest("ne !=", "!="), compareTest("lt lessthan <", "<"),
	compareTest("le <=", "<="), compareTest("gt greaterthan >", ">"), compareTest("ge >=", ">="),
}

// same reports whether two values are one object: None, booleans, equal small numbers and texts, and the same list or map.
func (r *run) same(a, b any) bool {
	switch a.(type) {
	case pyprint.Tuple, group, Func:
		return false
	}
	if pyprint.TypeName(a) != pyprint.TypeName(b) {
		return false
	}
	switch a.(type) {
	case *pyprint.List, *pyprint.Dict:
		return a == b
	}
	return r.equal(a, b)
}

// group is what groupby gives for each group: a tuple whose items are also its attributes grouper and list.
type group struct{ pyprint.Tuple }

// Attr returns grouper or list.
func (g group) Attr(name string) (any, bool) {
	switch name {
	case "grouper":
		return g.Tuple[0], true
	case "list":
		return g.Tuple[1], true
	}
	return nil, false
}

// ReprItems lets pyprint print the group as a tuple.
func (g group) ReprItems() (before string, items []any, after string) { return "(", g.Tuple, ")" }

// Type returns the name of the type.
func (group) Type() string { return "tuple" }
