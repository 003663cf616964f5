package finding

import (
	"encoding/json"
	"strings"
)

// Level is how serious a rule takes its findings; Sigma rules specification, "Level". The zero value is
// Informational, levels compare by seriousness.
type Level uint8

// The levels of Sigma. A rule without level counts as Medium.
const (
	Informational Level = iota
	Low
	Medium
	High
	Critical
)

// Levels are the names of the levels, the least serious first.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

// String is the name of the level as rules write it.
func (l Level) String() string { return Levels[min(int(l), len(Levels)-1)] }

// MarshalJSON writes the name.
func (l Level) MarshalJSON() ([]byte, error) { return json.Marshal(l.String()) }

// ParseLevel finds a level by its name, ignoring case; it reports false for other words.
func ParseLevel(name string) (Level, bool) {
	for i, level := range Levels {
		if strings.EqualFold(name, level) {
			return Level(i), true
		}
	}
	return Medium, false
}
