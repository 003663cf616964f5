package testkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/sigma"
)

// maxSubsets is the maximum number of subsets of a rule's searches that get an event.
const maxSubsets = 64

// EventsForRule writes events that a rule should distinguish: one event for every subset of its searches, in which
// these match, with alternating values; the same with swapped case; and the same without each of its fields. Every
// event also has the fields of base, through which the caller sets ids. The caller must evaluate whether the rule
// matches.
func EventsForRule(rule *sigma.Rule, base map[string]any) []string {
	searches := rule.Detection.Searches
	var events []string
	add := func(fields map[string]any) {
		event := maps.Clone(base)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			put(event, name, fields[name])
		}
		event["eventID"] = fmt.Sprintf("%s-%d", base["eventID"], len(events))
		text, err := json.Marshal(event)
		if err != nil {
			panic(err)
		}
		events = append(events, string(text))
	}
	turn := 0
	for subset := range min(1<<min(len(searches), 10), maxSubsets) {
		fields := map[string]any{}
		for i, search := range searches {
			if subset&(1<<i) != 0 {
				satisfy(search.Expr, fields, turn)
				turn++
			}
		}
		add(fields)
		swapped := map[string]any{}
		for name, value := range fields {
			swapped[name] = value
			if text, ok := value.(string); ok {
				swapped[name] = swapCase(text)
			}
		}
		add(swapped)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			without := maps.Clone(fields)
			delete(without, name)
			add(without)
		}
	}
	return events
}

// satisfy sets fields so that a search matches; turn selects among alternatives.
func satisfy(search sigma.SearchExpr, fields map[string]any, turn int) {
	switch search := search.(type) {
	case *sigma.Item:
		satisfyItem(search, fields, turn)
	case *sigma.AnyOf:
		satisfy(search.Exprs[turn%len(search.Exprs)], fields, turn)
	case *sigma.AllOf:
		for i, e := range search.Exprs {
			satisfy(e, fields, turn+i)
		}
	}
}

func satisfyItem(item *sigma.Item, fields map[string]any, turn int) {
	name := item.Field
	if name == "" {
		name = "errorMessage"
	}
	has := func(modifier string) bool {
		return slices.ContainsFunc(item.Modifiers, func(m sigma.Modifier) bool { return m.Name == modifier })
	}
	values := []sigma.Value{item.Values[turn%len(item.Values)]}
	if has("all") {
		values = item.Values
	}
	text := ""
	for _, v := range values {
		switch {
		case has("exists"):
			text = "there"
		case has("cidr"):
			text, _, _ = strings.Cut(v.Text, "/")
		case has("re"):
			text = sample(v.Text)
		case v.Kind == sigma.NullValue:
			delete(fields, name)
			return
		case v.Kind == sigma.BoolValue:
			fields[name] = v.Text == "true"
			return
		case v.Kind == sigma.NumberValue:
			fields[name] = json.Number(v.Text)
			return
		default:
			part := strings.NewReplacer(`\*`, "*", `\?`, "?", `\\`, `\`, "*", "xyz", "?", "z").Replace(v.Text)
			if has("contains") || item.Field == "" {
				part = "a " + part + " b"
			}
			if has("startswith") {
				part += " b"
			}
			if has("endswith") {
				part = "a " + part
			}
			text += part
		}
	}
	fields[name] = text
}

// sample returns a string that approximately matches a regular expression.
func sample(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return pattern
	}
	var b strings.Builder
	writeSample(&b, re)
	return b.String()
}

func writeSample(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			b.WriteRune(re.Rune[0])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpRepeat:
		for range max(re.Min, 1) {
			writeSample(b, re.Sub[0])
		}
	case syntax.OpAlternate:
		writeSample(b, re.Sub[0])
	default:
		for _, sub := range re.Sub {
			writeSample(b, sub)
		}
	}
}

func swapCase(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, text)
}

// put sets a field at the end of a dotted path.
func put(event map[string]any, path string, value any) {
	name, rest, more := strings.Cut(path, ".")
	if !more {
		event[name] = value
		return
	}
	inner, ok := event[name].(map[string]any)
	if ok {
		inner = maps.Clone(inner)
	} else {
		inner = map[string]any{}
	}
	put(inner, rest, value)
	event[name] = inner
}
