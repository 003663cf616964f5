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
		Message: "the rule has no title", Help: "findings name a rule by its title",
	}
}

func invalidID(span source.Span, id string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-id", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("id %q is not a UUID", id), Help: "the id is used as it is",
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
		Help:    joinHelp(nearHelp(near), "the rule is used as one of level medium"),
	}
}

// levelCase says which level is meant where only the letter case is another.
func levelCase(span source.Span, level, meant string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unknown-level", Severity: diag.Warning, Span: span, Fix: nearFix(span, meant),
		Message: fmt.Sprintf("level %q is used as %s", level, meant), Help: "levels are written in lower case",
	}
}

// tagsAsText says that a text stands where a list of tags is expected.
func tagsAsText(span source.Span, count int) diag.Diagnostic {
	d := wrongType(span, "tags", "a list of texts")
	d.Help = fmt.Sprintf("it is read as a list of %d; write tags: [attack.t1078, attack.initial-access]", count)
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
		Message: fmt.Sprintf("tag %q is not of the form namespace.name in lower case", tag),
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
		Message: fmt.Sprintf("%s %q is in the form of Sigma 1", key, date),
		Help:    "write " + iso,
	}
}

func invalidDate(span source.Span, key, date string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-date", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("%s %q is not a date of the form YYYY-MM-DD", key, date),
	}
}

func missingLogSource(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "missing-logsource", Severity: diag.Warning, Span: span,
		Message: "the rule names no category, product or service",
		Help:    "it sees the events of every log source",
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
		Message: "the condition of a filter cannot count events",
	}
}

func filterWithoutRules(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "filter-without-rules", Span: span,
		Message: "the filter names no rules",
		Help:    "list ids or names under rules, or write rules: any for all rules of the log source",
	}
}

// Departure from Sigma, whose text leaves open what a filter's condition says: as in pySigma it says what stays
// (testdata/case/filter/without-not.txtar).
func filterWithoutNot(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "filter-without-not", Severity: diag.Warning, Span: span,
		Message: "the filter keeps only events that its condition holds for",
		Help:    "to leave these events out, write not before the condition",
	}
}

func duplicateReference(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "duplicate-reference", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("rule %q is named twice", name), Help: "it counts once",
	}
}
