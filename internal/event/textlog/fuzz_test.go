package textlog

import (
	"encoding/json"
	"testing"
)

// FuzzLines checks for any text that an event is valid JSON whose strings are texts of the line, and that a header is
// never an event of its own layout.
func FuzzLines(f *testing.F) {
	for _, test := range examples {
		f.Add("", test.line)
	}
	f.Add("version srcaddr dstaddr srcport dstport", "2 192.0.2.1 192.0.2.2 1 2")
	f.Add("#Fields: date time c-ip sc-status", "2026-01-12\t09:00:00\t192.0.2.1\t200")
	formats := source()
	f.Fuzz(func(t *testing.T, header, line string) {
		layouts := []*Layout{formats.Line([]byte(line))}
		if l := formats.Header([]byte(header)); l != nil {
			layouts = append(layouts, l)
			var r Reader
			r.Use(l)
			if _, kind, _ := r.Read([]byte(header)); kind == Event {
				t.Fatalf("the header %q is an event", header)
			}
		}
		layouts = append(layouts, formats.defaults...)
		for _, l := range layouts {
			if l == nil {
				continue
			}
			var r Reader
			r.Use(l)
			doc, kind, reason := r.Read([]byte(line))
			if (kind == Unfit) != (reason != "") || (kind == Event) != (doc != nil) {
				t.Fatalf("%q: kind %d, reason %q", line, kind, reason)
			}
			if doc == nil {
				continue
			}
			text := doc.AppendJSON(nil, 0)
			var event map[string]json.RawMessage
			if err := json.Unmarshal(text, &event); err != nil {
				t.Fatalf("%q gives %q: %v", line, text, err)
			}
			if len(event) != doc.Len()-1 {
				t.Fatalf("%q: %d members, want %d", line, len(event), doc.Len()-1)
			}
		}
	})
}
