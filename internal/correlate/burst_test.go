package correlate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
)

// burstCase is a correlation with events and the bursts that docs/correlation.md requires. An event is written
// "id@second rules {json}", the rules as digits; its JSON may be omitted. A burst is "first..last id id id", after the
// group's values if there are any.
type burstCase struct {
	name        string
	correlation string // type, then options: see setting
	events      []string
	want        []string
}

var burstCases = []burstCase{
	{"both ends of the window count", "event_count 10s gte=2", []string{"a@0 0", "b@10 0"}, []string{"0..10 a b"}},
	{"outside the window by a nanosecond", "event_count 10s gte=2", []string{"a@0 0", "b@10.000000001 0"}, nil},
	{"events of one time share a window", "event_count 10s gte=3", []string{"a@5 0", "b@5 0", "c@5 0"}, []string{"5..5 a b c"}},
	{"a gap of exactly the timespan continues the burst", "event_count 10s gte=1", []string{"a@0 0", "b@10 0", "c@20 0"}, []string{"0..20 a b c"}},
	{"a longer gap ends the burst", "event_count 10s gte=1", []string{"a@0 0", "b@10.5 0"}, []string{"0..0 a", "10.5..10.5 b"}},
	{
		"the condition ends the burst", "event_count 10s gte=3",
		[]string{"a@0 0", "b@1 0", "c@2 0", "d@20 0", "e@21 0", "f@22 0"}, []string{"0..2 a b c", "20..22 d e f"},
	},
	{
		"evidence is the union of windows", "event_count 10s gte=3",
		[]string{"a@0 0", "b@8 0", "c@9 0", "d@12 0"}, []string{"0..12 a b c d"},
	},
	{
		"bursts may share evidence", "value_count 10s gte=2 v",
		[]string{`a@0 0 {"v":1}`, `b@6 0 {"v":2}`, `c@12 0 {"v":2}`, `d@13 0 {"v":3}`},
		[]string{"0..6 a b", "6..13 b c d"},
	},
	{"an event counts once for all its rules", "event_count 10s rules=0,1 gte=2", []string{"a@0 01"}, nil},
	{"an event delivered twice counts once", "event_count 10s gte=2", []string{"a@0 0", "a@0 0"}, nil},
	{"eq fails if the peak exceeds it", "event_count 10s eq=2", []string{"a@0 0", "b@1 0", "c@2 0"}, nil},
	{"eq holds if the peak equals it", "event_count 10s eq=3", []string{"a@0 0", "b@1 0", "c@2 0"}, []string{"0..2 a b c"}},
	{"lte without a lower bound begins at 1", "event_count 10s lte=2", []string{"a@0 0", "b@1 0"}, []string{"0..1 a b"}},
	{"lt fails for a burst that exceeds it", "event_count 10s lt=2", []string{"a@0 0", "b@1 0", "c@30 0"}, []string{"30..30 c"}},
	{
		"a range: the lower bound defines the burst, the upper one filters it", "event_count 10s gte=2 lte=3",
		[]string{"a@0 0", "b@1 0", "c@2 0", "d@50 0", "e@51 0", "f@52 0", "g@53 0"}, []string{"0..2 a b c"},
	},
	{"neq is tested at each event", "event_count 10s neq=2", []string{"a@0 0", "b@1 0", "c@2 0"}, []string{"0..0 a", "0..2 a b c"}},
	{
		"groups are exact", "event_count 10s gte=2 by=g",
		[]string{`a@0 0 {"g":"x"}`, `b@1 0 {"g":"X"}`, `c@2 0 {"g":"x"}`}, []string{"x 0..2 a c"},
	},
	{
		"group values compare by text", "event_count 10s gte=2 by=g",
		[]string{`a@0 0 {"g":1}`, `b@1 0 {"g":"1"}`, `c@2 0 {"g":1.0}`}, []string{"1 0..1 a b"},
	},
	{
		"an event without a group-by field does not count", "event_count 10s gte=2 by=g,h",
		[]string{`a@0 0 {"g":"x","h":null}`, `b@1 0 {"g":"x"}`, `c@2 0 {"g":"x","h":""}`, `d@3 0 {"g":"x","h":""}`}, []string{"x| 2..3 c d"},
	},
	{
		"an alias names a field for each rule", "temporal 10s rules=0,1 by=who who=0:g,1:h",
		[]string{`a@0 0 {"g":"x","h":"y"}`, `b@1 1 {"g":"y","h":"x"}`}, []string{"x 0..1 a b"},
	},
	{
		"an array is in the group of each element", "event_count 10s gte=2 by=g",
		[]string{`a@0 0 {"g":["x","y"]}`, `b@1 0 {"g":"x"}`, `c@2 0 {"g":["y","y"]}`}, []string{"x 0..1 a b", "y 0..2 a c"},
	},
	{
		"distinct values leave the window", "value_count 10s gte=3 v",
		[]string{`a@0 0 {"v":1}`, `b@1 0 {"v":1}`, `c@5 0 {"v":2}`, `d@10.5 0 {"v":3}`, `e@30 0 {"v":3}`}, []string{"1..10.5 b c d"},
	},
	{"value_count ignores missing values", "value_count 10s gte=2 v", []string{`a@0 0 {"v":1}`, "b@1 0", `c@2 0 {"v":null}`}, nil},
	{
		"all rules in any order", "temporal 10s rules=0,1,2",
		[]string{"a@0 2", "b@1 1", "c@2 0", "d@3 0"}, []string{"0..3 a b c d"},
	},
	{"one event may serve several rules", "temporal 10s rules=0,1", []string{"a@0 01"}, []string{"0..0 a"}},
	{"temporal with a condition", "temporal 10s rules=0,1,2 gte=2", []string{"a@0 0", "b@5 2"}, []string{"0..5 a b"}},
	{"the wrong order", "temporal_ordered 10s rules=0,1", []string{"a@0 1", "b@1 0"}, nil},
	{"order within the window", "temporal_ordered 10s rules=0,1", []string{"a@0 0", "b@1 1", "c@11.5 1"}, []string{"0..1 a b"}},
	{"ties count as either order", "temporal_ordered 10s rules=0,1", []string{"a@1 1", "b@1 0"}, []string{"1..1 a b"}},
	{"one event cannot serve two steps", "temporal_ordered 10s rules=0,1", []string{"a@0 01"}, nil},
	{"nor among events of one time", "temporal_ordered 10s rules=0,1,2", []string{"a@0 012", "b@0 012"}, nil},
	{"events of one time are distributed over steps", "temporal_ordered 10s rules=0,1,2", []string{"a@0 0", "b@0 012", "c@0 01"}, []string{"0..0 a b c"}},
	{"a rule as two steps", "temporal_ordered 10s rules=0,0,1", []string{"a@0 0", "b@1 1", "c@2 0", "d@3 1"}, []string{"0..3 a b c d"}},
	{
		"a condition over rules", "temporal_extended 10s rules=0,1,2 0&(1|!2)",
		[]string{"a@0 2", "b@1 0", "c@2 1", "d@30 0"}, []string{"0..2 a b c", "30..30 d"},
	},
	{
		"an ordered condition", "temporal_ordered_extended 10s rules=0,1,2 0&1&!2",
		[]string{"a@0 1", "b@1 0", "c@2 1", "d@3 2"}, []string{"0..2 a b c"},
	},
	{
		"sums of integers are exact", "value_sum 10s gte=9007199254740993 v",
		[]string{`a@0 0 {"v":9007199254740992}`, `b@1 0 {"v":1}`}, []string{"0..1 a b"},
	},
	{
		"sums exceed 64 bits and return", "value_sum 10s gt=9223372036854775807 v",
		[]string{`a@0 0 {"v":9223372036854775807}`, `b@1 0 {"v":1}`, `c@10.5 0 {"v":-1}`, `d@11 0 {"v":3}`}, []string{"0..1 a b"},
	},
	{"tenths add up", "value_sum 10s eq=0.3 v", []string{`a@0 0 {"v":0.1}`, `b@1 0 {"v":"0.2"}`}, []string{"0..1 a b"}},
	{"text is not a number", "value_sum 10s gte=0 v", []string{`a@0 0 {"v":"0x10"}`, `b@1 0 {"v":true}`, "c@2 0"}, nil},
	{
		"an average is tested at each event", "value_avg 10s lt=3 v",
		[]string{`a@0 0 {"v":2}`, `b@1 0 {"v":4}`, `c@2 0 {"v":1}`}, []string{"0..0 a", "0..2 a b c"},
	},
	{"an average of thirds", "value_avg 10s gt=0.3333333333333333 v", []string{`a@0 0 {"v":0}`, `b@0 0 {"v":0}`, `c@0 0 {"v":1}`}, []string{"0..0 a b c"}},
	{
		"a percentile between two ranks", "value_percentile=25 10s eq=1.75 v",
		[]string{`a@0 0 {"v":4}`, `b@0 0 {"v":2}`, `c@0 0 {"v":1}`, `d@0 0 {"v":3}`}, []string{"0..0 a b c d"},
	},
	{"the lowest percentile", "value_percentile=0 10s eq=1 v", []string{`a@0 0 {"v":4}`, `b@0 0 {"v":1}`}, []string{"0..0 a b"}},
	{"the highest percentile", "value_percentile=100 10s eq=4 v", []string{`a@0 0 {"v":4}`, `b@0 0 {"v":1}`}, []string{"0..0 a b"}},
	{
		"a percentile with a fraction", "value_percentile=99.9 10s gte=2.998 lte=2.998 v",
		[]string{`a@0 0 {"v":1}`, `b@0 0 {"v":2}`, `c@0 0 {"v":3}`}, []string{"0..0 a b c"},
	},
	{"the median of an even number", "value_median 10s eq=2.5 v", []string{`a@0 0 {"v":[1,2,3,4]}`}, []string{"0..0 a"}},
	{
		"a median ignores what left the window", "value_median 10s gte=9 v",
		[]string{`a@0 0 {"v":1}`, `b@5 0 {"v":9}`, `c@10.5 0 {"v":9}`}, []string{"5..10.5 b c"},
	},
}

// seconds reads a decimal number of seconds as nanoseconds.
func seconds(t *testing.T, text string) int64 {
	d, err := time.ParseDuration(text + "s")
	if err != nil {
		t.Fatal(err)
	}
	return int64(d)
}

// setting parses a case.
func (c *burstCase) setting(t *testing.T) *setting {
	s := &setting{collection: &sigma.Collection{}}
	for i := range 3 {
		s.collection.Rules = append(s.collection.Rules, &sigma.Rule{Meta: sigma.Meta{Name: fmt.Sprint(i)}})
	}
	words := strings.Fields(c.correlation)
	kind, percentile, _ := strings.Cut(words[0], "=")
	span, err := time.ParseDuration(words[1])
	if err != nil {
		t.Fatal(err)
	}
	out := &sigma.Correlation{Meta: sigma.Meta{Name: "c"}, Type: kind, Timespan: span, Rules: texts("0")}
	condition := &sigma.CorrelationCondition{}
	if percentile != "" {
		condition.HasPercentile = true
		if _, err := fmt.Sscan(percentile, &condition.Percentile); err != nil {
			t.Fatal(err)
		}
	}
	for _, word := range words[2:] {
		name, text, _ := strings.Cut(word, "=")
		switch {
		case name == "v":
			condition.Fields = texts("v")
		case name == "rules":
			out.Rules = texts(strings.Split(text, ",")...)
		case name == "by":
			out.GroupBy = texts(strings.Split(text, ",")...)
		case boundOps[name] != 0 || name == "gt":
			condition.Bounds = append(condition.Bounds, sigma.Bound{Op: name, Value: text})
		case text != "":
			alias := sigma.Alias{Name: name}
			for _, pair := range strings.Split(text, ",") {
				rule, field, _ := strings.Cut(pair, ":")
				alias.Rules, alias.Fields = append(alias.Rules, texts(rule)...), append(alias.Fields, texts(field)...)
			}
			out.Aliases = append(out.Aliases, alias)
		default:
			out.Extended = &sigma.Condition{Expr: parseCondition(t, word)}
		}
	}
	if len(condition.Bounds) > 0 {
		out.Condition = condition
	}
	s.collection.Correlations = append(s.collection.Correlations, out)
	for _, written := range c.events {
		words := strings.SplitN(written, " ", 3)
		id, at, _ := strings.Cut(words[0], "@")
		e := sampleEvent{id: id, time: seconds(t, at), text: "{}"}
		for _, digit := range words[1] {
			e.rules = append(e.rules, int(digit-'0'))
		}
		if len(words) > 2 {
			e.text = words[2]
		}
		s.events = append(s.events, e)
	}
	return s
}

// parseCondition parses "0&(1|!2)". The operators of one level must be the same.
func parseCondition(t *testing.T, text string) sigma.ConditionExpr {
	depth := 0
	for _, operator := range "&|" {
		var parts []string
		start := 0
		for i, c := range text {
			switch c {
			case '(':
				depth++
			case ')':
				depth--
			case operator:
				if depth == 0 {
					parts, start = append(parts, text[start:i]), i+1
				}
			}
		}
		if parts == nil {
			continue
		}
		var operands []sigma.ConditionExpr
		for _, part := range append(parts, text[start:]) {
			operands = append(operands, parseCondition(t, part))
		}
		if operator == '&' {
			return &sigma.AndExpr{Operands: operands}
		}
		return &sigma.OrExpr{Operands: operands}
	}
	switch {
	case text[0] == '!':
		return &sigma.NotExpr{Operand: parseCondition(t, text[1:])}
	case text[0] == '(':
		return parseCondition(t, text[1:len(text)-1])
	}
	return &sigma.IdentifierExpr{Name: text}
}

// TestBurstTable checks the engine and the naive evaluator against cases written from docs/correlation.md.
func TestBurstTable(t *testing.T) {
	for _, c := range burstCases {
		t.Run(c.name, func(t *testing.T) {
			s := c.setting(t)
			var want []string
			for _, burst := range c.want {
				words := strings.Fields(burst)
				group := map[string]string{}
				if names := s.collection.Correlations[0].GroupBy; len(names) > 0 {
					values := strings.Split(words[0], "|")
					for i, name := range names {
						group[name.Value] = values[i]
					}
					words = words[1:]
				}
				first, last, _ := strings.Cut(words[0], "..")
				want = append(want, describe(0, group, seconds(t, first), seconds(t, last), len(words)-1, words[1:]))
			}
			slices.Sort(want)
			r := rand.New(rand.NewPCG(1, 1))
			for name, got := range map[string][]string{
				"engine": s.runEngine(t, r, Options{}), "on disk": s.runEngine(t, r, Options{Memory: 1, chunk: 2}), "naive": s.naive(t),
			} {
				if !slices.Equal(got, want) {
					t.Errorf("%s:\ngot  %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
				}
			}
		})
	}
}

// TestEveryTypeHasCases checks that the table covers every correlation type.
func TestEveryTypeHasCases(t *testing.T) {
	for name, kind := range typeNames {
		if !slices.ContainsFunc(burstCases, func(c burstCase) bool {
			words := strings.FieldsFunc(c.correlation, func(r rune) bool { return r == ' ' || r == '=' })
			return words[0] == name
		}) {
			t.Errorf("no case for %s", name)
		}
		if kind > ir.TemporalOrderedExtended {
			t.Errorf("unknown type %d", kind)
		}
	}
}
