package check

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
)

// TestRefusesWhatToolsRefuse reads rules that pySigma refuses, or crashes on, each for one reason. Each gets an error with a position,
// and a condition that it cannot read counts as a condition error.
func TestRefusesWhatToolsRefuse(t *testing.T) {
	root := testkit.Shared(t, "data", "check-errors")
	f, err := os.Open(filepath.Join(root, "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := 0
	for lines := bufio.NewScanner(f); lines.Scan(); rows++ {
		var row struct {
			File, Kind string
			Errors     []struct{ Line int }
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, row.File)
		result := runChecks(t, []Input{{Name: row.File, Read: func() ([]byte, error) { return os.ReadFile(path) }}}, Options{})
		worst, any := result.Worst()
		if row.Kind != "accepted" && (!any || worst != Error) {
			t.Errorf("%s: no error, expected one", row.File)
		}
		if s := result.Summary(); row.Kind == "condition" && s.Conditions == 0 && s.Errors == 0 {
			t.Errorf("%s: no error in the condition", row.File)
		}
		for _, e := range row.Errors {
			found := false
			for _, d := range result.Diagnostics {
				found = found || d.Level == Error && d.Span.File.Position(d.Span.Start).Line == e.Line
			}
			if e.Line > 0 && !found {
				t.Errorf("%s: no error in line %d, where YAML has it", row.File, e.Line)
			}
		}
	}
	if rows == 0 {
		t.Error("no rows")
	}
}
