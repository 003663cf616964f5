package sigma

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/egret-hunt/egret/source"
)

// addresses collects where the tree keeps what may change: pointers and the memory of slices, but files and unknown values.
func addresses(tree any) map[uintptr]string {
	out := map[uintptr]string{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() || v.Type() == reflect.TypeFor[*source.File]() {
				return
			}
			if _, seen := out[v.Pointer()]; seen {
				return
			}
			out[v.Pointer()] = v.Type().String()
			walk(v.Elem())
		case reflect.Interface:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type() == reflect.TypeFor[Unknown]() && v.Type().Field(i).Name == "Value" {
					continue
				}
				walk(v.Field(i))
			}
		case reflect.Slice:
			if v.Cap() > 0 {
				out[v.Pointer()] = v.Type().String()
			}
			for i := range v.Len() {
				walk(v.Index(i))
			}
		default:
		}
	}
	walk(reflect.ValueOf(tree))
	return out
}

// A clone is the same tree, spans included, and shares no memory with it that may change.
func TestClonesShareNothing(t *testing.T) {
	var trees []*Collection
	for seed := range uint64(200) {
		m := treeMaker{rand.New(rand.NewPCG(seed, 3))}
		trees = append(trees, &Collection{
			Rules:        []*Rule{{Meta: m.meta(), LogSource: m.logSource(), Detection: m.detection()}},
			Correlations: []*Correlation{m.correlation()},
			Filters:      []*Filter{{Meta: m.meta(), LogSource: m.logSource(), Rules: m.references(), Detection: m.detection()}},
		})
	}
	parsed, _ := parseText(exampleRule + "---\n" + exampleCorrelation + "---\n" + exampleFilter +
		"---\ntitle: old\nlogsource: {product: p}\ndetection: {a: {b: 1}, condition: a | count(f) by g > 5, timeframe: 1h}\n" +
		"---\ntitle: extended\ncorrelation: {type: temporal, rules: [a, b], timespan: 1h, group-by: [g], condition: a and not b}\n")
	if len(parsed.Correlations) != 3 || parsed.Correlations[1].FromRule == nil && parsed.Correlations[2].FromRule == nil {
		t.Fatal("the examples are not what the test needs")
	}
	WalkSearch(parsed.Rules[0].Detection.Searches[0].Expr, func(e SearchExpr) bool {
		if item, ok := e.(*Item); ok {
			MarkApplied(&item.Applied, "x")
		}
		return true
	})
	for _, tree := range append(trees, parsed) {
		copied := tree.Clone()
		if !reflect.DeepEqual(tree, copied) {
			t.Fatalf("the clone differs\n%s\n%s", dump(tree), dump(copied))
		}
		original := addresses(tree)
		for address, what := range addresses(copied) {
			if _, shared := original[address]; shared {
				t.Fatalf("the clone shares a %s", what)
			}
		}
	}
}

func TestRewritingASearch(t *testing.T) {
	collection, _ := parseText("title: t\nlogsource: {product: p}\ndetection:\n    s:\n        - a|re: x\n          b: [1, 2]\n        - c: 3\n        - word\n    condition: s\n")
	search := collection.Rules[0].Detection.Searches[0]
	place := search.Expr.(*AnyOf).Exprs[0].(*AllOf).Exprs[0].(*Item).FieldSpan
	// One field becomes two, one goes away with its map.
	search.Expr = RewriteSearch(search.Expr, func(e SearchExpr) SearchExpr {
		item, ok := e.(*Item)
		switch {
		case !ok || item.Field == "":
			return e
		case item.Field == "c":
			return nil
		case item.Field == "a":
			MarkApplied(&item.Applied, "map")
			MarkApplied(&item.Applied, "map")
			first, second := item.Clone(), item.Clone()
			first.Field, second.Field = "x", "y"
			MarkApplied(&second.Applied, "suffix")
			return &AnyOf{Exprs: []SearchExpr{first, second}, Span: item.Span}
		}
		return e
	})
	var seen []string
	WalkSearch(search.Expr, func(e SearchExpr) bool {
		switch e := e.(type) {
		case *AnyOf:
			seen = append(seen, "any")
		case *AllOf:
			seen = append(seen, "all")
		case *Item:
			seen = append(seen, e.Field)
			if e.Field == "y" && (!slices.Equal(e.Applied, []string{"map", "suffix"}) || e.FieldSpan != place) {
				t.Errorf("%v %v", e.Applied, e.FieldSpan)
			}
			if e.Field == "x" && !slices.Equal(e.Applied, []string{"map"}) {
				t.Errorf("%v", e.Applied)
			}
		}
		return true
	})
	if want := []string{"any", "all", "any", "x", "y", "b", ""}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
	if left := RewriteSearch(search.Expr, func(e SearchExpr) SearchExpr {
		if _, ok := e.(*Item); ok {
			return nil
		}
		return e
	}); left != nil {
		t.Errorf("%s is left", dump(left))
	}
}

func TestRewritingACondition(t *testing.T) {
	expr, ok := parseCondition("a and not (b or 1 of c*)")
	if !ok {
		t.Fatal("the condition does not parse")
	}
	kept := CloneCondition(expr)
	changed := RewriteCondition(expr, func(e ConditionExpr) ConditionExpr {
		if name, ok := e.(*IdentifierExpr); ok && name.Name == "a" {
			return &OrExpr{Operands: []ConditionExpr{e, &IdentifierExpr{Name: "d"}}}
		}
		return e
	})
	if got := FormatCondition(changed); got != "(a or d) and not (b or 1 of c*)" {
		t.Error(got)
	}
	if got := FormatCondition(kept); got != "a and not (b or 1 of c*)" {
		t.Errorf("the copy became %s", got)
	}
	names := 0
	WalkCondition(changed, func(e ConditionExpr) bool {
		if _, ok := e.(*IdentifierExpr); ok {
			names++
		}
		return true
	})
	if names != 3 {
		t.Errorf("%d names", names)
	}
}
