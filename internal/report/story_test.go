package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/value"
)

// hostile are values that could be markup, a link, a command of the terminal or another direction of writing.
var hostile = []string{
	"`code` and more", "``two``", "<script>alert(1)</script>", "[x](javascript:alert(1))", "![i](http://192.0.2.1/x.png)", "http://192.0.2.1/", "www.example.com",
	"a@example.com", "| a | b |", "**bold**", "# head", "a\nb\n\n# head", "```\nx", "\x1b[31mred", "a\u202eb", "<!-- -->", "&lt;b&gt;", "~~~",
}

// hostileStory is a story in which every text of a log is the given one.
func hostileStory(text string) *story.Story {
	at := value.Time{Nanos: 1e18}
	list := story.Texts{List: []string{text, text + "2"}, More: 1}
	outcomes := [4]int{0, 1, 1, 1}
	return &story.Story{
		NotFollowed: text, LogEnd: at,
		Intrusions: []story.Intrusion{{
			Principal: text, Account: text, Keys: list, Actors: list, Sessions: list, Addresses: list, Agents: list, Regions: list, Accounts: list,
			First: at, Last: at, Findings: 1, Events: 1, Outcomes: finding.Outcomes{Counts: outcomes, Errors: []finding.ErrorCount{{Code: text, Outcome: finding.Failed, Count: 1}}},
			WayIn: story.WayIn{Kind: "access key", Identity: text, Key: text, Address: text, Agent: text, Time: at, Finding: text},
			Chain: []story.Hop{
				{Kind: story.TookRole, From: text, FromKey: text, To: text, Key: text, Time: at, Count: 2, Keys: list},
				{Kind: story.MadeUser, From: text, To: text, Time: at, Count: 1}, {Kind: story.MadeKey, From: text, To: text, Key: text, Keys: list, Time: at, Count: 1},
			},
			Steps:   []story.Step{{Tactic: "Impact", First: at, Last: at, Findings: 1, Deeds: []story.Deed{{Title: text, First: at, Last: at, Findings: 1, Outcomes: outcomes, Targets: list, Facts: list}}}},
			Made:    []story.Thing{{Kind: "user", Name: text, Text: text, Time: at, Removed: finding.NoTime}, {Kind: "user", Name: text, Text: text, Time: at, Removed: at, RemovedBy: text}},
			Given:   []story.Gift{{What: text, How: "shared with account", To: text, Outcome: finding.Succeeded, Time: at, Undone: finding.NoTime}},
			Logging: []story.Change{{What: text, Targets: list, Outcome: finding.Succeeded, Time: at, Count: 2, GapHours: 3}},
			Do:      []story.Action{{Text: text, Command: "aws do --name 'x'"}},
		}},
		Apart: []story.Group{{Principal: text, Addresses: list, Findings: 1, First: at, Last: at, Titles: list}},
	}
}

// TestStoryIsHarmlessOnTerminals: no control character and no mark of direction of a log reaches the terminal.
func TestStoryIsHarmlessOnTerminals(t *testing.T) {
	for _, text := range hostile {
		var b strings.Builder
		if err := report.WriteStory(&b, hostileStory(text), report.Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\u202e\r\x00") {
			t.Errorf("%q reaches the terminal:\n%q", text, b.String())
		}
	}
}

// TestMarkdownHasNoForeignMarkup: outside code spans and code blocks, nothing that a log says is left.
func TestMarkdownHasNoForeignMarkup(t *testing.T) {
	for _, text := range hostile {
		f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
		f.Principal, f.Address, f.EventIDs = text, text, []string{text}
		f.Facts = finding.Facts{Addresses: []string{text}, Targets: []finding.Target{{Type: "user", Name: text}}, Notable: []finding.Fact{{Name: text, Value: text}}}
		rest := withoutCode(render(t, "markdown", report.Options{Story: hostileStory(text)}, f))
		for _, bad := range []string{"<script", "](", "http:", "www.", "@", "**bold", "\n# head", "&lt;", "\x1b", "\u202e", "~~~", "<!--", "| a"} {
			if strings.Contains(rest, bad) {
				t.Errorf("%q leaves %q outside code:\n%s", text, bad, rest)
			}
		}
		for _, line := range strings.Split(rest, "\n") {
			if line != "" && !strings.ContainsAny(line[:1], "#- 123C\\Ia") {
				t.Errorf("%q begins a line of its own: %q", text, line)
			}
		}
	}
}

// withoutCode removes code blocks and code spans as CommonMark reads them: a span ends at the next run of as many backticks.
func withoutCode(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		if text[0] == '\\' && len(text) > 1 && text[1] < 0x80 {
			text = text[2:] // an escaped character is none of the markup
			continue
		}
		if text[0] != '`' {
			out.WriteByte(text[0])
			text = text[1:]
			continue
		}
		n := len(text) - len(strings.TrimLeft(text, "`"))
		fence, rest := text[:n], text[n:]
		end := -1
		for i := 0; i < len(rest); {
			if rest[i] != '`' {
				i++
				continue
			}
			run := len(rest[i:]) - len(strings.TrimLeft(rest[i:], "`"))
			if run == len(fence) {
				end = i
				break
			}
			i += run
		}
		if end < 0 {
			out.WriteString(fence)
			text = rest
			continue
		}
		text = rest[end+n:]
	}
	return out.String()
}

// TestAnswerFitsScreen: however much an intrusion did, the answer about it fits, and says how much more there is.
func TestAnswerFitsScreen(t *testing.T) {
	s := hostileStory("name")
	in := &s.Intrusions[0]
	for i := range 60 {
		name := fmt.Sprintf("arn:aws:iam::111122223333:role/a-role-with-a-long-name-that-fills-its-line-%02d", i)
		in.Chain = append(in.Chain, story.Hop{Kind: story.TookRole, To: name, Key: fmt.Sprintf("ASIAEXAMPLE%09d", i)}, story.Hop{Kind: story.MadeUser, To: name})
		in.Given = append(in.Given, story.Gift{What: "snapshot " + name, How: "shared with account", To: fmt.Sprintf("%012d (outside)", i), Undone: finding.NoTime})
		in.Logging = append(in.Logging, story.Change{What: "trail deleted", Targets: story.Texts{List: []string{"trail " + name}}, Outcome: finding.Succeeded})
		in.Made = append(in.Made, story.Thing{Text: "user " + name, Removed: finding.NoTime})
		in.Do = append(in.Do, story.Action{Text: "undo user " + name})
	}
	var b strings.Builder
	if err := report.WriteStory(&b, s, report.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	answer, _, _ := strings.Cut(b.String(), "\nIntrusion 1 in detail")
	if n := strings.Count(answer, "\n"); n > 24 || n < 18 {
		t.Errorf("the answer has %d lines:\n%s", n, answer)
	}
	if strings.Count(answer, "more") < 5 {
		t.Errorf("lists do not say how much more there is:\n%s", answer)
	}
}
