package correlate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
)

// randomSetting returns few rules, groups, values and times, so that ties, edges and repeats are common.
func randomSetting(r *rand.Rand) *setting {
	s := &setting{collection: &sigma.Collection{}}
	rules := 1 + r.IntN(4)
	names := []string{}
	for i := range rules {
		name := fmt.Sprint("r", i)
		names = append(names, name)
		s.collection.Rules = append(s.collection.Rules, &sigma.Rule{Meta: sigma.Meta{Name: name, ID: name + "-id"}})
	}
	for i := range 1 + r.IntN(3) {
		c := randomCorrelation(r, names)
		c.Name, c.ID = fmt.Sprint("c", i), fmt.Sprint("c", i, "-id")
		s.collection.Correlations = append(s.collection.Correlations, c)
		names = append(names, c.Name)
	}
	spread := int64(1 + r.IntN(40))
	s.strict = r.IntN(3) == 0
	if r.IntN(3) == 0 { // rules of the same query count events of different time ranges
		s.ranges = map[int]*ir.TimeRange{}
		for i := range rules {
			s.query = append(s.query, r.IntN(i+1))
			if from := r.Int64N(spread) * int64(time.Second) / 2; r.IntN(2) == 0 {
				s.ranges[i] = &ir.TimeRange{From: from, To: from + r.Int64N(spread)*int64(time.Second)/2}
			}
		}
		for i := range rules { // two rules must not have the same query and range
			for j := range i {
				a, b := s.ranges[i], s.ranges[j]
				if s.query[i] == s.query[j] && (a == nil) == (b == nil) && (a == nil || *a == *b) {
					s.ranges[i] = &ir.TimeRange{From: int64(i), To: spread * int64(time.Second)}
				}
			}
		}
	}
	for i := range r.IntN(30) {
		e := sampleEvent{time: r.Int64N(spread) * int64(time.Second) / 2, text: randomText(r)}
		if e.id = fmt.Sprint("id-", i%10, i); r.IntN(2) == 0 {
			e.id = fmt.Sprintf("%08x-0000-4000-8000-00000000%04x", r.Uint32(), i)
		}
		for rule := range rules {
			if r.IntN(2) == 0 {
				e.rules = append(e.rules, rule)
			}
		}
		s.events = append(s.events, e)
		if r.IntN(10) == 0 {
			s.events = append(s.events, e) // delivered again
		}
	}
	return s
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func randomText(r *rand.Rand) string {
	var members []string
	leaf := func() string {
		return pick(r, `"a"`, `"A"`, `"b"`, `1`, `"1"`, `1.0`, `true`, `null`, `""`, `{"x": 1}`)
	}
	for _, name := range []string{"g", "h"} {
		switch r.IntN(8) {
		case 0:
		case 1:
			members = append(members, fmt.Sprintf(`%q: [%s, %s]`, name, leaf(), leaf()))
		case 2:
			members = append(members, fmt.Sprintf(`%q: %s`, name, leaf()))
		default:
			members = append(members, fmt.Sprintf(`%q: "a"`, name))
		}
	}
	number := func() string {
		return pick(r, `0`, `1`, `2`, `"2"`, `3`, `-1`, `2.5`, `25e-1`, `"0x1"`, `1e3`, `9223372036854775807`, `9007199254740993`,
			`123456789012345678901234567890`, `0.1`, `"0.2"`, `"abc"`, `-9223372036854775808`, `1e999`, `null`, `1e-300`, `true`)
	}
	for _, name := range []string{"v", "w"} {
		switch r.IntN(6) {
		case 0:
		case 1:
			members = append(members, fmt.Sprintf(`%q: [%s, %s]`, name, number(), number()))
		case 2, 3:
			members = append(members, fmt.Sprintf(`%q: %d`, name, r.IntN(4)))
		default:
			members = append(members, fmt.Sprintf(`%q: %s`, name, number()))
		}
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func randomCorrelation(r *rand.Rand, names []string) *sigma.Correlation {
	c := &sigma.Correlation{Timespan: time.Duration(1+r.IntN(8)) * time.Second / 2}
	if r.IntN(8) == 0 {
		c.Timespan = ir.NoLimit
	}
	c.Type = pick(r, sigma.CorrelationTypes...)
	for range 1 + r.IntN(4) {
		c.Rules = append(c.Rules, texts(pick(r, names...))...)
	}
	c.GroupBy = texts(pick(r, [][]string{nil, {"g"}, {"g"}, {"g", "h"}, {"alias"}}...)...)
	if r.IntN(2) == 0 {
		alias := sigma.Alias{Name: "alias"}
		for _, rule := range c.Rules {
			if r.IntN(4) > 0 && !slices.ContainsFunc(alias.Rules, func(t sigma.Text) bool { return t.Value == rule.Value }) {
				alias.Rules = append(alias.Rules, rule)
				alias.Fields = append(alias.Fields, texts(pick(r, "g", "h", "v"))...)
			}
		}
		c.Aliases = append(c.Aliases, alias)
	}
	if strings.HasSuffix(c.Type, "_extended") {
		c.Extended = &sigma.Condition{Expr: randomCondition(r, c.Rules, 3)}
		return c
	}
	if strings.HasPrefix(c.Type, "temporal") && r.IntN(2) == 0 {
		return c
	}
	c.Condition = &sigma.CorrelationCondition{HasPercentile: true, Percentile: pick(r, 0, 50, 100, 25, 33.3, 99.9, r.Float64()*100)}
	values := []string{"0", "1", "2", "3", "2.5", "-1", "4", "1e3", "9007199254740993", "0.3"}
	for range 1 + r.IntN(2) {
		op := pick(r, "gt", "gte", "gte", "gte", "lt", "lte", "eq", "neq")
		c.Condition.Bounds = append(c.Condition.Bounds, sigma.Bound{Op: op, Value: pick(r, values[:2+r.IntN(len(values)-1)]...)})
	}
	if strings.HasPrefix(c.Type, "value") {
		c.Condition.Fields = texts(pick(r, [][]string{{"v"}, {"v"}, {"v", "w"}, {"alias"}, {"g"}}...)...)
	}
	return c
}

func randomCondition(r *rand.Rand, rules []sigma.Text, depth int) sigma.ConditionExpr {
	if depth == 0 || r.IntN(4) == 0 {
		return &sigma.IdentifierExpr{Name: pick(r, rules...).Value}
	}
	operand := func() sigma.ConditionExpr { return randomCondition(r, rules, depth-1) }
	switch r.IntN(5) {
	case 0:
		return &sigma.NotExpr{Operand: operand()}
	case 1, 2:
		return &sigma.AndExpr{Operands: []sigma.ConditionExpr{operand(), operand()}}
	}
	return &sigma.OrExpr{Operands: []sigma.ConditionExpr{operand(), operand()}}
}
