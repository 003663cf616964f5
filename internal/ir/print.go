package ir

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String returns a query as text with one predicate a line and operands indented below their operator.
func (q *Query) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "query %s %s\n", q.Rule, strconv.Quote(q.Title))
	printExpr(&b, q.Where, 1)
	return b.String()
}

// Format returns an expression as text in the same form as Query.String.
func Format(e Expr) string {
	var b strings.Builder
	printExpr(&b, e, 0)
	return b.String()
}

func printExpr(b *strings.Builder, e Expr, depth int) {
	b.WriteString(strings.Repeat("  ", depth))
	b.WriteString(Line(e))
	b.WriteByte('\n')
	for _, operand := range Operands(e) {
		printExpr(b, operand, depth+1)
	}
}

// Line returns an expression without its operands as one line.
func Line(e Expr) string {
	switch e := e.(type) {
	case *AndExpr:
		if e.List {
			return "and values"
		}
		return "and"
	case *OrExpr:
		if e.List {
			return "or values"
		}
		return "or"
	case *NotExpr:
		return "not"
	case *ConstExpr:
		return strconv.FormatBool(e.Value)
	case *StringExpr:
		return fmt.Sprintf("%s %s%s %s", e.Field.Name, e.Op, cased(e.Cased), e.Pattern)
	case *NumberExpr:
		return fmt.Sprintf("%s %s %s", e.Field.Name, e.Op, e.Text)
	case *TextOrderExpr:
		return fmt.Sprintf("%s %s text %q", e.Field.Name, e.Op, e.Text)
	case *BoolExpr:
		return fmt.Sprintf("%s = %v", e.Field.Name, e.Value)
	case *NullExpr:
		if e.Absent {
			return e.Field.Name + " is absent"
		}
		return e.Field.Name + " is null"
	case *ExistsExpr:
		return e.Field.Name + " exists"
	case *RegexExpr:
		return fmt.Sprintf("%s matches %s /%s/", keywordName(e.Field.Name), regexFlags(e), e.Text)
	case *CIDRExpr:
		return fmt.Sprintf("%s in %s", e.Field.Name, e.Prefix)
	case *ListExpr:
		return fmt.Sprintf("%s in the list %s of %d values, sha256 %s", e.Field.Name, e.List.Name, e.List.Len(), e.List.Sum)
	case *FieldRefExpr:
		return fmt.Sprintf("%s %s%s field %s", e.Field.Name, e.Op, cased(e.Cased), e.Other.Name)
	case *TimePartExpr:
		return fmt.Sprintf("%s of %s %s %s", e.Part, e.Field.Name, e.Op, e.Text)
	case *KeywordExpr:
		return fmt.Sprintf("any string contains%s %s", cased(e.Cased), e.Pattern)
	case *BaseExpr:
		return fmt.Sprintf("base %d", e.Index)
	}
	panic(fmt.Sprintf("egret bug: expression %T", e))
}

func keywordName(field string) string {
	if field == "" {
		return "any string"
	}
	return field
}

func cased(is bool) string {
	if is {
		return " cased"
	}
	return ""
}

func regexFlags(e *RegexExpr) string {
	flags := ""
	for _, f := range []struct {
		set  bool
		name string
	}{{e.IgnoreCase, "i"}, {e.MultiLine, "m"}, {e.DotAll, "s"}} {
		if f.set {
			flags += f.name
		}
	}
	return "(" + flags + ")"
}

// String returns the operator's name as in Sigma.
func (op StringOp) String() string {
	return [...]string{"equals", "startswith", "endswith", "contains"}[op]
}

// String returns the operator's symbol.
func (op NumberOp) String() string { return [...]string{"=", ">", ">=", "<", "<="}[op] }

// String returns the part's name as in Sigma.
func (p TimePart) String() string {
	return [...]string{"minute", "hour", "day", "week", "month", "year"}[p]
}

// String returns a pattern as text: quoted literals, wildcards as * ? and [-], and placeholders as %name%.
func (p Pattern) String() string {
	if len(p) == 0 {
		return `""`
	}
	var b strings.Builder
	for _, part := range p {
		switch part.Kind {
		case Literal:
			b.WriteString(strconv.Quote(part.Text))
		case AnyRun:
			b.WriteByte('*')
		case AnyOne:
			b.WriteByte('?')
		case Dash:
			b.WriteString("[-]")
		case Placeholder:
			b.WriteString("%" + part.Text + "%")
		}
	}
	return b.String()
}

var correlationTypes = [...]string{
	"event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
	"value_median", "temporal_extended", "temporal_ordered_extended",
}

// String returns the type's name as in Sigma.
func (t CorrelationType) String() string { return correlationTypes[t] }

// ParseCorrelationType returns the type with a name as in Sigma, and whether there is one.
func ParseCorrelationType(name string) (CorrelationType, bool) {
	for i, known := range correlationTypes {
		if known == name {
			return CorrelationType(i), true
		}
	}
	return 0, false
}

// String returns the operator's name as in Sigma.
func (op BoundOp) String() string { return boundOps[op] }

var boundOps = [...]string{"gt", "gte", "lt", "lte", "eq", "neq"}

// ParseBoundOp returns the operator with a name as in Sigma, and whether there is one.
func ParseBoundOp(name string) (BoundOp, bool) {
	for i, known := range boundOps {
		if known == name {
			return BoundOp(i), true
		}
	}
	return 0, false
}

// String returns a correlation as text: type, timespan, group keys and bounds, then one line for each base and the
// extended condition.
func (c *Correlation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "correlation %s %s\n  %s", c.Rule, strconv.Quote(c.Title), c.Type)
	if c.Strict {
		b.WriteString(" at increasing times")
	}
	if c.Spans {
		b.WriteString(" with spans of time")
	}
	if c.Timespan == NoLimit {
		b.WriteString(" without a time limit")
	} else {
		fmt.Fprintf(&b, " within %s", c.Timespan)
	}
	if len(c.GroupBy) > 0 {
		fmt.Fprintf(&b, " by %s", strings.Join(c.GroupBy, ", "))
	}
	for _, bound := range c.Bounds {
		fmt.Fprintf(&b, ", %s %s", bound.Op, bound.Text)
	}
	b.WriteByte('\n')
	for i, base := range c.Bases {
		kind := "query"
		if base.Correlation {
			kind = "correlation"
		}
		fmt.Fprintf(&b, "  base %d: %s %d", i, kind, base.Index)
		if base.Range != nil {
			form := func(t int64) string { return time.Unix(0, t).UTC().Format(time.RFC3339Nano) }
			fmt.Fprintf(&b, " from %s to %s", form(base.Range.From), form(base.Range.To))
		}
		for j, field := range base.GroupBy {
			fmt.Fprintf(&b, ", %s = %s", c.GroupBy[j], field.Name)
		}
		for _, field := range base.Values {
			fmt.Fprintf(&b, ", value %s", field.Name)
		}
		b.WriteByte('\n')
	}
	if c.Extended != nil {
		printExpr(&b, c.Extended, 1)
	}
	return b.String()
}
