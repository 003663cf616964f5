package check

import "github.com/egret-hunt/egret/diag"

// readerChecks are the faults that the reader of rules and lowering report. Titles are those of the catalogue of diagnostics.
var readerChecks = []struct {
	id    string
	level Level
	why   string
}{
	{"aggregation-in-list", Error, "A list of conditions with aggregations has no defined meaning."},
	{"aggregation-syntax", Error, "The part behind the pipe cannot be read, so the rule does not run."},
	{"cidr-host-bits", Error, "Tools refuse such a network, or take it for a smaller one than the author meant."},
	{"condition-syntax", Error, "The rule does not run."},
	{"condition-too-deep", Error, "A condition that is nested so deeply is not written by a person."},
	{"condition-too-long", Error, "A condition that is so long is not written by a person."},
	{"condition-too-wide", Error, "The query would grow beyond what engines accept."},
	{"condition-without-bound", Error, "The correlation would not know when to report."},
	{"control-character", Error, "YAML does not allow control characters, so the whole file is lost."},
	{"correlation-limits", Error, "The correlation would need more memory than egret gives to one."},
	{"cyclic-alias", Error, "The value contains itself and has no end."},
	{"document-too-large", Error, "Files of this size are no rules."},
	{"duplicate-key", Error, "One of the two values is lost, and tools do not agree which."},
	{"duplicate-reference", Medium, "The second one has no effect."},
	{"empty-detection", Error, "A rule without search identifiers finds nothing."},
	{"empty-file", Medium, "An empty file is a rule that is missing."},
	{"empty-search", Error, "A search identifier without conditions has no defined meaning."},
	{"empty-values", Error, "A field without values has no defined meaning."},
	{"filter-aggregation", Error, "A filter decides about single events."},
	{"filter-without-not", Medium, "A filter says which events stay. Without not, only the events that it describes stay, which is seldom meant."},
	{"filter-without-rules", Error, "Without a list of rules the filter applies to nothing."},
	{"flag-without-re", Error, "The flag has no meaning without a regular expression."},
	{"invalid-cidr", Error, "The value is no network, so the rule does not run."},
	{"invalid-date", Error, "Tools refuse the rule or lose the date."},
	{"invalid-id", Error, "Tools refuse the rule; filters and correlations cannot refer to it."},
	{"invalid-key", Error, "Keys of a rule are texts."},
	{"invalid-merge", Error, "What should be merged is lost."},
	{"invalid-percentile", Error, "The rank decides which value is compared."},
	{"invalid-timespan", Error, "The correlation would not know how long its window is."},
	{"invalid-value", Error, "The value does not fit, so the rule does not run."},
	{"keyword-value", Error, "A keyword is searched as a text."},
	{"missing-condition", Error, "Without a condition nothing says which search identifiers must match."},
	{"missing-field", Error, "The correlation counts values and must know of which field."},
	{"missing-in-correlation", Error, "The key is required."},
	{"missing-logsource", Error, "Without a log source a rule runs on every log, and tools refuse it."},
	{"missing-percentile", Error, "The rank decides which value is compared."},
	{"missing-timeframe", Error, "Counting needs a window."},
	{"missing-title", Error, "Findings show the title, and tools refuse a rule without one."},
	{"modifier-conflict", Error, "The modifiers exclude each other, so the rule does not run."},
	{"modifier-needs-field", Error, "Keywords have no field that the modifier could work on."},
	{"modifier-value", Error, "The value does not fit its modifier, so the rule does not run."},
	{"near-aggregation", Error, "Nobody defined what near means; a correlation of the type temporal says it."},
	{"nested-too-deeply", Error, "A document that is nested so deeply is not written by a person."},
	{"nested-value", Error, "A value is a text, a number, a boolean or null."},
	{"no-group-by", Informational, "The correlation counts the events of everybody together."},
	{"not-a-rule", Error, "The document has neither a detection nor a correlation nor a filter."},
	{"not-utf8", Error, "Rules are UTF-8, so the whole file is lost."},
	{"null-in-list", Informational, "The specification does not define it; tools differ."},
	{"null-keyword", Error, "A keyword is a text."},
	{"null-with-modifier", Error, "Null has no text that the modifier could work on."},
	{"old-date", Low, "Dates are written YYYY-MM-DD since Sigma 2."},
	{"quoted-number", Error, "Tools compare numbers with numbers only and refuse a string."},
	{"redundant-modifier", Low, "The modifier has no effect, so it says something that the rule does not mean."},
	{"regex-too-large", Error, "The expression would need too much memory."},
	{"rule-not-in-condition", Error, "The rule has no effect on the correlation."},
	{"rule-not-listed", Error, "The condition names a rule that the correlation does not look at."},
	{"selector-too-wide", Error, "The query would grow beyond what engines accept."},
	{"threat-document", Error, "The threat is not loaded."},
	{"threat-rule", Error, "The threat lacks a rule."},
	{"time-part-range", High, "No time has such a part, so the condition is never true."},
	{"too-many-aliases", Error, "Such a document is made to use up memory."},
	{"too-many-fields", Error, "The correlation counts the values of one field."},
	{"too-many-searches", Error, "A rule with so many search identifiers is not written by a person."},
	{"too-many-values", Error, "The query would grow beyond what engines accept."},
	{"unknown-action", Error, "What the document was to do is lost."},
	{"unknown-aggregation", Error, "The rule does not run."},
	{"unknown-alias-rule", High, "The alias has no effect on any event."},
	{"unknown-correlation-type", Error, "The correlation does not run."},
	{"unknown-identifier", Error, "The rule does not run."},
	{"unknown-key", Low, "What stands below the key is ignored."},
	{"unknown-level", Error, "Findings are sorted by level, and tools refuse the rule."},
	{"unknown-modifier", Error, "The rule does not run."},
	{"unknown-operator", Error, "The correlation does not run."},
	{"unknown-relation", Error, "Tools refuse the rule or lose the relation."},
	{"unknown-search", Error, "The condition names something that is not there, so the rule does not run."},
	{"unknown-status", Error, "Rules are selected by status, and tools refuse the rule."},
	{"unreachable-count", High, "The condition is never true."},
	{"unusable-tag", Medium, "The value is read as a text, which the author did not mean."},
	{"unused-in-condition", Medium, "The key has no effect."},
	{"unused-timeframe", Medium, "The timeframe has no effect."},
	{"unusual-time-unit", Medium, "Other tools refuse the unit."},
	{"wrong-aliases", Error, "The aliases are lost."},
	{"wrong-condition", Error, "The correlation does not run."},
	{"wrong-correlation", Error, "The correlation does not run."},
	{"wrong-logsource", Error, "Without a log source a rule runs on every log, and tools refuse it."},
	{"yaml-syntax", Error, "The whole document is lost."},
}

// readerKinds returns the documents that the judgement about items of a check of the reader sees.
func readerKinds(id string) kind {
	if readerItems[id] == nil {
		return 0
	}
	return detections
}

// specificationChecks are the demands of the specification: those that the reader finds, and those that it lets pass.
func specificationChecks() []*Check {
	list := writtenChecks()
	for _, c := range readerChecks {
		entry, _ := diag.FindCode(c.id)
		list = append(list, &Check{ID: c.id, Level: c.level, Group: Specification, Title: entry.Meaning, Why: c.why, item: readerItems[c.id], kinds: readerKinds(c.id)})
	}
	return list
}
