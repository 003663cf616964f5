package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/sigma"
)

// misspeltLogSource finds a part of a log source that no schema knows and that is near to one that some schema does. Rules of
// sources that egret has no schema for are many, and nothing to warn of.
func misspeltLogSource(log sigma.LogSource, schemas []*schema.Schema) (diag.Diagnostic, bool) {
	for _, part := range []struct {
		name, value string
		known       func(*schema.Schema) []string
	}{
		{"product", log.Product, (*schema.Schema).Products},
		{"service", log.Service, (*schema.Schema).Services},
		{"category", log.Category, (*schema.Schema).Categories},
	} {
		if part.value == "" {
			continue
		}
		var known []string
		for _, s := range schemas {
			known = append(known, part.known(s)...)
		}
		slices.Sort(known)
		if slices.Contains(known, part.value) {
			continue
		}
		near := diag.Near(part.value, known)
		if near == "" {
			continue
		}
		span := log.Span
		if at := strings.Index(strings.ToLower(span.Text()), part.value); at >= 0 {
			span.Start, span.End = span.Start+at, span.Start+at+len(part.value)
		}
		return diag.Diagnostic{
			Code: "misspelt-log-source", Severity: diag.Warning, Span: span, Fix: &diag.Fix{Span: span, Text: near},
			Message: fmt.Sprintf("%s %q is of no log source that egret knows; the rule is skipped", part.name, part.value),
			Help:    fmt.Sprintf("the nearest name is %q", near),
		}, true
	}
	return diag.Diagnostic{}, false
}
