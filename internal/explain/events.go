package explain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// Events compares the rules with the events at Options.Event and prints what each predicate saw, first for matching
// events, then for those that come nearest.
func (e *Explainer) Events(ctx context.Context, stdin io.Reader, rules []*ruleset.Rule, correlations []*ruleset.Correlation) (failed error) {
	for _, c := range correlations {
		for _, base := range c.IR.Bases {
			if rule := e.base(&base); rule != nil && !slices.Contains(rules, rule) {
				rules = append(rules, rule)
			}
		}
	}
	if e.opt.Event == "-" && len(correlations) > 0 {
		file, remove, err := spooled(stdin)
		if err != nil {
			return err
		}
		defer func() { failed = errors.Join(failed, remove()) }()
		if err := e.fires(ctx, file, correlations); err != nil {
			return err
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		stdin = file
	} else if err := e.fires(ctx, stdin, correlations); err != nil {
		return err
	}
	reader := event.NewReader(event.Options{Stdin: stdin, NoHash: true, Schemas: e.opt.Schemas, Parquet: parquetrow.Reader})
	var r ranking
	r.limit = e.opt.MaxEvents
	err := reader.Run(ctx, []string{e.opt.Event}, 1, func(_ int, b *event.Batch) error {
		for record := b.Next(); record != nil; record = b.Next() {
			if missing := e.missing(rules, record); r.wants(missing) {
				r.add(missing, e.render(b.File.Path, record, rules, correlations))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.print(e)
	if r.count == 0 && e.sample(rules) {
		return nil
	}
	return unread(reader.Files(), e.opt.Event, r.count)
}

// missing is the lowest number of predicates that keep one of the rules from matching an event, or foreign if the
// event is not of any rule's log source.
func (e *Explainer) missing(rules []*ruleset.Rule, r *event.Record) int {
	least := foreign
	for _, rule := range rules {
		if judge := e.judge(r.Schema, rule); judge != nil {
			least = min(least, judge.Missing(r.Doc))
		}
	}
	return least
}

// judge returns the judge of a rule for a schema, which it creates once; nil if the schema does not serve the rule.
func (e *Explainer) judge(sch *schema.Schema, rule *ruleset.Rule) *match.Judge {
	key := judgeKey{sch, rule}
	judge, ok := e.judges[key]
	if !ok {
		if compiled, query := e.compile(sch, rule); query >= 0 {
			judge = match.NewJudge(compiled.Queries[query])
		}
		if e.judges == nil {
			e.judges = map[judgeKey]*match.Judge{}
		}
		e.judges[key] = judge
	}
	return judge
}

type judgeKey struct {
	schema *schema.Schema
	rule   *ruleset.Rule
}

// render returns the text for one event.
func (e *Explainer) render(path string, r *event.Record, rules []*ruleset.Rule, correlations []*ruleset.Correlation) string {
	var walker value.Walker
	var text strings.Builder
	out := e.out
	e.out = &text
	before := e.printed
	defer func() { e.out, e.printed = out, before }()
	id, ok := r.Schema.AppendEventID(nil, &walker, r.Doc)
	if !ok {
		id = []byte(path)
	}
	e.heading("event", string(id)+"  "+r.Schema.Time.Text(&walker, r.Doc)+"  "+r.Schema.Action.Text(&walker, r.Doc))
	for _, rule := range rules {
		e.trace(rule, r.Schema, r.Doc)
	}
	for _, c := range correlations {
		e.counted(c, r.Schema, r.Doc)
	}
	return text.String()
}

// maxSample is the maximum size of a file that is read as one event.
const maxSample = 16 << 20

// sample compares the rules with a file of one JSON object without a recognizable log source, such as an event
// reduced to a few fields. It reads the object as an event of each log source that serves the rule. It returns false
// for other files.
func (e *Explainer) sample(rules []*ruleset.Rule) bool {
	info, err := os.Stat(e.opt.Event)
	if err != nil || info.Size() > maxSample {
		return false
	}
	text, err := os.ReadFile(e.opt.Event)
	if err != nil {
		return false
	}
	var parser value.Parser
	doc, err := parser.Parse(text)
	if err != nil || doc.Kind(0) != value.Object {
		return false
	}
	for _, sch := range e.opt.Schemas {
		for _, rule := range rules {
			if _, query := e.compile(sch, rule); query >= 0 {
				e.separate(e.printed)
				e.heading("event", e.opt.Event+", of no known log source, read as "+sch.Title)
				e.trace(rule, sch, doc)
			}
		}
	}
	return true
}

// base returns the rule that a correlation counts, nil if it counts another correlation.
func (e *Explainer) base(base *ir.Base) *ruleset.Rule {
	if base.Correlation {
		return nil
	}
	return e.set.Rules[base.Index]
}

// counted prints the group and the counted values of an event in a correlation, for each rule that it counts.
func (e *Explainer) counted(c *ruleset.Correlation, sch *schema.Schema, doc *value.Doc) {
	for _, base := range c.IR.Bases {
		rule := e.base(&base)
		if rule == nil {
			continue
		}
		if _, query := e.compile(sch, rule); query < 0 {
			continue
		}
		e.printf("  %s counts events of %s\n", diag.Safe(c.Title), diag.Safe(rule.Title))
		for i, field := range slices.Concat(base.GroupBy, base.Values) {
			what := "value"
			if i < len(base.GroupBy) {
				what = "group"
			}
			pass.BindField(&field, sch.Paths)
			e.printf("      %s\n", e.paint(term.Dim, diag.Safe(what+" "+field.Name)+": "+seen(match.Texts(field, doc))))
		}
	}
}

// unread returns an error about events that could not be read, nil if all could.
func unread(files []*event.File, path string, shown int) error {
	var faults []error
	for _, file := range files {
		if file.Status == event.Skipped && shown > 0 {
			continue // a folder of logs may also contain other files
		}
		if file.Status != event.Read {
			faults = append(faults, fmt.Errorf("%s: %s", file.Path, file.Reason))
		}
	}
	if shown == 0 && len(faults) == 0 {
		faults = append(faults, fmt.Errorf("%s: no events", path))
	}
	if len(faults) == 0 {
		return nil
	}
	return &setup.Error{Kind: setup.Input, Err: errors.Join(faults...)}
}
