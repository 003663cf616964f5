package match

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// nodeKind is the type of a compiled node.
type nodeKind uint8

const (
	constNode nodeKind = iota
	andNode
	orNode
	notNode
	globNode     // glob over the texts of slot
	setNode      // any text of slot, lower-cased, is in set
	numberNode   // number op over slot
	boolNode     // boolean over slot
	orderNode    // texts of slot against order
	existsNode   // slot has a leaf
	regexNode    // regular expression over the texts of slot
	cidrNode     // prefix over slot
	cidrSetNode  // any address of slot is in a network of list
	listNode     // any text of slot is in list, or any address in a network of it
	fieldRefNode // texts of slot against texts of other
	timePartNode // part of a time in slot, compared as number
	keywordNode  // glob over every string of the event
	keywordRegex // regular expression over every string of the event
)

// A node is a compiled node. Rules share leaves, and a matcher caches their results for the current event.
type node struct {
	kind     nodeKind
	cased    bool
	truth    bool // constNode, boolNode
	op       ir.StringOp
	number   ir.NumberOp
	part     ir.TimePart
	weight   int // what cost gave, 0 before
	id       int // where a matcher keeps what it learns of the node; unused for not and const
	slot     int
	other    int
	operands []*node
	glob     *glob
	set      map[string]struct{}
	decimal  value.Decimal
	regex    *regexp.Regexp
	steps    int // of regex, about
	prefix   netip.Prefix
	list     *list     // of cidrSetNode and listNode
	recent   int       // of listNode: its cache in a matcher
	atoms    []atomID  // of a leaf: at least one is in every event for which it holds; none if it has none
	filter   *literals // of regexNode: texts without any of these cannot match; nil if there are none
	order    []byte    // of orderNode
}

// A compiler builds nodes, one for each distinct leaf.
type compiler struct {
	program *Program
	leaves  map[string]*node // by key, see appendLeafKey
	slots   map[string]int   // by field name
	lists   map[string]*list // by their sums
	key     []byte
	anchors anchors
}

func (c *compiler) compile(e ir.Expr) *node {
	switch e := e.(type) {
	case *ir.ConstExpr:
		return &node{kind: constNode, truth: e.Value}
	case *ir.AndExpr:
		return &node{kind: andNode, id: c.newID(), operands: cheapFirst(c.compileAll(e.Operands))}
	case *ir.OrExpr:
		return &node{kind: orNode, id: c.newID(), operands: cheapFirst(c.compileAny(e.Operands))}
	case *ir.NotExpr:
		return &node{kind: notNode, operands: []*node{c.compile(e.Operand)}}
	case *ir.NullExpr:
		exists := c.leaf(&ir.ExistsExpr{Field: e.Field, Span: e.Span})
		return &node{kind: notNode, operands: []*node{exists}}
	}
	return c.leaf(e)
}

// cheapFirst sorts the operands of And or Or by cost, which is correct since predicates have no side effects.
func cheapFirst(nodes []*node) []*node {
	for _, n := range nodes {
		if n.weight == 0 {
			n.weight = n.cost()
		}
	}
	slices.SortStableFunc(nodes, func(a, b *node) int { return cmp.Compare(a.weight, b.weight) })
	return nodes
}

// cost estimates the evaluation time of a node.
func (n *node) cost() int {
	switch n.kind {
	case constNode:
		return 0
	case existsNode, setNode, listNode, globNode, boolNode, orderNode:
		return 1
	case numberNode:
		return 2
	case cidrNode, cidrSetNode, fieldRefNode, timePartNode:
		return 4
	case regexNode:
		return 50
	case keywordNode:
		return 200
	case keywordRegex:
		return 2000
	case andNode, orNode, notNode:
		total := 0
		for _, operand := range n.operands {
			if operand.weight == 0 {
				operand.weight = operand.cost()
			}
			total += operand.weight
		}
		return total
	}
	panic("egret bug: node kind")
}

func (c *compiler) compileAll(exprs []ir.Expr) []*node {
	nodes := make([]*node, len(exprs))
	for i, e := range exprs {
		nodes[i] = c.compile(e)
	}
	return nodes
}

// minSet is the minimum number of plain values, or networks, of one field for which a set is worthwhile.
const minSet = 4

// compileAny compiles operands of an OR. It combines comparisons of one field with plain texts into a set, at the position of
// the first one, and networks of one field into another.
func (c *compiler) compileAny(exprs []ir.Expr) []*node {
	if len(exprs) < minSet {
		return c.compileAll(exprs)
	}
	counts, networks := map[string]int{}, map[string]int{}
	for _, e := range exprs {
		if s, ok := plainEqual(e); ok {
			counts[s.Field.Name]++
		} else if cidr, ok := e.(*ir.CIDRExpr); ok {
			networks[cidr.Field.Name]++
		}
	}
	sets, netSets := map[string]*node{}, map[string]*node{}
	var nodes []*node
	for _, e := range exprs {
		if cidr, ok := e.(*ir.CIDRExpr); ok && networks[cidr.Field.Name] >= minSet {
			set := netSets[cidr.Field.Name]
			if set == nil {
				set = &node{kind: cidrSetNode, slot: c.slot(cidr.Field), list: &list{}, id: c.newID()}
				netSets[cidr.Field.Name] = set
				nodes = append(nodes, set)
			}
			set.list.networks.Add(cidr.Prefix, struct{}{})
			continue
		}
		s, ok := plainEqual(e)
		if !ok || counts[s.Field.Name] < minSet {
			nodes = append(nodes, c.compile(e))
			continue
		}
		set := sets[s.Field.Name]
		if set == nil {
			set = &node{kind: setNode, slot: c.slot(s.Field), set: map[string]struct{}{}, id: c.newID()}
			sets[s.Field.Name] = set
			nodes = append(nodes, set)
		}
		text := lowerString(patternText(s.Pattern))
		if _, again := set.set[text]; !again {
			set.set[text] = struct{}{}
			set.atoms = append(set.atoms, c.atomID(atom{exactAtom, set.slot, text}))
		}
	}
	for _, n := range nodes {
		if n.kind == setNode {
			c.count(n.atoms)
		}
	}
	return nodes
}

// plainEqual returns an expression as a comparison of a whole text with a literal, ignoring case.
func plainEqual(e ir.Expr) (*ir.StringExpr, bool) {
	s, ok := e.(*ir.StringExpr)
	if !ok || s.Cased {
		return nil, false
	}
	return plainText(s)
}

// plainText returns an expression as a comparison of a whole text with a literal.
func plainText(s *ir.StringExpr) (*ir.StringExpr, bool) {
	if s.Op != ir.Equal || len(s.Pattern) > 1 || len(s.Pattern) == 1 && s.Pattern[0].Kind != ir.Literal {
		return nil, false
	}
	return s, true
}

func patternText(p ir.Pattern) string {
	if len(p) == 0 {
		return ""
	}
	return p[0].Text
}

func (c *compiler) newID() int {
	c.program.nodes++
	return c.program.nodes - 1
}

// leaf compiles a predicate, or returns the node of an equal predicate of another rule.
func (c *compiler) leaf(e ir.Expr) *node {
	c.key = appendLeafKey(c.key[:0], e)
	n, ok := c.leaves[string(c.key)]
	if !ok {
		key := string(c.key)
		n = c.newLeaf(e)
		n.id = c.newID()
		n.atoms = c.leafAtoms(e)
		c.leaves[key] = n
	}
	c.count(n.atoms)
	return n
}

func (c *compiler) newLeaf(e ir.Expr) *node {
	switch e := e.(type) {
	case *ir.StringExpr:
		return &node{kind: globNode, slot: c.slot(e.Field), cased: e.Cased, glob: newGlob(e.Op, e.Pattern, e.Cased)}
	case *ir.NumberExpr:
		return &node{kind: numberNode, slot: c.slot(e.Field), number: e.Op, decimal: decimal(e.Text)}
	case *ir.TextOrderExpr:
		return &node{kind: orderNode, slot: c.slot(e.Field), number: e.Op, order: []byte(e.Text)}
	case *ir.BoolExpr:
		return &node{kind: boolNode, slot: c.slot(e.Field), truth: e.Value}
	case *ir.ExistsExpr:
		return &node{kind: existsNode, slot: c.slot(e.Field)}
	case *ir.RegexExpr:
		n := &node{kind: regexNode, regex: c.regex(e), steps: regexSteps(e)}
		if e.Field.Name == "" {
			n.kind = keywordRegex
		} else {
			n.slot = c.slot(e.Field)
			n.filter = regexFilter(e)
		}
		return n
	case *ir.CIDRExpr:
		return &node{kind: cidrNode, slot: c.slot(e.Field), prefix: e.Prefix}
	case *ir.ListExpr:
		c.program.lists++
		return &node{kind: listNode, slot: c.slot(e.Field), list: c.list(e.List), recent: c.program.lists - 1}
	case *ir.FieldRefExpr:
		return &node{kind: fieldRefNode, slot: c.slot(e.Field), other: c.slot(e.Other), op: e.Op, cased: e.Cased}
	case *ir.TimePartExpr:
		return &node{kind: timePartNode, slot: c.slot(e.Field), part: e.Part, number: e.Op, decimal: decimal(e.Text)}
	case *ir.KeywordExpr:
		return &node{kind: keywordNode, cased: e.Cased, glob: newGlob(ir.Contains, e.Pattern, e.Cased)}
	}
	panic(fmt.Sprintf("egret bug: expression %T in a detection", e))
}

func decimal(text string) value.Decimal {
	d, ok := value.ParseDecimal([]byte(text))
	if !ok {
		panic("egret bug: number " + text + " was not validated")
	}
	return d
}

// regexFilter returns the literal filter of a regular expression, or nil if it requires no literals.
func regexFilter(e *ir.RegexExpr) *literals {
	set := &literalSet{}
	for _, text := range regexLiterals(e) {
		set.add(text, 0)
	}
	return set.build()
}

// regex compiles a regular expression. Lowering or lower.Runnable has already parsed it with the same flags.
func (c *compiler) regex(e *ir.RegexExpr) *regexp.Regexp {
	flags := ""
	for _, f := range []struct {
		set  bool
		name string
	}{{e.IgnoreCase, "i"}, {e.MultiLine, "m"}, {e.DotAll, "s"}} {
		if f.set {
			flags += f.name
		}
	}
	text := e.Text
	if flags != "" {
		text = "(?" + flags + ")" + text // no group around the text: it may end in a \Q that would quote the bracket
	}
	return regexp.MustCompile(text)
}

// regexSteps estimates the number of instructions of an expression.
func regexSteps(e *ir.RegexExpr) int {
	parsed, err := syntax.Parse(e.Text, e.Syntax())
	if err != nil {
		return 1
	}
	return ir.RegexSteps(parsed)
}

// slot returns the number of a field. Fields with the same name share it.
func (c *compiler) slot(field ir.Field) int {
	if i, ok := c.slots[field.Name]; ok {
		return i
	}
	s := slot{name: field.Name, paths: field.Paths}
	for _, path := range field.Paths {
		if path.Walked() || path.Any && (path.Text == "*" || len(path.Text) > 1 && path.Text[:2] == "*.") {
			s.entries = append(s.entries, nil)
			continue
		}
		s.entries = append(s.entries, c.program.keys.Add(path.Text))
	}
	s.key, s.only = -1, len(s.paths) == 1
	if len(s.entries) > 0 && len(s.entries[0]) == 1 {
		s.key = s.entries[0][0].Key
	}
	i := len(c.program.slots)
	c.program.slots = append(c.program.slots, s)
	c.slots[field.Name] = i
	return i
}
