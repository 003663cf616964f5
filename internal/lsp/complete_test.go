package lsp

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

// The mark | is the place. The wanted label is among the completions, and replaces the word at the place.
func TestComplete(t *testing.T) {
	for _, tt := range []struct{ text, want, word string }{
		{"title: A\nlev|", "level", "lev"},
		{"title: A\nlevel: hi|", "high", "hi"},
		{"title: A\nlogsource:\n    product: aws\n    service: cloudt|", "cloudtrail", "cloudt"},
		{"title: é\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n    s:\n        eventNa|", "eventName", "eventNa"},
		{"title: A\nlogsource: {product: aws}\ndetection:\n    s:\n        eventName|end|", "endswith", "end"},
		{"title: A\ndetection:\n    chosen: {a: b}\n    condition: cho|", "chosen", "cho"},
		{"title: A\nname: first\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\n---\ntitle: B\ncorrelation:\n    rules:\n        - fi|", "first", "fi"},
	} {
		at := strings.LastIndex(tt.text, "|")
		text := tt.text[:at] + tt.text[at+1:]
		list := Complete(schema.All(), text, at)
		i := slices.IndexFunc(list, func(c Completion) bool { return c.Label == tt.want })
		if i < 0 || text[list[i].Start:list[i].End] != tt.word || !strings.HasPrefix(list[i].Text, tt.want) {
			t.Errorf("%q: got %+v, want %s for %q", tt.text, list[:min(3, len(list))], tt.want, tt.word)
		}
	}
	for _, offset := range []int{-5, 0, 3, 1 << 30} {
		_ = Complete(schema.All(), "é: [", offset) // it does not panic
	}
	if list := Complete(schema.All(), strings.Repeat("x", maxText+1), 3); list != nil {
		t.Errorf("a text that is too large: %d completions", len(list))
	}
}
