package sigma

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// treeMaker makes random trees out of texts that are hard to write as YAML.
type treeMaker struct{ *rand.Rand }

var nastyTexts = []string{
	"a", "null", "true", "Yes", "5", "-1.50", "0x17", "1e3", "~", "- x", "? y", "a: b", "a #b", "#", "*x", "&x", "!x", "%x", "@", "`",
	"it's", `"q"`, `\`, `C:\*\?\\`, " lead", "trail ", "\n", "a\nb\n", "\t", "\r\n", "\u0085", "\u2028x", "\ufeff", "日本", "\U0001f600",
	"---", "...", "[x", "{y", "]", "}", ",", "|", ">", "<<", "=", "\x1b[0m", "\x7f", "\u009f", "\ufffd", "2024-01-31", "12:30", "",
}

func (m treeMaker) text() string {
	var out strings.Builder
	for range 1 + m.IntN(3) {
		out.WriteString(nastyTexts[m.IntN(len(nastyTexts))])
	}
	if m.IntN(50) == 0 {
		out.WriteString(strings.Repeat("long ", 300))
	}
	return out.String()
}

// name is a text that is neither empty nor has a meaning of its own as a key.
func (m treeMaker) name(unique map[string]bool) string {
	for {
		name := strings.Trim(strings.ReplaceAll(m.text(), "|", ""), " \t") + string(rune('a'+m.IntN(26)))
		if !unique[name] {
			unique[name] = true
			return name
		}
	}
}

func (m treeMaker) texts() []string {
	var list []string
	for range m.IntN(3) {
		list = append(list, m.text())
	}
	return list
}

func (m treeMaker) any(depth int) any {
	switch m.IntN(9) {
	case 0:
		return nil
	case 1:
		return m.IntN(2) == 0
	case 2:
		return m.Int64() - 1<<62
	case 3:
		return m.Float64() * 1e6
	case 4:
		return uint64(1<<63) + m.Uint64N(1000)
	case 5, 6:
		if depth < 4 {
			list := []any{}
			for range m.IntN(4) {
				list = append(list, m.any(depth+1))
			}
			return list
		}
	case 7:
		if depth < 4 {
			values, unique := map[string]any{}, map[string]bool{}
			for range m.IntN(4) {
				values[m.name(unique)] = m.any(depth + 1)
			}
			return values
		}
	}
	return m.text()
}

func (m treeMaker) unknown() []Unknown {
	var list []Unknown
	unique := map[string]bool{}
	for range m.IntN(3) {
		list = append(list, Unknown{Key: "x-" + m.name(unique), Value: m.any(0)})
	}
	return list
}

func (m treeMaker) meta() Meta {
	meta := Meta{
		Title: m.text(), ID: m.text(), Name: m.text(), Taxonomy: m.text(), Status: m.text(), Description: m.text(),
		License: m.text(), Author: m.text(), References: m.texts(), Date: m.text(), Modified: m.text(), Fields: m.texts(),
		FalsePositives: m.texts(), Level: m.text(), Tags: m.texts(), Scope: m.texts(), Unknown: m.unknown(),
	}
	for range m.IntN(3) {
		meta.Related = append(meta.Related, Related{ID: m.text(), Type: m.text()})
	}
	return meta
}

func (m treeMaker) value(keyword bool) Value {
	switch m.IntN(6) {
	case 0:
		return Value{Kind: NumberValue, Text: []string{"0", "-1", "1.50", "18446744073709551616"}[m.IntN(4)]}
	case 1:
		return Value{Kind: BoolValue, Text: []string{"true", "false"}[m.IntN(2)]}
	case 2:
		if !keyword {
			return Value{Kind: NullValue}
		}
	}
	return Value{Text: m.text()}
}

func (m treeMaker) item(field string) *Item {
	item := &Item{Field: field}
	for range 1 + m.IntN(3) {
		item.Values = append(item.Values, m.value(field == "" || m.IntN(4) > 0))
	}
	if field != "" && m.IntN(2) == 0 {
		for i := range item.Values {
			item.Values[i] = Value{Text: m.text()}
		}
		for _, name := range [][]string{{"contains", "all"}, {"re", "i"}, {"wide", "base64offset", "contains"}, {"neq"}}[m.IntN(4)] {
			item.Modifiers = append(item.Modifiers, Modifier{Name: name})
		}
	}
	return item
}

func (m treeMaker) allOf() *AllOf {
	all, unique := &AllOf{}, map[string]bool{}
	for range 1 + m.IntN(3) {
		all.Exprs = append(all.Exprs, m.item(m.name(unique)))
	}
	return all
}

func (m treeMaker) search() SearchExpr {
	switch m.IntN(3) {
	case 0:
		return m.allOf()
	case 1:
		return m.item("")
	}
	anyOf := &AnyOf{Exprs: []SearchExpr{m.allOf()}}
	for range m.IntN(3) {
		if _, ok := anyOf.Exprs[len(anyOf.Exprs)-1].(*AllOf); ok && m.IntN(2) == 0 {
			anyOf.Exprs = append(anyOf.Exprs, m.item(""))
		} else {
			anyOf.Exprs = append(anyOf.Exprs, m.allOf())
		}
	}
	return anyOf
}

func (m treeMaker) condition(depth int) ConditionExpr {
	operands := func() []ConditionExpr {
		var list []ConditionExpr
		for range 2 + m.IntN(2) {
			list = append(list, m.condition(depth+1))
		}
		return list
	}
	choice := m.IntN(6)
	if depth > 4 {
		choice = 5
	}
	switch choice {
	case 0:
		return &AndExpr{Operands: operands()}
	case 1:
		return &OrExpr{Operands: operands()}
	case 2:
		return &NotExpr{Operand: m.condition(depth + 1)}
	case 3:
		return &SelectorExpr{All: true, Pattern: "them"}
	case 4:
		return &SelectorExpr{Count: 1 + m.IntN(2), Pattern: []string{"them", "s*", "*_*"}[m.IntN(3)]}
	}
	return &IdentifierExpr{Name: []string{"s_0", "s_1", "and", "all"}[m.IntN(2)]}
}

func (m treeMaker) detection() Detection {
	d := Detection{Timeframe: Text{Value: m.text()}}
	for i := range 2 + m.IntN(2) {
		d.Searches = append(d.Searches, &Search{Name: "s_" + string(rune('0'+i)), Expr: m.search()})
	}
	for range 1 + m.IntN(2) {
		d.Conditions = append(d.Conditions, &Condition{Expr: m.condition(0)})
	}
	return d
}

func (m treeMaker) logSource() LogSource {
	return LogSource{
		Category: strings.ToLower(m.text()), Product: strings.ToLower(m.text()), Service: strings.ToLower(m.text()),
		Definition: m.text(), Unknown: m.unknown(),
	}
}

func (m treeMaker) references() []Text {
	var list []Text
	unique := map[string]bool{"any": true}
	for range 1 + m.IntN(3) {
		list = append(list, Text{Value: m.name(unique)})
	}
	return list
}

func (m treeMaker) correlation() *Correlation {
	c := &Correlation{
		Meta: m.meta(), Type: "value_percentile", Rules: m.references(), GroupBy: m.references(),
		Timespan: time.Duration(1+m.IntN(1_000_000)) * time.Second, Generate: m.IntN(2) == 0, Extra: m.unknown(),
		Condition: &CorrelationCondition{
			Fields: m.references()[:1], Percentile: float64(m.IntN(1000)) / 10, HasPercentile: true,
			Bounds: []Bound{{Op: "gt", Value: "1"}, {Op: "lte", Value: "2.50"}}[m.IntN(2):],
		},
	}
	unique := map[string]bool{}
	for range m.IntN(3) {
		alias := Alias{Name: m.name(unique)}
		for _, rule := range c.Rules {
			alias.Rules = append(alias.Rules, rule)
			alias.Fields = append(alias.Fields, Text{Value: m.text() + "."})
		}
		c.Aliases = append(c.Aliases, alias)
	}
	return c
}

// Any tree that parsing could give is printed so that it is read back, whatever texts it holds.
func TestRandomTreesRoundTrip(t *testing.T) {
	rounds := uint64(400)
	if testing.Short() {
		rounds = 100
	}
	for seed := range rounds {
		m := treeMaker{rand.New(rand.NewPCG(seed, 1))}
		filter := &Filter{Meta: m.meta(), LogSource: m.logSource(), Rules: m.references(), Detection: m.detection()}
		rule := &Rule{Meta: m.meta(), LogSource: m.logSource(), Detection: m.detection()}
		checkRoundTrip(t, &Collection{Rules: []*Rule{rule}, Correlations: []*Correlation{m.correlation()}, Filters: []*Filter{filter}})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
