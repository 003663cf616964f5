package sigma

import (
	"slices"
	"strings"
)

// alternative is an entry of a search that is a list: a map of items, all of which must hold, or a list of keywords.
type alternative struct {
	items []*Item
	// keywords says that it is no map but plain values: one item without field and modifiers.
	keywords bool
}

// alternatives multiplies a search out. What Parse gives has this form already.
func alternatives(expr SearchExpr) []alternative {
	switch e := expr.(type) {
	case *Item:
		return []alternative{{items: []*Item{e}, keywords: e.Field == "" && len(e.Modifiers) == 0}}
	case *AnyOf:
		var all []alternative
		for _, operand := range e.Exprs {
			all = append(all, alternatives(operand)...)
		}
		return all
	case *AllOf:
		products := []alternative{{}}
		for _, operand := range e.Exprs {
			factors := alternatives(operand)
			var next []alternative
			for _, product := range products {
				for _, factor := range factors {
					// The products share no memory: one is extended by several factors.
					items := make([]*Item, 0, len(product.items)+len(factor.items))
					next = append(next, alternative{items: append(append(items, product.items...), factor.items...)})
				}
			}
			products = next
		}
		return products
	}
	panic("egret bug: a search of an unknown kind")
}

// search writes what a search identifier stands for, below its key: a map, or a list of maps and plain values.
func (w *yamlWriter) search(expr SearchExpr) {
	list := alternatives(expr)
	_, isList := expr.(*AnyOf)
	switch {
	case len(list) == 0: // an empty list, which never holds
		list = []alternative{{items: []*Item{presence("true"), presence("false")}}}
	case slices.ContainsFunc(list, func(a alternative) bool { return len(a.items) == 0 }): // an empty map, which always does
		list = []alternative{{items: []*Item{presence("true")}}, {items: []*Item{presence("false")}}}
	}
	if len(list) == 1 && !isList && !list[0].keywords {
		w.items(list[0].items, "")
		return
	}
	for _, a := range list {
		if !a.keywords {
			w.items(a.items, "- ")
			continue
		}
		for _, v := range a.items[0].Values {
			w.line("- " + formatValue(v))
		}
	}
}

// presence is an item that asks whether some field is there.
func presence(value string) *Item {
	return &Item{Field: "field", Modifiers: []Modifier{{Name: "exists"}}, Values: []Value{{Kind: BoolValue, Text: value}}}
}

// items writes a map; the prefix goes before its first line, blanks of the same length before the others.
func (w *yamlWriter) items(items []*Item, prefix string) {
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		key := item.key()
		for seen[key] {
			key += " " // tells equal keys apart; the parser passes over it
		}
		seen[key] = true
		name := quoteValue(key)
		if item.Field != "" && isPlain(strings.ReplaceAll(key, "|", "")) {
			name = key
		}
		if len(item.Values) == 1 {
			w.prefixed(prefix, func() { w.entry(name, formatValue(item.Values[0])) })
		} else {
			w.prefixed(prefix, func() { w.key(name) })
			w.depth += len(prefix) / 2
			w.indented(func() {
				for _, v := range item.Values {
					w.line("- " + formatValue(v))
				}
			})
			w.depth -= len(prefix) / 2
		}
		prefix = strings.Repeat(" ", len(prefix))
	}
}

// key is the item's `field|modifier|…`.
func (item *Item) key() string {
	var key strings.Builder
	key.WriteString(item.Field)
	for _, m := range item.Modifiers {
		key.WriteString("|" + m.Name)
	}
	return key.String()
}
