package archive_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/archive"
)

// entry is a file of a test archive; a name that ends with "/" is a folder.
type entry struct {
	name, content string
	mode          fs.FileMode // 0 for a file
}

var good = []entry{{name: "a/"}, {name: "./a/b.yml", content: "x: 1\n"}, {name: "a.yml", content: "y"}, {name: "empty"}}

func small() archive.Limits {
	return archive.Limits{Archive: 1 << 20, Total: 3 << 20, File: 2 << 20, Entries: 8, Depth: 3}
}

func makeZip(t testing.TB, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			header.SetMode(e.mode)
		}
		f, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.content)); err != nil && e.content != "" {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func makeTarGzip(t testing.TB, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	w := tar.NewWriter(packed)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Size: int64(len(e.content)), Mode: 0o644, Typeflag: tar.TypeReg}
		switch {
		case e.mode&fs.ModeSymlink != 0:
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, e.content, 0
		case e.mode&fs.ModeNamedPipe != 0:
			header.Typeflag = tar.TypeFifo
		case strings.HasSuffix(e.name, "/"):
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if header.Size > 0 {
			if _, err := w.Write([]byte(e.content)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var forms = map[string]func(testing.TB, []entry) []byte{"zip": makeZip, "tar.gz": makeTarGzip}

func extract(t testing.TB, data []byte, limits archive.Limits) (archive.Extracted, string, error) {
	t.Helper()
	dir := t.TempDir()
	out, err := archive.ExtractFrom(context.Background(), bytes.NewReader(data), int64(len(data)), dir, limits)
	return out, dir, err
}

func TestExtractWritesFiles(t *testing.T) {
	for form, pack := range forms {
		out, dir, err := extract(t, pack(t, good), small())
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if want := []string{"a/b.yml", "a.yml", "empty"}; !slices.Equal(out.Files, want) || out.Bytes != 6 {
			t.Errorf("%s: got %v, %d bytes, want %v, 6 bytes", form, out.Files, out.Bytes, want)
		}
		for name, want := range map[string]string{"a/b.yml": "x: 1\n", "a.yml": "y", "empty": ""} {
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
				t.Errorf("%s: %s holds %q (%v), want %q", form, name, got, err, want)
			}
		}
	}
}

// TestZipWithTooManyEntriesWritesNothing: its list of entries is known before the first file is written.
func TestZipWithTooManyEntriesWritesNothing(t *testing.T) {
	var entries []entry
	for i := range small().Entries + 1 {
		entries = append(entries, entry{name: fmt.Sprintf("f%d", i), content: "x"})
	}
	_, dir, err := extract(t, makeZip(t, entries), small())
	if err == nil || !strings.Contains(err.Error(), "more than 8 entries") {
		t.Errorf("got error %v, want one about more than 8 entries", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("got %v (%v) in the folder, want nothing", left, err)
	}
}

func TestExtractRefusesHostileEntries(t *testing.T) {
	for _, row := range []struct {
		want    string
		entries []entry
	}{
		{"the path leaves the folder", []entry{{name: "../x", content: "x"}}},
		{"the path leaves the folder", []entry{{name: "a/../../x", content: "x"}}},
		{"the path leaves the folder", []entry{{name: "a/.."}}},
		{"absolute path", []entry{{name: "/etc/x", content: "x"}}},
		{"backslash in the path", []entry{{name: `..\x`, content: "x"}}},
		{"a character in the path that Windows does not allow", []entry{{name: "C:x", content: "x"}}},
		{"a name that Windows reserves", []entry{{name: "a/NUL.yml", content: "x"}}},
		{"a name that ends with a dot or a space", []entry{{name: "a ", content: "x"}}},
		{"empty element in the path", []entry{{name: "a//b", content: "x"}}},
		{"control character in the path", []entry{{name: "a\x1b[2Jb", content: "x"}}},
		{"more than 3 folders deep", []entry{{name: "a/b/c/d", content: "x"}}},
		{"a name of more than 255 bytes", []entry{{name: strings.Repeat("a", 256), content: "x"}}},
		{"another entry has this path", []entry{{name: "a", content: "x"}, {name: "./a", content: "y"}}},
		{"another entry has this path", []entry{{name: "a", content: "x"}, {name: "a/b", content: "y"}}},
		{"another entry has this path", []entry{{name: "a/b", content: "x"}, {name: "a", content: "y"}}},
		{"a link", []entry{{name: "a", content: "/etc", mode: fs.ModeSymlink | 0o777}}},
		{"a link", []entry{{name: "a", content: "..", mode: fs.ModeSymlink | 0o777}, {name: "a/b", content: "y"}}},
		{"neither a file nor a folder", []entry{{name: "a", mode: fs.ModeNamedPipe | 0o644}}},
		{"larger than 2 MB", []entry{{name: "a", content: strings.Repeat("x", 2<<20+1)}}},
		{"the archive unpacks to more than 3 MB", []entry{{name: "a", content: strings.Repeat("x", 2<<20)}, {name: "b", content: strings.Repeat("x", 1<<20+1)}}},
		{"more than 8 entries", []entry{{name: "1"}, {name: "2"}, {name: "3"}, {name: "4"}, {name: "5"}, {name: "6"}, {name: "7"}, {name: "8"}, {name: "9"}}},
	} {
		for form, pack := range forms {
			_, dir, err := extract(t, pack(t, row.entries), small())
			var refused *archive.Error
			if !errors.As(err, &refused) || refused.Reason != row.want {
				t.Errorf("%s, %q: got %v, want %q", form, row.entries[0].name, err, row.want)
			}
			if _, err := os.Lstat(filepath.Join(dir, "..", "x")); err == nil {
				t.Errorf("%s, %q: a file was written outside of the folder", form, row.entries[0].name)
			}
		}
	}
}

// A link that is in the folder already is not followed out of it.
func TestExtractDoesNotFollowLinksInFolder(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "a")); err != nil {
		t.Skip(err)
	}
	data := makeZip(t, []entry{{name: "a/b", content: "x"}})
	if _, err := archive.ExtractFrom(context.Background(), bytes.NewReader(data), int64(len(data)), dir, small()); err == nil {
		t.Error("got no error, want one")
	}
	if _, err := os.Lstat(filepath.Join(outside, "b")); err == nil {
		t.Error("a file was written outside of the folder")
	}
}

func TestExtractRefusesDamagedArchives(t *testing.T) {
	noise := make([]byte, 4000)
	for i, state := 0, uint32(1); i < len(noise); i++ {
		state = state*1664525 + 1013904223
		noise[i] = byte(state >> 24)
	}
	for form, pack := range forms {
		whole := pack(t, []entry{{name: "a", content: string(noise)}})
		for cut := 4; cut < len(whole); cut += 97 {
			_, _, err := extract(t, whole[:cut], small())
			var refused *archive.Error
			if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "damaged") {
				t.Errorf("%s: cut after %d of %d bytes: got %v, want damaged", form, cut, len(whole), err)
			}
		}
		changed := bytes.Clone(whole)
		changed[len(changed)/2] ^= 0x10 // in the content
		if _, _, err := extract(t, changed, small()); err == nil {
			t.Errorf("%s: got no error for a changed content, want one", form)
		}
	}
	for _, text := range []string{"", "x", "plain text"} {
		if _, _, err := extract(t, []byte(text), small()); err == nil || err.Error() != "neither a zip nor a tar.gz archive" {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestExtractRefusesEncryptedEntries(t *testing.T) {
	data := makeZip(t, []entry{{name: "a", content: "secret"}})
	data[6] |= 1                                         // flags of the entry
	data[bytes.Index(data, []byte("PK\x01\x02"))+8] |= 1 // and in the list of entries
	if _, _, err := extract(t, data, small()); err == nil || !strings.Contains(err.Error(), "encrypted") {
		t.Errorf("got %v, want encrypted", err)
	}
}

// Bombs end at the limits, not after unpacking.
func TestExtractStopsAtLimits(t *testing.T) {
	zeros := strings.Repeat("\x00", 64<<20)
	var rest bytes.Buffer
	packed := gzip.NewWriter(&rest)
	if _, err := packed.Write([]byte(zeros)); err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"zip":                 makeZip(t, []entry{{name: "a", content: zeros}}),
		"tar.gz":              makeTarGzip(t, []entry{{name: "a", content: zeros}}),
		"gzip of zeros":       rest.Bytes(),
		"zeros after the end": append(makeTarGzip(t, good), rest.Bytes()...),
	} {
		_, dir, err := extract(t, data, small())
		var refused *archive.Error
		if !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Size() > small().File+1 {
				t.Errorf("%s: %s has %d bytes (%v)", name, e.Name(), info.Size(), err)
			}
		}
	}
	data := makeZip(t, good)
	limits := small()
	limits.Archive = int64(len(data)) - 1
	if _, _, err := extract(t, data, limits); err == nil || !strings.HasPrefix(err.Error(), "larger than") {
		t.Errorf("got %v, want larger than", err)
	}
}

func TestExtractEndsWithContext(t *testing.T) {
	for form, pack := range forms {
		data := pack(t, good)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := archive.ExtractFrom(ctx, bytes.NewReader(data), int64(len(data)), t.TempDir(), small()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want canceled", form, err)
		}
	}
}

func TestExtractNamesMissingFile(t *testing.T) {
	if _, err := archive.Extract(context.Background(), filepath.Join(t.TempDir(), "none.zip"), t.TempDir(), small()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
	if _, err := archive.Extract(context.Background(), t.TempDir(), t.TempDir(), small()); err == nil || err.Error() != "expected a file" {
		t.Errorf("got %v", err)
	}
}

func TestDigestIsThatOfSha256sum(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a/b.yml": "x: 1\n", "a.yml": "y", "z": "", "plugin.yaml": "skipped"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := archive.Digest(os.DirFS(dir), small(), func(path string) bool { return path == "plugin.yaml" })
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", "sha256sum a.yml a/b.yml z | sha256sum")
	cmd.Dir = dir
	want, err := cmd.Output()
	if err != nil {
		t.Skip("sha256sum:", err)
	}
	if want, _, _ := strings.Cut(string(want), " "); got != "sha256:"+want {
		t.Errorf("got %s, want sha256:%s", got, want)
	}
	limits := small()
	limits.Total = 5
	if _, err := archive.Digest(os.DirFS(dir), limits, nil); err == nil {
		t.Error("got no error above the limit, want one")
	}
	if _, err := archive.Digest(fstest.MapFS{"a": {Mode: fs.ModeSymlink}}, small(), nil); err == nil {
		t.Error("got no error for a link, want one")
	}
}

func FuzzExtract(f *testing.F) {
	for _, pack := range forms {
		f.Add(pack(f, good))
		f.Add(pack(f, []entry{{name: "../x", content: "x"}}))
		f.Add(pack(f, []entry{{name: "a", content: "/etc", mode: fs.ModeSymlink | 0o777}, {name: "a/b", content: "y"}}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "in")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		limits := archive.Limits{Archive: 1 << 20, Total: 1 << 16, File: 1 << 15, Entries: 20, Depth: 4}
		out, err := archive.ExtractFrom(context.Background(), bytes.NewReader(data), int64(len(data)), dir, limits)
		if err == nil && (out.Bytes > limits.Total || len(out.Files) > limits.Entries) {
			t.Errorf("%d bytes in %d files", out.Bytes, len(out.Files))
		}
		outside, readErr := os.ReadDir(parent)
		if readErr != nil || len(outside) != 1 {
			t.Errorf("outside of the folder: %v (%v)", outside, readErr)
		}
		walkErr := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !d.Type().IsRegular() {
				t.Errorf("%s is a %v", path, d.Type())
			}
			return err
		})
		if walkErr != nil {
			t.Error(walkErr)
		}
	})
}
