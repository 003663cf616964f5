package threat

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// Each message of this package is built by one function. Their positions are in the document.

const code = "threat-document"

func unknownKey(key sigma.Text, where string, known []string) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: code, Span: key.Span, Message: fmt.Sprintf("%s has no key %q", where, key.Value),
		Help: "the keys are " + strings.Join(known, ", "),
	}
	if near := diag.Near(key.Value, known); near != "" {
		d.Help, d.Fix = fmt.Sprintf("the nearest name is %q", near), &diag.Fix{Span: key.Span, Text: near}
	}
	return d
}

func missingKey(span source.Span, what, key string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Span: span, Message: fmt.Sprintf("%s has no %s", what, key)}
}

func wrongType(n sigma.Node, key, expected string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Span: n.Span(), Message: fmt.Sprintf("%s is not %s", key, expected)}
}

func badIdentifier(span source.Span, what, id string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: code, Span: span, Message: fmt.Sprintf("%s is named %q", what, id),
		Help: fmt.Sprintf("a name has at most %d small letters, digits and single hyphens between them", maxID),
	}
}

func badAttack(t sigma.Text) diag.Diagnostic {
	return diag.Diagnostic{
		Code: code, Span: t.Span, Message: fmt.Sprintf("%q is not an id or tactic of ATT&CK", t.Value),
		Help: "techniques are written as T1110.003, tactics as credential-access",
	}
}

func tooMany(span source.Span, what string, n, limit int) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Span: span, Message: fmt.Sprintf("there are %d %s; the limit is %d", n, what, limit)}
}

func unmappedField(v *vendor, name sigma.Text) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: code, Span: v.at.Span, Message: fmt.Sprintf("the vendor %s has no field for %q", v.ID, name.Value),
		Labels: []diag.Label{{Span: name.Span, Text: "used here"}},
		Help:   "add it below fields",
	}
	if near := diag.Near(name.Value, v.fieldNames()); near != "" {
		d.Help = fmt.Sprintf("the nearest name is %q", near)
	}
	return d
}

func unknownStep(step sigma.Text, known []string) diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Span: step.Span, Message: fmt.Sprintf("no vendor has a detection %q", step.Value)}
	if near := diag.Near(step.Value, known); near != "" {
		d.Help, d.Fix = fmt.Sprintf("the nearest name is %q", near), &diag.Fix{Span: step.Span, Text: near}
	}
	return d
}

func missingStep(v *vendor, step sigma.Text) diag.Diagnostic {
	return diag.Diagnostic{
		Code: code, Span: v.at.Span, Message: fmt.Sprintf("the vendor %s has no detection %q", v.ID, step.Value),
		Labels: []diag.Label{{Span: step.Span, Text: "a step of the correlation"}},
	}
}

func ambiguousStep(step sigma.Text, first, second *vendor) diag.Diagnostic {
	return diag.Diagnostic{
		Code: code, Span: step.Span, Message: fmt.Sprintf("two vendors have the detection %q", step.Value),
		Labels: []diag.Label{{Span: first.at.Span, Text: "one"}, {Span: second.at.Span, Text: "the other"}},
		Help:   "in an ordered correlation across vendors each step is a detection of one vendor; give the detections different names",
	}
}

func uselessChange(v *vendor) diag.Diagnostic {
	return diag.Diagnostic{
		Code: code, Span: v.changed.Span, Message: fmt.Sprintf("the vendor %s has no correlation of its own", v.ID),
		Help: "the threat has no correlation, or one across all vendors",
	}
}
