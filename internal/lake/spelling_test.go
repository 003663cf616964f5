package lake

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// TestFingerprintOfPartitions: another profile of the partitions is another hunt, another list of them is not, since a hunt
// that goes on keeps their spelling.
func TestFingerprintOfPartitions(t *testing.T) {
	f := newFake(nil)
	first := huntOf(t, f, nil)
	dense := *first.opt.Tables[0].Profile
	dense.Partitions = slices.Clone(dense.Partitions)
	dense.Partitions[0].Format = "yyyyMMdd"
	other := huntOf(t, f, func(o *Options) { o.Tables[0].Profile = &dense })
	if first.Fingerprint() == other.Fingerprint() {
		t.Error("a profile of another format has the same fingerprint")
	}
	f.partitions = []engine.PartitionColumn{{Name: "timestamp", Values: []string{"2026-02-06", "2026/02/07"}}}
	resumed := huntOf(t, f, func(o *Options) { o.Spellings = first.Spellings() })
	if first.Fingerprint() != resumed.Fingerprint() {
		t.Error("further partitions make another fingerprint")
	}
	if len(resumed.tables[0].spelling) != 0 || len(resumed.tables[0].Profile.Partitions[0].Also) != 0 {
		t.Errorf("the spelling is not kept: %+v", resumed.tables[0].Profile.Partitions)
	}
	if fresh := huntOf(t, f, nil); len(fresh.tables[0].Profile.Partitions[0].Also) != 1 {
		t.Errorf("a new hunt reads one spelling: %+v", fresh.tables[0].Profile.Partitions)
	}
}
