package ruleset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// In each file of SigmaHQ's regression events, at least one event matches the rules that info.yml names.
func TestRulesMatchRegressionEvents(t *testing.T) {
	root := testkit.Shared(t, "data", "sigmahq")
	set, _, err := Load(context.Background(), []Folder{{FS: os.DirFS(root)}}, Options{Statuses: []string{"deprecated", "unsupported"}})
	if err != nil {
		t.Fatal(err)
	}
	compiled := set.Compile(schema.ByName("windows"))
	matcher := compiled.Program.NewMatcher()
	files := 0
	err = filepath.WalkDir(filepath.Join(root, "regression_data"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		files++
		wanted := namedRules(t, filepath.Join(filepath.Dir(path), "info.yml"))
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
		events, found := 0, 0
		for {
			var raw json.RawMessage
			if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
			events++
			var parser value.Parser
			doc, err := parser.Parse(raw)
			if err != nil {
				return err
			}
			for _, query := range matcher.Match(doc) {
				if wanted[set.Rules[compiled.Rules[query]].ID] {
					found++
					break
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: none of %d events matches %v", path, events, wanted)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files != 135 {
		t.Errorf("got %d files, want 135", files)
	}
}

func namedRules(t *testing.T, path string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var info struct {
		Rules []struct {
			ID string `yaml:"id"`
		} `yaml:"rule_metadata"`
	}
	if err := yaml.Unmarshal(text, &info); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, rule := range info.Rules {
		ids[rule.ID] = true
	}
	return ids
}
