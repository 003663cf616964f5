package sigma

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSearches limits the search identifiers of a detection; public rules have up to 34.
const maxSearches = 4096

// detection reads the detection of a rule. If rules is not nil it reads the filter section of a filter rule and
// stores its `rules` node there. It returns the aggregation of an old condition, nil if there is none.
func (r *reader) detection(d *Detection, n *yaml.Node, rules **yaml.Node) *aggregation {
	resolved := r.resolve(n)
	d.Span = r.nodeSpan(n)
	if resolved.Kind != yaml.MappingNode {
		fault := emptyDetection(r.visible(d.Span))
		if d.Span.Start == d.Span.End {
			fault.Help = "indent the search identifiers and the condition below this key"
		}
		r.add(fault)
		return nil
	}
	var condition *yaml.Node
	for _, p := range r.uniquePairs(resolved, true) {
		switch key := p.key.Value; {
		case key == "condition":
			condition = p.value
		case key == "timeframe":
			d.Timeframe = r.placed(key, p.value)
		case key == "rules" && rules != nil:
			*rules = p.value
		default:
			search := &Search{Name: key, Span: r.nodeSpan(p.key)}
			search.Expr = r.search(search, p.value)
			if search.Expr != nil {
				d.Searches = append(d.Searches, search)
			}
		}
	}
	if len(d.Searches) == 0 {
		if !r.faulty() {
			r.add(emptyDetection(d.Span))
		}
		return nil
	}
	if len(d.Searches) > maxSearches {
		r.add(tooManySearches(d.Searches[maxSearches].Span))
		return nil
	}
	if condition == nil {
		r.add(missingCondition(d.Span, d.Searches))
		return nil
	}
	aggregation := r.conditions(d, condition)
	if aggregation == nil && d.Timeframe.Value != "" && !r.faulty() {
		r.add(unusedTimeframe(d.Timeframe.Span))
	}
	return aggregation
}

// conditions reads `condition`, which is a text or a list of texts.
func (r *reader) conditions(d *Detection, n *yaml.Node) *aggregation {
	nodes := []*yaml.Node{n}
	resolved := r.resolve(n)
	if resolved.Kind == yaml.SequenceNode {
		nodes = resolved.Content
	}
	if len(nodes) == 0 {
		r.add(missingCondition(r.nodeSpan(n), d.Searches))
	}
	names := make(map[string]bool, len(d.Searches))
	for _, s := range d.Searches {
		names[s.Name] = true
	}
	var found *aggregation
	total := 0
	for _, node := range nodes {
		text := r.resolve(node)
		if total += len(text.Value); total > maxCondition && len(nodes) > 1 {
			r.add(conditionTooLong(r.nodeSpan(node), total))
			break
		}
		if text.Kind != yaml.ScalarNode || scalarKind(text) == NullValue {
			r.add(missingCondition(r.nodeSpan(node), d.Searches))
			continue
		}
		condition, aggregation := r.condition(node, false)
		if condition == nil {
			continue
		}
		r.checkNames(d, names, condition.Expr)
		d.Conditions = append(d.Conditions, condition)
		if aggregation != nil {
			found = aggregation
			if len(nodes) > 1 {
				r.add(aggregationInList(aggregation.span))
			}
		}
	}
	return found
}

// search reads the value of a search identifier. It returns nil after an error.
func (r *reader) search(s *Search, n *yaml.Node) SearchExpr {
	resolved := r.resolve(n)
	if !r.spend(resolved, 0) {
		return nil
	}
	switch resolved.Kind { //nolint:exhaustive // a resolved node is a map, a list or a scalar
	case yaml.MappingNode:
		if all := r.allOf(s, n, resolved); all != nil {
			return all
		}
	case yaml.SequenceNode:
		return r.searchList(s, n, resolved)
	case yaml.ScalarNode:
		if scalarKind(resolved) != NullValue {
			if item := r.keywords([]*yaml.Node{n}); item != nil {
				return item
			}
			return nil
		}
		r.add(emptySearch(s.Span, s.Name))
	}
	return nil
}

// searchList reads a list of maps and plain values. Consecutive plain values become one list of keywords.
func (r *reader) searchList(s *Search, n, list *yaml.Node) SearchExpr {
	if len(list.Content) == 0 {
		r.add(emptySearch(s.Span, s.Name))
		return nil
	}
	var exprs []SearchExpr
	for i := 0; i < len(list.Content); {
		child := list.Content[i]
		switch resolved := r.resolve(child); resolved.Kind {
		case yaml.MappingNode:
			if all := r.allOf(s, child, resolved); all != nil {
				exprs = append(exprs, all)
			}
			i++
		case yaml.ScalarNode:
			first := i
			for i < len(list.Content) && r.resolve(list.Content[i]).Kind == yaml.ScalarNode {
				i++
			}
			if item := r.keywords(list.Content[first:i]); item != nil {
				exprs = append(exprs, item)
			}
		default:
			r.add(nestedList(r.nodeSpan(child)))
			i++
		}
	}
	if len(exprs) == 0 {
		return nil
	}
	if item, ok := exprs[0].(*Item); ok && len(exprs) == 1 {
		return item
	}
	return &AnyOf{Exprs: exprs, Span: r.nodeSpan(n)}
}

// keywords returns an item for plain values without a field.
func (r *reader) keywords(nodes []*yaml.Node) *Item {
	item := &Item{Values: make([]Value, 0, len(nodes))}
	for _, n := range nodes {
		if value, ok := r.value(n); !ok {
			continue
		} else if value.Kind == NullValue {
			r.add(nullKeyword(value.Span))
		} else {
			item.Values = append(item.Values, value)
		}
	}
	if len(item.Values) == 0 {
		return nil
	}
	item.Span = covering(item.Values[0].Span, item.Values[len(item.Values)-1].Span)
	return item
}

// allOf reads a map of fields. It returns nil if errors leave no item.
func (r *reader) allOf(s *Search, n, m *yaml.Node) *AllOf {
	if !r.spend(m, 0) {
		return nil
	}
	if len(m.Content) == 0 {
		r.add(emptySearch(s.Span, s.Name))
		return nil
	}
	all := &AllOf{Exprs: make([]SearchExpr, 0, len(m.Content)/2), Span: r.nodeSpan(n)}
	for _, p := range r.uniquePairs(m, true) {
		if item := r.item(p); item != nil {
			all.Exprs = append(all.Exprs, item)
		}
	}
	if len(all.Exprs) == 0 {
		return nil
	}
	return all
}

// item reads `field|modifier: values`.
func (r *reader) item(p pair) *Item {
	item := &Item{}
	r.fieldKey(item, p.key)
	values := r.resolve(p.value)
	nodes := []*yaml.Node{p.value}
	if values.Kind == yaml.SequenceNode {
		if !r.spend(values, 0) {
			return nil
		}
		nodes = values.Content
		if len(nodes) == 0 {
			r.add(emptyValues(r.nodeSpan(p.value), p.key.Value))
			return nil
		}
	}
	item.Values = make([]Value, 0, len(nodes))
	for _, n := range nodes {
		if value, ok := r.value(n); ok {
			item.Values = append(item.Values, value)
		}
	}
	if len(item.Values) == 0 {
		return nil
	}
	// A key that aliases an anchor elsewhere in the file must not give a span that ends before it starts.
	start := r.start(p.key)
	item.Span = r.span(start, max(r.end(p.key), r.end(p.value)))
	r.checkItem(item)
	return item
}

// fieldKey splits `field|modifier|…` and trims white space around the parts.
func (r *reader) fieldKey(item *Item, key *yaml.Node) {
	place := r.placer(key)
	for start, first := 0, true; ; first = false {
		end := len(key.Value)
		if i := strings.IndexByte(key.Value[start:], '|'); i >= 0 {
			end = start + i
		}
		part := key.Value[start:end]
		left := start + len(part) - len(strings.TrimLeft(part, " \t"))
		name := strings.Trim(part, " \t")
		span := place.span(left, left+len(name))
		if first {
			item.Field, item.FieldSpan = name, span
		} else {
			item.Modifiers = append(item.Modifiers, Modifier{name, span})
		}
		if end == len(key.Value) {
			return
		}
		start = end + 1
	}
}

// value reads one value. It returns false after an error.
func (r *reader) value(n *yaml.Node) (Value, bool) {
	resolved := r.resolve(n)
	if resolved.Kind != yaml.ScalarNode {
		r.add(nestedValue(r.nodeSpan(n)))
		return Value{}, false
	}
	if resolved.Style&yaml.TaggedStyle != 0 && !knownTag(resolved) {
		r.add(unusableTag(r.nodeSpan(n), resolved.Tag))
	}
	kind := scalarKind(resolved)
	return Value{Kind: kind, Text: scalarText(resolved, kind), Span: r.nodeSpan(n)}, true
}

// knownTag reports whether an explicit tag is a standard one that determines the type of the value.
func knownTag(n *yaml.Node) bool {
	switch kind := scalarKind(n); n.Tag {
	case "!!str", "!":
		return true
	case "!!int", "!!float":
		return kind == NumberValue
	case "!!bool":
		return kind == BoolValue
	case "!!null":
		return kind == NullValue
	}
	return false
}

// Select returns the searches that a selector's pattern matches, in the order of the file.
func (d *Detection) Select(pattern string) []*Search {
	var out []*Search
	for _, s := range d.Searches {
		if Selects(pattern, s.Name) {
			out = append(out, s)
		}
	}
	return out
}

// Selects reports whether a selector's pattern, such as `them` or `sel_*`, matches a name. A name that begins with an
// underscore matches only a pattern that begins with one (as in pySigma; the specification requires it for "them").
func Selects(pattern, name string) bool {
	if strings.HasPrefix(name, "_") && !strings.HasPrefix(pattern, "_") {
		return false
	}
	return pattern == "them" || matchPattern(pattern, name)
}

// matchPattern reports whether a name matches a pattern in which `*` matches any run of characters.
func matchPattern(pattern, name string) bool {
	first, rest, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == name
	}
	middle, last := "", rest
	if i := strings.LastIndexByte(rest, '*'); i >= 0 {
		middle, last = rest[:i], rest[i+1:]
	}
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for middle != "" {
		var part string
		part, middle, _ = strings.Cut(middle, "*")
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return true
}

// checkNames reports identifiers and patterns of a condition that match no search identifier. It stops after a
// hundred reports.
func (r *reader) checkNames(d *Detection, names map[string]bool, expr ConditionExpr) {
	if r.errors > r.documentErrors+100 {
		return
	}
	switch e := expr.(type) {
	case *AndExpr:
		for _, operand := range e.Operands {
			r.checkNames(d, names, operand)
		}
	case *OrExpr:
		for _, operand := range e.Operands {
			r.checkNames(d, names, operand)
		}
	case *NotExpr:
		r.checkNames(d, names, e.Operand)
	case *IdentifierExpr:
		if !names[e.Name] {
			r.add(unknownSearch(e.Span, e.Name, d.Searches))
		}
	case *SelectorExpr:
		switch n := len(d.Select(e.Pattern)); {
		case n == 0:
			r.add(emptySelector(e.Span, e.Pattern, e.All && !r.outlined))
		case !e.All && e.Count > n:
			r.add(unreachableCount(e.Span, e.Count, n))
		}
	}
}
