package rulepack_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// ruleFile is one embedded file, parsed.
type ruleFile struct {
	name       string // <service>/<rule>.yml
	text       string
	collection *sigma.Collection
}

// metas lists what the documents of the file share, in the order of the file.
func (f *ruleFile) metas() []*sigma.Meta {
	var metas []*sigma.Meta
	for _, rule := range f.collection.Rules {
		metas = append(metas, &rule.Meta)
	}
	for _, correlation := range f.collection.Correlations {
		metas = append(metas, &correlation.Meta)
	}
	slices.SortFunc(metas, func(a, b *sigma.Meta) int { return a.Document - b.Document })
	return metas
}

// ruleFiles parses the pack and fails the test on any diagnostic.
func ruleFiles(t *testing.T) []*ruleFile {
	t.Helper()
	var files []*ruleFile
	err := fs.WalkDir(rulepack.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(rulepack.FS(), name)
		if err != nil {
			return err
		}
		collection, list := sigma.Parse(source.NewFile(name, string(text)))
		for _, diagnostic := range list {
			t.Errorf("%s", diagnostic)
		}
		files = append(files, &ruleFile{name, string(text), collection})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("the pack is empty")
	}
	return files
}

func TestFSHoldsOnlyRuleFiles(t *testing.T) {
	for _, file := range ruleFiles(t) {
		if path.Ext(file.name) != ".yml" || strings.Count(file.name, "/") != 1 {
			t.Errorf("%s: want <service>/<rule>.yml", file.name)
		}
	}
}

// TestEveryFileIsEmbedded fails on a rule file that lies too deep for the embed pattern, and on samples without a rule.
func TestEveryFileIsEmbedded(t *testing.T) {
	embedded := map[string]bool{}
	for _, file := range ruleFiles(t) {
		embedded[strings.TrimSuffix(file.name, ".yml")] = true
	}
	err := filepath.WalkDir("data", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel("data", name)
		if err != nil {
			return err
		}
		rule := strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(rel), ".yml"), ".events.json")
		if !embedded[rule] {
			t.Errorf("%s belongs to no embedded rule", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRulesSayWhatTheyShould(t *testing.T) {
	uuid4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	levels := []string{"informational", "low", "medium", "high"}
	ids, titles, names := map[string]string{}, map[string]string{}, map[string]string{}
	once := func(seen map[string]string, what, text, file string) {
		if other, again := seen[text]; again {
			t.Errorf("%s: %s %q stands in %s too", file, what, text, other)
		}
		seen[text] = file
	}
	for _, file := range ruleFiles(t) {
		for _, meta := range file.metas() {
			where := file.name + ": " + meta.Title
			once(ids, "id", meta.ID, file.name)
			once(titles, "title", meta.Title, file.name)
			if meta.Name != "" {
				once(names, "name", meta.Name, file.name)
			}
			if !uuid4.MatchString(meta.ID) {
				t.Errorf("%s: id %q is no UUID of version 4", where, meta.ID)
			}
			if meta.Status != "test" && meta.Status != "experimental" {
				t.Errorf("%s: status %q", where, meta.Status)
			}
			if !slices.Contains(levels, meta.Level) {
				t.Errorf("%s: level %q", where, meta.Level)
			}
			if meta.Description == "" || len(meta.FalsePositives) == 0 || len(meta.References) == 0 || meta.Date == "" {
				t.Errorf("%s: want description, false positives, references and date", where)
			}
			if meta.Author != "egret contributors" {
				t.Errorf("%s: author %q", where, meta.Author)
			}
			for _, reference := range meta.References {
				if !regexp.MustCompile(`^https://(docs\.aws\.amazon\.com|aws\.amazon\.com|attack\.mitre\.org)/`).MatchString(reference) {
					t.Errorf("%s: reference %q is neither AWS nor ATT&CK", where, reference)
				}
			}
			if len(meta.Unknown) > 0 {
				t.Errorf("%s: unknown key %q", where, meta.Unknown[0].Key)
			}
		}
		for _, rule := range file.collection.Rules {
			if rule.LogSource.Product != "aws" || rule.LogSource.Service != "cloudtrail" {
				t.Errorf("%s: log source %v", file.name, rule.LogSource)
			}
		}
	}
}

// TestFilesHoldOneReportingRule pins the layout: a detection rule alone, or rules that all lead up to the correlation
// that stands last.
func TestFilesHoldOneReportingRule(t *testing.T) {
	for _, file := range ruleFiles(t) {
		served := map[string]bool{}
		for _, correlation := range file.collection.Correlations {
			for _, reference := range correlation.Rules {
				served[reference.Value] = true
			}
		}
		metas := file.metas()
		for i, meta := range metas {
			if last := i == len(metas)-1; last == served[meta.Name] {
				t.Errorf("%s: %q: want the last document, and no other, to report", file.name, meta.Title)
			}
		}
		if len(file.collection.Filters) > 0 {
			t.Errorf("%s: a filter has no place in the pack", file.name)
		}
	}
}

// TestRulesNameNoTool keeps the pack about behaviour: who matches a tool's user agent finds the exercise, not the thief.
func TestRulesNameNoTool(t *testing.T) {
	banned := regexp.MustCompile(`(?i)stratus|red-?team|malicious|pacu|scoutsuite|prowler|cloudfox|terraform|boto3|kali|userAgent\||userAgent:`)
	for _, file := range ruleFiles(t) {
		if found := banned.FindString(file.text); found != "" {
			t.Errorf("%s names %q", file.name, found)
		}
	}
}

// attackTactics reads the techniques of ATT&CK with their tactics from the public test data.
func attackTactics(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, "data/attack-techniques.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	tactics := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		columns := strings.Split(strings.TrimSpace(line), "\t")
		if len(columns) == 3 {
			tactics["attack."+strings.ToLower(columns[0])] = strings.Split(columns[2], ",")
		}
	}
	return tactics
}

// TestTagsAgreeWithATTACK asks that every technique exists, that every tactic named is one of a technique named, and
// that every technique named has one of its tactics named.
func TestTagsAgreeWithATTACK(t *testing.T) {
	known := attackTactics(t)
	technique := regexp.MustCompile(`^attack\.t\d`)
	for _, file := range ruleFiles(t) {
		for _, meta := range file.metas() {
			want := map[string]bool{} // tactic of a technique, whether it is named
			var techniques []string
			for _, tag := range meta.Tags {
				if !technique.MatchString(tag) {
					continue
				}
				techniques = append(techniques, tag)
				if known[tag] == nil {
					t.Errorf("%s: %s is not in ATT&CK", file.name, tag)
				}
				for _, tactic := range known[tag] {
					want["attack."+tactic] = false
				}
			}
			if len(techniques) == 0 || len(techniques) == len(meta.Tags) {
				t.Errorf("%s: want tactics and techniques, got %v", file.name, meta.Tags)
			}
			for _, tag := range meta.Tags {
				if technique.MatchString(tag) {
					continue
				}
				if _, ok := want[tag]; !ok {
					t.Errorf("%s: %s is no tactic of %v", file.name, tag, techniques)
				}
				want[tag] = true
			}
			for _, tag := range techniques {
				if !slices.ContainsFunc(known[tag], func(tactic string) bool { return want["attack."+tactic] }) {
					t.Errorf("%s: no tactic of %s among %v", file.name, tag, slices.Sorted(maps.Keys(want)))
				}
			}
		}
	}
}

// TestPackLoads loads the pack as a hunt does: no diagnostic, nothing skipped.
func TestPackLoads(t *testing.T) {
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, diagnostic := range list {
		t.Errorf("%s", diagnostic)
	}
	if len(set.Skipped) > 0 {
		t.Errorf("%d rules skipped, the first: %+v", len(set.Skipped), set.Skipped[0])
	}
	rules, correlations := 0, 0
	for _, file := range ruleFiles(t) {
		rules += len(file.collection.Rules)
		correlations += len(file.collection.Correlations)
	}
	if len(set.Rules) != rules || len(set.Correlations) != correlations {
		t.Errorf("loaded %d rules and %d correlations, the files hold %d and %d", len(set.Rules), len(set.Correlations), rules, correlations)
	}
}
