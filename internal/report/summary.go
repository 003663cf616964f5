package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

// What the summary prints of each list; json has all of them. Summary and ledger together fit a screen of 24 lines.
const (
	summaryPrincipals = 3
	summaryNames      = 3
	summaryKeys       = 2 // they are long
)

// WriteSummary prints a summary for people: the number of findings and their outcomes, the first principals, the first keys,
// addresses, accounts and hosts, and all tactics; the findings before it name the rules. The ledger, which may be nil, explains why there are no
// findings.
func WriteSummary(w io.Writer, s *finding.Summary, l *finding.Ledger, options Options) error {
	o := &options
	t := summaryText{o: o}
	if s.Findings == 0 {
		if l != nil && NothingRead(l) != "" {
			return nil // an error has said so
		}
		_, err := io.WriteString(w, o.paint(term.Bold, nothingFound(l))+"\n")
		return err
	}
	title := o.paint(term.Bold, term.Plural(s.Findings, "finding")+" in "+term.Plural(s.Events, "event"))
	if s.First.Time != finding.NoTime {
		title += ", " + o.moment(s.First.Time) + " to " + o.until(s.First.Time, s.Last.Time)
	}
	t.out.WriteString(title + "\n")
	levels := make([]string, len(s.Levels))
	for i, row := range s.Levels {
		levels[i] = o.paint(levelColors[row.Level], term.Count(row.Findings)+" "+row.Name)
	}
	t.out.WriteString(term.Wrap("", "", strings.Join(levels, ", ")+endings(&s.Endings), o.Width) + "\n")
	account := ""
	if len(s.Accounts) == 1 {
		account = s.Accounts[0].Name
	}
	writePrincipals(&t.out, o, s.Principals, account)
	t.names("keys", s.Sessions, summaryKeys)
	t.names("addresses", s.Addresses, summaryNames)
	if len(s.Accounts) > 1 {
		t.names("accounts", s.Accounts, summaryNames)
	}
	t.names("hosts", s.Hosts, summaryNames)
	t.names("tactics", s.Tactics, len(s.Tactics))
	_, err := io.WriteString(w, t.out.String())
	return err
}

type summaryText struct {
	o   *Options
	out strings.Builder
}

// endings says in how many findings calls succeeded, "" if no outcome is known.
func endings(e *finding.Endings) string {
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{{e.Succeeded, "with a call that succeeded"}, {e.Refused, "only refused"}, {e.Failed, "only failed"}} {
		if part.n > 0 {
			parts = append(parts, term.Count(part.n)+" "+part.text)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ":  " + strings.Join(parts, ", ")
}

func writePrincipals(out *strings.Builder, o *Options, rows []finding.Row, account string) {
	if len(rows) == 0 {
		return
	}
	g := grid{
		head: []string{"LEVEL", "FINDINGS", "SUCCEEDED", "FIRST", "LAST", "PRINCIPAL"}, right: 1, shrink: []int{5}, drop: []int{4},
	}
	for _, row := range rows[:min(summaryPrincipals, len(rows))] {
		succeeded := ""
		if e := row.Endings; e.Succeeded+e.Refused+e.Failed > 0 {
			succeeded = fmt.Sprintf("%*s", len("SUCCEEDED"), term.Count(e.Succeeded))
		}
		g.rows = append(g.rows, []string{
			row.Level.String(), term.Count(row.Findings), succeeded, o.moment(row.First.Time), o.moment(row.Last.Time),
			safe(shortARN(row.Name, account)),
		})
		g.colors = append(g.colors, levelColors[row.Level])
	}
	if !slices.ContainsFunc(g.rows, func(row []string) bool { return row[2] != "" }) {
		g.hide = []int{2}
	}
	out.WriteString(g.String(o))
	if more := len(rows) - summaryPrincipals; more > 0 {
		out.WriteString(o.paint(term.Dim, "and "+term.Count(more)+" more") + "\n")
	}
}

// names prints the first rows of a list on one line, with their numbers of findings.
func (t *summaryText) names(title string, rows []finding.Row, limit int) {
	if len(rows) == 0 {
		return
	}
	limit = min(limit, len(rows))
	parts := make([]string, 0, limit+1)
	for _, row := range rows[:limit] {
		name := row.Name
		if row.Origin != nil {
			name = Address(row.Origin)
		}
		part := t.o.paint(levelColors[row.Level], safe(name)) + " " + term.Count(row.Findings)
		if row.Shared == row.Findings {
			part += " (beside others)"
		}
		parts = append(parts, part)
	}
	text := strings.Join(parts, ",  ")
	if more := len(rows) - limit; more > 0 {
		text += "  and " + term.Count(more) + " more"
	}
	t.out.WriteString(term.Wrap(t.o.paint(term.Dim, term.Pad(title, 10))+" ", "           ", text, t.o.Width) + "\n")
}
