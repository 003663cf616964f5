package rulepack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
)

// TestHuntsFindSamplesOfOtherClouds hunts the samples of rules for logs other than CloudTrail with the whole pack, which
// the test of samples by the rules' letter does not: recognizing the log, and its paths, are part of it.
func TestHuntsFindSamplesOfOtherClouds(t *testing.T) {
	set := loadStarter(t)
	hunted := 0
	for _, file := range ruleFiles(t) {
		if file.collection.Rules[0].LogSource.Product == "aws" {
			continue
		}
		s := readSamples(t, file.name)
		if len(s.Match) == 0 || len(s.NoMatch) == 0 {
			t.Errorf("%s: want at least one matching and one other sample", file.name)
		}
		metas := file.metas()
		title := metas[len(metas)-1].Title
		for i, sample := range slices.Concat(s.Match, s.NoMatch) {
			hunted++
			var text strings.Builder
			for _, d := range deliveries(t, sample) {
				text.WriteString(strings.ReplaceAll(d.Text, "\n", " ") + "\n")
			}
			findings := huntFindings(t, set, &hunt.Files{Paths: []string{"-"}, Stdin: strings.NewReader(text.String()), StdinName: "events"})
			found := slices.ContainsFunc(findings, func(f shownFinding) bool { return f.title == title })
			if match := i < len(s.Match); found != match {
				t.Errorf("%s, case %d: found %v, want %v", file.name, i, found, match)
			}
			for _, pair := range twins(findings, finding.Medium) {
				t.Errorf("%s, case %d: two findings of the same events: %s", file.name, i, pair)
			}
		}
	}
	if hunted < 50 {
		t.Errorf("hunted only %d samples", hunted)
	}
}
