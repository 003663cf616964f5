package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// readerItems are judgements about items that belong to the subjects of the reader, which reads what other tools refuse.
var readerItems = map[string]func(*reporter, *Item){
	"invalid-key": numberKeys, "invalid-value": dateValues, "unknown-modifier": blankModifiers,
}

var day = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$`)

// isDay reports whether tools that read YAML 1.1, such as pySigma, take a text without quotes for a date.
func isDay(text string) bool { return day.MatchString(text) }

// quoted returns the edit that writes a scalar in quotes, nil if it does not stand in the file as it is.
func quoted(span source.Span, text string) []diag.Fix {
	if span.Text() != text {
		return nil
	}
	return []diag.Fix{{Span: span, Text: "'" + text + "'"}}
}

func dateValues(r *reporter, item *Item) {
	for i := range item.Values {
		v := &item.Values[i]
		if v.Kind == sigma.StringValue && isDay(v.Text) && v.Span.Text() == v.Text {
			out := r.report(v.Span, fmt.Sprintf("%s is a date for tools that read YAML 1.1, which refuse the rule", v.Text))
			out.Help, out.Fixes = "write it in quotes", quoted(v.Span, v.Text)
		}
	}
}

var wholeNumber = regexp.MustCompile(`^[0-9]+$`)

func numberKeys(r *reporter, item *Item) {
	if item.Field == "" || len(item.Modifiers) > 0 || !wholeNumber.MatchString(item.Field) || item.FieldSpan.Text() != item.Field {
		return
	}
	if text, start := item.FieldSpan.File.Text, item.FieldSpan.Start; start > 0 && strings.IndexByte(`"'`, text[start-1]) >= 0 {
		return
	}
	out := r.report(item.FieldSpan, fmt.Sprintf("the field %s is a number, expected a text", item.Field))
	out.Help, out.Fixes = "write it in quotes", quoted(item.FieldSpan, item.Field)
}

func blankModifiers(r *reporter, item *Item) {
	for _, m := range item.Modifiers {
		text := m.Span.File.Text
		if m.Name == "" || m.Span.Text() != m.Name {
			continue
		}
		behind := strings.TrimLeft(text[m.Span.End:], " ")
		if text[m.Span.Start-1] == ' ' || behind != text[m.Span.End:] && behind != "" && strings.IndexByte(`|"'`, behind[0]) >= 0 {
			r.report(m.Span, fmt.Sprintf("the modifier %s has a blank before or behind it", m.Name)).Help =
				"remove the blank, which other tools take for a part of the name"
		}
	}
}
