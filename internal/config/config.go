// Package config reads egret.yaml: which rules run, how they are tuned without editing them, and how to connect to lakes.
// It turns the text of the file into a Config and diagnostics with positions. Unknown keys are errors, since a misspelt
// `disabled` would change what a hunt finds.
//
// The package only finds and reads the file. It opens no rule folder and no lake, and does not interpret rules.
package config

import (
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/source"
)

// A Config is the content of egret.yaml. The zero value stands for an empty file.
type Config struct {
	// Rules are rule folders and files, or the word starter. They apply if the command line names no rules. Paths are as
	// written; relative ones are relative to the folder of egret.yaml.
	Rules []Text
	// Levels are the changed levels of rules, in the order of the file.
	Levels []LevelChange
	// Disabled are the ids of rules that do not run.
	Disabled []Text
	// Filters are Sigma filters, in the order of the file.
	Filters []Filter
	// Placeholders are the placeholders of the expand modifier with their values, in the order of the file.
	Placeholders []Placeholder
	// Schemas are folders and files of the user's own schemas, in addition to the built-in ones. Paths are as written;
	// relative ones are relative to the folder of egret.yaml.
	Schemas []Text
	// Backends are folders and files of the user's own specs of text languages. Paths are as those of Schemas.
	Backends []Text
	// Pipelines are folders and files of the user's own processing pipelines. Paths are as those of Schemas.
	Pipelines []Text
	// Checks are folders and files of the user's own checks. Paths are as those of Schemas.
	Checks []Text
	// STIXMappings are folders and files of the user's own STIX mappings. Paths are as those of Schemas.
	STIXMappings []Text
	// GeoIP are databases of the origin of addresses. They apply if the command line names none. Paths are as those of Rules.
	GeoIP []Text
	// IOC are lists of indicators of compromise. They apply if the command line names none. Paths are as those of Rules.
	IOC []Text
	// Known are networks and user agents of one's own, in the order of the file. No network appears twice.
	Known []Known
	// Check are the settings of egret check.
	Check Check
	// Lakes are in the order of the file. Their names are unique.
	Lakes []Lake
}

// Text is a string with its position in the file.
type Text struct {
	Value string
	Span  source.Span
}

// Check are the settings of egret check. Names of checks, levels and groups are as written.
type Check struct {
	// Select and Ignore name the checks that run and those that do not.
	Select, Ignore []Text
	// FailOn is the lowest level that fails, or never; the zero Text if it is absent.
	FailOn Text
	// Levels are changed levels of checks, and Exclusions the checks that do not count for a rule, in the order of the file.
	Levels     []CheckLevel
	Exclusions []Exclusion
}

// A CheckLevel gives a check another level.
type CheckLevel struct{ Check, Level Text }

// An Exclusion names checks that do not count for the rule with an id.
type Exclusion struct {
	Rule   Text
	Checks []Text
}

// A LevelChange gives a rule another level.
type LevelChange struct {
	ID    Text
	Level finding.Level
}

// A Filter is a file or folder of filters, or a filter written inline in egret.yaml.
type Filter struct {
	// Path is as written. Its Value is "" for an inline filter.
	Path Text
	// Inline holds the text of an inline filter; it is nil if Path is set. It is egret.yaml with everything but the filter
	// replaced by spaces, so that lines and columns are those of egret.yaml.
	Inline *source.File
}

// A Placeholder is a name with its values, at least one.
type Placeholder struct {
	Name   Text
	Values []string
}
