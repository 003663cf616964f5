package check

import (
	"bufio"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/testkit"
)

// inputs returns the rule files below a folder, with names relative to it.
func inputs(t testing.TB, root string, folders ...string) []Input {
	t.Helper()
	var list []Input
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yml") {
				return err
			}
			name, err := filepath.Rel(root, path)
			list = append(list, Input{Name: name, Read: func() ([]byte, error) { return os.ReadFile(path) }})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func runChecks(t testing.TB, list []Input, opt Options) *Result {
	t.Helper()
	if opt.Today.IsZero() {
		opt.Today = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	}
	result, err := Run(context.Background(), list, opt)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wanted are the cases on which egret differs from a validator, by folder and validator. The text Differs of the check gives the reason,
// or an error that egret reports instead.
var wanted = map[string]string{
	"control_character/05-wide-makes-zeros missing control_character":                               "",
	"control_character/07-utf16be missing control_character":                                        "",
	"detection_tag/09-longer extra detection_tag":                                                   "",
	"tag_format/11-underscore extra detection_tag":                                                  "",
	"number_as_string/07-wide-digits missing number_as_string":                                      "",
	"sigmahq_falsepositives_typo_word/08-legitim-with-blank extra sigmahq_falsepositives_typo_word": "",
	"sigmahq_ofselection_condition/11-bracket-behind extra sigmahq_ofselection_condition":           "",
	"sigmahq_ofthem_condition/07-name-anthem missing them_condition_with_single_detection":          "",
	"sigmahq_invalid_all_modifier/05-empty missing sigmahq_invalid_all_modifier":                    "empty-values",
	"sigmahq_invalid_all_modifier/05-empty missing wildcards_instead_of_modifiers":                  "empty-values",
	"wildcards_instead_of_modifiers/07-empty-list missing wildcards_instead_of_modifiers":           "empty-values",
}

// TestMutantsAgreeWithValidators compares the checks with pySigma's validators on small rules that raise one validator each.
func TestMutantsAgreeWithValidators(t *testing.T) {
	root := testkit.Shared(t, "data", "check-mutants")
	result := runChecks(t, inputs(t, root, "."), Options{})
	found, ids := map[string]map[string]bool{}, map[string]bool{}
	for _, d := range result.Diagnostics {
		ids[filepath.Dir(d.Span.File.Name)+" "+d.Check.ID] = true
		for _, validator := range d.Check.PySigma {
			if found[d.Span.File.Name] == nil {
				found[d.Span.File.Name] = map[string]bool{}
			}
			found[d.Span.File.Name][validator] = true
		}
	}
	f, err := os.Open(filepath.Join(root, "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var differences []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row struct {
			File   string
			Issues [][]any
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, issue := range row.Issues {
			want[issue[0].(string)] = true
		}
		for name := range want {
			if !found[row.File][name] {
				differences = append(differences, filepath.Dir(row.File)+" missing "+name)
			}
		}
		for name := range found[row.File] {
			if !want[name] {
				differences = append(differences, filepath.Dir(row.File)+" extra "+name)
			}
		}
	}
	slices.Sort(differences)
	for _, d := range differences {
		instead, known := wanted[d]
		words := strings.Fields(d)
		switch {
		case !known:
			t.Error(d)
		case instead != "" && !ids[words[0]+" "+instead]:
			t.Errorf("%s: expected %s instead", d, instead)
		case instead == "" && ForValidator(words[2])[0].Differs == "":
			t.Errorf("%s: the check does not say how it differs", d)
		}
	}
	if len(differences) != len(wanted) {
		t.Errorf("%d differences, expected %d", len(differences), len(wanted))
	}
}
