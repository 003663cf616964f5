package sqlsuite

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// packSamples returns the CloudTrail events in the samples of the starter pack: whole records with lists and objects, as
// the service writes them. Each gets an id of its own.
func packSamples(t *testing.T) []string {
	t.Helper()
	type cases struct {
		Match   []json.RawMessage `json:"match"`
		NoMatch []json.RawMessage `json:"no_match"`
	}
	var texts []string
	add := func(c cases) {
		for _, sample := range append(c.Match, c.NoMatch...) {
			var event map[string]any
			if json.Unmarshal(sample, &event) != nil || event["eventSource"] == nil || event["eventID"] == nil {
				continue // a sequence, or another log
			}
			id, err := json.Marshal(event["eventID"])
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, strings.ReplaceAll(string(sample), string(id), fmt.Sprintf(`"sample-%d"`, len(texts))))
		}
	}
	err := filepath.WalkDir(filepath.Join(testkit.Root(t), "internal", "rulepack", "data"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".events.json") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var file struct {
			cases
			Base map[string]cases `json:"base"`
		}
		if err := json.Unmarshal(text, &file); err != nil {
			return nil //nolint:nilerr // the samples of a threat document have another form
		}
		add(file.cases)
		for _, base := range file.Base {
			add(base)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 500 {
		t.Errorf("got only %d samples", len(texts))
	}
	return texts
}

// withTexts returns a generated event with JSON text in place of objects where the log has text. Events of other origin
// stay as they are.
func withTexts(t *testing.T, s *schema.Schema, event string) string {
	t.Helper()
	if strings.Contains(event, "userIdentity") {
		return event
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(event), &object); err != nil {
		t.Fatal(err)
	}
	var change func(object map[string]any, path string)
	change = func(object map[string]any, path string) {
		for key, inner := range object {
			way := strings.TrimPrefix(path+"."+key, ".")
			below, ok := inner.(map[string]any)
			if !ok {
				continue
			}
			paths := s.Paths(way + ".x")
			if !slices.ContainsFunc(paths, func(p value.Path) bool {
				return slices.ContainsFunc(p.Embedded, func(e value.Embedded) bool { return e.Length == len(way) })
			}) {
				change(below, way)
				continue
			}
			text, err := json.Marshal(below)
			if err != nil {
				t.Fatal(err)
			}
			object[key] = string(text)
		}
	}
	change(object, "")
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
