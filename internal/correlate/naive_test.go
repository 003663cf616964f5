package correlate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
)

// setting is a set of rules, correlations and events for both evaluators.
type setting struct {
	collection *sigma.Collection
	events     []sampleEvent
}

type sampleEvent struct {
	id    string
	time  int64 // nanoseconds
	text  string
	rules []int // of the collection that match it
}

var typeNames = map[string]ir.CorrelationType{
	"event_count": ir.EventCount, "value_count": ir.ValueCount, "temporal": ir.Temporal, "temporal_ordered": ir.TemporalOrdered,
	"value_sum": ir.ValueSum, "value_avg": ir.ValueAvg, "value_percentile": ir.ValuePercentile, "value_median": ir.ValueMedian,
	"temporal_extended": ir.TemporalExtended, "temporal_ordered_extended": ir.TemporalOrderedExtended,
}

var boundOps = map[string]ir.BoundOp{
	"gt": ir.BoundGreater, "gte": ir.BoundGreaterEqual, "lt": ir.BoundLess, "lte": ir.BoundLessEqual,
	"eq": ir.BoundEqual, "neq": ir.BoundNotEqual,
}

// lowered are the correlations of a setting in the IR, with paths bound to the fields as they are named.
func (s *setting) lowered() []*ir.Correlation {
	var out []*ir.Correlation
	for _, c := range s.collection.Correlations {
		l := &ir.Correlation{Rule: c.ID, Title: c.Title, Type: typeNames[c.Type], Timespan: c.Timespan}
		for _, name := range c.GroupBy {
			l.GroupBy = append(l.GroupBy, name.Value)
		}
		bases := map[string]int{}
		for i, rule := range c.Rules {
			bases[rule.Value] = i
			l.Bases = append(l.Bases, s.base(c, rule.Value))
		}
		if c.Condition != nil {
			l.Percentile = c.Condition.Percentile
			for _, b := range c.Condition.Bounds {
				l.Bounds = append(l.Bounds, ir.Bound{Op: boundOps[b.Op], Text: b.Value})
			}
		}
		if c.Extended != nil {
			l.Extended = lowerCondition(c.Extended.Expr, bases)
		}
		out = append(out, l)
	}
	return out
}

func (s *setting) base(c *sigma.Correlation, name string) ir.Base {
	b := ir.Base{Index: slices.IndexFunc(s.collection.Rules, func(r *sigma.Rule) bool { return r.Name == name })}
	if b.Index < 0 {
		b.Correlation = true
		b.Index = slices.IndexFunc(s.collection.Correlations, func(r *sigma.Correlation) bool { return r.Name == name })
	}
	field := func(written string) ir.Field {
		resolved := written
		for _, alias := range c.Aliases {
			for i, rule := range alias.Rules {
				if alias.Name == written && rule.Value == name {
					resolved = alias.Fields[i].Value
				}
			}
		}
		return ir.Field{Name: resolved, Paths: []value.Path{{Text: resolved}}}
	}
	for _, written := range c.GroupBy {
		b.GroupBy = append(b.GroupBy, field(written.Value))
	}
	if c.Condition != nil {
		for _, written := range c.Condition.Fields {
			b.Values = append(b.Values, field(written.Value))
		}
	}
	return b
}

func lowerCondition(e sigma.ConditionExpr, bases map[string]int) ir.Expr {
	all := func(operands []sigma.ConditionExpr) []ir.Expr {
		var out []ir.Expr
		for _, operand := range operands {
			out = append(out, lowerCondition(operand, bases))
		}
		return out
	}
	switch e := e.(type) {
	case *sigma.AndExpr:
		return &ir.AndExpr{Operands: all(e.Operands)}
	case *sigma.OrExpr:
		return &ir.OrExpr{Operands: all(e.Operands)}
	case *sigma.NotExpr:
		return &ir.NotExpr{Operand: lowerCondition(e.Operand, bases)}
	case *sigma.IdentifierExpr:
		return &ir.BaseExpr{Index: bases[e.Name]}
	}
	panic("the generator made something else")
}

// parsed makes the events readable as a hunt does.
func parsed(e evidence.Event) (Fields, error) {
	var parser value.Parser
	doc, err := parser.Parse(e.Raw)
	return &EventFields{Doc: doc, Walker: &value.Walker{}}, err
}

// optimised runs the engine. Events are spread over the workers at random.
func (s *setting) optimised(t testing.TB, random *rand.Rand, options Options) []string {
	t.Helper()
	store := evidence.NewStore(0, "")
	defer store.Close()
	options.Evidence, options.Fields = store, parsed
	engine, err := New(s.lowered(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	writer := store.NewWriter()
	workers := make([]*Worker, max(1, options.Workers))
	for i := range workers {
		workers[i] = engine.NewWorker()
	}
	for _, i := range random.Perm(len(s.events)) {
		e := s.events[i]
		stored := evidence.Event{Raw: []byte(e.text)}
		key := evidence.KeyOf([]byte(e.id))
		if key.IsHash() {
			stored.ID = []byte(e.id)
		}
		ref, err := writer.Put(stored)
		if err != nil {
			t.Fatal(err)
		}
		fields, err := parsed(stored)
		if err != nil {
			t.Fatal(err)
		}
		if err := workers[random.IntN(len(workers))].Add(Event{Key: key, Time: e.time, Ref: ref}, e.rules, fields); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Flush(); err != nil {
		t.Fatal(err)
	}
	bursts, err := engine.Finish(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, b := range bursts {
		group := map[string]string{}
		for i, name := range s.collection.Correlations[b.Correlation].GroupBy {
			group[name.Value] = b.Group[i]
		}
		var ids []string
		for e, err := range b.Events() {
			if err != nil {
				t.Fatal(err)
			}
			id, err := store.ID(e.Key, e.Ref)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, string(id))
		}
		out = append(out, describe(b.Correlation, group, b.First, b.Last, b.Count, ids))
	}
	sort.Strings(out)
	return out
}

// naive runs the evaluator that judges the engine.
func (s *setting) naive(t testing.TB) []string {
	t.Helper()
	var events []testkit.BaseEvent
	for _, e := range s.events {
		decoded, err := testkit.DecodeEvent(e.text)
		if err != nil {
			t.Fatal(err)
		}
		base := testkit.BaseEvent{ID: e.id, Time: time.Unix(0, e.time).UTC(), Event: decoded}
		for _, rule := range e.rules {
			base.Rules = append(base.Rules, s.collection.Rules[rule])
		}
		events = append(events, base)
	}
	correlations := testkit.NewCorrelations(s.collection, events, testkit.Options{})
	var out []string
	for i, c := range s.collection.Correlations {
		bursts, err := correlations.Bursts(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bursts {
			out = append(out, describe(i, b.Group, b.First.UnixNano(), b.Last.UnixNano(), b.Count, b.IDs))
		}
	}
	sort.Strings(out)
	return out
}

func describe(correlation int, group map[string]string, first, last int64, count int, ids []string) string {
	return fmt.Sprintf("c%d %q %d..%d %d [%s]", correlation, group, first, last, count, strings.Join(ids, " "))
}

func texts(names ...string) []sigma.Text {
	var out []sigma.Text
	for _, name := range names {
		out = append(out, sigma.Text{Value: name})
	}
	return out
}

// randomSetting makes few rules, groups, values and times, so that ties, edges and repeats are common.
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

// TestAgreesWithNaiveEvaluator compares the engine with the evaluator that was written from the design's table alone.
func TestAgreesWithNaiveEvaluator(t *testing.T) {
	rounds := 2500
	if testing.Short() {
		rounds = 500
	}
	found := 0
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		s := randomSetting(r)
		want := s.naive(t)
		found += len(want)
		// Chunks of three records on a limit of one byte go to disk at once.
		for _, options := range []Options{{Workers: 1}, {Workers: 1 + r.IntN(3), Memory: 1, Dir: t.TempDir(), chunk: 3}} {
			if got := s.optimised(t, r, options); !slices.Equal(got, want) {
				t.Fatalf("seed %d, chunk %d:\n%s\ngot  %s\nwant %s", seed, options.chunk, s, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		}
	}
	t.Logf("%d bursts", found)
	if found < rounds {
		t.Errorf("only %d bursts in %d rounds: the generator is too tame", found, rounds)
	}
}

func (s *setting) String() string {
	var b strings.Builder
	for _, c := range s.lowered() {
		fmt.Fprintf(&b, "%+v\n", *c)
	}
	for i, c := range s.collection.Correlations {
		fmt.Fprintf(&b, "c%d %s rules %v group %v aliases %v\n", i, c.Type, c.Rules, c.GroupBy, c.Aliases)
	}
	for _, e := range s.events {
		fmt.Fprintf(&b, "%s at %d rules %v %s\n", e.id, e.time, e.rules, e.text)
	}
	return b.String()
}

// TestOrderedAgreesOnTies has many events of few times that serve many steps, so that steps compete for events.
func TestOrderedAgreesOnTies(t *testing.T) {
	rounds := 1500
	if testing.Short() {
		rounds = 300
	}
	found := 0
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		s := &setting{collection: &sigma.Collection{}}
		names := []string{}
		for i := range 2 + r.IntN(4) {
			names = append(names, fmt.Sprint("r", i))
			s.collection.Rules = append(s.collection.Rules, &sigma.Rule{Meta: sigma.Meta{Name: names[i]}})
		}
		c := &sigma.Correlation{
			Meta: sigma.Meta{Name: "c"}, Type: pick(r, "temporal_ordered", "temporal_ordered_extended"),
			Timespan: time.Duration(1+r.IntN(3)) * time.Second,
		}
		for range 2 + r.IntN(5) {
			c.Rules = append(c.Rules, texts(pick(r, names...))...)
		}
		if c.Type == "temporal_ordered_extended" {
			c.Extended = &sigma.Condition{Expr: randomCondition(r, c.Rules, 3)}
		} else {
			bound := sigma.Bound{Op: pick(r, "gte", "eq", "neq"), Value: fmt.Sprint(1 + r.IntN(len(c.Rules)))}
			c.Condition = &sigma.CorrelationCondition{Bounds: []sigma.Bound{bound}}
		}
		s.collection.Correlations = append(s.collection.Correlations, c)
		times := 1 + r.Int64N(5)
		for i := range r.IntN(11) {
			e := sampleEvent{id: fmt.Sprint("e", i), time: r.Int64N(times) * int64(time.Second), text: "{}"}
			for rule := range names {
				if r.IntN(3) > 0 {
					e.rules = append(e.rules, rule)
				}
			}
			s.events = append(s.events, e)
		}
		want := s.naive(t)
		found += len(want)
		if got := s.optimised(t, r, Options{Workers: 2}); !slices.Equal(got, want) {
			t.Fatalf("seed %d:\n%s\ngot  %s\nwant %s", seed, s, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	if found < rounds/2 {
		t.Errorf("only %d bursts in %d rounds: the generator is too tame", found, rounds)
	}
}
