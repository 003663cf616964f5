package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
)

func sharedRulePages(t *testing.T) map[string]string {
	t.Helper()
	t.Setenv("EGRET_SHARED", filepath.Dir(testkit.Shared(t, "data")))
	testkit.Shared(t, "data", "sigmahq", "rules")
	pages, err := rulePages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func TestThePagesOfRulesAreUpToDate(t *testing.T) {
	for name, want := range sharedRulePages(t) {
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", "sources", name))
		if err != nil || string(page) != want {
			t.Errorf("docs/sources/%s is not up to date (%v); run `make generate`", name, err)
		}
	}
}

// leastWorking are the numbers of SigmaHQ's rules that can match the log as it is exported, counted by hand in the rules and in
// public samples of the logs; of those that ask for texts no log has, none counts.
var leastWorking = map[string][2]int{ // rules, of these can match
	"azure / – / activitylogs": {35, 34}, "azure / – / signinlogs": {24, 21}, "azure / – / auditlogs": {46, 34},
	"azure / – / riskdetection": {19, 19}, "azure / – / pim": {7, 0}, "gcp / – / gcp.audit": {16, 10},
	"gcp / – / google_workspace.admin": {7, 7}, "gcp / – / google_workspace.login": {3, 3}, "okta / – / okta": {24, 24},
	"github / – / audit": {15, 15}, "kubernetes / application / audit": {10, 10}, "kubernetes / – / audit": {6, 5},
	"onelogin / – / onelogin.events": {2, 2}, "cisco / – / duo": {1, 1}, "bitbucket / – / audit": {14, 14},
	"m365 / – / audit": {6, 6}, "m365 / – / exchange": {1, 1}, "m365 / – / threat_management": {13, 12}, "m365 / – / threat_detection": {1, 1},
}

func TestRulesOfSigmaHQCanMatch(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| (.+? / .+? / .+?) \| .* \| (\d+) \| (\d+) \|$`)
	seen := 0
	for _, m := range row.FindAllStringSubmatch(sharedRulePages(t)[sigmaHQPage], -1) {
		want, ok := leastWorking[m[1]]
		if !ok {
			continue
		}
		seen++
		rules, _ := strconv.Atoi(m[2])
		working, _ := strconv.Atoi(m[3])
		if rules != want[0] || working < want[1] {
			t.Errorf("%s: got %d of %d rules that can match, want %d of %d", m[1], working, rules, want[1], want[0])
		}
	}
	if seen != len(leastWorking) {
		t.Errorf("the page has %d of the %d log sources", seen, len(leastWorking))
	}
}

// TestRulesOnSecurityLakeAreFoundOrRefusedByName checks that each rule is found or has the field that the table lacks.
func TestRulesOnSecurityLakeAreFoundOrRefusedByName(t *testing.T) {
	page := sharedRulePages(t)[securityLakePage]
	outcome := regexp.MustCompile("^(found|–|refused: `.+`)$")
	rules := 0
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		if len(cells) != 4 || !strings.HasPrefix(cells[0], "`") || strings.HasPrefix(cells[0], "`security-lake") {
			continue
		}
		rules++
		for _, cell := range cells[2:] {
			if !outcome.MatchString(cell) {
				t.Errorf("%s: got %q", cells[0], cell)
			}
		}
	}
	if rules < 400 {
		t.Errorf("the page has only %d rules", rules)
	}
}
