package sigma

import "strings"

// search writes the value of a search identifier below its key: a map, or a list of maps and plain values. For other
// shapes it sets the writer's fault.
func (w *yamlWriter) search(expr SearchExpr) {
	if !isNormal(expr) {
		w.fault = errNotNormal
		return
	}
	switch e := expr.(type) {
	case *Item:
		w.keywords(e)
	case *AllOf:
		w.items(e, "")
	case *AnyOf:
		for _, operand := range e.Exprs {
			switch o := operand.(type) {
			case *Item:
				w.keywords(o)
			case *AllOf:
				w.items(o, "- ")
			}
		}
	}
}

func (w *yamlWriter) keywords(item *Item) {
	for _, v := range item.Values {
		w.line("- " + formatValue(v))
	}
}

// items writes a map. The prefix precedes its first line; the other lines are indented to match.
func (w *yamlWriter) items(all *AllOf, prefix string) {
	seen := make(map[string]bool, len(all.Exprs))
	for _, e := range all.Exprs {
		item, ok := e.(*Item)
		if !ok {
			panic("egret bug: a map entry that is not an item")
		}
		key := item.key()
		for seen[key] {
			key += " " // makes equal keys distinct; the parser ignores it
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

// key returns the item's `field|modifier|…`.
func (item *Item) key() string {
	var key strings.Builder
	key.WriteString(item.Field)
	for _, m := range item.Modifiers {
		key.WriteString("|" + m.Name)
	}
	return key.String()
}
