package connector

import (
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// Parse returns the comparisons of a pattern, which the text has as a JSON string, and the time range in milliseconds since 1970. Text
// that is no JSON is a *SyntaxError.
func Parse(text string, o Options, now time.Time) (Answer, error) {
	v, err := decode(text)
	if err != nil {
		return Answer{}, &SyntaxError{"the pattern", err.Error() + "; it is a JSON string in quotes"}
	}
	pattern, ok := v.(string)
	if !ok {
		return Refuse(faultf(codeTranslation, "%sthe pattern is no JSON string in quotes", translationPrefix)), nil
	}
	if o.Language != "stix" {
		return Refuse(faultf(codeParameter, "unknown dialect : None")), nil
	}
	p, err := o.pattern(pattern)
	if err != nil {
		return Refuse(err), nil
	}
	l := lister{}
	l.observation(p.Expr)
	if !l.ranged {
		l.stop = now
		l.start = now.Add(-o.TimeRange)
	}
	return Answer{pyprint.NewDict("parsed_stix", &l.list, "start_time", l.start.UnixMilli(), "end_time", l.stop.UnixMilli())}, nil
}

// parsePattern reads a pattern of 2.1, or of 2.0, whose grammar allows qualifiers to repeat.
func parsePattern(text string) (*stix.Pattern, error) {
	file := source.NewFile("<pattern>", text)
	p, list := stix.Parse(file, stix.V21)
	if p == nil {
		if old, _ := stix.Parse(file, stix.V20); old != nil {
			p, list = old, nil
		}
	}
	if p == nil {
		return nil, patternFault(codeTranslation, translationPrefix, file, list)
	}
	if list = stix.Check(p); list.HasErrors() {
		return nil, patternFault(codeParameter, "", file, list)
	}
	return p, nil
}

// pattern reads a pattern. With ValidatePattern its faults are those of a validation, which also knows hashes.
func (o *Options) pattern(text string) (*stix.Pattern, error) {
	p, err := parsePattern(text)
	if !o.ValidatePattern {
		return p, err
	}
	if err != nil {
		if f, ok := err.(*Error); ok { //nolint:errorlint // it is not wrapped
			return nil, &Error{codeParameter, strings.TrimPrefix(f.Message, translationPrefix)}
		}
		return nil, err
	}
	for _, d := range stix.Check(p) {
		if d.Code == "stix-hash" {
			return nil, faultf(codeParameter, `stix validation error : The STIX pattern has the following errors: ["FAIL: %s"]`, d.Message)
		}
	}
	return p, nil
}

const translationPrefix = "STIX translation error: "

// patternFault returns the fault of the first error of a list.
func patternFault(word, before string, file *source.File, list diag.List) *Error {
	for _, d := range list {
		if d.Severity == diag.Error {
			at := file.Position(d.Span.Start)
			return faultf(word, `%sstix validation error : The STIX pattern has the following errors: ["FAIL: Error found at line %d:%d. %s"]`,
				before, at.Line, at.Column-1, d.Message)
		}
	}
	return faultf(word, "%sthe pattern cannot be read", before)
}

// A lister lists the comparisons of a pattern. Those of one pair of brackets are in the order of the other connector: the last first.
type lister struct {
	list        pyprint.List
	start, stop time.Time
	ranged      bool
}

func (l *lister) observation(e stix.ObservationExpr) {
	switch e := e.(type) {
	case *stix.Observation:
		l.comparison(e.Comparison)
	case *stix.ObservationOperator:
		for _, operand := range e.Operands {
			l.observation(operand)
		}
	case *stix.Qualified:
		if q, ok := e.Qualifier.(stix.StartStop); ok {
			start, stop := rangeOf(q)
			if !l.ranged || start.Before(l.start) {
				l.start = start
			}
			if !l.ranged || stop.After(l.stop) {
				l.stop = stop
			}
			l.ranged = true
		}
		l.observation(e.Of)
	}
}

// rangeOf returns the ends of a range, which were checked.
func rangeOf(q stix.StartStop) (start, stop time.Time) {
	start, _ = time.Parse(time.RFC3339Nano, q.Start.Text)
	stop, _ = time.Parse(time.RFC3339Nano, q.Stop.Text)
	return start, stop
}

func (l *lister) comparison(e stix.ComparisonExpr) {
	switch e := e.(type) {
	case *stix.ComparisonOperator:
		for i := len(e.Operands) - 1; i >= 0; i-- {
			l.comparison(e.Operands[i])
		}
	case *stix.Comparison:
		operator := e.Operator
		if e.Not {
			operator = "NOT " + operator
		}
		var v any
		if e.Operator == "IN" {
			list := pyprint.NewList()
			for _, literal := range e.Values {
				list.Items = append(list.Items, writtenText(literal))
			}
			v = list
		} else {
			v = literalValue(e.Values[0])
		}
		l.list.Items = append(l.list.Items, pyprint.NewDict("attribute", pathText(e.Path), "comparison_operator", operator, "value", v))
	case *stix.Exists:
		operator := "EXISTS"
		if e.Not {
			operator = "NOT EXISTS"
		}
		l.list.Items = append(l.list.Items, pyprint.NewDict("attribute", pathText(e.Path), "comparison_operator", operator, "value", nil))
	}
}

// pathText returns a path as a pattern writes it.
func pathText(p stix.Path) string { return p.String() }

// literalValue returns a value as the other connector prints it: a number or a boolean as such, everything else as text.
func literalValue(l stix.Literal) any {
	switch l.Kind {
	case stix.Integer, stix.Float:
		return number(l.Text)
	case stix.Boolean:
		return l.Text == "true"
	case stix.String, stix.Timestamp, stix.Hex, stix.Binary:
	}
	return writtenText(l)
}

// writtenText returns the text of a value, which is also that of a number in a list: strings keep the backslash before a quotation mark,
// times have the form of Python's, and hex and binary values that of the pattern.
func writtenText(l stix.Literal) string {
	switch l.Kind {
	case stix.String:
		return strings.ReplaceAll(l.Text, "'", `\'`)
	case stix.Timestamp:
		t, err := time.Parse(time.RFC3339Nano, l.Text)
		if err != nil {
			return l.Text
		}
		if t.Nanosecond()/1000 == 0 {
			return t.Format("2006-01-02 15:04:05+00:00")
		}
		return t.Format("2006-01-02 15:04:05.000000+00:00")
	case stix.Hex, stix.Binary:
		return l.Span.Text()
	case stix.Boolean:
		return l.Text
	case stix.Integer, stix.Float:
	}
	return text(number(l.Text))
}
