package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/value"
)

// object builds an object that fits a signature, except for one of its paths; flat writes paths as keys with dots.
func object(s *signature, without int, flat bool) string {
	root := map[string]any{}
	set := func(p *keyPath, v any) {
		if without--; without == -1 {
			return
		}
		if flat {
			root[p.text] = v
			return
		}
		at := root
		for _, key := range p.keys[:len(p.keys)-1] {
			below, ok := at[key].(map[string]any)
			if !ok {
				below = map[string]any{}
				at[key] = below
			}
			at = below
		}
		if _, taken := at[p.keys[len(p.keys)-1]]; !taken {
			at[p.keys[len(p.keys)-1]] = v
		}
	}
	for i := range s.equals {
		set(&s.equals[i].path, s.equals[i].texts[0])
	}
	for i := range s.ends {
		set(&s.ends[i].path, "x"+s.ends[i].texts[0])
	}
	for i := range s.has {
		set(&s.has[i], "x")
	}
	text, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// The index only leaves out signatures that cannot fit: it finds the same log source as trying all of them in order.
func TestIndexOfKeysFindsWhatSignaturesFit(t *testing.T) {
	d := NewDetector(nil)
	byOrder := func(doc *value.Doc) (*Schema, string) {
		for _, s := range d.first {
			if s.Holds(doc, 0) {
				return s, ""
			}
		}
		for _, f := range foreigners() {
			if anySignature(f.detect, doc, 0) {
				return nil, f.title
			}
		}
		return nil, ""
	}
	found, tried := 0, 0
	try := func(text string) {
		tried++
		doc, err := new(value.Parser).Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want, foreign := byOrder(doc)
		got := d.Detect(doc, 0)
		if got != want || got == nil && Foreign(doc, 0) != foreign {
			t.Errorf("%s: got %v %q, want %v %q", text, got, Foreign(doc, 0), want, foreign)
		}
		if want != nil {
			found++
			if !d.PromisingKeys(doc) || !d.Promising(doc.Source()) {
				t.Errorf("%s: not promising", text)
			}
			wrapped, err := new(value.Parser).Parse([]byte(`{"a":[{"b":` + text + `}]}`))
			if err != nil || !d.PromisingKeys(wrapped) {
				t.Errorf("%s: not promising inside of others (%v)", text, err)
			}
		}
	}
	signatures := func(list []signature) {
		for i := range list {
			for without := -1; without < 6; without++ {
				try(object(&list[i], without, false))
				try(object(&list[i], without, true))
			}
		}
	}
	for _, s := range d.first {
		signatures(s.detect)
	}
	for _, f := range foreigners() {
		signatures(f.detect)
	}
	try(`{"\u0061uditID":"a","verb":"get","stage":"s"}`) // an escape in a key
	try(`[]`)
	try(`"` + strings.Repeat("x", 100) + `"`)
	try(`{"` + strings.Repeat("x", 100) + `":1}`)
	if found < 100 || tried < 2*found {
		t.Errorf("found %d of %d", found, tried)
	}
}

func TestLongKeysOfOwnSourcesArePromising(t *testing.T) {
	long := strings.Repeat("k", 100)
	s, err := Load([]byte("name: own\ntitle: Own\nlogsource: {products: [own]}\ndetect: [{has: [" + long + ", b]}]\nroots: [\"\"]\ntime: [t]\nid: [[b]]\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := NewDetector([]*Schema{s})
	doc, err := new(value.Parser).Parse([]byte(`{"` + long + `":1,"b":2}`))
	if err != nil {
		t.Fatal(err)
	}
	if d.Detect(doc, 0) != s || !d.PromisingKeys(doc) {
		t.Error("an event with a long key is not found")
	}
}
