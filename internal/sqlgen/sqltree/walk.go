package sqltree

import (
	"slices"
	"strings"
)

// Walk visits an expression and those inside it, queries included, each before its parts. visit returns false to leave out
// the parts.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	all := func(list []Expr) {
		for _, of := range list {
			Walk(of, visit)
		}
	}
	switch e := e.(type) {
	case Member:
		Walk(e.Of, visit)
	case Call:
		all(e.Args)
	case Binary:
		Walk(e.Left, visit)
		Walk(e.Right, visit)
	case And:
		all(e)
	case Or:
		all(e)
	case Not:
		Walk(e.Of, visit)
	case IsNull:
		Walk(e.Of, visit)
	case In:
		Walk(e.Of, visit)
		all(e.List)
	case Like:
		Walk(e.Of, visit)
	case Case:
		for _, when := range e.Whens {
			Walk(when.If, visit)
			Walk(when.Then, visit)
		}
		Walk(e.Else, visit)
	case Cast:
		Walk(e.Of, visit)
	case Arg:
		Walk(e.Of, visit)
	case Lambda:
		Walk(e.Body, visit)
	case List:
		all(e)
	case Window:
		Walk(e.Of, visit)
		all(e.Partition)
		all(e.Order)
		for _, frame := range e.Frame {
			Walk(frame.Value, visit)
		}
	case Query:
		e.Select.Walk(visit)
	}
}

// Walk visits the expressions of a query and of the queries inside it.
func (s *Select) Walk(visit func(Expr) bool) {
	s.queries(func(s *Select) {
		for _, c := range s.Columns {
			Walk(c.Of, visit)
		}
		for _, source := range append([]Source{s.From}, s.Joins...) {
			for _, list := range source.Unnest {
				Walk(list, visit)
			}
			Walk(source.Function, visit)
		}
		Walk(s.Where, visit)
		for _, of := range slices.Concat(s.GroupBy, s.OrderBy) {
			Walk(of, visit)
		}
	})
}

// queries visits a query and those that it reads; not those within expressions.
func (s *Select) queries(visit func(*Select)) {
	if s == nil {
		return
	}
	for _, named := range s.With {
		named.Select.queries(visit)
	}
	visit(s)
	for _, source := range append([]Source{s.From}, s.Joins...) {
		source.Query.queries(visit)
	}
	for _, u := range s.Union {
		u.queries(visit)
	}
}

// unnests reports whether a query, or one inside it, reads lists as rows.
func (s *Select) unnests() bool {
	found := false
	s.queries(func(s *Select) {
		for _, source := range append([]Source{s.From}, s.Joins...) {
			found = found || len(source.Unnest) > 0
		}
	})
	return found
}

// Bounds are the columns that the conditions of a query name, in lower case, each with the number of conditions (WHERE) that
// name it. A condition within another condition counts by itself.
func (s *Select) Bounds() map[string]int {
	bounds := map[string]int{}
	var conditions func(*Select)
	conditions = func(s *Select) {
		s.queries(func(s *Select) {
			named := map[string]bool{}
			Walk(s.Where, func(e Expr) bool {
				switch e := e.(type) {
				case Name:
					named[strings.ToLower(e[len(e)-1])] = true
				case Query:
					conditions(e.Select)
					return false
				}
				return true
			})
			for name := range named {
				bounds[name]++
			}
		})
	}
	conditions(s)
	return bounds
}

// Lacking is the first feature that an expression needs and the dialect does not have, in words for people; "" if it has all.
func (d *Dialect) Lacking(e Expr) string {
	feature := ""
	Walk(e, func(e Expr) bool { return d.lacks(e, &feature) })
	return feature
}

// LackingIn is Lacking for a query.
func (d *Dialect) LackingIn(s *Select) string {
	feature := ""
	s.Walk(func(e Expr) bool { return d.lacks(e, &feature) })
	if feature == "" && d.WithoutUnnest && s.unnests() {
		feature = "lists as rows"
	}
	return feature
}

func (d *Dialect) lacks(e Expr, feature *string) bool {
	if *feature != "" {
		return false
	}
	switch e := e.(type) {
	case Missing:
		*feature = e.Feature
	case Cast:
		switch {
		case e.Type == NoType:
			*feature = "type of exact decimals"
		case e.Try && d.TryCast == "" && d.InputIsValid == "":
			*feature = "conversions that may fail"
		}
	case Member:
		if d.WithoutStructs {
			*feature = "structs"
		}
	case Call:
		if word, ok := d.Functions[e.Fn]; ok && word == "" {
			*feature = "the function " + e.Fn
		}
	}
	return *feature == ""
}
