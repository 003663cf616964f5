package hunt_test

import (
	"context"
	"os"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
)

// BenchmarkHunt runs SigmaHQ's AWS rules and the starter pack over a lab's CloudTrail logs, or over the path in
// EGRET_BENCH.
func BenchmarkHunt(b *testing.B) {
	path := os.Getenv("EGRET_BENCH")
	if path == "" {
		path = testkit.Shared(b, "data", "sans504")
	}
	rules := testkit.Shared(b, "data", "sigmahq", "rules", "cloud", "aws")
	set, _, err := ruleset.Load(context.Background(), []ruleset.Folder{
		{Name: "aws", FS: os.DirFS(rules)}, {Name: "starter", FS: rulepack.FS()},
	}, ruleset.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		result, err := hunt.Run(context.Background(), hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{path}}, Threads: 2})
		if err != nil {
			b.Fatal(err)
		}
		var text []byte
		if _, err := result.Each(b.Context(), 0, nil, func(f *finding.Finding) error {
			text = f.AppendJSON(text[:0])
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		records := &result.Ledger.Records
		if records.In != records.Evaluated+records.Duplicate+records.OutOfRange+records.Failed.Total {
			b.Fatalf("ledger counts do not add up: %+v", records)
		}
		b.ReportMetric(float64(records.In)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		if err := result.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
