package event

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// memoryRemote is a Remote of files in memory.
type memoryRemote struct {
	files   []RemoteFile
	content map[string]string
	listErr error
	opened  func(context.Context, RemoteFile) (io.ReadCloser, error) // nil: the content
}

func (m *memoryRemote) List(_ context.Context, path string, _, _ time.Time, found func(RemoteFile) error) error {
	for _, f := range m.files {
		if strings.HasPrefix(f.Path, path) {
			if err := found(f); err != nil {
				return err
			}
		}
	}
	return m.listErr
}

func (m *memoryRemote) Open(ctx context.Context, file RemoteFile) (io.ReadCloser, error) {
	if m.opened != nil {
		return m.opened(ctx, file)
	}
	return io.NopCloser(strings.NewReader(m.content[file.Path])), nil
}

func newMemoryRemote(content map[string]string) *memoryRemote {
	m := &memoryRemote{content: content}
	for path, text := range content {
		m.files = append(m.files, RemoteFile{Path: path, Size: int64(len(text)), Version: "1"})
	}
	return m
}

// TestRemoteFilesAreReadAsLocalOnesAre checks that remote and local files can be combined, and that each is read once,
// in the order of the paths.
func TestRemoteFilesAreReadAsLocalOnesAre(t *testing.T) {
	local := write(t, "l.json", []byte(records("local")))
	const key = "s3://b/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/111122223333_CloudTrail_eu-west-1_20260102T0305Z_x.json.gz"
	remote := newMemoryRemote(map[string]string{
		key: string(gzipped(t, []byte(records("r1", "r2")))), "s3://b/c.zip": string(zipped(t, member{"m.json", records("m")})),
		"s3://b/d.json": records("d"), "s3://b/empty.json": "",
	})
	remote.files = append(remote.files, RemoteFile{Path: "s3://b/cold", Status: Skipped, Reason: "archived"})
	o := run(t, Options{Remote: remote}, "s3://b/d", local, "s3://b/")
	if got := strings.Join(o.all(), " "); got != "d local m r1 r2" {
		t.Errorf("events %s", got)
	}
	var paths []string
	for _, f := range o.files {
		paths = append(paths, f.Path)
	}
	if got, want := strings.Join(paths, " "), "s3://b/d.json "+local+" "+key+" s3://b/c.zip s3://b/c.zip!m.json s3://b/cold s3://b/empty.json"; got != want {
		t.Errorf("files %s, want %s", got, want)
	}
	f := o.file(t, key)
	if f.Bucket.Account != "111122223333" || f.Bucket.Region != "eu-west-1" || f.Status != Read || len(f.SHA256) != 64 || f.Bytes == 0 {
		t.Errorf("got %+v", f)
	}
	if f := o.file(t, "s3://b/cold"); f.Status != Skipped || f.Reason != "archived" {
		t.Errorf("got %+v", f)
	}
	// Without a Remote such a path is an ordinary path.
	if f := run(t, Options{}, "s3://b/d").file(t, "s3://b/d"); f.Reason != "no such file or folder" {
		t.Errorf("got %+v", f)
	}
}

// TestRemoteFaultsAreOfTheirFile checks that faults are reported for their file, whether it is prefetched or streamed.
func TestRemoteFaultsAreOfTheirFile(t *testing.T) {
	big := strings.Repeat(trail("big")+"\n", 200_000)
	remote := newMemoryRemote(map[string]string{
		"s3://b/absent": "x", "s3://b/absent-big": big, "s3://b/archived": "x", "s3://b/archived-big": big, "s3://b/cut": records("c"),
		"s3://b/cut-big": big, "s3://b/good": records("g"),
	})
	remote.opened = func(_ context.Context, f RemoteFile) (io.ReadCloser, error) {
		content := strings.NewReader(remote.content[f.Path])
		switch name, _, _ := strings.Cut(strings.TrimPrefix(f.Path, "s3://b/"), "-"); name {
		case "absent":
			return nil, errors.New("it is gone")
		case "archived":
			return nil, fmt.Errorf("wrapped: %w", &SkippedError{"archived"})
		case "cut":
			return io.NopCloser(io.MultiReader(io.LimitReader(content, f.Size/2), failing{})), nil
		default:
			return io.NopCloser(content), nil
		}
	}
	remote.listErr = errors.New("the rest cannot be listed")
	o := run(t, Options{Remote: remote}, "s3://b/", "s3://none/")
	for path, want := range map[string]string{
		"absent": "failed: it is gone", "absent-big": "failed: it is gone", "archived": "skipped: archived", "archived-big": "skipped: archived",
		"cut": "failed: the line went dead", "cut-big": "partial: the line went dead", "good": "read: ", "": "failed: the rest cannot be listed",
	} {
		if f := o.file(t, "s3://b/"+path); string(f.Status)+": "+f.Reason != want {
			t.Errorf("%s is %s: %s, want %s", path, f.Status, f.Reason, want)
		}
	}
	remote.listErr = nil
	if f := run(t, Options{Remote: remote}, "s3://none/").file(t, "s3://none/"); f.Status != Failed || f.Reason != "nothing to read here" {
		t.Errorf("got %+v", f)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the line went dead") }

// TestFetchedBytesAreBounded checks that the bytes that are fetched but not read yet reach the limit and never exceed
// it. A file takes the next power of two.
func TestFetchedBytesAreBounded(t *testing.T) {
	const size, count, limit, most = 300 << 10, 60, 10 << 20, 20
	content := map[string]string{}
	for i := range count {
		text := records(fmt.Sprint(i))
		content[fmt.Sprintf("s3://b/%02d", i)] = text + strings.Repeat(" ", size-len(text))
	}
	remote := newMemoryRemote(content)
	var opened, read, peak atomic.Int64
	full := make(chan struct{})
	var once sync.Once
	remote.opened = func(_ context.Context, f RemoteFile) (io.ReadCloser, error) {
		n := opened.Add(1) - read.Load()
		for m := peak.Load(); n > m && !peak.CompareAndSwap(m, n); m = peak.Load() {
		}
		if n == most {
			once.Do(func() { close(full) })
		}
		return io.NopCloser(strings.NewReader(content[f.Path])), nil
	}
	reader := NewReader(Options{Remote: remote, FetchMemory: limit})
	err := reader.Run(context.Background(), []string{"s3://b/"}, 1, func(_ int, b *Batch) error {
		<-full // nothing is read until no more can be fetched
		for r := b.Next(); r != nil; r = b.Next() {
		}
		read.Add(1) // before its memory is released
		return nil
	})
	if err != nil || opened.Load() != count || peak.Load() != most {
		t.Errorf("got %d opened, at most %d at a time, %v", opened.Load(), peak.Load(), err)
	}
}

// TestFilesInFlight checks that the requested number of files is open at a time, however few the workers are.
func TestFilesInFlight(t *testing.T) {
	content := map[string]string{}
	for i := range 30 {
		content[fmt.Sprintf("s3://b/%02d", i)] = records(fmt.Sprint(i))
	}
	remote := newMemoryRemote(content)
	arrived := make(chan struct{}, len(content))
	all := make(chan struct{})
	go func() {
		for range 20 {
			<-arrived
		}
		close(all)
	}()
	remote.opened = func(_ context.Context, f RemoteFile) (io.ReadCloser, error) {
		arrived <- struct{}{}
		<-all
		return io.NopCloser(strings.NewReader(content[f.Path])), nil
	}
	if o := run(t, Options{Remote: remote, Fetches: 20}, "s3://b/"); len(o.all()) != 30 {
		t.Errorf("got %d events", len(o.all()))
	}
}

// TestStoppingARemoteRun checks that a stop leaves the remaining files unread and does not wait for open ones.
func TestStoppingARemoteRun(t *testing.T) {
	content := map[string]string{}
	for i := range 100 {
		content[fmt.Sprintf("s3://b/%02d", i)] = records(fmt.Sprint(i))
	}
	remote := newMemoryRemote(content)
	ctx, cancel := context.WithCancel(context.Background())
	remote.opened = func(ctx context.Context, f RemoteFile) (io.ReadCloser, error) {
		if f.Path > "s3://b/50" {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return io.NopCloser(strings.NewReader(content[f.Path])), nil
	}
	reader := NewReader(Options{Remote: remote, Fetches: 200})
	err := reader.Run(ctx, []string{"s3://b/"}, 1, func(_ int, b *Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	status := map[Status]int{}
	for _, f := range reader.Files() {
		status[f.Status]++
	}
	if status[Read] == 0 || status[Unread] == 0 || status[Failed]+status[""] > 0 {
		t.Errorf("got %v", status)
	}
}

func TestFolderDays(t *testing.T) {
	for path, want := range map[string]string{
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2026/02/03/": "day 2026-02-03 2026-02-04",
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2026/12":     "month 2026-12-01 2027-01-01",
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2024/":       "year 2024-01-01 2025-01-01",
		"AWSLogs/111122223333/vpcdnsquerylogs/vpc-1/2026/02/03": "day 2026-02-03 2026-02-04",
		"case/eu-west-1/2026/02/03":                             "day 2026-02-03 2026-02-04",
		"x/year=2026/month=2/day=03/":                           "day 2026-02-03 2026-02-04",
		"x/year=2026/month=02":                                  "month 2026-02-01 2026-03-01",
		"x/year=2026":                                           "year 2026-01-01 2027-01-01",
		// These only look like dates.
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2026/02/30": "",
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2026/2/3":   "",
		"AWSLogs/111122223333/WAFLogs/eu-west-1/2026":          "", // a web ACL may have this name
		"AWSLogs/111122223333/vpcdnsquerylogs/2026":            "",
		"case/eu-west-1/2026":                                  "",
		"collected/2026/02/03":                                 "",
		"x/year=2026/month=02/day=xx":                          "",
		"x/day=03":                                             "", "2026/02/03": "", "": "",
	} {
		got := ""
		if d, ok := FolderDays(path); ok {
			got = d.Unit + " " + d.Start.Format(time.DateOnly) + " " + d.End.Format(time.DateOnly)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// TestDaysOfARange checks that the day after the range is read, since delivery is late, and no day before it.
func TestDaysOfARange(t *testing.T) {
	at := func(text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		when, err := time.Parse("2006-01-02T15", text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, tt := range []struct {
		path, from, to  string
		outside, inside bool
	}{
		{"2026/02/01", "2026-02-02T05", "2026-02-03T06", true, false}, {"2026/02/02", "2026-02-02T05", "2026-02-03T06", false, true},
		{"2026/02/04", "2026-02-02T05", "2026-02-03T06", false, true}, {"2026/02/05", "2026-02-02T05", "2026-02-03T06", true, false},
		{"2026/02", "2026-02-02T05", "2026-02-03T06", false, false}, {"2026/02", "2026-02-01T23", "2026-02-27T00", false, true},
		{"2026/02", "2026-02-01T00", "2026-02-26T23", false, false}, {"2026/02", "", "2026-01-31T10", false, false},
		{"2026/02", "", "2026-01-30T10", true, false}, {"2026", "2025-12-31T10", "", false, true}, {"2025", "2026-01-01T00", "", true, false},
		{"2025", "", "", false, true},
	} {
		d, ok := FolderDays("AWSLogs/x/eu-west-1/" + tt.path)
		if outside, inside := d.Outside(at(tt.from), at(tt.to)), d.Inside(at(tt.from), at(tt.to)); !ok || outside != tt.outside || inside != tt.inside {
			t.Errorf("%+v: outside %t, inside %t", tt, outside, inside)
		}
	}
}
