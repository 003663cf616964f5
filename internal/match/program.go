// Package match is the native matcher. It compiles bound queries to a Program and matches events against it.
//
// Matching has two steps. An index finds the few queries that an event may match: each query has anchors, of which an event
// must contain at least one, such as certain values of eventName or a literal in a command line. Then the candidates are
// evaluated exactly; predicates that rules share are evaluated once per event. So the cost depends on the number of
// candidates, not on the number of rules. Comparisons follow package value and docs/meaning.md. Tests compare the results
// with a naive evaluator that is written from docs/meaning.md alone.
package match

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// A Program is a set of compiled queries. It is immutable and safe for concurrent use.
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
	asked    []int      // slots of the fields for Leaves
	lists    int        // nodes that look into lists
}

// A slot is a field that a query reads.
type slot struct {
	name    string
	paths   []value.Path
	entries [][]value.Entry // by path: the keys of the event's root that lead into it
	// key is the root key that equals the whole first path, -1 if the path has more than one key. only is set if there is no
	// other path.
	key  int
	only bool
}

// Compile compiles bound queries. Match returns indexes in queries. fields are bound fields whose values Matcher.Leaves returns
// by index; nil if there are none.
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
