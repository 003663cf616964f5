package testkit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/egret-hunt/egret/sigma"
)

// RandomCorrelation writes a collection for the log source `product: test`: base rules a, b and c, one correlation over
// them, and sometimes a second one over the first, or a filter. RandomStream generates events for it.
func RandomCorrelation(rng *rand.Rand) string {
	var b strings.Builder
	for _, name := range []string{"a", "b", "c"} {
		fmt.Fprintf(&b, "title: Base %s\nname: %s\nlogsource:\n    product: test\ndetection:\n    selection:\n        kind|contains: %s\n    condition: selection\n---\n",
			name, name, name)
	}
	rules := [][]string{{"a"}, {"a", "b"}, {"b", "a"}, {"a", "b", "c"}, {"a", "a"}, {"a", "b", "a"}}[rng.IntN(6)]
	writeCorrelation(&b, rng, "first", rules)
	if chance(rng, 3) {
		b.WriteString("---\n")
		writeCorrelation(&b, rng, "second", [][]string{{"first"}, {"first", "b"}, {"c", "first"}}[rng.IntN(3)])
	}
	if chance(rng, 4) {
		fmt.Fprintf(&b, "---\ntitle: Quiet\nlogsource:\n    product: test\nfilter:\n    rules: %s\n    selection:\n        host: h1\n    condition: not selection\n",
			pick(rng, []string{"any", "[a]", "[b, c]"}))
	}
	return b.String()
}

func writeCorrelation(b *strings.Builder, rng *rand.Rand, name string, rules []string) {
	kind := pick(rng, sigma.CorrelationTypes)
	fmt.Fprintf(b, "title: Correlation %s\nname: %s\ncorrelation:\n    type: %s\n    rules: [%s]\n    timespan: %s\n", name, name, kind,
		strings.Join(rules, ", "), pick(rng, []string{"5s", "10s", "20s", "1m"}))
	if by := pick(rng, []string{"", "user", "user", "user", "host", "user, host", "peer"}); by != "" {
		fmt.Fprintf(b, "    group-by: [%s]\n", by)
		if by == "peer" {
			b.WriteString("    aliases:\n        peer:\n")
			seen := map[string]bool{}
			for _, rule := range rules {
				if !seen[rule] && !chance(rng, 5) {
					fmt.Fprintf(b, "            %s: %s\n", rule, pick(rng, []string{"user", "host", "other"}))
				}
				seen[rule] = true
			}
			if !strings.Contains(b.String()[strings.LastIndex(b.String(), "peer:"):], ": ") {
				fmt.Fprintf(b, "            %s: user\n", rules[0])
			}
		}
	}
	if chance(rng, 8) {
		b.WriteString("    generate: true\n")
	}
	if strings.HasSuffix(kind, "_extended") {
		fmt.Fprintf(b, "    condition: %s\n", extendedCondition(rng, rules))
		return
	}
	if strings.HasPrefix(kind, "temporal") && chance(rng, 2) {
		return
	}
	b.WriteString("    condition:\n")
	small := []string{"1", "2", "2", "3", "4"}
	if strings.HasPrefix(kind, "value_") && kind != "value_count" {
		small = []string{"0", "1", "2.5", "3", "5", "10", "-1"}
	}
	for _, op := range [][]string{{"gte"}, {"gte"}, {"gt"}, {"lt"}, {"lte"}, {"eq"}, {"neq"}, {"gte", "lte"}, {"gt", "lt"}, {"gte", "neq"}}[rng.IntN(10)] {
		fmt.Fprintf(b, "        %s: %s\n", op, pick(rng, small))
	}
	if strings.HasPrefix(kind, "value_") {
		field := pick(rng, []string{"n", "n", "n", "host"})
		if kind == "value_count" {
			field = pick(rng, []string{"host", "n", "[host, n]", "user"})
		}
		fmt.Fprintf(b, "        field: %s\n", field)
	}
	if kind == "value_percentile" {
		fmt.Fprintf(b, "        percentile: %s\n", pick(rng, []string{"0", "25", "50", "75", "100"}))
	}
}

// extendedCondition uses every rule of the list, as pySigma requires.
func extendedCondition(rng *rand.Rand, rules []string) string {
	var names []string
	for _, rule := range rules {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+rule+" ") {
			names = append(names, rule)
		}
	}
	term := func(name string) string {
		if chance(rng, 4) {
			return "not " + name
		}
		return name
	}
	out := term(names[0])
	for _, name := range names[1:] {
		out = out + pick(rng, []string{" and ", " and ", " or "}) + term(name)
		if chance(rng, 4) {
			out = "not (" + out + ")"
		} else if chance(rng, 3) {
			out = "(" + out + ")"
		}
	}
	return out
}

// RandomStream generates up to 40 events for the collections of RandomCorrelation, in random order. Times are close,
// often equal or exactly a timespan apart; some events are duplicates; groups, numbers and hosts are sometimes missing
// or unusual.
func RandomStream(rng *rand.Rand) []Delivery {
	var out []Delivery
	now := 0
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range 1 + rng.IntN(40) {
		now += pick(rng, []int{0, 0, 1, 1, 2, 5, 5, 10, 20, 21, 60, 61})
		t := start.Add(time.Duration(now) * time.Second)
		if chance(rng, 10) {
			t = t.Add(time.Millisecond)
		}
		var b strings.Builder
		id := fmt.Sprintf("e%02d", i)
		fmt.Fprintf(&b, `{"id":"%s","time":"%s","kind":"%s"`, id, t.Format(time.RFC3339Nano), pick(rng, []string{"a", "a", "a", "b", "b", "c", "ab", "abc", "bc", "z"}))
		for _, field := range []struct {
			name   string
			values []string
		}{
			{"user", []string{`"u"`, `"u"`, `"u"`, `"v"`, `"U"`, `1`, `"1"`, `1.0`, `""`, `null`, `["u","v"]`, `[]`, `true`, `{"k":1}`, "-"}},
			{"host", []string{`"h1"`, `"h1"`, `"h2"`, `"h2"`, `"h3"`, `null`, `["h1","h4"]`, `3`, "-", "-"}},
			{"other", []string{`"u"`, `"v"`, `"h1"`, "-"}},
			{"n", []string{"1", "1", "2", "3", "5", "10", "-1", "2.5", "0.5", `"2"`, `"x"`, `[1,2]`, "null", "9007199254740993", "-9007199254740992", "-", "-"}},
		} {
			if value := pick(rng, field.values); value != "-" {
				fmt.Fprintf(&b, `,"%s":%s`, field.name, value)
			}
		}
		b.WriteString("}")
		d := Delivery{ID: id, Time: t, Text: b.String(), Source: sigma.LogSource{Product: "test"}}
		out = append(out, d)
		if chance(rng, 12) {
			out = append(out, d)
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
