package sqlgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/source"
)

// wholeRow is the alias of a table whose rows are read as a whole. No column has this name.
const wholeRow = "whole event"

// keyword returns the predicate of a keyword for one string of the event, nil for other nodes.
func (e *emitter) keyword(node ir.Expr) func(text sqltree.Expr) sqltree.Expr {
	switch node := node.(type) {
	case *ir.KeywordExpr:
		if !e.closed(node.Pattern, node.Span) {
			return func(sqltree.Expr) sqltree.Expr { return sqltree.Bool(false) }
		}
		return func(text sqltree.Expr) sqltree.Expr {
			return e.stringPredicate(leaves{known: text}, ir.Contains, node.Pattern, node.Cased)
		}
	case *ir.RegexExpr:
		if node.Field.Name == "" {
			return e.regexOf(node)
		}
	}
	return nil
}

// strings returns the list of all strings of the event without keys. It may contain NULLs. span is the position of the keyword.
func (e *emitter) strings(span source.Span) sqltree.Expr {
	if e.layout.OnlyFields {
		e.refusef(span, "field-in-table", "name the field that the text is in", "keywords would find the words that %s adds to the log's", e.layout.FullName())
		return sqltree.List{}
	}
	if len(e.layout.Columns) == 0 {
		// The columns are unknown: the engine converts the row to JSON.
		e.row = wholeRow
		return e.d.JSONTexts(e.d.RowJSON(wholeRow))
	}
	var texts sqltree.List
	var lists []sqltree.Expr
	for _, column := range e.layout.Columns {
		e.stringsOf(sqltree.Name{column.Name}, column.Name, column.Type, 0, &texts, &lists)
	}
	if len(texts) > 0 {
		lists = append([]sqltree.Expr{texts}, lists...)
	}
	if len(lists) == 1 {
		return e.named("strings", lists[0])
	}
	return e.named("strings", e.d.Flatten(sqltree.List(lists)))
}

// stringsOf adds the strings of a value of a type, single ones to texts. name is the name of the column.
func (e *emitter) stringsOf(at sqltree.Expr, name string, t schema.Type, depth int, texts *sqltree.List, lists *[]sqltree.Expr) {
	if e.d.WithoutStructs && (t.Kind == schema.Struct || t.Kind == schema.Array || t.Kind == schema.Map) {
		*lists = append(*lists, sqltree.Missing{Feature: "structs, arrays and maps"})
		return
	}
	switch t.Kind {
	case schema.Text, schema.Unknown:
		if t.Word != schema.LiteralWord {
			*texts = append(*texts, at)
		}
	case schema.JSON:
		*lists = append(*lists, e.d.JSONTexts(e.based(name+" as JSON", e.d.JSONWhole(at))))
	case schema.Struct:
		for _, member := range t.Members {
			e.stringsOf(sqltree.Member{Of: at, Name: member.Name}, name, member.Type, depth, texts, lists)
		}
	case schema.Array:
		e.stringsOfEach(at, name, *t.Element, depth, lists)
	case schema.Map:
		e.stringsOfEach(sqltree.Fn("map_values", at), name, *t.Element, depth, lists)
	case schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date: // no strings
	}
}

// stringsOfEach adds the strings of each element of a list.
func (e *emitter) stringsOfEach(list sqltree.Expr, name string, element schema.Type, depth int, lists *[]sqltree.Expr) {
	if element.Kind == schema.Text {
		*lists = append(*lists, list)
		return
	}
	k := "k" + strings.Repeat("_", depth)
	var texts sqltree.List
	var inner []sqltree.Expr
	direct := e.direct
	e.direct = true // a base cannot read the parameter of a lambda
	e.stringsOf(sqltree.Name{k}, name, element, depth+1, &texts, &inner)
	e.direct = direct
	if len(texts) > 0 {
		inner = append(inner, texts)
	}
	for _, of := range inner {
		*lists = append(*lists, e.d.Flatten(e.d.Transform(list, k, of)))
	}
}
