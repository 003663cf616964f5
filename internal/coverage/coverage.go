// Package coverage says which techniques of MITRE ATT&CK rules cover, or findings show: scores, layers for the ATT&CK Navigator,
// gaps, tags that do not go together, and comparisons.
//
// A Mark is anything with tags: a Sigma rule, a signature of Suricata, or a rule with its findings. FromRules, FromSuricata and
// FromFindings read marks, Matrix scores them, and the rest prints a Matrix.
package coverage

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/finding"
)

// A Mark is something that covers techniques.
type Mark struct {
	// Title, ID and Path name it: those of a rule. ID may be "".
	Title, ID, Path string
	// Level and Status are words of the Sigma specification, "" if absent.
	Level, Status string
	// LogSource is the category, product and service of a rule, as in LogSource.String. It is zero for correlations and others.
	LogSource LogSource
	// Tags are the names of ATT&CK tactics and the ids of its techniques, as the specification writes them behind "attack.", in
	// lower case and in the order of the rule.
	Tags []string
}

// LogSource is the log source of a rule; parts may be "".
type LogSource struct{ Category, Product, Service string }

// techniqueID returns the id of a technique that a tag names, in capital letters, "" for other tags. Groups (G0007), software,
// tactics by id (TA0001) and names are no techniques.
func techniqueID(tag string) string {
	id := strings.ToUpper(tag)
	if len(id) < 5 || id[0] != 'T' {
		return ""
	}
	for i, c := range id[1:] {
		if (c < '0' || c > '9') && (c != '.' || i != 4) {
			return ""
		}
	}
	if len(id) != 5 && len(id) != 9 {
		return ""
	}
	return id
}

// tactic returns the short name of a tactic that a tag names in either spelling, "" for other tags.
func tactic(tag string) string {
	if techniqueID(tag) != "" {
		return ""
	}
	name := strings.ReplaceAll(tag, "_", "-")
	if attack.IsTactic(name, attack.V19) || attack.IsTactic(name, attack.V17) {
		return name
	}
	return ""
}

// Techniques returns the ids of techniques among the tags, each once, in their order.
func (m *Mark) Techniques() []string {
	var ids []string
	for _, tag := range m.Tags {
		if id := techniqueID(tag); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// A Score is how the marks of a technique become a number.
type Score string

// The scores are those of sigma analyze attack (sigma-cli 3.1.0). ByMax is 1 for informational to 5 for critical and 0 without a
// level; ByLevel adds 1, 2, 4, 8 or 12 for each mark, and 1 without a level. sigma-cli counts a rule twice that names two
// sub-techniques which become one technique by Options.Parents; here it counts once.
const (
	ByCount Score = "count"
	ByMax   Score = "max"
	ByLevel Score = "level"
)

// Scores are the names that --score takes.
var Scores = []string{string(ByCount), string(ByMax), string(ByLevel)}

// levels are the levels in ascending order, weights what ByLevel adds for each.
var (
	levels  = []string{"informational", "low", "medium", "high", "critical"}
	weights = []int{1, 2, 4, 8, 12}
)

// rank returns the place of a level in levels from 1 on, 0 for one that is absent or unknown.
func rank(level string) int { return slices.Index(levels, strings.ToLower(level)) + 1 }

func (s Score) of(marks []*Mark) int {
	n := 0
	for _, m := range marks {
		switch s {
		case ByMax:
			n = max(n, rank(m.Level))
		case ByLevel:
			n += weights[max(0, rank(m.Level)-1)]
		default:
			n++
		}
	}
	return n
}

// Options say how marks are scored. The zero value counts marks against the current version of ATT&CK.
type Options struct {
	// Version of ATT&CK, 0 for the current one.
	Version attack.Version
	Score   Score
	// Parents counts sub-techniques as their techniques.
	Parents bool
}

// An Entry is a technique with what covers it.
type Entry struct {
	*attack.Technique
	// Marks are sorted by title, each once. Score is made of them.
	Marks []*Mark
	Score int
}

// A Matrix is the coverage of one version of ATT&CK.
type Matrix struct {
	Options Options
	// Entries have marks and are sorted by id.
	Entries []*Entry
	// Replaced has the ids in tags that the version lacks, with the id that took their place, whose entry the mark counts for; ""
	// if no single one did, or if no version has the id. Such marks count nowhere.
	Replaced map[string]string
	// Marks is the number of marks, Tagged that of those which name a technique.
	Marks, Tagged int
	// Seen, if not nil, is what findings show of the same version.
	Seen *Matrix
}

// SeenAt returns the marks of findings that show a technique, nil for none.
func (m *Matrix) SeenAt(id string) []*Mark {
	if m.Seen == nil {
		return nil
	}
	if e := m.Seen.Entry(id); e != nil {
		return e.Marks
	}
	return nil
}

// NewMatrix scores marks.
func NewMatrix(marks []*Mark, o Options) *Matrix {
	o.Version, o.Score = cmp.Or(o.Version, attack.Current), cmp.Or(o.Score, ByCount)
	m := &Matrix{Options: o, Replaced: map[string]string{}, Marks: len(marks)}
	of := map[string][]*Mark{}
	for _, mark := range marks {
		ids := mark.Techniques()
		if len(ids) > 0 {
			m.Tagged++
		}
		counted := map[string]bool{}
		for _, id := range ids {
			if id = m.current(id); id != "" && !counted[id] {
				counted[id] = true
				of[id] = append(of[id], mark)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		list := of[id]
		slices.SortStableFunc(list, func(a, b *Mark) int { return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.Path, b.Path)) })
		m.Entries = append(m.Entries, &Entry{Technique: attack.FindTechnique(id), Marks: list, Score: o.Score.of(list)})
	}
	return m
}

// current returns the id that an id in a tag counts for, "" for none.
func (m *Matrix) current(id string) string {
	t := attack.FindTechnique(id)
	if t == nil || !t.In(m.Options.Version) {
		next := ""
		if t != nil && m.Options.Version == attack.V19 {
			next = t.ReplacedBy
		}
		m.Replaced[id] = next
		if id = next; id == "" {
			return ""
		}
	}
	if m.Options.Parents {
		id, _, _ = strings.Cut(id, ".")
	}
	return id
}

// Max returns the highest score, 0 without entries.
func (m *Matrix) Max() int {
	n := 0
	for _, e := range m.Entries {
		n = max(n, e.Score)
	}
	return n
}

// Entry returns the entry of a technique, nil if nothing covers it.
func (m *Matrix) Entry(id string) *Entry {
	i, ok := slices.BinarySearchFunc(m.Entries, id, func(e *Entry, id string) int { return cmp.Compare(e.ID, id) })
	if !ok {
		return nil
	}
	return m.Entries[i]
}

// A Column is a tactic with its techniques.
type Column struct {
	Tactic attack.Tactic
	// Cells are the techniques without sub-techniques, sorted by id.
	Cells []Cell
	// Covered is the number of cells that are covered.
	Covered int
}

// A Cell is a technique with its sub-techniques.
type Cell struct {
	*attack.Technique
	// Entry is nil if nothing names the technique itself.
	Entry *Entry
	// Subs are the sub-techniques that are covered, Of is how many there are.
	Subs []*Entry
	Of   int
	// Seen is true if findings show the technique or one of its sub-techniques.
	Seen bool
	// Score is made of all marks of the technique and its sub-techniques, each once; 0 if there are none, and by ByMax for marks
	// without a level: Covered tells them apart.
	Score   int
	Covered bool
}

// Columns returns the matrix by tactics, in the order in which an intrusion usually goes through them.
func (m *Matrix) Columns() []*Column {
	v := m.Options.Version
	subs, of, seen := map[string][]*Entry{}, map[string]int{}, map[string]bool{}
	for _, t := range attack.Techniques(v) {
		parent, _, sub := strings.Cut(t.ID, ".")
		seen[parent] = seen[parent] || len(m.SeenAt(t.ID)) > 0
		if sub {
			of[parent]++
			if e := m.Entry(t.ID); e != nil {
				subs[parent] = append(subs[parent], e)
			}
		}
	}
	byName := map[string]*Column{}
	for _, t := range attack.Tactics(v) {
		byName[t.Name(v)] = &Column{Tactic: t}
	}
	for _, t := range attack.Techniques(v) {
		if strings.Contains(t.ID, ".") {
			continue
		}
		cell := Cell{Technique: t, Entry: m.Entry(t.ID), Subs: subs[t.ID], Of: of[t.ID], Seen: seen[t.ID]}
		marks := cell.marks()
		cell.Score, cell.Covered = m.Options.Score.of(marks), len(marks) > 0
		for _, name := range t.Tactics(v) {
			if c := byName[name]; c != nil {
				c.Cells = append(c.Cells, cell)
				if cell.Covered {
					c.Covered++
				}
			}
		}
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b *Column) int {
		return finding.CompareTactics(a.Tactic.Name(v), b.Tactic.Name(v))
	})
}

// marks returns the marks of a technique and its sub-techniques, each once.
func (c *Cell) marks() []*Mark {
	var marks []*Mark
	for _, e := range append([]*Entry{c.Entry}, c.Subs...) {
		if e == nil {
			continue
		}
		for _, m := range e.Marks {
			if !slices.Contains(marks, m) {
				marks = append(marks, m)
			}
		}
	}
	return marks
}

// Share returns how many techniques, without sub-techniques, are covered, and how many the version has. A technique is covered if
// it or one of its sub-techniques is.
func (m *Matrix) Share() (covered, all int) {
	seen := map[string]bool{}
	for _, c := range m.Columns() {
		for i := range c.Cells {
			if id := c.Cells[i].ID; !seen[id] {
				seen[id] = true
				all++
				if c.Cells[i].Covered {
					covered++
				}
			}
		}
	}
	return covered, all
}

// under returns the entries of a technique and of its sub-techniques.
func (m *Matrix) under(id string) []*Entry {
	var list []*Entry
	for _, e := range m.Entries {
		if e.ID == id || strings.HasPrefix(e.ID, id+".") {
			list = append(list, e)
		}
	}
	return list
}
