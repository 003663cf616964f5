package htmlreport_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report/htmlreport"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/browsertest"
)

func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }

// page is a report in a real browser. It fails the test for requests and for messages on the console.
type page struct{ *browsertest.Page }

// open opens a file in a window of a size.
func open(t *testing.T, path string, width, height int) *page {
	t.Helper()
	return &page{browsertest.Open(t, "file://"+path, browsertest.Options{Width: width, Height: height})}
}

// eval returns the value of an expression of the page, which may be a promise.
func eval[T any](p *page, expression string) T {
	p.Helper()
	return browsertest.Eval[T](p.Page, expression)
}

func (p *page) shown() string {
	p.Helper()
	return eval[string](p, `document.getElementById("shown").textContent`)
}

// Filters by level, principal, address, tactic, text and time show what fits, and nothing else.
func TestFilters(t *testing.T) {
	p := open(t, write(t, htmlreport.Options{Story: intruder()}, nil, some(300)), 1280, 900)
	if got := p.shown(); got != "300 findings" {
		t.Fatalf("got %q", got)
	}
	p.Do(chromedp.Click("#group"))
	random := func(keep func(*finding.Finding) bool) int {
		n := 0
		for f := range some(300) {
			if keep(f) {
				n++
			}
		}
		return n
	}
	for _, test := range []struct {
		name, script string
		keep         func(*finding.Finding) bool
	}{
		{"level", `document.querySelectorAll(".toggle").forEach((b) => { if (b.value !== "4") b.click(); })`,
			func(f *finding.Finding) bool { return f.Level == finding.Critical }},
		{"principal", choose("filter-actor", "arn:aws:iam::111122223333:user/worker-7"),
			func(f *finding.Finding) bool { return strings.HasSuffix(f.Principal, "/worker-7") }},
		{"address", choose("filter-address", "192.0.2.22"), func(f *finding.Finding) bool { return f.Address == "192.0.2.22" }},
		{"tactic", choose("filter-tactic", "defense-evasion"), func(f *finding.Finding) bool { return f.Rule.Tactics[0] == "defense-evasion" }},
		{"outcome", choose("filter-outcome", "1"), func(f *finding.Finding) bool { return f.Facts.Outcomes.Counts[finding.Succeeded] > 0 }},
		{"time", `for (const [id, text] of [["filter-from", "2026-03-10 09:05"], ["filter-to", "2026-03-10 09:10:00"]]) {
			const input = document.getElementById(id); input.value = text; input.dispatchEvent(new Event("change")); }`,
			func(f *finding.Finding) bool {
				return f.Time.Nanos >= at(5*time.Minute).Nanos && f.Time.Nanos <= at(10*time.Minute).Nanos
			}},
	} {
		p.Do(chromedp.Evaluate(test.script, nil))
		want := random(test.keep)
		if got := p.shown(); want == 0 || got != fmt.Sprintf("%d of 300 findings", want) {
			t.Errorf("%s: got %q, want %d", test.name, got, want)
		}
		if got := p.Count("#list .entry"); got != min(want, 100) {
			t.Errorf("%s: the list has %d entries, want %d", test.name, got, want)
		}
		p.Do(chromedp.Click("#filter-clear"))
		if got := p.shown(); got != "300 findings" {
			t.Errorf("after %s and clearing: got %q", test.name, got)
		}
	}
	p.Do(chromedp.SendKeys("#filter-text", "bucket-17 PUTbucket"))
	want := random(func(f *finding.Finding) bool { return strings.HasPrefix(f.Facts.Targets[0].Name, "bucket-17") })
	if err := p.Try(chromedp.Poll(fmt.Sprintf(`document.getElementById("shown").textContent === "%d of 300 findings"`, want), nil)); err != nil {
		t.Errorf("text: got %q, want %d: %v", p.shown(), want, err)
	}
	p.Do(chromedp.Click("#filter-clear"))
	// A cell of the matrix chooses its technique.
	p.Do(chromedp.Evaluate(`document.querySelector('[data-technique="T1537"]').click()`, nil))
	want = random(func(f *finding.Finding) bool {
		return f.Rule.Techniques[0] == "T1537" && f.Rule.Tactics[0] == "exfiltration"
	})
	if got := p.shown(); got != fmt.Sprintf("%d of 300 findings", want) {
		t.Errorf("technique: got %q, want %d", got, want)
	}
}

// choose is a script that selects an option.
func choose(id, option string) string {
	return fmt.Sprintf(`{ const select = document.getElementById(%q); select.value = %q; select.dispatchEvent(new Event("change")); }`, id, option)
}

// The timeline zooms with buttons, keys and by dragging, and the list follows.
func TestZoom(t *testing.T) {
	p := open(t, write(t, htmlreport.Options{}, nil, some(300)), 1280, 900)
	number := func() int {
		var n, of int
		text := p.shown()
		if _, err := fmt.Sscanf(text, "%d of %d findings", &n, &of); err != nil {
			if _, err := fmt.Sscanf(text, "%d findings", &n); err != nil {
				t.Fatalf("got %q", text)
			}
		}
		return n
	}
	if n := p.Count("#plot circle"); n < 20 {
		t.Errorf("the plot has %d dots", n)
	}
	p.Do(chromedp.Click("#zoom-in"))
	half := number()
	if half < 100 || half > 200 {
		t.Errorf("half of the time has %d of 300 findings", half)
	}
	p.Do(chromedp.Click("#later"))
	if from := eval[string](p, `document.getElementById("filter-from").value`); !strings.HasPrefix(from, "2026-03-10 09:1") {
		t.Errorf("later begins at %q", from)
	}
	p.Do(chromedp.Focus("#plot"), chromedp.KeyEvent("+"))
	if quarter := number(); quarter >= half {
		t.Errorf("the key + shows %d findings, before it %d", quarter, half)
	}
	p.Do(chromedp.KeyEvent("0"))
	if all := number(); all != 300 {
		t.Errorf("the key 0 shows %d of 300 findings", all)
	}
	p.Do(chromedp.ScrollIntoView("#plot"))
	box := eval[[]float64](p, `(() => { const b = document.getElementById("plot").getBoundingClientRect(); return [b.left, b.top, b.width]; })()`)
	x := func(part float64) float64 { return box[0] + 178 + (box[2]-192)*part }
	p.Do(chromedp.MouseEvent("mousePressed", x(0.5), box[1]+60, chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent("mouseMoved", x(0.6), box[1]+60, chromedp.ButtonLeft),
		chromedp.MouseEvent("mouseReleased", x(0.75), box[1]+60, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	if part := number(); part < 65 || part > 85 {
		t.Errorf("a quarter of the time has %d of 300 findings", part)
	}
}

// An opened finding shows its facts and the raw event, and repeats are grouped.
func TestOpeningFindings(t *testing.T) {
	p := open(t, write(t, htmlreport.Options{Story: intruder()}, nil, some(2500)), 1280, 900)
	p.Do(chromedp.Click("#group"), chromedp.Click("#list .entry summary"), chromedp.WaitReady("#list .entry pre"))
	first := func() (one *finding.Finding) {
		for f := range some(1) {
			one = f
		}
		return one
	}()
	raw := eval[string](p, `document.querySelector("#list .entry pre").textContent`)
	var got, want any
	if json.Unmarshal([]byte(raw), &got) != nil || json.Unmarshal(first.Event, &want) != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got the raw event %s, want %s", raw, first.Event)
	}
	body := eval[string](p, `document.querySelector("#list .entry .body").textContent`)
	for _, text := range []string{first.EventIDs[0], first.Principal, first.Address, "aws-cli/2.15.0", first.Rule.ID, "open to everyone"} {
		if !strings.Contains(body, text) {
			t.Errorf("an opened finding does not show %q", text)
		}
	}
	// The last finding is in another block.
	p.Do(chromedp.Evaluate(choose("filter-text", ""), nil),
		chromedp.Evaluate(`{ const input = document.getElementById("filter-from"); input.value = "2026-03-10 13:51:30"; input.dispatchEvent(new Event("change")); }`, nil),
		chromedp.Evaluate(`[...document.querySelectorAll("#list .entry")].at(-1).open = true`, nil),
		chromedp.WaitReady("#list li:last-child .entry pre"))
	if raw := eval[string](p, `document.querySelector("#list li:last-child .entry pre").textContent`); !strings.Contains(raw, "0000000009c3") {
		t.Errorf("the last finding has the raw event %s", raw)
	}
	if n := p.Count(".graph .node"); n < 5 {
		t.Errorf("the graph has %d nodes", n)
	}
}

// hostile are values that try to be more than text.
var hostile = []string{
	`<script>window.owned=1</script>`, `</script><script>window.owned=2</script>`, `"><img src=x onerror="window.owned=3">`,
	`javascript:window.owned=4`, `'"]}--><svg onload=window.owned=5>`, `<!--<script>`, `{{.}}${window.owned=6}`, "\u202e\u2066reversed\u2069\u2028\u2029",
	"\x00\x1b[31m\xff\xfe", `\u003cscript>window.owned=7</script>`, `</style><style>*{display:none}</style>`,
	`<a href="javascript:window.owned=8">x</a>`, `</title><script>window.owned=9</script>`, strings.Repeat("A<b>", 1<<18),
}

// Values from logs and rules stay text wherever they are shown.
func TestHostileValues(t *testing.T) {
	findings := func(yield func(*finding.Finding) bool) {
		for i, text := range hostile {
			event, _ := json.Marshal(map[string]string{"text": text})
			f := &finding.Finding{
				Time: at(time.Duration(i) * time.Minute), First: at(0), Last: at(time.Duration(i) * time.Minute), Schema: text, Count: 2, Level: finding.Level(i % 5),
				Also:     []finding.Also{{Rule: &finding.Rule{ID: text, Title: text + "!", Techniques: []string{text}, Tactics: []string{text}}, Count: 2}},
				Rule:     &finding.Rule{ID: text, Title: text, Techniques: []string{text}, Tactics: []string{text}},
				EventIDs: []string{text, text}, Group: []finding.Pair{{Name: text, Value: text}}, Event: event,
				Subject: finding.Subject{
					Account: text, Region: text, Principal: text, Session: text, Address: text, Host: text, Action: text, Service: text, Error: text,
					Details: []finding.Pair{{Name: text, Value: text}},
				},
				Facts: finding.Facts{
					Addresses: []string{text}, Agents: []string{text}, Regions: []string{text}, Accounts: []string{text},
					Outcomes: finding.Outcomes{Counts: [4]int{0, 1, 1, 0}, Errors: []finding.ErrorCount{{Code: text, Outcome: finding.Refused, Count: 1}}},
					Actors:   []finding.Actor{{Principal: text, Session: text, Type: text}}, Targets: []finding.Target{{Type: text, Name: text}},
					Notable: []finding.Fact{{Name: text, Value: text}},
				},
				Context: []finding.ContextEvent{{ID: text, Time: at(0), Subject: finding.Subject{Action: text, Error: text, Address: text}}},
			}
			if !yield(f) {
				return
			}
		}
	}
	s := intruder()
	all := story.Texts{List: hostile}
	for _, text := range hostile {
		in := s.Intrusions[0]
		in.Principal, in.Keys, in.Actors, in.Addresses, in.WayIn.Kind, in.WayIn.Agent = text, all, all, all, text, text
		in.Chain = []story.Hop{{Kind: story.HopKind(text), From: text, FromKey: text, To: text + "2", Key: text, Address: text, Time: at(0)}}
		in.Given = []story.Gift{{What: text, How: text, To: text, Outcome: finding.Succeeded, Undone: finding.NoTime}}
		in.Made = []story.Thing{{Kind: text, Name: text, Part: text, Text: text, By: text, Removed: finding.NoTime, Command: text}}
		in.Logging = []story.Change{{What: text, Targets: all}}
		in.Do = []story.Action{{Text: text, Command: text}}
		s.Intrusions = append(s.Intrusions, in)
		s.Apart = append(s.Apart, story.Group{Principal: text, Automation: text, Addresses: all, Titles: all})
	}
	ledger := &finding.Ledger{
		Version: "test", Command: hostile, Notes: hostile, Partial: true, Stopped: hostile[0],
		Gaps: []finding.Gap{{Kind: "hours", Account: hostile[0], Region: hostile[1], Basis: "files", From: finding.Moment{Time: at(0)}, To: finding.Moment{Time: at(time.Hour)}}},
	}
	path := write(t, htmlreport.Options{Story: s}, ledger, findings)
	if info, err := os.Stat(path); err != nil || info.Size() > 2<<20 {
		t.Errorf("the report has %d bytes: %v", info.Size(), err)
	}
	p := open(t, path, 1280, 900)
	p.Do(chromedp.Click("#group"), chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil),
		chromedp.Poll(fmt.Sprintf(`document.querySelectorAll("#list .entry pre").length === %d`, len(hostile)), nil))
	if owned := eval[any](p, "window.owned === undefined ? null : window.owned"); owned != nil {
		t.Errorf("value %v of a log ran as a script", owned)
	}
	if n := p.Count("img, iframe, object, embed, a[href^='javascript'], a[href^='http'], svg[onload], [onerror]"); n > 0 {
		t.Errorf("%d elements were made of values", n)
	}
	if n := p.Count("style"); n != 1 {
		t.Errorf("the page has %d styles", n)
	}
	if text := eval[string](p, "document.body.textContent"); strings.ContainsAny(text, "\u202e\u2066\u2028\x1b\x00") {
		at := strings.IndexAny(text, "\u202e\u2066\u2028\x1b\x00")
		t.Errorf("a character that changes how others are shown is in the page: %q", text[max(0, at-80):min(len(text), at+80)])
	}
	if n := p.Count("#list .entry"); n != len(hostile) {
		t.Errorf("the list has %d entries, want %d", n, len(hostile))
	}
	p.Do(chromedp.Evaluate(choose("filter-actor", hostile[0]), nil))
	if got, want := p.shown(), fmt.Sprintf("1 of %d findings", len(hostile)); got != want {
		t.Errorf("the filter by a hostile name shows %q, want %q", got, want)
	}
}

// 10,000 findings open fast, and the file is small. The time is printed and not judged: machines differ.
func TestTenThousandFindings(t *testing.T) {
	path := write(t, htmlreport.Options{Story: intruder()}, nil, some(10_000))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, part := range strings.Split(string(text), `<script type="text/plain" id="block-`)[1:] {
		block, _, _ := strings.Cut(part, "</script>")
		blocks += len(block)
	}
	if rest := len(text) - blocks; rest > 2<<20 {
		t.Errorf("the report has %d bytes besides raw events, want at most 2 MB", rest)
	}
	p := open(t, path, 1280, 900)
	loaded := eval[float64](p, `performance.getEntriesByType("navigation")[0].loadEventEnd`)
	t.Logf("%d bytes, of them %d of raw events; open in %.0f ms (goal: 2000)", len(text), blocks, loaded)
	if got := p.shown(); got != "10,000 findings" {
		t.Errorf("got %q", got)
	}
	change := eval[float64](p, `(() => { const start = performance.now(); `+choose("filter-tactic", "discovery")+`; return performance.now() - start; })()`)
	t.Logf("a filter takes %.0f ms", change)
}

// axe-core finds no serious fault, in light and dark, wide and narrow.
func TestAccessibility(t *testing.T) {
	axe := browsertest.Axe(t)
	ledger := &finding.Ledger{Version: "test", Notes: []string{"a note"}, Gaps: []finding.Gap{{
		Kind: "hours", Basis: "files", From: finding.Moment{Time: at(time.Minute)}, To: finding.Moment{Time: at(3 * time.Minute)},
	}}}
	report := write(t, htmlreport.Options{Story: intruder(), Ledger: func(*finding.Ledger) []htmlreport.Line {
		return []htmlreport.Line{{Name: "rules", Text: "60 loaded"}, {Name: "files", Text: "1 failed", Alarm: true}}
	}}, ledger, some(40))
	plain := write(t, htmlreport.Options{}, ledger, some(40))
	for _, test := range []struct {
		name, path, theme string
		width             int
		long              bool
	}{{"light", report, "light", 1280, true}, {"dark", report, "dark", 1280, false}, {"narrow", report, "light", 390, false}, {"no story", plain, "dark", 900, true}} {
		t.Run(test.name, func(t *testing.T) {
			if test.long && !testkit.Long() {
				t.Skip("the colours and the parts of the page are judged in other windows: only with EGRET_LONG")
			}
			p := open(t, test.path, test.width, 900)
			p.Do(chromedp.Evaluate(`document.documentElement.dataset.theme = "`+test.theme+`"; document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil),
				chromedp.WaitReady("#list .entry pre"))
			p.Accessible(axe)
		})
	}
}
