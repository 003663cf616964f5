// Package noise keeps how many findings a day rules have had, as measured over real logs, in a file of the data folder.
//
// The package measures nothing.
package noise

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/durable"
	"github.com/egret-hunt/egret/internal/specfile"
)

// FileName is the name of the file in the data folder.
const FileName = "noise.json"

// maxSize is the largest file that Read takes, in bytes.
const maxSize = 64 << 20

// A Score is what was measured of a rule.
type Score struct {
	// Findings is the number of findings in so many Days of logs. Days is positive.
	Findings int64   `json:"findings"`
	Days     float64 `json:"days"`
	// Measured is the time of the measurement, in UTC.
	Measured time.Time `json:"measured"`
}

// PerDay returns the findings a day.
func (s Score) PerDay() float64 { return float64(s.Findings) / s.Days }

// file is the form of the file.
type file struct {
	Rules map[string]Score `json:"rules"`
}

// Read returns the scores in a data folder by the ids of rules in lower case. Without a file there are none.
func Read(dir string) (map[string]Score, error) {
	path := filepath.Join(dir, FileName)
	text, err := specfile.Read(path, maxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Score{}, nil
	}
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	scores := map[string]Score{}
	for id, score := range f.Rules { // ids differ in more than case
		if score.Days > 0 && score.Findings >= 0 {
			scores[strings.ToLower(id)] = score
		}
	}
	return scores, nil
}

// Add writes scores to the file in a data folder, which it creates. Scores of other rules stay.
func Add(dir string, scores map[string]Score) error {
	all, err := Read(dir)
	if err != nil {
		return err
	}
	for id, score := range scores { // each has its own key
		all[strings.ToLower(id)] = score
	}
	text, err := json.MarshalIndent(file{all}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return durable.Replace(filepath.Join(dir, FileName), append(text, '\n'))
}
