package sigma

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// nested makes a search of any shape, deeper and odder than YAML can say.
func (m treeMaker) nested(depth int) SearchExpr {
	var exprs []SearchExpr
	for range m.IntN(4) {
		exprs = append(exprs, m.nestedChild(depth))
	}
	switch {
	case depth > 2 || m.IntN(4) == 0:
		return m.letterItem()
	case m.IntN(2) == 0:
		return &AnyOf{Exprs: exprs}
	}
	return &AllOf{Exprs: exprs}
}

func (m treeMaker) nestedChild(depth int) SearchExpr {
	if depth > 2 {
		return m.letterItem()
	}
	return m.nested(depth + 1)
}

// letterItem is one of few items, so that equal keys meet. Half of them have no field.
func (m treeMaker) letterItem() *Item {
	item := &Item{Field: []string{"", "", "a", "b"}[m.IntN(4)]}
	for range 1 + m.IntN(2) {
		item.Values = append(item.Values, Value{Text: string(rune('p' + m.IntN(3)))})
	}
	switch m.IntN(3) {
	case 0:
		item.Modifiers = []Modifier{{Name: "re"}}
	case 1:
		item.Modifiers = []Modifier{{Name: "contains"}, {Name: "all"}}
	}
	return item
}

// holds evaluates a search where an item's values are true or false by a random choice for each key and value.
func holds(expr SearchExpr, choice map[string]bool, random *rand.Rand) bool {
	switch e := expr.(type) {
	case *AnyOf:
		for _, operand := range e.Exprs {
			if holds(operand, choice, random) {
				return true
			}
		}
		return false
	case *AllOf:
		for _, operand := range e.Exprs {
			if !holds(operand, choice, random) {
				return false
			}
		}
		return true
	case *Item:
		if strings.HasSuffix(e.key(), "|exists") {
			return e.Values[0].Text == "true"
		}
		all := strings.HasSuffix(e.key(), "|all")
		for _, v := range e.Values {
			key := fmt.Sprintf("%s=%d %s", strings.TrimSuffix(e.key(), "|all"), v.Kind, v.Text)
			truth, known := choice[key]
			if !known {
				truth = random.IntN(2) == 0
				choice[key] = truth
			}
			if truth != all {
				return truth
			}
		}
		return all
	}
	panic("unknown")
}

// Whatever search a program builds, its printed form is read without an error and means the same; printing what was read
// gives the same text.
func TestSearchesOfAnyShapeKeepTheirMeaning(t *testing.T) {
	for seed := range uint64(3000) {
		m := treeMaker{rand.New(rand.NewPCG(seed, 7))}
		built := m.nested(0)
		text := PrintRule(&Rule{Meta: Meta{Title: "t"}, LogSource: LogSource{Product: "test"}, Detection: Detection{
			Searches:   []*Search{{Name: "selection", Expr: built}},
			Conditions: []*Condition{{Expr: &IdentifierExpr{Name: "selection"}}},
		}})
		collection, list := parseText(text)
		if list.HasErrors() || len(collection.Rules) != 1 {
			t.Fatalf("seed %d: %v\n%s", seed, list, text)
		}
		read := collection.Rules[0].Detection.Searches[0].Expr
		for range 20 {
			choice := map[string]bool{}
			if want, got := holds(built, choice, m.Rand), holds(read, choice, m.Rand); got != want {
				t.Fatalf("seed %d: %v, want %v where %v\n%s\nof %s", seed, got, want, choice, text, dump(built))
			}
		}
		if again := PrintRule(collection.Rules[0]); again != text {
			t.Fatalf("seed %d:\n%s\nis printed anew as\n%s", seed, text, again)
		}
	}
}

func TestAnOrInsideAnAndIsPrinted(t *testing.T) {
	item := func(field string, values ...string) *Item {
		item := &Item{Field: field}
		for _, v := range values {
			item.Values = append(item.Values, Value{Text: v})
		}
		return item
	}
	var w yamlWriter
	w.search(&AllOf{Exprs: []SearchExpr{
		item("eventName", "StopLogging"),
		&AnyOf{Exprs: []SearchExpr{item("awsRegion", "us-east-1"), item("errorCode", "AccessDenied", "Failed")}},
	}})
	want := `- eventName: 'StopLogging'
  awsRegion: 'us-east-1'
- eventName: 'StopLogging'
  errorCode:
      - 'AccessDenied'
      - 'Failed'
`
	if got := w.out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Keys that differ by blanks only are one field to Sigma and two keys to YAML.
func TestItemsOfOneKeyRoundTrip(t *testing.T) {
	collection, list := parseText("title: t\nlogsource: {product: p}\ndetection:\n    s: {a|contains: x, 'a|contains ': y, ' a|contains': z, '': k, ' ': l}\n    condition: s\n")
	expectCodes(t, list, "")
	if n := len(collection.Rules[0].Detection.Searches[0].Expr.(*AllOf).Exprs); n != 5 {
		t.Fatalf("%d items", n)
	}
	checkRoundTrip(t, collection)
}
