// Package check judges rules: whether they can be read, whether they follow the Sigma specification and the conventions of SigmaHQ,
// and whether they can find what their authors meant.
//
// Its input is the texts of rule files and options; its output is a Result with diagnostics sorted by file and position. Checks are
// rows of a table (see All): an id, a level, the names of pySigma's validators with the same subject, and a function over one
// document, one item of a detection, or all documents together. The package reads no folders, prints nothing and changes no file;
// package checkout writes results, and Fixed returns the mended text of a file.
package check

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// A Level says how bad it is what a check reports.
type Level uint8

// The levels. Low, Medium and High are pySigma's severities.
const (
	// Informational is worth knowing, and may be as it should be.
	Informational Level = iota
	// Low is about how a rule reads.
	Low
	// Medium may change what a rule means, or how tools treat it.
	Medium
	// High changes what a rule finds.
	High
	// Error means that the rule breaks the specification and that tools refuse it.
	Error
)

// Levels are the names of levels, lowest first.
var Levels = []string{"informational", "low", "medium", "high", "error"}

// String returns the name of the level.
func (l Level) String() string { return Levels[l] }

// ParseLevel returns the level with a name.
func ParseLevel(name string) (Level, bool) {
	i := slices.Index(Levels, name)
	return Level(max(i, 0)), i >= 0
}

// Severity returns the severity with which package diag prints a level.
func (l Level) Severity() diag.Severity {
	switch l {
	case Error:
		return diag.Error
	case High, Medium:
		return diag.Warning
	case Low, Informational:
	}
	return diag.Note
}

// A Group is a set of checks that can be selected by one name.
type Group string

// The groups.
const (
	// Core are the subjects of the validators of pySigma itself.
	Core Group = "core"
	// SigmaHQ are the conventions of SigmaHQ's repository.
	SigmaHQ Group = "sigmahq"
	// Specification is what the Sigma specification demands. A document that breaks it is often not read at all.
	Specification Group = "specification"
	// Meaning is about what rules find.
	Meaning Group = "meaning"
	// Own are the checks of users and plug-ins.
	Own Group = "own"
	// Tool is about this tool: files it cannot read and comments that concern it.
	Tool Group = "tool"
)

// Groups are all groups with what they are about, in the order in which they are listed.
var Groups = []struct {
	Name  Group
	About string
}{
	{Specification, "what the Sigma specification demands"},
	{Core, "what pySigma's own validators judge"},
	{SigmaHQ, "the conventions of SigmaHQ's repository"},
	{Meaning, "what a rule finds, judged over its query"},
	{Own, "checks of your own and of plug-ins"},
	{Tool, "files that cannot be read and comments to egret"},
}

// A Check is one row of the table.
type Check struct {
	// ID is a kebab-case word, also the name of the page in docs/checks.
	ID    string
	Level Level
	// Title says in one line without a full stop what the check reports.
	Title string
	Group Group
	// PySigma are the names of the validators of pySigma and of SigmaHQ with the same subject, nil for none.
	PySigma []string
	// Why says why the author should care, in one or two sentences.
	Why string
	// Differs says where egret judges otherwise than the validators and why, "" if it does not.
	Differs string

	// kinds are the documents that the functions see; zero stands for rules and correlations.
	kinds kind
	// At most one of the functions is set; none for checks that other code reports: the reader, and comments.
	document func(*reporter, *Document)
	item     func(*reporter, *Item)
	set      func(*setReporter, []*Document)
}

// All returns the checks, sorted by id. The caller must not change them.
func All() []*Check { return table }

// Find returns the check with an id, nil if there is none.
func Find(id string) *Check {
	i, found := slices.BinarySearchFunc(table, id, func(c *Check, id string) int { return strings.Compare(c.ID, id) })
	if !found {
		return nil
	}
	return table[i]
}

// ForValidator returns the checks that stand for a validator of pySigma, nil for an unknown name.
func ForValidator(name string) []*Check {
	var list []*Check
	for _, c := range table {
		if slices.Contains(c.PySigma, name) {
			list = append(list, c)
		}
	}
	return list
}

// A Diagnostic is one thing that a check reports.
type Diagnostic struct {
	Check *Check
	Level Level
	// Message says in one line what was found. It may quote text of the rule verbatim.
	Message string
	// Span is the position. Its file is always set.
	Span source.Span
	// Labels are further positions, such as the other of two equal rules.
	Labels []diag.Label
	// Help says what to write instead, "" for nothing.
	Help string
	// Fixes are edits that mend it without changing what the author meant, nil if only the author can. They belong together.
	Fixes []diag.Fix
	// Condition is set if the rule cannot be used because of its condition.
	Condition bool
	// Rule is the id of the rule, "" if it has none or the document could not be read. RuleTitle is its title.
	Rule, RuleTitle string
}

// Diag returns the diagnostic as package diag prints it.
func (d *Diagnostic) Diag() diag.Diagnostic {
	return diag.Diagnostic{
		Code: d.Check.ID, Severity: d.Level.Severity(), Word: d.Level.String(), Message: d.Message, Span: d.Span, Labels: d.Labels,
		Help: d.Help,
	}
}

// table holds all checks, sorted by id.
var table = sorted(specificationChecks(), coreChecks(), tagChecks(), titleChecks(), hygieneChecks(), fieldChecks(), conditionChecks(), meaningChecks(), toolChecks())

func sorted(lists ...[]*Check) []*Check {
	all := slices.Concat(lists...)
	slices.SortFunc(all, func(a, b *Check) int { return strings.Compare(a.ID, b.ID) })
	return all
}
