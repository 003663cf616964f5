package jinja

import "github.com/egret-hunt/egret/internal/pyprint"

// macro returns a macro as a value. It keeps the scope, the template and the escaping in which it was written.
func (r *run) macro(s *macroStmt) *function {
	outer, template, vars := r.scope, r.template, r.vars
	f := &function{name: s.name, kind: "Macro"}
	f.call = func(r *run, c *call) any {
		leave := r.enter()
		defer leave()
		before, caller, callerVars := r.scope, r.template, r.vars
		inner := &scope{outer: outer}
		r.bindMacro(s, c, inner, template)
		r.scope, r.template, r.vars = inner, template, vars
		v := r.capture(func() { r.statements(s.body) })
		r.scope, r.template, r.vars = before, caller, callerVars
		return v
	}
	return f
}

// bindMacro assigns the arguments of a call to the parameters of a macro.
func (r *run) bindMacro(s *macroStmt, c *call, inner *scope, template *Template) {
	named := map[string]any{}
	for i, name := range c.names {
		named[name] = c.named[i]
	}
	caller, hasCaller := named["caller"]
	delete(named, "caller")
	firstDefault := len(s.params) - len(s.defaults)
	for i, name := range s.params {
		v, isNamed := named[name]
		switch {
		case i < len(c.positional):
			if isNamed {
				r.failf("macro '%s' got two values for '%s'", s.name, name)
			}
			v = c.positional[i]
		case isNamed:
		case i >= firstDefault:
			before, beforeTemplate := r.scope, r.template
			r.scope, r.template = inner, template
			v = r.eval(s.defaults[i-firstDefault])
			r.scope, r.template = before, beforeTemplate
		default:
			v = &undefined{hint: "parameter '" + name + "' was not provided"}
		}
		delete(named, name)
		inner.set(name, v)
	}
	extra := c.positional[min(len(s.params), len(c.positional)):]
	switch {
	case s.varargs:
		inner.set("varargs", pyprint.Tuple(r.items(append([]any(nil), extra...))))
	case len(extra) > 0:
		r.failf("macro '%s' takes at most %d arguments", s.name, len(s.params))
	}
	rest := &pyprint.Dict{}
	for _, name := range c.names {
		if v, ok := named[name]; ok {
			if !s.kwargs {
				r.failf("macro '%s' has no parameter '%s'", s.name, name)
			}
			rest.Set(name, v)
		}
	}
	if s.kwargs {
		inner.set("kwargs", rest)
	}
	switch {
	case s.caller && hasCaller:
		inner.set("caller", caller)
	case s.caller:
		inner.set("caller", &undefined{hint: "No caller defined"})
	case hasCaller:
		r.failf("macro '%s' does not use caller", s.name)
	}
}
