package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
)

type sigmaRule struct {
	ID        string `yaml:"id"`
	LogSource struct {
		Product, Service, Category string
	} `yaml:"logsource"`
}

func walkFiles(t *testing.T, folder, suffix string, visit func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		text, err := os.ReadFile(path)
		visit(path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rules(t *testing.T, folder string) map[string]sigmaRule {
	t.Helper()
	found := map[string]sigmaRule{}
	walkFiles(t, folder, ".yml", func(path string, text []byte) {
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var rule sigmaRule
			if err := decoder.Decode(&rule); err != nil {
				return // the rule parser's tests cover broken files
			}
			if rule.ID != "" {
				found[rule.ID] = rule
			}
		}
	})
	return found
}

func TestEveryLogSourceOfPublicRulesIsKnown(t *testing.T) {
	folder := testkit.Shared(t, "data", "sigmahq")
	served := map[string]string{
		"windows": "windows", "aws": "cloudtrail", "kubernetes": "kubernetes", "okta": "okta", "github": "github",
		"bitbucket": "bitbucket", "onelogin": "onelogin",
	}
	seen := 0
	for id, rule := range rules(t, folder) {
		name, ok := served[rule.LogSource.Product]
		if !ok {
			continue
		}
		seen++
		l := rule.LogSource
		if !schema.ByName(name).Serves(schema.LogSource{Product: l.Product, Service: l.Service, Category: l.Category}) {
			t.Errorf("rule %s: log source %+v is not served", id, l)
		}
	}
	if seen < 3000 {
		t.Errorf("got only %d rules of these products", seen)
	}
}

// Each regression file names the rule that must match. One of its events must belong to that rule's log source.
func TestSourceConditionsHoldForRegressionEvents(t *testing.T) {
	byID := rules(t, testkit.Shared(t, "data", "sigmahq"))
	files := 0
	walkFiles(t, testkit.Shared(t, "data", "sigmahq", "regression_data"), ".json", func(path string, text []byte) {
		info, err := os.ReadFile(filepath.Join(filepath.Dir(path), "info.yml"))
		if err != nil {
			t.Error(err)
			return
		}
		var meta struct {
			Rules []struct{ ID string } `yaml:"rule_metadata"`
		}
		if err := yaml.Unmarshal(info, &meta); err != nil || len(meta.Rules) == 0 {
			t.Errorf("%s: got no rule (%v)", path, err)
			return
		}
		files++
		rule, ok := byID[meta.Rules[0].ID]
		if !ok {
			t.Errorf("%s: rule %s does not exist", path, meta.Rules[0].ID)
			return
		}
		s := schema.ByName("windows")
		l := rule.LogSource
		condition, _ := s.SourceCondition(schema.LogSource{Product: l.Product, Service: l.Service, Category: l.Category})
		decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
		for {
			var event json.RawMessage
			if err := decoder.Decode(&event); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", path, err)
				return
			}
			doc := parse(t, string(event))
			if schema.Detect(doc, 0) != s {
				t.Errorf("%s: got no schema for an event", path)
			}
			if holds(s, condition, doc) {
				return
			}
		}
		t.Errorf("%s: log source %+v has none of the events", path, l)
	})
	if files != 135 {
		t.Errorf("got %d files, want 135", files)
	}
}
