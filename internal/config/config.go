// Package config reads egret.yaml: which rules run, how they are tuned without touching them, and how lakes are reached. In
// goes the text of the file, out come a Config and diagnostics with their places. Keys are strict: a word that means
// nothing is an error, since a misspelt `disabled` would change what a hunt finds.
//
// The package finds the file and reads it; it opens no rule folder and no lake, and decides nothing about rules.
package config

import (
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/source"
)

// Config is what egret.yaml says. The zero value is an empty file.
type Config struct {
	// Rules are rule folders and files, or the word starter, used where the command line names none. Paths are as
	// written: relative ones start at the folder of the file.
	Rules []Text
	// Levels are changes of rules' levels, in the order of the file.
	Levels []LevelChange
	// Disabled are ids of rules that do not run.
	Disabled []Text
	// Filters are Sigma filters, in the order of the file.
	Filters []Filter
	// Placeholders are the values of each placeholder of the modifier expand, in the order of the file.
	Placeholders []Placeholder
	// Schemas are folders and files of schemas of the user's own, beside those that come with egret. Paths are as written:
	// relative ones start at the folder of the file.
	Schemas []Text
	// Lakes are in the order of the file, their names unique.
	Lakes []Lake
}

// Text is a string with its place.
type Text struct {
	Value string
	Span  source.Span
}

// LevelChange gives a rule another level.
type LevelChange struct {
	ID    Text
	Level finding.Level
}

// Filter is a file or folder of filters, or a filter that stands in the configuration itself.
type Filter struct {
	// Path is as written; its Value is "" for a filter that stands here.
	Path Text
	// Inline is the filter's text, nil where Path names it. All of egret.yaml but the filter is blanked out in it, so that
	// its lines and columns are those of egret.yaml.
	Inline *source.File
}

// Placeholder is a name with the values that it stands for, at least one.
type Placeholder struct {
	Name   Text
	Values []string
}
