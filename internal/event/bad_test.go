package event

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestBadInput checks that good records are delivered and bad ones are reported.
func TestBadInput(t *testing.T) {
	abc := []string{"a", "b", "c"}
	many := make([]string, 2000)
	for i := range many {
		many[i] = fmt.Sprintf("%04d", i)
	}
	packed := gzipped(t, []byte(trails("\n", many...)))
	corrupt := slices.Clone(packed)
	corrupt[len(corrupt)-6] ^= 1 // in the checksum
	long := `{"eventName":"` + strings.Repeat("x", 100_000) + `"}`
	for _, test := range []struct {
		name, content string
		want          []string // events; nil: some of many, but not all
		status        Status
		reason        string
		failed        int64
	}{
		{"empty", "", []string{}, Failed, "empty", 0},
		{"blank", " \n\n", []string{}, Failed, "empty", 0},
		{"empty gzip", string(gzipped(t, nil)), []string{}, Failed, "empty", 0},
		{"no records", `{"Records":[]}`, []string{}, Read, "contains no records", 0},
		{"truncated gzip", string(packed[:len(packed)/2]), nil, Partial, "cut off", 1},
		{"gzip cut in its header", string(packed[:5]), []string{}, Failed, "cut off", 0},
		{"gzip with a wrong checksum", string(corrupt), many, Partial, "checksum", 0},
		{"gzip with something after it", string(gzipped(t, []byte(records(abc...)))) + "something else", abc, Partial, "the data after the gzip data", 0},
		{"truncated zstd", string(zstded(t, []byte(trails("\n", many...)))[:200]), []string{}, Failed, "cut off", 0},
		{"zip without its end", string(zipped(t, member{"a", records("a")})[:60]), []string{}, Failed, "damaged", 0},
		{"cut record", records(abc...)[:len(records(abc...))-30], []string{"a", "b"}, Partial, "ends within the record", 1},
		{"cut list", records("a", "b")[:len(records("a", "b"))-2], []string{"a", "b"}, Partial, "ends within the list", 1},
		{"cut last line", trails("\n", abc...)[:len(trails("\n", abc...))-9], []string{"a", "b"}, Partial, "invalid JSON", 1},
		{"cut document", pretty(t, trail("a")) + pretty(t, trail("b"))[:40], []string{"a"}, Partial, "cut off", 1},
		{"bad line", trail("a") + "\n{\"eventName\": oops}\n" + trail("b") + "\n", []string{"a", "b"}, Partial, "record 1 at byte", 1},
		{"line without its end", trail("a") + "\n" + trail("x")[:40] + "\n" + trail("b") + "\n", []string{"a", "b"}, Partial, "record 1 at byte", 1},
		{"heading above lines", "# exported by a tool\n" + trail("a") + "\n" + trail("b") + "\n", []string{"a", "b"}, Partial, "record 0 at byte 0", 1},
		{"first line cut", trail("x")[:50] + "\n" + trail("a") + "\n" + trail("b") + "\n", []string{"a", "b"}, Partial, "record 0 at byte 0", 1},
		{"text between lines", trail("a") + "\nhello, world\n" + trail("b") + "\n", []string{"a", "b"}, Partial, "record 1 at byte", 1},
		{"text between documents", pretty(t, trail("a")) + "\nhello, world\n" + pretty(t, trail("b")), []string{"a", "b"}, Partial, "record 1 at byte", 1},
		{"bad element", `[` + trail("a") + `,{"eventVersion": oops},` + trail("b") + `]`, []string{"a", "b"}, Partial, "record 1 at byte", 1},
		{"element without its bracket", `{"Records":[` + trail("a") + "," + strings.TrimSuffix(trail("x"), "}") + "," + trail("b") + `]}`, []string{"a", "b"}, Partial, "record 1 at byte", 1},
		{"element without its quote", `{"Records":[` + trail("a") + `,{"eventVersion":"1.08,"x":1},` + trail("b") + "," + trail("c") + `]}`, abc, Partial, "record 1 at byte", 1},
		{"document without its bracket", pretty(t, trail("a")) + "\n" + strings.TrimSuffix(pretty(t, trail("x")), "}") + pretty(t, trail("b")), []string{"a", "b"}, Partial, "record 1 at byte", 1},
		{"long line", trail("a") + "\n" + long + "\n" + trail("b") + "\n", []string{"a", "b"}, Partial, "longer than 64 KiB", 1},
		{"long last line", trail("a") + "\n" + long, []string{"a"}, Partial, "longer than 64 KiB", 1},
		{"long element", `{"Records":[` + trail("a") + "," + long + "," + trail("b") + `]}`, []string{"a", "b"}, Partial, "longer than 64 KiB", 1},
		{"long document", pretty(t, trail("a")) + "\n" + pretty(t, long) + "\n" + pretty(t, trail("b")), []string{"a", "b"}, Partial, "longer than 64 KiB", 1},
		{"long element without an end", `{"Records":[` + trail("a") + `,{"x":"` + strings.Repeat("y", 200_000), []string{"a"}, Partial, "cut off", 1},
		{"long value after a list", `{"Records":[` + trail("a") + `],"x":"` + strings.Repeat("y", 200_000) + `"}` + records("b", "c"), abc, Read, "", 0},
		{"deep nesting", trail("a") + "\n" + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "\n" + trail("b") + "\n", []string{"a", "b"}, Partial, "nested deeper", 1},
		{"deep element", "[" + trail("a") + "," + strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000) + "," + trail("b") + "]", []string{"a", "b"}, Partial, "nested deeper", 1},
		{"other encoding", strings.Replace(records(abc...), "GetUser", "Get\xfcser", 1), abc, Read, "", 0},
		{"broken utf-16", string(utf16Text(records("a"), false, true)) + "x", []string{"a"}, Partial, "record 1", 1},
		{"only garbage", "{\"a\"]}}]{{{\n\"", []string{}, Failed, "", -1},
		{"packed too often", string(gzipped(t, gzipped(t, gzipped(t, gzipped(t, gzipped(t, []byte(records("a")))))))), []string{}, Failed, "packed more than 4 times", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, chunk := range []int{0, 512} {
				good := write(t, "good.json", []byte(records("zz")))
				path := write(t, "f", []byte(test.content))
				out := run(t, Options{Limits: Limits{Chunk: chunk, Record: 64 << 10}}, path, good)
				f := out.file(t, path)
				if f.Status != test.status || !strings.Contains(f.Reason, test.reason) || f.FailedRecords != test.failed && test.failed >= 0 {
					t.Errorf("chunk %d: %+v", chunk, f)
				}
				if test.want != nil && !slices.Equal(out.ids[path], test.want) && len(test.want)+len(out.ids[path]) > 0 {
					t.Errorf("chunk %d: got %d events %.200q", chunk, len(out.ids[path]), out.ids[path])
				}
				if n := len(out.ids[path]); test.want == nil && (n == 0 || n == len(many) || !slices.Equal(out.ids[path], many[:n])) {
					t.Errorf("chunk %d: got %d events", chunk, n)
				}
				if !slices.Equal(out.ids[good], []string{"zz"}) {
					t.Error("the next file was not read")
				}
				if f.SHA256 == "" {
					t.Error("got no hash")
				}
			}
		})
	}
}

// A failure names the byte at which its record begins, whatever the chunk size.
func TestFailuresHaveTheirPosition(t *testing.T) {
	const broken = `{"eventVersion": oops}`
	for name, content := range map[string]string{
		"lines":    strings.Repeat(trail("a")+"\n", 40) + broken + "\n" + strings.Repeat(trail("a")+"\n", 40),
		"elements": "[" + strings.Repeat(trail("a")+", ", 40) + broken + strings.Repeat(","+trail("a"), 40) + "]",
	} {
		for _, chunk := range []int{0, 600, 2000} {
			path := write(t, "f", []byte(content))
			f := run(t, Options{Limits: Limits{Chunk: chunk}}, path).file(t, path)
			if len(f.Failures) != 1 || f.Failures[0].Record != 40 || f.Failures[0].Offset != int64(strings.Index(content, broken)) {
				t.Errorf("%s in pieces of %d: %+v", name, chunk, f.Failures)
			}
		}
	}
}

func TestAFileCalledJSONMustBeJSON(t *testing.T) {
	for name, want := range map[string]Status{"a.json": Failed, "a.jsonl.gz": Failed, "a.txt": Skipped, "json": Skipped} {
		path := write(t, name, []byte("hello there"))
		if f := run(t, Options{}, path).file(t, path); f.Status != want || f.Reason != noJSON {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

// TestHundredMegabyteLine reads a line of 100 MB with the default limits in bounded memory.
func TestHundredMegabyteLine(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 100 MB")
	}
	content := make([]byte, 0, 101<<20)
	content = append(content, trail("a")+"\n{\"x\":\""...)
	for range 100 << 10 {
		content = append(content, strings.Repeat("y", 1024)...)
	}
	content = append(content, "\"}\n"+trail("b")+"\n"...)
	path := write(t, "f", content)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out := run(t, Options{}, path)
	runtime.ReadMemStats(&after)
	if f := out.file(t, path); f.FailedRecords != 1 || !slices.Equal(out.ids[path], []string{"a", "b"}) || !strings.Contains(f.Reason, "longer than 16 MiB") {
		t.Errorf("got %q, %+v", out.ids[path], f)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("allocated %d MB", used>>20)
	}
}

func TestBombs(t *testing.T) {
	zeros := []byte(trail("a") + "\n" + strings.Repeat(" ", 4<<20) + "\n")
	for name, content := range map[string][]byte{
		"ratio":  gzipped(t, zeros),
		"nested": gzipped(t, gzipped(t, zeros)),
		"zstd":   zstded(t, zeros),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "f", content)
			f := run(t, Options{Limits: Limits{RatioFrom: 1 << 20}}, path).file(t, path)
			if f.Status != Partial || !strings.Contains(f.Reason, "more than 200 times its size") || f.Events != 1 {
				t.Errorf("got %+v", f)
			}
		})
	}
	t.Run("size", func(t *testing.T) {
		path := write(t, "f", gzipped(t, zeros))
		f := run(t, Options{Limits: Limits{Bytes: 1 << 20}}, path).file(t, path)
		if f.Status != Partial || !strings.Contains(f.Reason, "more than 1 MiB, the limit for one file") {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("zip member", func(t *testing.T) {
		path := write(t, "f", zipped(t, member{"z", string(zeros)}, member{"good", records("b")}))
		out := run(t, Options{Limits: Limits{RatioFrom: 1 << 20}}, path)
		if f := out.file(t, path+"!z"); f.Status != Partial || !strings.Contains(f.Reason, "bomb") {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("members", func(t *testing.T) {
		path := write(t, "f", tarred(t, member{"a", records("a")}, member{"b", records("b")}, member{"c", records("c")}))
		out := run(t, Options{Limits: Limits{Members: 2}}, path)
		if f := out.file(t, path); f.Status != Partial || !strings.Contains(f.Reason, "more than 2 members") || !slices.Equal(out.all(), []string{"a", "b"}) {
			t.Errorf("got %q, %+v", out.all(), f)
		}
	})
}

func TestPathsThatCannotBeRead(t *testing.T) {
	good := write(t, "good.json", []byte(records("a")))
	empty := t.TempDir()
	missing := good + ".missing"
	out := run(t, Options{}, missing, empty, good, empty+"/*.json", "[")
	for path, want := range map[string]string{
		missing: "no such file", empty: "nothing to read", empty + "/*.json": "no file matches", "[": "malformed",
	} {
		if f := out.file(t, path); f.Status != Failed || !strings.Contains(f.Reason, want) {
			t.Errorf("%s: got %+v", path, f)
		}
	}
	if !slices.Equal(out.all(), []string{"a"}) {
		t.Errorf("events %q", out.all())
	}
	if os.Geteuid() == 0 {
		return // root may be able to read everything
	}
	secret := write(t, "secret.json", []byte(records("a")))
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	if f := run(t, Options{}, secret).file(t, secret); f.Status != Failed || !strings.Contains(f.Reason, "permission denied") {
		t.Errorf("got %+v", f)
	}
}

func TestStopping(t *testing.T) {
	var paths []string
	for range 20 {
		paths = append(paths, write(t, "f", []byte(strings.Repeat(trail("a")+"\n", 5000))))
	}
	cause := errors.New("enough")
	for name, stop := range map[string]func(cancel func()) error{
		"by the context": func(cancel func()) error { cancel(); return nil },
		"by an error":    func(func()) error { return cause },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			reader := NewReader(Options{Limits: Limits{Chunk: 4096}})
			err := reader.Run(ctx, paths, 2, func(_ int, b *Batch) error {
				for b.Next() != nil {
				}
				return stop(cancel)
			})
			if !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			partial, unread := 0, 0
			for _, f := range reader.Files() {
				switch f.Status {
				case Partial:
					partial++
				case Unread:
					unread++
				}
			}
			if len(reader.Files()) != 20 || partial == 0 || unread < 15 {
				t.Errorf("got %d files, %d partial, %d unread", len(reader.Files()), partial, unread)
			}
		})
	}
}

// An input that blocks forever must not delay the end of a run.
func TestStoppingWithABlockedInput(t *testing.T) {
	source, feed := io.Pipe()
	defer feed.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		fmt.Fprint(feed, trails("\n", "a", "b")+"\n") // returns once it was read
		cancel()
	}()
	reader := NewReader(Options{Stdin: source})
	err := reader.Run(ctx, []string{"-"}, 2, func(_ int, b *Batch) error {
		for b.Next() != nil {
		}
		return nil
	})
	if f := reader.Files()[0]; !errors.Is(err, context.Canceled) || f.Status != Partial || f.Reason != stopped {
		t.Errorf("%v, %+v", err, f)
	}
}
