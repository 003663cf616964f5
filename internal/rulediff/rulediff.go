// Package rulediff compares two sets of rules by meaning: which rules find the same events, fewer, more or others, whatever changed in
// their texts.
//
// It compares two loaded sets and returns a change for each rule that is not the same. Rules belong together by their ids. That two
// conditions mean the same, or that one is narrower, is proved; where nothing can be proved the meaning counts as changed.
package rulediff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// A Kind says how a rule changed. The words are those of the JSON output.
type Kind string

// The kinds, in the order in which they are told.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	// Broken rules ran before and cannot run now.
	Broken Kind = "broken"
	// Changed rules find other events, or nothing could be proved.
	Changed Kind = "changed"
	// Narrower rules find fewer events, all of which they found before, and Wider ones more.
	Narrower Kind = "narrower"
	Wider    Kind = "wider"
	// Rewritten rules have another condition of the same meaning.
	Rewritten Kind = "rewritten"
	// Metadata means that nothing but texts, tags, levels and the like changed.
	Metadata Kind = "metadata"
)

// Kinds are all kinds, in the order in which they are told.
var Kinds = []Kind{Added, Removed, Broken, Changed, Narrower, Wider, Rewritten, Metadata}

// Meaning reports whether a change of the kind changes what is found.
func (k Kind) Meaning() bool { return k != Rewritten && k != Metadata }

// A Field is a part of a rule that changed. Lists are joined with commas.
type Field struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// A Change is a rule that is not the same in both sets.
type Change struct {
	Kind  Kind   `json:"kind"`
	ID    string `json:"id"`
	Title string `json:"title"`
	Level string `json:"level"`
	Path  string `json:"path"`
	// Reason says why a rule is broken, or what of a correlation changed; else "".
	Reason string `json:"reason,omitempty"`
	// Fields are the metadata that changed, and the log source.
	Fields []Field `json:"fields,omitempty"`
	// Gone and New are the conditions that all events had to meet before and have to meet now, only one of which has each.
	Gone []string `json:"gone,omitempty"`
	New  []string `json:"new,omitempty"`
}

// A Result is the difference of two sets.
type Result struct {
	// Changes are sorted by kind, title and id.
	Changes []*Change `json:"changes"`
	// Unchanged is the number of rules that are the same.
	Unchanged int `json:"unchanged"`
}

// Count returns the number of changes of a kind.
func (r *Result) Count(kind Kind) int {
	n := 0
	for _, c := range r.Changes {
		if c.Kind == kind {
			n++
		}
	}
	return n
}

// side is one of the two sets.
type side struct {
	set   *ruleset.Set
	items map[string]*item
}

// An item is a rule of a set.
type item struct {
	info        *ruleset.Info
	rule        *ruleset.Rule
	correlation *ruleset.Correlation
	// skipped is why the rule does not run, "" if it does.
	skipped string
}

func newSide(set *ruleset.Set) *side {
	s := &side{set, map[string]*item{}}
	for _, r := range set.Rules {
		s.items[strings.ToLower(r.ID)] = &item{info: &r.Info, rule: r}
	}
	for _, c := range set.Correlations {
		s.items[strings.ToLower(c.ID)] = &item{info: &c.Info, correlation: c}
	}
	for i := range set.Skipped {
		skipped := &set.Skipped[i]
		if id := strings.ToLower(skipped.ID); s.items[id] == nil {
			s.items[id] = &item{info: &skipped.Info, skipped: strings.TrimSpace(string(skipped.Reason) + " " + skipped.Detail)}
		}
	}
	return s
}

// Compare compares a set with a later one. Both should be loaded without tuning, and with deprecated and unsupported rules.
func Compare(before, after *ruleset.Set) *Result {
	old, now := newSide(before), newSide(after)
	result := &Result{Changes: []*Change{}}
	for id, a := range old.items { // sorted below
		b := now.items[id]
		if b == nil {
			result.Changes = append(result.Changes, a.change(Removed))
			continue
		}
		if c := compare(old, now, a, b); c != nil {
			result.Changes = append(result.Changes, c)
		} else {
			result.Unchanged++
		}
	}
	for id, b := range now.items { // sorted below
		if old.items[id] == nil {
			result.Changes = append(result.Changes, b.change(Added))
		}
	}
	slices.SortFunc(result.Changes, func(a, b *Change) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	return result
}

func (i *item) change(kind Kind) *Change {
	return &Change{Kind: kind, ID: i.info.ID, Title: i.info.Title, Level: i.info.Level, Path: i.info.Path, Reason: i.skipped}
}

// compare compares two versions of a rule; nil if they are the same.
func compare(old, now *side, a, b *item) *Change {
	c := b.change(Metadata)
	c.Fields = metadata(a.info, b.info)
	same := a.info.Origin.Span.Text() == b.info.Origin.Span.Text()
	switch {
	case a.skipped != "" && b.skipped != "":
		if same {
			return nil
		}
		c.Kind = Changed
		return c
	case b.skipped != "":
		c.Kind = Broken
		return c
	case a.skipped != "":
		c.Kind, c.Reason = Changed, "it runs now; before: "+a.skipped
		return c
	case a.rule != nil && b.rule != nil:
		c.rules(a.rule, b.rule, same)
	case a.correlation != nil && b.correlation != nil:
		c.correlations(old, now, a.correlation, b.correlation)
	default:
		c.Kind, c.Reason = Changed, "a rule became a correlation, or the other way round"
	}
	if c.Kind == Metadata && len(c.Fields) == 0 {
		if same {
			return nil
		}
		c.Fields = []Field{{Name: "other text"}}
	}
	return c
}

// metadata returns the parts that say nothing about what is found. A level decides which findings are shown, and is one of them.
func metadata(a, b *ruleset.Info) []Field {
	var fields []Field
	for _, f := range []Field{
		{"title", a.Title, b.Title}, {"name", a.Name, b.Name}, {"level", a.Level, b.Level}, {"status", a.Status, b.Status},
		{"levels by outcome", a.Outcomes.String(), b.Outcomes.String()}, {"tags", join(a.Tags), join(b.Tags)},
		{"author", a.Author, b.Author}, {"description", a.Description, b.Description}, {"references", join(a.References), join(b.References)},
		{"falsepositives", join(a.FalsePositives), join(b.FalsePositives)}, {"folds", join(a.Folds), join(b.Folds)},
	} {
		if f.Before != f.After {
			fields = append(fields, f)
		}
	}
	return fields
}

func join(list []string) string { return strings.Join(list, ", ") }

// rules compares the meaning of two detection rules.
func (c *Change) rules(a, b *ruleset.Rule, same bool) {
	if !sameSource(a.LogSource, b.LogSource) {
		c.Kind = Changed
		c.Fields = append(c.Fields, Field{"logsource", a.LogSource.String(), b.LogSource.String()})
		return
	}
	if a.Reports != b.Reports {
		c.Kind, c.Reason = Changed, "it reports nothing itself now"
		if b.Reports {
			c.Reason = "it reports findings itself now"
		}
		return
	}
	if ir.Format(a.Query.Where) == ir.Format(b.Query.Where) && (a.Decision == nil) == (b.Decision == nil) {
		if a.Decision != nil && !same {
			c.Kind = Changed
		}
		return
	}
	narrows, widens := check.Compare(b.Query.Where, a.Query.Where)
	switch {
	case narrows && widens:
		c.Kind = Rewritten
		return
	case narrows:
		c.Kind = Narrower
	case widens:
		c.Kind = Wider
	default:
		c.Kind = Changed
	}
	c.Gone, c.New = differing(a.Query.Where, b.Query.Where)
}

func sameSource(a, b schema.LogSource) bool { return a.Includes(b) && b.Includes(a) }

// differing returns the conditions of each of two expressions that the other does not have.
func differing(a, b ir.Expr) (gone, added []string) {
	x, y := conjuncts(a), conjuncts(b)
	for _, text := range x {
		if !slices.Contains(y, text) {
			gone = append(gone, text)
		}
	}
	for _, text := range y {
		if !slices.Contains(x, text) {
			added = append(added, text)
		}
	}
	return gone, added
}

// conjuncts returns the parts of an expression that must all hold, each as one line.
func conjuncts(e ir.Expr) []string {
	if and, ok := e.(*ir.AndExpr); ok {
		var list []string
		for _, operand := range and.Operands {
			list = append(list, conjuncts(operand)...)
		}
		return list
	}
	return []string{line(e)}
}

// line returns an expression in one line.
func line(e ir.Expr) string {
	joined := func(operands []ir.Expr, word string) string {
		parts := make([]string, len(operands))
		for i, operand := range operands {
			parts[i] = line(operand)
		}
		return "(" + strings.Join(parts, word) + ")"
	}
	switch e := ir.Expand(e).(type) {
	case *ir.AndExpr:
		return joined(e.Operands, " and ")
	case *ir.OrExpr:
		return joined(e.Operands, " or ")
	case *ir.NotExpr:
		return "not " + line(e.Operand)
	default:
		return ir.Line(e)
	}
}

// correlations compares the meaning of two correlations, without that of the rules that they count, which have changes of their own.
func (c *Change) correlations(old, now *side, a, b *ruleset.Correlation) {
	if x, y := old.correlation(a), now.correlation(b); x != y {
		c.Kind, c.Gone, c.New = Changed, []string{x}, []string{y}
	}
}

// correlation returns a text that is equal for correlations of the same meaning.
func (s *side) correlation(c *ruleset.Correlation) string {
	own := *c.IR
	own.Rule, own.Title = "", ""
	own.Bases = slices.Clone(own.Bases)
	var names []string
	for i := range own.Bases {
		names = append(names, s.set.Info(own.Bases[i].Reference).ID)
		own.Bases[i].Index = 0
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%s %g reports %t of %s", &own, own.Percentile, c.Reports, strings.Join(names, " "))), " ")
}
