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
	// strict is ir.Correlation.Strict of all correlations. query has the query of each rule, nil if each rule has its
	// own; ranges has the time ranges of some rules.
	strict bool
	spans  bool // ir.Correlation.Spans of all correlations
	query  []int
	ranges map[int]*ir.TimeRange
}

type sampleEvent struct {
	id    string
	time  int64 // nanoseconds
	lasts time.Duration
	text  string
	rules []int // the queries that match the event
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

// lowered returns the correlations of a setting in the IR, with paths that equal the field names.
func (s *setting) lowered() []*ir.Correlation {
	var out []*ir.Correlation
	for _, c := range s.collection.Correlations {
		l := &ir.Correlation{Rule: c.ID, Title: c.Title, Type: typeNames[c.Type], Timespan: c.Timespan, Strict: s.strict, Spans: s.spans}
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
	b := ir.Base{Reference: ir.Reference{Index: slices.IndexFunc(s.collection.Rules, func(r *sigma.Rule) bool { return r.Name == name })}}
	if rule := b.Index; rule >= 0 {
		b.Range = s.ranges[rule]
		if s.query != nil {
			b.Index = s.query[rule]
		}
	}
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
	panic("unexpected condition")
}

// parsed returns the fields of a stored event, as a hunt reads them.
func parsed(e evidence.Event) (Fields, error) {
	var parser value.Parser
	doc, err := parser.Parse(e.Raw)
	return &EventFields{Doc: doc, Walker: &value.Walker{}}, err
}

// runEngine runs the engine. It distributes events over the workers at random.
func (s *setting) runEngine(t testing.TB, random *rand.Rand, options Options) []string {
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
		if err := workers[random.IntN(len(workers))].Add(Event{Key: key, Time: e.time, Duration: e.lasts, Ref: ref}, e.rules, fields); err != nil {
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

// naive runs the evaluator that serves as the oracle.
func (s *setting) naive(t testing.TB) []string {
	t.Helper()
	var events []testkit.BaseEvent
	for _, e := range s.events {
		decoded, err := testkit.DecodeEvent(e.text)
		if err != nil {
			t.Fatal(err)
		}
		base := testkit.BaseEvent{ID: e.id, Time: time.Unix(0, e.time).UTC(), Last: time.Unix(0, e.time+int64(e.lasts)).UTC(), Event: decoded}
		last := e.time
		if s.spans {
			last += int64(e.lasts)
		}
		for i, rule := range s.collection.Rules {
			query := i
			if s.query != nil {
				query = s.query[i]
			}
			within := s.ranges[i]
			if slices.Contains(e.rules, query) && (within == nil || within.From < within.To && within.From <= last && e.time < within.To) {
				base.Rules = append(base.Rules, rule)
			}
		}
		events = append(events, base)
	}
	correlations := testkit.NewCorrelations(s.collection, events, testkit.Options{Strict: s.strict, Spans: s.spans})
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

// TestAgreesWithNaiveEvaluator compares the engine with an evaluator written from the documented meaning alone.
func TestAgreesWithNaiveEvaluator(t *testing.T) {
	rounds, dir := testkit.Rounds(150, 500, 2500), t.TempDir()
	found := 0
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		s := randomSetting(r)
		want := s.naive(t)
		found += len(want)
		// Chunks of three records with a limit of one byte go to disk at once.
		for _, options := range []Options{{Workers: 1}, {Workers: 1 + r.IntN(3), Memory: 1, Dir: dir, chunk: 3}} {
			if got := s.runEngine(t, r, options); !slices.Equal(got, want) {
				t.Fatalf("seed %d, chunk %d:\n%s\ngot  %s\nwant %s", seed, options.chunk, s, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		}
	}
	t.Logf("%d bursts", found)
	if found < rounds {
		t.Errorf("got only %d bursts in %d rounds: the generator must find more", found, rounds)
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
		fmt.Fprintf(&b, "%s at %d for %d rules %v %s\n", e.id, e.time, e.lasts, e.rules, e.text)
	}
	return b.String()
}

// TestOrderedAgreesOnTies has many events at few times that match many steps, so that steps compete for events.
func TestOrderedAgreesOnTies(t *testing.T) {
	rounds := testkit.Rounds(200, 700, 1500)
	found := 0
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		s := &setting{collection: &sigma.Collection{}, strict: r.IntN(3) == 0}
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
		if got := s.runEngine(t, r, Options{Workers: 2}); !slices.Equal(got, want) {
			t.Fatalf("seed %d:\n%s\ngot  %s\nwant %s", seed, s, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	if found < rounds/2 {
		t.Errorf("got only %d bursts in %d rounds: the generator must find more", found, rounds)
	}
}
