package textconvert_test

import (
	"os"
	"testing"

	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/textgen"
)

// BenchmarkAll loads all rules of SigmaHQ and converts them for Splunk.
func BenchmarkAll(b *testing.B) {
	folder := testkit.Shared(b, "data/sigmahq/rules")
	backend, err := textgen.FindTarget("splunk").Backend(textgen.Options{})
	if err != nil {
		b.Fatal(err)
	}
	opt := textconvert.Options{Backend: backend, Format: backend.Spec.Formats[0]}
	b.ReportAllocs()
	for b.Loop() {
		set, list, err := ruleset.Load(b.Context(), []ruleset.Folder{{Name: "rules", FS: os.DirFS(folder)}},
			ruleset.Options{Open: true, Schemas: []*schema.Schema{schema.Generic()}})
		if err != nil {
			b.Fatal(err)
		}
		textconvert.Output(textconvert.All(set, list, opt), nil, opt)
	}
}
