package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/tally"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// Sizes of bars in columns, and the number of periods that the text lists.
const (
	barWidth   = 30
	sparkWidth = 40
	maxPeriods = 100
)

// absent is what the text shows where events do not have a field.
const absent = "(none)"

// WriteMetrics prints counts in one of TallyFormats. top is how many rows the text lists, 0 for all.
func WriteMetrics(w io.Writer, format string, m *tally.Metrics, top int, l *finding.Ledger, options Options) error {
	switch format {
	case "json":
		return writeWithLedger(w, m, l)
	case "csv":
		return writeMetricsCSV(w, m, options)
	}
	o := &options
	var out strings.Builder
	if m.Events == 0 {
		out.WriteString(o.paint(term.Bold, nothingCounted(l, 0)) + "\n")
		_, err := io.WriteString(w, out.String())
		return err
	}
	periods := m.Periods
	if m.OverSeconds > 0 {
		writePeriods(&out, o, m)
	}
	shown := m.Rows
	if top > 0 {
		shown = shown[:min(top, len(shown))]
	}
	if len(m.Fields) > 0 {
		if m.OverSeconds > 0 {
			out.WriteByte('\n')
		}
		g := grid{head: []string{"EVENTS", ""}, right: 0, drop: []int{1}}
		for i, name := range m.Fields {
			g.head, g.shrink = append(g.head, safe(name)), append(g.shrink, 2+i)
		}
		if m.OverSeconds > 0 {
			g.head[1] = "OVER TIME"
		}
		most := int64(0)
		for i := range shown {
			most = max(most, shown[i].Count)
		}
		for i := range shown {
			cells := []string{term.Count(shown[i].Count), bar(shown[i].Count, most)}
			if m.OverSeconds > 0 {
				cells[1] = spark(shown[i].Periods, periods, m.OverSeconds)
			}
			for _, v := range shown[i].Values {
				text := absent
				if v != nil {
					text = safe(*v)
				}
				cells = append(cells, text)
			}
			g.rows = append(g.rows, cells)
		}
		out.WriteString(g.String(o))
	}
	for _, rest := range []struct {
		n    int64
		text string
	}{
		{int64(len(m.Rows) - len(shown)), "more rows (--top 0 lists all)"}, {m.Others, "counts of further values, which are too many to list"},
		{m.Clipped, "events with more than a thousand combinations of values, of which the rest is not counted"},
	} {
		if rest.n > 0 {
			out.WriteString(o.paint(term.Dim, term.Count(rest.n)+" "+rest.text) + "\n")
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// eighths are the ends of bars.
var eighths = []rune(" ▏▎▍▌▋▊▉█")

// bar draws a count relative to the largest.
func bar(n, most int64) string {
	if most == 0 {
		return ""
	}
	units := int(n * barWidth * 8 / most)
	if units == 0 && n > 0 {
		units = 1
	}
	text := strings.Repeat("█", units/8)
	if rest := units % 8; rest > 0 {
		text += string(eighths[rest])
	}
	return text
}

// filled returns a count for each period from the first to the last with events, or nil if there are too many.
func filled(counts, span []tally.Period, over float64, most int) []int64 {
	span = timed(span)
	if len(span) == 0 {
		return nil
	}
	step := int64(over * float64(time.Second))
	first := span[0].From.Nanos
	n := (span[len(span)-1].From.Nanos-first)/step + 1
	fold := (n + int64(most) - 1) / int64(most)
	list := make([]int64, (n+fold-1)/fold)
	for _, p := range timed(counts) {
		list[(p.From.Nanos-first)/step/fold] += p.Count
	}
	return list
}

// timed leaves out the count of events without a time.
func timed(list []tally.Period) []tally.Period {
	if len(list) > 0 && list[0].From.Time == finding.NoTime {
		return list[1:]
	}
	return list
}

var sparks = []rune("▁▂▃▄▅▆▇█")

// spark draws counts over the span of all periods, a character for each period or, if these are too many, for several.
func spark(counts, span []tally.Period, over float64) string {
	list := filled(counts, span, over, sparkWidth)
	most := int64(0)
	for _, n := range list {
		most = max(most, n)
	}
	var b strings.Builder
	for _, n := range list {
		switch {
		case n == 0:
			b.WriteByte(' ')
		default:
			b.WriteRune(sparks[n*int64(len(sparks)-1)/most])
		}
	}
	return b.String()
}

// writePeriods draws the events of each period, also of empty ones.
func writePeriods(out *strings.Builder, o *Options, m *tally.Metrics) {
	g := grid{head: []string{"FROM", "EVENTS", ""}, right: 1}
	span := timed(m.Periods)
	if len(span) < len(m.Periods) {
		g.rows = append(g.rows, []string{"(no time)", term.Count(m.Periods[0].Count), ""})
	}
	most := int64(0)
	for _, p := range span {
		most = max(most, p.Count)
	}
	step := int64(m.OverSeconds * float64(time.Second))
	left := 0
	add := func(from int64, n int64) {
		if len(g.rows) >= maxPeriods {
			left++
			return
		}
		g.rows = append(g.rows, []string{o.moment(value.Time{Nanos: from}), term.Count(n), bar(n, most)})
	}
	for i, p := range span {
		if i > 0 {
			if empty := (p.From.Nanos-span[i-1].From.Nanos)/step - 1; empty > 3 && len(g.rows) < maxPeriods {
				g.rows = append(g.rows, []string{"", "0", "in " + term.Plural(empty, "period")})
			} else {
				for e := range min(empty, maxPeriods) {
					add(span[i-1].From.Nanos+(e+1)*step, 0)
				}
			}
		}
		add(p.From.Nanos, p.Count)
	}
	out.WriteString(g.String(o))
	if left > 0 {
		out.WriteString(o.paint(term.Dim, "and "+term.Plural(left, "more period")+" (csv and json have all)") + "\n")
	}
}

// writeMetricsCSV writes a row for each combination of values, and for each of its periods if there are any.
func writeMetricsCSV(w io.Writer, m *tally.Metrics, options Options) error {
	out := csv.NewWriter(w)
	var head []string
	if m.OverSeconds > 0 {
		head = append(head, "from")
	}
	head = append(append(head, m.Fields...), "count")
	for i := range head {
		head[i] = Guard(head[i])
	}
	_ = out.Write(head) // Flush returns the error again
	rows := m.Rows
	if len(m.Fields) == 0 {
		rows = []tally.MetricRow{{Count: m.Events, Periods: m.Periods}}
	}
	write := func(period []string, values []*string, n int64) {
		row := period
		for _, v := range values {
			cell := ""
			if v != nil {
				cell = Guard(*v)
			}
			row = append(row, cell)
		}
		_ = out.Write(append(row, strconv.FormatInt(n, 10))) // as above
	}
	for i := range rows {
		if m.OverSeconds == 0 {
			write(nil, rows[i].Values, rows[i].Count)
			continue
		}
		for _, p := range rows[i].Periods {
			write([]string{options.exact(p.From.Time)}, rows[i].Values, p.Count)
		}
	}
	out.Flush()
	return out.Error()
}
