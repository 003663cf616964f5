package report

import (
	"io"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
)

// summaryRows is how many rows of each list the summary prints; the json format has them all.
const summaryRows = 10

// WriteSummary prints a summary for people: how much was found, then the first rows by rule, principal, account,
// address and ATT&CK tactic. The ledger tells what it means that nothing was found; nil if there is none.
func WriteSummary(w io.Writer, s *finding.Summary, l *finding.Ledger, options Options) error {
	o := &options
	var out strings.Builder
	if s.Findings == 0 {
		out.WriteString(o.paint(bold, nothingFound(l)) + "\n")
		_, err := io.WriteString(w, out.String())
		return err
	}
	out.WriteString(o.paint(bold, plural(s.Findings, "finding")+" in "+plural(s.Events, "event")))
	if s.First.Time != finding.NoTime {
		out.WriteString(", " + o.moment(s.First.Time) + " to " + o.moment(s.Last.Time))
	}
	levels := make([]string, len(s.Levels))
	for i, row := range s.Levels {
		levels[i] = o.paint(levelColors[row.Level], number(row.Findings)+" "+row.Name)
	}
	out.WriteString("\n" + strings.Join(levels, ", ") + "\n")
	for _, part := range []struct {
		title string
		rows  []finding.Row
	}{
		{"RULE", s.Rules}, {"PRINCIPAL", s.Principals}, {"ACCESS KEY OR SESSION", s.Sessions},
		{"ACCOUNT", s.Accounts}, {"ADDRESS", s.Addresses}, {"HOST", s.Hosts}, {"TACTIC", s.Tactics},
	} {
		if len(part.rows) > 0 {
			out.WriteByte('\n')
			writeRows(&out, o, part.title, part.rows)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func writeRows(out *strings.Builder, o *Options, title string, rows []finding.Row) {
	g := grid{head: []string{"LEVEL", "FINDINGS", "FIRST", "LAST", title}, right: 1, shrink: []int{4}, drop: []int{3}}
	for _, row := range rows[:min(summaryRows, len(rows))] {
		g.rows = append(g.rows, []string{
			row.Level.String(), number(row.Findings), o.moment(row.First.Time), o.moment(row.Last.Time), safe(row.Name),
		})
		g.colors = append(g.colors, levelColors[row.Level])
	}
	out.WriteString(g.String(o))
	if more := len(rows) - summaryRows; more > 0 {
		out.WriteString(o.paint(dim, "and "+number(more)+" more") + "\n")
	}
}
