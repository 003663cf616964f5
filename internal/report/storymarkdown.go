package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/term"
)

// markdown prints the story, the findings and the ledger as a document to hand over. Values of logs are in code spans and
// code blocks, where they can be neither markup nor links.
type markdown struct {
	w       io.Writer
	options Options
	started bool
	listed  bool
}

func newMarkdown(w io.Writer, options Options) Writer {
	options.Color, options.Width = false, 0
	return &markdown{w: w, options: options}
}

func (m *markdown) start() error {
	if m.started {
		return nil
	}
	m.started = true
	var b strings.Builder
	b.WriteString("# What egret found\n")
	if s := m.options.Story; s != nil {
		t := storyMarkdown{storyText{b: &b, o: &m.options, s: s}}
		for i := range s.Intrusions {
			t.intrusion(i)
		}
		t.apart()
	}
	_, err := io.WriteString(m.w, b.String())
	return err
}

// Finding prints one line.
func (m *markdown) Finding(f *finding.Finding) error {
	if err := m.start(); err != nil {
		return err
	}
	var b strings.Builder
	if !m.listed {
		m.listed = true
		b.WriteString("\n## Findings\n\n")
	}
	var facts merged
	facts.add(f)
	fmt.Fprintf(&b, "- %s **%s** %s", m.options.moment(f.First), f.Level, plain(f.Rule.Title))
	if f.Principal != "" {
		b.WriteString(" by " + code(nameOf(f.Principal)))
	}
	if len(facts.addresses) > 0 {
		b.WriteString(" from " + codes(facts.addresses, 3))
	}
	if outcome := facts.outcome(); outcome != "" {
		b.WriteString(": " + code(outcome))
	}
	for _, texts := range [][]string{facts.targetTexts(), facts.factTexts()} {
		if len(texts) > 0 {
			b.WriteString("; " + codes(texts, 5))
		}
	}
	if len(f.EventIDs) > 0 {
		b.WriteString("; event " + code(f.EventIDs[0]))
		if more := len(f.EventIDs) - 1; more > 0 {
			b.WriteString(" and " + term.Plural(more, "more event"))
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(m.w, b.String())
	return err
}

func (m *markdown) Close(_ *finding.Summary, ledger *finding.Ledger) error {
	if err := m.start(); err != nil {
		return err
	}
	var b strings.Builder
	if !m.listed {
		b.WriteString("\n" + plain(nothingFound(ledger)) + "\n")
	}
	if ledger != nil {
		b.WriteString("\n## What was read\n\n")
		for _, line := range ledgerLines(ledger) {
			name := line.Name
			if name != "" {
				name = "**" + plain(name) + "** "
			}
			b.WriteString("- " + name + code(line.Text) + "\n")
		}
	}
	_, err := io.WriteString(m.w, b.String())
	return err
}

// storyMarkdown writes a story as Markdown, in the words of storyText.
type storyMarkdown struct{ storyText }

func (t *storyMarkdown) item(label, text string) {
	if text != "" {
		t.b.WriteString("- **" + label + ":** " + text + "\n")
	}
}

func (t *storyMarkdown) items(label string, texts []string) {
	if len(texts) == 1 {
		t.item(label, code(texts[0]))
		return
	}
	for i, text := range texts {
		if i == 0 {
			t.b.WriteString("- **" + label + ":**\n")
		}
		t.b.WriteString("  - " + code(text) + "\n")
	}
}

func (t *storyMarkdown) intrusion(i int) {
	in := &t.s.Intrusions[i]
	fmt.Fprintf(t.b, "\n## Intrusion %d: %s, %s to %s\n\n", i+1, in.Level, t.o.moment(in.First), t.o.until(in.First, in.Last))
	t.item("Who", codes(append([]string{in.Principal}, in.Keys.List...), 5))
	t.item("From", texts(placed(in), 10))
	t.item("With", texts(shortened(in.Agents, 80), 5))
	t.item("In", texts(in.Accounts, 10)+" "+texts(in.Regions, 10))
	way := code(t.wayIn(in))
	if in.WayIn.Agent != "" { // not every log has agents
		way += " with " + code(in.WayIn.Agent)
	}
	t.item("Way in", way+", first finding: "+plain(in.WayIn.Finding))
	t.items("Took role", t.took(in, 50))
	if made := t.made(in, 50); made != "" {
		t.item("Made", code(made))
	}
	t.item("Calls", code(t.calls(in)))
	t.items("Given to", t.gave(in, 50))
	if logging := t.logging(in, 50); logging != "" {
		t.item("Logging", code(logging))
	}
	t.item("Still stands", code(t.stands(in, 50)))
	if len(in.Do) > 0 {
		t.b.WriteString("\n### What to do now\n\nCommands are printed and never run. Read them before you run them.\n\n")
		for j := range in.Do {
			t.b.WriteString(fmt.Sprintf("%d. ", j+1) + code(in.Do[j].Text) + "\n")
			if command := in.Do[j].Command; command != "" {
				fence := fenceFor(command)
				t.b.WriteString("\n     " + fence + "sh\n     " + safeLine(command) + "\n     " + fence + "\n\n") // deep enough for the number of the item
			}
		}
		t.more(in.MoreDo)
	}
	if len(in.Chain) > 0 {
		t.b.WriteString("\n### Chain of identities\n\n")
		for j := range in.Chain {
			t.b.WriteString("- " + code(t.hop(in, &in.Chain[j])) + "\n")
		}
		t.more(in.MoreChain)
	}
	t.b.WriteString("\n### Steps\n\n")
	for j := range in.Steps {
		s := &in.Steps[j]
		fmt.Fprintf(t.b, "- **%s**, %s to %s\n", s.Tactic, clock(t.o, in.First, s.First), clock(t.o, s.First, s.Last))
		for k := range s.Deeds {
			t.deed(in, &s.Deeds[k])
		}
		t.more(s.MoreDeeds)
	}
	if len(in.Made) > 0 {
		t.b.WriteString("\n### Made or granted\n\n")
		for j := range in.Made {
			m := &in.Made[j]
			text := t.standing()
			if !m.Stands() {
				text = "removed " + clock(t.o, in.First, m.Removed) + " by " + code(nameOf(m.RemovedBy))
			}
			t.b.WriteString("- " + clock(t.o, in.First, m.Time) + " " + code(m.Text) + ": " + text + "\n")
		}
		t.more(in.MoreMade)
	}
}

func (t *storyMarkdown) deed(in *story.Intrusion, d *story.Deed) {
	t.b.WriteString("  - " + clock(t.o, in.First, d.First) + " " + plain(d.Title))
	m := merged{counts: d.Outcomes}
	if outcome := m.outcome(); outcome != "" {
		t.b.WriteString(": " + outcome)
	}
	if len(d.Targets.List) > 0 {
		t.b.WriteString("; " + texts(d.Targets, 3))
	}
	if len(d.Facts.List) > 0 {
		t.b.WriteString("; " + texts(d.Facts, 3))
	}
	t.b.WriteByte('\n')
}

func (t *storyMarkdown) more(n int) {
	if n > 0 {
		fmt.Fprintf(t.b, "- and %s more\n", term.Count(n))
	}
}

func (t *storyMarkdown) apart() {
	s := t.s
	if s.NotFollowed != "" {
		t.b.WriteString("\nIdentities were not followed through the whole log: " + plain(s.NotFollowed) + ".\n")
	}
	if len(s.Apart) == 0 && s.MoreApartFindings == 0 && s.MoreIntrusions == 0 {
		return
	}
	t.b.WriteString("\n## Findings that stand apart\n\n")
	for i := range s.Apart {
		g := &s.Apart[i]
		t.b.WriteString("- **" + g.Level.String() + "** " + code(nameOf(g.Principal)))
		if g.Automation != "" {
			t.b.WriteString(" through " + plain(g.Automation))
		}
		if len(g.Addresses.List) > 0 {
			t.b.WriteString(" from " + texts(g.Addresses, 3))
		}
		t.b.WriteString(": " + term.Plural(g.Findings, "finding") + ", such as " + texts(g.Titles, 3) + "\n")
	}
	t.more(s.MoreApart)
	if s.MoreIntrusions > 0 {
		fmt.Fprintf(t.b, "- and %s with %s\n", term.Plural(s.MoreIntrusions, "more intrusion"), term.Plural(s.MoreFindings, "finding"))
	}
}

// code returns a code span, in which nothing of the text is markup. Its fence is longer than any run of backticks in the
// text; the spaces keep one at an end apart, and Markdown drops them.
func code(text string) string {
	text = strings.TrimSpace(safe(text))
	if text == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(text)+1)
	return fence + " " + text + " " + fence
}

// fenceFor returns the fence of a code block for a text.
func fenceFor(text string) string { return strings.Repeat("`", max(3, longestRun(text)+1)) }

// longestRun returns the length of the longest run of backticks.
func longestRun(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// codes returns the first texts as code spans.
func codes(list []string, limit int) string { return texts(story.Texts{List: list}, limit) }

func texts(list story.Texts, limit int) string {
	var spans []string
	for _, text := range list.List[:min(limit, len(list.List))] {
		if span := code(text); span != "" {
			spans = append(spans, span)
		}
	}
	text := strings.Join(spans, ", ")
	if more := len(list.List) - limit + list.More; more > 0 && len(list.List) >= limit {
		text += fmt.Sprintf(" and %s more", term.Count(more))
	}
	return text
}

// plain returns a text of egret or of a rule as running text. Its punctuation is escaped; a text that a renderer might turn
// into a link all the same becomes a code span.
func plain(text string) string {
	text = strings.TrimSpace(safe(text))
	if strings.Contains(text, "@") || strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
		return code(text)
	}
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; strings.IndexByte("\\`*_{}[]<>()#!|~&$", c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
