package explain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// A Comparison says how events compare with rules, for front ends that show it themselves.
type Comparison struct {
	// Events are the first events in their order, at most as many as were asked for. Total counts all.
	Events []ComparedEvent
	Total  int
	// Faults say, each in one line, which parts of the text are no events.
	Faults []string
}

// A ComparedEvent is an event with what each rule made of it.
type ComparedEvent struct {
	// ID, Time and Action describe the event; they are empty if it has none. Source is the title of its log source. Guessed is set
	// if the event does not show its log source, so that it was read as one of the rule's.
	ID, Time, Action, Source string
	Guessed                  bool
	// JSON is the text of the event.
	JSON []byte
	// Rules are in the order in which they were asked for.
	Rules []ComparedRule
}

// A ComparedRule is what one rule made of an event.
type ComparedRule struct {
	Rule *ruleset.Rule
	// Foreign is set if the rule is for other log sources; then the rest is empty.
	Foreign bool
	// Trace has every predicate. Missing is the number of those, of Predicates, that keep the rule from matching.
	Trace               match.Trace
	Missing, Predicates int
}

// Compare compares rules with the events of a text, in any form that hunts read. If none of it is an event of a known log source, JSON
// objects count as events of each rule's log source.
func (e *Explainer) Compare(ctx context.Context, text []byte, rules []*ruleset.Rule, limit int) (*Comparison, error) {
	c := &Comparison{}
	reader := event.NewReader(event.Options{Stdin: bytes.NewReader(text), NoHash: true, Schemas: e.opt.Schemas})
	err := reader.Run(ctx, []string{"-"}, 1, func(_ int, b *event.Batch) error {
		for record := b.Next(); record != nil; record = b.Next() {
			if c.Total++; c.Total <= limit {
				c.Events = append(c.Events, e.compared(record.Schema, record.Doc, record.JSON(), rules))
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	if c.Total == 0 {
		return c, e.plain(ctx, c, text, rules, limit)
	}
	for _, file := range reader.Files() {
		if n := file.OtherRecords; n > 0 {
			c.Faults = append(c.Faults, term.Plural(int(n), "record")+" of no known log source")
		}
		for _, f := range file.Failures {
			c.Faults = append(c.Faults, fmt.Sprintf("record %d: %s", f.Record+1, diag.Safe(f.Reason)))
		}
		if more := int(file.FailedRecords) - len(file.Failures); more > 0 {
			c.Faults = append(c.Faults, fmt.Sprintf("and %d more", more))
		}
	}
	return c, nil
}

// plain reads a text as JSON objects, alone, one after another or in lists.
func (e *Explainer) plain(ctx context.Context, c *Comparison, text []byte, rules []*ruleset.Rule, limit int) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			offset := decoder.InputOffset()
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				offset = syntax.Offset - 1
			}
			before := text[:max(0, min(int(offset), len(text)))]
			c.Faults = append(c.Faults, fmt.Sprintf("line %d: not JSON: %s", bytes.Count(before, []byte("\n"))+1, diag.Safe(err.Error())))
			return nil
		}
		list := []json.RawMessage{raw}
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &list); err != nil {
				return err
			}
		}
		for _, one := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			var parser value.Parser
			doc, err := parser.Parse(one)
			if err != nil || doc.Kind(0) != value.Object {
				c.Faults = append(c.Faults, "a value that is no JSON object is no event")
				continue
			}
			if c.Total++; c.Total <= limit {
				c.Events = append(c.Events, e.guessed(doc, one, rules))
			}
		}
	}
}

// guessed compares rules with an event that does not show its log source.
func (e *Explainer) guessed(doc *value.Doc, text []byte, rules []*ruleset.Rule) ComparedEvent {
	one := ComparedEvent{Guessed: true, JSON: bytes.Clone(text)}
	for _, rule := range rules {
		var own ComparedRule
		for _, sch := range e.opt.Schemas {
			if sch == schema.Generic() && own.Rule != nil {
				continue // a log source that is known says more
			}
			if made := e.comparedRule(sch, doc, rule); !made.Foreign && (own.Rule == nil || made.Missing < own.Missing) {
				own, one.Source = made, sch.Title
			}
		}
		if own.Rule == nil {
			own = ComparedRule{Rule: rule, Foreign: true}
		}
		one.Rules = append(one.Rules, own)
	}
	return one
}

func (e *Explainer) compared(sch *schema.Schema, doc *value.Doc, text []byte, rules []*ruleset.Rule) ComparedEvent {
	var walker value.Walker
	id, _ := sch.AppendEventID(nil, &walker, doc)
	one := ComparedEvent{
		ID: string(id), Time: sch.Time.Text(&walker, doc), Action: sch.Action.Text(&walker, doc), Source: sch.Title, JSON: bytes.Clone(text),
	}
	for _, rule := range rules {
		one.Rules = append(one.Rules, e.comparedRule(sch, doc, rule))
	}
	return one
}

func (e *Explainer) comparedRule(sch *schema.Schema, doc *value.Doc, rule *ruleset.Rule) ComparedRule {
	compiled, query := e.compile(sch, rule)
	if query < 0 {
		return ComparedRule{Rule: rule, Foreign: true}
	}
	judge := e.judge(sch, rule)
	return ComparedRule{Rule: rule, Trace: match.Explain(compiled.Queries[query], doc), Missing: judge.Missing(doc), Predicates: judge.Predicates()}
}

// Fires prints whether correlations fire in the events of a text, and which groups come nearest, as egret explain does.
func (e *Explainer) Fires(ctx context.Context, text []byte, correlations []*ruleset.Correlation) error {
	e.opt.Event = "-"
	return e.fires(ctx, bytes.NewReader(text), correlations)
}
