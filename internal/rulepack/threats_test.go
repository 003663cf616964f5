package rulepack_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/source"
)

// threatSamples is the content of threats/<id>.events.json: for each vendor cases that its rules must find and cases that they
// must not. A case is an event or a list of events, in which {"repeat", "seconds", "event"} stands for copies as in samples of
// rules. In every event `{i}` is the number of the copy or event, `{n}` that of the case, `{t}` the time in UTC, `{u}` the same
// without Z and "{ms}" in milliseconds as a number.
type threatSamples map[string]struct {
	Match   []json.RawMessage `json:"match"`
	NoMatch []json.RawMessage `json:"no_match"`
}

// threatFile is one embedded threat document after parsing.
type threatFile struct {
	ruleFile

	threat *threat.Threat
}

// isThreat reports whether a file of the pack is a threat document. Tests of rule files leave it out.
func isThreat(name string) bool { return strings.HasPrefix(name, "threats/") }

func threatFiles(t *testing.T) []*threatFile {
	t.Helper()
	names, err := fs.Glob(rulepack.FS(), "threats/*.yml")
	if err != nil || len(names) < 10 {
		t.Fatalf("got %d threat documents, want at least 10: %v", len(names), err)
	}
	var files []*threatFile
	for _, name := range names {
		text, err := fs.ReadFile(rulepack.FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		collection, threats, list := threat.Parse(source.NewFile(name, string(text)))
		for _, d := range list {
			t.Errorf("got %s", d)
		}
		if len(threats) != 1 || name != "threats/"+threats[0].ID+".yml" {
			t.Fatalf("%s: want one threat with the name of the file", name)
		}
		files = append(files, &threatFile{ruleFile{name, string(text), collection}, threats[0]})
	}
	return files
}

// lines returns the events of a case as JSON lines.
func (s threatSamples) lines(t *testing.T, n int, sample json.RawMessage) string {
	t.Helper()
	entries := []json.RawMessage{sample}
	if strings.HasPrefix(strings.TrimSpace(string(sample)), "[") {
		decode(t, sample, &entries)
	}
	var out strings.Builder
	start := time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)
	for at, entry := range entries {
		var many repeated
		decode(t, entry, &many)
		if many.Repeat == 0 {
			many = repeated{Repeat: 1, Event: entry}
		}
		for i := range many.Repeat {
			when := start.Add(time.Duration(at+i*many.Seconds) * time.Second)
			out.WriteString(strings.NewReplacer(
				"{i}", strconv.Itoa(at+i), "{n}", strconv.Itoa(n), "{t}", when.Format(time.RFC3339), "{u}", when.Format("2006-01-02T15:04:05"),
				`"{ms}"`, strconv.FormatInt(when.UnixMilli(), 10), "\n", " ",
			).Replace(string(many.Event)) + "\n")
		}
	}
	return out.String()
}

func readThreatSamples(t *testing.T, file *threatFile) threatSamples {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("data", strings.TrimSuffix(file.name, ".yml")+".events.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s threatSamples
	decode(t, text, &s)
	return s
}

// TestThreatSamples hunts the samples of every vendor: the rules of its part must find what matches and no near miss.
func TestThreatSamples(t *testing.T) {
	for n, file := range threatFiles(t) {
		if testing.Short() && n%4 != 0 {
			continue
		}
		t.Run(file.threat.ID, func(t *testing.T) {
			set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{Include: []string{file.threat.ID}})
			if err != nil {
				t.Fatal(err)
			}
			samples := readThreatSamples(t, file)
			for _, v := range file.threat.Vendors {
				if len(v.Made) == 0 {
					continue
				}
				s := samples[v.ID]
				if len(s.Match) == 0 || len(s.NoMatch) == 0 {
					t.Errorf("%s: want at least one matching and one other sample", v.ID)
				}
				for i, sample := range slices.Concat(s.Match, s.NoMatch) {
					lines := samples.lines(t, i, sample)
					source := &hunt.Files{Paths: []string{"-"}, Stdin: strings.NewReader(lines), StdinName: "events"}
					n := 0
					for _, id := range foundRules(t, set, source, strings.Count(lines, "\n")) {
						if slices.Contains(v.Made, id) {
							n++
						}
					}
					if match := i < len(s.Match); match != (n > 0) {
						t.Errorf("%s, case %d: got %d findings, want some: %v; %.300s", v.ID, i, n, match, lines)
					}
				}
			}
		})
	}
}

// foundRules returns the ids of the rules of findings, and checks that all events were read and that findings name a threat.
func foundRules(t *testing.T, set *ruleset.Set, source *hunt.Files, events int) []string {
	t.Helper()
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: source, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if n := result.Ledger.Records.Evaluated; n != int64(events) {
		t.Errorf("%d of %d events were evaluated", n, events)
	}
	var ids []string
	_, err = result.Each(t.Context(), 0, nil, func(f *finding.Finding) error {
		if f.Rule.Threat.ID == "" || f.Rule.Threat.Title == "" {
			t.Errorf("%s names no threat", f.Rule.Title)
		}
		ids = append(ids, f.Rule.ID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestThreatSamplesHaveNoTwins hunts the matching samples with the whole pack: one deed is one finding.
func TestThreatSamplesHaveNoTwins(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts with the whole pack")
	}
	set := loadStarter(t)
	for _, file := range threatFiles(t) {
		samples := readThreatSamples(t, file)
		for vendor, s := range samples { // each vendor by itself
			for i, sample := range s.Match {
				source := &hunt.Files{Paths: []string{"-"}, Stdin: strings.NewReader(samples.lines(t, i, sample)), StdinName: "events"}
				for _, pair := range twins(huntFindings(t, set, source), finding.Medium) {
					t.Errorf("%s, %s, case %d: two findings of the same events: %s", file.name, vendor, i, pair)
				}
			}
		}
	}
}

// TestThreatsSayWhatRulesSay checks tags, references and texts as of rules, and that rules of other files exist and report.
func TestThreatsSayWhatRulesSay(t *testing.T) {
	set := loadStarter(t)
	titles := map[string]string{}
	for _, r := range set.References() {
		if info := set.Info(r); info.Reports {
			titles[info.ID] = info.Title
		}
	}
	referred := 0
	for _, file := range threatFiles(t) {
		if file.threat.Why == "" || len(file.threat.Tags) < 2 {
			t.Errorf("%s: want a reason, a tactic and a technique", file.name)
		}
		for _, meta := range file.metas() {
			if len(meta.FalsePositives) == 0 || len(meta.References) == 0 || meta.Date == "" || meta.Author != "egret contributors" || meta.Status != "test" {
				t.Errorf("%s: %s lacks false positives, references, date, author or status", file.name, meta.Title)
			}
		}
		for _, v := range file.threat.Vendors {
			for _, reference := range v.Rules {
				referred++
				_, comment, _ := strings.Cut(file.text, reference.Value)
				comment, _, _ = strings.Cut(comment, "\n")
				if title := titles[reference.Value]; title == "" || comment != " # "+title {
					t.Errorf("%s: %s%s, but the title is %q", file.name, reference.Value, comment, title)
				}
			}
		}
	}
	if referred < 70 {
		t.Errorf("threats name %d rules, want at least 70", referred)
	}
}

// TestFindingsOfRulesNameTheirThreat checks that findings of CloudTrail's rules belong to threats in the public exercise.
func TestFindingsOfRulesNameTheirThreat(t *testing.T) {
	set := loadStarter(t)
	result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{testkit.Shared(t, "data/invictus")}}, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	threats := map[string]int{}
	_, err = result.Each(t.Context(), 0, nil, func(f *finding.Finding) error {
		threats[f.Rule.Threat.ID]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The exercise has these: a trail stopped and deleted, snapshots and a bucket shared, roles that trust outsiders, users that
	// were made administrators and got keys, secrets and passwords of machines read.
	for _, id := range []string{"logging-switched-off", "data-shared-outside", "administrator-made", "credentials-for-another", "mass-read", "discovery-burst"} {
		if threats[id] == 0 {
			t.Errorf("no finding belongs to %s: %v", id, threats)
		}
	}
}
