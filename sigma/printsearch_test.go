package sigma

import (
	"fmt"
	"math/rand/v2"
	"reflect"
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

// Whatever search a program builds, it is printed so that it is read as an equal tree, or there is an error; its normal form
// always has a text, and means the same.
func TestSearchesOfAnyShapeArePrintedOrRefused(t *testing.T) {
	refused := 0
	for seed := range uint64(3000) {
		m := treeMaker{rand.New(rand.NewPCG(seed, 7))}
		built := m.nested(0)
		rule := &Rule{Meta: Meta{Title: "t"}, LogSource: LogSource{Product: "test"}, Detection: Detection{
			Searches:   []*Search{{Name: "selection", Expr: CloneSearch(built)}},
			Conditions: []*Condition{{Expr: &AndExpr{Operands: []ConditionExpr{&IdentifierExpr{Name: "selection"}}}}},
		}}
		if _, err := PrintRule(rule); err == nil {
			t.Fatal("an And of one operand has no text")
		}
		rule.Detection.Conditions[0].Expr = &IdentifierExpr{Name: "selection"}
		text, err := PrintRule(rule)
		if err == nil {
			if read := readRule(t, text); !reflect.DeepEqual(bare(read.Detection), bare(rule.Detection)) {
				t.Fatalf("seed %d is read as another tree:\n%s\nof %s", seed, text, dump(built))
			}
		} else {
			refused++
		}
		if err := rule.Detection.Normalize(); err != nil {
			t.Fatal(err)
		}
		normal, err := PrintRule(rule)
		if err != nil {
			t.Fatalf("seed %d: %v\nof %s\nnormal %s", seed, err, dump(built), dump(rule.Detection.Searches[0].Expr))
		}
		if text != "" && normal != text {
			t.Fatalf("seed %d: the normal form of\n%s\nis\n%s", seed, text, normal)
		}
		read := readRule(t, normal).Detection.Searches[0].Expr
		for range 20 {
			choice := map[string]bool{}
			if want, got := holds(built, choice, m.Rand), holds(read, choice, m.Rand); got != want {
				t.Fatalf("seed %d: %v, want %v where %v\n%s\nof %s", seed, got, want, choice, normal, dump(built))
			}
		}
	}
	if refused < 500 || refused > 2900 {
		t.Errorf("%d of 3000 trees have no text", refused)
	}
}

func readRule(t *testing.T, text string) *Rule {
	t.Helper()
	collection, list := parseText(text)
	if list.HasErrors() || len(collection.Rules) != 1 {
		t.Fatalf("%v\n%s", list, text)
	}
	return collection.Rules[0]
}

// Trees that a program can build but no text expresses are errors, never texts with another meaning.
func TestTreesWithoutTextAreRefused(t *testing.T) {
	item := &Item{Field: "a", Values: []Value{{Text: "x"}}}
	s := func(e SearchExpr) *Rule {
		return &Rule{Meta: Meta{Title: "t"}, LogSource: LogSource{Product: "p"}, Detection: Detection{
			Searches: []*Search{{Name: "s", Expr: e}}, Conditions: []*Condition{{Expr: &IdentifierExpr{Name: "s"}}},
		}}
	}
	c := func(e ConditionExpr) *Rule {
		r := s(&AllOf{Exprs: []SearchExpr{item}})
		r.Detection.Conditions[0].Expr = e
		return r
	}
	name := &IdentifierExpr{Name: "s"}
	for what, rule := range map[string]*Rule{
		"a nil search":                  s(nil),
		"a nil item":                    s(&AllOf{Exprs: []SearchExpr{nil}}),
		"an empty map":                  s(&AllOf{}),
		"an item that is no map":        s(item),
		"an item without values":        s(&AllOf{Exprs: []SearchExpr{&Item{Field: "a"}}}),
		"keywords without values":       s(&Item{}),
		"a null keyword":                s(&Item{Values: []Value{{Kind: NullValue}}}),
		"a bar in a field":              s(&AllOf{Exprs: []SearchExpr{&Item{Field: "a|b", Values: item.Values}}}),
		"a blank field end":             s(&AllOf{Exprs: []SearchExpr{&Item{Field: "a ", Values: item.Values}}}),
		"an unknown modifier":           s(&AllOf{Exprs: []SearchExpr{&Item{Field: "a", Modifiers: []Modifier{{Name: "nope"}}, Values: item.Values}}}),
		"a number that is none":         s(&AllOf{Exprs: []SearchExpr{&Item{Field: "a", Values: []Value{{Kind: NumberValue, Text: "x"}}}}}),
		"a boolean that is none":        s(&AllOf{Exprs: []SearchExpr{&Item{Field: "a", Values: []Value{{Kind: BoolValue, Text: "TRUE"}}}}}),
		"bytes that are no text":        s(&AllOf{Exprs: []SearchExpr{&Item{Field: "a", Values: []Value{{Text: "\xff"}}}}}),
		"no condition":                  {Meta: Meta{Title: "t"}, LogSource: LogSource{Product: "p"}, Detection: Detection{Searches: s(&AllOf{Exprs: []SearchExpr{item}}).Detection.Searches}},
		"a nil condition":               c(nil),
		"an Or without operands":        c(&OrExpr{}),
		"a nil operand":                 c(&NotExpr{}),
		"a name of no search":           c(&IdentifierExpr{Name: "other"}),
		"a name that is an operator":    c(&IdentifierExpr{Name: "not"}),
		"a name with blanks":            c(&IdentifierExpr{Name: "s or s"}),
		"a selector of no number":       c(&SelectorExpr{Pattern: "them"}),
		"an Any in an All":              s(&AllOf{Exprs: []SearchExpr{item, &AnyOf{Exprs: []SearchExpr{item, item}}}}),
		"neighbouring lists of keyword": s(&AnyOf{Exprs: []SearchExpr{&Item{Values: item.Values}, &Item{Values: item.Values}}}),
	} {
		if text, err := PrintRule(rule); err == nil || text != "" {
			t.Errorf("%s is printed as\n%s", what, text)
		}
		if rule.String() == "" {
			t.Errorf("%s: String says nothing", what)
		}
	}
	if text, err := PrintRule(c(name)); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	broken := &Correlation{Meta: Meta{Title: "t"}, Type: "event_count", Rules: []Text{{Value: "a"}}, Timespan: 1, Condition: &CorrelationCondition{Bounds: []Bound{{Op: "gte", Value: "2"}}}}
	if text, err := PrintCorrelation(broken); err == nil { // a nanosecond has no unit
		t.Errorf("printed as\n%s", text)
	}
	broken.Timespan, broken.Aliases = 60_000_000_000, []Alias{{Name: "x", Rules: broken.Rules}}
	if text, err := PrintCorrelation(broken); err == nil {
		t.Errorf("printed as\n%s", text)
	}
	broken.Aliases = nil
	if _, err := PrintCorrelation(broken); err != nil {
		t.Error(err)
	}
	if _, err := Print(&Collection{Rules: []*Rule{c(name), c(nil)}}); err == nil || !strings.Contains(err.Error(), `"t"`) {
		t.Errorf("%v", err)
	}
}

// A pipeline that maps one field to several puts an OR into an AND.
func TestAnOrInsideAnAndIsMultipliedOut(t *testing.T) {
	item := func(field string, values ...string) *Item {
		item := &Item{Field: field}
		for _, v := range values {
			item.Values = append(item.Values, Value{Text: v})
		}
		return item
	}
	rule := &Rule{Meta: Meta{Title: "t"}, LogSource: LogSource{Product: "p"}, Detection: Detection{
		Searches: []*Search{{Name: "s", Expr: &AllOf{Exprs: []SearchExpr{
			item("eventName", "StopLogging"),
			&AnyOf{Exprs: []SearchExpr{item("awsRegion", "us-east-1"), item("errorCode", "AccessDenied", "Failed")}},
		}}}},
		Conditions: []*Condition{{Expr: &IdentifierExpr{Name: "s"}}},
	}}
	want := `    s:
        - eventName: 'StopLogging'
          awsRegion: 'us-east-1'
        - eventName: 'StopLogging'
          errorCode:
              - 'AccessDenied'
              - 'Failed'
`
	if got := rule.String(); !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// 2 to the 15 alternatives are too many.
	wide := &AllOf{}
	for range 15 {
		wide.Exprs = append(wide.Exprs, &AnyOf{Exprs: []SearchExpr{item("a", "x"), item("b", "y")}})
	}
	rule.Detection.Searches[0].Expr = wide
	if err := rule.Detection.Normalize(); err == nil || rule.Detection.Searches[0].Expr != SearchExpr(wide) {
		t.Errorf("%v", err)
	}
	if got := rule.String(); !strings.HasPrefix(got, "# no YAML: ") {
		t.Error(got)
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
