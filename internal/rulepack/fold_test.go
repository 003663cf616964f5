package rulepack_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
)

// shownFinding is what tests of the pack compare of a finding.
type shownFinding struct {
	title string
	level finding.Level
	ids   []string
	also  []string
	// action is that of the first event, targets counts what the calls were about.
	action  string
	targets int
}

func loadStarter(t *testing.T) *ruleset.Set {
	t.Helper()
	set, err := starter()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// starter is loaded once for all tests, which only read it.
var starter = sync.OnceValues(func() (*ruleset.Set, error) {
	set, _, err := ruleset.Load(context.Background(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{})
	return set, err
})

func huntFindings(t *testing.T, set *ruleset.Set, source *hunt.Files) []shownFinding {
	t.Helper()
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: source, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := result.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out []shownFinding
	_, err = result.Each(t.Context(), 0, nil, func(f *finding.Finding) error {
		s := shownFinding{title: f.Rule.Title, level: f.Level, ids: slices.Clone(f.EventIDs), action: f.Action, targets: len(f.Facts.Targets)}
		for _, a := range f.Also {
			s.also = append(s.also, a.Rule.Title)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// includes reports whether all ids of b are among those of a.
func includes(a, b []string) bool {
	if len(b) > len(a) {
		return false
	}
	have := map[string]bool{}
	for _, id := range a {
		have[id] = true
	}
	return !slices.ContainsFunc(b, func(id string) bool { return !have[id] })
}

// twins are pairs of findings from medium on with the same events, "first | second" by title.
func twins(findings []shownFinding, least finding.Level) []string {
	var pairs []string
	for i := range findings {
		for j := range i {
			a, b := &findings[j], &findings[i]
			if a.level >= least && b.level >= least && includes(a.ids, b.ids) && includes(b.ids, a.ids) {
				titles := []string{a.title, b.title}
				slices.Sort(titles)
				pairs = append(pairs, strings.Join(titles, " | "))
			}
		}
	}
	return pairs
}

// TestSamplesHaveNoTwins hunts every sample with the whole pack: one deed is one finding.
func TestSamplesHaveNoTwins(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts hundreds of samples with the whole pack")
	}
	set := loadStarter(t)
	n := 0
	for _, file := range ruleFiles(t) {
		s := readSamples(t, file.name)
		for i, sample := range slices.Concat(s.Match, s.NoMatch) {
			if n++; n%4 != 0 && !testkit.Long() {
				continue
			}
			var text strings.Builder
			for _, d := range deliveries(t, sample) {
				text.WriteString(strings.ReplaceAll(d.Text, "\n", " ") + "\n")
			}
			findings := huntFindings(t, set, &hunt.Files{Paths: []string{"-"}, Stdin: strings.NewReader(text.String()), StdinName: "events"})
			for _, pair := range twins(findings, finding.Medium) {
				t.Errorf("%s, case %d: two findings of the same events: %s", file.name, i, pair)
			}
		}
	}
}

func TestExercisesHaveNoTwins(t *testing.T) {
	set := loadStarter(t)
	for _, name := range []string{"data/invictus", "data/sans504"} {
		findings := huntFindings(t, set, &hunt.Files{Paths: []string{testkit.Shared(t, name)}})
		for _, pair := range twins(findings, finding.Medium) {
			t.Errorf("%s: two findings of the same events: %s", name, pair)
		}
	}
}

// TestLevelsByOutcome checks that attempts are not more severe than deeds, and that a special case folds no rule of another
// service, whose events it cannot have.
func TestLevelsByOutcome(t *testing.T) {
	set := loadStarter(t)
	critical := 0
	for _, r := range set.References() {
		info := set.Info(r)
		own, o := ruleset.LevelRank(info.Level), info.Outcomes
		for name, level := range map[string]string{"refused": o.Refused, "failed": o.Failed} {
			if level != "" && ruleset.LevelRank(level) >= own {
				t.Errorf("%s: %s attempts are %s, want less than %s", info.Title, name, level, info.Level)
			}
		}
		for name, level := range map[string]string{"succeeded": o.Succeeded, "first": o.First} {
			if level != "" && ruleset.LevelRank(level) <= own {
				t.Errorf("%s: level %s of %s is not above %s", info.Title, level, name, info.Level)
			}
		}
		if info.MaxLevel() == "critical" {
			critical++
		}
	}
	if critical < 20 {
		t.Errorf("got %d rules that may be critical, want at least 20", critical)
	}
}

// TestFoldsNameReportingRules checks that every rule under egret.folds exists and has findings.
func TestFoldsNameReportingRules(t *testing.T) {
	set := loadStarter(t)
	titles := map[string]string{}
	for _, r := range set.References() {
		if info := set.Info(r); info.Reports {
			titles[info.ID] = info.Title
			if info.Name != "" { // threats fold rules of their own by name
				titles[info.Name] = info.Title
			}
		}
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f-]{27}$`)
	n := 0
	for _, file := range ruleFiles(t) {
		for line := range strings.Lines(file.text) {
			id, title, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "- "), " # ")
			if uuid.MatchString(id) && (!ok || titles[id] != title) {
				t.Errorf("%s: %q is the title %q of rule %s", file.name, titles[id], title, id)
			}
		}
	}
	for _, r := range set.References() {
		for _, id := range set.Info(r).Folds {
			if n++; titles[id] == "" {
				t.Errorf("%s folds %s, which has no findings", set.Info(r).Title, id)
			}
		}
	}
	if n < 60 {
		t.Errorf("got %d folded rules, want at least 60", n)
	}
}

// TestSamplesShowTargets checks that findings of single events say what the call was about. Few calls are about nothing.
func TestSamplesShowTargets(t *testing.T) {
	nothing := []string{"ConsoleLogin", "user.session.start", "RunInstances", "CreateTask", "RequestPhoneNumber", "list"}
	set := loadStarter(t)
	n, checked := 0, 0
	for _, file := range ruleFiles(t) {
		if len(file.metas()) > 1 {
			continue // a correlation
		}
		for _, sample := range readSamples(t, file.name).Match {
			if n++; n%4 != 0 && !testkit.Long() {
				continue
			}
			source := &hunt.Files{Paths: []string{"-"}, Stdin: strings.NewReader(strings.ReplaceAll(string(sample), "\n", " ")), StdinName: "events"}
			for _, f := range huntFindings(t, set, source) {
				if checked++; f.level >= finding.Medium && f.targets == 0 && !slices.Contains(nothing, f.action) {
					t.Errorf("%s: %s (%s) shows no target", file.name, f.title, f.action)
				}
			}
		}
		if testing.Short() && checked > 40 {
			return // the rest is for tests that take their time
		}
	}
}
