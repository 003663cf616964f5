package story

import (
	"slices"

	"github.com/egret-hunt/egret/internal/finding"
)

// tactics are the tactics of ATT&CK for enterprise in the order of the kill chain, each with its names over the versions.
// Version 19 (2026) divided defense-evasion into stealth and defense-impairment; rules use either. Source:
// https://attack.mitre.org/tactics/enterprise/, read 2026-11.
var tactics = []struct {
	names []string
	title string
}{
	{[]string{"reconnaissance"}, "Reconnaissance"},
	{[]string{"resource-development"}, "Resource development"},
	{[]string{"initial-access"}, "Initial access"},
	{[]string{"execution"}, "Execution"},
	{[]string{"persistence"}, "Persistence"},
	{[]string{"privilege-escalation"}, "Privilege escalation"},
	{[]string{"defense-evasion", "stealth", "defense-impairment"}, "Defense evasion"},
	{[]string{"credential-access"}, "Credential access"},
	{[]string{"discovery"}, "Discovery"},
	{[]string{"lateral-movement"}, "Lateral movement"},
	{[]string{"collection"}, "Collection"},
	{[]string{"command-and-control"}, "Command and control"},
	{[]string{"exfiltration"}, "Exfiltration"},
	{[]string{"impact"}, "Impact"},
	{nil, "No tactic"},
}

// tacticOf returns the index of the tactic under which a rule is told: its first one, so that a finding is told once.
func tacticOf(rule *finding.Rule) int {
	for _, name := range rule.Tactics {
		for i := range tactics {
			if slices.Contains(tactics[i].names, name) {
				return i
			}
		}
	}
	return len(tactics) - 1
}
