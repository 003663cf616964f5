package textgen

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

// A Spec describes a text language: how it writes comparisons, values, operators and correlations, and the formats in which
// queries are delivered. docs/backends/format.md explains each key. A spec is a YAML file; unknown keys are errors.
//
// Templates are texts with names in braces: `{field}={value}`. A brace is doubled to stand for itself.
type Spec struct {
	// Name is the word after --target, Title a short description for lists. Aliases are other words for the target.
	Name    string   `yaml:"name"`
	Title   string   `yaml:"title"`
	Aliases []string `yaml:"aliases"`
	// Extends is the name of an embedded target whose spec this one changes: its keys replace those of that spec.
	Extends string `yaml:"extends"`
	// Tree is set for the target sigma: the rule itself is written, not a query. Nothing but formats then counts.
	Tree bool `yaml:"tree"`
	// STIX is set for the target stix: rules become patterns by the objects of their log sources. Nothing but formats then counts.
	STIX bool `yaml:"stix"`
	// NeedsPipeline is set if rules must be mapped to the target's fields before the queries are of use.
	NeedsPipeline bool `yaml:"needs_pipeline"`
	// Pipeline is the embedded pipeline that runs first, unless the user names one for this target alone.
	Pipeline string `yaml:"pipeline"`
	// FormatsOf is the SQL target that also has the formats of this target, "" for none.
	FormatsOf string `yaml:"formats_of"`
	// Strategies are the names of strategies that the language uses, see Strategies. The first that handles a part wins.
	Strategies []string `yaml:"strategies"`
	// Options are the keys of -O with their defaults.
	Options map[string]Option `yaml:"options"`
	// Operators are the words and the binding strength of AND, OR and NOT.
	Operators Operators `yaml:"operators"`
	Field     FieldForm `yaml:"field"`
	String    TextForm  `yaml:"string"`
	Regex     RegexForm `yaml:"regex"`
	// Bool are the words for true and false. Without them a rule with a boolean is refused.
	Bool map[bool]string `yaml:"bool"`
	// Match are the forms of comparisons, by kind (see Kinds). A rule that needs a missing kind is refused.
	Match map[string]*Form `yaml:"match"`
	// Compare are the operators for order comparisons: lt, lte, gt, gte.
	Compare map[string]string `yaml:"compare"`
	// TimeParts are the words for parts of a time: minute, hour, day, week, month, year.
	TimeParts map[string]string `yaml:"time_parts"`
	In        ListForm          `yaml:"in"`
	// Query wraps the condition, with {query} and {state.KEY}. State are values of keys that no pipeline sets.
	Query *Template         `yaml:"query"`
	State map[string]string `yaml:"state"`
	// IndexFromState makes the state `index` of a pipeline the value index; otherwise that is the option index_names.
	IndexFromState bool `yaml:"index_from_state"`
	// Deferred joins parts that follow the condition: start before the first, separator between them, and only in place of a
	// condition that has no other part.
	Deferred    DeferredForm     `yaml:"deferred"`
	Formats     []*Format        `yaml:"formats"`
	Correlation *CorrelationForm `yaml:"correlation"`
	// Departures say, for features of rules, what a query does differently from the rule: by name of the feature (see
	// Features), one clause that continues "the query".
	Departures map[string]string `yaml:"departures"`
	// Exact changes the spec for --exact: the same keys, which replace those of the spec.
	Exact yaml.Node `yaml:"exact"`
	// Values are named values for documents of formats and for strategies, such as the fields of data models.
	Values map[string]yaml.Node `yaml:"values"`
}

// An Option is a key of -O.
type Option struct {
	Default string `yaml:"default"`
	Help    string `yaml:"help"`
}

// Operators are the words for AND, OR and NOT. Separator stands between an operator and its operands.
type Operators struct {
	And       string `yaml:"and"`
	Or        string `yaml:"or"`
	Not       string `yaml:"not"`
	Separator string `yaml:"separator"`
	// Precedence names and, or and not, the one that binds strongest first.
	Precedence []string `yaml:"precedence"`
	// Parenthesize puts every AND, OR and NOT that is an operand into parentheses.
	Parenthesize bool `yaml:"parenthesize"`
	// NotInside writes a negated comparison with the form `not` of its kind instead of the word.
	NotInside bool      `yaml:"not_inside"`
	Group     *Template `yaml:"group"`
}

// A FieldForm says how names of fields are written.
type FieldForm struct {
	// Quote is put around a name if QuoteIf matches it at its start, or QuoteUnless does not. With neither every name is quoted.
	Quote       string   `yaml:"quote"`
	QuoteIf     *Pattern `yaml:"quote_if"`
	QuoteUnless *Pattern `yaml:"quote_unless"`
	// Reserved are words of the language, which need quotes as names in any case of letters.
	Reserved []string `yaml:"reserved"`
	// Label makes names of labels of Prometheus: characters that such a name cannot have become `_`.
	Label bool `yaml:"label"`
	// Escape is put before each match of Escaped and before each Quote.
	Escape  string   `yaml:"escape"`
	Escaped *Pattern `yaml:"escaped"`
}

// A TextForm says how texts are written.
type TextForm struct {
	// Quote is put around a text if QuoteIf matches it at its start, or QuoteUnless does not. With neither every text is quoted.
	// The patterns see the text as the rule has it, with wildcards, and with `\` before literal * and ?.
	Quote       string   `yaml:"quote"`
	QuoteIf     *Pattern `yaml:"quote_if"`
	QuoteUnless *Pattern `yaml:"quote_unless"`
	// QuotePlain is set if texts with wildcards are never quoted, since they would lose their meaning in quotes.
	QuotePlain bool `yaml:"quote_plain"`
	// OtherQuote is put around texts that contain Quote, in languages whose quotes have no escapes; within it, backslashes and
	// double quotes have a backslash before them.
	OtherQuote string `yaml:"other_quote"`
	// Escape is put before each character of Escaped, Quote, Many and One.
	Escape  string `yaml:"escape"`
	Escaped string `yaml:"escaped"`
	// EscapedQuoted are the characters to escape within quotes, if they differ from Escaped.
	EscapedQuoted *string `yaml:"escaped_quoted"`
	// Dropped are characters that are left out.
	Dropped string `yaml:"dropped"`
	// Replaced are characters that are written as a text, such as a line break as its escape sequence.
	Replaced map[string]string `yaml:"replaced"`
	// Pattern says how {pattern} differs from {bare}. With it, Many and One are escaped in {pattern} alone.
	Pattern *PatternForm `yaml:"pattern"`
	// Many and One are the wildcards for any number of characters and for one. A rule that needs a missing one is refused.
	Many *string `yaml:"many"`
	One  *string `yaml:"one"`
}

// A PatternForm says how literal characters are written in patterns, for languages whose patterns are texts with escape
// characters of their own.
type PatternForm struct {
	// Escape is put before each character of Escaped and before a literal Many or One.
	Escape  string `yaml:"escape"`
	Escaped string `yaml:"escaped"`
}

// A RegexForm says how regular expressions are written.
type RegexForm struct {
	// Escape is put before each text of Escaped, and before itself if EscapeItself is set.
	Escape       string   `yaml:"escape"`
	Escaped      []string `yaml:"escaped"`
	EscapeItself bool     `yaml:"escape_itself"`
	// Unescape leaves out a backslash before a text of Escaped, which then is escaped alone.
	Unescape bool `yaml:"unescape"`
	// FlagPrefix puts flags before the expression, as in (?i).
	FlagPrefix bool `yaml:"flag_prefix"`
	// Flags are the texts of {flag_i}, {flag_m} and {flag_s} if the flag is set. A rule with a missing flag is refused; without
	// the key no flag is.
	Flags map[string]string `yaml:"flags"`
	// Literal are further characters to escape where a text is written as an expression.
	Literal string `yaml:"literal"`
}

// Kinds are the kinds of comparisons with the names that their templates may use, besides {field}, {raw_field}, which is the name
// as it is, and {path_field}, which is the name as it is if it consists of words with dots between them, and else {field}.
var Kinds = map[string][]string{
	"equal": textNames, "startswith": textNames, "endswith": textNames, "contains": textNames, "wildcard": textNames,
	"cased_equal": textNames, "cased_wildcard": textNames, "cased_startswith": textNames, "cased_endswith": textNames, "cased_contains": textNames,
	"number": {"value"}, "bool": {"value"},
	"regex":   {"regex", "flag_i", "flag_m", "flag_s"},
	"cidr":    {"value", "network", "last", "prefix", "mask"},
	"compare": {"operator", "value"},
	"is_null": nil, "not_null": nil, "exists": nil, "not_exists": nil,
	"address_equal": {"value"},
	"field_equal":   {"other"}, "field_startswith": {"other"}, "field_endswith": {"other"}, "field_contains": {"other"},
	"time_part":        {"part", "operator", "value"},
	"keyword":          textNames,
	"keyword_wildcard": textNames,
	"keyword_number":   {"value"},
	"keyword_regex":    {"regex", "value", "flag_i", "flag_m", "flag_s"},
}

// textNames are the names for texts: value is the text in quotes if it needs them, bare the same without quotes, pattern the
// same with the escapes of patterns, and regex a regular expression that matches it.
var textNames = []string{"value", "bare", "pattern", "regex"}

// A Form is a kind of comparison.
type Form struct {
	Is Template `yaml:"is"`
	// Not is the form of the negated comparison, for languages with Operators.NotInside.
	Not *Template `yaml:"not"`
	// Wildcards is set if the rest of the value may have wildcards, for startswith, endswith and contains.
	Wildcards bool `yaml:"wildcards"`
}

// UnmarshalYAML reads a form from a template alone, or from a map.
func (f *Form) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&f.Is)
	}
	type plain Form
	return n.Decode((*plain)(f))
}

// A ListForm writes alternatives of one field as a list. Without Or, alternatives are written one by one.
type ListForm struct {
	// Template has the names {field}, {operator} and {list}.
	Template *Template `yaml:"template"`
	// Or is the operator for alternatives, And the one for values that must all match. "" writes them one by one.
	Or        string `yaml:"or"`
	And       string `yaml:"and"`
	Separator string `yaml:"separator"`
	// Wildcards is set if values with wildcards may be in a list.
	Wildcards bool `yaml:"wildcards"`
	// Expansions is set if the alternatives that modifiers make of one value are written as a list.
	Expansions bool `yaml:"expansions"`
}

// A DeferredForm joins parts that follow the condition.
type DeferredForm struct {
	Start     string `yaml:"start"`
	Separator string `yaml:"separator"`
	Only      string `yaml:"only"`
}

// A Pattern is a regular expression in a spec. It is matched at the start of a text.
type Pattern struct {
	*regexp.Regexp
	anywhere *regexp.Regexp
}

// UnmarshalYAML compiles the expression.
func (p *Pattern) UnmarshalYAML(n *yaml.Node) error {
	var text string
	if err := n.Decode(&text); err != nil {
		return err
	}
	if len(text) > maxPattern {
		return faultAt(n, "the expression is longer than %d bytes", maxPattern)
	}
	anywhere, err := regexp.Compile(text)
	if err != nil {
		return faultAt(n, "%v", err)
	}
	compiled, err := regexp.Compile(`\A(?:` + text + `)`)
	if err != nil {
		return faultAt(n, "%v", err)
	}
	p.Regexp, p.anywhere = compiled, anywhere
	return nil
}

// maxPattern limits the length of a regular expression in a spec.
const maxPattern = 1000

// atStart reports whether the pattern matches at the start of a text. A nil pattern matches nothing.
func (p *Pattern) atStart(text string) bool {
	return p != nil && p.MatchString(text)
}
