package sigma

import (
	"fmt"
	"slices"
)

// maxAlternatives limits the maps that expanding a search may give, and the items in them.
const maxAlternatives = 10_000

// Normalize converts the detection to the form that YAML can express and that Parse returns: a search is a map of
// items, a list of keywords, or a list of both; operators of a condition have at least two operands. It expands any
// other search, such as an AnyOf inside an AllOf, to an equivalent one of this form. If a search would exceed 10,000
// items, Normalize returns an error that names the search and leaves the detection unchanged.
func (d *Detection) Normalize() error {
	exprs := make([]SearchExpr, len(d.Searches))
	for i, s := range d.Searches {
		expr, err := normalSearch(s.Expr)
		if err != nil {
			return fmt.Errorf("search %s: %w", s.Name, err)
		}
		exprs[i] = expr
	}
	for i, s := range d.Searches {
		s.Expr = exprs[i]
	}
	for _, c := range d.Conditions {
		c.Expr = RewriteCondition(c.Expr, func(e ConditionExpr) ConditionExpr {
			if _, not := e.(*NotExpr); !not {
				if operands := conditionOperands(e); len(operands) == 1 {
					return operands[0]
				}
			}
			return e
		})
	}
	return nil
}

// alternative is an entry of a list: a map of items, all of which must match, or a list of keywords.
type alternative struct {
	items []*Item
	// keywords is set for plain values: one item without field and modifiers.
	keywords bool
}

func (item *Item) isKeywords() bool { return item.Field == "" && len(item.Modifiers) == 0 }

// alternatives expands a search into a list of alternatives. left is the number of items that may still be added;
// alternatives returns nil if it is exceeded.
func alternatives(expr SearchExpr, left *int) []alternative {
	switch e := expr.(type) {
	case *Item:
		*left--
		return []alternative{{items: []*Item{e}, keywords: e.isKeywords()}}
	case *AnyOf:
		var all []alternative
		for _, operand := range e.Exprs {
			all = append(all, alternatives(operand, left)...)
		}
		return all
	case *AllOf:
		products := []alternative{{}}
		for _, operand := range e.Exprs {
			factors := alternatives(operand, left)
			var next []alternative
			for _, product := range products {
				for _, factor := range factors {
					if *left -= len(product.items) + len(factor.items); *left < 0 {
						return nil
					}
					// The products must not share memory: one is extended by several factors.
					items := make([]*Item, 0, len(product.items)+len(factor.items))
					next = append(next, alternative{items: append(append(items, product.items...), factor.items...)})
				}
			}
			products = next
		}
		return products
	}
	panic(fmt.Sprintf("egret bug: search %T", expr))
}

// normalSearch returns a search in the form that Parse gives.
func normalSearch(expr SearchExpr) (SearchExpr, error) {
	if isNormal(expr) {
		return expr, nil
	}
	left := maxAlternatives
	list := alternatives(expr, &left)
	if left < 0 {
		return nil, fmt.Errorf("expanding it to a list of maps gives more than %d items", maxAlternatives)
	}
	_, isList := expr.(*AnyOf)
	switch {
	case len(list) == 0: // always false
		list = []alternative{{items: []*Item{presence("true"), presence("false")}}}
	case slices.ContainsFunc(list, func(a alternative) bool { return len(a.items) == 0 }): // always true
		list = []alternative{{items: []*Item{presence("true")}}, {items: []*Item{presence("false")}}}
	}
	out := &AnyOf{}
	switch e := expr.(type) {
	case *AnyOf:
		out.Span = e.Span
	case *AllOf:
		out.Span = e.Span
	case *Item:
		out.Span = e.Span
	}
	var last *Item // the keywords at the end of the list, nil if it does not end with keywords
	for _, a := range list {
		switch {
		case !a.keywords:
			all := &AllOf{Span: out.Span}
			for _, item := range a.items {
				all.Exprs = append(all.Exprs, item.Clone()) // an item may occur in several maps
			}
			out.Exprs, last = append(out.Exprs, all), nil
		case last == nil:
			last = a.items[0].Clone()
			out.Exprs = append(out.Exprs, last)
		default: // neighbouring keywords become one item
			last.Values = append(last.Values, a.items[0].Values...)
			for _, id := range a.items[0].Applied {
				MarkApplied(&last.Applied, id)
			}
		}
	}
	if len(out.Exprs) == 1 && (!isList || last != nil) {
		return out.Exprs[0], nil
	}
	return out, nil
}

// isNormal reports whether Parse could return a search of this shape.
func isNormal(expr SearchExpr) bool {
	switch e := expr.(type) {
	case *Item:
		return e.isKeywords()
	case *AllOf:
		return isMap(e)
	case *AnyOf:
		keywords, maps := false, false
		for _, operand := range e.Exprs {
			item, ok := operand.(*Item)
			switch {
			case ok && (keywords || !item.isKeywords()):
				return false
			case !ok && !isMap(operand):
				return false
			}
			keywords, maps = ok, maps || !ok
		}
		return maps
	}
	return false
}

func isMap(expr SearchExpr) bool {
	all, ok := expr.(*AllOf)
	return ok && len(all.Exprs) > 0 && !slices.ContainsFunc(all.Exprs, func(e SearchExpr) bool {
		_, ok := e.(*Item)
		return !ok
	})
}

// presence returns an item that tests whether any field exists.
func presence(value string) *Item {
	return &Item{Field: "field", Modifiers: []Modifier{{Name: "exists"}}, Values: []Value{{Kind: BoolValue, Text: value}}}
}
