package report

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// table prints one row for each rule, principal and account, the most severe first.
type table struct {
	w       io.Writer
	options Options
	rows    map[entryKey]*tableRow
}

type tableRow struct {
	key         entryKey
	findings    int
	first, last value.Time
	facts       merged
}

func newTable(w io.Writer, options Options) Writer {
	return &table{w: w, options: options, rows: map[entryKey]*tableRow{}}
}

func (t *table) Finding(f *finding.Finding) error {
	key := entryKey{rule: f.Rule, level: f.Level, principal: f.Principal, account: f.Account}
	row := t.rows[key]
	if row == nil {
		key.principal, key.account = strings.Clone(key.principal), strings.Clone(key.account)
		row = &tableRow{key: key, first: f.First, last: f.Last}
		t.rows[key] = row
	}
	row.findings++
	row.facts.add(f)
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
		return cmp.Or(cmp.Compare(b.key.level, a.key.level), cmp.Compare(a.first.Nanos, b.first.Nanos),
			strings.Compare(a.key.rule.Title, b.key.rule.Title), strings.Compare(a.key.rule.ID, b.key.rule.ID),
			strings.Compare(a.key.principal, b.key.principal), strings.Compare(a.key.account, b.key.account))
	})
	if len(sorted) == 0 {
		return nil
	}
	o := &t.options
	g := grid{
		head: []string{
			"LEVEL", "FINDINGS", "FIRST", "LAST", "RULE", "PRINCIPAL", "ACCOUNT", "OUTCOME", "TARGET", "ADDRESS", "AGENT", "KEY", "FACTS",
		},
		right: 1, shrink: []int{10, 12, 8, 7, 5, 4}, drop: []int{10, 11, 3, 6, 9, 12, 8, 7},
	}
	for _, row := range sorted {
		rule := row.key.rule
		g.rows = append(g.rows, []string{
			row.key.level.String(), term.Count(row.findings), o.moment(row.first), o.moment(row.last), safe(rule.Title),
			safe(row.key.principal), safe(row.key.account), row.facts.outcome(), some(row.facts.targetTexts(), 2),
			some(row.facts.addressTexts(), 2), some(row.facts.agentTexts(), 1), some(row.facts.sessions, 2), some(row.facts.factTexts(), 3),
		})
		g.colors = append(g.colors, levelColors[row.key.level])
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
	// shrink lists the columns to shorten, in this order, if the table is wider than the terminal.
	shrink []int
	// hide lists the columns to leave out in any case.
	hide []int
	// drop lists the columns to leave out, in this order, if shrinking leaves too little to read.
	drop []int
}

// readable is the minimum width of a shrunk column while columns can be dropped, minColumn the minimum after that.
const (
	readable  = 28
	minColumn = 16
)

func (g *grid) String(o *Options) string {
	widths := make([]int, len(g.head))
	for i, cell := range g.head {
		widths[i] = term.Width(cell)
	}
	for _, row := range g.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], term.Width(cell))
		}
	}
	for _, column := range g.hide {
		widths[column] = 0
	}
	if o.Width > 0 {
		g.fit(widths, o.Width)
	}
	var out strings.Builder
	g.line(&out, g.head, widths, func(_ int, cell string) string { return o.paint(term.Dim, cell) })
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

// fit narrows columns to a total width; a dropped column gets width 0.
func (g *grid) fit(widths []int, width int) {
	over := -2 - width
	for _, w := range widths {
		if w > 0 {
			over += 2 + w
		}
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

// line writes one row; paint colours a cell after it was padded.
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
		space := strings.Repeat(" ", widths[i]-term.Width(cell))
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
