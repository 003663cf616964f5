package sigma

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

func emptyDetection(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "empty-detection", Span: span,
		Message: "expected a map with search identifiers and a condition, found no search identifier",
	}
}

func tooManySearches(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "too-many-searches", Span: span,
		Message: fmt.Sprintf("the detection has more than %d search identifiers", maxSearches),
		Help:    "put alternatives in one list of values or maps",
	}
}

func missingCondition(span source.Span, searches []*Search) diag.Diagnostic {
	d := diag.Diagnostic{Code: "missing-condition", Span: span, Message: "the detection has no condition"}
	if len(searches) == 1 {
		d.Help = "add condition: " + searches[0].Name
	}
	return d
}

func emptySearch(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "empty-search", Span: span,
		Message: fmt.Sprintf("search identifier %q is empty", name),
		Help:    "expected a map of fields, a list of maps or a list of keywords",
	}
}

func emptyValues(span source.Span, key string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "empty-values", Span: span,
		Message: fmt.Sprintf("the list of values of %q is empty", key),
		Help:    "write null for an absent field, '' for the empty string",
	}
}

func nestedList(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "nested-value", Span: span,
		Message: "expected a map or a value, found a list inside a list",
	}
}

func nestedValue(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "nested-value", Span: span,
		Message: "expected a string, number, boolean or null, found a list or a map",
		Help:    "write a nested field with dots: parent.child",
	}
}

func nullKeyword(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{Code: "null-keyword", Span: span, Message: "null cannot be a keyword"}
}

// Departure from Sigma, which does not define null in a list: egret treats it as one of the alternatives
// (testdata/case/null/null-in-list.txtar).
func nullInList(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "null-in-list", Severity: diag.Warning, Span: span,
		Message: "null in a list of values",
		Help:    "it counts as an alternative; the specification expects a separate search identifier for it",
	}
}

func nullWithModifier(span source.Span, modifier string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "null-with-modifier", Span: span,
		Message: fmt.Sprintf("modifier %q needs a value, found null", modifier),
		Help:    "to test whether the field is absent, write it without the modifier",
	}
}

// modifierWords maps words of other query languages and of everyday use to the modifier with that meaning.
var modifierWords = map[string]string{
	"regex": "re", "regexp": "re", "rx": "re", "matches": "re",
	"starts_with": "startswith", "beginswith": "startswith", "prefix": "startswith",
	"ends_with": "endswith", "suffix": "endswith",
	"includes": "contains", "substring": "contains", "like": "contains",
	"not": "neq", "ne": "neq", "noteq": "neq",
	"casesensitive": "cased", "case": "cased",
	"ip": "cidr", "subnet": "cidr", "network": "cidr",
	"greater": "gt", "less": "lt", "ge": "gte", "le": "lte",
	"field": "fieldref", "placeholder": "expand",
}

func unknownModifier(span source.Span, name string) diag.Diagnostic {
	names := make([]string, len(Modifiers))
	for i := range Modifiers {
		names[i] = Modifiers[i].Name
	}
	near := diag.Near(name, names)
	if meant, ok := modifierWords[strings.ToLower(name)]; ok {
		near = meant
	}
	return diag.Diagnostic{
		Code: "unknown-modifier", Span: span, Fix: nearFix(span, near),
		Message: fmt.Sprintf("modifier %q is not defined", name), Help: nearHelp(near),
	}
}

func modifierNeedsField(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "modifier-needs-field", Span: span,
		Message: fmt.Sprintf("modifier %q needs a field and does not apply to keywords", name),
	}
}

func repeatedModifier(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "repeated-modifier", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("duplicate modifier %q", name), Help: "the second one has no effect",
	}
}

func redundantCased(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "redundant-modifier", Severity: diag.Warning, Span: span,
		Message: "cased has no effect: regular expressions are case-sensitive",
	}
}

func modifierConflict(span source.Span, name, other string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "modifier-conflict", Span: span,
		Message: fmt.Sprintf("modifiers %q and %q cannot be used together", other, name),
	}
}

func flagWithoutRegex(span source.Span, name string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "flag-without-re", Span: span,
		Message: fmt.Sprintf("modifier %q is a flag of re and must follow it", name),
		Help:    "write field|re|" + name,
	}
}

func allWithOneValue(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "all-with-one-value", Severity: diag.Warning, Span: span,
		Message: "modifier \"all\" has no effect on a single value",
	}
}

func existsNeedsBool(span source.Span, value string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-value", Span: span,
		Message: fmt.Sprintf("expected true or false for exists, found %q", value),
	}
}

func existsWithList(span source.Span) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-value", Span: span,
		Message: "expected one value for exists, found a list",
	}
}

func quotedNumber(span source.Span, value string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "quoted-number", Severity: diag.Warning, Span: span, Fix: &diag.Fix{Span: span, Text: value},
		Message: "expected a number, found a number in quotes",
		Help:    "it is read as a number; remove the quotes",
	}
}

func valueNeedsNumber(span source.Span, value string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-value", Span: span,
		Message: fmt.Sprintf("expected a decimal number, found %q", value),
	}
}

func referenceNeedsName(span source.Span, value string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "invalid-value", Span: span,
		Message: fmt.Sprintf("expected a field name for fieldref, found %q", value),
	}
}

func timePartOutOfRange(span source.Span, value string, part *ModifierInfo) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "time-part-range", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("%s is not a valid %s, expected %d to %d", value, part.Name, part.Min, part.Max),
	}
}

func unknownSearch(span source.Span, name string, searches []*Search) diag.Diagnostic {
	names := make([]string, 0, len(searches))
	for _, s := range searches {
		names = append(names, s.Name)
	}
	near := diag.Near(name, names)
	help := nearHelp(near)
	switch word := operatorWord(name); {
	case word != "":
		help = "write " + word
	case near != "":
	case len(searches) == 1:
		help = fmt.Sprintf("the only search identifier is %q", searches[0].Name)
	default:
		if near = similar(name, names); near != "" {
			help = nearHelp(near)
		} else {
			help = "defined are " + values(searchNames(searches))
		}
	}
	return diag.Diagnostic{
		Code: "unknown-search", Span: span, Fix: nearFix(span, near), Help: help,
		Message: fmt.Sprintf("search identifier %q is not defined", name),
	}
}

// similar returns the only name that is a prefix of name or begins with it; "" if there is none or several.
func similar(name string, names []string) string {
	found := ""
	for _, n := range names {
		if len(name) < 3 || len(n) < 3 || !strings.HasPrefix(n, name) && !strings.HasPrefix(name, n) {
			continue
		}
		if found != "" {
			return ""
		}
		found = n
	}
	return found
}

// emptySelector is an error for "all of" only: "1 of" nothing is false, but "all of" nothing would be true.
func emptySelector(span source.Span, pattern string, all bool) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "empty-selector", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("no search identifier matches %q", pattern),
		Help:    "this part of the condition is always false",
	}
	if all {
		d.Severity, d.Help = diag.Error, "identifiers that begin with _ are not matched"
	}
	return d
}

func unreachableCount(span source.Span, count, found int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unreachable-count", Severity: diag.Warning, Span: span,
		Message: fmt.Sprintf("the selector requires %d search identifiers, only %d match", count, found),
		Help:    "this part of the condition is always false",
	}
}
