package noise

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestScoresAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if scores, err := Read(dir); err != nil || len(scores) != 0 {
		t.Errorf("without a file: got %v, %v", scores, err)
	}
	when := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	if err := Add(dir, map[string]Score{"A": {30, 4, when}, "b": {1, 2, when}}); err != nil {
		t.Fatal(err)
	}
	if err := Add(dir, map[string]Score{"a": {2, 4, when}}); err != nil {
		t.Fatal(err)
	}
	scores, err := Read(dir)
	if err != nil || len(scores) != 2 || scores["a"].PerDay() != 0.5 || scores["b"].PerDay() != 0.5 {
		t.Errorf("got %v, %v", scores, err)
	}
	for text, want := range map[string]int{`{"rules": {"x": {"findings": 1, "days": 0}, "y": {"findings": -1, "days": 1}}}`: 0, `{`: -1} {
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		scores, err := Read(dir)
		if want < 0 && err == nil || want >= 0 && (err != nil || len(scores) != want) {
			t.Errorf("%s: got %v, %v", text, scores, err)
		}
	}
}
