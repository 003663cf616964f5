package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// withoutExample are checks of limits and of what no small rule file can show. Other packages test them.
var withoutExample = []string{
	"condition-too-deep", "condition-too-long", "condition-too-wide", "correlation-limits", "cyclic-alias", "document-too-large",
	"keyword-value",
	"nested-too-deeply", "not-utf8", "other-fault", "regex-too-large", "selector-too-wide", "threat-rule", "too-many-aliases",
	"too-many-searches", "too-many-values", "unknown-identifier", "unreadable-file",
}

// example returns the files of one side of an example: avoid or prefer.
func example(archive *txtar.Archive, side string) []Input {
	var list []Input
	for _, f := range archive.Files {
		if name, found := strings.CutPrefix(f.Name, side+"/"); found {
			list = append(list, Input{Name: name, Read: func() ([]byte, error) { return f.Data, nil }})
		}
	}
	return list
}

// TestExamples runs each check over a rule that it reports and over its mend.
func TestExamples(t *testing.T) {
	for _, c := range All() {
		archive, err := txtar.ParseFile(filepath.Join("testdata", "example", c.ID+".txtar"))
		if err != nil {
			if !os.IsNotExist(err) || !slices.Contains(withoutExample, c.ID) {
				t.Errorf("%s: %v", c.ID, err)
			}
			continue
		}
		if slices.Contains(withoutExample, c.ID) {
			t.Errorf("%s has an example", c.ID)
		}
		reports := func(side string) bool {
			return slices.ContainsFunc(runChecks(t, example(archive, side), Options{}).Diagnostics, func(d *Diagnostic) bool { return d.Check == c })
		}
		if !reports("avoid") {
			t.Errorf("%s does not report what its page says to avoid: %v", c.ID, idsOf(runChecks(t, example(archive, "avoid"), Options{})))
		}
		if reports("prefer") {
			t.Errorf("%s reports its mend", c.ID)
		}
	}
}

func idsOf(result *Result) []string {
	var ids []string
	for _, d := range result.Diagnostics {
		if d.Check.Group != SigmaHQ && d.Check.Group != Core {
			ids = append(ids, d.Check.ID+": "+d.Message)
		}
	}
	return ids
}
