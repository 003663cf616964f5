package ruletest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A record is one event as an event of a log source.
type record struct {
	schema *schema.Schema
	text   []byte
	// matched are the rules that match it, by index in the runner's set of tested rules.
	matched []int
	// owner is the result of the first test with the event.
	owner *Result
}

// recordKey tells records apart.
type recordKey struct {
	schema *schema.Schema
	text   string
}

// runner runs tests. It matches an event once against all tested rules, however many tests have it.
type runner struct {
	set      *ruleset.Set
	schemas  []*schema.Schema
	detector *schema.Detector
	// tested has the detection rules of all tests and the rules that tested correlations count; index maps rules of set to it.
	tested   *ruleset.Set
	index    map[int]int
	plans    map[*schema.Schema]*plan
	records  []*record
	byKey    map[recordKey]*record
	detected map[string][]*record // by text; empty for an event of no known log source
	// seen are the records of the tests of each rule, by index in tested.
	seen map[int][]*record
	// current is the result of the test that runs.
	current *Result
}

// plan has what runs the tested rules on the events of one schema.
type plan struct {
	compiled *ruleset.Compiled
	matcher  *match.Matcher
	// query maps rules of the tested set to queries.
	query map[int]int
}

func newRunner(set *ruleset.Set, schemas []*schema.Schema, cases []*Case) *runner {
	r := &runner{
		set: set, schemas: schemas, detector: schema.NewDetector(schemas), index: map[int]int{}, plans: map[*schema.Schema]*plan{},
		byKey: map[recordKey]*record{}, detected: map[string][]*record{}, seen: map[int][]*record{},
	}
	wanted := map[int]bool{}
	var need func(ref ir.Reference)
	need = func(ref ir.Reference) {
		if !ref.Correlation {
			wanted[ref.Index] = true
			return
		}
		for _, base := range set.Correlations[ref.Index].IR.Bases {
			need(ir.Reference{Correlation: base.Correlation, Index: base.Index})
		}
	}
	for _, c := range cases {
		for _, ref := range c.Rules {
			need(ref)
		}
	}
	r.tested = &ruleset.Set{}
	for i, rule := range set.Rules {
		if wanted[i] {
			r.index[i] = len(r.tested.Rules)
			r.tested.Rules = append(r.tested.Rules, rule)
		}
	}
	return r
}

func (r *runner) plan(s *schema.Schema) *plan {
	p := r.plans[s]
	if p == nil {
		p = &plan{compiled: r.tested.Compile(s), query: map[int]int{}}
		for query, rule := range p.compiled.Rules {
			p.query[rule] = query
		}
		p.matcher = p.compiled.Program.NewMatcher()
		r.plans[s] = p
	}
	return p
}

// record matches an event as one of a log source.
func (r *runner) record(s *schema.Schema, doc *value.Doc) *record {
	key := recordKey{s, string(doc.Source())}
	if known := r.byKey[key]; known != nil {
		return known
	}
	p := r.plan(s)
	rec := &record{schema: s, text: []byte(key.text), owner: r.current}
	for _, query := range p.matcher.Match(doc) {
		rec.matched = append(rec.matched, p.compiled.Rules[query])
	}
	r.byKey[key] = rec
	r.records = append(r.records, rec)
	return rec
}

// recordsOf returns the records of an event for a rule: those of the log source that egret recognises, else one for each log source
// that serves the rule, else the event as a row of a table of which nothing is known.
func (r *runner) recordsOf(text []byte, rule *ruleset.Rule) ([]*record, error) {
	if known, ok := r.detected[string(text)]; ok && len(known) > 0 {
		return known, nil
	}
	var parser value.Parser
	doc, err := parser.Parse(text)
	if err != nil {
		return nil, err
	}
	if s := r.detector.Detect(doc, 0); s != nil {
		records, err := r.parts(s, doc)
		r.detected[string(text)] = records
		return records, err
	}
	var records []*record
	for _, s := range r.schemas {
		if s != schema.Generic() && s.Serves(rule.LogSource) {
			records = append(records, r.record(s, doc))
		}
	}
	if len(records) == 0 {
		records = append(records, r.record(schema.Generic(), doc))
	}
	return records, nil
}

// parts returns the records of an event that may hold several.
func (r *runner) parts(s *schema.Schema, doc *value.Doc) ([]*record, error) {
	var split schema.Splitter
	several, err := split.Begin(s, doc)
	if err != nil {
		return nil, err
	}
	if !several {
		return []*record{r.record(s, doc)}, nil
	}
	var records []*record
	for text := split.Next(); text != nil; text = split.Next() {
		var parser value.Parser
		part, err := parser.Parse(bytes.Clone(text))
		if err != nil {
			return nil, err
		}
		records = append(records, r.record(s, part))
	}
	return records, nil
}

// run runs one test natively and adds its failures.
func (r *runner) run(ctx context.Context, res *Result) error {
	c := res.Case
	r.current = res
	fail := func(format string, args ...any) {
		res.Failures = append(res.Failures, Failure{c.Span, fmt.Sprintf(format, args...)})
	}
	switch {
	case c.Skip != "":
		return nil
	case c.Broken != "":
		fail("%s", c.Broken)
		return nil
	}
	if slices.ContainsFunc(c.Rules, func(ref ir.Reference) bool { return ref.Correlation }) {
		return r.hunt(ctx, res)
	}
	var found []string // the events with a match
	var nearest string
	for i, text := range c.Events {
		count := 0
		for _, ref := range c.Rules {
			rule := r.set.Rules[ref.Index]
			records, err := r.recordsOf(text, rule)
			if err != nil {
				fail("event %d: %v", i+1, err)
				return nil
			}
			r.seen[r.index[ref.Index]] = append(r.seen[r.index[ref.Index]], records...)
			for _, rec := range records {
				if slices.Contains(rec.matched, r.index[ref.Index]) {
					count++
				} else if nearest == "" {
					nearest = r.why(rec, ref.Index)
				}
			}
		}
		if count > 0 {
			found = append(found, strconv.Itoa(i+1))
		}
	}
	got := len(found)
	switch want := c.Want.Count; {
	case want == Any && got == 0:
		fail("the rule matches none of %s%s", plural(len(c.Events), "event"), nearest)
	case want == 0 && got > 0:
		fail("expected no match, but the rule matches event %s", shortList(found))
	case want > 0 && got != want:
		if got > 0 {
			nearest = ": event " + shortList(found)
		}
		fail("expected %s, but the rule matches %d of %s%s", plural(want, "matching event"), got, plural(len(c.Events), "event"), nearest)
	}
	return nil
}

// hunt runs a test of a correlation.
func (r *runner) hunt(ctx context.Context, res *Result) (err error) {
	c := res.Case
	fail := func(format string, args ...any) {
		res.Failures = append(res.Failures, Failure{c.Span, fmt.Sprintf(format, args...)})
	}
	var lines bytes.Buffer
	var parser value.Parser
	var walker value.Walker
	for i, text := range c.Events {
		doc, err := parser.Parse(text)
		if err != nil {
			fail("event %d: %v", i+1, err)
			return nil
		}
		s := r.detector.Detect(doc, 0)
		if s == nil {
			fail("event %d is of no log source that egret knows, so that no correlation can count it", i+1)
			return nil
		}
		if _, ok := s.EventTime(&walker, doc); !ok {
			fail("event %d has no time, so that no correlation can count it", i+1)
			return nil
		}
		if err := json.Compact(&lines, text); err != nil {
			fail("event %d: %v", i+1, err)
			return nil
		}
		records, err := r.parts(s, doc)
		if err != nil {
			fail("event %d: %v", i+1, err)
			return nil
		}
		for _, ref := range c.Rules {
			r.see(ref, records)
		}
		lines.WriteByte('\n')
	}
	var rules []*ruleset.Rule
	var correlations []*ruleset.Correlation
	for _, ref := range c.Rules {
		if ref.Correlation {
			correlations = append(correlations, r.set.Correlations[ref.Index])
		} else {
			rules = append(rules, r.set.Rules[ref.Index])
		}
	}
	result, err := hunt.Run(ctx, hunt.Options{
		Set: r.set.Only(rules, correlations), Schemas: r.schemas, Threads: 1, Unfolded: true,
		Source: &hunt.Files{Paths: []string{"-"}, Stdin: &lines, StdinName: c.Path},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	var found []*foundFinding
	_, err = result.Each(ctx, 0, nil, func(f *finding.Finding) error {
		found = append(found, &foundFinding{rule: f.Rule.Title, group: slices.Clone(f.Group), events: f.Count})
		return nil
	})
	if err != nil {
		return err
	}
	r.compare(res, found)
	return nil
}

// see notes that a test has shown records to a rule, or to those that a correlation counts.
func (r *runner) see(ref ir.Reference, records []*record) {
	if !ref.Correlation {
		r.seen[r.index[ref.Index]] = append(r.seen[r.index[ref.Index]], records...)
		return
	}
	for _, base := range r.set.Correlations[ref.Index].IR.Bases {
		r.see(ir.Reference{Correlation: base.Correlation, Index: base.Index}, records)
	}
}

// why says which predicates keep a rule from matching a record, for a message.
func (r *runner) why(rec *record, rule int) string {
	p := r.plan(rec.schema)
	query, ok := p.query[r.index[rule]]
	if !ok {
		return ": the event is one of " + rec.schema.Title + ", which is not the log source of the rule"
	}
	var parser value.Parser
	doc, err := parser.Parse(rec.text)
	if err != nil {
		return ""
	}
	var parts []string
	blame(match.Explain(p.compiled.Queries[query], doc), false, &parts)
	if len(parts) == 0 {
		return ""
	}
	return ": " + joinShort(parts)
}
