package event

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFolders(t *testing.T) {
	root := t.TempDir()
	for path, content := range map[string]string{
		"b.json": records("b"), "a/1.json": records("a1"), "a/2.json.gz": string(gzipped(t, []byte(records("a2")))), "notes.txt": "hello",
		"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/02/d.json.gz":    "x",
		"AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/01/02/i.json.gz":   "x",
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/02/c.json":              records("c"),
		"111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260102T030405Z.gz": "x", ".git/config": "x",
	} {
		writeAt(t, filepath.Join(root, filepath.FromSlash(path)), []byte(content))
	}
	if err := os.Symlink(root, filepath.Join(root, "a", "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "b.json"), filepath.Join(root, "again.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "nowhere"), filepath.Join(root, "dangling.json")); err != nil {
		t.Fatal(err)
	}
	out := run(t, Options{}, root, filepath.Join(root, "b.json"), root)
	if want := []string{"a1", "a2", "b", "c"}; !slices.Equal(out.all(), want) {
		t.Errorf("got events %q, want %q: each file once", out.all(), want)
	}
	var paths []string
	for _, f := range out.files {
		paths = append(paths, f.Path)
	}
	for path, want := range map[string]string{
		"notes.txt": "text of unknown form", ".git": "version control", "dangling.json": "no such file",
		"AWSLogs/111122223333/CloudTrail-Digest":                                   "digest",
		"AWSLogs/111122223333/CloudTrail-Insight":                                  "Insights",
		"111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260102T030405Z.gz": "digest",
	} {
		f := out.file(t, filepath.Join(root, filepath.FromSlash(path)))
		if f.Status != Skipped && path != "dangling.json" || !strings.Contains(f.Reason, want) {
			t.Errorf("%s: got %s, %s", path, f.Status, f.Reason)
		}
	}
	if again := run(t, Options{}, root); len(again.files) != len(out.files) {
		t.Errorf("got %d files, then %d", len(out.files), len(again.files))
	}
	if !slices.IsSortedFunc(paths, func(a, b string) int { // folder by folder
		return slices.Compare(strings.Split(a, string(filepath.Separator)), strings.Split(b, string(filepath.Separator)))
	}) {
		t.Errorf("got unsorted files %q", paths)
	}
}

func TestGlobs(t *testing.T) {
	root := t.TempDir()
	for _, path := range []string{"a/1.json", "a/b/2.json", "c/3.json", "c/4.txt", "odd[1].json"} {
		writeAt(t, filepath.Join(root, filepath.FromSlash(path)), []byte(records(path)))
	}
	for _, test := range []struct {
		pattern string
		want    []string
	}{
		{"*/*.json", []string{"a/1.json", "c/3.json"}},
		{"**/*.json", []string{"a/1.json", "a/b/2.json", "c/3.json", "odd[1].json"}},
		{"a/**/*.json", []string{"a/1.json", "a/b/2.json"}},
		{"?/", []string{"a/1.json", "a/b/2.json", "c/3.json", "c/4.txt"}},
		{"odd[1].json", []string{"odd[1].json"}}, // a file of exactly that name wins over a pattern
	} {
		out := run(t, Options{}, root+"/"+test.pattern)
		if !slices.Equal(out.all(), test.want) {
			t.Errorf("%s: %q, want %q", test.pattern, out.all(), test.want)
		}
	}
}

func TestTimeRangePrunesFoldersByDay(t *testing.T) {
	root := t.TempDir()
	day := func(prefix, d string) string { return prefix + "/2026/01/" + d + "/f.json" }
	for _, d := range []string{"01", "02", "03", "04", "05"} {
		writeAt(t, filepath.Join(root, day("AWSLogs/111122223333/CloudTrail/us-east-1", d)), []byte(records("t"+d)))
		writeAt(t, filepath.Join(root, day("us-west-2", d)), []byte(records("w"+d)))
		writeAt(t, filepath.Join(root, day("collected", d)), []byte(records("c"+d))) // not in a bucket's layout: read
	}
	all := func(prefixes string, days ...string) []string {
		var ids []string
		for _, p := range prefixes {
			for _, d := range days {
				ids = append(ids, string(p)+d)
			}
		}
		return ids
	}
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	collected := all("c", "01", "02", "03", "04", "05")
	for _, test := range []struct {
		name     string
		from, to time.Time
		want     []string
	}{
		{"open", time.Time{}, time.Time{}, all("tw", "01", "02", "03", "04", "05")},
		{"a day, and the next for late delivery", at("2026-01-02T10:00:00Z"), at("2026-01-02T12:00:00Z"), all("tw", "02", "03")},
		{"from", at("2026-01-04T00:00:00Z"), time.Time{}, all("tw", "04", "05")},
		{"to", time.Time{}, at("2026-01-01T00:00:01Z"), all("tw", "01", "02")},
		{"another zone", at("2026-01-03T23:00:00-05:00"), time.Time{}, all("tw", "04", "05")},
	} {
		out := run(t, Options{From: test.from, To: test.to}, root)
		want := append(slices.Clone(collected), test.want...)
		slices.Sort(want)
		if !slices.Equal(out.all(), want) {
			t.Errorf("%s: %q, want %q", test.name, out.all(), want)
		}
		if skipped := 15 - len(want); skipped > 0 {
			n := 0
			for _, f := range out.files {
				if f.Status == Skipped && strings.Contains(f.Reason, "time range") {
					n++
				}
			}
			if n != skipped {
				t.Errorf("%s: got %d skipped folders, want %d", test.name, n, skipped)
			}
		}
	}
}

func TestBucket(t *testing.T) {
	at := time.Date(2023, 7, 10, 12, 20, 0, 0, time.UTC)
	for path, want := range map[string]Bucket{
		"x/111122223333_CloudTrail_us-east-1_20230710T1220Z_WMiHxZgr5Hdd6UDc.json":       {"111122223333", "us-east-1", at, "CloudTrail"},
		"111122223333_CloudTrail_us-gov-west-1_20230710T1220Z_a.json.gz":                 {"111122223333", "us-gov-west-1", at, "CloudTrail"},
		"a.zip!b/111122223333_CloudTrail_us-east-1_20230710T1220Z_a.json.gz":             {"111122223333", "us-east-1", at, "CloudTrail"},
		"111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_20230710T122000Z.json": {"111122223333", "us-east-1", at, "CloudTrail-Digest"},
		"111122223333_CloudTrail_us-east-1_yesterday_a.json":                             {},
		"11112222333_CloudTrail_us-east-1_20230710T1220Z_a.json":                         {},
		"events.json": {}, "": {}, "_CloudTrail___": {},
	} {
		if got := parseBucket(path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
}

func TestProgressAddsUp(t *testing.T) {
	a, b := write(t, "a", []byte(records("a"))), write(t, "b", gzipped(t, []byte(records("b", "c"))))
	reader := NewReader(Options{})
	if err := reader.Run(t.Context(), []string{a, b}, 2, func(_ int, b *Batch) error {
		for b.Next() != nil {
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p := reader.Progress()
	if p.TotalBytes != p.ReadBytes || p.TotalBytes == 0 || p.Files != 2 || p.FilesDone != 2 || p.Events != 3 {
		t.Errorf("got %+v", p)
	}
}

// TestRunReturnsTheErrorOfHandle checks that Run returns the error of handle even if the run was stopped just before,
// since events were lost.
func TestRunReturnsTheErrorOfHandle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.json")
	if err := os.WriteFile(path, []byte(`{"Records":[{"eventVersion":"1.08","eventTime":"2026-02-06T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	full := errors.New("no space left on device")
	err := NewReader(Options{}).Run(ctx, []string{path}, 1, func(int, *Batch) error {
		cancel()
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("got error %v, want %v", err, full)
	}
}
