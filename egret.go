// Package egret finds attackers in cloud logs. It runs Sigma rules, whose meaning it defines exactly.
//
// Load reads rules from file systems. Use the loaded rules in four ways:
//
//   - Rules.Hunt runs all rules, including correlations, over a stream of events, as the command egret hunt does.
//   - Rules.Compile compiles the detection rules of one log source, and Matcher.Match matches single events.
//   - Rules.SQL converts the rules to queries for a table in Athena, Trino, DuckDB or SQLite.
//   - Rules.Explain reports which predicates of a rule match an event, with the values that they compared.
//
// Rules have the same meaning in all four (docs/meaning.md). This program matches a single event:
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//		"os"
//
//		"github.com/egret-hunt/egret"
//	)
//
//	func main() {
//		rules, diagnostics, err := egret.Load(context.Background(), os.DirFS("rules"))
//		if err != nil {
//			log.Fatal(err)
//		}
//		for _, d := range diagnostics {
//			log.Print(d)
//		}
//		matcher, err := rules.Compile("cloudtrail")
//		if err != nil {
//			log.Fatal(err)
//		}
//		found, err := matcher.Match([]byte(`{"eventName": "ConsoleLogin"}`))
//		if err != nil {
//			log.Fatal(err)
//		}
//		for _, rule := range found {
//			fmt.Println(rule.Level, rule.Title)
//		}
//	}
//
// The package reads only the file systems passed to it, and temporary files of hunts that exceed their memory limits. It
// opens no network connections and needs no cgo.
package egret

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// Rules is a set of loaded rules. It is immutable and safe for concurrent use.
type Rules struct {
	set      *ruleset.Set
	schemas  []*schema.Schema
	minLevel finding.Level
}

// A Rule identifies a rule or correlation.
type Rule struct {
	// ID is the rule's id. If the rule has none, it is a UUID derived from its path and title.
	ID    string
	Title string
	// Level is informational, low, medium, high or critical. It is medium if the rule sets no level. Finding.Level may differ,
	// because rules may give other levels to other outcomes.
	Level string
	// Tags are the rule's tags as written, such as attack.t1078.004; nil if it has none.
	Tags []string
	// Path is the path of the rule's file in its file system.
	Path string
	// Correlation is set if the rule correlates matches of other rules.
	Correlation bool
	// BaseOnly is set if the rule only provides events for correlations and has no findings itself.
	BaseOnly bool
}

// LoadOptions select and change rules. The zero value runs every rule that is not deprecated or unsupported.
type LoadOptions struct {
	// Include keeps only rules with one of these ids, names or tags; Exclude removes such rules. An ATT&CK technique
	// includes its sub-techniques. An empty Include keeps all rules.
	Include, Exclude []string
	// MinLevel removes findings below a level, such as "medium", and rules that have no others. The empty string keeps all
	// levels.
	MinLevel string
	// Levels maps rule ids to changed levels.
	Levels map[string]string
	// Disabled are the ids of rules that do not run.
	Disabled []string
	// Statuses may contain "deprecated" and "unsupported" to also run rules of that status.
	Statuses []string
	// Placeholders maps names to the values of %name% for the expand modifier. A rule that uses a placeholder without
	// values does not run.
	Placeholders map[string][]string
	// Schemas are file systems with schemas in addition to the built-in ones (docs/sources/format.md).
	Schemas []fs.FS
}

// Load calls LoadWith with the default options.
func Load(ctx context.Context, folders ...fs.FS) (*Rules, diag.List, error) {
	return LoadWith(ctx, LoadOptions{}, folders...)
}

// LoadWith reads all rules, correlations and filters in the file systems, from files that end in .yml or .yaml. Filters
// apply to the rules of all file systems. A faulty rule is left out, and a diagnostic gives the reason and position; see
// also Rules.Skipped. LoadWith returns an error if the options are invalid, a file system fails or the context ends.
func LoadWith(ctx context.Context, opt LoadOptions, folders ...fs.FS) (*Rules, diag.List, error) {
	r := &Rules{schemas: schema.All()}
	if len(opt.Schemas) > 0 {
		var own []schema.Folder
		for _, fsys := range opt.Schemas {
			own = append(own, schema.Folder{FS: fsys})
		}
		var err error
		if r.schemas, err = schema.LoadFolders(own...); err != nil {
			return nil, nil, err
		}
	}
	options := ruleset.Options{
		Include: opt.Include, Exclude: opt.Exclude, MinLevel: opt.MinLevel, Disabled: opt.Disabled, Statuses: opt.Statuses,
		Placeholders: opt.Placeholders, Levels: map[string]string{}, Schemas: r.schemas, CheckCorrelation: correlate.Check,
	}
	if options.MinLevel = strings.ToLower(opt.MinLevel); opt.MinLevel != "" && ruleset.LevelRank(options.MinLevel) < 0 {
		return nil, nil, unknownLevel(opt.MinLevel)
	}
	// Iteration order does not matter: each entry has its own key, and ids that differ only in case identify the same rule.
	for id, level := range opt.Levels {
		level = strings.ToLower(level)
		if ruleset.LevelRank(level) < 0 {
			return nil, nil, unknownLevel(level)
		}
		options.Levels[strings.ToLower(id)] = level
	}
	var list []ruleset.Folder
	for _, folder := range folders {
		list = append(list, ruleset.Folder{FS: folder})
	}
	set, diagnostics, err := ruleset.Load(ctx, list, options)
	if err != nil {
		return nil, nil, err
	}
	r.set = set
	if options.MinLevel != "" {
		r.minLevel, _ = finding.ParseLevel(options.MinLevel)
	}
	return r, diagnostics, nil
}

func unknownLevel(level string) error {
	return fmt.Errorf("unknown level %q; the levels are %s", level, strings.Join(ruleset.Levels, ", "))
}

// Starter returns the built-in rule pack. Pass it to Load.
func Starter() fs.FS { return rulepack.FS() }

// Len returns the number of rules that run, without correlations.
func (r *Rules) Len() int { return len(r.set.Rules) }

// All returns the rules that run, with correlations last.
func (r *Rules) All() []Rule {
	list := make([]Rule, 0, len(r.set.Rules)+len(r.set.Correlations))
	for _, rule := range r.set.References() {
		list = append(list, ruleOf(r.set.Info(rule), rule.Correlation))
	}
	return list
}

func ruleOf(info *ruleset.Info, correlation bool) Rule {
	return Rule{
		ID: info.ID, Title: info.Title, Level: info.Level, Tags: info.Tags, Path: info.Path, Correlation: correlation,
		BaseOnly: !info.Reports,
	}
}

// Skipped describes a rule that does not run.
type Skipped struct {
	ID, Title, Path string
	// Reason is one of the reasons in docs/formats/ledger.md, such as unresolved-placeholder.
	Reason string
	// Detail adds to the reason, for example the name of the placeholder. It may be "".
	Detail string
}

// Skipped returns the rules that do not run, in the order of their files.
func (r *Rules) Skipped() []Skipped {
	var list []Skipped
	for _, s := range r.set.Skipped {
		list = append(list, Skipped{ID: s.ID, Title: s.Title, Path: s.Path, Reason: string(s.Reason), Detail: s.Detail})
	}
	return list
}

// Fingerprint returns a SHA-256 hash in hexadecimal of the rules that run, with their levels, filters and placeholders, or ""
// if none runs. Sets with the same fingerprint have the same findings.
func (r *Rules) Fingerprint() string { return r.set.Fingerprint() }

// Schemas returns the sorted names of the built-in log sources.
func Schemas() []string { return schemaNames(schema.All()) }

// Schemas returns the sorted names of all log sources, including those of LoadOptions.Schemas.
func (r *Rules) Schemas() []string { return schemaNames(r.schemas) }

func schemaNames(schemas []*schema.Schema) []string {
	var names []string
	for _, s := range schemas {
		names = append(names, s.Name)
	}
	return names
}
