package check

import (
	"errors"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
)

var errTooLarge = errors.New("the file is larger than 4 MB")

// judgedHere are codes of the reader whose subject a check of its own judges.
var judgedHere = map[string]bool{
	"all-with-one-value": true, "repeated-modifier": true, "invalid-tag": true, "empty-selector": true,
}

// conditionCodes are the codes of faults that pySigma counts as errors in conditions.
var conditionCodes = map[string]bool{
	"condition-syntax": true, "condition-too-deep": true, "condition-too-long": true, "unknown-search": true,
	"aggregation-syntax": true, "aggregation-in-list": true, "near-aggregation": true, "unknown-aggregation": true,
	"missing-timeframe": true, "old-aggregation": true, "condition-letter-case": true,
}

// read adds what the reader found in a file.
func (r *run) read(out *checked, list diag.List, outlines []sigma.Outline) {
	for i := range list {
		if judgedHere[list[i].Code] {
			continue
		}
		d := r.convert(&list[i])
		if d == nil {
			continue
		}
		for n := range outlines {
			if s := outlines[n].Span; s.Start <= d.Span.Start && d.Span.Start <= s.End {
				if id := outlines[n].Find("id"); id != nil {
					d.Rule = id.Text
				}
				if title := outlines[n].Find("title"); title != nil {
					d.RuleTitle = title.Text
				}
			}
		}
		out.out = append(out.out, d)
	}
}

// lowered adds the faults that lowering found in a detection.
func (r *run) lowered(out *checked, doc *Document, list diag.List) {
	for i := range list {
		if d := r.convert(&list[i]); d != nil {
			d.Rule, d.RuleTitle = doc.ID, doc.Title
			out.out = append(out.out, d)
		}
	}
}

// convert returns a diagnostic of the reader as one of the table, nil if its check does not run.
func (r *run) convert(from *diag.Diagnostic) *Diagnostic {
	code := from.Code
	if code == "invalid-date" && slashDate(from.Span.Text()) {
		code = "old-date" // without leading zeros, which pySigma accepts
	}
	c := Find(code)
	if c == nil {
		c = Find("other-fault")
	}
	if !r.on(c) {
		return nil
	}
	d := &Diagnostic{
		Check: c, Level: r.level(c), Message: from.Message, Span: from.Span, Labels: from.Labels, Help: from.Help,
		Condition: conditionCodes[from.Code] && from.Severity == diag.Error,
	}
	if from.Fix != nil {
		d.Fixes = []diag.Fix{*from.Fix}
		if strings.EqualFold(from.Fix.Span.Text(), from.Fix.Text) && code != "unknown-modifier" && r.Levels[c] == 0 {
			d.Level = min(d.Level, Low) // only the letter case differs, which tools accept
		}
	}
	return d
}

// slashDate reports whether a text is a day in the form of Sigma 1, such as 2024/1/31.
func slashDate(text string) bool {
	day, err := time.Parse("2006/1/2", strings.Trim(text, `'"`))
	return err == nil && day.Year() >= 1000
}
