package report

import (
	"io"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/report/htmlreport"
)

func newHTML(w io.Writer, options Options) Writer {
	return htmlreport.New(w, htmlreport.Options{
		Location: options.Location, Describe: wordsOf, Nothing: nothingFound, Ledger: ledgerLines, Story: options.Story,
	})
}

// maxCalls is how many names of calls a report of events tells apart.
const maxCalls = 5000

// eventHTML writes events as findings whose rules are the names of their calls.
type eventHTML struct {
	*htmlreport.Writer

	calls map[string]*finding.Rule
}

func newEventHTML(w io.Writer, options Options) Writer {
	return &eventHTML{htmlreport.New(w, htmlreport.Options{
		Events: true, Location: options.Location, Describe: wordsOf, Nothing: noEvent, Ledger: ledgerLines,
	}), map[string]*finding.Rule{}}
}

func (e *eventHTML) Finding(f *finding.Finding) error {
	name := callName(f.Service, f.Action)
	rule := e.calls[name]
	if rule == nil {
		if len(e.calls) == maxCalls {
			name = "other calls"
		}
		rule = &finding.Rule{Title: strings.Clone(name)}
		if len(e.calls) < maxCalls {
			e.calls[rule.Title] = rule
		}
	}
	event := *f
	event.Rule, event.Level, event.Also = rule, finding.Informational, nil
	return e.Writer.Finding(&event)
}

// wordsOf puts the facts of a finding into the words of the other formats.
func wordsOf(f *finding.Finding) htmlreport.Words {
	var m merged
	m.add(f)
	words := htmlreport.Words{Outcome: m.outcome(), Targets: m.targetTexts(), Facts: m.factTexts()}
	for i := range f.Facts.Origins {
		if o := &f.Facts.Origins[i]; !o.IsZero() {
			text := strings.TrimSuffix(strings.TrimPrefix(Address(o), o.Address+" ("), ")")
			words.Origins = append(words.Origins, htmlreport.Origin{Address: o.Address, Text: text})
		}
	}
	return words
}

// ledgerLines returns the rows of the printed ledger.
func ledgerLines(l *finding.Ledger) []htmlreport.Line {
	var lines []htmlreport.Line
	for _, row := range ledgerRows(l, &Options{}) {
		lines = append(lines, htmlreport.Line{Name: row.name, Text: redact.Text(row.text), Alarm: row.alarm})
	}
	return lines
}
