package connector

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/stix"
)

// A scope is an object of which comparisons are written.
type scope struct {
	t  *translation
	of *stixmap.Object
	// element and many are the names of the element of the object's list, and of its value; "" for none.
	element, many string
}

// A place is a value of a property: its text, and how a condition on it becomes one on the row.
type place struct {
	text  sqltree.Expr
	value *stixmap.Value
	wrap  func(sqltree.Expr) sqltree.Expr
}

// comparison returns a condition, nil if the object has no such property.
func (s *scope) comparison(c stix.ComparisonExpr) (sqltree.Expr, error) {
	path := pathOf(c)
	var keys []string
	for _, step := range path.Steps {
		switch {
		case !step.List:
			keys = append(keys, step.Key)
		case !step.Any:
			return nil, nil // rows do not say which place an element has
		}
	}
	places := s.values(s.of, keys)
	if len(places) == 0 {
		return nil, nil
	}
	out := sqltree.Or{}
	for _, p := range places {
		where, err := s.t.compare(c, &p)
		if err != nil {
			return nil, err
		}
		if never(where) {
			continue
		}
		if p.wrap != nil {
			where = sqltree.Coalesce(p.wrap(where), sqltree.Bool(false))
		}
		where = s.t.guarded(where, where)
		if conditions := s.conditions(p.value.If, p.value.Unless); len(conditions) > 0 {
			where = append(sqltree.And{where}, conditions...)
		}
		out = append(out, where)
	}
	if len(out) == 0 {
		return sqltree.Bool(false), nil
	}
	return out, nil
}

// values returns the values of a property of an object, also those of objects that it refers to.
func (s *scope) values(o *stixmap.Object, keys []string) []place {
	var out []place
	for _, p := range o.Properties {
		path := p.Path
		if s.t.own && strings.Join(path, ".") == strings.Join(keys, ".") {
			path = keys
		}
		switch {
		case p.Members || len(keys) < len(path) || !slices.Equal(path, keys[:len(path)]):
			continue
		case p.Text == o.Many && len(keys) == len(path) && s.many != "" && o == s.of:
			out = append(out, place{text: s.manyText(), value: p.Values[0]})
			continue
		}
		for _, v := range p.Values {
			switch {
			case v.Ref != "" && len(keys) > len(path):
				for _, to := range s.t.mapping.Objects {
					// An object that is made of each element of a list is found by its own path only.
					if to.Name == v.Ref && to.Many == "" && (to.Each == "" || to.Each == o.Each) {
						out = append(out, s.values(to, keys[len(path):])...)
					}
				}
			case len(keys) != len(path) || v.Ref != "" || v.Object != nil || v.Each != "":
			case v.Join != nil:
				if joined := s.joined(v); joined != nil {
					out = append(out, place{text: joined, value: v})
				}
			case v.Const != nil:
				out = append(out, place{text: literalText(text(v.Const)), value: v})
			default:
				out = append(out, s.place(v))
			}
		}
	}
	return out
}

// joined returns the text that is made of several parts, NULL where one that is not optional is absent. It returns nil if a part is in
// a list.
func (s *scope) joined(v *stixmap.Value) sqltree.Expr {
	var parts []sqltree.Expr
	for _, part := range v.Join {
		if part.Const != nil {
			parts = append(parts, literalText(text(part.Const)))
			continue
		}
		p := s.place(part)
		if p.wrap != nil {
			return nil
		}
		of := varchar(p.text)
		if part.Until != "" {
			of = sqltree.If(sqltree.Compare("=", sqltree.Fn("strpos", of, literalText(part.Until)), sqltree.Int(0)), of, nil)
		}
		if part.Prefix != "" {
			of = sqltree.Concat(literalText(part.Prefix), of)
		}
		if part.Optional {
			of = sqltree.Coalesce(of, literalText(""))
		}
		parts = append(parts, of)
	}
	return sqltree.Concat(parts[0], parts[1:]...)
}

// manyText returns the text of the value of which there are many.
func (s *scope) manyText() sqltree.Expr {
	if s.t.service == "guardduty" && !s.t.own {
		return sqltree.Fn("json_extract_scalar", sqltree.Name{s.many}, sqltree.Text("$"))
	}
	return sqltree.Name{s.many}
}

// from returns the element that a path is relative to, nil for the row.
func (s *scope) from(path string) sqltree.Expr {
	if strings.HasPrefix(path, ".") && s.element != "" {
		return sqltree.Name{s.element}
	}
	return nil
}

// place returns where a value is, which may be in any element of a list.
func (s *scope) place(v *stixmap.Value) place {
	path := strings.TrimPrefix(strings.ReplaceAll(v.From, "[0]", ""), ".")
	list, rest, crosses := s.t.crosses(path)
	if !crosses {
		return place{text: s.t.at(s.from(v.From), path), value: v}
	}
	name := s.t.name()
	element := sqltree.Name{name}
	var text sqltree.Expr
	var inner func(sqltree.Expr) sqltree.Expr
	switch more, last, again := s.t.crosses(rest); {
	case again:
		second := s.t.name()
		text = s.t.inner(sqltree.Name{second}, last)
		inner = func(where sqltree.Expr) sqltree.Expr {
			return sqltree.Fn("any_match", s.t.listAt(element, more), sqltree.Lambda{Params: []string{second}, Body: where})
		}
	default:
		text = s.t.inner(element, rest)
	}
	return place{text: text, value: v, wrap: func(where sqltree.Expr) sqltree.Expr {
		if inner != nil {
			where = inner(where)
		}
		return sqltree.Fn("any_match", s.t.listAt(s.from(v.From), list), sqltree.Lambda{Params: []string{name}, Body: where})
	}}
}

// inner returns the field of an element, or the element itself.
func (t *translation) inner(element sqltree.Expr, rest string) sqltree.Expr {
	if t.service == "guardduty" {
		if rest == "" {
			return sqltree.Fn("json_extract_scalar", element, sqltree.Text("$"))
		}
		return jsonAt(element, strings.Split(rest, "."))
	}
	return members(element, strings.Split(rest, "."))
}

// list returns the list of an object.
func (s *scope) list(path string) sqltree.Expr {
	return s.t.listAt(s.from(path), strings.TrimPrefix(path, "."))
}

// conditions returns the conditions of a mapping.
func (s *scope) conditions(ifs, unless []stixmap.Condition) []sqltree.Expr {
	var out []sqltree.Expr
	has := func(c stixmap.Condition) sqltree.Expr {
		p := s.place(&stixmap.Value{From: c.Path})
		texts := sqltree.Or{}
		for _, want := range c.Texts {
			if want == "*" {
				texts = append(texts, present(p.text))
			} else {
				texts = append(texts, sqltree.Compare("=", varchar(p.text), literalText(want)))
			}
		}
		var where sqltree.Expr = texts
		if p.wrap != nil {
			where = p.wrap(where)
		}
		return s.t.guarded(where, sqltree.Coalesce(where, sqltree.Bool(false)))
	}
	for _, c := range ifs {
		out = append(out, has(c))
	}
	for _, c := range unless {
		out = append(out, sqltree.Not{Of: has(c)})
	}
	return out
}

// family returns the condition that an address has the type.
func (s *scope) family(kind string) sqltree.Expr {
	form := "^[0-9.]+$"
	if kind == "ipv6-addr" {
		form = ":"
	}
	where := sqltree.Or{}
	for _, p := range s.values(s.of, []string{"value"}) {
		where = append(where, s.t.guarded(p.text, sqltree.Fn("regexp_like", varchar(p.text), sqltree.Text(form))))
	}
	return where
}

// required returns the condition that an object has one of the properties that it needs, nil if none is needed.
func (s *scope) required(o *stixmap.Object) sqltree.Expr {
	if len(o.Require) == 0 || o.Type == stixmap.Address || s.t.own {
		return nil
	}
	out := sqltree.Or{}
	for _, name := range o.Require {
		for _, keys := range [][]string{{name}, {name, "value"}} {
			for _, p := range s.values(o, keys) {
				where := present(p.text)
				if p.wrap != nil {
					where = p.wrap(where)
				}
				out = append(out, s.t.guarded(where, sqltree.Coalesce(where, sqltree.Bool(false))))
			}
		}
	}
	return out
}
