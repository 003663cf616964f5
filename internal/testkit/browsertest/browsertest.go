// Package browsertest opens pages in a real browser for tests: chromium, or the browser that EGRET_BROWSER names. Tests skip without
// one, and with -short.
//
// A package whose TestMain calls Main has one browser, in which each page has a context of its own, without the cookies and the storage
// of others. Elsewhere each page has a browser of its own, which takes most of a second of processor time to start.
//
// A Page fails its test for requests that the test does not expect, for messages on the console, and for scripts that fail.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// A Page is a page in a browser.
type Page struct {
	*testing.T

	ctx context.Context
	mu  sync.Mutex
	// tolerated are parts of messages of the browser that are no fault.
	tolerated []string
}

// Path returns the path of a browser, and skips the test without one.
func Path(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser")
	}
	for _, name := range []string{os.Getenv("EGRET_BROWSER"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("no chromium here: install it, or set EGRET_BROWSER to its path")
	return ""
}

// Options say how a page is opened.
type Options struct {
	// Width and Height are those of the window.
	Width, Height int
	// Expected reports whether the page may ask for an address, which has no fragment. Nil means only the page itself. Addresses
	// of data: and blob: are always expected.
	Expected func(address string) bool
	// Scheme is light or dark, "" for light.
	Scheme string
}

// shared is the browser of a package that called Main.
var shared struct {
	sync.Mutex
	allowed bool
	*browser
}

// browser is a running browser: ctx is its first page, and stop ends it.
type browser struct {
	ctx  context.Context
	stop func()
}

// Main runs the tests of a package with one browser, which it starts when a test first opens a page and stops at the end. It returns
// the exit code.
func Main(m *testing.M) int {
	shared.allowed = true
	code := m.Run()
	if shared.browser != nil {
		shared.stop()
	}
	return code
}

// tab returns a page of a browser.
func tab(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	path := Path(t)
	shared.Lock()
	defer shared.Unlock()
	if !shared.allowed {
		own := start(path)
		t.Cleanup(own.stop)
		return own.ctx, func() {}
	}
	if shared.browser == nil {
		shared.browser = start(path)
		if err := chromedp.Run(shared.ctx); err != nil {
			t.Fatal(err)
		}
	}
	executor := cdp.WithExecutor(shared.ctx, chromedp.FromContext(shared.ctx).Browser)
	within, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(executor)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := target.DisposeBrowserContext(within).Do(executor); err != nil {
			t.Error(err)
		}
	})
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(within).WithNewWindow(true).Do(executor)
	if err != nil {
		t.Fatal(err)
	}
	return chromedp.NewContext(shared.ctx, chromedp.WithTargetID(id))
}

// start returns a new browser, which runs from the first action in its page on.
func start(path string) *browser {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	return &browser{ctx, func() {
		cancel()
		stop()
	}}
}

// Open opens an address and waits until the page says that it is ready: with data-ready="yes" at its root element.
func Open(t *testing.T, address string, o Options) *Page {
	t.Helper()
	ctx, cancel := tab(t)
	t.Cleanup(cancel)
	ctx, timeout := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(timeout)
	p := &Page{T: t, ctx: ctx}
	own, _, _ := strings.Cut(address, "#")
	chromedp.ListenTarget(ctx, func(event any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			url, _, _ := strings.Cut(e.Request.URL, "#")
			expected := url == own || o.Expected != nil && o.Expected(url) || strings.HasPrefix(url, "data:") || strings.HasPrefix(url, "blob:")
			if !expected {
				t.Errorf("the page asked for %s", e.Request.URL)
			}
		case *runtime.EventConsoleAPICalled:
			t.Errorf("the page wrote to the console: %s %v", e.Type, e.Args)
		case *runtime.EventExceptionThrown:
			t.Errorf("the script failed: %s", e.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			for _, text := range p.tolerated {
				if strings.Contains(e.Entry.Text, text) {
					return
				}
			}
			t.Errorf("the browser complains: %s: %s", e.Entry.Level, e.Entry.Text)
		}
	})
	p.Do(network.Enable(), log.Enable())
	if o.Scheme != "" {
		p.Do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: o.Scheme}}))
	}
	p.Do(chromedp.EmulateViewport(int64(o.Width), int64(o.Height)))
	p.Do(chromedp.Navigate(address), chromedp.WaitReady(`html[data-ready="yes"]`))
	return p
}

// Tolerate lets messages of the browser pass that contain a text, such as about a status that the test provokes.
func (p *Page) Tolerate(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tolerated = append(p.tolerated, text)
}

// Do runs actions in the browser.
func (p *Page) Do(actions ...chromedp.Action) {
	p.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.Fatal(err)
	}
}

// Try runs actions and returns their error.
func (p *Page) Try(actions ...chromedp.Action) error { return chromedp.Run(p.ctx, actions...) }

// Eval returns the value of an expression of the page, which may be a promise.
func Eval[T any](p *Page, expression string) T {
	p.Helper()
	var got T
	p.Do(chromedp.Evaluate(expression, &got, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	return got
}

// Count returns the number of elements that a selector fits.
func (p *Page) Count(selector string) int {
	p.Helper()
	quoted, _ := json.Marshal(selector)
	return Eval[int](p, fmt.Sprintf("document.querySelectorAll(%s).length", quoted))
}

// Text returns the text of the first element that a selector fits.
func (p *Page) Text(selector string) string {
	p.Helper()
	quoted, _ := json.Marshal(selector)
	return Eval[string](p, fmt.Sprintf("document.querySelector(%s).textContent", quoted))
}

// Wait waits until an expression of the page is true, for a few seconds.
func (p *Page) Wait(expression string) {
	p.Helper()
	if err := p.Try(chromedp.Poll(expression, nil, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		p.Fatalf("waiting for %s: %v", expression, err)
	}
}

// Screenshot writes a picture of the whole page into the folder that EGRET_SCREENSHOTS names, if it is set.
func (p *Page) Screenshot(name string) {
	p.Helper()
	folder := os.Getenv("EGRET_SCREENSHOTS")
	if folder == "" {
		return
	}
	var picture []byte
	p.Do(chromedp.FullScreenshot(&picture, 100))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600); err != nil {
		p.Fatal(err)
	}
}

// Axe returns the script of axe-core, and skips the test if EGRET_AXE does not name it.
func Axe(t *testing.T) string {
	t.Helper()
	Path(t)
	path := os.Getenv("EGRET_AXE")
	if path == "" {
		t.Skip("EGRET_AXE does not name axe.min.js of axe-core: `make browser` fetches it")
	}
	script, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// Accessible fails the test for each serious fault of accessibility that axe-core finds.
func (p *Page) Accessible(axe string) {
	p.Helper()
	p.Do(chromedp.Evaluate(axe, nil))
	faults := Eval[[]struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}](p, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => ({id: v.id, impact: v.impact, help: v.help,
		nodes: v.nodes.slice(0, 3).map((n) => ({html: n.html.slice(0, 200), failureSummary: n.failureSummary}))})))`)
	for _, fault := range faults {
		if fault.Impact == "serious" || fault.Impact == "critical" {
			p.Errorf("%s: %s: %s %+v", fault.Impact, fault.ID, fault.Help, fault.Nodes)
		} else {
			p.Logf("%s: %s: %s %+v", fault.Impact, fault.ID, fault.Help, fault.Nodes)
		}
	}
}
