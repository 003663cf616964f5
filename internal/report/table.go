package report

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// table prints one row for each rule, principal and account, the most serious first.
type table struct {
	w       io.Writer
	options Options
	rows    map[entryKey]*tableRow
}

type tableRow struct {
	key         entryKey
	findings    int
	first, last value.Time
}

func newTable(w io.Writer, options Options) Writer {
	return &table{w: w, options: options, rows: map[entryKey]*tableRow{}}
}

func (t *table) Finding(f *finding.Finding) error {
	key := entryKey{f.Rule, f.Principal, f.Account}
	row := t.rows[key]
	if row == nil {
		key.principal, key.account = strings.Clone(key.principal), strings.Clone(key.account)
		row = &tableRow{key: key, first: f.First, last: f.Last}
		t.rows[key] = row
	}
	row.findings++
	if f.First.Nanos < row.first.Nanos {
		row.first = f.First
	}
	if f.Last.Nanos > row.last.Nanos {
		row.last = f.Last
	}
	return nil
}

func (t *table) Close(*finding.Summary, *finding.Ledger) error {
	sorted := make([]*tableRow, 0, len(t.rows))
	for _, row := range t.rows {
		sorted = append(sorted, row)
	}
	slices.SortFunc(sorted, func(a, b *tableRow) int {
		return cmp.Or(cmp.Compare(b.key.rule.Level, a.key.rule.Level), cmp.Compare(a.first.Nanos, b.first.Nanos),
			strings.Compare(a.key.rule.Title, b.key.rule.Title), strings.Compare(a.key.rule.ID, b.key.rule.ID),
			strings.Compare(a.key.principal, b.key.principal), strings.Compare(a.key.account, b.key.account))
	})
	if len(sorted) == 0 {
		return nil
	}
	o := &t.options
	g := grid{
		head:  []string{"LEVEL", "FINDINGS", "FIRST", "LAST", "RULE", "PRINCIPAL", "ACCOUNT"},
		right: 1, shrink: []int{5, 4}, drop: []int{3, 6},
	}
	for _, row := range sorted {
		rule := row.key.rule
		g.rows = append(g.rows, []string{
			rule.Level.String(), number(row.findings), o.moment(row.first), o.moment(row.last), safe(rule.Title),
			safe(row.key.principal), safe(row.key.account),
		})
		g.colors = append(g.colors, levelColors[rule.Level])
	}
	_, err := io.WriteString(t.w, g.String(o))
	return err
}

// grid is a table of cells in aligned columns.
type grid struct {
	head []string
	rows [][]string
	// colors has the colour of each row's first cell; nil for none.
	colors []string
	// right is the column that is aligned to the right, or -1.
	right int
	// shrink lists the columns that are cut, in this order, when the table is wider than the terminal.
	shrink []int
	// drop lists the columns that are left out, in this order, where shrinking would leave too little to read.
	drop []int
}

// readable is how narrow a shrunk column gets while there are columns to leave out, minColumn how narrow afterwards.
const (
	readable  = 28
	minColumn = 16
)

func (g *grid) String(o *Options) string {
	widths := make([]int, len(g.head))
	for i, cell := range g.head {
		widths[i] = utf8.RuneCountInString(cell)
	}
	for _, row := range g.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	if o.Width > 0 {
		g.fit(widths, o.Width)
	}
	var out strings.Builder
	g.line(&out, g.head, widths, func(_ int, cell string) string { return o.paint(dim, cell) })
	for i, row := range g.rows {
		g.line(&out, row, widths, func(column int, cell string) string {
			if column == 0 && g.colors != nil {
				return o.paint(g.colors[i], cell)
			}
			return cell
		})
	}
	return out.String()
}

// fit narrows columns to a width; a column that is left out gets the width 0.
func (g *grid) fit(widths []int, width int) {
	over := -2 - width
	for _, w := range widths {
		over += 2 + w
	}
	squeeze := func(least int, widths []int) int {
		left := over
		for _, column := range g.shrink {
			cut := min(max(0, left), max(0, widths[column]-least))
			widths[column] -= cut
			left -= cut
		}
		return left
	}
	for _, column := range g.drop {
		if squeeze(readable, slices.Clone(widths)) <= 0 {
			break
		}
		over -= 2 + widths[column]
		widths[column] = 0
	}
	if squeeze(readable, slices.Clone(widths)) <= 0 {
		squeeze(readable, widths)
		return
	}
	squeeze(minColumn, widths)
}

// line writes one row; paint colours a cell after it got its width.
func (g *grid) line(out *strings.Builder, cells []string, widths []int, paint func(int, string) string) {
	if strings.Join(cells, "") == "" {
		return
	}
	last := len(cells) - 1
	for widths[last] == 0 && last > 0 {
		last--
	}
	for i, cell := range cells[:last+1] {
		if widths[i] == 0 {
			continue
		}
		cell = shorten(cell, widths[i])
		space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		switch {
		case i == g.right:
			out.WriteString(space + paint(i, cell))
		case i == last:
			out.WriteString(paint(i, cell))
		default:
			out.WriteString(paint(i, cell) + space)
		}
		if i < last {
			out.WriteString("  ")
		}
	}
	out.WriteByte('\n')
}
