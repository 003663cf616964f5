package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/setup"
)

// namedRule finds the values of the key rule in a file of tests, as they are written.
var namedRule = lazyre.New(`(?m)^[ \t-]*["']?rule["']?:[ \t]+["']?([^"'\r\n#]+)`)

// judgeTests publishes the faults of a file of tests: keys, rules and events that egret test would refuse.
func (s *server) judgeTests(d *document) {
	rule := s.ruleOfTests(d)
	if rule == nil {
		stem := testStem(filepath.Base(d.path))
		s.publish(d.uri, &d.version, []diagnostic{{
			Severity: severityWarning, Code: "test-file", Source: "egret",
			Message: fmt.Sprintf("there is no %s.yml or %s.yaml beside it, so egret test does not read it", stem, stem),
		}})
		return
	}
	folders := d.project.folders(rule)
	seen := map[string]bool{rule.path: true}
	for _, found := range namedRule.FindAllStringSubmatch(d.text(), maxBases) {
		words := strings.TrimSpace(found[1])
		for _, known := range d.project.index.Known() {
			if path := known.Place.File.Name; (strings.EqualFold(known.ID, words) || known.Name == words || known.Title == words) && !seen[path] {
				seen[path] = true
				folders = append(folders, setup.TextFolder(path, known.Place.File.Text))
			}
		}
	}
	_, tests, err := s.testsOf(s.work, rule, folders)
	if err != nil {
		return // the connection has ended
	}
	out := []diagnostic{}
	for i := range tests.Diagnostics {
		if from := &tests.Diagnostics[i]; from.Span.File != nil && filepath.Clean(from.Span.File.Name) == d.path && len(out) < maxDiagnostics {
			out = append(out, s.fromDiag(d, from))
		}
	}
	s.publish(d.uri, &d.version, out)
}

// testStem is the name of a file of tests without its endings.
func testStem(name string) string {
	name = strings.TrimSuffix(name, filepath.Ext(name))
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// ruleOfTests returns the file of rules that a file of tests belongs to, nil if there is none.
func (s *server) ruleOfTests(d *document) *document {
	for _, ending := range []string{".yml", ".yaml"} {
		path := testStem(d.path) + ending
		text, ok := s.openText(path)
		if !ok {
			info, err := os.Stat(path)
			if err != nil || !info.Mode().IsRegular() || info.Size() > maxText {
				continue
			}
			content, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			text = string(content)
		}
		return &document{uri: uriOf(path), path: path, lines: newLines(text), project: d.project}
	}
	return nil
}
