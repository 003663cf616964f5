package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/source"
)

// checkOne runs all checks over one text.
func checkOne(t testing.TB, on map[*Check]bool) func(file *source.File) []*Diagnostic {
	return func(file *source.File) []*Diagnostic {
		result := runChecks(t, []Input{{Name: file.Name, Read: func() ([]byte, error) { return []byte(file.Text), nil }}}, Options{On: on})
		for _, d := range result.Diagnostics {
			d.Span.File = file
			for i := range d.Fixes {
				d.Fixes[i].Span.File = file
			}
		}
		return result.Diagnostics
	}
}

// mendable checks that mending a text leaves nothing of one check to mend, changes nothing the second time, and keeps comments.
func mendable(t *testing.T, c *Check, name, text string) (mended bool) {
	t.Helper()
	run := checkOne(t, map[*Check]bool{c: true})
	fixed, n := Fix(run, source.NewFile(name, text))
	if n == 0 {
		return false
	}
	after := source.NewFile(name, fixed)
	for _, d := range run(after) {
		if len(d.Fixes) > 0 {
			t.Errorf("%s %s: still mendable after the fix: %s\n%s", c.ID, name, d.Message, fixed)
		}
	}
	if again, n := Fix(run, after); n != 0 || again != fixed {
		t.Errorf("%s %s: a second fix changes the text", c.ID, name)
	}
	if strings.Count(text, "#") != strings.Count(fixed, "#") && !strings.Contains(c.ID, "ignore") {
		t.Errorf("%s %s: the fix changes comments\n%s", c.ID, name, fixed)
	}
	return true
}

func TestFixesOfExamples(t *testing.T) {
	mended := 0
	for _, c := range All() {
		archive, err := txtar.ParseFile(filepath.Join("testdata", "example", c.ID+".txtar"))
		if err != nil {
			continue
		}
		for _, input := range example(archive, "avoid") {
			text, _ := input.Read()
			if mendable(t, c, input.Name, string(text)) {
				mended++
			}
		}
	}
	if mended < 30 {
		t.Errorf("%d examples were mended, expected at least 30", mended)
	}
}

func TestFixesOfMutants(t *testing.T) {
	root := testkit.Shared(t, "data", "check-mutants")
	for _, input := range inputs(t, root, ".") {
		text, err := os.ReadFile(filepath.Join(root, input.Name))
		if err != nil {
			t.Fatal(err)
		}
		validator, _, _ := strings.Cut(input.Name, string(filepath.Separator))
		for _, c := range ForValidator(validator) {
			mendable(t, c, input.Name, string(text))
		}
	}
}

// TestFixChangesOnlyTheMendedLines mends a rule with several faults and comments.
func TestFixChangesOnlyTheMendedLines(t *testing.T) {
	const text = `title: Sign-In # what it is
Level: low
tags:
    - attack.T1078  # valid accounts
    - attack.t1110
    - attack.t1110
logsource:
    product: AWS
detection:
    selection:
        eventName: 'Console**' # both
    condition: 1 of selection
`
	const want = `title: Sign-In # what it is
level: low
tags:
    - attack.t1078  # valid accounts
    - attack.t1110
logsource:
    product: aws
detection:
    selection:
        eventName|startswith: 'Console' # both
    condition: selection
`
	on, err := Choose(nil, []string{"sigmahq-tags-techniques-without-tactics"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := Fix(checkOne(t, on), source.NewFile("aws_rule_sign_in.yml", text)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
