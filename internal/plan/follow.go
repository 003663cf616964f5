package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Trait is what an event has that ties it to an identity: one of the following, which are exact values of the log.
type Trait struct {
	// Key is an access key or session that acts or that the event names. Machine is a machine that the event names.
	Key, Machine string
	// Principal acts, from Address.
	Principal, Address string
	// Name is a name in a call that makes or removes something.
	Name string
}

// text encodes a trait as a value of Statement.wanted.
func (t Trait) text() string {
	switch {
	case t.Key != "":
		return "k" + t.Key
	case t.Machine != "":
		return "m" + t.Machine
	case t.Name != "":
		return "n" + t.Name
	}
	return "p" + t.Principal + "\x00" + t.Address
}

// Follow returns statements for events that tie identities together, or that make or remove something (schema.Trace), and
// that have one of the traits, in the range [from, to), with the columns that stories need. Zero times stand for the range
// of the plan. The statements return a superset of such events: what JSON text contains is searched as text. Values that are
// written with escapes in JSON text are not found. Follow returns nil if the table does not have the columns.
func (p *Plan) Follow(traits []Trait, from, to time.Time) []*Statement {
	b := p.b
	f := b.newFollow()
	if f == nil {
		return nil
	}
	columns, _ := b.factColumns(f.calls, nil)
	var wanted []string
	for _, t := range traits {
		wanted = append(wanted, t.text())
	}
	if from.IsZero() {
		from = b.opt.From
	}
	if to.IsZero() {
		to = b.opt.To
	}
	var list []*Statement
	for _, part := range b.parts(wanted, len(f.session)+len(f.content)+1) {
		s := &Statement{Kind: Follow, plan: p, Columns: b.distinct(slices.Concat(b.report, b.facts.of(columns))), follow: f, from: from, to: to}
		list = append(list, s.list(part))
	}
	if len(list) > 0 && !list[0].expressible() {
		return nil
	}
	return list
}

// follow has what the conditions of Follow statements are made of.
type follow struct {
	b *builder
	// calls is true for calls that link identities or that make or remove things, naming for those of them that a name in the event
	// can select.
	calls, naming ir.Expr
	// session, principal and address are the fields for who acts, content those in which an event names others.
	session, principal, address, content []ir.Field
}

func (b *builder) newFollow() *follow {
	s := b.layout.Schema
	trace := s.Trace()
	f := &follow{b: b, session: b.fieldsOf(s.Session), principal: b.fieldsOf(s.Principal), address: b.fieldsOf(s.Address)}
	var calls, naming []schema.Pattern
	var named schema.Paths
	for i := range trace.Links {
		l := &trace.Links[i]
		calls = append(calls, l.On.Actions...)
		named = append(append(append(named, l.Identity...), l.Key...), l.From...)
		if l.Key == nil {
			naming = append(naming, l.On.Actions...)
		}
	}
	for i := range trace.Things {
		for _, e := range append([]schema.ThingEvent{trace.Things[i].Made}, trace.Things[i].Removed...) {
			calls, naming = append(calls, e.On.Actions...), append(naming, e.On.Actions...)
			named = append(named, e.Name...)
		}
	}
	if len(calls) == 0 || len(f.session)+len(f.principal) == 0 {
		return nil
	}
	own := slices.Concat(s.Session, s.Principal)
	for _, path := range named {
		if !slices.ContainsFunc(own, func(o value.Path) bool { return o.Text == path.Text }) {
			f.addContent(path)
		}
	}
	f.calls, f.naming = b.callList(calls), b.callList(naming)
	return f
}

// fieldsOf returns a field for each path that the table has.
func (b *builder) fieldsOf(paths schema.Paths) []ir.Field {
	var fields []ir.Field
	for _, path := range paths {
		field := ir.Field{Name: path.Text, Paths: []value.Path{path}}
		if _, _, ok := b.columnsOf(&field); ok {
			fields = append(fields, field)
		}
	}
	return fields
}

// addContent adds the column of a path to those in which events name others.
func (f *follow) addContent(path value.Path) {
	field := ir.Field{Name: path.Text, Paths: []value.Path{path}}
	if _, _, ok := f.b.columnsOf(&field); !ok {
		return
	}
	plain := field
	plain.Paths = []value.Path{path}
	plain.Paths[0].Embedded = nil // texts inside of texts have no escapes in what is searched
	if place, ok := f.b.stored(&plain); ok {
		field = plain
		field.Name, field.Stored = place.Column+storedValue, true
		for _, step := range place.Steps {
			field.Name = step.Name + "." + field.Name
		}
	}
	if !slices.ContainsFunc(f.content, func(o ir.Field) bool { return o.Name == field.Name }) {
		f.content = append(f.content, field)
	}
}

// callList returns the condition that an event is one of some calls.
func (b *builder) callList(patterns []schema.Pattern) ir.Expr {
	field := ir.Field{Name: "action", Paths: b.layout.Schema.Action}
	exact, or := &ir.OrExpr{List: true}, &ir.OrExpr{}
	seen := map[string]bool{}
	for i := range patterns {
		text, before, after := patterns[i].Parts()
		e := &ir.StringExpr{Field: field, Op: ir.Equal, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}}}
		switch {
		case before && after:
			e.Op = ir.Contains
		case before:
			e.Op = ir.EndsWith
		case after:
			e.Op = ir.StartsWith
		}
		key := fmt.Sprint(e.Op, strings.ToLower(text))
		if seen[key] {
			continue
		}
		seen[key] = true
		if e.Op == ir.Equal {
			exact.Operands = append(exact.Operands, e)
		} else {
			or.Operands = append(or.Operands, e)
		}
	}
	or.Operands = append(or.Operands, exact)
	return or
}

// where returns the condition for wanted values, which are those of Trait.text.
func (f *follow) where(wanted []string) ir.Expr {
	who, named, content := &ir.OrExpr{}, &ir.OrExpr{}, &ir.OrExpr{}
	places := &ir.OrExpr{}
	for _, text := range wanted {
		kind, text := text[0], text[1:]
		switch kind {
		case 'k':
			for _, field := range f.session {
				who.Operands = append(who.Operands, f.is(field, text))
			}
			content.Operands = append(content.Operands, f.contains(text)...)
		case 'm':
			content.Operands = append(content.Operands, f.contains(text)...)
		case 'n':
			named.Operands = append(named.Operands, f.contains(text)...)
		case 'p':
			principal, address, _ := strings.Cut(text, "\x00")
			is, from := &ir.OrExpr{}, &ir.OrExpr{}
			for _, field := range f.principal {
				is.Operands = append(is.Operands, f.is(field, principal))
			}
			for _, field := range f.address {
				from.Operands = append(from.Operands, f.is(field, address))
			}
			if len(is.Operands) > 0 && len(from.Operands) > 0 {
				places.Operands = append(places.Operands, &ir.AndExpr{Operands: []ir.Expr{is, from}})
			}
		}
	}
	any := &ir.OrExpr{Operands: slices.Concat(byField(who.Operands), places.Operands, content.Operands)}
	if len(named.Operands) > 0 {
		any.Operands = append(any.Operands, &ir.AndExpr{Operands: []ir.Expr{f.cheap(f.naming), named}})
	}
	return &ir.AndExpr{Operands: []ir.Expr{f.cheap(f.calls), any}}
}

// byField makes a list of the values of each field.
func byField(list []ir.Expr) []ir.Expr {
	lists := map[string]*ir.OrExpr{}
	var out []ir.Expr
	for _, e := range list {
		s, ok := e.(*ir.StringExpr)
		if !ok || s.Op != ir.Equal {
			out = append(out, e)
			continue
		}
		if lists[s.Field.Name] == nil {
			lists[s.Field.Name] = &ir.OrExpr{List: true}
			out = append(out, lists[s.Field.Name])
		}
		lists[s.Field.Name].Operands = append(lists[s.Field.Name].Operands, e)
	}
	return out
}

// cheap returns a condition over columns, true if it would read JSON.
func (f *follow) cheap(calls ir.Expr) ir.Expr {
	direct := true
	ir.Walk(calls, func(e ir.Expr) bool {
		if s, ok := e.(*ir.StringExpr); ok {
			direct = direct && f.b.direct(s)
		}
		return direct
	})
	if !direct {
		return &ir.ConstExpr{Value: true}
	}
	return calls
}

// is returns the condition that a field has a value, or that its JSON text contains it.
func (f *follow) is(field ir.Field, text string) ir.Expr {
	e := &ir.StringExpr{Field: field, Op: ir.Equal, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}}, Cased: true}
	if f.b.direct(e) {
		return e
	}
	if place, ok := f.b.stored(&field); ok {
		field.Name, field.Stored = place.Column+storedValue, true
		return inText(field, text)
	}
	return e
}

// contains returns the conditions that an event names a text.
func (f *follow) contains(text string) []ir.Expr {
	var list []ir.Expr
	for _, field := range f.content {
		if field.Stored {
			list = append(list, inText(field, text))
			continue
		}
		list = append(list, &ir.StringExpr{Field: field, Op: ir.Contains, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}}, Cased: true})
	}
	return list
}

// inText returns the condition that JSON text contains a value: the longest part of it that is written without escapes, or
// if that is too short, the value as a JSON string.
func inText(field ir.Field, text string) ir.Expr {
	part := longestPlain(text)
	if len(part) < minSearched {
		part = string(value.AppendQuoted(nil, []byte(text)))
	}
	return &ir.StringExpr{Field: field, Op: ir.Contains, Pattern: ir.Pattern{{Kind: ir.Literal, Text: part}}, Cased: true}
}
