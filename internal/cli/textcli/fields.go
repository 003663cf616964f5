package textcli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/convert/textconvert"
)

// Fields prints the fields of rules as queries of f.Target have them: one a line, or with group a table of those of each log
// source. JSON is an object with both. It returns an outcome, as Convert does.
func Fields(ctx context.Context, host Host, f *Flags, group bool, w io.Writer) (int, error) {
	backend, _, err := f.check()
	if err != nil {
		return 0, err
	}
	l, _, err := f.load(ctx, host)
	if err != nil {
		return 0, err
	}
	if err := host.Diagnose(l.Diagnostics); err != nil {
		return 0, err
	}
	outcome := Converted
	if l.Diagnostics.HasErrors() {
		outcome = Refused
	}
	all, bySource := textconvert.Fields(l.Set, backend)
	switch {
	case f.JSON:
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return outcome, encoder.Encode(struct {
			Fields   []string            `json:"fields"`
			BySource map[string][]string `json:"by_logsource"`
		}{append([]string{}, all...), bySource})
	case group:
		_, err = io.WriteString(w, groupTable(bySource))
	default:
		for _, name := range all {
			if _, err = fmt.Fprintln(w, name); err != nil {
				break
			}
		}
	}
	return outcome, err
}

// groupTable returns a table with a row for each log source, as sigma analyze fields --group prints it.
func groupTable(bySource map[string][]string) string {
	const head, fields = "Logsource", "Fields"
	wide, far := len(head), len(fields)
	for source, names := range bySource { // Iteration order does not matter: the results are maxima.
		wide = max(wide, len(source))
		for _, name := range names {
			far = max(far, len(name))
		}
	}
	rule := "+" + strings.Repeat("-", wide+2) + "+" + strings.Repeat("-", far+2) + "+\n"
	var out strings.Builder
	out.WriteString(rule)
	fmt.Fprintf(&out, "| %*s | %-*s |\n", wide, head, far, fields)
	out.WriteString(rule)
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		shown := source
		for _, name := range append(bySource[source], "")[:max(1, len(bySource[source]))] {
			fmt.Fprintf(&out, "| %*s | %-*s |\n", wide, shown, far, name)
			shown = ""
		}
	}
	out.WriteString(rule)
	return out.String()
}
