package coverage

import (
	"slices"

	"github.com/egret-hunt/egret/internal/attack"
)

// A Mismatch is a technique of a rule that does not belong to the tactics of the rule.
type Mismatch struct {
	Mark *Mark
	// Technique is its id, as the tag has it.
	Technique string
	// Tactics are those of the rule that the technique does not belong to; Want are its own, nil if the version lacks it.
	Tactics, Want []string
}

// Mismatches returns techniques none of whose tactics is among the tags of the rule. A rule without tactics has no mismatch.
func Mismatches(marks []*Mark, v attack.Version) []Mismatch {
	var list []Mismatch
	for _, m := range marks {
		var tactics []string
		for _, tag := range m.Tags {
			if name := tactic(tag); name != "" && !slices.Contains(tactics, name) {
				tactics = append(tactics, name)
			}
		}
		for _, id := range m.Techniques() {
			want := tacticsOf(id, v)
			if len(tactics) > 0 && !slices.ContainsFunc(tactics, func(name string) bool { return belongs(name, want, v) }) {
				list = append(list, Mismatch{m, id, tactics, want})
			}
		}
	}
	return list
}

// MismatchesByOrder compares as S2AN does: tactics count for the techniques that follow them, up to the next tactic. Each pair
// of a technique and a tactic that do not belong together is a mismatch, also if another tactic of the group fits.
func MismatchesByOrder(marks []*Mark, v attack.Version) []Mismatch {
	var list []Mismatch
	for _, m := range marks {
		var group []string
		behind := true // a technique came last
		for _, tag := range m.Tags {
			id := techniqueID(tag)
			if name := tactic(tag); id == "" && name != "" {
				if behind {
					group = nil
				}
				group, behind = append(group, name), false
				continue
			}
			if id == "" {
				continue
			}
			behind = true
			want := tacticsOf(id, v)
			for _, name := range group {
				if !belongs(name, want, v) {
					list = append(list, Mismatch{m, id, []string{name}, want})
				}
			}
		}
	}
	return list
}

// tacticsOf returns the tactics of a technique in a version, also of one whose place another id has taken.
func tacticsOf(id string, v attack.Version) []string {
	t := attack.FindTechnique(id)
	if t != nil && !t.In(v) && v == attack.V19 && t.ReplacedBy != "" {
		t = attack.FindTechnique(t.ReplacedBy)
	}
	if t == nil {
		return nil
	}
	return t.Tactics(v)
}

// belongs reports whether a tactic, in the spelling of any version, is among others.
func belongs(name string, others []string, v attack.Version) bool {
	if slices.Contains(others, name) {
		return true
	}
	if v == attack.V19 {
		return slices.ContainsFunc(attack.NewTactics(name), func(name string) bool { return slices.Contains(others, name) })
	}
	for _, other := range others { // version 17, with a name of version 19
		if slices.Contains(attack.NewTactics(other), name) {
			return true
		}
	}
	return false
}
