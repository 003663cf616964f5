package event

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// TestPublicData reads the public data sets, whose descriptions state the counts.
func TestPublicData(t *testing.T) {
	for _, test := range []struct {
		folder           []string
		events, distinct int
		schema           string
	}{
		{[]string{"data", "invictus"}, 2900, 2900, "cloudtrail"},
		{[]string{"data", "sans504"}, 30_477, 23_981, "cloudtrail"},
	} {
		folder := testkit.Shared(t, test.folder...)
		var mu sync.Mutex
		ids := map[string]bool{}
		events := 0
		reader := NewReader(Options{})
		err := reader.Run(context.Background(), []string{folder}, 2, func(_ int, b *Batch) error {
			mu.Lock()
			defer mu.Unlock()
			var walker value.Walker
			for r := b.Next(); r != nil; r = b.Next() {
				walker.Reset()
				id, ok := r.Schema.AppendEventID(nil, &walker, r.Doc)
				if _, timed := r.Schema.EventTime(&walker, r.Doc); !ok || !timed || r.Schema.Name != test.schema {
					t.Errorf("%s: record %d of %s has no id or time: %q", b.File.Path, r.Number, r.Schema.Name, id)
				}
				ids[string(id)] = true
				events++
			}
			return nil
		})
		if err != nil || events != test.events || len(ids) != test.distinct {
			t.Errorf("%s: got %d events, %d distinct, want %d, %d (%v)", folder, events, len(ids), test.events, test.distinct, err)
		}
		for _, f := range reader.Files() {
			if f.Status != Read || f.Bucket.IsZero() || f.SHA256 == "" {
				t.Errorf("got %+v", f)
			}
		}
	}
}

// SigmaHQ's regression data has JSON files with one or several objects, next to YAML files.
func TestWindowsEventsBesideOtherFiles(t *testing.T) {
	folder := testkit.Shared(t, "data", "sigmahq", "regression_data")
	out := run(t, Options{}, folder)
	files := map[Status]int{}
	for _, f := range out.files {
		files[f.Status]++
		if strings.HasSuffix(f.Path, ".json") && f.Status != Read {
			t.Errorf("got %+v", f)
		}
	}
	if files[Read] != 135 || files[Failed]+files[Partial]+files[Unread] > 0 || len(out.all()) < 135 {
		t.Errorf("got %v, %d events", files, len(out.all()))
	}
}
