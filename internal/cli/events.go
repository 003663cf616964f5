package cli

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
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// events holds the rules against the events of the file that --event names, and prints what each predicate saw.
func (e *explainer) events(ctx context.Context, stdin io.Reader, rules []*ruleset.Rule, correlations []*ruleset.Correlation) error {
	for _, c := range correlations {
		for _, base := range c.IR.Bases {
			if rule := e.base(&base); rule != nil && !slices.Contains(rules, rule) {
				rules = append(rules, rule)
			}
		}
	}
	reader := event.NewReader(event.Options{Stdin: stdin, NoHash: true, Schemas: e.flags.schemas})
	var held, others explained
	var walker value.Walker
	out := e.out
	defer func() { e.out = out }()
	err := reader.Run(ctx, []string{e.flags.event}, 1, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			list := &others
			if slices.ContainsFunc(rules, func(rule *ruleset.Rule) bool { return e.matches(rule, r.Schema, r.Doc) }) {
				list = &held
			}
			place := held.count + others.count
			list.count++
			if len(list.texts) == e.flags.limit {
				continue
			}
			walker.Reset()
			var text strings.Builder
			e.out = &text
			e.separate(true)
			id, ok := r.Schema.AppendEventID(nil, &walker, r.Doc)
			if !ok {
				id = []byte(b.File.Path)
			}
			e.heading("event", string(id)+"  "+r.Schema.Time.Text(&walker, r.Doc)+"  "+r.Schema.Action.Text(&walker, r.Doc))
			for _, rule := range rules {
				e.trace(rule, r.Schema, r.Doc)
			}
			for _, c := range correlations {
				e.counted(c, r.Schema, r.Doc)
			}
			list.texts, list.places = append(list.texts, text.String()), append(list.places, place)
		}
		return nil
	})
	e.out = out
	if err != nil {
		return err
	}
	shown := held.count + others.count
	e.explained(&held, &others)
	if shown == 0 && e.sample(rules) {
		return nil
	}
	return unread(reader.Files(), e.flags.event, shown)
}

// explained are events with what their rules saw: how many there are, and the first of them with their place in the file.
type explained struct {
	count  int
	texts  []string
	places []int
}

// explained prints events up to the limit, in the order of the file. Where there are more, those that a rule matches come
// before the others: in a log of thousands they are what is looked for.
func (e *explainer) explained(held, others *explained) {
	room := max(0, e.flags.limit-len(held.texts))
	i, j := 0, 0
	for i < len(held.texts) || j < min(room, len(others.texts)) {
		if j == min(room, len(others.texts)) || i < len(held.texts) && held.places[i] < others.places[j] {
			e.printf("%s", held.texts[i])
			i++
			continue
		}
		e.printf("%s", others.texts[j])
		j++
	}
	if more := held.count + others.count - i - j; more > 0 {
		e.printf("\nand %d more, %d of them matching (--max-events)\n", more, held.count-i)
	}
}

// maxSample bounds a file that is read as one event.
const maxSample = 16 << 20

// sample holds the rules against a file with one JSON object that no log source is known by, such as an event that was
// cut down to a few fields: it is read as an event of each log source that serves the rule. It reports false for others.
func (e *explainer) sample(rules []*ruleset.Rule) bool {
	info, err := os.Stat(e.flags.event)
	if err != nil || info.Size() > maxSample {
		return false
	}
	text, err := os.ReadFile(e.flags.event)
	if err != nil {
		return false
	}
	var parser value.Parser
	doc, err := parser.Parse(text)
	if err != nil || doc.Kind(0) != value.Object {
		return false
	}
	for _, sch := range e.flags.schemas {
		for _, rule := range rules {
			if _, query := e.compile(sch, rule); query >= 0 {
				e.separate(true)
				e.heading("event", e.flags.event+", of no known log source, read as "+sch.Title)
				e.trace(rule, sch, doc)
			}
		}
	}
	return true
}

// base is the rule that a correlation counts, nil where it counts another correlation.
func (e *explainer) base(base *ir.Base) *ruleset.Rule {
	if base.Correlation {
		return nil
	}
	return e.set.Rules[base.Index]
}

// counted prints what a correlation groups and counts an event by, for the rules that it counts.
func (e *explainer) counted(c *ruleset.Correlation, sch *schema.Schema, doc *value.Doc) {
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
			e.printf("      %s\n", e.paint("2", diag.Safe(what+" "+field.Name)+": "+seen(match.Texts(field, doc))))
		}
	}
}

// unread is an error that says what of the events could not be read, nil if all could.
func unread(files []*event.File, path string, shown int) error {
	var faults []error
	for _, file := range files {
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
	return &failure{code: exitInput, err: errors.Join(faults...)}
}
