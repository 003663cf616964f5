package setup

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// count counts the changes that the configuration made.
func (l *RuleSet) count(c *Config, tuned []ruleset.Folder) {
	settings := c.Settings
	l.Tuning.Config = c.changers()
	ids := map[string]bool{}
	for _, rule := range l.Set.References() {
		ids[strings.ToLower(l.Set.Info(rule).ID)] = true
	}
	for _, change := range settings.Levels {
		if ids[strings.ToLower(change.ID.Value)] {
			l.Tuning.Levels++
		}
	}
	known := maps.Clone(ids)
	for _, skipped := range l.Set.Skipped {
		known[strings.ToLower(skipped.ID)] = true
		if skipped.Reason == ruleset.Disabled {
			l.Tuning.Disabled++
		}
	}
	named := slices.Clone(settings.Disabled)
	for _, change := range settings.Levels {
		named = append(named, change.ID)
	}
	slices.SortStableFunc(named, func(a, b config.Text) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	for _, id := range named {
		if c.Path == "" && id.Span.File.Name == c.Overlay {
			continue // the user's overlay serves all hunts, also those of other rules
		}
		if !known[strings.ToLower(id.Value)] && !slices.Contains(l.UnknownIDs, id.Value) {
			l.UnknownIDs = append(l.UnknownIDs, id.Value)
		}
	}
	narrowed := map[string]bool{}
	for _, filter := range l.Set.Filters {
		for _, folder := range tuned {
			if holds(folder, filter.Path) {
				l.Tuning.Filters++
				for _, id := range filter.Rules {
					if ids[strings.ToLower(id)] {
						narrowed[id] = true
					}
				}
				break
			}
		}
	}
	l.Tuning.Filtered = len(narrowed)
}

// holds reports whether a rule's file is in a folder.
func holds(folder ruleset.Folder, file string) bool {
	switch f := folder.FS.(type) {
	case oneFile:
		return file == path.Join(folder.Name, f.name)
	case textFile:
		return file == path.Join(folder.Name, f.name)
	}
	return strings.HasPrefix(file, strings.TrimSuffix(folder.Name, "/")+"/")
}

// HasFaults reports whether rules are left out for any other reason than the user's choice.
func (l *RuleSet) HasFaults() bool {
	return len(l.Set.LeftOut) > 0 || slices.ContainsFunc(l.Set.Skipped, func(s ruleset.Skipped) bool {
		cause := s.Reason.Cause()
		return cause != ruleset.ByUser && cause != ruleset.ByCorrelation && cause != ruleset.ByLogSource
	})
}

// Account fills in the rules section of the ledger.
func (l *RuleSet) Account(ledger *finding.Ledger) {
	c := &ledger.Rules
	c.Folders = l.Names
	c.Loaded, c.Correlations, c.Filters = len(l.Set.Rules)+len(l.Set.Correlations), len(l.Set.Correlations), len(l.Set.Filters)
	c.Tuned = l.Tuning
	for _, skipped := range l.Set.Skipped {
		if skipped.Reason != ruleset.Invalid { // these have an error below
			c.Skipped.Add(string(skipped.Reason), ruleExample(skipped))
		}
	}
	for _, left := range l.Set.LeftOut {
		c.Skipped.Add("left-out-file", left.Path+": "+left.Reason)
	}
	for _, list := range l.Indicators {
		if list.Unread > 0 {
			ledger.Notes = append(ledger.Notes, fmt.Sprintf("lines of %s that are no indicator and were left out: %d", list.Path, list.Unread))
		}
	}
	// A file counts once, with its first error.
	failed := map[string]bool{}
	for _, d := range l.Diagnostics {
		if d.Severity != diag.Error || d.Span.File == nil || failed[d.Span.File.Name] {
			continue
		}
		failed[d.Span.File.Name] = true
		position := d.Span.File.Position(d.Span.Start)
		c.Failed.Add(d.Code, fmt.Sprintf("%s:%d:%d: %s", d.Span.File.Name, position.Line, position.Column, d.Message))
	}
	c.Skipped.Sort()
	c.Failed.Sort()
	c.SHA256 = l.Set.Fingerprint()
}

func ruleExample(skipped ruleset.Skipped) string {
	text := skipped.Path + ": " + skipped.Title
	if skipped.Detail != "" {
		text += " (" + skipped.Detail + ")"
	}
	return text
}

// Unmatched returns hints, one for each value of --include, --exclude and egret.yaml that matches no rule.
func (l *RuleSet) Unmatched(o *RuleOptions) []string {
	var infos []*ruleset.Info
	for _, rule := range l.Set.References() {
		infos = append(infos, l.Set.Info(rule))
	}
	var hints []string
	for _, path := range l.Config.PassedOver {
		hints = append(hints, PassedOverNote(path))
	}
	for _, choice := range o.Include {
		if !slices.ContainsFunc(infos, func(info *ruleset.Info) bool { return info.Answers(choice) }) {
			hints = append(hints, fmt.Sprintf("--include %s: no active rule has this id, name or tag", choice))
		}
	}
	excluded := slices.ContainsFunc(l.Set.Skipped, func(s ruleset.Skipped) bool { return s.Reason == ruleset.Excluded })
	if len(o.Exclude) > 0 && !excluded {
		hints = append(hints, fmt.Sprintf("--exclude %s: no rule has this id, name or tag", strings.Join(o.Exclude, ", ")))
	}
	if n := len(l.UnknownIDs); n > 0 {
		shown := l.UnknownIDs[:min(n, 3)]
		text := fmt.Sprintf("%s: no rule has the id %s", l.Tuning.Config, strings.Join(shown, ", "))
		if n > len(shown) {
			text += fmt.Sprintf(" and %d more", n-len(shown))
		}
		hints = append(hints, text)
	}
	return hints
}

// PassedOverNote returns a note that a configuration inside the evidence was not read.
func PassedOverNote(path string) string {
	return path + " was not read because it is inside the evidence and is not trusted; --config " + path + " reads it"
}
