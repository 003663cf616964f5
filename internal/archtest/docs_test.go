package archtest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
)

var root = filepath.Join("..", "..")

// pages returns the documents of the repository by their path below the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found, err := readPages()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var readPages = sync.OnceValues(func() (map[string]string, error) {
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	})
	return found, err
})

// TestLinksOfTheDocumentsLeadSomewhere checks that links within the repository have an existing target, including
// headings.
func TestLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)
	all := pages(t)
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target := name
			if m[1] != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), m[1]))
				if _, err := os.Stat(filepath.Join(root, target)); err != nil {
					t.Errorf("%s: the target of the link to %s does not exist", name, m[1])
					continue
				}
			}
			if m[2] != "" && !slices.Contains(anchors(all[target]), m[2]) {
				t.Errorf("%s: %s has no heading %s", name, target, m[2])
			}
		}
	}
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} -]`)

// anchors returns the link names of the headings of a page.
func anchors(text string) []string {
	var found []string
	for line := range strings.SplitSeq(text, "\n") {
		if title := strings.TrimLeft(line, "#"); title != line {
			title = strings.ToLower(strings.TrimSpace(title))
			title = notInAnchors.ReplaceAllString(title, "")
			found = append(found, strings.ReplaceAll(title, " ", "-"))
		}
	}
	return found
}

// TestThePagesOfTheFormatsNameEveryKey checks that the pages of the formats explain every JSON key.
func TestThePagesOfTheFormatsNameEveryKey(t *testing.T) {
	f := finding.Finding{Rule: &finding.Rule{}, Context: []finding.ContextEvent{}}
	ledger, err := json.Marshal(finding.Ledger{Gaps: []finding.Gap{{}}})
	if err != nil {
		t.Fatal(err)
	}
	for page, text := range map[string][]byte{
		"docs/formats/jsonl.md": f.AppendJSON(nil), "docs/formats/ledger.md": ledger,
	} {
		var object map[string]any
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatal(err)
		}
		for _, key := range keys(object) {
			if !regexp.MustCompile("`[^`]*\\b" + key + "\\b[^`]*`").MatchString(pages(t)[page]) {
				t.Errorf("%s does not explain %q", page, key)
			}
		}
	}
}

// keys returns the keys of an object and of the objects in it, sorted.
func keys(v any) []string {
	var found []string
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			found = append(append(found, key), keys(inner)...)
		}
	case []any:
		for _, inner := range v {
			found = append(found, keys(inner)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
