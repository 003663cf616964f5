package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/testkit"
)

// BenchmarkChange types into rules of a public repository and measures the time from a change to its diagnostics, compared with all of
// the rules there.
func BenchmarkChange(b *testing.B) {
	root := testkit.Shared(b, "data", "sigmahq", "rules")
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(path) == ".yml" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	c := connect(b, root, "", Options{})
	texts := map[string]string{}
	var names []string
	for i := 0; i < len(paths); i += len(paths) / 20 {
		text, err := os.ReadFile(paths[i])
		if err != nil {
			b.Fatal(err)
		}
		name, err := filepath.Rel(root, paths[i])
		if err != nil {
			b.Fatal(err)
		}
		names = append(names, name)
		texts[name] = string(text)
	}
	// The rules have been read when a copy of one is a duplicate.
	copied := "a_copy_of_a_rule.yml"
	c.open(copied, texts[names[0]])
	c.waitCode(copied, "identifier-uniqueness")
	c.notify("textDocument/didClose", documentParams{TextDocument: documentID{URI: c.uri(copied)}})
	for _, name := range names[:5] {
		c.open(name, texts[name])
		c.wait(name, "the first diagnostics", func(publishParams) bool { return true })
	}
	var took []time.Duration
	version := 1
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		version++
		name := names[i%5]
		line := lineOf(texts[name], "level:")
		begin := time.Now()
		c.change(name, version, contentChange{Range: &textRange{position{line, 0}, position{line, 0}}, Text: fmt.Sprintf("# change %d\n", version)})
		c.wait(name, "the version", func(p publishParams) bool { return p.Version != nil && *p.Version == version })
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(len(paths)), "files")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
