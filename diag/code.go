package diag

import "slices"

// A Code is one entry of the catalogue: a kind of diagnostic and its meaning in one line.
type Code struct {
	Code    string
	Meaning string
}

// Codes is the sorted catalogue of all codes that egret uses. A test checks that every code in the source is listed.
var Codes = []Code{
	{"aggregation-in-list", "a list of conditions contains an old aggregation"},
	{"aggregation-syntax", "an old aggregation cannot be read"},
	{"all-with-one-value", "the modifier all is used with a single value"},
	{"base-skipped", "a rule that a correlation counts cannot run"},
	{"cidr-host-bits", "a network has bits set after its prefix"},
	{"condition-syntax", "a condition cannot be read"},
	{"condition-too-deep", "a condition is nested too deeply"},
	{"condition-too-long", "a condition is too long"},
	{"condition-too-wide", "the conditions of a rule repeat too many predicates"},
	{"condition-without-bound", "the condition of a correlation compares with nothing"},
	{"config-syntax", "a configuration cannot be read"},
	{"config-value", "a value of the configuration is not allowed"},
	{"control-character", "a file contains a control character that YAML does not allow"},
	{"correlation-cycle", "correlations refer to each other in a cycle"},
	{"correlation-in-sql", "a correlation cannot be expressed in the dialect"},
	{"correlation-limits", "a correlation exceeds a limit of egret"},
	{"cyclic-alias", "a YAML alias is inside the value that it refers to"},
	{"document-too-large", "a YAML document is too large to be read"},
	{"duplicate-id", "two rules have the same id"},
	{"duplicate-key", "a map has the same key twice"},
	{"duplicate-reference", "a rule is referred to twice"},
	{"egret-key", "the key egret of a rule has an unknown key or value"},
	{"empty-detection", "a detection has no search identifiers"},
	{"empty-file", "a rule file contains no document"},
	{"empty-search", "a search identifier has no conditions"},
	{"empty-selector", "no search identifier matches the pattern of a condition"},
	{"empty-values", "a field has an empty list of values"},
	{"feature-in-sql", "the dialect of SQL lacks what a predicate or a table needs"},
	{"field-in-table", "a table does not keep what a predicate needs of a field"},
	{"filter-aggregation", "the condition of a filter has an aggregation"},
	{"filter-without-effect", "a filter applies to no rule"},
	{"filter-without-not", "a filter keeps the events that it describes instead of excluding them"},
	{"filter-without-rules", "a filter names no rules"},
	{"flag-without-re", "a flag of a regular expression is used without or before re"},
	{"indicator", "a line of a list of indicators is not read, or the list has none"},
	{"invalid-cidr", "a network is not an address with a prefix length"},
	{"invalid-date", "a date is not valid"},
	{"invalid-id", "an id is not a UUID"},
	{"invalid-key", "a key of a map is not a string"},
	{"invalid-merge", "a YAML merge key has no map"},
	{"invalid-percentile", "the rank of a percentile is not a number from 0 to 100"},
	{"invalid-regex", "a regular expression is not in RE2 syntax"},
	{"invalid-tag", "a tag has no namespace, or has characters that are not allowed"},
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
	{"misspelt-log-source", "a product, service or category is similar to one that egret knows"},
	{"modifier-conflict", "two modifiers of a field exclude each other"},
	{"modifier-needs-field", "a modifier has no meaning for keywords"},
	{"modifier-value", "a value does not fit its modifiers"},
	{"near-aggregation", "an old condition uses near, which has no precise meaning"},
	{"nested-too-deeply", "maps and lists are nested too deeply"},
	{"nested-value", "a list or map is used where a value is expected"},
	{"never-matches", "a rule asks for a field or a value that its log source never has"},
	{"no-group-by", "a correlation counts all events together"},
	{"not-a-rule", "a document is not a rule, correlation or filter"},
	{"not-utf8", "a file is not UTF-8"},
	{"null-in-list", "a list of values contains null"},
	{"null-keyword", "a list of keywords contains null"},
	{"null-with-modifier", "null is used with a modifier that needs a value"},
	{"number-in-sql", "a number has more digits than SQL compares exactly"},
	{"old-date", "a date is written as in Sigma 1"},
	{"query-too-long", "a query is longer than the engine accepts"},
	{"quoted-number", "a number is written as a string"},
	{"redundant-modifier", "a modifier has no effect"},
	{"regex-in-sql", "a regular expression cannot be expressed in the dialect"},
	{"regex-too-large", "the regular expressions of a rule are too large"},
	{"repeated-modifier", "a modifier is repeated"},
	{"rule-not-in-condition", "a correlation lists a rule that its condition does not use"},
	{"rule-not-listed", "the condition of a correlation uses a rule that is not listed"},
	{"schema-syntax", "a schema file cannot be read"},
	{"selector-too-wide", "a selector allows too many combinations of search identifiers"},
	{"silent-base-rules", "a correlation cannot run, so the rules that it names report nothing"},
	{"stix-hash", "a hash in a STIX pattern has the wrong length for its name"},
	{"stix-mixed-and", "AND joins properties of different object types in one bracket of a STIX pattern"},
	{"stix-syntax", "a STIX pattern cannot be read"},
	{"stix-value", "a value in a STIX pattern cannot exist or has no meaning"},
	{"threat-document", "a threat document has an unknown key, lacks a part or has a value that does not fit"},
	{"threat-rule", "a threat names a rule that is not loaded or belongs to another threat, or two threats have the same id"},
	{"time-part-range", "a time part can never have the value"},
	{"too-many-aliases", "YAML aliases expand to too large a document"},
	{"too-many-fields", "a correlation over values names several fields"},
	{"too-many-searches", "a detection has too many search identifiers"},
	{"too-many-values", "the modifiers of a rule expand to too many values"},
	{"unknown-action", "the action of an old rule collection is not defined"},
	{"unknown-aggregation", "an old aggregation function is not defined"},
	{"unknown-alias-rule", "an alias names a rule that the correlation does not list"},
	{"unknown-config-key", "a key of the configuration is not defined"},
	{"unknown-correlation-type", "a correlation type is not defined"},
	{"unknown-field", "a log source is not documented to have a field"},
	{"unknown-identifier", "a condition names an identifier that does not exist"},
	{"unknown-key", "a key is not defined but similar to one that is"},
	{"unknown-level", "a level is not defined"},
	{"unknown-log-source", "a table does not hold events of a rule's log source"},
	{"unknown-modifier", "a modifier is not defined"},
	{"unknown-operator", "a comparison of a correlation is not defined"},
	{"unknown-relation", "a relation between rules is not defined"},
	{"unknown-rule", "a correlation names a rule that does not exist"},
	{"unknown-search", "a condition names a search identifier that is not defined"},
	{"unknown-status", "a status is not defined"},
	{"unmapped-field", "the table does not have a field"},
	{"unreachable-count", "a condition requires more search identifiers than there are"},
	{"unreadable-file", "a rule file cannot be read"},
	{"unresolved-placeholder", "a placeholder of a rule is not filled in"},
	{"unusable-tag", "a YAML tag does not fit its value"},
	{"unused-in-condition", "a key has no effect on the type of a correlation"},
	{"unused-timeframe", "a timeframe is used without an aggregation"},
	{"unusual-time-unit", "a timespan has a unit that the specification does not have"},
	{"wrong-aliases", "the aliases of a correlation cannot be read"},
	{"wrong-condition", "the condition of a correlation does not fit its type"},
	{"wrong-correlation", "a correlation section is not a map"},
	{"wrong-logsource", "a log source is not a map"},
	{"wrong-type", "a key has a value of an unexpected type"},
	{"yaml-syntax", "a text is not valid YAML"},
}

// FindCode returns the entry of a code, or false if the catalogue does not have it.
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
