package yamlnode

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// sameNodes returns how a node differs from the library's, "" if it does not.
func sameNodes(got, want *yaml.Node) string {
	if got.Kind != want.Kind || got.Tag != want.Tag || got.Value != want.Value || got.Style != want.Style || got.Line != want.Line ||
		got.Column != want.Column || got.Anchor != want.Anchor || (got.Alias == nil) != (want.Alias == nil) || len(got.Content) != len(want.Content) {
		return fmt.Sprintf("%d:%d %s %q style %d with %d, want %d:%d %s %q style %d with %d", got.Line, got.Column, got.Tag, got.Value, got.Style,
			len(got.Content), want.Line, want.Column, want.Tag, want.Value, want.Style, len(want.Content))
	}
	if got.Alias != nil {
		return sameNodes(got.Alias, want.Alias)
	}
	for i := range got.Content {
		if fault := sameNodes(got.Content[i], want.Content[i]); fault != "" {
			return fault
		}
	}
	return ""
}

// checkQuick compares quick with the library, and reports whether it read the text.
func checkQuick(t *testing.T, text string) bool {
	t.Helper()
	got := quick(text)
	if got == nil {
		return false
	}
	want, err := library(text)
	if err != nil || want == nil {
		t.Errorf("%q: the library says %v", text, err)
		return true
	}
	if fault := sameNodes(got, want); fault != "" {
		t.Errorf("%q: %s", text, fault)
	}
	return true
}

func TestQuickReadsTheUsualPart(t *testing.T) {
	for _, text := range []string{
		"a: b\n", "a: b", "a:\n  b: c\n", "a:\n- b\n- c\nd: e\n", "a:\n  - b: c\n    d: e\n  - f\n", "a: 'it''s'\nb: \"x\" # y\n",
		"a: |\n  x\n\n   y\nb: 1\n", "# c\na: b # d\n\n\nb:  c\n", "a|re: '#'\n", "a.b-c/d: 10.0.0.0/8\n", "a.*: b\n", "a: yes\nb: 0x10\nc: 2024-01-01\nd: 1.5\ne: 2024-13-01\nf: true\ng: 12:30:45\nh: .5\ni: 1_0\n", "a: x#y\n", "a: http://b\n", "a: 12345678-1234-1234-1234-123456789012\nb: 1e345678-1234-1234-1234-123456789012\nc: null\nd: [true, false, null]\n", "a:\n    - 'b'\n    - \"c\"\n",
		"a: >\n  b\n  c\n\n  d\n\n\n  e\n\nf: g\n", "a: >-\n  b\n  c\n\n", "a: |-\n  b\n   c\n\n  d\n\ne: f\n", "a: >-\n  # b\nc: d\n",
		"a: &x b\nc: *x\nd: *x # e\n", "a: &x\n  b: c\nd:\n  - *x\n  - e\n", "a: &x [b]\nc: &x 'd'\ne: *x\n", "a: &x\n- b\nc: *x\n", "a: &x |\n  b\nc: *x\n",
		"- a\n", "- a: b\n", "---\na: b\n", "# a\n---\n\n# b\nc: d\n", "'a b': c\n\"#d\":\n  - '1': e\n  - \"f\": 'g'\n",
		"a: [b]\n", "a: {b: c}\n", "a: [b, 'c', \"d\", 1, true, 10.0.0.0/8] # e\n", "a: []\nb: {}\n", "a: [b, c,]\n", "a:\n  - {b: [c, {d: e}], f: 'g'}\n  - [h]\n",
		"a: [b,\n  c, # d\n  # e\n\n  f]\ng: h\n", "a:\n  [b, c\n  ]\n", "a: {b: é, c: [ü, x#y, http://z]}\nd: e\n", "a: { b: c , d: e }\n", "a: [\n]\n",
	} {
		if !checkQuick(t, text) {
			t.Errorf("%q is left to the library", text)
		}
	}
}

func TestQuickLeavesTheRestToTheLibrary(t *testing.T) {
	for _, text := range []string{
		"", "a: b: c\n", "- &x b\n", "a: *x\n", "a: &x\n  b: *x\n", "a: &x\n", "a: &x b\nc: *x d\n", "a: &x b\nc: [*x]\n", "a: &x b\nc: &y *x\n", "a: &x b\n<<: *x\n", "a: !!str b\n", "a: >\n  b\n   c\n", "a: |+\n  b\n", "a: >2\n  b\n", "a: > # c\n  b\n", "a: >-\n  b", "a: b\n  c\n", "a:\n",
		"a: ~\n", "a: \"\\n\"\n", "a: 'b\n  c'\n", "a:\tb\n", "---\n---\na: b\n", "--- a\n", "---\n", "a: b\n---\n", "a: b\n...\n", "a: b\r\n",
		"a:\n  b: c\n d: e\n", "<<: a\n", "true: a\n", "1: a\n", "a: 'b'c\n", "a: 'b': c\n", "? a\n", "a:\n-b\n", "a: b\n - c\n", "a:\n  - b\n   - c\n", "a: \u2028\n", "a: \xff\n", "a: \u0085\n", "\ufeffa: b\n",
		"a: |\n\n  b\n", "a: |\n  b",
		"a: [b: c]\n", "a: {b}\n", "a: {b: }\n", "a: [b,, c]\n", "a: [b\n  c]\n", "a: [-1]\n", "a: [b]c\n", "a: [b]\n  c\n", "a: [b}\n", "a: [b\n", "a: [b,#c\n]\n", "a: {b: c: d}\n", "a: [*b]\n",
		"a: {1: b}\n", "a: {\"b\":c}\n", "a: [\"\\n\"]\n", "a: [b]: c\n", "[a]\n", "'a' : b\n", "'a':b\n", "\"a\\n\": b\n", "a: [\n...\n]\n", "a: [b ? c]\n", "a: [b:]\n", "a: {b:\n  c}\n",
	} {
		if quick(text) != nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestQuickReadsPublicRules(t *testing.T) {
	shared := os.Getenv("EGRET_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	root := filepath.Join(shared, "data/sigmahq")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no public rules: %v", err)
	}
	read, all, files := 0, 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		if files++; testing.Short() && files%4 > 0 {
			return nil // one file in four with -short: the library takes most of the time
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all++
		if checkQuick(t, string(text)) {
			read++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d files are read", read, all)
	if read*10 < all*8 {
		t.Errorf("only %d of %d files are read, too few to be of use", read, all)
	}
}

// TestQuickReadsEmbeddedSchemas fails when a schema without merged maps is written in a way that makes the start of every process slower.
func TestQuickReadsEmbeddedSchemas(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../schema", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if files++; !checkQuick(t, string(text)) && !strings.Contains(string(text), "<<:") {
			t.Errorf("%s is left to the library", path)
		}
		return nil
	})
	if err != nil || files < 60 {
		t.Errorf("%d files, %v", files, err)
	}
}

// TestQuickOnRandomLines puts lines together that may or may not go together.
func TestQuickOnRandomLines(t *testing.T) {
	pieces := []string{
		"a: b", "a:", "b: 'c'", "b|re: \"c\"", "- d", "- e: f", "- 'g'", "-", "- ", "- - h", "# i", "a: |", "c: |", "a: >-", "c: >", "a: |-", "", "", " ", "x", "x: y: z", "k: l # m", "k: l#m",
		"n: 'o' # p", "n: 'o'#p", "q: -1", "q: 7", "r: s ", "a : b", "'a': b", "t: u'v", "t: \"u\" v", "w: é", "- é: x", "a: b:", "- a:", "- a: |", "a: 'b", "c'", "a: [", "]",
		"date: 2024-01-01", "- \"x\": y", "-  a: b", "a:   b", "a: b\tc", "a:\tb", "- #", "a: #", "a: ''", "- ''",
		"a: [b, c]", "a: {b: c, d: [e]}", "- [f]", "- {g: 'h'}", "i: [", "j,", "k]", "l: m}", "n: {", "}", "]", "o, p: q", "[r, {s: t}]", "u: [é, v]", "w: []", "x: {} # y", ",", "'z',", "a: b,", "a: &A b", "c: &A", "---", "d: *A", "- *A",
	}
	read := 0
	for round := range 20_000 {
		rng := rand.New(rand.NewPCG(uint64(round), 1))
		var b strings.Builder
		for range 1 + rng.IntN(7) {
			b.WriteString(strings.Repeat(" ", rng.IntN(3)*rng.IntN(3)))
			b.WriteString(pieces[rng.IntN(len(pieces))])
			if rng.IntN(40) > 0 {
				b.WriteByte('\n')
			}
		}
		if checkQuick(t, b.String()) {
			read++
		}
		if t.Failed() {
			return
		}
	}
	if read < 500 {
		t.Errorf("only %d texts are read", read)
	}
}

func FuzzQuick(f *testing.F) {
	for _, seed := range []string{
		"a: b\nc:\n  - d\n  - e: f\n    g: 'h'\n", "a: |\n  b\n\n c: d\n", "a:\n- b # c\n- 'd'' #' # e\n", "title: T\ndetection:\n  s:\n    f|re: \"x\"\n  condition: s\n",
		"a: 1\nb: 010\nc: 1_000\nd: 1e3\ne: 12:30:45\nf: 0o7\n", "a: -b\n", "a: b  \nc : d\n", "a: |\n  b\n   \n  c\n   # d\n # e\nf: g\n", "a:\n  # b\n  - c\n# d\n  - e\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkQuick(t, text) })
}
