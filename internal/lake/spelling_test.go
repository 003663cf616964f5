package lake

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// TestFingerprintDependsOnPartitionLayout checks that a hunt has another fingerprint with another layout of
// partitions, but not with another list of partitions, because a resumed hunt keeps their spelling.
func TestFingerprintDependsOnPartitionLayout(t *testing.T) {
	f := newFake(nil)
	first := huntOf(t, f, nil)
	dense := *first.opt.Tables[0].Layout
	dense.Partitions = slices.Clone(dense.Partitions)
	dense.Partitions[0].Format = "yyyyMMdd"
	other := huntOf(t, f, func(o *Options) { o.Tables[0].Layout = &dense })
	if first.Fingerprint() == other.Fingerprint() {
		t.Error("a layout of another format has the same fingerprint")
	}
	f.partitions = []engine.PartitionColumn{{Name: "timestamp", Values: []string{"2026-02-06", "2026/02/07"}}}
	resumed := huntOf(t, f, func(o *Options) { o.Spellings = first.Spellings() })
	if first.Fingerprint() != resumed.Fingerprint() {
		t.Error("more partitions change the fingerprint")
	}
	if len(resumed.tables[0].spelling) != 0 || len(resumed.tables[0].Layout.Partitions[0].Also) != 0 {
		t.Errorf("resumed hunt: got spelling %+v, want that of the first run", resumed.tables[0].Layout.Partitions)
	}
	if fresh := huntOf(t, f, nil); len(fresh.tables[0].Layout.Partitions[0].Also) != 1 {
		t.Errorf("new hunt: got spelling %+v, want two formats", fresh.tables[0].Layout.Partitions)
	}
}
