// Package ruleset turns folders of rule files into a set that can be compiled: files parsed, ids resolved, filters
// applied, correlations tied to their rules, and every rule either active or listed as skipped with its reason.
//
// In go file systems and the user's choices, out comes a Set beside diagnostics. What is skipped is never silent: each
// detection and correlation that was found in a file is in the Set's Rules, Correlations or Skipped, or has an error
// among the diagnostics.
package ruleset

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/sigma"
)

// Set is a loaded set of rules. It does not change and is safe for concurrent use.
type Set struct {
	// Rules are the active detection rules, in the order of their files.
	Rules []*Rule
	// Correlations are the active correlations; one that names another stands after it.
	Correlations []*Correlation
	// Skipped are the rules that were found and do not run, in the order of their files.
	Skipped []Skipped
	// LeftOut are files and links below the folders that were not read, each with a diagnostic.
	LeftOut []LeftOut
	// Filters are the filters that reach a rule, with the ids of the rules.
	Filters []Filter
	// Failed counts the files of which at least one document was not loaded because of an error.
	Failed int
	// Files counts the rule files that were read.
	Files int
	// Paths are those of these files.
	Paths []string
}

// Info is what findings and lists say of a rule or correlation.
type Info struct {
	// ID is the rule's id; a rule without one has a UUID version 5 of its path and title.
	ID    string
	Title string
	// Level is informational, low, medium, high or critical; medium where the rule has none or an unknown one.
	Level string
	// Path is the rule's file as the user named its folder.
	Path string
	// Attack are the ids of ATT&CK techniques among the tags, such as T1078.004, Tactics the names of tactics, such as
	// initial-access; in the order of the tags.
	Attack, Tactics []string
	// Meta is what the author wrote.
	Meta *sigma.Meta
	// Reports says whether it gives findings of its own; otherwise it only feeds correlations.
	Reports bool
}

// Rule is an active detection rule.
type Rule struct {
	Info
	Rule *sigma.Rule
	// Query is the detection with all filters that reach it, fields not bound.
	Query *ir.Query
}

// Correlation is an active correlation.
type Correlation struct {
	Info
	Correlation *sigma.Correlation
	// IR refers to Set.Rules and Set.Correlations by index.
	IR *ir.Correlation
}

// Filter says which rules a filter reaches.
type Filter struct {
	Info
	Rules []string
}

// Reason says why a rule does not run.
type Reason string

// The reasons, sorted.
const (
	BaseOnly              Reason = "base-only"              // it only counts for correlations, and none of these runs
	BaseSkipped           Reason = "base-skipped"           // a correlation whose rule is not loaded or cannot run
	BelowLevel            Reason = "below-level"            // --min-level
	Disabled              Reason = "disabled"               // egret.yaml
	DuplicateID           Reason = "duplicate-id"           // another rule of that id came first
	Excluded              Reason = "excluded"               // --exclude
	Invalid               Reason = "invalid"                // an error in the rule, see the diagnostics
	NotIncluded           Reason = "not-included"           // --include names others
	StatusDeprecated      Reason = "status-deprecated"      // off unless asked for
	StatusUnsupported     Reason = "status-unsupported"     // off unless asked for
	UnknownLogSource      Reason = "unknown-log-source"     // no schema serves the rule's log source
	UnresolvedPlaceholder Reason = "unresolved-placeholder" // %name% has no values
)

// Skipped is a rule that was found and does not run.
type Skipped struct {
	ID, Title, Path string
	Reason          Reason
	// Detail names the thing that the reason is about, such as the placeholder; "" if there is nothing to add.
	Detail string
	// Meta is what the author wrote.
	Meta *sigma.Meta
}

// Levels are the levels of rules, the lowest first.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

// LevelRank is the place of a level in Levels, -1 for other texts.
func LevelRank(level string) int { return slices.Index(Levels, level) }

// Options are the user's choices. The zero value runs everything that is not deprecated or unsupported.
type Options struct {
	// Placeholders are values for the modifier expand.
	Placeholders map[string][]string
	// Levels changes levels, by rule id as it is written or in lower case.
	Levels map[string]string
	// Disabled are ids of rules that do not run.
	Disabled []string
	// Include and Exclude hold ids, names or tags; an empty Include includes all.
	Include, Exclude []string
	// MinLevel leaves out rules below it; "" for none.
	MinLevel string
	// Statuses are those that are normally off and asked for: deprecated, unsupported.
	Statuses []string
	// Schemas are the log sources that rules may be about; nil: those that come with egret.
	Schemas []*schema.Schema
	// CheckCorrelation tells why a correlation cannot be evaluated, so that it alone is left out with a diagnostic and the
	// rest runs; nil for a caller that evaluates none.
	CheckCorrelation func(c *ir.Correlation) error
}

func (opt *Options) schemas() []*schema.Schema {
	if opt.Schemas == nil {
		return schema.All()
	}
	return opt.Schemas
}

// Answers reports whether an id, name or tag means the rule. Ids and tags ignore case; tags may leave out "attack.", and
// write "_" for "-". A technique of ATT&CK means its sub-techniques too: T1078 is also T1078.004.
func (info *Info) Answers(choice string) bool {
	if strings.EqualFold(choice, info.ID) || info.Meta.Name != "" && choice == info.Meta.Name {
		return true
	}
	wanted := shortTag(choice)
	return slices.ContainsFunc(info.Meta.Tags, func(tag string) bool {
		have := shortTag(tag)
		return have == wanted || technique.MatchString(wanted) && strings.HasPrefix(have, wanted+".")
	})
}

// technique is a technique of ATT&CK without its sub-technique, as a short tag.
var technique = regexp.MustCompile(`^t[0-9]+$`)

// shortTag is a tag in lower case without the namespace of ATT&CK.
func shortTag(tag string) string {
	return strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(tag), "attack."), "_", "-")
}

// selects reports whether one of some ids, names or tags means the rule.
func selects(choices []string, info *Info) bool { return slices.ContainsFunc(choices, info.Answers) }

// reason says why the user's choices leave a rule out; "" if they do not.
func (opt *Options) reason(info *Info) Reason {
	wanted := func(status string) bool { return slices.Contains(opt.Statuses, status) }
	switch {
	case slices.ContainsFunc(opt.Disabled, func(id string) bool { return strings.EqualFold(id, info.ID) }):
		return Disabled
	case info.Meta.Status == "deprecated" && !wanted("deprecated"):
		return StatusDeprecated
	case info.Meta.Status == "unsupported" && !wanted("unsupported"):
		return StatusUnsupported
	case selects(opt.Exclude, info):
		return Excluded
	case len(opt.Include) > 0 && !selects(opt.Include, info):
		return NotIncluded
	case LevelRank(info.Level) < LevelRank(opt.MinLevel):
		return BelowLevel
	}
	return ""
}

// sortSkipped puts skipped rules in the order of their files.
func sortSkipped(skipped []Skipped) {
	slices.SortStableFunc(skipped, func(a, b Skipped) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Title, b.Title), cmp.Compare(a.Reason, b.Reason))
	})
}
