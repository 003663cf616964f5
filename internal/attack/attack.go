// Package attack has the names of MITRE ATT&CK for Enterprise that Sigma rules use as tags: tactics and techniques of versions 17
// and 19, and which of version 19 replaces which of version 17; ids of groups, software, mitigations and data sources; and the
// names of MITRE D3FEND.
//
// The data is embedded. Use replaces the current version by that of a file that ReadSTIX has read, once, for the rest of the program. The
// package knows no rules. ATT&CK and D3FEND are registered
// trademarks of The MITRE Corporation.
package attack

import (
	"cmp"
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Version is a version of ATT&CK.
type Version int

// The versions that egret knows. Current is the one that rules should use.
const (
	V17     Version = 17
	V19     Version = 19
	Current         = V19
)

// A Technique is a technique or sub-technique.
type Technique struct {
	// ID is T and four digits, with a dot and three more digits for a sub-technique.
	ID string
	// names and tactics are those of version 19 and 17.
	names   [2]string
	tactics [2][]string
	// former is the name in versions that the package does not know.
	former string
	// ReplacedBy is the id that has the technique's place in version 19, "" if version 19 has the technique, or if no single
	// other one replaces it.
	ReplacedBy string
}

// A Tactic is a column of the matrix.
type Tactic struct {
	// ID is TA and four digits.
	ID string
	// names are the short names in versions 19 and 17, such as initial-access.
	names [2]string
}

//go:embed data/techniques.tsv
var techniqueData string

//go:embed data/tactics.tsv
var tacticData string

//go:embed data/others.txt
var otherData string

//go:embed data/d3fend.txt
var d3fendData string

// lines returns the lines of a data file without its comments.
func lines(data string) []string {
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(data), "\n"), func(line string) bool { return strings.HasPrefix(line, "#") })
}

// tables are the names of all versions.
type tables struct {
	// version is that of the current one.
	version    string
	techniques map[string]*Technique
	tactics    []Tactic
	others     map[string]bool
}

// refreshed are the tables that Use has set, nil for the embedded ones.
var refreshed atomic.Pointer[tables]

// embedded are the tables of the embedded data.
var embedded = sync.OnceValue(func() *tables {
	return &tables{strconv.Itoa(int(Current)), embeddedTechniques(), embeddedTactics(), set(otherData)}
})

// known returns the tables in use.
func known() *tables {
	if t := refreshed.Load(); t != nil {
		return t
	}
	return embedded()
}

func embeddedTechniques() map[string]*Technique {
	byID := map[string]*Technique{}
	for _, line := range lines(techniqueData) {
		columns := append(strings.Split(line, "\t"), make([]string, 6)...)
		byID[columns[0]] = &Technique{
			ID: columns[0], names: [2]string{columns[1], columns[3]}, ReplacedBy: columns[5],
			tactics: [2][]string{words(columns[2]), words(columns[4])},
		}
	}
	return byID
}

func embeddedTactics() []Tactic {
	var list []Tactic
	for _, line := range lines(tacticData) {
		columns := append(strings.Split(line, "\t"), make([]string, 3)...)
		list = append(list, Tactic{columns[0], [2]string{columns[1], columns[2]}})
	}
	return list
}

var d3fend = sync.OnceValue(func() map[string]bool { return set(d3fendData) })

func set(data string) map[string]bool {
	known := map[string]bool{}
	for _, line := range lines(data) {
		for _, id := range strings.Fields(line) {
			known[strings.ToLower(id)] = true
		}
	}
	return known
}

func words(column string) []string {
	if column == "" {
		return nil
	}
	return strings.Split(column, ",")
}

// index returns the place of a version in names and tactics.
func (v Version) index() int {
	if v == V17 {
		return 1
	}
	return 0
}

// FindTechnique returns the technique with an id in any letter case, nil if neither version has it.
func FindTechnique(id string) *Technique { return known().techniques[strings.ToUpper(id)] }

// In reports whether a version has the technique.
func (t *Technique) In(v Version) bool { return t.names[v.index()] != "" }

// Name returns the name in a version, or in the other version if that one does not have the technique.
func (t *Technique) Name(v Version) string {
	if name := t.names[v.index()]; name != "" {
		return name
	}
	return cmp.Or(t.names[1-v.index()], t.former)
}

// Tactics returns the short names of the technique's tactics in a version, nil if it does not have the technique. The caller must
// not change them.
func (t *Technique) Tactics(v Version) []string { return t.tactics[v.index()] }

// Techniques returns the techniques of a version, sorted by id.
func Techniques(v Version) []*Technique {
	var list []*Technique
	for _, t := range known().techniques { // sorted below
		if t.In(v) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *Technique) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Tactics returns the tactics of a version, sorted by id.
func Tactics(v Version) []Tactic {
	return slices.DeleteFunc(slices.Clone(known().tactics), func(t Tactic) bool { return t.Name(v) == "" })
}

// Name returns the short name in a version, such as initial-access, "" if it does not have the tactic.
func (t Tactic) Name(v Version) string { return t.names[v.index()] }

// IsTactic reports whether a version has a tactic with a short name.
func IsTactic(name string, v Version) bool {
	return name != "" && slices.ContainsFunc(known().tactics, func(t Tactic) bool { return t.Name(v) == name })
}

// NewTactics returns the names in version 19 of a tactic's short name in version 17: itself, or stealth and defense-impairment for
// defense-evasion. It returns nil for other names.
func NewTactics(name string) []string {
	switch {
	case name == "defense-evasion":
		return []string{"stealth", "defense-impairment"}
	case IsTactic(name, V17):
		return []string{name}
	}
	return nil
}

// IsOther reports whether a text in lower case is the id of a group, software, mitigation or data source.
func IsOther(id string) bool { return known().others[id] }

// IsD3FEND reports whether a text in lower case names a tactic, technique or artifact of D3FEND.
func IsD3FEND(name string) bool { return d3fend()[name] }

var spellings = sync.OnceValue(func() map[string][]string {
	list := map[string][]string{
		"defense-evasion": {"defense-evasion", "stealth", "defense-impairment"},
		"stealth":         {"stealth", "defense-evasion"}, "defense-impairment": {"defense-impairment", "defense-evasion"},
		"t1562": {"t1562", "t1685", "t1686", "t1688", "t1689", "t1690"},
	}
	for id, t := range embedded().techniques {
		if t.ReplacedBy == "" {
			continue
		}
		old, now := strings.ToLower(id), strings.ToLower(t.ReplacedBy)
		list[old] = append(list[old], old, now)
		if list[now] == nil {
			list[now] = []string{now}
		}
		list[now] = append(list[now], old)
	}
	// Iteration order does not matter: each list is sorted by itself.
	for _, names := range list {
		slices.Sort(names)
	}
	return list
})

// Spellings returns a tactic or technique in lower case with its names in versions 17 and 19: defense-evasion is stealth and
// defense-impairment in version 19, and t1562.008 is t1685.002. Other texts are returned alone.
func Spellings(name string) []string {
	if list := spellings()[name]; list != nil {
		return list
	}
	return []string{name}
}
