package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/schema"
)

// misspeltLogSource returns a warning if a part of a log source is unknown but similar to a known name. Other unknown log
// sources are common and need no warning.
func misspeltLogSource(log schema.LogSource, schemas []*schema.Schema) (diag.Diagnostic, bool) {
	for _, part := range []struct {
		name, value string
		known       func(*schema.Schema) []string
	}{
		{"product", strings.ToLower(log.Product), (*schema.Schema).Products},
		{"service", strings.ToLower(log.Service), (*schema.Schema).Services},
		{"category", strings.ToLower(log.Category), (*schema.Schema).Categories},
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
		d := diag.Diagnostic{
			Code: "misspelt-log-source", Severity: diag.Warning, Span: log.Span,
			Message: fmt.Sprintf("no known log source has the %s %q; the rule is skipped", part.name, part.value),
			Help:    fmt.Sprintf("the nearest name is %q", near),
		}
		if at := strings.Index(strings.ToLower(log.Span.Text()), part.value); at >= 0 {
			d.Span.Start, d.Span.End = log.Span.Start+at, log.Span.Start+at+len(part.value)
			d.Fix = &diag.Fix{Span: d.Span, Text: near}
		}
		return d, true
	}
	return diag.Diagnostic{}, false
}
