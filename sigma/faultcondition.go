package sigma

import (
	"fmt"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// foundWord quotes a token of a condition; "" stands for the end of the text.
func foundWord(found string) string {
	if found == "" {
		return "the end of the condition"
	}
	return fmt.Sprintf("%q", found)
}

// operatorWord returns the Sigma word for another language's operator that the text is, begins with or contains; ""
// if there is none.
func operatorWord(found string) string {
	switch {
	case strings.Contains(found, "&&") || found == "&":
		return "and"
	case strings.Contains(found, "||") || found == "|":
		return "or"
	case strings.HasPrefix(found, "!"):
		return "not"
	}
	return ""
}

func operatorHelp(found string) string {
	if word := operatorWord(found); word != "" {
		return "write " + word
	}
	return ""
}

// wrongOperator reports an operator of another language that Sigma writes as a word.
func wrongOperator(span source.Span, found string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-syntax", Span: span, Help: operatorHelp(found),
		Message: fmt.Sprintf("%q is not an operator of conditions, expected and, or, not", found),
	}
}

func expectedOperand(span source.Span, found string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-syntax", Span: span, Help: operatorHelp(found),
		Message: "expected an identifier, a selector such as \"1 of x*\", or a parenthesis, found " + foundWord(found),
	}
}

func unexpectedInCondition(span source.Span, found string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-syntax", Span: span, Help: operatorHelp(found),
		Message: "expected \"and\", \"or\" or the end of the condition, found " + foundWord(found),
	}
}

func unclosedParenthesis(span source.Span, _ string) diag.Diagnostic {
	return diag.Diagnostic{Code: "condition-syntax", Span: span, Message: "the parenthesis is not closed"}
}

func invalidQuantifier(span source.Span, found string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-syntax", Span: span,
		Message: "expected \"all\", \"any\" or a positive number before \"of\", found " + foundWord(found),
	}
}

func expectedPattern(span source.Span, found string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-syntax", Span: span,
		Message: "expected \"them\" or a pattern such as selection* after \"of\", found " + foundWord(found),
	}
}

func conditionTooDeep(span source.Span, _ string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-too-deep", Span: span,
		Message: fmt.Sprintf("parentheses and negations are nested more than %d deep", maxConditionDepth),
	}
}

func conditionTooLong(span source.Span, size int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-too-long", Span: span,
		Message: fmt.Sprintf("the condition has %d bytes, more than the limit of %d", size, maxCondition),
	}
}

func nearAggregation(span source.Span, _ string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "near-aggregation", Span: span,
		Message: "the Sigma 1 aggregation \"near\" has no exact meaning",
		Help:    "write one rule for each part and a temporal correlation over them",
	}
}

func unknownAggregation(span source.Span, found string) diag.Diagnostic {
	near := diag.Near(found, aggregationNames())
	return diag.Diagnostic{
		Code: "unknown-aggregation", Span: span, Help: nearHelp(near),
		Message: "expected avg, count, max, min or sum after the pipe, found " + foundWord(found),
	}
}

func aggregationWithoutField(span source.Span, _ string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "aggregation-syntax", Span: span, Message: "expected a field name in the parentheses",
	}
}

func unexpectedInAggregation(span source.Span, found string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "aggregation-syntax", Span: span,
		Message: "expected an aggregation such as count(field) by group > 5, found " + foundWord(found),
	}
}

func aggregationInList(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "aggregation-in-list", Span: span,
		Message: "an aggregation is not allowed in a list of conditions",
		Help:    "write a separate rule for each condition",
	}
}

func missingTimeframe(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "missing-timeframe", Span: span,
		Message: "the aggregation counts events, but the detection has no timeframe",
		Help:    "add timeframe: 15m (or another length) next to the condition",
	}
}

func unusedTimeframe(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unused-timeframe", Severity: diag.Warning, Span: span,
		Message: "timeframe has no effect without an aggregation",
	}
}

func wrongCorrelation(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "wrong-correlation", Span: span,
		Message: "expected a map with type, rules, timespan and condition",
	}
}

func missingInCorrelation(span source.Span, key string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "missing-in-correlation", Span: span,
		Message: fmt.Sprintf("the correlation has no %s", key),
	}
}

func unknownCorrelationType(span source.Span, found, near string) diag.Diagnostic {
	help := nearHelp(near)
	if near == "" {
		help = "expected " + orList(CorrelationTypes)
	}
	return diag.Diagnostic{
		Code: "unknown-correlation-type", Span: span, Fix: nearFix(span, near), Help: help,
		Message: fmt.Sprintf("correlation type %q is not defined", found),
	}
}

// Departure from Sigma, which does not define a correlation without group-by: egret uses one global group, with a
// warning because the usual cause is a mistake (testdata/case/group/none.txtar).
func noGroupBy(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "no-group-by", Severity: diag.Warning, Span: span,
		Message: "events are not grouped by any field",
		Help:    "all events are counted together, for all principals",
	}
}

func unknownAliasRule(span source.Span, alias, rule string, rules []Text) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-alias-rule", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("alias %q refers to rule %q, which the correlation does not list", alias, rule),
		Help:    "listed are " + values(rules),
	}
}

func wrongAliases(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "wrong-aliases", Span: span,
		Message: "expected a map from alias names to maps of rule to field",
	}
}

func wrongCondition(span source.Span, kind string) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "wrong-condition", Span: span,
		Message: fmt.Sprintf("expected a map such as gte: 10 as the condition of type %q", kind),
		Help:    "only the temporal types take an expression over rule names",
	}
	if kind == "temporal_extended" || kind == "temporal_ordered_extended" {
		d.Message = fmt.Sprintf("expected an expression such as \"a and not b\" as the condition of type %q", kind)
		d.Help = ""
	}
	return d
}

func conditionWithoutBound(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "condition-without-bound", Span: span,
		Message: "the condition has no comparison", Help: "expected " + orList(operators),
	}
}

func notANumber(span source.Span, operator, value string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-value", Span: span,
		Message: fmt.Sprintf("expected a decimal number after %s, found %q", operator, value),
	}
}

func invalidPercentile(span source.Span, value string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-percentile", Span: span,
		Message: fmt.Sprintf("expected a rank from 0 to 100, found %q", value),
	}
}

func missingPercentile(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "missing-percentile", Span: span,
		Message: "value_percentile needs a percentile in its condition",
		Help:    "add percentile: 95 (or another rank from 0 to 100) to the condition",
	}
}

func unknownOperator(span source.Span, key, near string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-operator", Span: span, Fix: nearFix(span, near), Help: nearHelp(near),
		Message: fmt.Sprintf("%q is not defined in a condition, expected %s, field or percentile", key, orList(operators)),
	}
}

func missingField(span source.Span, kind string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "missing-field", Span: span,
		Message: fmt.Sprintf("type %q needs a field in its condition", kind),
	}
}

func tooManyFields(span source.Span, kind string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "too-many-fields", Span: span,
		Message: fmt.Sprintf("type %q takes one field", kind),
	}
}

func unusedInCondition(span source.Span, key, kind string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unused-in-condition", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("%s has no effect on type %q", key, kind),
	}
}

func ruleNotListed(span source.Span, name string, rules []Text) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "rule-not-listed", Span: span,
		Message: fmt.Sprintf("rule %q is in the condition but not in the list of rules", name),
		Help:    "listed are " + values(rules),
	}
}

func ruleNotInCondition(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "rule-not-in-condition", Span: span,
		Message: fmt.Sprintf("rule %q is listed but not used in the condition", name),
	}
}

func unusualTimeUnit(span source.Span, letter string, length time.Duration) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unusual-time-unit", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("unit %q is not in the specification; the timespan is read as %s", letter, length),
		Help:    "m is minutes, M is months",
	}
}

func invalidTimespan(span source.Span, value string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-timespan", Span: span,
		Message: fmt.Sprintf("%q is not a timespan", value),
		Help:    "expected a positive number and a unit s, m, h or d, such as 15m",
	}
}
