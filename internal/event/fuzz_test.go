package event

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
)

// readAll reads text from standard input and checks what must hold for any text: no panic, only complete JSON as
// events, and counts that add up.
func readAll(t *testing.T, content []byte, chunk int) (events []string, failed int64) {
	t.Helper()
	reader := NewReader(Options{Stdin: bytes.NewReader(content), Limits: Limits{Chunk: chunk, Record: 1 << 16, RatioFrom: 1 << 20, Bytes: 8 << 20}})
	err := reader.Run(t.Context(), []string{"-"}, 1, func(_ int, b *Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			if !json.Valid(r.JSON()) {
				t.Fatalf("no JSON: %q", r.JSON())
			}
			events = append(events, string(r.JSON()))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, f := range reader.Files() {
		if f.Status == "" || f.Records != f.Events+f.FailedRecords+f.OtherRecords || len(f.Failures) > maxFailures {
			t.Fatalf("the counts do not add up: %+v", f)
		}
		for _, failure := range f.Failures {
			if failure.Offset < 0 || failure.Offset > f.ContentBytes {
				t.Fatalf("got a failure outside the file: %+v", f)
			}
		}
		total += f.Events
		failed += f.FailedRecords
	}
	if total != int64(len(events)) {
		t.Fatalf("got %d events counted, %d delivered", total, len(events))
	}
	return events, failed
}

// FuzzText checks that text without faults gives the same events for any chunk size, and that no text causes a panic.
func FuzzText(f *testing.F) {
	abc := []string{"a", "b", "c"}
	for _, seed := range []string{
		records(abc...), "[" + trails(",\n", abc...) + "]", trails("\n", abc...), trails("", abc...), `{"a":{"b":[1,"x]}\"",{}]}}`,
		`{"hits":{"hits":[{"_source":` + trail("a") + `}]}}`, `{"Events":[{"CloudTrailEvent":` + quoted(trail("a")) + `}]}`,
		`{"a":{"b":[` + trail("a") + `]},"c":` + quoted(`[`+trail("b")+`]`) + `,"d":"` + packed(f, subscription(trail("c"))) + `"}`,
		`{"message":` + quoted(trail("a")[:50]) + `,"x":[` + quoted(trail("b")) + `,{"y":"eyJ` + strings.Repeat("A", 40) + `"}]}`,
		"2026-01-02T03:04:05Z " + trail("a") + "\n", `{"results":[[{"field":"@message","value":` + quoted(trail("a")) + `}]]}`,
		`[{"eventVersion": oops},` + trails(",", abc...) + `]`, "\xef\xbb\xbf\x1e" + trail("a") + "\nx\n", "[[[", `{"Records":[` + trail("a"), "\\\"{", `{"x":"\`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if shape, _ := sniff(content, true); shape != linesShape && shape != valuesShape {
			return
		}
		if bytes.Count(content, []byte{'\n'}) > 200 {
			return // with more faults the reader may give up on a file early, at a position that depends on the chunks
		}
		whole, failed := readAll(t, content, 1<<20)
		for _, chunk := range []int{1024, 1500} {
			shape, _ := sniff(content[:min(len(content), chunk)], len(content) < chunk)
			if want, _ := sniff(content, true); shape != want {
				continue // a first line longer than a chunk cannot show the format of the file
			}
			if pieces, _ := readAll(t, content, chunk); failed == 0 && !slices.Equal(pieces, whole) {
				t.Fatalf("with chunks of %d bytes: got %q, want %q as for the whole", chunk, pieces, whole)
			}
		}
	})
}

// FuzzPacked reads arbitrary bytes after the first bytes of gzip, zstd, zip and tar.
func FuzzPacked(f *testing.F) {
	content := []byte(records("a", "b"))
	f.Add(gzipped(f, content))
	f.Add(zstded(f, content))
	f.Add(zipped(f, member{"a.json", records("a")}, member{"b.json.gz", string(gzipped(f, content))}))
	f.Add(tarred(f, member{"a.json", records("a")}, member{"b.json.gz", string(gzipped(f, content))}))
	f.Add(gzipped(f, tarred(f, member{"a.json", records("a")})))
	f.Add(utf16Text(records("a"), false, true))
	f.Add(utf16Text(records("a"), true, false))
	f.Fuzz(func(t *testing.T, content []byte) { readAll(t, content, 1024) })
}

// FuzzUTF16 checks that valid UTF-16 decodes to the original text, and that no input blocks the reader.
func FuzzUTF16(f *testing.F) {
	f.Add("{\"a\":\"ü😀\"}", true)
	f.Add("", false)
	f.Fuzz(func(t *testing.T, text string, big bool) {
		text = strings.ToValidUTF8(text, "\ufffd")
		order := "UTF-16LE"
		if big {
			order = "UTF-16BE"
		}
		got, err := io.ReadAll(newUTF16Reader(bytes.NewReader(utf16Text(text, big, false)), order))
		if err != nil || string(got) != text {
			t.Fatalf("%q, %v; want %q", got, err, text)
		}
		if _, err := io.ReadAll(newUTF16Reader(strings.NewReader(text), order)); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzScanner checks that the scanner ends a valid value where the standard library does, however the input is split.
func FuzzScanner(f *testing.F) {
	f.Add([]byte(`{"a":["\\\"]",{}]} x`), 3)
	f.Add([]byte(`"\\" `), 2)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		var value json.RawMessage
		if len(text) == 0 || classes[text[0]] == plain || classes[text[0]] == closing || decoder.Decode(&value) != nil {
			return
		}
		var whole, parts scanner
		end, done := whole.run(text, 0)
		if !done || end != len(value) {
			t.Fatalf("got end %d %v, want %d", end, done, len(value))
		}
		if cut = min(max(cut, 0), len(text)); cut < len(value) {
			i, done := parts.run(text[:cut], 0)
			if i != cut || done {
				t.Fatalf("got an end of the part of %d bytes at %d, %v", cut, i, done)
			}
			if i, done = parts.run(text, cut); i != end || !done {
				t.Fatalf("in two parts: got end %d %v, want %d", i, done, end)
			}
		}
	})
}
