package sigma_test

import (
	"runtime"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/sigma"
)

// BenchmarkParse reads the public rules of rules/, on one core and on all; BenchmarkYAML is the library's part alone.
func BenchmarkParse(b *testing.B) {
	files := ruleFiles(b, "data/sigmahq/rules")
	bytes := 0
	for _, file := range files {
		bytes += len(file.Text)
	}
	b.Run("one", func(b *testing.B) {
		b.SetBytes(int64(bytes))
		b.ReportAllocs()
		for b.Loop() {
			for _, file := range files {
				sigma.Parse(file)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		b.SetBytes(int64(bytes))
		for b.Loop() {
			var wait sync.WaitGroup
			workers := runtime.GOMAXPROCS(0)
			for w := range workers {
				wait.Go(func() {
					for i := w; i < len(files); i += workers {
						sigma.Parse(files[i])
					}
				})
			}
			wait.Wait()
		}
	})
}

func BenchmarkYAML(b *testing.B) {
	files := ruleFiles(b, "data/sigmahq/rules")
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			var node yaml.Node
			if err := yaml.Unmarshal([]byte(file.Text), &node); err != nil {
				b.Fatal(err)
			}
		}
	}
}
