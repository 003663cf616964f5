package htmlreport

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestLayOutIndentsAndKeepsNumbers(t *testing.T) {
	got, cut := layOut([]byte(`{"a":1.50,"b":[ ],"c":{"d":[true,null]},"e":"x\"y{"}`))
	want := "{\n  \"a\": 1.50,\n  \"b\": [],\n  \"c\": {\n    \"d\": [\n      true,\n      null\n    ]\n  },\n  \"e\": \"x\\\"y{\"\n}"
	if string(got) != want || cut {
		t.Errorf("got %v %s\nwant %s", cut, got, want)
	}
}

// Long strings are cut between characters and escapes, and the text says how long they are.
func TestLayOutCutsLongStrings(t *testing.T) {
	for _, unit := range []string{"x", "ä", "😀", `\n`, `\u202e`, `\\`} {
		for shift := range 8 {
			text := strings.Repeat("y", shift) + strings.Repeat(unit, 1<<20/len(unit))
			got, cut := layOut([]byte(`{"s":"` + text + `","t":"after"}`))
			if !cut || len(got) > maxString+200 || !bytes.Contains(got, []byte("bytes)")) || !bytes.Contains(got, []byte(`"after"`)) {
				t.Fatalf("%s: cut %v, %d bytes: …%s", unit, cut, len(got), got[max(0, len(got)-80):])
			}
			line, _, _ := strings.Cut(strings.TrimPrefix(string(got), "{\n  \"s\": "), " (cut")
			if !json.Valid([]byte(line)) {
				t.Errorf("%s after %d: a character or an escape was divided: …%s", unit, shift, line[len(line)-20:])
			}
		}
	}
}

func TestLayOutBoundsEvents(t *testing.T) {
	for name, event := range map[string]string{
		"many values": `[` + strings.Repeat(`"abcdefgh",`, 1<<18) + `1]`,
		"deep":        strings.Repeat(`[`, 1<<20),
		"no end":      `{"a":"` + strings.Repeat("x", 1<<20),
		"garbage":     strings.Repeat("\xff]}\"\\", 1<<18),
	} {
		got, cut := layOut([]byte(event))
		if !cut || len(got) > 4*maxEvent {
			t.Errorf("%s: cut %v, %d bytes", name, cut, len(got))
		}
	}
}

func TestLayOutShowsMarksAsEscapes(t *testing.T) {
	got, _ := layOut([]byte("{\"a\":\"\u202eevil\u2028\"}"))
	if want := "{\n  \"a\": \"\\u202eevil\\u2028\"\n}"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzLayOut(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"\u0041"}]}`))
	f.Add([]byte(`"\`))
	f.Fuzz(func(t *testing.T, event []byte) {
		got, cut := layOut(event)
		if !json.Valid(event) || cut {
			return
		}
		var before, after bytes.Buffer
		if json.Compact(&before, event) != nil {
			return
		}
		if err := json.Compact(&after, got); err != nil {
			t.Fatalf("valid text became invalid: %v", err)
		}
		if bytes.IndexFunc(event, func(r rune) bool { return r >= 0x7f }) < 0 && before.String() != after.String() {
			t.Errorf("got %s, want %s", after.Bytes(), before.Bytes())
		}
	})
}
