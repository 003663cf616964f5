package jinja

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

func (r *run) statements(list []stmt) {
	for _, s := range list {
		r.at = s.place()
		r.step()
		r.statement(s)
	}
}

func (r *run) statement(s stmt) {
	switch s := s.(type) {
	case *textStmt:
		r.print(s.text)
	case *outputStmt:
		v := r.eval(s.value)
		r.at = s.value.place()
		r.write(v)
	case *ifStmt:
		for i, test := range s.tests {
			if r.truth(r.eval(test)) {
				r.statements(s.bodies[i])
				return
			}
		}
		r.statements(s.otherwise)
	case *forStmt:
		r.loop(s, r.eval(s.iter), 0)
	case *setStmt:
		r.set(s)
	case *macroStmt:
		r.scope.set(s.name, r.macro(s))
	case *callStmt:
		caller := r.macro(s.macro)
		v := r.callWith(s.call, caller)
		r.at = s.place()
		r.write(v)
	case *filterStmt:
		text := r.block(s.body)
		v := r.filtered(s.filter, text)
		r.at = s.place()
		r.write(v)
	case *withStmt:
		values := make([]any, len(s.values))
		for i, e := range s.values {
			values[i] = r.eval(e)
		}
		r.inScope(r.scope, func() {
			for i, t := range s.targets {
				r.assign(t, values[i])
			}
			r.statements(s.body)
		})
	case *escapeStmt:
		outer := r.escape
		r.escape = r.truth(r.eval(s.on))
		r.inScope(r.scope, func() { r.statements(s.body) })
		r.escape = outer
	case *includeStmt:
		r.include(s)
	case *importStmt:
		r.importNames(s)
	}
}

// inScope runs f in a new scope.
func (r *run) inScope(outer *scope, f func()) {
	before := r.scope
	r.scope = &scope{outer: outer}
	f()
	r.scope = before
}

// block returns what the statements print, in a scope of their own.
func (r *run) block(body []stmt) any {
	return r.capture(func() {
		r.inScope(r.scope, func() { r.statements(body) })
	})
}

func (r *run) set(s *setStmt) {
	if s.value != nil {
		r.assign(s.target, r.eval(s.value))
		return
	}
	v := r.block(s.body)
	if s.filter != nil {
		v = r.filtered(s.filter, v)
	}
	r.assign(s.target, v)
}

func (r *run) assign(t target, v any) {
	r.at = t.span
	switch {
	case t.attr != "":
		ns, ok := r.lookUp(t.name).(*namespace)
		if !ok {
			r.failf("attributes can be assigned to namespaces only")
		}
		ns.attrs.Set(t.attr, v)
	case len(t.items) > 0:
		values := r.iterate(v)
		if len(values) != len(t.items) {
			r.at = t.span
			r.failf("%d values for %d names", len(values), len(t.items))
		}
		for i, item := range t.items {
			r.assign(item, values[i])
		}
	default:
		r.scope.set(t.name, v)
	}
}

// loop runs a loop over the items of v. depth counts the loops around a recursive one.
func (r *run) loop(s *forStmt, v any, depth int) {
	r.at = s.iter.place()
	items := r.iterate(v)
	if s.test != nil {
		items = r.filterItems(s, items)
	}
	if len(items) == 0 {
		r.inScope(r.scope, func() { r.statements(s.otherwise) })
		return
	}
	l := &loopState{items: items, depth: depth}
	if s.recursive {
		outer := r.scope
		l.again = func(v any) any {
			leave := r.enter()
			defer leave()
			return r.capture(func() {
				before := r.scope
				r.scope = outer
				r.loop(s, v, depth+1)
				r.scope = before
			})
		}
	}
	for i, item := range items {
		r.step()
		l.index = i
		r.inScope(r.scope, func() {
			r.scope.set("loop", l)
			r.assign(s.target, item)
			r.statements(s.body)
		})
	}
}

// filterItems returns the items for which the condition of a loop holds.
func (r *run) filterItems(s *forStmt, items []any) []any {
	var kept []any
	for _, item := range items {
		r.inScope(r.scope, func() {
			r.assign(s.target, item)
			if r.truth(r.eval(s.test)) {
				kept = append(kept, item)
			}
		})
	}
	return r.items(kept)
}

// load returns a file of the folder, parsed once.
func (r *run) load(name string) (*Template, error) {
	if t, ok := r.loaded[name]; ok {
		return t, nil
	}
	t, err := r.template.env.Load(name)
	if err != nil {
		return nil, err
	}
	r.grow(len(t.source))
	r.loaded[name] = t
	return t, nil
}

// find returns the first template of a name or a list of names.
func (r *run) find(v any) (*Template, error) {
	names := []any{v}
	if list, ok := v.(*pyprint.List); ok {
		names = list.Items
	} else if tuple, ok := v.(pyprint.Tuple); ok {
		names = tuple
	}
	err := fs.ErrNotExist
	for _, name := range names {
		s, ok := plain(name)
		if !ok {
			r.failf("the name of a template is a text, not %s", pyprint.TypeName(name))
		}
		var t *Template
		if t, err = r.load(s); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return t, err
		}
	}
	return nil, err
}

// mustLoad raises the fault of a file that cannot be used.
func (r *run) mustLoad(err error) {
	if fault, ok := errors.AsType[*Error](err); ok {
		panic(fault)
	}
	if errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "escapes") {
		r.faultf(Security, "%v", err)
	}
	r.failf("%v", err)
}

func (r *run) include(s *includeStmt) {
	v := r.eval(s.name)
	r.at = s.name.place()
	t, err := r.find(v)
	if err != nil {
		if s.ignoreMissing && errors.Is(err, fs.ErrNotExist) {
			return
		}
		r.mustLoad(err)
	}
	var outer *scope
	vars := r.vars
	if s.withoutVars {
		r.vars = nil
	} else {
		outer = r.scope
	}
	r.inTemplate(t, outer)
	r.vars = vars
}

// inTemplate runs another template and returns its outermost scope.
func (r *run) inTemplate(t *Template, outer *scope) *scope {
	defer r.enter()()
	template, before, escape := r.template, r.scope, r.escape
	r.template, r.escape = t, t.env.Autoescape
	r.scope = &scope{outer: outer, vars: map[string]any{}}
	top := r.scope
	r.statements(t.body)
	r.template, r.scope, r.escape = template, before, escape
	return top
}

func (r *run) importNames(s *importStmt) {
	v := r.eval(s.from)
	r.at = s.from.place()
	t, err := r.find(v)
	if err != nil {
		r.mustLoad(err)
	}
	var outer *scope
	vars := r.vars
	if s.withVars {
		outer = r.scope
	} else {
		r.vars = nil
	}
	var top *scope
	text := r.capture(func() { top = r.inTemplate(t, outer) })
	r.vars = vars
	if s.as != "" {
		r.scope.set(s.as, &module{name: t.name, vars: top.vars, text: r.str(text)})
		return
	}
	for i, name := range s.names {
		v, ok := top.vars[name]
		if !ok {
			v = &undefined{hint: "the template '" + t.name + "' does not export '" + name + "'"}
		}
		r.scope.set(s.aliases[i], v)
	}
}
