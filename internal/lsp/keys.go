package lsp

import "slices"

// A keyInfo is a key of a rule with its meaning; Sigma specification 2.1.
type keyInfo struct{ name, meaning string }

// topKeys are the keys of a rule, correlation or filter.
var topKeys = []keyInfo{
	{"title", "what the rule finds, in at most 256 characters"},
	{"id", "a random UUID that other rules, settings and findings refer to"},
	{"name", "a short name by which correlations refer to the rule"},
	{"related", "ids of rules that this one comes from or resembles"},
	{"taxonomy", "the names of fields that the rule uses; sigma if absent"},
	{"status", "how mature the rule is: stable, test, experimental, deprecated, unsupported"},
	{"description", "what the rule finds and why it matters"},
	{"license", "the licence as an SPDX id"},
	{"author", "who wrote the rule"},
	{"references", "URLs of what the rule is based on"},
	{"date", "the day on which the rule was written, as YYYY-MM-DD"},
	{"modified", "the day of the last change of what the rule finds, as YYYY-MM-DD"},
	{"logsource", "the log that the rule is for"},
	{"detection", "which events the rule finds"},
	{"correlation", "how many events of other rules make a finding"},
	{"filter", "which events the rules that it names do not report"},
	{"fields", "fields that an analyst wants to see"},
	{"falsepositives", "what else causes such events"},
	{"level", "how serious a finding is: informational, low, medium, high, critical"},
	{"tags", "techniques and tactics of ATT&CK, and other marks, each with a namespace"},
	{"scope", "the parts of an organisation that the rule is for"},
	{"generate", "whether the rules of a correlation report as well"},
	{"action", "how the document is combined with others of the file (Sigma 1)"},
}

// sectionKeys are the keys of the sections, by the name of the section.
var sectionKeys = map[string][]keyInfo{
	"logsource": {
		{"product", "the product that writes the log, such as windows or aws"},
		{"service", "the log of the product, such as cloudtrail"},
		{"category", "the kind of events, such as process_creation, whatever writes them"},
		{"definition", "how the log must be set up"},
	},
	"detection": {
		{"condition", "how the search identifiers are combined"},
		{"selection", "a search identifier: what an event must have"},
		{"filter", "a search identifier: what the condition excludes"},
		{"keywords", "a search identifier: texts anywhere in the event"},
		{"timeframe", "the time in which an old aggregation counts"},
	},
	"correlation": {
		{"type", "how events are counted"},
		{"rules", "names or ids of the rules whose events count"},
		{"group-by", "fields whose values the events have in common"},
		{"timespan", "the time in which they happen, such as 5m"},
		{"condition", "how many there are"},
		{"aliases", "names for fields that are called differently in the rules"},
		{"generate", "whether the rules report as well"},
	},
	"filter": {
		{"rules", "names or ids of the rules that the filter is for, or any"},
		{"selection", "a search identifier"},
		{"condition", "which events stay"},
	},
}

var relatedKeys = []keyInfo{{"id", "the id of the other rule"}, {"type", "what it is to this one: derived, obsolete, merged, renamed, similar"}}

var boundKeys = []keyInfo{
	{"gt", "more than"}, {"gte", "at least"}, {"lt", "less than"}, {"lte", "at most"}, {"eq", "exactly"}, {"neq", "not exactly"},
	{"field", "the field whose values are counted"},
}

var relatedTypes = []string{"derived", "obsolete", "merged", "renamed", "similar"}

// knownKey reports whether a rule may have a key at its top.
func knownKey(name string) bool {
	return slices.ContainsFunc(topKeys, func(k keyInfo) bool { return k.name == name })
}
