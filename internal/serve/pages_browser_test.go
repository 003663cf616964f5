package serve_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/egret-hunt/egret/internal/serve"
	"github.com/egret-hunt/egret/internal/serve/hunts"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/testkit/browsertest"
)

// tab is a page of a server in a browser.
type tab struct {
	*browsertest.Page

	address string
}

// served runs a server over a workspace and returns its address.
func served(t *testing.T, w *workspace.Workspace) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	started, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- serve.Run(ctx, w, serve.Options{
			Listen: "127.0.0.1:0", Started: func(address string) { started <- address },
			Log: func(text string) { t.Errorf("the server complains: %s", text) },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
		w.Hunts.Close()
	})
	select {
	case address := <-started:
		return address
	case err := <-ended:
		t.Fatal(err)
		return ""
	}
}

// newTab opens the page Hunt in a window of a size.
func newTab(t *testing.T, address string, width, height int) *tab {
	t.Helper()
	expected := func(url string) bool { return strings.HasPrefix(url, address) }
	return &tab{browsertest.Open(t, address+"hunt", browsertest.Options{Width: width, Height: height, Expected: expected}), address}
}

// open goes to a page.
func (p *tab) open(path string) {
	p.Helper()
	p.Do(chromedp.Navigate(p.address+path), chromedp.WaitReady("main"))
}

// is waits until an expression of the page is true. Hunts take longer than what else pages do.
func (p *tab) is(expression string) {
	p.Helper()
	for range 200 {
		// While a page is being loaded, parts of it are missing.
		ok := false
		err := p.Try(chromedp.Evaluate("(() => { try { return Boolean("+expression+"); } catch { return false; } })()", &ok))
		if err == nil && ok { // an error means that the page is being left
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.Wait(expression) // it says what is there instead
}

// dark sets whether the user prefers dark colours.
func (p *tab) dark(on bool) {
	p.Helper()
	value := "light"
	if on {
		value = "dark"
	}
	p.Do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}))
}

// inspect looks for faults of accessibility and for parts that are wider than the window, and keeps a picture.
func (p *tab) inspect(name string) {
	p.Helper()
	wide := browsertest.Eval[string](p.Page, `document.documentElement.scrollWidth > innerWidth ? [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map((e) => e.outerHTML.slice(0, 100)).join("\n") || "the page" : ""`)
	if wide != "" {
		p.Errorf("%s is wider than the window: %s", name, wide)
	}
	p.Screenshot(name)
	if os.Getenv("EGRET_AXE") == "" {
		p.Log("axe-core is not here (EGRET_AXE): accessibility is not judged")
		return
	}
	p.Accessible(browsertest.Axe(p.T))
}

const trailRule = `title: Trail stopped
id: 5f6c3b1e-0000-4000-8000-000000000001
status: test
level: high
description: Someone stops the log of the account.
author: example.com
logsource: {product: aws, service: cloudtrail}
detection:
  call: {eventName: StopLogging}
  condition: call
tags: [attack.stealth, attack.t1685]
falsepositives: [Maintenance]
`

// trailEvent returns an event of CloudTrail as one line.
func trailEvent(n int, name, agent string) string {
	quoted, err := json.Marshal(agent)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"eventVersion":"1.08","eventID":"00000000-0000-4000-8000-%012d","eventTime":"2026-03-10T10:%02d:%02dZ","eventSource":"cloudtrail.amazonaws.com","eventName":%q,"awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","userAgent":%s,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/admin","accountId":"111122223333","userName":"admin","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"recipientAccountId":"111122223333"}`,
		n, n/60%60, n%60, name, quoted) + "\n"
}

// hostile is what an attacker may write into a log that a browser shows.
const hostile = `<script>document.title="taken"</script><img src=x onerror="document.title='taken'">` + "\u202egnp.exe"

// hunting returns a workspace with a log of 250 findings, some of them hostile, and a rule.
func hunting(t *testing.T) *workspace.Workspace {
	t.Helper()
	var b strings.Builder
	for n := range 248 {
		b.WriteString(trailEvent(n, "StopLogging", "aws-cli"))
	}
	b.WriteString(trailEvent(248, "StopLogging", hostile) + trailEvent(249, "StopLogging", strings.Repeat("W", 1<<20)) + trailEvent(250, "DescribeTrails", "aws-cli"))
	return huntingIn(t, b.String())
}

// huntingIn returns a workspace with one rule and a log.
func huntingIn(t *testing.T, log string) *workspace.Workspace {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"trail.jsonl": log, "rules/trail.yml": trailRule, "egret.yaml": "{}\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := work()
	w.Rules, w.Logs, w.Now = []string{filepath.Join(dir, "rules")}, []string{filepath.Join(dir, "trail.jsonl")}, time.Now
	w.ReadConfig = func() (*setup.Config, error) { return setup.ReadConfig(filepath.Join(dir, "egret.yaml"), w.Logs) }
	c, err := w.ReadConfig()
	if err != nil {
		t.Fatal(err)
	}
	w.Config = c
	w.Hunts = hunts.New(filepath.Join(dir, "state"), w.Places())
	return w
}

func TestHuntPage(t *testing.T) {
	w := hunting(t)
	p := newTab(t, served(t, w), 1280, 900)
	p.Do(chromedp.Click("#start"))
	p.is(`document.getElementById("state").textContent === "done"`)
	p.is(`document.querySelectorAll("#rows li").length === 200`)
	if got := p.Text("#totals"); got != "250 findings: 250 high; 251 events read" {
		t.Errorf("totals: %s", got)
	}
	p.Do(chromedp.Click("#more"))
	p.is(`document.querySelectorAll("#rows li").length === 250`)
	// The filter, and one finding in full with a hostile text in it.
	p.Do(chromedp.SendKeys("#filter", "10:04:08"))
	p.is(`document.querySelectorAll("#rows li").length === 1`)
	p.Do(chromedp.Click("#rows button"))
	p.is(`document.getElementById("event").textContent.includes("gnp.exe")`)
	if text := p.Text("#event"); !strings.Contains(text, `<script>document.title`) || !strings.Contains(text, `\u202e`) || strings.Contains(text, "\u202e") {
		t.Errorf("the event is shown as %.300s", text)
	}
	p.inspect("hunt")
	p.dark(true)
	p.inspect("hunt-dark")
	p.dark(false)
	p.Do(chromedp.Evaluate(`document.getElementById("filter").value = ""`, nil), chromedp.SendKeys("#filter", "10:04:09"))
	p.is(`document.querySelectorAll("#rows li").length === 1 && document.querySelector("#rows li").textContent.includes("10:04:09")`)
	p.Do(chromedp.Click("#rows button"))
	p.is(`document.getElementById("event").textContent.includes("more characters")`)
	p.is(`document.title === "Hunt – egret"`)
	// All formats come, and the report under its own policy.
	p.is(`document.querySelectorAll("#formats a").length === 11`)
	failed := browsertest.Eval[string](p.Page, `Promise.all([...document.querySelectorAll("#formats a, #report")].map(async (a) => { const r = await fetch(a.href); const t = await r.text(); return r.ok && t.length > 100 ? "" : a.href + " " + r.status; })).then((l) => l.join(""))`)
	if failed != "" {
		t.Errorf("formats that do not come: %s", failed)
	}
	// A pivot searches for what the finding shows.
	p.Do(chromedp.Click("#pivots button"))
	p.is(`document.getElementById("current-heading").textContent.startsWith("Search in the logs arn:aws") && document.getElementById("state").textContent === "done"`)
	p.is(`document.getElementById("totals").textContent.startsWith("251 events")`)
	// A summary, and deleting.
	p.Do(chromedp.SetValue("#kind", "summary"), chromedp.Evaluate(`document.getElementById("kind").dispatchEvent(new Event("change"))`, nil), chromedp.Click("#start"))
	p.is(`document.getElementById("current-heading").textContent.startsWith("Summary") && document.getElementById("answer").textContent.includes("admin")`)
	p.is(`document.querySelectorAll("#kept li").length === 3`)
	p.Do(chromedp.Click("#delete"))
	p.is(`document.querySelectorAll("#kept li").length === 2 && document.getElementById("current").hidden`)
	// The report in its own tab: its script runs, and that of the log does not.
	list, err := w.Hunts.List()
	if err != nil {
		t.Fatal(err)
	}
	p.Do(chromedp.Navigate(p.address+"hunt/"+list[len(list)-1].ID+"/report"), chromedp.WaitReady(`html[data-ready="yes"]`))
	p.is(`document.title !== "taken" && document.body.innerText.includes("Trail stopped")`)
}

func TestHuntPageIsNarrowAndTakesKeys(t *testing.T) {
	p := newTab(t, served(t, hunting(t)), 360, 740)
	// From the field of the last duration on with the keyboard alone: Enter begins the hunt.
	p.Do(chromedp.Focus("#min-level"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	p.is(`document.getElementById("state").textContent === "done" && document.querySelectorAll("#rows li").length === 200`)
	p.Do(chromedp.Focus("#rows button"), chromedp.KeyEvent(kb.Enter))
	p.is(`document.activeElement.id === "detail-heading" && document.getElementById("event").textContent.includes("StopLogging")`)
	p.inspect("hunt-360")
	// Errors stand in the form.
	p.Tolerate("422")
	p.Do(chromedp.SendKeys("#from", "last week"), chromedp.Click("#start"))
	p.is(`document.querySelector("#messages .error")?.textContent.includes("last week")`)
	p.inspect("hunt-error-360")
}

func TestClosedTabStopsTheHunt(t *testing.T) {
	w := hunting(t)
	w.Logs = []string{fifo(t)}
	w.Hunts = hunts.New(filepath.Join(t.TempDir(), "state"), w.Places())
	p := newTab(t, served(t, w), 1024, 700)
	p.Do(chromedp.Click("#start"))
	p.is(`document.getElementById("state").textContent === "running" && !document.getElementById("running").hidden && !document.getElementById("stop").hidden`)
	p.inspect("hunt-running")
	p.Do(chromedp.Navigate("about:blank"))
	for range 200 {
		list, err := w.Hunts.List()
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 1 && list[0].State == hunts.Stopped {
			if list[0].Why != "its page was closed" {
				t.Errorf("it says %q", list[0].Why)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the hunt goes on")
}

// fifo returns a pipe without a writer.
func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if out, err := exec.CommandContext(t.Context(), "mkfifo", path).CombinedOutput(); err != nil {
		t.Skipf("no pipes here: %v %s", err, out)
	}
	return path
}

func TestCoveragePage(t *testing.T) {
	w := hunting(t)
	id, err := w.Hunts.Start(hunts.Spec{Kind: hunts.Hunt, KeepRunning: true})
	if err != nil {
		t.Fatal(err)
	}
	p := newTab(t, served(t, w), 1280, 900)
	p.open("coverage")
	p.is(`document.getElementById("map-heading").textContent.startsWith("1 of ")`)
	p.is(`document.querySelectorAll(".tactic a.heat1").length === 1 && document.querySelectorAll(".tactic a.heat0").length > 100`)
	p.Do(chromedp.Click(".tactic a.heat1"))
	p.is(`document.getElementById("technique-heading")?.textContent.startsWith("T1685") && document.querySelector("#technique li").textContent.includes("Trail stopped")`)
	p.is(`document.querySelectorAll("#hunt option").length === 2`)
	p.Do(chromedp.SetValue("#hunt", id), chromedp.Click("form button"))
	p.is(`document.querySelectorAll(".tactic .seen-mark").length === 1 && document.getElementById("technique").textContent.includes("Found by the hunt")`)
	p.inspect("coverage")
	p.dark(true)
	p.inspect("coverage-dark")
	p.Do(emulation.SetDeviceMetricsOverride(360, 740, 1, false))
	p.inspect("coverage-360-dark")
	p.Do(chromedp.Click("#technique a"))
	p.is(`document.getElementById("rule-heading")?.textContent === "Trail stopped"`)
	p.Tolerate("404")
	p.open("coverage?technique=T9999")
	p.is(`document.body.textContent.includes("has no technique")`)
}

func TestRulesPage(t *testing.T) {
	w := hunting(t)
	p := newTab(t, served(t, w), 1280, 900)
	p.open("rules")
	p.is(`document.querySelectorAll(".list li").length === 1`)
	p.Do(chromedp.Focus("#text"), chromedp.KeyEvent("nothing"), chromedp.KeyEvent(kb.Enter))
	p.is(`document.querySelectorAll(".list li").length === 0 && document.querySelector("main").textContent.includes("No rule matches")`)
	p.open("rules?product=aws&tag=T1685")
	p.Do(chromedp.Click(".list a"))
	p.is(`document.getElementById("rule-heading")?.textContent === "Trail stopped" && document.querySelector("#rule pre").textContent.includes("eventName: StopLogging")`)
	p.is(`document.getElementById("rule").textContent.includes("Maintenance") && document.getElementById("rule").textContent.includes("Someone stops the log")`)
	p.Do(chromedp.SetValue("#new-level", "low"), chromedp.Click(".changes form:last-child button"))
	p.is(`document.querySelector("#rule .level").textContent === "low" && document.querySelector("#rule .good")`)
	p.Do(chromedp.Click(".changes form:first-child button"))
	p.is(`document.querySelector("#rule .off") && document.querySelector(".list .off")`)
	p.inspect("rules")
	p.dark(true)
	p.Do(emulation.SetDeviceMetricsOverride(360, 740, 1, false))
	p.inspect("rules-360-dark")
	// The next hunt has no rule left.
	id, err := w.Hunts.Start(hunts.Spec{Kind: hunts.Hunt, KeepRunning: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if r, err := w.Hunts.Get(id); err != nil || r.State != hunts.Running {
			if err != nil || r.Findings != 0 {
				t.Errorf("%+v, %v", r, err)
			}
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.Do(chromedp.Click(".changes form:first-child button"))
	p.is(`!document.querySelector("#rule .off")`)
	// The rule opens in other pages.
	p.Do(chromedp.Evaluate(`[...document.querySelectorAll("#rule a")].find((a) => a.pathname === "/check").click()`, nil))
	p.is(inside("rule") + `?.querySelector(".cm-content")?.innerText.includes("title: Trail stopped") && document.getElementById("status").textContent.includes("diagnostic")`)
	p.open("rules")
	p.Do(chromedp.Click(".list a"))
	p.is(`document.getElementById("rule-heading")?.textContent === "Trail stopped"`)
	p.Do(chromedp.Evaluate(`[...document.querySelectorAll("#rule a")].find((a) => a.pathname === "/convert").click()`, nil))
	p.is(`document.querySelector("#queries pre")?.textContent.includes("StopLogging")`)
}
