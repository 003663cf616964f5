// Package match is the native engine's matcher: it compiles bound queries to a Program and holds events against it.
//
// A Program has two parts. An index finds the few queries that an event may satisfy: each query is anchored on something
// that must be in the event for the query to hold, such as one of some values of eventName or a literal within a command
// line. Then the candidates are evaluated exactly; predicates that rules share are evaluated once an event. So cost
// follows the number of candidates, not the number of rules. Comparisons are those of package value and of the design's
// tables; a naive evaluator written from these tables alone is the judge in tests.
package match

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// Program is a set of compiled queries. It does not change and is safe for concurrent use.
type Program struct {
	queries  []*node
	slots    []slot
	keys     *value.KeyTable
	nodes    int   // ids given to nodes
	always   []int // queries without an anchor
	anchored []anchoredSlot
	keywords *literals // anchors in any string of the event, nil if there are none
	atoms    []atom
	anchors  [][]atomID // by query
	asked    []int      // slots of the fields that Leaves gives
}

// slot is a field that some query reads.
type slot struct {
	name    string
	paths   []value.Path
	entries [][]value.Entry // by path: the keys of the event's root that lead into it
}

// Compile builds a program of bound queries. The index of a query in the list is what Match returns. Fields, bound too,
// are those whose values are asked for with Matcher.Leaves, by their index; nil if there are none.
func Compile(queries []ir.Expr, fields []ir.Field) *Program {
	p := &Program{keys: value.NewKeyTable()}
	c := &compiler{program: p, leaves: map[string]*node{}, slots: map[string]int{}, anchors: anchors{ids: map[atom]atomID{}}}
	for _, query := range queries {
		p.queries = append(p.queries, c.compile(query))
	}
	for _, field := range fields {
		p.asked = append(p.asked, c.slot(field))
	}
	c.buildIndex()
	return p
}
