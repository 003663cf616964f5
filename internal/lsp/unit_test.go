package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sourcegraph/jsonrpc2"
)

func TestPositions(t *testing.T) {
	l := newLines("aé😀b\r\nx\ry\n\n")
	for _, test := range []struct {
		line, utf16, utf8, offset int
	}{
		{0, 0, 0, 0}, {0, 1, 1, 1}, {0, 2, 3, 3}, {0, 4, 7, 7}, {0, 5, 8, 8}, {1, 0, 0, 10}, {1, 1, 1, 11}, {2, 0, 0, 12}, {2, 1, 1, 13}, {3, 0, 0, 14}, {4, 0, 0, 15},
	} {
		for by, character := range map[encoding]int{utf16Units: test.utf16, utf8Units: test.utf8} { // each by itself
			p := position{test.line, character}
			if got := l.offset(p, by); got != test.offset {
				t.Errorf("%s: %+v is at %d, want %d", by, p, got, test.offset)
			}
			if got := l.position(test.offset, by); got != p {
				t.Errorf("%s: offset %d is %+v, want %+v", by, test.offset, got, p)
			}
		}
	}
	for _, p := range []position{{0, 99}, {9, 0}, {-1, 0}, {0, -5}, {0, 3}} { // behind lines, outside, within a character
		if at := l.offset(p, utf16Units); at < 0 || at > len(l.text) || at < len(l.text) && !utf8.RuneStart(l.text[at]) {
			t.Errorf("%+v is at %d", p, at)
		}
	}
	if at := l.offset(position{0, 3}, utf16Units); at != 3 {
		t.Errorf("the middle of a character is at %d, want its start 3", at)
	}
}

func TestFramesAreRefused(t *testing.T) {
	for name, text := range map[string]string{ // each by itself
		"giant length":      "Content-Length: 99999999999\r\n\r\n",
		"more than allowed": "Content-Length: 16777217\r\n\r\n",
		"negative":          "Content-Length: -1\r\n\r\n",
		"no number":         "Content-Length: x\r\n\r\n",
		"twice":             "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
		"none":              "Content-Type: a\r\n\r\n{}",
		"no header":         "GET / HTTP/1.1\r\n\r\n",
		"empty line":        "\r\n",
		"long headers":      strings.Repeat("X-A: "+strings.Repeat("a", 100)+"\r\n", 100),
		"long line":         "X-A: " + strings.Repeat("a", 100_000),
		"charset":           "Content-Type: x; charset=utf-16\r\nContent-Length: 2\r\n\r\n{}",
	} {
		var refused *frameError
		if _, err := readFrame(bufio.NewReader(strings.NewReader(text))); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"Content-Length: 10\r\n\r\n{}", "Content-Le"} {
		if _, err := readFrame(bufio.NewReader(strings.NewReader(text))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if body, err := readFrame(bufio.NewReader(strings.NewReader("content-length:2\nContent-Type: application/vscode-jsonrpc; charset=utf-8\n\n{}"))); err != nil || string(body) != "{}" {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestServeRefusesAGiantFrame(t *testing.T) {
	err := Serve(context.Background(), strings.NewReader("Content-Length: 99999999999\r\n\r\n"), io.Discard, Options{Now: time.Now})
	var refused *frameError
	if !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

func TestFaultyMessagesAreAnswered(t *testing.T) {
	frame := func(text string) string { return "Content-Length: " + itoa(len(text)) + "\r\n\r\n" + text }
	var out strings.Builder
	in := frame("{") + frame("[]") + frame(`{"id":7}`) + frame(`{"id":-1,"method":"x"}`) + frame(`{"jsonrpc":"2.0","id":1,"method":"shutdown"}`)
	s := newStream(strings.NewReader(in), &out)
	var request jsonrpc2.Request
	if err := s.ReadObject(&request); err != nil || request.Method != "x" && request.Method != "shutdown" && request.Method != "" {
		t.Fatalf("%+v, %v", request, err)
	}
	for _, want := range []string{`"id":null,"error":{"code":-32700`, `"id":7,"error":{"code":-32600`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("answers %q lack %q", out.String(), want)
		}
	}
}

func itoa(n int) string {
	text, _ := json.Marshal(n)
	return string(text)
}

func TestURIs(t *testing.T) {
	for uri, want := range map[string]string{ // each by itself
		"file:///a/b%20c%C3%A9.yml": "/a/b cé.yml", "file://localhost/a.yml": "/a.yml", "untitled:Untitled-1": "", "file://host/a": "", "file:a": "",
		"http:///a": "", "file:///a%00b": "", "file:///a/../b": "/b", "": "", "%": "",
	} {
		if got := pathOf(uri); got != want {
			t.Errorf("pathOf(%q) = %q, want %q", uri, got, want)
		}
	}
	if got := uriOf("/a/b cé#.yml"); got != "file:///a/b%20c%C3%A9%23.yml" || pathOf(got) != "/a/b cé#.yml" {
		t.Errorf("uriOf gives %q", got)
	}
}

func TestFormatted(t *testing.T) {
	for name, test := range map[string]struct{ from, want string }{ // each by itself
		"two blanks": {
			"title: x  \ntags:\n- a\n- b # why\n\ndetection:\n  # what\n  selection:\n    - A|contains:\n      - 1\n      - 2\n    - B: x\n      C: y\n  condition: selection\n\n\n",
			"title: x\ntags:\n    - a\n    - b # why\n\ndetection:\n    # what\n    selection:\n        - A|contains:\n              - 1\n              - 2\n        - B: x\n          C: y\n    condition: selection\n",
		},
		"block":             {"description: |\n  a  \n    b\n\n  c\nlevel: low", "description: |\n    a  \n      b\n\n    c\nlevel: low\n"},
		"nothing to do":     {rootLogin, rootLogin},
		"not YAML":          {"a: [\n  b", "a: [\n  b"},
		"several documents": {"a:\n  b: 1\n---\nc:\n  d: 2\n", "a:\n    b: 1\n---\nc:\n    d: 2\n"},
		"line breaks":       {"a:\r\n  b: 1 \r\n", "a:\r\n    b: 1\r\n"},
		"kept line breaks":  {"a: |+\n  b\n\n\n", "a: |+\n  b\n\n\n"},
	} {
		got := formatted(test.from)
		if got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
		if again := formatted(got); again != got {
			t.Errorf("%s: formatted again\n%s", name, again)
		}
	}
}

func TestFormattingEdits(t *testing.T) {
	c := start(t, nil, "")
	text := strings.ReplaceAll(strings.Replace(rootLogin, "level: high\n", "level: high  \n\n\n", 1), "\n    - ", "\n- ")
	c.open("root_login.yml", text)
	var edits []textEdit
	c.call("textDocument/formatting", map[string]any{"textDocument": map[string]any{"uri": c.uri("root_login.yml")}, "options": map[string]any{"tabSize": 2}}, &edits)
	if got := apply(t, text, edits); got != rootLogin {
		t.Errorf("got\n%s", got)
	}
}

func TestRequestsAreCancelled(t *testing.T) {
	s := &server{work: t.Context(), slots: make(chan struct{}), cancels: map[jsonrpc2.ID]context.CancelFunc{}}
	ctx, cancel := context.WithCancel(t.Context())
	s.cancels[jsonrpc2.ID{Num: 7}] = cancel
	s.cancelRequest(json.RawMessage(`{"id":7}`))
	if ctx.Err() == nil {
		t.Error("the request was not cancelled")
	}
	s.cancelRequest(json.RawMessage(`{"id":"other"}`)) // is not known
}

func TestLargeTextsAreRefused(t *testing.T) {
	c := start(t, nil, "")
	c.open("a_rule.yml", rootLogin+"# "+strings.Repeat("x", maxText))
	c.waitCode("a_rule.yml", "unreadable-file")
	c.change("a_rule.yml", 2, contentChange{Range: &textRange{}, Text: "x"}) // a part of a text that is not known
	c.change("a_rule.yml", 3, contentChange{Text: strings.Replace(rootLogin, "level: high", "level: hich", 1)})
	c.waitCode("a_rule.yml", "unknown-level")
}
