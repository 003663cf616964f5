package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/tally"
	"github.com/egret-hunt/egret/internal/term"
)

// TallyFormats are the formats of summaries and metrics, in the order of the help text. They have no writer of findings.
var TallyFormats = []Format{
	{Name: "text", Help: "for people", ForPeople: true},
	{Name: "json", Help: "one JSON object with the counts and the ledger"},
	{Name: "csv", Help: "one row per principal or combination, safe to open in a spreadsheet"},
}

// How many values of a list the text of a summary has, and of the list of sessions and identities.
const (
	listed      = 6
	listedLinks = 12
)

// WriteSummaryOf prints what principals did, in one of TallyFormats. top is how many principals the text lists, 0 for all.
func WriteSummaryOf(w io.Writer, format string, s *tally.Summary, top int, l *finding.Ledger, options Options) error {
	if options.Origin != nil {
		s.Locate(options.Origin)
	}
	switch format {
	case "json":
		return writeWithLedger(w, s, l)
	case "csv":
		return writePrincipalsCSV(w, s, options)
	}
	o := &options
	var out strings.Builder
	if len(s.Principals) == 0 {
		out.WriteString(o.paint(term.Bold, nothingCounted(l, s.Nobody)) + "\n")
	}
	shown := s.Principals
	if top > 0 {
		shown = shown[:min(top, len(shown))]
	}
	for i := range shown {
		if i > 0 {
			out.WriteByte('\n')
		}
		writePrincipal(&out, o, &shown[i])
	}
	for _, rest := range []struct {
		n    int64
		text string
	}{
		{int64(len(s.Principals) - len(shown)), "more principals (--top 0 lists all)"},
		{s.Others, "events of further principals, which are too many to list"}, {s.Nobody, "events without a principal"},
	} {
		if rest.n > 0 {
			out.WriteString("\n" + o.paint(term.Dim, term.Count(rest.n)+" "+rest.text) + "\n")
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// nothingCounted says why there is nothing to list.
func nothingCounted(l *finding.Ledger, events int64) string {
	switch {
	case events > 0:
		return "No event has a principal."
	case l.Records.OutOfRange > 0:
		return "Nothing was counted: no readable record is in the time range."
	case l.Partial:
		return "Nothing was counted before the stop."
	}
	return "Nothing was counted: no record could be read."
}

func writePrincipal(out *strings.Builder, o *Options, p *tally.Principal) {
	head := o.paint(term.Bold, safe(p.Name))
	if len(p.Types) > 0 {
		head += "  " + namesOf(p.Types, 2)
	}
	out.WriteString(term.Wrap("", further, head+"  "+term.Plural(p.Events, "event"), o.Width) + "\n")
	line := func(name, text string) {
		if text != "" {
			out.WriteString(term.Wrap("  "+o.paint(term.Dim, term.Pad(name, 9))+"  ", "             ", text, o.Width) + "\n")
		}
	}
	if p.First.Time != finding.NoTime {
		line("time", o.moment(p.First.Time)+" to "+o.until(p.First.Time, p.Last.Time))
	}
	line("outcome", outcomeText(o, &p.Outcome))
	line("errors", o.paint("31", countsText(p.Errors, p.More["errors"])))
	line("services", countsText(servicesOf(p.Services), p.More["services"]))
	if len(p.Once) > 0 {
		line("once", some(p.Once, 2*listed)+o.paint(term.Dim, fmt.Sprintf("  (of %s)", term.Plural(p.Calls, "different call"))))
	} else {
		line("calls", term.Count(p.Calls)+" different")
	}
	var addresses []string
	for _, a := range p.Addresses[:min(listed, len(p.Addresses))] {
		text := safe(o.whence(a.Address)) + " " + term.Count(a.Count)
		if len(a.Agents) > 0 {
			var agents []string
			for _, agent := range a.Agents {
				remember(&agents, shorten(safe(agent.Name), lineAgent))
			}
			text += o.paint(term.Dim, " ("+some(agents, 3)+")")
		}
		addresses = append(addresses, text)
	}
	line("addresses", joinMore(addresses, len(p.Addresses), p.More["addresses"]))
	line("regions", countsText(p.Regions, p.More["regions"]))
	line("accounts", countsText(p.Accounts, p.More["accounts"]))
	line("keys", countsText(p.Keys, p.More["keys"]))
	account := ""
	if len(p.Accounts) == 1 {
		account = p.Accounts[0].Name
	}
	line("sessions", linksText(p.Sessions, account, p.More["sessions"]))
	line("made", o.paint("33", linksText(p.Made, account, p.More["made"])))
}

func outcomeText(o *Options, n *tally.Outcome) string {
	var parts []string
	for _, part := range []struct {
		n           int64
		name, style string
	}{{n.Succeeded, "succeeded", ""}, {n.Refused, "refused", "31"}, {n.Failed, "failed", "31"}} {
		if part.n > 0 {
			text := term.Count(part.n) + " " + part.name
			if part.style != "" {
				text = o.paint(part.style, text)
			}
			parts = append(parts, text)
		}
	}
	if n.Unknown > 0 && len(parts) > 0 {
		parts = append(parts, term.Count(n.Unknown)+" unknown")
	}
	return strings.Join(parts, ", ")
}

// servicesOf returns services by the first label of their host names.
func servicesOf(list []tally.Count) []tally.Count {
	short := slices.Clone(list)
	for i := range short {
		if label, rest, ok := strings.Cut(short[i].Name, "."); ok && strings.Contains(rest, ".") {
			short[i].Name = label
		}
	}
	return short
}

func namesOf(list []tally.Count, most int) string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return some(names, most)
}

// countsText lists values with their counts; left is the number of events whose values were left out.
func countsText(list []tally.Count, left int64) string {
	texts := make([]string, 0, listed)
	for _, c := range list[:min(listed, len(list))] {
		texts = append(texts, safe(c.Name)+" "+term.Count(c.Count))
	}
	return joinMore(texts, len(list), left)
}

func joinMore(texts []string, total int, left int64) string {
	text := strings.Join(texts, ", ")
	switch more := total - len(texts); {
	case left > 0:
		text += fmt.Sprintf(" and at least %s more", term.Count(more+1))
	case more > 0:
		text += fmt.Sprintf(" and %s more", term.Count(more))
	}
	return text
}

// linkText describes a session that was opened, or an identity that was made. ARNs of the account are shortened; "" is none.
func linkText(l *tally.Link, account string) string {
	parts := []string{l.Kind}
	if l.Identity != "" {
		parts = append(parts, shortARN(l.Identity, account))
	}
	if l.Key != "" {
		parts = append(parts, "with key "+l.Key)
	}
	if l.Kind == "key" && l.Key != "" {
		parts = []string{"key", l.Key}
		if l.Identity != "" {
			parts = append(parts, "of "+shortARN(l.Identity, account))
		}
	}
	text := strings.Join(parts, " ")
	if rest, ok := strings.CutPrefix(text, l.Kind+" "+l.Kind+"/"); ok { // role role/admin
		text = l.Kind + " " + rest
	}
	return safe(text)
}

func linksText(list []tally.Link, account string, left int64) string {
	texts := make([]string, 0, listedLinks)
	total := int64(0)
	for i := range list {
		total += list[i].Count
		if i < listedLinks {
			texts = append(texts, linkText(&list[i], account))
		}
	}
	if len(list) == 0 {
		return ""
	}
	text := joinMore(texts, len(list), left)
	if total > 1 {
		text = term.Count(total) + ": " + text
	}
	return text
}

// principalColumns are the columns of csv; new ones are added at the end.
var principalColumns = []string{
	"principal", "types", "accounts", "first", "last", "events", "succeeded", "refused", "failed", "unknown", "services", "calls",
	"calls_once", "addresses", "agents", "regions", "keys", "errors", "sessions", "made",
	"countries", "cities", "networks", "known",
}

func writePrincipalsCSV(w io.Writer, s *tally.Summary, options Options) error {
	out := csv.NewWriter(w)
	_ = out.Write(principalColumns) // Flush returns the error again
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	counted := func(list []tally.Count) string {
		texts := make([]string, len(list))
		for i, c := range list {
			texts[i] = c.Name + " " + number(c.Count)
		}
		return allOf(texts)
	}
	linked := func(list []tally.Link) string {
		texts := make([]string, len(list))
		for i := range list {
			texts[i] = linkText(&list[i], "")
		}
		return allOf(texts)
	}
	for i := range s.Principals {
		p := &s.Principals[i]
		var addresses []tally.Count
		agents := map[string]int64{}
		for _, a := range p.Addresses {
			addresses = append(addresses, tally.Count{Name: a.Address, Count: a.Count})
			for _, agent := range a.Agents {
				agents[agent.Name] += agent.Count
			}
		}
		row := []string{
			p.Name, counted(p.Types), counted(p.Accounts), options.exact(p.First.Time), options.exact(p.Last.Time), number(p.Events),
			number(p.Outcome.Succeeded), number(p.Outcome.Refused), number(p.Outcome.Failed), number(p.Outcome.Unknown), counted(p.Services),
			number(int64(p.Calls)), allOf(p.Once), counted(addresses), counted(tally.Sorted(agents)), counted(p.Regions), counted(p.Keys), counted(p.Errors),
			linked(p.Sessions), linked(p.Made),
		}
		row = append(row, located(p.Addresses)...)
		for i, cell := range row {
			row[i] = Guard(cell)
		}
		_ = out.Write(row) // as above
	}
	out.Flush()
	return out.Error()
}

// located returns the columns of what is known of addresses: a value for each in the order of the addresses, or nothing if no
// address has one.
func located(addresses []tally.Address) []string {
	of := func(value func(o *finding.Origin) string) string {
		values, some := make([]string, len(addresses)), false
		for i, a := range addresses {
			o := finding.Origin{Country: a.Country, CountryName: a.CountryName, City: a.City, ASN: a.ASN, Organization: a.Organization, Known: a.Known}
			values[i] = value(&o)
			some = some || values[i] != ""
		}
		if !some {
			return ""
		}
		return allOf(values)
	}
	return []string{
		of(country), of(func(o *finding.Origin) string { return o.City }), of((*finding.Origin).Network),
		of(func(o *finding.Origin) string { return o.Known }),
	}
}

// writeWithLedger writes a value's JSON object with the ledger as one more key.
func writeWithLedger(w io.Writer, v any, l *finding.Ledger) error {
	text, err := marshal(v, "")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, string(text[:len(text)-1])+",\n\"ledger\":"); err != nil {
		return err
	}
	if err := writeLedger(w, l, ""); err != nil {
		return err
	}
	_, err = io.WriteString(w, "}\n")
	return err
}
