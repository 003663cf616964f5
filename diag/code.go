package diag

import "slices"

// Code is one entry of the catalogue: a kind of diagnostic and what it says in one line.
type Code struct {
	Code    string
	Meaning string
}

// Codes is the catalogue of all codes that egret uses, sorted. A test checks that every code in the source is here.
var Codes = []Code{
	{"aggregation-in-list", "an old aggregation stands in a list of conditions"},
	{"aggregation-syntax", "an old aggregation cannot be read"},
	{"all-with-one-value", "the modifier all stands before a single value"},
	{"base-skipped", "a rule that a correlation counts cannot run"},
	{"cidr-host-bits", "a network has bits set behind its prefix"},
	{"condition-syntax", "a condition cannot be read"},
	{"condition-too-deep", "a condition is nested too deeply"},
	{"condition-too-long", "a condition is too long"},
	{"condition-too-wide", "the conditions of a rule repeat too many predicates"},
	{"condition-without-bound", "the condition of a correlation compares with no number"},
	{"config-syntax", "a configuration cannot be read"},
	{"config-value", "a value of the configuration is not allowed"},
	{"control-character", "a file holds a control character that YAML does not allow"},
	{"correlation-cycle", "correlations refer to one another in a circle"},
	{"correlation-in-sql", "a correlation cannot be said in the dialect"},
	{"correlation-limits", "a correlation is larger than what egret can count"},
	{"cyclic-alias", "a YAML alias stands inside the value that it refers to"},
	{"document-too-large", "a YAML document is too large to be read"},
	{"duplicate-id", "two rules have the same id"},
	{"duplicate-key", "a map has the same key twice"},
	{"duplicate-reference", "a rule is referred to twice"},
	{"empty-detection", "a detection has no search identifiers"},
	{"empty-file", "a rule file holds no document"},
	{"empty-search", "a search identifier stands for nothing"},
	{"empty-selector", "no search identifier matches the pattern of a condition"},
	{"empty-values", "a field has an empty list of values"},
	{"field-in-table", "a table does not keep what a predicate needs of a field"},
	{"filter-aggregation", "the condition of a filter has an aggregation"},
	{"filter-without-effect", "a filter reaches no rule"},
	{"filter-without-not", "a filter keeps what it names instead of leaving it out"},
	{"filter-without-rules", "a filter names no rules"},
	{"flag-without-re", "a flag of a regular expression stands without or before re"},
	{"invalid-cidr", "a network is not an address with a prefix length"},
	{"invalid-date", "a date is no date"},
	{"invalid-id", "an id is no UUID"},
	{"invalid-key", "a key of a map is no text"},
	{"invalid-merge", "a YAML merge key has no map"},
	{"invalid-percentile", "the rank of a percentile is no number from 0 to 100"},
	{"invalid-regex", "a regular expression is not of RE2 syntax"},
	{"invalid-tag", "a tag has no namespace or letters that are not allowed"},
	{"invalid-timespan", "a timespan cannot be read"},
	{"invalid-value", "a value does not fit its modifier or key"},
	{"keyword-value", "a keyword cannot be used with its modifiers"},
	{"left-out-file", "a file or link in a folder of rules was not read"},
	{"missing-condition", "a detection has no condition"},
	{"missing-field", "a correlation over values names no field"},
	{"missing-in-correlation", "a correlation lacks a key that it needs"},
	{"missing-logsource", "a rule names no log source"},
	{"missing-percentile", "a percentile correlation has no rank"},
	{"missing-timeframe", "an old aggregation has no timeframe"},
	{"missing-title", "a rule has no title"},
	{"misspelt-log-source", "a product, service or category is near to one that egret knows"},
	{"modifier-conflict", "two modifiers of a field exclude each other"},
	{"modifier-needs-field", "a modifier has no meaning for keywords"},
	{"modifier-value", "a value does not fit its modifiers"},
	{"near-aggregation", "an old condition uses near, which has no exact meaning"},
	{"nested-too-deeply", "maps and lists are nested too deeply"},
	{"nested-value", "a list or map stands where a value is expected"},
	{"no-group-by", "a correlation counts all events together"},
	{"not-a-rule", "a document is neither rule nor correlation nor filter"},
	{"not-utf8", "a file is not UTF-8"},
	{"null-in-list", "null stands in a list of values"},
	{"null-keyword", "null stands among keywords"},
	{"null-with-modifier", "null stands behind a modifier that needs a value"},
	{"number-in-sql", "a number has more digits than SQL compares exactly"},
	{"old-date", "a date is written as in Sigma 1"},
	{"query-too-long", "a query is longer than the engine takes"},
	{"quoted-number", "a number is written as a text"},
	{"redundant-modifier", "a modifier has no effect"},
	{"regex-in-sql", "a regular expression cannot be said in the dialect"},
	{"regex-too-large", "the regular expressions of a rule are too large"},
	{"repeated-modifier", "a modifier stands twice"},
	{"rule-not-in-condition", "a correlation lists a rule that its condition does not use"},
	{"rule-not-listed", "the condition of a correlation uses a rule that is not listed"},
	{"schema-syntax", "a schema file cannot be read"},
	{"selector-too-wide", "a selector asks for too many combinations of search identifiers"},
	{"silent-base-rules", "a correlation cannot run, so the rules that it names report nothing"},
	{"time-part-range", "a time part can never have the value"},
	{"too-many-aliases", "YAML aliases blow a document up"},
	{"too-many-fields", "a correlation over values names several fields"},
	{"too-many-searches", "a detection has too many search identifiers"},
	{"too-many-values", "the modifiers of a rule make too many values"},
	{"unknown-action", "the action of an old rule collection is not defined"},
	{"unknown-aggregation", "an old aggregation function is not defined"},
	{"unknown-alias-rule", "an alias names a rule that the correlation does not list"},
	{"unknown-config-key", "a key of the configuration is not defined"},
	{"unknown-correlation-type", "a correlation type is not defined"},
	{"unknown-field", "a log source is not documented to have a field"},
	{"unknown-identifier", "a condition names something that is not there"},
	{"unknown-key", "a key is not defined and near to one that is"},
	{"unknown-level", "a level is not defined"},
	{"unknown-log-source", "a table has no events of a rule's log source"},
	{"unknown-modifier", "a modifier is not defined"},
	{"unknown-operator", "a comparison of a correlation is not defined"},
	{"unknown-relation", "a relation between rules is not defined"},
	{"unknown-rule", "a correlation names a rule that is not there"},
	{"unknown-search", "a condition names a search identifier that is not defined"},
	{"unknown-status", "a status is not defined"},
	{"unmapped-field", "a field has no home in the table"},
	{"unreachable-count", "a condition asks for more search identifiers than there are"},
	{"unreadable-file", "a rule file cannot be read"},
	{"unresolved-placeholder", "a placeholder of a rule is not filled in"},
	{"unusable-tag", "a YAML tag does not fit its value"},
	{"unused-in-condition", "a key has no effect on the type of a correlation"},
	{"unused-timeframe", "a timeframe stands without an aggregation"},
	{"unusual-time-unit", "a timespan has a unit that the specification does not have"},
	{"wrong-aliases", "the aliases of a correlation cannot be read"},
	{"wrong-condition", "the condition of a correlation does not fit its type"},
	{"wrong-correlation", "a correlation section is no map"},
	{"wrong-logsource", "a log source is no map"},
	{"wrong-type", "a key has a value of another type than expected"},
	{"yaml-syntax", "a text is not valid YAML"},
}

// FindCode is the entry of a code, false if it is not in the catalogue.
func FindCode(code string) (Code, bool) {
	i, found := slices.BinarySearchFunc(Codes, code, func(c Code, code string) int {
		switch {
		case c.Code < code:
			return -1
		case c.Code > code:
			return 1
		}
		return 0
	})
	if !found {
		return Code{}, false
	}
	return Codes[i], true
}
