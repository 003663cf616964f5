package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// The pages about rules: which of them a table of Security Lake can serve, and which of SigmaHQ's can match at all.
const (
	securityLakePage = "security-lake-rules.md"
	sigmaHQPage      = "sigmahq-rules.md"
)

// sigmaHQFolders are the folders of SigmaHQ's rules that are neither deprecated nor unsupported.
var sigmaHQFolders = []string{"rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder"}

// rulePages returns the pages about rules by file name, or nil and the reason if SigmaHQ's rules are absent: they are public
// test data outside the repository.
func rulePages(ctx context.Context) (map[string]string, error) {
	shared := os.Getenv("EGRET_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "shared")
	}
	sigmaHQ := os.DirFS(filepath.Join(shared, "data", "sigmahq"))
	if _, err := fs.Stat(sigmaHQ, sigmaHQFolders[0]); err != nil {
		return nil, fmt.Errorf("public test data is absent: %w (set EGRET_SHARED to its folder)", err)
	}
	var folders []ruleset.Folder
	for _, name := range sigmaHQFolders {
		folder, err := fs.Sub(sigmaHQ, name)
		if err != nil {
			return nil, err
		}
		folders = append(folders, ruleset.Folder{Name: name, FS: folder})
	}
	public, _, err := ruleset.Load(ctx, folders, ruleset.Options{Placeholders: anyPlaceholder(sigmaHQ)})
	if err != nil {
		return nil, err
	}
	starter, list, err := ruleset.Load(ctx, []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{})
	if err != nil {
		return nil, err
	}
	if list.HasErrors() {
		return nil, errors.New("the starter pack has errors")
	}
	return map[string]string{securityLakePage: lakeRulesPage(starter, public), sigmaHQPage: publicRulesPage(public)}, nil
}

// anyPlaceholder gives each placeholder of the rules a value, so that rules load that need one.
func anyPlaceholder(rules fs.FS) map[string][]string {
	values := map[string][]string{}
	// A file that cannot be read is reported when the rules are loaded.
	_ = fs.WalkDir(rules, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yml") {
			return nil //nolint:nilerr // as above
		}
		text, err := fs.ReadFile(rules, path)
		if err != nil || !strings.Contains(string(text), "|expand") {
			return nil //nolint:nilerr // as above
		}
		for i, part := range strings.Split(string(text), "%") {
			if i%2 == 1 && !strings.ContainsAny(part, " \n") {
				values[part] = []string{"value"}
			}
		}
		return nil
	})
	return values
}

// lakeRule is the outcome of a rule for the layouts of Security Lake: "found", "refused: field", or "" if its log has no such
// layout.
type lakeRule struct {
	path, title string
	outcome     map[string]string // by name of the layout
}

// lakeVersions are the layouts that the page compares, and the titles of their columns.
var lakeVersions = []struct{ layout, title string }{{"security-lake-v1", "version 1"}, {"security-lake-v2", "version 2"}}

func lakeRulesPage(sets ...*ruleset.Set) string {
	var b strings.Builder
	b.WriteString(`# Rules on Security Lake

Amazon Security Lake keeps logs in OCSF: source version 1 in OCSF 1.0.0-rc.2, version 2 in OCSF 1.1.0. AWS's mapping moves
fields of the log to other columns, and drops the text of objects. egret reads a field where the mapping puts it. If the
table does not have it, the rule is refused, with the field. ` + "`make generate`" + ` writes this page.

`)
	for i, set := range sets {
		name := "The starter pack"
		if i > 0 {
			name = "SigmaHQ's rules for AWS and Kubernetes"
		}
		lakeRulesSection(&b, name, lakeRules(set))
	}
	return b.String()
}

func lakeRules(set *ruleset.Set) []*lakeRule {
	var rules []*lakeRule
	byKey := map[string]*lakeRule{}
	for _, s := range schema.All() {
		for _, layout := range s.Layouts() {
			version := slices.IndexFunc(lakeVersions, func(v struct{ layout, title string }) bool { return v.layout == layout.Name })
			if version < 0 {
				continue
			}
			results := convert.ToSQL(set, sqlgen.Options{Dialect: sqlgen.DialectByName("athena"), Layout: layout, Table: "t"})
			for _, result := range results {
				if len(result.Diagnostics) > 0 && result.Diagnostics[0].Code == "unknown-log-source" {
					continue // a rule for another log
				}
				key := result.Path + "#" + fmt.Sprint(result.Origin.Document)
				r := byKey[key]
				if r == nil {
					r = &lakeRule{path: result.Path, title: result.Title, outcome: map[string]string{}}
					byKey[key] = r
					rules = append(rules, r)
				}
				r.outcome[layout.Name] = "found"
				if result.Query == "" {
					r.outcome[layout.Name] = "refused: " + refusal(&result)
				}
			}
		}
	}
	slices.SortStableFunc(rules, func(a, b *lakeRule) int { return strings.Compare(a.path, b.path) })
	return rules
}

// refusal names what keeps a rule from being converted.
func refusal(result *convert.Result) string {
	if len(result.Unmapped) > 0 {
		return codes(result.Unmapped)
	}
	if len(result.Diagnostics) > 0 {
		return result.Diagnostics[0].Message
	}
	return "no reason"
}

func lakeRulesSection(b *strings.Builder, name string, rules []*lakeRule) {
	fmt.Fprintf(b, "## %s\n\n| layout | rules | found | refused |\n|---|---|---|---|\n", name)
	for _, version := range lakeVersions {
		found, refused := 0, 0
		for _, r := range rules {
			switch outcome := r.outcome[version.layout]; {
			case outcome == "found":
				found++
			case outcome != "":
				refused++
			}
		}
		fmt.Fprintf(b, "| `%s` | %d | %d | %d |\n", version.layout, found+refused, found, refused)
	}
	b.WriteString("\n| rule | title |")
	for _, version := range lakeVersions {
		fmt.Fprintf(b, " %s |", version.title)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(lakeVersions)) + "\n")
	for _, r := range rules {
		_, path, _ := strings.Cut(filepath.ToSlash(r.path), "/")
		fmt.Fprintf(b, "| `%s` | %s |", strings.TrimSuffix(path, ".yml"), r.title)
		for _, version := range lakeVersions {
			outcome := r.outcome[version.layout]
			if outcome == "" {
				outcome = "–"
			}
			fmt.Fprintf(b, " %s |", outcome)
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

// publicSource is a log source of Sigma with its rules.
type publicSource struct {
	name   string // as in "azure / – / signinlogs"
	rules  int
	egret  []string // names of the schemas that serve it
	silent []string // rules that match nothing, with the reason
}

func publicRulesPage(set *ruleset.Set) string {
	sources := publicSources(set)
	var b strings.Builder
	b.WriteString(`# SigmaHQ's rules for clouds and identity providers

How many of [SigmaHQ's rules](https://github.com/SigmaHQ/sigma) load for each log source that egret reads, and how many of them
can match events of the log as services export it. The rest ask for a field or value that the log never has; egret loads
them with the warning ` + "`never-matches`" + `. Rules with placeholders count as if all placeholders were filled. Rules that are
deprecated or unsupported are left out. ` + "`make generate`" + ` writes this page.

| product / category / service | log sources of egret | rules | can match |
|---|---|---|---|
`)
	total, working := 0, 0
	for _, s := range sources {
		fmt.Fprintf(&b, "| %s | %s | %d | %d |\n", s.name, codes(s.egret), s.rules, s.rules-len(s.silent))
		total, working = total+s.rules, working+s.rules-len(s.silent)
	}
	fmt.Fprintf(&b, "| all | | %d | %d |\n\n## Rules that match nothing\n\n| rule | title | reason |\n|---|---|---|\n", total, working)
	for _, s := range sources {
		for _, line := range s.silent {
			b.WriteString(line)
		}
	}
	return b.String()
}

func publicSources(set *ruleset.Set) []*publicSource {
	byName := map[string]*publicSource{}
	var sources []*publicSource
	part := func(text string) string {
		if text == "" {
			return "–"
		}
		return text
	}
	for _, rule := range set.Rules {
		var serving []string
		for _, s := range schema.All() {
			if s.Serves(rule.LogSource) {
				serving = append(serving, s.Name)
			}
		}
		if len(serving) == 0 || slices.Contains(serving, "windows") {
			continue
		}
		name := fmt.Sprintf("%s / %s / %s", part(rule.LogSource.Product), part(rule.LogSource.Category), part(rule.LogSource.Service))
		s := byName[name]
		if s == nil {
			s = &publicSource{name: name, egret: serving}
			byName[name] = s
			sources = append(sources, s)
		}
		s.rules++
		if why, ok := ruleset.MatchesNothing(rule, nil); ok {
			_, path, _ := strings.Cut(filepath.ToSlash(rule.Path), "/")
			s.silent = append(s.silent, fmt.Sprintf("| `%s` | %s | %s |\n", strings.TrimSuffix(path, ".yml"), rule.Title, strings.ReplaceAll(why, "|", `\|`)))
		}
	}
	slices.SortFunc(sources, func(a, b *publicSource) int { return strings.Compare(a.name, b.name) })
	for _, s := range sources {
		slices.Sort(s.silent)
	}
	return sources
}
