package finding

import (
	"encoding/json"
	"strings"
)

// Level is the severity that a rule gives its findings; Sigma rules specification, "Level". The zero value is
// Informational; a greater level is more severe.
type Level uint8

// The levels of Sigma. A rule without a level counts as Medium.
const (
	Informational Level = iota
	Low
	Medium
	High
	Critical
)

// Levels has the names of the levels, least severe first.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

// String returns the name of the level as rules write it.
func (l Level) String() string { return Levels[min(int(l), len(Levels)-1)] }

// MarshalJSON writes the name.
func (l Level) MarshalJSON() ([]byte, error) { return json.Marshal(l.String()) }

// ParseLevel returns the level with a name, ignoring case, or false for other words.
func ParseLevel(name string) (Level, bool) {
	for i, level := range Levels {
		if strings.EqualFold(name, level) {
			return Level(i), true
		}
	}
	return Medium, false
}

// NewRule returns a rule whose findings all have the same level.
func NewRule(id, title string, level Level, techniques, tactics []string) *Rule {
	r := &Rule{ID: id, Title: title, OwnLevel: level, Techniques: techniques, Tactics: tactics}
	for i := range r.ByOutcome {
		r.ByOutcome[i] = level
	}
	return r
}

// Highest returns the highest level that a finding of the rule can have.
func (r *Rule) Highest() Level {
	highest := r.OwnLevel
	for _, level := range r.ByOutcome {
		highest = max(highest, level)
	}
	if r.First != nil {
		highest = max(highest, *r.First)
	}
	return highest
}

// LevelOf returns the level of a finding by how its calls ended. One success makes a finding a deed. Without a success, an
// unknown outcome, or an event that was not examined, leaves the rule's own level: a deed must not pass for an attempt.
// first means that the finding is the first with a success of its principal.
func (r *Rule) LevelOf(f *Facts, events int, first bool) Level {
	counts := &f.Outcomes.Counts
	switch {
	case counts[Succeeded] > 0:
		if first && r.First != nil {
			return max(*r.First, r.ByOutcome[Succeeded])
		}
		return r.ByOutcome[Succeeded]
	case counts[Unknown] > 0, f.Examined < events, counts[Refused]+counts[Failed] == 0:
		return r.OwnLevel
	case counts[Refused] == 0:
		return r.ByOutcome[Failed]
	case counts[Failed] == 0:
		return r.ByOutcome[Refused]
	}
	return max(r.ByOutcome[Refused], r.ByOutcome[Failed])
}
