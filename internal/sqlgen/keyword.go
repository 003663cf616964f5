package sqlgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/source"
)

// wholeRow is the alias of a table whose rows are asked for as a whole. No column is called so.
const wholeRow = "whole event"

// keyword is the predicate of a keyword over one string of the event, nil for other nodes.
func (e *emitter) keyword(node ir.Expr) func(text Expr) Expr {
	switch node := node.(type) {
	case *ir.KeywordExpr:
		return func(text Expr) Expr {
			return e.stringPredicate(leaves{known: text}, ir.Contains, node.Pattern, node.Cased)
		}
	case *ir.RegexExpr:
		if node.Field.Name == "" {
			return e.regexOf(node)
		}
	}
	return nil
}

// strings is the list of all strings of the event, keys left out. It may hold NULLs. span is the place of the keyword.
func (e *emitter) strings(span source.Span) Expr {
	if e.profile.OnlyFields {
		e.refusef(span, "field-in-table", "name the field that the text is in", "keywords would find the words that %s adds to the log's", e.profile.FullName())
		return List{}
	}
	if len(e.profile.Columns) == 0 {
		// Nothing is known of the columns: the engine writes the row as JSON.
		e.row = wholeRow
		return e.d.jsonTexts(e.d.rowJSON(wholeRow))
	}
	var texts List
	var lists []Expr
	for _, column := range e.profile.Columns {
		e.stringsOf(Name{column.Name}, column.Name, column.Type, 0, &texts, &lists)
	}
	if len(texts) > 0 {
		lists = append([]Expr{texts}, lists...)
	}
	if len(lists) == 1 {
		return e.named("strings", lists[0])
	}
	return e.named("strings", e.d.flatten(List(lists)))
}

// stringsOf adds the strings at a place of a type, single ones to texts. name is that of the column.
func (e *emitter) stringsOf(at Expr, name string, t schema.Type, depth int, texts *List, lists *[]Expr) {
	switch t.Kind {
	case schema.Text, schema.Unknown:
		if t.Word != schema.LiteralWord {
			*texts = append(*texts, at)
		}
	case schema.JSON:
		*lists = append(*lists, e.d.jsonTexts(e.based(name+" as JSON", e.d.jsonWhole(at))))
	case schema.Struct:
		for _, member := range t.Members {
			e.stringsOf(Member{at, member.Name}, name, member.Type, depth, texts, lists)
		}
	case schema.Array:
		e.stringsOfEach(at, name, *t.Element, depth, lists)
	case schema.Map:
		e.stringsOfEach(call("map_values", at), name, *t.Element, depth, lists)
	case schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date: // no strings
	}
}

// stringsOfEach adds the strings of every element of a list.
func (e *emitter) stringsOfEach(list Expr, name string, element schema.Type, depth int, lists *[]Expr) {
	if element.Kind == schema.Text {
		*lists = append(*lists, list)
		return
	}
	k := "k" + strings.Repeat("_", depth)
	var texts List
	var inner []Expr
	direct := e.direct
	e.direct = true // a base cannot read the parameter of a lambda
	e.stringsOf(Name{k}, name, element, depth+1, &texts, &inner)
	e.direct = direct
	if len(texts) > 0 {
		inner = append(inner, texts)
	}
	for _, of := range inner {
		*lists = append(*lists, e.d.flatten(e.d.transform(list, k, of)))
	}
}
