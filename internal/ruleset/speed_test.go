package ruleset

import (
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// BenchmarkMatchCloudTrail parses and matches real records on one goroutine, without reading and decompressing files.
func BenchmarkMatchCloudTrail(b *testing.B) {
	var records [][]byte
	size := 0
	err := filepath.WalkDir(testkit.Shared(b, "data", "sans504"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json.gz") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		unpacked, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(unpacked)
		if err != nil {
			return err
		}
		var p value.Parser
		doc, err := p.Parse(text)
		if err != nil {
			return err
		}
		list := doc.Get(0, "Records")
		for n := doc.First(list); n != value.None; n = doc.Next(list, n) {
			records = append(records, doc.Raw(n))
			size += len(doc.Raw(n))
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	aws := testkit.Shared(b, "data", "sigmahq", "rules", "cloud", "aws")
	set, _, err := Load(context.Background(), []Folder{{Name: "aws", FS: os.DirFS(aws)}, {Name: "starter", FS: rulepack.FS()}}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	compiled := set.Compile(schema.ByName("cloudtrail"))
	b.Logf("%d records, %d rules", len(records), len(compiled.Rules))
	var p value.Parser
	for _, mode := range []string{"parse", "match"} {
		b.Run(mode, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			m := compiled.Program.NewMatcher()
			matched := 0
			for b.Loop() {
				for _, record := range records {
					doc, err := p.Parse(record)
					if err != nil {
						b.Fatal(err)
					}
					if mode == "match" {
						matched += len(m.Match(doc))
					}
				}
			}
			b.ReportMetric(float64(matched)/float64(b.N), "matches")
		})
	}
}
