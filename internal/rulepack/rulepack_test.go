package rulepack_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// ruleFile is one embedded file after parsing.
type ruleFile struct {
	name       string // <service>/<rule>.yml
	text       string
	collection *sigma.Collection
}

// metas returns the common fields of the file's documents in the order of the file.
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

// otherLogs are the log sources besides CloudTrail that the pack has rules for, by the name of their schema.
var otherLogs = map[string]sigma.LogSource{
	"entra-audit":  {Product: "azure", Service: "auditlogs"},
	"entra-signin": {Product: "azure", Service: "signinlogs"},
	"gcp":          {Product: "gcp", Service: "gcp.audit"},
	"m365":         {Product: "m365", Service: "audit"},
	"github":       {Product: "github", Service: "audit"},
	"guardduty":    {Product: "aws", Service: "guardduty"},
	"kubernetes":   {Product: "kubernetes", Service: "audit"},
	"okta":         {Product: "okta", Service: "okta"},
	"route53":      {Product: "aws", Service: "route53"},
	"s3access":     {Product: "aws", Service: "s3access"},
	"securityhub":  {Product: "aws", Service: "securityhub"},
	"vpcflow":      {Product: "aws", Service: "vpcflow"},
}

// mapped reports whether the rules of a file use names that only the log's schema knows, so that its samples are hunted
// (TestHuntsFindSamplesOfOtherClouds) and not compared by the letter.
func (f *ruleFile) mapped() bool {
	return slices.Contains([]string{"azure", "gcp", "m365"}, f.collection.Rules[0].LogSource.Product)
}

// takesUp reports whether a file takes up the findings of another product at their severity.
func (f *ruleFile) takesUp() bool {
	for _, rule := range f.collection.Rules {
		if service := rule.LogSource.Service; service != "guardduty" && service != "securityhub" {
			return false
		}
	}
	return true
}

// ruleFiles parses the pack and fails the test on any diagnostic.
func ruleFiles(t *testing.T) []*ruleFile {
	t.Helper()
	files, err := parsedFiles()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("got no rule files")
	}
	return files
}

// parsedFiles are parsed once for all tests, which only read them.
var parsedFiles = sync.OnceValues(func() ([]*ruleFile, error) {
	var files []*ruleFile
	err := fs.WalkDir(rulepack.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isThreat(name) {
			return err
		}
		text, err := fs.ReadFile(rulepack.FS(), name)
		if err != nil {
			return err
		}
		collection, list := sigma.Parse(source.NewFile(name, string(text)))
		if len(list) > 0 {
			return fmt.Errorf("got %s", list[0])
		}
		files = append(files, &ruleFile{name, string(text), collection})
		return nil
	})
	return files, err
})

func TestFSHoldsOnlyRuleFiles(t *testing.T) {
	for _, file := range ruleFiles(t) {
		if path.Ext(file.name) != ".yml" || strings.Count(file.name, "/") != 1 {
			t.Errorf("%s: want <service>/<rule>.yml", file.name)
		}
	}
}

// TestEveryFileIsEmbedded fails for a rule file that is too deep for the embed pattern, and for samples without a rule.
func TestEveryFileIsEmbedded(t *testing.T) {
	embedded := map[string]bool{}
	for _, file := range ruleFiles(t) {
		embedded[strings.TrimSuffix(file.name, ".yml")] = true
	}
	for _, file := range threatFiles(t) {
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
			t.Errorf("%s does not belong to an embedded rule", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRuleMetadata(t *testing.T) {
	uuid4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	levels := []string{"informational", "low", "medium", "high"}
	ids, titles, names := map[string]string{}, map[string]string{}, map[string]string{}
	once := func(seen map[string]string, what, text, file string) {
		if other, again := seen[text]; again {
			t.Errorf("%s: %s %q is also in %s", file, what, text, other)
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
				t.Errorf("%s: id %q is not a version 4 UUID", where, meta.ID)
			}
			if meta.Status != "test" && meta.Status != "experimental" {
				t.Errorf("%s: status %q", where, meta.Status)
			}
			if !slices.Contains(levels, meta.Level) && (meta.Level != "critical" || !file.takesUp()) {
				t.Errorf("%s: level %q", where, meta.Level)
			}
			if meta.Description == "" || len(meta.FalsePositives) == 0 || len(meta.References) == 0 || meta.Date == "" {
				t.Errorf("%s: want description, false positives, references and date", where)
			}
			if meta.Author != "egret contributors" {
				t.Errorf("%s: author %q", where, meta.Author)
			}
			for _, reference := range meta.References {
				if !regexp.MustCompile(`^https://(docs\.aws\.amazon\.com|aws\.amazon\.com|attack\.mitre\.org|developer\.okta\.com|docs\.github\.com|kubernetes\.io|learn\.microsoft\.com|cloud\.google\.com)/`).MatchString(reference) {
					t.Errorf("%s: got reference %q, want one of the vendor or ATT&CK", where, reference)
				}
			}
			for _, unknown := range meta.Unknown {
				if unknown.Key != "egret" { // PackLoads checks what is below it
					t.Errorf("%s: unknown key %q", where, unknown.Key)
				}
			}
		}
		for _, rule := range file.collection.Rules {
			known := rule.LogSource.Product == "aws" && rule.LogSource.Service == "cloudtrail"
			for _, other := range otherLogs {
				known = known || rule.LogSource.Product == other.Product && rule.LogSource.Service == other.Service
			}
			if !known {
				t.Errorf("%s: got log source %v", file.name, rule.LogSource)
			}
		}
	}
}

// TestFilesHoldOneReportingRule checks that each file holds a single detection rule, or rules that are all used by the
// correlation in the last document.
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
				t.Errorf("%s: %q: want only the last document to report", file.name, meta.Title)
			}
		}
		if len(file.collection.Filters) > 0 {
			t.Errorf("%s: got a filter, want only rules", file.name)
		}
	}
}

// TestRulesNameNoTool checks that the rules match behaviour: a rule on a tool's user agent finds the exercise, not the
// thief.
func TestRulesNameNoTool(t *testing.T) {
	banned := regexp.MustCompile(`(?i)stratus|red-?team|malicious|pacu|scoutsuite|prowler|cloudfox|terraform|boto3|kali|userAgent\||userAgent:`)
	for _, file := range ruleFiles(t) {
		if found := banned.FindString(file.text); found != "" {
			t.Errorf("%s names %q", file.name, found)
		}
	}
}

// attackTactics reads the ATT&CK techniques and their tactics from the public test data.
func attackTactics(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, "data/attack-19-techniques.tsv"))
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

// TestTagsAgreeWithATTACK checks that every technique exists, that every tactic belongs to one of the techniques, and
// that every technique has one of its tactics among the tags.
func TestTagsAgreeWithATTACK(t *testing.T) {
	known := attackTactics(t)
	technique := regexp.MustCompile(`^attack\.t\d`)
	files := ruleFiles(t)
	for _, file := range threatFiles(t) {
		files = append(files, &file.ruleFile)
	}
	for _, file := range files {
		for _, meta := range file.metas() {
			want := map[string]bool{} // tactic of a technique; true if a tag names it
			var techniques []string
			for _, tag := range meta.Tags {
				if !technique.MatchString(tag) {
					continue
				}
				techniques = append(techniques, tag)
				if known[tag] == nil {
					t.Errorf("%s: ATT&CK has no technique %s", file.name, tag)
				}
				for _, tactic := range known[tag] {
					want["attack."+tactic] = false
				}
			}
			if file.takesUp() && len(meta.Tags) == 0 {
				continue // the finding names what it saw
			}
			if len(techniques) == 0 || len(techniques) == len(meta.Tags) {
				t.Errorf("%s: want tactics and techniques, got %v", file.name, meta.Tags)
			}
			for _, tag := range meta.Tags {
				if technique.MatchString(tag) {
					continue
				}
				if _, ok := want[tag]; !ok {
					t.Errorf("%s: %s is not a tactic of %v", file.name, tag, techniques)
				}
				want[tag] = true
			}
			for _, tag := range techniques {
				if !slices.ContainsFunc(known[tag], func(tactic string) bool { return want["attack."+tactic] }) {
					t.Errorf("%s: got no tactic of %s, want one of %v", file.name, tag, slices.Sorted(maps.Keys(want)))
				}
			}
		}
	}
}

// TestPackLoads loads the pack as a hunt does: without diagnostics and without skipped rules.
func TestPackLoads(t *testing.T) {
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, diagnostic := range list {
		t.Errorf("got %s", diagnostic)
	}
	if len(set.Skipped) > 0 {
		t.Errorf("got %d skipped rules, the first: %+v", len(set.Skipped), set.Skipped[0])
	}
	rules, correlations := 0, 0
	for _, file := range ruleFiles(t) {
		rules += len(file.collection.Rules)
		correlations += len(file.collection.Correlations)
	}
	for _, file := range threatFiles(t) {
		rules += len(file.collection.Rules)
		correlations += len(file.collection.Correlations)
	}
	if len(set.Rules) != rules || len(set.Correlations) != correlations {
		t.Errorf("got %d rules and %d correlations, want %d and %d", len(set.Rules), len(set.Correlations), rules, correlations)
	}
}
