package hunt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
)

// shownFinding is what the tests of facts read of a finding in JSON.
type shownFinding struct {
	EventIDs  []string `json:"event_ids"`
	Examined  int
	Outcome   struct{ Succeeded, Refused, Failed, Unknown int }
	Addresses []string
	Targets   []struct{ Type, Name, Outcome string }
	Facts     []struct{ Name, Value, Outcome string }
	Event     struct {
		RequestParameters  json.RawMessage
		RecipientAccountID string
	}
}

func shown(t *testing.T, lines []string) []shownFinding {
	t.Helper()
	list := make([]shownFinding, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &list[i]); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// TestFindingsOfTheExerciseShowTargetOutcomeAndToWhom checks the starter pack on a real exercise: each labelled attack that
// succeeded shows target and outcome, and each share, open port, policy and trust shows to whom.
func TestFindingsOfTheExerciseShowTargetOutcomeAndToWhom(t *testing.T) {
	text, err := os.ReadFile(testkit.Shared(t, "data/invictus-attacks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var attacks []struct {
		Name     string   `json:"stratus_id"`
		Outcome  string   `json:"outcome"`
		Evidence []string `json:"evidence_event_ids"`
	}
	if err := json.Unmarshal(text, &attacks); err != nil {
		t.Fatal(err)
	}
	o := run(t, hunt.Options{
		Set:    load(t, ruleset.Folder{Name: "starter", FS: rulepack.FS()}),
		Source: &hunt.Files{Paths: []string{testkit.Shared(t, "data/invictus")}},
	})
	findings := shown(t, o.lines)
	// What each attack gave away, and whether the value names an outside account of the request.
	gave := map[string]struct {
		fact    string
		account bool
	}{
		"aws.exfiltration.ec2-share-ebs-snapshot":                  {"shared with account", true},
		"aws.exfiltration.rds-share-snapshot":                      {"shared with account", true},
		"aws.exfiltration.s3-backdoor-bucket-policy":               {"shared with account", true},
		"aws.persistence.iam-backdoor-role":                        {"trusts account", true},
		"aws.persistence.lambda-backdoor-function":                 {"open to everyone", false},
		"aws.exfiltration.ec2-security-group-open-port-22-ingress": {"opened", false},
		"aws.initial-access.console-login-without-mfa":             {"MFA not used", false},
		"aws.persistence.iam-create-admin-user":                    {"policy allows", false},
		"aws.persistence.iam-create-user-login-profile":            {"console password for", false},
	}
	succeeded := 0
	for _, attack := range attacks {
		if attack.Outcome != "succeeded" {
			continue
		}
		succeeded++
		target, fact := false, gave[attack.Name].fact == ""
		for _, f := range findings {
			if !slices.ContainsFunc(f.EventIDs, func(id string) bool { return slices.Contains(attack.Evidence, id) }) {
				continue
			}
			target = target || f.Outcome.Succeeded > 0 && f.Outcome.Unknown == 0 && len(f.Targets) > 0
			for _, n := range f.Facts {
				want := gave[attack.Name]
				if n.Name != want.fact || n.Outcome != "succeeded" {
					continue
				}
				account, _, outside := strings.Cut(n.Value, " (outside)")
				fact = fact || !want.account ||
					outside && account != f.Event.RecipientAccountID && strings.Contains(string(f.Event.RequestParameters), account)
			}
		}
		if !target {
			t.Errorf("%s: no finding shows target and outcome", attack.Name)
		}
		if !fact {
			t.Errorf("%s: no finding shows %q", attack.Name, gave[attack.Name].fact)
		}
	}
	if succeeded < 12 {
		t.Errorf("got %d attacks that succeeded, want at least 12", succeeded)
	}
}

// The facts of a burst are those of all its events, not of the first.
func TestBurstShowsAllAddresses(t *testing.T) {
	var lines []string
	for i := range 3 {
		line := event(fmt.Sprintf("e%d", i), fmt.Sprintf("2026-03-10T11:0%d:00Z", i), "CreateAccessKey", "alice")
		if i == 2 {
			line = strings.Replace(line, "192.0.2.7", "198.51.100.9", 1)
		}
		lines = append(lines, line)
	}
	o := run(t, hunt.Options{Set: rules(t, base, burst), Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", lines...)}}})
	f := shown(t, o.lines)
	if len(f) != 1 || !slices.Equal(f[0].Addresses, []string{"192.0.2.7", "198.51.100.9"}) {
		t.Errorf("got %+v, want one finding with both addresses", f)
	}
	if a := o.summary.Addresses; len(a) != 2 {
		t.Errorf("got addresses %+v in the summary, want both", a)
	}
}

// Of a long burst the first and the last events are read again, and the finding says how many.
func TestLongBurstSaysHowManyEventsWereExamined(t *testing.T) {
	const events = 1500
	var lines []string
	for i := range events {
		line := event(fmt.Sprintf("e%04d", i), fmt.Sprintf("2026-03-10T11:00:00.%04dZ", i), "CreateAccessKey", "alice")
		if i == events-1 {
			line = strings.Replace(line, "192.0.2.7", "198.51.100.9", 1)
		}
		lines = append(lines, line)
	}
	o := run(t, hunt.Options{Set: rules(t, base, burst), Source: &hunt.Files{Paths: []string{write(t, "logs.jsonl", lines...)}}})
	f := shown(t, o.lines)
	if len(f) != 1 || f[0].Examined != 1000 || len(f[0].EventIDs) != events || f[0].Outcome.Succeeded != 1000 {
		t.Fatalf("got %d findings, want one of %d events of which 1000 were examined", len(f), events)
	}
	if want := []string{"192.0.2.7", "198.51.100.9"}; !slices.Equal(f[0].Addresses, want) {
		t.Errorf("got addresses %q, want %q", f[0].Addresses, want)
	}
}
