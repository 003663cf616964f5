package serve_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/egret-hunt/egret/internal/serve"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/browsertest"
)

func TestMain(m *testing.M) { os.Exit(browsertest.Main(m)) }

// opened opens a page of a server of its own.
func opened(t *testing.T, path string, o browsertest.Options) *browsertest.Page {
	t.Helper()
	browsertest.Path(t)
	address, _ := start(t, serve.Options{})
	if o.Width == 0 {
		o.Width, o.Height = 1280, 900
	}
	o.Expected = func(url string) bool { return strings.HasPrefix(url, address) }
	return browsertest.Open(t, address+path, o)
}

// typed puts a text into an element as a paste would.
func typed(p *browsertest.Page, id, text string) {
	p.Helper()
	p.Do(chromedp.Evaluate(fmt.Sprintf(`{ const area = document.getElementById(%q); area.value = %q; area.dispatchEvent(new Event("input", {bubbles: true})); }`, id, text), nil))
}

// The text area with an id becomes an editor, an element with a root of its own. inside is an expression for that root.
func inside(id string) string {
	return fmt.Sprintf("document.getElementById(%q)?.shadowRoot", id+"-text")
}

// chosen selects an option.
func chosen(p *browsertest.Page, id, value string) {
	p.Helper()
	p.Do(chromedp.Evaluate(fmt.Sprintf(`{ const select = document.getElementById(%q); select.value = %q; select.dispatchEvent(new Event("change", {bubbles: true})); }`, id, value), nil))
}

const whoami = `title: Whoami
id: 11111111-0000-4000-8000-000000000001
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\whoami.exe'
    condition: selection
level: low
`

const two = whoami + `---
title: Net
id: 11111111-0000-4000-8000-000000000002
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\net.exe'
    condition: selection
level: low
`

// A rule becomes a query as it is typed; several rules become several queries; other targets, pipelines and SQL follow at once.
func TestConvertPage(t *testing.T) {
	p := opened(t, "", browsertest.Options{})
	p.Wait(inside("rule") + `?.querySelector(".cm-content") != null`)
	p.Do(chromedp.Click("#rule-text"))
	for _, line := range []string{"title: Typed", "logsource:", "product: aws"} {
		p.Do(input.InsertText(line),
			input.DispatchKeyEvent(input.KeyDown).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13).WithText("\r"),
			input.DispatchKeyEvent(input.KeyUp).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13))
	}
	p.Wait(`document.querySelectorAll("#messages .error").length > 0`)
	if got := browsertest.Eval[string](p, inside("rule")+`.querySelector(".cm-content").innerText`); !strings.HasPrefix(got, "title: Typed\nlogsource:\n    product: aws\n    ") {
		t.Errorf("what was typed is %q", got)
	}
	// A level of the list completes what is typed.
	typed(p, "rule", "title: Typed\nlevel:")
	p.Do(chromedp.Click("#rule-text"), input.DispatchKeyEvent(input.KeyDown).WithKey("End").WithCode("End").WithWindowsVirtualKeyCode(35).WithModifiers(input.ModifierCtrl))
	p.Do(input.InsertText(" hig"))
	p.Wait(inside("rule") + `.querySelector(".cm-tooltip-autocomplete li[aria-selected]")?.textContent.startsWith("high")`)
	p.Screenshot("convert-completion")
	p.Do(chromedp.Sleep(200 * time.Millisecond)) // the list takes no key for a moment, which may have been meant for the text
	p.Do(input.DispatchKeyEvent(input.KeyDown).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13).WithText("\r"))
	p.Wait(inside("rule") + `.querySelector(".cm-content").innerText.endsWith("level: high")`)
	typed(p, "rule", whoami)
	p.Wait(`document.querySelector("#queries pre")?.textContent === 'Image="*\\\\whoami.exe"'`)
	if got := p.Text("#status"); !strings.Contains(got, "converted 1 of 1 rule for splunk") {
		t.Errorf("the status is %q", got)
	}
	p.Screenshot("convert")
	typed(p, "rule", two)
	p.Wait(`document.querySelectorAll("#queries pre").length === 2`)
	chosen(p, "target", "lucene")
	p.Wait(`document.querySelector("#queries pre").textContent === 'Image:*\\\\whoami.exe'`)
	p.Do(chromedp.Evaluate(`document.getElementById("pipelines").open = true`, nil), chromedp.Click(`#pipeline-list input[value="ecs_windows"]`))
	p.Wait(`document.querySelector("#queries pre").textContent === 'process.executable.caseless:*\\\\whoami.exe'`)
	p.Screenshot("convert-pipelines")
	chosen(p, "target", "athena")
	p.Wait(`document.querySelector("#queries pre")?.textContent.includes("SELECT")`)
	if n := p.Count("#layout-field:not([hidden])"); n != 1 {
		t.Error("SQL has no choice of the layout")
	}
	if got := browsertest.Eval[string](p, "location.hash"); !strings.Contains(got, "target=athena") {
		t.Errorf("the address has the fragment %q", got)
	}
}

// Faults stand under the text with their places, one bad rule does not hold up the others, and a place leads into the text.
func TestConvertPageFaults(t *testing.T) {
	p := opened(t, "convert", browsertest.Options{})
	typed(p, "rule", strings.Replace(two, "Image|endswith: '\\net.exe'", "Image|endswth: '\\net.exe'", 1))
	p.Wait(`document.querySelectorAll("#queries pre").length === 1 && document.querySelectorAll("#messages .error").length === 1`)
	if got := p.Text("#messages .error"); !strings.Contains(got, "endswth") || !strings.Contains(got, "19:") || !strings.Contains(got, "endswith") {
		t.Errorf("the message is %q", got)
	}
	if got := browsertest.Eval[string](p, inside("rule")+`.querySelector(".cm-lintRange-error").textContent`); got != "endswth" {
		t.Errorf("the place %q is marked", got)
	}
	p.Do(chromedp.Click("#messages .error button"))
	if got := browsertest.Eval[string](p, `document.activeElement.shadowRoot.getSelection().toString()`); got != "endswth" {
		t.Errorf("the place %q is selected", got)
	}
	p.Screenshot("convert-faults")
	typed(p, "own", "transformations:\n  - type: field_name_mapping\n    mapping: {Image: x\n")
	p.Wait(`document.querySelectorAll("#notes .error").length === 1`)
	if got := p.Text("#messages"); !strings.Contains(got, "pipeline.yml") {
		t.Errorf("the messages are %q", got)
	}
}

// A link brings rules and choices back, also one of sigconverter.
func TestSharedLinks(t *testing.T) {
	p := opened(t, "convert#target=esql&rule=title%3A+Shared%0Alogsource%3A+%7Bproduct%3A+windows%7D%0Adetection%3A+%7Bs%3A+%7Ba%3A+%22%C3%A9%22%7D%2C+condition%3A+s%7D", browsertest.Options{})
	p.Wait(`document.querySelector("#queries pre")?.textContent.includes("é")`)
	if got := browsertest.Eval[string](p, `document.getElementById("target").value`); got != "esql" {
		t.Errorf("the target is %q", got)
	}
	// Base64 of "title: O\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}".
	p.Do(chromedp.Evaluate(`location.hash = "#version=1.0.5&backend=lucene&format=default&pipeline=ecs_windows;sysmon&rule=dGl0bGU6IE8KbG9nc291cmNlOiB7cHJvZHVjdDogYXdzfQpkZXRlY3Rpb246IHtzOiB7YTogYn0sIGNvbmRpdGlvbjogc30%3D&pipelineYml="`, nil))
	p.Wait(`document.querySelector("#queries pre")?.textContent === "a:b"`)
	if n := p.Count("#pipeline-list input:checked"); n != 2 {
		t.Errorf("%d pipelines are chosen", n)
	}
}

const signIn = `title: Sign-in
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: ConsoleLogin
    condition: selection
level: low
`

// The page shows diagnostics, mends what can be mended, and says for each event which predicates hold.
func TestCheckPage(t *testing.T) {
	p := opened(t, "check", browsertest.Options{})
	typed(p, "rule", signIn)
	p.Wait(`document.querySelectorAll("#messages li").length > 0`)
	typed(p, "events", `[{"eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com"}, {"eventName": "Other", "eventSource": "x.amazonaws.com"}]`)
	p.Wait(`document.querySelectorAll("#results .event").length === 2`)
	if got := p.Text("#match-status"); got != "1 of 2 events match." {
		t.Errorf("the status is %q", got)
	}
	if got := p.Text("#results .event:nth-child(2) .tree"); !strings.Contains(got, `eventName: "Other"`) || !strings.Contains(got, "false: ") {
		t.Errorf("the predicates are %q", got)
	}
	p.Screenshot("check")
	p.Do(chromedp.Click("#example"))
	p.Wait(`document.getElementById("match-status").textContent === "1 of 2 events match." && document.getElementById("status").textContent === "Nothing to report."`)
	typed(p, "rule", strings.Replace(signIn, "detection:", "tags:\n    - attack.t1078\n    - attack.t1078\ndetection:", 1))
	p.Wait(`!document.getElementById("fix").disabled`)
	p.Do(chromedp.Click("#fix"))
	p.Wait(inside("rule") + `.querySelector(".cm-content").innerText.split("attack.t1078").length === 2`)
}

// Everything can be done with the keyboard, and no element keeps the focus: Escape before Tab leaves an editor, in which Tab indents.
func TestKeyboard(t *testing.T) {
	for _, path := range []string{"convert", "check"} {
		p := opened(t, path, browsertest.Options{})
		p.Wait(inside("rule") + `?.querySelector(".cm-content") != null`)
		p.Do(chromedp.KeyEvent(kb.Tab))
		if got := browsertest.Eval[string](p, "document.activeElement.className"); got != "skip" {
			t.Errorf("/%s: the first element is %q", path, got)
		}
		p.Do(chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
		seen := map[string]bool{}
		for range 40 {
			at := browsertest.Eval[string](p, `(() => { const a = document.activeElement; const s = getComputedStyle(a.closest(".editor, label.button") ?? a); return a.id + "|" + (s.outlineStyle !== "none" || a === document.body); })()`)
			id, visible, _ := strings.Cut(at, "|")
			if visible != "true" {
				t.Errorf("/%s: the focus on #%s cannot be seen", path, id)
			}
			seen[id] = true
			if strings.HasSuffix(id, "-text") {
				p.Do(chromedp.KeyEvent(kb.Escape))
			}
			p.Do(chromedp.KeyEvent(kb.Tab))
		}
		for _, id := range map[string][]string{"convert": {"rule-text", "target", "format", "share", "open"}, "check": {"rule-text", "events-text", "example", "open-events"}}[path] {
			if !seen[id] {
				t.Errorf("/%s: Tab does not reach #%s", path, id)
			}
		}
	}
}

// Nothing is wider than the window at 360 px, and axe-core finds no serious fault in light and dark.
func TestAccessibility(t *testing.T) {
	axe := browsertest.Axe(t)
	for _, path := range []string{"convert", "check"} {
		for _, tt := range []struct {
			scheme string
			width  int
			long   bool
		}{{"light", 1280, true}, {"dark", 1280, false}, {"light", 360, false}, {"dark", 3840, true}} {
			t.Run(fmt.Sprintf("%s/%s/%d", path, tt.scheme, tt.width), func(t *testing.T) {
				if tt.long && !testkit.Long() {
					t.Skip("the colours and the narrow layout are judged in other windows: only with EGRET_LONG")
				}
				p := opened(t, path, browsertest.Options{Width: tt.width, Height: 900, Scheme: tt.scheme})
				p.Do(chromedp.Click("#example"))
				p.Wait(`document.querySelectorAll("#queries pre, #results .event").length > 0`)
				if path == "convert" {
					typed(p, "rule", two+"---\ntitle: bad\n")
					p.Wait(`document.querySelectorAll("#messages li").length > 0 && document.querySelectorAll("#queries pre").length === 2`)
				}
				p.Do(chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil))
				if wide := browsertest.Eval[int](p, "document.documentElement.scrollWidth"); wide > tt.width {
					t.Errorf("the page is %d px wide in a window of %d", wide, tt.width)
				}
				p.Screenshot(fmt.Sprintf("%s-%s-%d", path, tt.scheme, tt.width))
				p.Accessible(axe)
			})
		}
	}
}
