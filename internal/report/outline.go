package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/term"
)

// outlineChunks is how many chunks of a statement are shown.
const outlineChunks = 4

// WriteOutline prints for people what a hunt in a lake would ask.
func WriteOutline(w io.Writer, o *lake.Outline) error {
	var b strings.Builder
	for _, s := range o.Statements {
		fmt.Fprintf(&b, "%s (%s): %s", diag.Safe(s.Table), s.Schema, term.Plural(s.Rules, "rule"))
		if s.Exact > 0 && s.Correlations == 0 {
			fmt.Fprintf(&b, ", %d of them exact", s.Exact)
		}
		if s.Correlations > 0 {
			fmt.Fprintf(&b, " for %s, counted there", term.Plural(s.Correlations, "correlation"))
		}
		fmt.Fprintf(&b, ", %s, %s of SQL\n", term.Plural(len(s.Columns), "column"), term.Bytes(int64(len(s.SQL))))
		if s.WholeTable {
			b.WriteString("  every event comes back: a rule names nothing that the engine could look for\n")
		}
		shown := s.Chunks[:min(outlineChunks, len(s.Chunks))]
		wide := 24
		for _, chunk := range shown {
			wide = max(wide, len(diag.Safe(chunk.Chunk)))
		}
		for _, chunk := range shown {
			fmt.Fprintf(&b, "  %-*s  ", wide, diag.Safe(chunk.Chunk))
			if chunk.Bytes >= 0 {
				fmt.Fprintf(&b, "about %s", term.Bytes(chunk.Bytes))
			} else {
				b.WriteString("size not known")
			}
			if len(chunk.Constrained) > 0 {
				columns := slices.Clone(chunk.Constrained)
				for i := range columns {
					columns[i] = diag.Safe(columns[i])
				}
				b.WriteString(", bounded by " + strings.Join(columns, ", "))
			}
			b.WriteByte('\n')
		}
		if more := len(s.Chunks) - outlineChunks; more > 0 {
			fmt.Fprintf(&b, "  and %s\n", term.Plural(more, "more chunk"))
		}
	}
	fmt.Fprintf(&b, "in all: %s on %s, reading %s\n", term.Plural(o.Queries, "query"), o.Engine, readsOf(o))
	if slices.ContainsFunc(o.Statements, func(s lake.OutlineStatement) bool { return s.Correlations > 0 }) {
		b.WriteString("what correlations find there is then read by id: more queries, which are not counted here\n")
	}
	if o.BudgetBytes > 0 {
		fmt.Fprintf(&b, "budget: %s\n", term.Bytes(o.BudgetBytes))
	}
	if len(o.CannotRun) > 0 {
		fmt.Fprintf(&b, "%s cannot run here:\n", term.Plural(len(o.CannotRun), "rule"))
		for _, rule := range o.CannotRun {
			fmt.Fprintf(&b, "  %s: %s\n", diag.Safe(rule.Rule), diag.Safe(rule.Reason))
		}
	}
	if o.NoTable > 0 {
		fmt.Fprintf(&b, "%s of log sources that have no table here\n", term.Plural(o.NoTable, "rule"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// readsOf says what all queries would read, and its price.
func readsOf(o *lake.Outline) string {
	known, unknown := int64(0), 0
	for _, s := range o.Statements {
		for _, chunk := range s.Chunks {
			if chunk.Bytes >= 0 {
				known += chunk.Bytes
			} else {
				unknown++
			}
		}
	}
	if known == 0 && unknown > 0 {
		return "an unknown number of bytes"
	}
	text := "about " + term.Bytes(known)
	if o.Billed {
		text += fmt.Sprintf(", %s at $%.2f a TB", term.Dollars(float64(known)/1e12*o.PricePerTB), o.PricePerTB)
	}
	if unknown > 0 {
		text += fmt.Sprintf(", and what %s more would read", term.Plural(unknown, "query"))
	}
	return text
}
