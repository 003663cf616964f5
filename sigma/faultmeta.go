package sigma

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

func missingTitle(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "missing-title", Severity: diag.Warning, Span: span,
		Message: "the rule has no title", Help: "findings show the title of the rule",
	}
}

func invalidID(span source.Span, id string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-id", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("id %q is not a UUID", id), Help: "the id is used as written",
	}
}

func unknownStatus(span source.Span, status, near string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-status", Severity: diag.Warning, Span: span, Fix: nearFix(span, near),
		Message: fmt.Sprintf("status %q is not defined, expected %s", status, orList(Statuses)),
		Help:    nearHelp(near),
	}
}

func unknownLevel(span source.Span, level, near string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-level", Severity: diag.Warning, Span: span, Fix: nearFix(span, near),
		Message: fmt.Sprintf("level %q is not defined, expected %s", level, orList(Levels)),
		Help:    joinHelp(nearHelp(near), "level medium is used"),
	}
}

// levelCase reports a level that is written in the wrong letter case.
func levelCase(span source.Span, level, meant string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-level", Severity: diag.Warning, Span: span, Fix: nearFix(span, meant),
		Message: fmt.Sprintf("level %q is read as %s", level, meant), Help: "write levels in lower case",
	}
}

// tagsAsText reports a string where a list of tags is expected.
func tagsAsText(span source.Span, count int) diag.Diagnostic {
	d := wrongType(span, "tags", "a list of strings")
	d.Help = fmt.Sprintf("it is read as a list of %d; write a list such as tags: [attack.t1078, attack.initial-access]", count)
	return d
}

func unknownKey(span source.Span, key, near string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-key", Severity: diag.Warning, Span: span, Fix: nearFix(span, near),
		Message: fmt.Sprintf("key %q is not defined", key), Help: nearHelp(near),
	}
}

func invalidTag(span source.Span, tag string) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "invalid-tag", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("expected a tag of the form namespace.name in lower case, found %q", tag),
	}
	if lower := strings.ToLower(tag); lower != tag && isTag(lower) {
		d.Help, d.Fix = "write it in lower case", &diag.Fix{Span: span, Text: lower}
	}
	return d
}

func unknownRelation(span source.Span, relation, near string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-relation", Severity: diag.Warning, Span: span, Fix: nearFix(span, near),
		Message: fmt.Sprintf("relation %q is not defined, expected %s", relation, orList(relatedTypes)),
		Help:    nearHelp(near),
	}
}

func oldDate(span source.Span, key, date string) diag.Diagnostic {
	iso := strings.ReplaceAll(date, "/", "-")
	return diag.Diagnostic{
		Code: "old-date", Severity: diag.Note, Span: span, Fix: &diag.Fix{Span: span, Text: iso},
		Message: fmt.Sprintf("%s %q is in the format of Sigma 1", key, date),
		Help:    "write " + iso,
	}
}

func invalidDate(span source.Span, key, date string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-date", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("expected %s as YYYY-MM-DD, found %q", key, date),
	}
}

func missingLogSource(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "missing-logsource", Severity: diag.Warning, Span: span,
		Message: "the log source has no category, product or service",
		Help:    "the rule applies to all log sources",
	}
}

func wrongLogSource(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "wrong-logsource", Span: span,
		Message: "expected a map with category, product or service",
	}
}

func filterAggregation(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "filter-aggregation", Span: span,
		Message: "the condition of a filter cannot have an aggregation",
	}
}

func filterWithoutRules(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "filter-without-rules", Span: span,
		Message: "the filter has no rules",
		Help:    "list ids or names in rules, or write rules: any for all rules of the log source",
	}
}

// Departure from Sigma, whose specification leaves open what a filter's condition selects: as in pySigma, it selects
// the events that remain (testdata/case/filter/without-not.txtar).
func filterWithoutNot(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "filter-without-not", Severity: diag.Warning, Span: span,
		Message: "the filter keeps only events that match its condition",
		Help:    "to exclude these events, put not before the condition",
	}
}

func duplicateReference(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "duplicate-reference", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("rule %q is listed twice", name), Help: "the second one has no effect",
	}
}
