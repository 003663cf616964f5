package lsp

import (
	"bufio"
	"bytes"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// FuzzFrame reads frames: no input may cause a panic, or a message of more bytes than came.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("Content-Length: 2\r\n\r\n{}"))
	f.Add([]byte("Content-Length: 2\r\nContent-Type: x; charset=utf-8\r\n\r\n{}Content-Length: 999999\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in := bufio.NewReader(bytes.NewReader(text))
		for range 100 {
			body, err := readFrame(in)
			if err != nil {
				return
			}
			if len(body) > len(text) {
				t.Fatal("a message is longer than the input")
			}
		}
	})
}

// FuzzMessages serves any messages, of which each line of the input is one.
func FuzzMessages(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}
{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a_rule.yml","version":1,"text":"title: a"}}}
{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a_rule.yml","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":1},"end":{"line":9,"character":-1}},"text":"x"}]}}
{"jsonrpc":"2.0","id":2,"method":"textDocument/completion","params":{"textDocument":{"uri":"file:///a_rule.yml"},"position":{"line":0,"character":3}}}
{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var in, out bytes.Buffer
		for line := range bytes.SplitSeq(text, []byte("\n")) {
			_ = (&stream{out: &in}).write(line) // a buffer takes everything
		}
		_ = Serve(t.Context(), &in, &out, Options{Now: time.Now}) // an error is an answer, too
	})
}

// FuzzText types into a rule and asks everything at a place of it.
func FuzzText(f *testing.F) {
	f.Add(rootLogin, "x", 0, 5, 3, 2)
	f.Add(bursts, "- ", 9, 8, 9, 20)
	f.Add("tags: [attack.t1078, \"a\nb:\n  - c: |\n   é😀\r\n---\n", ":", 1, 1, 4, 4)
	p := bareProject()
	f.Fuzz(func(t *testing.T, text, typed string, line, character, line2, character2 int) {
		if !utf8.ValidString(text) || !utf8.ValidString(typed) || len(text) > 10_000 {
			return // texts come as JSON, which replaces what is not valid
		}
		d := (&document{uri: "untitled:a", language: "sigma", project: p}).with(1, text)
		d = d.changed(2, []contentChange{{Range: &textRange{position{line, character}, position{line2, character2}}, Text: typed}}, utf16Units)
		askEverything(t, d, d.lines.offset(position{line, character}, utf16Units)+len(typed))
	})
}

// TestTyping types rules letter by letter, so that every half of a rule is asked about.
func TestTyping(t *testing.T) {
	p := bareProject()
	for _, text := range []string{rootLogin, bursts, "filter:\n  rules: [a, 'b']\n  x:\n  - 'q: \"\n  - - a|re: |\n     é😀\n---\nrelated:\n- id: a\n  type: "} {
		every := 1
		if testing.Short() {
			every = 7
		}
		for i := 0; i <= len(text); i += every {
			for i < len(text) && !utf8.RuneStart(text[i]) {
				i++
			}
			d := &document{uri: "untitled:a", language: "sigma", project: p}
			askEverything(t, d.with(1, text[:i]), i)
			askEverything(t, d.with(1, text[:i]+text[min(len(text), i+25):]), i) // something is cut out
		}
	}
}

func bareProject() *project {
	p := &project{config: &setup.Config{Settings: &config.Config{}}, schemas: schema.All(), index: check.NewIndex(check.Options{}), loaded: make(chan struct{})}
	close(p.loaded)
	return p
}

// askEverything asks everything at a place of a text: no text may cause a panic, no answer may lie outside of it, and formatting may not
// change its values.
func askEverything(t *testing.T, d *document, offset int) {
	t.Helper()
	s := &server{work: t.Context(), encoding: utf16Units, documents: map[string]*document{d.uri: d}}
	at := d.lines.position(offset, utf16Units)
	for _, request := range []method{(*server).hover, (*server).completion, (*server).definition, (*server).formatting} {
		if _, err := request(s, t.Context(), d, &documentParams{Position: at}); err != nil {
			t.Fatal(err)
		}
	}
	if c := d.lines.at(d.lines.offset(at, utf16Units)); c.start < 0 || c.start > c.end || c.end > len(d.text()) || d.text()[c.start:c.end] != c.text {
		t.Fatalf("the word %q is at %d to %d of %q", c.text, c.start, c.end, d.text())
	}
	d.project.index.Put(d.file(), true)
	found, err := d.project.index.Diagnostics(t.Context(), []string{d.name()}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range s.shown(d, found[d.name()]) {
		if d.lines.offset(one.Range.End, utf16Units) < d.lines.offset(one.Range.Start, utf16Units) {
			t.Fatalf("%s ends before it begins", one.Code)
		}
	}
	before, ok := documentsOf(d.text())
	if after, okAfter := documentsOf(formatted(d.text())); ok != okAfter || ok && !equalLists(before, after) {
		t.Fatal("formatting has changed the meaning")
	}
}
