package htmlreport

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
)

// The page names style and script by their hashes and allows nothing else; it has one of each, and no handlers or styles in
// attributes, which the policy would block.
func TestPolicy(t *testing.T) {
	var out bytes.Buffer
	w := New(&out, Options{
		Describe: func(*finding.Finding) Words { return Words{} }, Nothing: func(*finding.Ledger) string { return "" },
		Ledger: func(*finding.Ledger) []Line { return nil },
	})
	if err := w.Finding(made("1", finding.High)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(&finding.Summary{Findings: 1}, &finding.Ledger{}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(text)
	if policy == nil || !strings.HasPrefix(policy[1], "default-src &#39;none&#39;; ") || strings.Contains(policy[1], "unsafe") {
		t.Fatalf("got policy %q", policy)
	}
	for element, directive := range map[string]string{"style": "style-src", "script": "script-src"} {
		found := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			t.Fatalf("%d elements %s", len(found), element)
		}
		want := directive + " " + strings.NewReplacer("'", "&#39;", "+", "&#43;").Replace(hash(found[0][1]))
		if !strings.Contains(policy[1], want) {
			t.Errorf("the policy %s lacks %s", policy[1], want)
		}
	}
	if handler := regexp.MustCompile(`<[a-z]+[^>]*\s(on[a-z]+|style)=`).FindString(text); handler != "" {
		t.Errorf("the page has %s", handler)
	}
}
