package stixhunt

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
)

func sortedTexts(m map[string][]int) []string { return slices.Sorted(maps.Keys(m)) }

func sortedNetworks(m map[netip.Prefix][]int) []netip.Prefix {
	return slices.SortedFunc(maps.Keys(m), func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
}

// listed returns the operands of an OR; of an AND among them the first comparison alone, which is a superset.
func listed(e ir.Expr) []ir.Expr {
	switch e := e.(type) {
	case *ir.OrExpr:
		var list []ir.Expr
		for _, operand := range e.Operands {
			list = append(list, listed(operand)...)
		}
		return list
	case *ir.AndExpr:
		return e.Operands[:1]
	}
	return []ir.Expr{e}
}

// gathered returns an expression in which lists take the place of comparisons with texts and networks, one for each field. Lists
// ignore case, so the result is a superset.
func gathered(e ir.Expr, name string) ir.Expr {
	type values struct {
		texts    []string
		networks []netip.Prefix
	}
	byField := map[string]*values{}
	var fields []string
	of := func(f *ir.Field) *values {
		v := byField[f.Name]
		if v == nil {
			v = &values{}
			byField[f.Name], fields = v, append(fields, f.Name)
		}
		return v
	}
	var rest []ir.Expr
	for _, operand := range listed(e) {
		switch leaf := operand.(type) {
		case *ir.StringExpr:
			if leaf.Op == ir.Equal && len(leaf.Pattern) < 2 && (len(leaf.Pattern) == 0 || leaf.Pattern[0].Kind == ir.Literal) {
				text := ""
				if len(leaf.Pattern) == 1 {
					text = leaf.Pattern[0].Text
				}
				of(&leaf.Field).texts = append(of(&leaf.Field).texts, text)
				continue
			}
		case *ir.CIDRExpr:
			of(&leaf.Field).networks = append(of(&leaf.Field).networks, leaf.Prefix)
			continue
		}
		rest = append(rest, operand)
	}
	lists := map[string]*ir.List{}
	for _, field := range fields {
		v := byField[field]
		slices.Sort(v.texts)
		list := ir.NewList(name, slices.Compact(v.texts), v.networks)
		if same := lists[list.Sum]; same != nil {
			list = same
		}
		lists[list.Sum] = list
		rest = append(rest, &ir.ListExpr{Field: ir.Field{Name: field}, List: list})
	}
	if len(rest) == 1 {
		return rest[0]
	}
	return &ir.OrExpr{Operands: rest}
}
