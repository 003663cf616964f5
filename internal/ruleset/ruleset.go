// Package ruleset loads folders of rule files into a set that can be compiled. It parses files, resolves ids, applies filters
// and links correlations to their rules. Every rule is either active or skipped with a reason.
//
// Load takes file systems and the user's options and returns a Set and diagnostics. No rule disappears silently: each
// detection and correlation in a file is in the Set's Rules, Correlations or Skipped, or has an error among the diagnostics.
package ruleset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// A Set is a loaded set of rules. It is immutable and safe for concurrent use.
type Set struct {
	// Rules are the active detection rules, in the order of their files.
	Rules []*Rule
	// Correlations are the active correlations. A correlation comes after those that it counts.
	Correlations []*Correlation
	// Skipped are the rules that do not run, in the order of their files.
	Skipped []Skipped
	// LeftOut are the files and links in the folders that were not read. Each has a diagnostic.
	LeftOut []LeftOut
	// Filters are the filters that apply to at least one rule.
	Filters []Filter
	// Threats are the threats of all files, in the order of the files.
	Threats []*threat.Threat
	// Failed is the number of files with at least one document that has an error and was not loaded.
	Failed int
	// Files is the number of rule files that were read.
	Files int
	// Paths are the paths of these files.
	Paths []string
}

// Info describes a rule or correlation of any rule language for findings and lists. Texts and lists that the rule does not
// have are empty.
type Info struct {
	// ID is the rule's id. If the rule has none, it is a UUID version 5 derived from path and title.
	ID string
	// Name is a second name by which correlations, filters and users may refer to the rule.
	Name  string
	Title string
	// Level is informational, low, medium, high or critical. It is medium if the rule has none or an unknown one.
	Level string
	// Outcomes are levels that differ from Level by the outcome of calls. They are zero if egret.yaml sets the level.
	Outcomes OutcomeLevels
	// Folds are ids and names of rules as written. A finding of one of them whose events are all in a finding of this rule is
	// shown with it, see Set.Folds.
	Folds []string
	// Status is as written: stable, test, experimental, deprecated, unsupported or another text.
	Status string
	// Path is the path of the rule's file, starting with the folder as the user named it.
	Path string
	// Tags are as written, in the order of the rule.
	Tags []string
	// Attack are the ids of ATT&CK techniques among the tags, such as T1078.004, and Tactics the names of tactics, such as
	// initial-access. Both are in the order of the tags.
	Attack, Tactics []string
	// Description, Author, License, References and FalsePositives are as written.
	Description, Author        string
	License                    string
	References, FalsePositives []string
	// Origin is where the rule was written.
	Origin Origin
	// Threat is the threat that the rule is a part of, nil for none.
	Threat *threat.Threat
	// Tree formats the rule as its front end parsed it, after Options.Transform. It is nil if the front end keeps no tree.
	Tree fmt.Stringer
	// Indicator is the id of the STIX indicator of which the rule was made, "" for other rules.
	Indicator string
	// Reports is set if the rule has findings itself. Otherwise it only provides events for correlations.
	Reports bool
}

// An Origin is the position of a rule in its file. It is zero for a rule without a file.
type Origin struct {
	// Span covers the rule, and Title and ID its title and id. They are zero if it has none.
	Span, Title, ID source.Span
	// Document is the index of the rule in its file, from 0.
	Document int
}

// Place returns the span for a diagnostic about a whole rule: its id, else its title, else the whole rule.
func (o *Origin) Place() source.Span {
	for _, span := range []source.Span{o.ID, o.Title} {
		if !span.IsZero() {
			return span
		}
	}
	return o.Span
}

// A Rule is an active detection rule.
type Rule struct {
	Info
	// LogSource is the log source that the rule applies to.
	LogSource schema.LogSource
	// Fields are the fields of an event that the author wants to show, as written: "field" or "field as name".
	Fields []string
	// Query is the detection with all filters that apply to it. Its fields are not bound. To run the rule, use BoundQuery.
	Query *ir.Query
	// Decision, if not nil, decides which of the events that Query matches are of the rule.
	Decision *Decision
	// Unrunnable lists the parts of the query that only other query languages can express, see lower.Runnable. It is always
	// empty without Options.Open. Compile leaves out such a rule.
	Unrunnable diag.List
}

// A Correlation is an active correlation.
type Correlation struct {
	Info
	// Fields are the fields of its events that the author wants to show, as written: "field" or "field as name".
	Fields []string
	// IR refers to Set.Rules and Set.Correlations by index.
	IR *ir.Correlation
}

// A Filter is a filter with the ids of the rules that it applies to.
type Filter struct {
	Info
	Rules []string
}

// Skipped describes a rule that does not run.
type Skipped struct {
	Info
	Reason Reason
	// Detail adds to the reason, for example the name of the placeholder. It may be "".
	Detail string
}

// Levels are the levels of rules, lowest first.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

// LevelRank returns the index of a level in Levels, or -1 for other texts.
func LevelRank(level string) int { return slices.Index(Levels, level) }

// A Transform changes parsed rules before lowering, as processing pipelines do. It gets the documents of all files. It may
// change the trees in place and remove documents from the collections. It returns the diagnostics of each file, or nil for
// none. If it reports an error for a document, it must remove the document.
type Transform func(files []*sigma.Collection) []diag.List

// Options configure loading. The zero value runs all rules that are not deprecated or unsupported.
type Options struct {
	// Placeholders maps names to values for the expand modifier.
	Placeholders map[string][]string
	// Open keeps rules that egret cannot run but other query languages may express, see lower.Options.Open. It is for
	// conversion to such languages.
	Open bool
	// Transform may be nil.
	Transform Transform
	// Levels maps rule ids, as written or in lower case, to changed levels.
	Levels map[string]string
	// Disabled are the ids of rules that do not run.
	Disabled []string
	// Include and Exclude are ids, names or tags. An empty Include includes all rules.
	Include, Exclude []string
	// MinLevel excludes rules that have only findings below it. The empty string excludes none.
	MinLevel string
	// Statuses may contain "deprecated" and "unsupported" to also run rules of that status.
	Statuses []string
	// Schemas are the known log sources. nil stands for the built-in ones.
	Schemas []*schema.Schema
	// Lowered are rules of front ends other than Sigma. They come after those of the folders, and the same options apply.
	Lowered []*Lowered
	// CheckCorrelation returns an error if a correlation cannot be evaluated. Load then skips that correlation with a
	// diagnostic. It is nil for callers that evaluate no correlations.
	CheckCorrelation func(c *ir.Correlation) error
}

func (opt *Options) schemas() []*schema.Schema {
	if opt.Schemas == nil {
		return schema.All()
	}
	return opt.Schemas
}

// Answers reports whether an id, name or tag selects the rule, or the id of its threat. Ids and tags ignore case. Tags may omit
// "attack." and use "_" for "-". An ATT&CK technique includes its sub-techniques: T1078 also selects T1078.004. Names that ATT&CK 19
// replaced select rules with the new ones, and the other way round.
func (info *Info) Answers(choice string) bool {
	if info.IsNamed(choice) || info.Threat != nil && info.Threat.ID == choice {
		return true
	}
	names := attack.Spellings(shortTag(choice))
	return slices.ContainsFunc(info.Tags, func(tag string) bool {
		have := shortTag(tag)
		return slices.ContainsFunc(names, func(wanted string) bool {
			return have == wanted || technique.MatchString(wanted) && strings.HasPrefix(have, wanted+".")
		})
	})
}

// technique matches the short tag of an ATT&CK technique without a sub-technique.
var technique = lazyre.New(`^t[0-9]+$`)

// shortTag returns a tag in lower case without the ATT&CK namespace.
func shortTag(tag string) string {
	return strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(tag), "attack."), "_", "-")
}

// selects reports whether any of choices selects the rule.
func selects(choices []string, info *Info) bool { return slices.ContainsFunc(choices, info.Answers) }

// reason returns the reason for which the options exclude a rule, or "" if they do not.
func (opt *Options) reason(info *Info) Reason {
	wanted := func(status string) bool { return slices.Contains(opt.Statuses, status) }
	switch {
	case slices.ContainsFunc(opt.Disabled, func(id string) bool { return strings.EqualFold(id, info.ID) }):
		return Disabled
	case info.Status == "deprecated" && !wanted("deprecated"):
		return StatusDeprecated
	case info.Status == "unsupported" && !wanted("unsupported"):
		return StatusUnsupported
	case selects(opt.Exclude, info):
		return Excluded
	case len(opt.Include) > 0 && !selects(opt.Include, info):
		return NotIncluded
	case LevelRank(info.MaxLevel()) < LevelRank(opt.MinLevel):
		return BelowLevel
	}
	return ""
}

// sortSkipped sorts skipped rules in the order of their files.
func sortSkipped(skipped []Skipped) {
	slices.SortStableFunc(skipped, func(a, b Skipped) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Title, b.Title), cmp.Compare(a.Reason, b.Reason))
	})
}
