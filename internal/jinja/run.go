package jinja

import (
	"errors"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// run is one execution of a template. Faults are raised as panics with *Error, which Execute turns into errors.
type run struct {
	limits   Limits
	template *Template
	// vars are the variables that the caller gave.
	vars   map[string]any
	scope  *scope
	out    strings.Builder
	escape bool
	steps  int
	made   int
	depth  int
	stopAt time.Time
	loaded map[string]*Template
	// at is the node that is evaluated, for faults of builtins.
	at span
}

// scope holds the names that a block assigns. A block sees the names of the blocks around it, and assigns its own.
type scope struct {
	vars  map[string]any
	outer *scope
}

func (s *scope) set(name string, v any) {
	if s.vars == nil {
		s.vars = map[string]any{}
	}
	s.vars[name] = v
}

// faultf raises an error at the current node.
func (r *run) faultf(cause Cause, format string, args ...any) {
	panic(newError(cause, r.template.name, r.template.source, r.at.start, r.at.end, format, args...))
}

// failf raises a runtime error.
func (r *run) failf(format string, args ...any) { r.faultf(Runtime, format, args...) }

// must raises the error of a printer.
func (r *run) must(err error) {
	switch {
	case err == nil:
	case errors.Is(err, pyprint.ErrTooLarge):
		r.faultf(Limit, "a value prints as more than %d bytes", r.limits.Output)
	case errors.Is(err, pyprint.ErrTooDeep):
		r.faultf(Limit, "%v", err)
	default:
		r.failf("%v", err)
	}
}

// step counts one step.
func (r *run) step() {
	r.steps++
	if r.steps > r.limits.Steps {
		r.faultf(Limit, "the template takes more than %d steps", r.limits.Steps)
	}
	if r.steps&1023 == 0 && time.Now().After(r.stopAt) { //nolint:forbidigo // the limit is one of real time
		r.faultf(Limit, "the template runs longer than %v", r.limits.Time)
	}
}

// work counts the work on n items or characters.
func (r *run) work(n int) {
	for range n / 16384 {
		r.steps += 1023
		r.step()
	}
	r.steps += n % 16384 / 16
	r.step()
}

// grow counts the bytes of a text or list that is made.
func (r *run) grow(n int) {
	if n > r.limits.Output {
		r.faultf(Limit, "a value has more than %d bytes", r.limits.Output)
	}
	r.made += n
	if r.made > r.limits.Memory {
		r.faultf(Limit, "the template uses more than %d bytes", r.limits.Memory)
	}
	r.work(n)
}

// text counts a text that a builtin made.
func (r *run) text(s string) string {
	r.grow(len(s))
	return s
}

// items counts a list that a builtin made.
func (r *run) items(items []any) []any {
	r.grow(16 * len(items))
	return items
}

func (r *run) list(items []any) *pyprint.List { return &pyprint.List{Items: r.items(items)} }

// enter counts a macro, loop or file that runs inside another.
func (r *run) enter() func() {
	r.depth++
	if r.depth > r.limits.Depth {
		r.faultf(Limit, "macros, loops and files are nested more than %d levels", r.limits.Depth)
	}
	return func() { r.depth-- }
}

// lookUp returns the value of a name.
func (r *run) lookUp(name string) any {
	for s := r.scope; s != nil; s = s.outer {
		if v, ok := s.vars[name]; ok {
			return v
		}
	}
	if v, ok := r.vars[name]; ok {
		return v
	}
	if v, ok := globals[name]; ok {
		return v
	}
	return &undefined{hint: "'" + name + "' is undefined"}
}

// write prints a value.
func (r *run) write(v any) {
	s := r.str(v)
	if _, safe := v.(pyprint.Markup); r.escape && !safe {
		s = escapeHTML(s)
	}
	r.print(s)
}

func (r *run) print(s string) {
	if r.out.Len()+len(s) > r.limits.Output {
		r.faultf(Limit, "the template prints more than %d bytes", r.limits.Output)
	}
	r.grow(len(s))
	r.out.WriteString(s)
}

// capture returns what f prints.
func (r *run) capture(f func()) any {
	outer := r.out
	r.out = strings.Builder{}
	f()
	s := r.out.String()
	r.out = outer
	return r.safe(s)
}

// safe marks a text as safe if the template escapes, so that it is not escaped twice.
func (r *run) safe(s string) any {
	if r.escape {
		return pyprint.Markup(s)
	}
	return s
}

// str returns str(v).
func (r *run) str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case pyprint.Markup:
		return string(v)
	}
	s, err := pyprint.Str(v, r.limits.Output)
	r.must(err)
	return r.text(s)
}

func (r *run) repr(v any) string {
	s, err := pyprint.Repr(v, r.limits.Output)
	r.must(err)
	return r.text(s)
}
