package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// archiveOf packs entries in the layout of a release; a name with " -> " is a hard link.
func archiveOf(t *testing.T, entries ...string) []byte {
	t.Helper()
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	w := tar.NewWriter(zip)
	for _, e := range entries {
		name, target, link := strings.Cut(e, " -> ")
		header := &tar.Header{Name: "trino-server-1/" + name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(e))}
		if link {
			header.Typeflag, header.Linkname, header.Size = tar.TypeLink, "trino-server-1/"+target, 0
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if !link {
			io.WriteString(w, e)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// mirror serves an archive in the layout of Maven and counts requests.
func mirror(t *testing.T, archive []byte) (base string, requests *int) {
	t.Helper()
	requests = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		if r.URL.Path != "/maven/io/trino/trino-server/1/trino-server-1.tar.gz" {
			http.NotFound(w, r)
			return
		}
		w.Write(archive)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/maven/", requests
}

func releaseOf(archive []byte) *release {
	sum := sha256.Sum256(archive)
	return &release{version: "1", sha256: hex.EncodeToString(sum[:]), plugins: []string{"memory"}}
}

func TestInstallKeepsWhatIsNeeded(t *testing.T) {
	archive := archiveOf(t, "lib/a.jar", "plugin/dropped/b.jar", "plugin/memory/b.jar -> plugin/dropped/b.jar", "plugin/memory/a.jar -> lib/a.jar")
	base, requests := mirror(t, archive)
	folder := filepath.Join(t.TempDir(), "cache")
	for range 2 {
		installed, err := releaseOf(archive).install(t.Context(), base, folder, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"lib/a.jar": "lib/a.jar", "plugin/memory/a.jar": "lib/a.jar", "plugin/memory/b.jar": "plugin/dropped/b.jar"} {
			if text, err := os.ReadFile(filepath.Join(installed, name)); string(text) != want || err != nil {
				t.Errorf("%s: %q, error %v", name, text, err)
			}
		}
		if _, err := os.Stat(filepath.Join(installed, "plugin", "dropped")); err == nil {
			t.Error("a plugin that is not needed was kept")
		}
	}
	if *requests != 1 {
		t.Errorf("got %d requests, want 1", *requests)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Errorf("got error %v and entries %v, want the archive and the unpacked release", err, entries)
	}
}

func TestInstallRefuses(t *testing.T) {
	good := archiveOf(t, "plugin/memory/a.jar")
	for _, test := range []struct {
		name    string
		served  []byte
		release *release
		want    string
		left    int // files
	}{
		{"unexpected file", good, releaseOf([]byte("other")), "expected SHA-256", 0},
		{"unknown version", good, &release{version: "2"}, "404", 0},
		{"names outside the folder", archiveOf(t, "../../x"), releaseOf(archiveOf(t, "../../x")), "../../x", 1},
		{"links to the outside", archiveOf(t, "a -> ../../x"), releaseOf(archiveOf(t, "a -> ../../x")), "a", 1},
		{"not an archive", []byte("text"), releaseOf([]byte("text")), "trino-server-1.tar.gz", 1},
	} {
		base, _ := mirror(t, test.served)
		folder := t.TempDir()
		if _, err := test.release.install(t.Context(), base, folder, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v", test.name, err)
		}
		if entries, _ := os.ReadDir(folder); len(entries) != test.left {
			t.Errorf("%s: got leftover files %v", test.name, entries)
		}
	}
}

func TestFindJava(t *testing.T) {
	home := func(version string) string {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "release"), []byte("IMPLEMENTOR=\"x\"\nJAVA_VERSION=\""+version+"\"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	old, right, other := home("17.0.15"), home("25.0.3"), home("25")
	for _, test := range []struct{ java25, javaHome, want string }{
		{"", right, right},
		{other, right, other},
		{old, right, right},
		{"/nowhere", right, right},
		{"", "", other},
	} {
		found, err := findJava(func(name string) string {
			return map[string]string{"JAVA25_HOME": test.java25, "JAVA_HOME": test.javaHome}[name]
		}, []string{other + "*"})
		if err != nil || found != filepath.Join(test.want, "bin", "java") {
			t.Errorf("%+v: %s, error %v", test, found, err)
		}
	}
	t.Setenv("PATH", "")
	_, err := findJava(func(string) string { return old }, []string{old + "*"})
	if err == nil || !strings.Contains(err.Error(), "expected a JDK 25") || !strings.Contains(err.Error(), old+" is Java 17") {
		t.Errorf("error %v", err)
	}
}
