package coverage

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/term"
)

// shades are the cells of the heat map from the lowest to the highest score; a dot is a technique without a rule.
var shades = []string{"░", "▒", "▓", "█"}

// Styles of the cells, as SGR codes.
const (
	coveredStyle = "32"
	seenStyle    = "1;33"
)

// maxTop is how many techniques WriteText names.
const maxTop = 10

// WriteText writes a heat map for a terminal: a row for each tactic with a cell for each technique, sub-techniques counted with
// theirs, and the techniques with the highest scores. width is the number of columns.
func (m *Matrix) WriteText(w io.Writer, width int, color bool) error {
	var b strings.Builder
	covered, all := m.Share()
	fmt.Fprintf(&b, "%s, %s with techniques of ATT&CK %s: %d of %d techniques covered (%s)\n\n", term.Plural(m.Marks, "rule"), term.Count(m.Tagged),
		m.Options.Version, covered, all, percent(covered, all))
	top := 1
	columns := m.Columns()
	for _, c := range columns {
		for i := range c.Cells {
			top = max(top, c.Cells[i].Score)
		}
	}
	for _, c := range columns {
		name := c.Tactic.Name(m.Options.Version)
		head := fmt.Sprintf("%-22s %3d of %3d  ", name, c.Covered, len(c.Cells))
		b.WriteString(head)
		room := max(10, width-len(head))
		for i := range c.Cells {
			if i > 0 && i%room == 0 {
				b.WriteString("\n" + strings.Repeat(" ", len(head)))
			}
			b.WriteString(c.Cells[i].paint(top, color))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\n· no rule  %s score 1 to %d", strings.Join(shades, ""), top)
	if m.Seen != nil {
		b.WriteString("  ! seen in findings, covered  ? seen, not covered here")
	}
	b.WriteString("\n")
	m.writeTop(&b, width)
	m.writeReplaced(&b, width)
	_, err := io.WriteString(w, b.String())
	return err
}

// paint returns the cell as one character.
func (c *Cell) paint(top int, color bool) string {
	switch {
	case c.Seen && c.Covered:
		return term.Paint(color, seenStyle, "!")
	case c.Seen:
		return term.Paint(color, seenStyle, "?")
	case !c.Covered:
		return "·"
	}
	return term.Paint(color, coveredStyle, shades[min(len(shades)-1, c.Score*len(shades)/(top+1))])
}

func (m *Matrix) writeTop(b *strings.Builder, width int) {
	list := slices.Clone(m.Entries)
	slices.SortStableFunc(list, func(x, y *Entry) int { return cmp.Compare(y.Score, x.Score) })
	if len(list) == 0 {
		return
	}
	b.WriteString("\nSCORE  TECHNIQUE\n")
	for i, e := range list {
		if i == maxTop {
			fmt.Fprintf(b, "       and %d more; --format json lists all\n", len(list)-i)
			break
		}
		b.WriteString(term.Head(fmt.Sprintf("%5d  %-9s  %s (%s)", e.Score, e.ID, e.Name(m.Options.Version), term.Plural(len(e.Marks), "rule")), width) + "\n")
	}
}

// writeReplaced names the tags that the version of ATT&CK does not have.
func (m *Matrix) writeReplaced(b *strings.Builder, width int) {
	var moved, gone []string
	for _, id := range slices.Sorted(maps.Keys(m.Replaced)) {
		if next := m.Replaced[id]; next != "" {
			moved = append(moved, id+" as "+next)
		} else {
			gone = append(gone, id)
		}
	}
	if len(moved) > 0 {
		b.WriteString("\n" + term.Wrap("Counted under their new ids: ", "  ", strings.Join(moved, ", "), width) + "\n")
	}
	if len(gone) > 0 {
		b.WriteString("\n" + term.Wrap("Not counted, since ATT&CK "+m.Options.Version.String()+" does not have them: ", "  ", strings.Join(gone, ", "), width) + "\n")
	}
}

// percent returns a share in percent, with one digit behind the point below 10.
func percent(part, all int) string {
	if all == 0 {
		return "0 %"
	}
	share := 100 * float64(part) / float64(all)
	if share < 10 {
		return fmt.Sprintf("%.1f %%", share)
	}
	return fmt.Sprintf("%.0f %%", share)
}

// WriteGaps writes the techniques without a rule, by tactic, one a line.
func (m *Matrix) WriteGaps(w io.Writer) error {
	var b strings.Builder
	for _, c := range m.Columns() {
		fmt.Fprintf(&b, "%s: %d of %d without a rule\n", c.Tactic.Name(m.Options.Version), len(c.Cells)-c.Covered, len(c.Cells))
		for i := range c.Cells {
			if cell := &c.Cells[i]; !cell.Covered {
				fmt.Fprintf(&b, "  %s  %s\n", cell.ID, cell.Name(m.Options.Version))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMismatches writes a line for each mismatch.
func WriteMismatches(w io.Writer, list []Mismatch, v attack.Version) error {
	var b strings.Builder
	for _, m := range list {
		fmt.Fprintf(&b, "%s: %s is not a technique of %s", m.Mark.Path, m.Technique, strings.Join(m.Tactics, ", "))
		if len(m.Want) > 0 {
			fmt.Fprintf(&b, ", but of %s", strings.Join(m.Want, ", "))
		} else {
			fmt.Fprintf(&b, ": ATT&CK %s does not have it", v)
		}
		fmt.Fprintf(&b, " (%s)\n", diag.Safe(m.Mark.Title))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteChanges writes a line for each change, with the titles behind it.
func WriteChanges(w io.Writer, list []Change) error {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "%-9s  %3d to %3d  %s\n", c.ID, c.Before, c.After, c.Name)
		for _, title := range c.Added {
			fmt.Fprintf(&b, "           + %s\n", diag.Safe(title))
		}
		for _, title := range c.Removed {
			fmt.Fprintf(&b, "           - %s\n", diag.Safe(title))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteGroups writes groups as a table with the columns of sigma analyze logsource.
func WriteGroups(w io.Writer, groups []Group) error {
	rows := [][]string{append([]string{"Logsource", "Overall"}, Levels...)}
	for _, g := range groups {
		row := []string{cmp.Or(diag.Safe(g.Name), "None"), fmt.Sprint(g.Rules)}
		for _, n := range g.Levels {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], term.Width(cell))
		}
	}
	var b strings.Builder
	line := make([]string, len(widths))
	for i, n := range widths {
		line[i] = strings.Repeat("-", n)
	}
	rule := strings.Join(line, "-+-") + "\n"
	for i, row := range rows {
		for j := range row {
			row[j] = term.Pad(row[j], widths[j])
		}
		if i == 0 {
			b.WriteString(rule)
		}
		b.WriteString(strings.Join(row, " | ") + "\n")
		if i == 0 {
			b.WriteString(rule)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
