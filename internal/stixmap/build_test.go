package stixmap_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/testkit"
)

// TestObservations compares the observations of the public events with those that their makers wrote.
func TestObservations(t *testing.T) {
	dir := filepath.Join(testkit.Shared(t, "data/stix"), "events")
	text, err := os.ReadFile(filepath.Join(dir, "observed-data.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		file string
		at   int64
	}
	type expected struct {
		name string
		seen stixmatch.Observation
	}
	want := map[place]expected{}
	for line := range bytes.Lines(text) {
		var name struct {
			Event, File string
			At          int64
		}
		if err := json.Unmarshal(line, &name); err != nil {
			t.Fatal(err)
		}
		found, err := stixmatch.ReadObservations(bytes.NewReader(line))
		if err != nil || len(found) != 1 {
			t.Fatal(name, err)
		}
		want[place{name.File, name.At}] = expected{name.Event, found[0]}
	}
	right := 0
	builders := map[*stixmap.Mapping]map[*schema.Schema]*stixmap.Builder{}
	reader := event.NewReader(event.Options{WholeRows: true})
	err = reader.Run(t.Context(), []string{dir}, 1, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			at := place{filepath.Base(b.File.Path), r.Number + 1}
			w, ok := want[at]
			if !ok {
				continue
			}
			delete(want, at)
			m := stixmap.For(stixmap.All(), r.Schema, r.Doc)
			if m == nil {
				t.Errorf("%s: no mapping for %s", w.name, r.Schema.Name)
				continue
			}
			if builders[m] == nil {
				builders[m] = map[*schema.Schema]*stixmap.Builder{}
			}
			if builders[m][r.Schema] == nil {
				builders[m][r.Schema] = stixmap.NewBuilder(m, r.Schema)
			}
			got, timed := builders[m][r.Schema].Build(r.Doc)
			if !timed || !got.First.Equal(w.seen.First) || !got.Last.Equal(w.seen.Last) || got.Number != w.seen.Number {
				t.Errorf("%s: got %v to %v, %d times; want %v to %v, %d times", w.name, got.First, got.Last, got.Number, w.seen.First, w.seen.Last, w.seen.Number)
			}
			g, e := resolved(got), resolved(&w.seen)
			if !reflect.DeepEqual(g, e) {
				// Iteration order does not matter: each difference is reported.
				for text, n := range g {
					if e[text] != n {
						t.Errorf("%s: got %d, want %d of %s", w.name, n, e[text], text)
					}
				}
				for text, n := range e {
					if g[text] != n {
						t.Errorf("%s: want %d, got %d of %s", w.name, n, g[text], text)
					}
				}
				continue
			}
			right++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d observations right, %d events not read", right, len(want))
	if len(want) > 0 || right == 0 {
		t.Errorf("%d events were not read, %d right", len(want), right)
	}
}

// resolved returns the objects as JSON texts, sorted by DeepEqual of a count: references have the JSON of what they refer to.
func resolved(o *stixmatch.Observation) map[string]int {
	out := map[string]int{}
	for _, object := range o.Objects {
		text, err := json.Marshal(plain(o, map[string]any(object), false, 3))
		if err != nil {
			panic(err)
		}
		out[string(text)]++
	}
	return out
}

// plain returns a value without ids, with references resolved.
func plain(o *stixmatch.Observation, v any, ref bool, depth int) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, member := range v {
			if key != "id" && key != "spec_version" {
				out[key] = plain(o, member, strings.HasSuffix(key, "_ref") || strings.HasSuffix(key, "_refs"), depth)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(o, v[i], ref, depth)
		}
		return out
	case string:
		if object, ok := o.Objects[v]; ok && ref && depth > 0 {
			return plain(o, map[string]any(object), false, depth-1)
		}
	}
	return v
}
