package sigma

import (
	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// Parse reads the documents of a rule file: detection rules, correlations and filters. It resolves the old `action`
// documents and turns old aggregations into correlations. The Collection is never nil. A document with an error is
// left out; the others stay. The list holds a diagnostic for each violation of the specification, in the order of the
// file. Parse keeps no state and is safe for concurrent use.
func Parse(file *source.File) (*Collection, diag.List) {
	r := &reader{file: file}
	collection := &Collection{}
	r.parse(collection)
	return collection, r.diags
}

// parse reads the whole file and sorts its diagnostics.
func (r *reader) parse(collection *Collection) {
	if r.checkText() {
		r.documents(collection)
	} else {
		r.refuseText(collection, 0, len(r.file.Text))
	}
	r.diags.Sort()
}

// documents reads all documents of the file into the collection.
func (r *reader) documents(collection *Collection) {
	var legacy actions
	found := false
	for _, c := range r.chunks() {
		before := r.errors
		r.documentErrors = before
		root := r.decode(c)
		if root == nil && r.errors > before {
			r.refuseText(collection, c.start, c.end)
		}
		if root == nil || root.Kind == yaml.ScalarNode && scalarKind(root) == NullValue {
			found = found || r.errors > before
			continue
		}
		found = true
		r.outline(root)
		if merged := legacy.apply(r, root); merged != nil {
			if merged != root {
				r.outlineMerged(merged)
			}
			r.collect(collection, merged, legacy.sharedID)
		}
		r.document++
	}
	if !found {
		r.add(emptyFile(r.span(0, 0)))
	}
}

// collect reads one document and adds its rule, correlation or filter to the collection.
func (r *reader) collect(collection *Collection, root *yaml.Node, sharedID bool) {
	if root.Kind != yaml.MappingNode {
		r.add(notARule(r.nodeSpan(root), ""))
		return
	}
	pairs := r.uniquePairs(root, false)
	switch documentKind(pairs) {
	case "correlation":
		if c := r.correlation(root, pairs); c != nil && !r.faulty() {
			collection.Correlations = append(collection.Correlations, c)
		} else {
			r.refuseCorrelation(collection, root, pairs)
		}
	case "filter":
		if f := r.filter(root, pairs); f != nil && !r.faulty() {
			collection.Filters = append(collection.Filters, f)
		}
	case "detection":
		rule, aggregation := r.rule(root, pairs)
		if r.faulty() {
			return
		}
		rule.SharedID = sharedID && rule.ID != ""
		if aggregation != nil {
			correlation := r.aggregated(rule, aggregation)
			if r.faulty() {
				return
			}
			collection.Correlations = append(collection.Correlations, correlation)
		}
		collection.Rules = append(collection.Rules, rule)
	default:
		near := nearSection(pairs)
		r.add(notARule(r.nodeSpan(root), near))
		if isNear(near, "correlation", sectionKeys) {
			r.refuseCorrelation(collection, root, pairs)
		}
	}
}

// documentKind returns the section that determines the kind of a document, "" if it has none. As in pySigma, a
// correlation or filter that also has a detection is still a correlation or filter.
func documentKind(pairs []pair) string {
	kind := ""
	for _, p := range pairs {
		switch p.key.Value {
		case "correlation":
			return "correlation"
		case "filter":
			kind = "filter"
		case "detection":
			if kind == "" {
				kind = "detection"
			}
		}
	}
	return kind
}

// nearSection returns a key that may be a misspelling of one of the three sections.
func nearSection(pairs []pair) string {
	for _, p := range pairs {
		if near := diag.Near(p.key.Value, sectionKeys); near != "" {
			return p.key.Value
		}
	}
	return ""
}

// rule reads a detection rule. It also returns the aggregation of an old condition, nil if there is none.
func (r *reader) rule(root *yaml.Node, pairs []pair) (*Rule, *aggregation) {
	rule := &Rule{}
	sections := r.meta(&rule.Meta, root, pairs)
	rule.LogSource = r.logSource(rule.Span, sections.logSource)
	aggregation := r.detection(&rule.Detection, sections.detection, nil)
	return rule, aggregation
}

// filter reads a filter. Its `rules` key is next to the search identifiers, so no search identifier can have that
// name.
func (r *reader) filter(root *yaml.Node, pairs []pair) *Filter {
	filter := &Filter{}
	sections := r.meta(&filter.Meta, root, pairs)
	filter.LogSource = r.logSource(filter.Span, sections.logSource)
	var rules *yaml.Node
	if aggregation := r.detection(&filter.Detection, sections.filter, &rules); aggregation != nil {
		r.add(filterAggregation(aggregation.span))
	}
	if rules == nil {
		r.add(filterWithoutRules(r.nodeSpan(sections.filter)))
		return filter
	}
	for _, rule := range r.once(r.references("rules", rules)) {
		if equalFold(rule.Value, "any") {
			filter.Any = true
		} else {
			filter.Rules = append(filter.Rules, rule)
		}
	}
	if filter.Any {
		filter.Rules = nil
	} else if len(filter.Rules) == 0 {
		r.add(filterWithoutRules(r.nodeSpan(rules)))
	}
	for _, condition := range filter.Detection.Conditions {
		if !hasNot(condition.Expr) {
			r.add(filterWithoutNot(condition.Span))
		}
	}
	return filter
}

// references reads names or ids of rules.
func (r *reader) references(key string, n *yaml.Node) []Text {
	list := r.texts(key, n)
	out := list[:0]
	for _, t := range list {
		if t.Value == "" {
			r.add(wrongType(t.Span, key, "names or ids of rules"))
			continue
		}
		out = append(out, t)
	}
	return out
}

// once removes references that occur earlier in the list, with a diagnostic for each.
func (r *reader) once(list []Text) []Text {
	out := list[:0]
	seen := make(map[string]bool, len(list))
	for _, t := range list {
		if seen[t.Value] {
			r.add(duplicateReference(t.Span, t.Value))
			continue
		}
		seen[t.Value] = true
		out = append(out, t)
	}
	return out
}

func hasNot(expr ConditionExpr) bool {
	switch e := expr.(type) {
	case *NotExpr:
		return true
	case *AndExpr:
		return anyHasNot(e.Operands)
	case *OrExpr:
		return anyHasNot(e.Operands)
	}
	return false
}

func anyHasNot(operands []ConditionExpr) bool {
	for _, operand := range operands {
		if hasNot(operand) {
			return true
		}
	}
	return false
}
