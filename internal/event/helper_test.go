package event

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"

	"github.com/egret-hunt/egret/internal/value"
)

// outcome is the result of a run: the event ids of each file in the order of their record numbers, and the files.
type outcome struct {
	schemas []string // of the events
	ids     map[string][]string
	files   []*File
	paths   map[string]int64
	err     error
}

func (o *outcome) file(t *testing.T, path string) *File {
	t.Helper()
	var names []string
	for _, f := range o.files {
		if f.Path == path {
			return f
		}
		names = append(names, f.Path)
	}
	t.Fatalf("got no file %s in %q", path, names)
	return nil
}

// all returns the ids of all events, sorted.
func (o *outcome) all() []string {
	var ids []string
	for _, list := range o.ids {
		ids = append(ids, list...)
	}
	slices.Sort(ids)
	return ids
}

func run(t *testing.T, options Options, paths ...string) *outcome {
	t.Helper()
	type numbered struct {
		path   string
		number int64
		id     string
	}
	var mu sync.Mutex
	var events []numbered
	var schemas []string
	reader := NewReader(options)
	err := reader.Run(context.Background(), paths, 2, func(_ int, b *Batch) error {
		mu.Lock()
		defer mu.Unlock()
		var walker value.Walker
		for r := b.Next(); r != nil; r = b.Next() {
			walker.Reset()
			if !json.Valid(r.JSON()) {
				t.Errorf("%s: record %d is not JSON: %.200q", b.File.Path, r.Number, r.JSON())
			}
			if !slices.Contains(schemas, r.Schema.Name) {
				schemas = append(schemas, r.Schema.Name)
			}
			id, _ := r.Schema.AppendEventID(nil, &walker, r.Doc)
			events = append(events, numbered{b.File.Path, r.Number, string(id)})
		}
		return nil
	})
	slices.SortStableFunc(events, func(a, b numbered) int { return int(a.number - b.number) })
	out := &outcome{ids: map[string][]string{}, files: reader.Files(), paths: reader.Paths(), err: err, schemas: schemas}
	for _, e := range events {
		out.ids[e.path] = append(out.ids[e.path], e.id)
	}
	for _, f := range out.files {
		if f.Records != f.Events+f.FailedRecords+f.OtherRecords {
			t.Errorf("%s: the counts do not add up: %d records, %d events, %d failed, %d others", f.Path, f.Records, f.Events, f.FailedRecords, f.OtherRecords)
		}
		if int64(len(out.ids[f.Path])) != f.Events {
			t.Errorf("%s: got %d events delivered, %d counted", f.Path, len(out.ids[f.Path]), f.Events)
		}
		if f.Status == "" {
			t.Errorf("%s has no status", f.Path)
		}
	}
	return out
}

// write creates a file in a new folder and returns its path.
func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.FromSlash(name))
	writeAt(t, path, content)
	return path
}

func writeAt(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// trail returns a CloudTrail event with an id.
func trail(id string) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"GetUser","eventID":%q}`, id)
}

func trails(separator string, ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, trail(id))
	}
	return strings.Join(list, separator)
}

// records returns a CloudTrail file with events of these ids.
func records(ids ...string) string { return `{"Records":[` + trails(",", ids...) + `]}` }

func pretty(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstded(t testing.TB, content []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(content, nil)
}

type member struct{ name, content string }

func zipped(t testing.TB, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		f, err := w.Create(m.name)
		if err == nil {
			_, err = f.Write([]byte(m.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func tarred(t testing.TB, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, m := range members {
		err := w.WriteHeader(&tar.Header{Name: m.name, Mode: 0o600, Size: int64(len(m.content)), Typeflag: tar.TypeReg})
		if err == nil {
			_, err = w.Write([]byte(m.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// utf16Text encodes text as UTF-16, with or without a byte order mark.
func utf16Text(text string, big, mark bool) []byte {
	var out []byte
	unit := func(c rune) {
		if big {
			out = append(out, byte(c>>8), byte(c))
		} else {
			out = append(out, byte(c), byte(c>>8))
		}
	}
	if mark {
		unit(0xfeff)
	}
	for _, c := range text {
		if c > 0xffff {
			c -= 0x10000
			unit(0xd800 + c>>10)
			unit(0xdc00 + c&0x3ff)
			continue
		}
		unit(c)
	}
	return out
}
