// Package egret finds attackers in cloud logs with open detection content: Sigma rules with one exact meaning.
//
// Load reads rules from file systems. What is loaded can be used in four ways:
//
//   - Rules.Hunt runs all rules, correlations included, over a stream of events, as the command egret hunt does.
//   - Rules.Compile makes the detection rules of one log source ready, and Matcher.Match holds single events against them.
//   - Rules.SQL writes the rules as queries for a table in Athena, Trino or DuckDB.
//   - Rules.Explain says of a rule and an event which predicates held, and what they saw.
//
// All four give a rule the same meaning (docs/meaning.md). A program that matches single events:
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
// The package reads no files but those of the file systems that it is given, and temporary ones in a hunt that needs more
// than its memory. It opens no connection and needs no cgo.
package egret

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// Rules are loaded rules. They do not change and are safe for concurrent use.
type Rules struct {
	set     *ruleset.Set
	schemas []*schema.Schema
}

// Rule says which rule a result is about.
type Rule struct {
	// ID is the rule's id; a rule without one has a UUID that is made of its path and title.
	ID    string
	Title string
	// Level is informational, low, medium, high or critical; medium where the rule says nothing.
	Level string
	// Tags are the rule's tags as written, such as attack.t1078.004; nil if it has none.
	Tags []string
	// Path is the rule's file within its file system.
	Path string
	// Correlation says that it counts what other rules match.
	Correlation bool
	// BaseOnly says that the rule only feeds correlations: its author did not want it to report on its own.
	BaseOnly bool
}

// LoadOptions are choices about rules. The zero value runs every rule that is not deprecated or unsupported.
type LoadOptions struct {
	// Include keeps only rules with one of these ids, names or tags, Exclude leaves such rules out. A technique of ATT&CK
	// means its sub-techniques too. An empty Include keeps all.
	Include, Exclude []string
	// MinLevel leaves out rules below it, such as "medium"; "" for none.
	MinLevel string
	// Levels gives rules other levels, by id; Disabled are ids of rules that do not run.
	Levels   map[string]string
	Disabled []string
	// Statuses are those among deprecated and unsupported whose rules run too.
	Statuses []string
	// Placeholders are the values of %name% for the modifier expand. A rule with a placeholder that has none does not run.
	Placeholders map[string][]string
	// Schemas have files of log sources and table profiles beside those that come with egret (docs/sources/format.md).
	Schemas []fs.FS
}

// Load reads every rule below the file systems with the default options; see LoadWith.
func Load(ctx context.Context, folders ...fs.FS) (*Rules, diag.List, error) {
	return LoadWith(ctx, LoadOptions{}, folders...)
}

// LoadWith reads every rule, correlation and filter below the file systems: files that end in .yml or .yaml. Filters apply
// to the rules of all file systems. A rule with a fault is left out and the diagnostics say why, with its place; see also
// Rules.Skipped. The error is of the options, a file system or the context.
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
	// Any order: each entry goes under a key of its own, and ids that differ in case alone mean the same rule.
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
	return r, diagnostics, nil
}

func unknownLevel(level string) error {
	return fmt.Errorf("%q is no level; the levels are %s", level, strings.Join(ruleset.Levels, ", "))
}

// Starter is the rule pack that comes with egret, for Load.
func Starter() fs.FS { return rulepack.FS() }

// Len is the number of detection rules that are active, without correlations. Rules of the status deprecated or
// unsupported are not.
func (r *Rules) Len() int { return len(r.set.Rules) }

// All lists the active rules, correlations last.
func (r *Rules) All() []Rule {
	list := make([]Rule, 0, len(r.set.Rules)+len(r.set.Correlations))
	for _, rule := range r.set.Rules {
		list = append(list, ruleOf(&rule.Info, false))
	}
	for _, c := range r.set.Correlations {
		list = append(list, ruleOf(&c.Info, true))
	}
	return list
}

func ruleOf(info *ruleset.Info, correlation bool) Rule {
	return Rule{
		ID: info.ID, Title: info.Title, Level: info.Level, Tags: info.Meta.Tags, Path: info.Path, Correlation: correlation,
		BaseOnly: !info.Reports,
	}
}

// Skipped is a rule that was found and does not run.
type Skipped struct {
	ID, Title, Path string
	// Reason is one of the words of docs/formats/ledger.md, such as unresolved-placeholder; Detail names the thing that it is
	// about, "" if there is nothing to add.
	Reason, Detail string
}

// Skipped lists the rules that were found and do not run, in the order of their files.
func (r *Rules) Skipped() []Skipped {
	var list []Skipped
	for _, s := range r.set.Skipped {
		list = append(list, Skipped{ID: s.ID, Title: s.Title, Path: s.Path, Reason: string(s.Reason), Detail: s.Detail})
	}
	return list
}

// Fingerprint is a SHA-256 in hexadecimal over the rules that run, with their levels, filters and placeholders; "" if none
// does. Two sets with the same fingerprint give the same findings.
func (r *Rules) Fingerprint() string { return r.set.Fingerprint() }

// Schemas are the names of the log sources that come with egret, sorted.
func Schemas() []string { return schemaNames(schema.All()) }

// Schemas are the names of the log sources that Compile knows, those of LoadOptions.Schemas included, sorted.
func (r *Rules) Schemas() []string { return schemaNames(r.schemas) }

func schemaNames(schemas []*schema.Schema) []string {
	var names []string
	for _, s := range schemas {
		names = append(names, s.Name)
	}
	return names
}
