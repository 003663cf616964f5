package jinja

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pyprint"
)

// builtin is a filter, a test, a method or a global function.
type builtin struct {
	name string
	// params are the names of the arguments after the value, separated by blanks. A `?` at the end of a name: it may be left out.
	params string
	// fn gets the value and one entry for each parameter: absent{} if it was left out.
	fn func(r *run, v any, a []any) any
	// raw gets the call as it is, for functions with any number of arguments.
	raw func(r *run, v any, c *call) any
}

// absent stands for an argument that was left out.
type absent struct{}

func isAbsent(v any) bool {
	_, ok := v.(absent)
	return ok
}

// invoke calls a builtin with the arguments of a call.
func (r *run) invoke(b *builtin, v any, c *call) any {
	at := r.at
	defer func() { r.at = at }()
	if b.raw != nil {
		return b.raw(r, v, c)
	}
	return b.fn(r, v, r.bind(b.name, b.params, c))
}

// bind assigns arguments to parameters.
func (r *run) bind(name, params string, c *call) []any {
	names := strings.Fields(params)
	out := make([]any, len(names))
	for i := range out {
		out[i] = absent{}
	}
	if len(c.positional) > len(names) {
		r.failf("%s takes at most %d arguments, %d are given", name, len(names), len(c.positional))
	}
	copy(out, c.positional)
	for i, n := range c.names {
		at := slices.IndexFunc(names, func(p string) bool { return strings.TrimSuffix(p, "?") == n })
		if at < 0 {
			r.failf("%s has no argument '%s'", name, n)
		}
		if !isAbsent(out[at]) {
			r.failf("%s got two values for the argument '%s'", name, n)
		}
		out[at] = c.named[i]
	}
	for i, n := range names {
		if isAbsent(out[i]) && !strings.HasSuffix(n, "?") {
			r.failf("%s lacks the argument '%s'", name, n)
		}
	}
	return out
}

// Each of these returns an argument as a Go value, or the default if it was left out.

func (r *run) argText(v any, usual string) string {
	if isAbsent(v) {
		return usual
	}
	s, ok := plain(v)
	if !ok {
		r.failf("expected a text, found %s", pyprint.TypeName(v))
	}
	return s
}

func (r *run) argInt(v any, usual int) int {
	if isAbsent(v) {
		return usual
	}
	n, ok := integer(v)
	if !ok {
		r.failf("expected an integer, found %s", pyprint.TypeName(v))
	}
	// No text or list is that long; the clamp keeps sums of two such numbers exact.
	return int(min(max(n, -1<<40), 1<<40))
}

// size returns an argument that becomes a number of characters or items.
func (r *run) argSize(v any, usual int) int {
	n := r.argInt(v, usual)
	if n > r.limits.Output {
		r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
	}
	return n
}

func (r *run) argBool(v any, usual bool) bool {
	if isAbsent(v) {
		return usual
	}
	return r.truth(v)
}

func table(list ...*builtin) map[string]*builtin {
	out := map[string]*builtin{}
	for _, b := range list {
		for name := range strings.FieldsSeq(b.name) {
			one := *b
			one.name = name
			out[name] = &one
		}
	}
	return out
}

// The tables are filled here, since filters such as map look filters up.
var (
	filterTable map[string]*builtin
	testTable   map[string]*builtin
)

func init() { //nolint:gochecknoinits // breaks the cycle between the table of filters and the filters that read it
	filterTable = table(slices.Concat(textFilters, listFilters, valueFilters)...)
	testTable = table(tests...)
}

func findFilter(name string) *builtin { return filterTable[name] }
func findTest(name string) *builtin   { return testTable[name] }

func filterNames() []string { return slices.Sorted(maps.Keys(filterTable)) }
func testNames() []string   { return slices.Sorted(maps.Keys(testTable)) }

// nearest returns advice with the nearest name, or nothing.
func nearest(name string, names []string) string {
	if near := diag.Near(name, names); near != "" {
		return "; did you mean '" + near + "'?"
	}
	return ""
}

// refusedFilters are Jinja's filters that this package does not have.
var refusedFilters = map[string]string{
	"random": "its result would differ from run to run",
	"urlize": "it is not supported",
	"pprint": "it is not supported; use tojson(indent=2)",
}
