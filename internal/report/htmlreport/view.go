package htmlreport

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/term"
)

const (
	// maxSections is how many principals have a section, maxBriefly how many others have a line, maxInputs how many input
	// files the ledger shows, maxRuleRows how many rules, maxShownValues how many values of each kind a section shows.
	maxSections    = 100
	maxBriefly     = 300
	maxInputs      = 200
	maxRuleRows    = 300
	maxShownValues = 12
)

// view is what the template of the page gets.
type view struct {
	Policy string
	Style  template.HTML
	// Title is the headline: the answer in one sentence.
	Title, Span, Zone, Version, Command string
	// Noun and Nouns are what the rows are, What is what their rules are.
	Events            bool
	Noun, Nouns, What string
	Findings          int
	Levels            []finding.Row
	Notices           []string
	// Intrusions are those of the story, Apart the findings that belong to none.
	Intrusions                            []intrusion
	MoreIntrusions, MoreIntrusionFindings int
	Apart                                 []apart
	MoreApart, MoreApartFindings          int
	// Leading are the principals that stand out, when there is no story to tell.
	Leading    []section
	Matrix     []matrixColumn
	Sections   []section
	Briefly    []finding.Row
	Unsaid     int // principals that have not even a line
	Rules      []ruleRow
	MoreRules  int
	Ledger     []Line
	Inputs     []finding.Input
	MoreInputs int
	LeftOut    []string
	Kept       int
}

// section is what the page shows of a principal.
type section struct {
	Anchor, Name, Short string
	key                 string // the name, also if the log has none
	Level               finding.Level
	Findings, Missing   int
	Levels              []finding.Row
	Period              string
	Outcome             string
	Succeeded, Refused  int
	Lists               []list
	// Facts and Addresses are the most important values, for the head of the page.
	Facts, Addresses, Keys []string
}

// list is a named list of values of a principal.
type list struct {
	Name   string
	Values []tallied
	More   int
}

type ruleRow struct {
	ruleCount

	FirstText, LastText string
}

func (h *Writer) view(summary *finding.Summary, ledger *finding.Ledger) *view {
	c := clock{h.options.Location}
	v := &view{
		Findings: summary.Findings, Levels: summary.Levels, Zone: h.options.Location.String(), Version: safe(ledger.Version),
		Command: redact.Text(commandLine(ledger.Command)), Matrix: h.rules.matrix.sorted(), Ledger: h.options.Ledger(ledger), Kept: h.keep.count,
	}
	v.Events, v.Noun, v.Nouns, v.What = h.options.Events, "finding", "Findings", "rule"
	if v.Events {
		v.Noun, v.Nouns, v.What, v.Matrix = "event", "Events", "call", nil
	}
	v.Title = h.title(summary, ledger)
	if summary.First.Time != finding.NoTime {
		v.Span = c.period(summary.First.Time, summary.Last.Time)
	}
	for level := levels - 1; level >= 0; level-- {
		if n := h.keep.leftOut[level]; n > 0 {
			v.LeftOut = append(v.LeftOut, term.Count(n)+" "+finding.Level(level).String())
		}
	}
	v.Notices = h.notices(ledger)
	h.people(v, summary, c)
	if h.options.Story != nil {
		h.tell(v, h.options.Story, c)
	}
	rules := h.rules.sorted()
	v.MoreRules = max(0, len(rules)-maxRuleRows)
	for _, r := range rules[:min(maxRuleRows, len(rules))] {
		v.Rules = append(v.Rules, ruleRow{r, c.moment(r.First), c.moment(r.Last)})
	}
	if ledger.Files.Inputs.All != nil {
		for input, err := range ledger.Files.Inputs.All {
			if err != nil || len(v.Inputs) == maxInputs {
				v.MoreInputs++
				continue
			}
			input.Name, input.Reason, input.Format = redact.Text(safe(input.Name)), redact.Text(safe(input.Reason)), safe(input.Format)
			v.Inputs = append(v.Inputs, input)
		}
	}
	return v
}

// noun is what the rows of the report are.
func (h *Writer) noun() string {
	if h.options.Events {
		return "event"
	}
	return "finding"
}

// title says in one sentence what was found.
func (h *Writer) title(summary *finding.Summary, ledger *finding.Ledger) string {
	if summary.Findings == 0 {
		return h.options.Nothing(ledger)
	}
	if s := h.options.Story; s != nil && len(s.Intrusions) > 0 {
		return intrusionTitle(s)
	}
	var worst []string
	for _, row := range summary.Levels {
		if row.Level >= finding.High {
			worst = append(worst, term.Count(row.Findings)+" "+row.Name)
		}
	}
	text := term.Plural(summary.Findings, h.noun())
	if len(worst) > 0 {
		text += ", " + strings.Join(worst, " and ")
	}
	return text
}

// intrusionTitle names who was there.
func intrusionTitle(s *story.Story) string {
	first := &s.Intrusions[0]
	text := identity(first.Principal)
	if len(first.Addresses.List) > 0 {
		text += " from " + safe(first.Addresses.List[0])
	}
	if n := len(s.Intrusions) + s.MoreIntrusions; n > 1 {
		return term.Count(n) + " intrusions, the worst by " + text
	}
	return "Intrusion by " + text
}

// notices say what a reader must know before trusting the rest.
func (h *Writer) notices(l *finding.Ledger) []string {
	var notices []string
	if l.Partial {
		notices = append(notices, "The hunt is partial: "+safe(l.Stopped)+".")
	}
	for _, line := range h.options.Ledger(l) {
		if line.Alarm {
			notices = append(notices, line.Text)
		}
	}
	for _, note := range l.Notes {
		notices = append(notices, safe(note))
	}
	return notices
}

// people fills in the principals.
func (h *Writer) people(v *view, summary *finding.Summary, c clock) {
	counts := map[string]int{}
	for _, row := range summary.Principals {
		counts[safe(row.Name)] += row.Findings
	}
	profiles := h.profiles.sorted()
	shown := map[string]bool{}
	for i, p := range profiles[:min(maxSections, len(profiles))] {
		s := newSection(p, fmt.Sprintf("principal-%d", i+1), c)
		s.Missing = max(0, counts[p.Name]-p.Findings)
		shown[p.Name] = true
		v.Sections = append(v.Sections, s)
	}
	for _, row := range summary.Principals {
		if row.Name = safe(row.Name); shown[row.Name] {
			continue
		}
		if len(v.Briefly) == maxBriefly {
			v.Unsaid++
			continue
		}
		v.Briefly = append(v.Briefly, row)
	}
	if h.options.Story != nil && len(h.options.Story.Intrusions) > 0 {
		return // the story says who it was
	}
	for _, s := range v.Sections[:min(4, len(v.Sections))] {
		if s.Level >= finding.Medium || len(v.Leading) == 0 {
			v.Leading = append(v.Leading, s)
		}
	}
}

func newSection(p *profile, anchor string, c clock) section {
	s := section{
		Anchor: anchor, Name: p.Name, key: p.Name, Short: shortName(p.Name), Level: p.Level, Findings: p.Findings,
		Period: c.period(p.First, p.Last), Succeeded: p.Outcomes[finding.Succeeded],
		Refused: p.Outcomes[finding.Refused] + p.Outcomes[finding.Failed],
	}
	if s.Name == "" {
		s.Name, s.Short = "(not in the log)", "(not in the log)"
	}
	for level := levels - 1; level >= 0; level-- {
		if n := p.Levels[level]; n > 0 {
			s.Levels = append(s.Levels, finding.Row{Name: finding.Level(level).String(), Level: finding.Level(level), Findings: n})
		}
	}
	var parts []string
	for _, o := range []finding.Outcome{finding.Succeeded, finding.Refused, finding.Failed, finding.Unknown} {
		if n := p.Outcomes[o]; n > 0 {
			parts = append(parts, term.Count(n)+" "+o.String())
		}
	}
	s.Outcome = strings.Join(parts, ", ")
	for _, kind := range []struct {
		name string
		of   *tally
	}{
		{"What makes it serious", &p.Facts}, {"Rules", &p.Rules}, {"Addresses", &p.Addresses},
		{"Access keys and sessions", &p.Keys}, {"Agents", &p.Agents}, {"Targets", &p.Targets}, {"Regions", &p.Regions},
		{"Accounts", &p.Accounts}, {"Kind of identity", &p.Types},
	} {
		if l := newList(kind.name, kind.of); len(l.Values) > 0 {
			s.Lists = append(s.Lists, l)
		}
	}
	s.Facts, s.Addresses, s.Keys = firstOf(&p.Facts, 6), firstOf(&p.Addresses, 4), firstOf(&p.Keys, 3)
	return s
}

// newList returns the values of a tally, the most severe and most frequent first.
func newList(name string, t *tally) list {
	values := slices.Clone(t.values)
	slices.SortStableFunc(values, func(a, b tallied) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.Count, a.Count))
	})
	shown := min(maxShownValues, len(values))
	return list{name, values[:shown], len(values) - shown + t.more}
}

// firstOf returns the texts of the most important values of a tally.
func firstOf(t *tally, limit int) []string {
	var texts []string
	values := newList("", t).Values
	for _, v := range values[:min(limit, len(values))] {
		texts = append(texts, v.Text)
	}
	return texts
}

// shortName returns the telling end of an ARN, and other names unchanged.
func shortName(name string) string {
	if !strings.HasPrefix(name, "arn:") {
		return name
	}
	parts := strings.SplitN(name, ":", 6)
	if len(parts) < 6 || parts[5] == "" {
		return name
	}
	return parts[5]
}

// maxCommand is how many arguments of the command line are shown.
const maxCommand = 40

func commandLine(args []string) string {
	shown, more := safeAll(args, maxCommand)
	text := "egret " + strings.Join(shown, " ")
	if more > 0 {
		text += fmt.Sprintf(" … and %d more", more)
	}
	return text
}
