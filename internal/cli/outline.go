package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lake"
)

// outlineSlices is how many slices of a statement are shown.
const outlineSlices = 4

// writeOutline prints for people what a hunt in a lake would ask.
func writeOutline(w io.Writer, o *lake.Outline) error {
	var b strings.Builder
	for _, s := range o.Statements {
		fmt.Fprintf(&b, "%s (%s): %s", diag.Safe(s.Table), s.Schema, countOf(s.Rules, "rule"))
		if s.Exact > 0 && s.Correlations == 0 {
			fmt.Fprintf(&b, ", %d of them exact", s.Exact)
		}
		if s.Correlations > 0 {
			fmt.Fprintf(&b, " for %s, counted there", countOf(s.Correlations, "correlation"))
		}
		fmt.Fprintf(&b, ", %s, %s of SQL\n", countOf(len(s.Columns), "column"), bytesOf(int64(len(s.SQL))))
		if s.WholeTable {
			b.WriteString("  every event comes back: a rule names nothing that the engine could look for\n")
		}
		shown := s.Slices[:min(outlineSlices, len(s.Slices))]
		wide := 24
		for _, slice := range shown {
			wide = max(wide, len(diag.Safe(slice.Slice)))
		}
		for _, slice := range shown {
			fmt.Fprintf(&b, "  %-*s  ", wide, diag.Safe(slice.Slice))
			if slice.Bytes >= 0 {
				fmt.Fprintf(&b, "about %s", bytesOf(slice.Bytes))
			} else {
				b.WriteString("size not known")
			}
			if len(slice.Constrained) > 0 {
				columns := slices.Clone(slice.Constrained)
				for i := range columns {
					columns[i] = diag.Safe(columns[i])
				}
				b.WriteString(", bounded by " + strings.Join(columns, ", "))
			}
			b.WriteByte('\n')
		}
		if more := len(s.Slices) - outlineSlices; more > 0 {
			fmt.Fprintf(&b, "  and %s\n", countOf(more, "more slice"))
		}
	}
	fmt.Fprintf(&b, "in all: %s on %s, reading %s\n", queriesOf(o.Queries), o.Engine, readsOf(o))
	if slices.ContainsFunc(o.Statements, func(s lake.OutlineStatement) bool { return s.Correlations > 0 }) {
		b.WriteString("what correlations find there is then read by id: more queries, which are not counted here\n")
	}
	if o.BudgetBytes > 0 {
		fmt.Fprintf(&b, "budget: %s\n", bytesOf(o.BudgetBytes))
	}
	if len(o.CannotRun) > 0 {
		fmt.Fprintf(&b, "%s cannot run here:\n", countOf(len(o.CannotRun), "rule"))
		for _, rule := range o.CannotRun {
			fmt.Fprintf(&b, "  %s: %s\n", diag.Safe(rule.Rule), diag.Safe(rule.Reason))
		}
	}
	if o.NoTable > 0 {
		fmt.Fprintf(&b, "%s of log sources that have no table here\n", countOf(o.NoTable, "rule"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// readsOf says what all queries would read, and its price.
func readsOf(o *lake.Outline) string {
	known, unknown := int64(0), 0
	for _, s := range o.Statements {
		for _, slice := range s.Slices {
			if slice.Bytes >= 0 {
				known += slice.Bytes
			} else {
				unknown++
			}
		}
	}
	if known == 0 && unknown > 0 {
		return "an unknown number of bytes"
	}
	text := "about " + bytesOf(known)
	if o.Billed {
		text += fmt.Sprintf(", %s at $%.2f a TB", dollarsOf(float64(known)/1e12*o.PricePerTB), o.PricePerTB)
	}
	if unknown > 0 {
		text += fmt.Sprintf(", and what %s more would read", queriesOf(unknown))
	}
	return text
}

// queriesOf is a number of queries for people.
func queriesOf(n int) string {
	if n == 1 {
		return "1 query"
	}
	return fmt.Sprintf("%d queries", n)
}

// dollarsOf is a price for people.
func dollarsOf(dollars float64) string {
	if dollars > 0 && dollars < 0.01 {
		return "under $0.01"
	}
	return fmt.Sprintf("$%.2f", dollars)
}

func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// bytesOf is a number of bytes for people.
func bytesOf(n int64) string {
	size, unit := float64(n), 0
	for units := []string{"bytes", "kB", "MB", "GB", "TB", "PB"}; ; unit++ {
		if size < 1000 || unit == len(units)-1 {
			if unit == 0 {
				return fmt.Sprintf("%d bytes", n)
			}
			return fmt.Sprintf("%.1f %s", size, units[unit])
		}
		size /= 1000
	}
}
