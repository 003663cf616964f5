package hunt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	reading "github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
)

// cloudDone lists the folders of samples whose pairs must all be right.
var cloudDone = []string{
	"azure-activity", "bitbucket", "cisco-duo", "entra-audit", "entra-risk", "entra-signin", "gcp", "github", "gworkspace",
	"kubernetes", "m365", "okta", "onelogin",
}

// cloudExcused lists pairs, as "rule file", that may be wrong, with the reason.
var cloudExcused = map[string]string{
	"76737c19-66ee-4c07-b65a-a03301d1573d gcp/edited-gke.jsonl": "the keyword is part of a key, and egret searches values only",
}

// A cloudPair says which records of a file of samples a rule matches.
type cloudPair struct {
	Rule     string `json:"rule_id"`
	File     string
	Match    bool
	Records  []int
	How, Why string
	Disputed []int // either is right
}

// The expected pairs were made by hand from the letter of the rules; see the README of the samples.
func TestCloudRulesFindWhatTheySay(t *testing.T) {
	folder := testkit.Shared(t, "data", "cloud-samples")
	text, err := os.ReadFile(testkit.Shared(t, "data", "cloud-expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	byFile := map[string][]cloudPair{}
	for line := range bytes.Lines(text) {
		var pair cloudPair
		if err := json.Unmarshal(line, &pair); err != nil {
			t.Fatal(err)
		}
		byFile[pair.File] = append(byFile[pair.File], pair)
	}
	set := load(t, ruleset.Folder{Name: "sigmahq", FS: cloudRules(t)})
	compiled := map[*schema.Schema]*ruleset.Compiled{}
	right, wrong := map[string]int{}, map[string]int{}
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		source, _, _ := strings.Cut(file, "/")
		found := cloudMatches(t, set, compiled, filepath.Join(folder, filepath.FromSlash(file)))
		for _, pair := range byFile[file] {
			got := slices.DeleteFunc(slices.Clone(found[pair.Rule]), func(r int) bool { return slices.Contains(pair.Disputed, r) })
			want := slices.DeleteFunc(pair.Records, func(r int) bool { return slices.Contains(pair.Disputed, r) })
			if slices.Equal(got, want) {
				right[source]++
				continue
			}
			wrong[source]++
			reason := cloudExcused[pair.Rule+" "+file]
			switch {
			case reason != "":
				t.Logf("%s %s: got records %v, want %v; known: %s", pair.Rule, file, got, want, reason)
			case slices.Contains(cloudDone, source):
				t.Errorf("%s %s: got records %v, want %v; %s: %s", pair.Rule, file, got, want, pair.How, pair.Why)
			default:
				t.Logf("%s %s: got records %v, want %v; %s", pair.Rule, file, got, want, pair.How)
			}
		}
	}
	for _, source := range slices.Sorted(maps.Keys(byFileSources(byFile))) {
		t.Logf("%-15s %3d right, %3d wrong", source, right[source], wrong[source])
	}
}

func byFileSources(byFile map[string][]cloudPair) map[string]bool {
	sources := map[string]bool{}
	for file := range byFile {
		source, _, _ := strings.Cut(file, "/")
		sources[source] = true
	}
	return sources
}

var cloudProduct = regexp.MustCompile(`(?m)^ +product: *(azure|m365|gcp|okta|github|kubernetes|onelogin|cisco|bitbucket)\b`)

// cloudRules returns SigmaHQ's rules for clouds and identity providers.
func cloudRules(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	root := testkit.Shared(t, "data", "sigmahq")
	for _, part := range []string{
		"rules/cloud", "rules/identity", "rules/application", "rules/network/cisco", "rules-emerging-threats",
		"rules-threat-hunting/cloud", "rules-placeholder",
	} {
		err := filepath.WalkDir(filepath.Join(root, part), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() || filepath.Ext(path) != ".yml" {
				return nil
			}
			text, err := os.ReadFile(path)
			if err == nil && cloudProduct.Match(text) {
				files[strings.TrimPrefix(path, root+"/")] = &fstest.MapFile{Data: text}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// cloudMatches returns the records of a file that each rule matches, in order.
func cloudMatches(t *testing.T, set *ruleset.Set, compiled map[*schema.Schema]*ruleset.Compiled, path string) map[string][]int {
	t.Helper()
	found := map[string][]int{}
	matchers := map[*schema.Schema]*match.Matcher{}
	reader := reading.NewReader(reading.Options{})
	delivered, last, several := 0, int64(0), false
	err := reader.Run(context.Background(), []string{path}, 1, func(_ int, b *reading.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			c := compiled[r.Schema]
			if c == nil {
				c = set.Compile(r.Schema)
				compiled[r.Schema] = c
			}
			if matchers[r.Schema] == nil {
				matchers[r.Schema] = c.Program.NewMatcher()
			}
			index := delivered
			if several = several || r.Number != last && r.Number == int64(delivered); strings.HasSuffix(path, ".jsonl") || several {
				index = int(r.Number)
			}
			delivered, last = delivered+1, r.Number
			for _, query := range matchers[r.Schema].Match(r.Doc) {
				id := set.Rules[c.Rules[query]].ID
				if !slices.Contains(found[id], index) {
					found[id] = append(found[id], index)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range reader.Files() {
		for kind, count := range f.Others {
			t.Logf("%s: %v of %v", path, count, kind)
		}
	}
	return found
}
