package finding

import (
	"cmp"
	"slices"
	"strings"
)

// Tactics are the names of ATT&CK's tactics for enterprises in the order in which an intrusion usually goes through them,
// as https://attack.mitre.org/tactics/enterprise/ lists them.
var Tactics = []string{
	"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
	DefenseEvasion, "credential-access", "discovery", "lateral-movement", "collection", "command-and-control",
	"exfiltration", "impact",
}

// DefenseEvasion is the tactic that version 19 of ATT&CK divided into stealth and defense-impairment.
const DefenseEvasion = "defense-evasion"

// TacticOf returns the tactic in Tactics for a name of any version of ATT&CK: the older name where a newer version has
// divided it, since rules with both names run side by side. It returns other names unchanged.
func TacticOf(name string) string {
	switch name {
	case "stealth", "defense-impairment":
		return DefenseEvasion
	}
	return name
}

// CompareTactics orders tactics by their place in Tactics; unknown names come last.
func CompareTactics(a, b string) int {
	return cmp.Or(cmp.Compare(tacticPlace(a), tacticPlace(b)), strings.Compare(a, b))
}

func tacticPlace(name string) int {
	if i := slices.Index(Tactics, TacticOf(name)); i >= 0 {
		return i
	}
	return len(Tactics)
}
