package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/schema"
)

// An entry is a detection or correlation from a front end. The linker decides whether it runs.
type entry struct {
	info     Info
	inFolder string // the path within its folder, from which missing ids are derived
	pack     bool   // of a Folder with Pack
	sharedID bool   // several rules of the file have the same id on purpose
	faults   diag.List

	// For a detection: the rule without its Info. Its query is nil if faults has an error.
	rule     *Rule
	base     bool   // it is the detection of an old aggregation, which only its correlation uses
	filterID string // the id by which filters refer to it, "" for its own id

	// For a correlation: lower returns its IR, whose bases refer to linker.entries by Index. The counted rules are known by
	// references or by counts, which are indexes of entries.
	fields     []string
	lower      func(l *linker) (*ir.Correlation, diag.List)
	references []string
	counts     []int
	generates  bool // the counted rules have findings themselves

	lowered  *ir.Correlation
	reason   Reason
	detail   string
	wanted   bool // the options select it
	needed   bool // an active correlation counts it
	named    bool // some correlation counts it
	generate bool // a correlation that counts it has generate: true
	state    visitState
}

// reports reports whether the entry may have findings itself: no correlation counts it, or one that does has generate: true.
func (e *entry) reports() bool { return !e.named || e.generate }

type visitState uint8

const (
	unvisited visitState = iota
	visiting
	visited
)

// A linker links the entries of all files to a Set.
type linker struct {
	opt     Options
	set     *Set
	list    diag.List
	entries []*entry
	byName  map[string]int // from ids in lower case and names to indexes in entries
	order   []int          // indexes of correlations, each after those that it counts
	broken  []silenced
}

func link(files []*loadedFile, opt Options) (*Set, diag.List) {
	l := &linker{opt: opt, set: &Set{Files: len(files)}, byName: map[string]int{}}
	for _, f := range files {
		l.set.Paths = append(l.set.Paths, f.path())
		l.list.Add(f.list...)
		failed := f.list.HasErrors()
		for _, e := range f.entries {
			e.pack = f.folder.Pack
			failed = l.add(e) || failed
		}
		if failed {
			l.set.Failed++
		}
	}
	for _, lowered := range opt.Lowered {
		for _, e := range lowered.entries(len(l.entries)) {
			l.add(e)
		}
	}
	l.threats(files)
	for _, f := range files {
		for _, filter := range f.filters {
			l.apply(filter)
		}
	}
	for i := range l.entries {
		l.resolve(i)
	}
	for _, f := range files {
		for _, refused := range f.refused {
			l.silence(refused)
		}
	}
	l.choose()
	l.reportSilenced()
	l.collect()
	l.list.Sort()
	return l.set, l.list
}

// namespace is the UUID namespace of ids derived from path and title.
var namespace = uuid.MustParse("6f1c3d0e-7a0b-5f43-9c2e-0d5b8e1f7a46")

// complete sets the parts of Info that front ends leave to the linker.
func (l *linker) complete(info *Info, inFolder string) {
	if info.ID == "" {
		// Use the path within the folder, so that the id does not depend on the location of the folder. For a second rule of
		// the same title in a file, add its index.
		info.ID = uuid.NewSHA1(namespace, []byte(inFolder+"\x00"+info.Title)).String()
		if _, taken := l.byName[info.ID]; taken {
			info.ID = uuid.NewSHA1(namespace, fmt.Appendf(nil, "%s\x00%s\x00%d", inFolder, info.Title, info.Origin.Document)).String()
		}
	}
	for _, id := range []string{strings.ToLower(info.ID), info.ID} { // ids are case-insensitive, as in Disabled
		if changed, ok := l.opt.Levels[id]; ok {
			info.Level, info.Outcomes = changed, OutcomeLevels{}
		}
	}
	if LevelRank(info.Level) < 0 {
		info.Level = "medium"
	}
	for _, o := range info.Outcomes.levels() {
		if LevelRank(*o.level) < 0 {
			*o.level = ""
		}
	}
	info.Attack, info.Tactics = attackTags(info.Tags)
}

// attackTags returns the techniques and tactics among a rule's tags. Tags of groups and software (attack.g0016,
// attack.s0029) are neither (Sigma tags appendix, "Namespace: attack").
func attackTags(tags []string) (techniques, tactics []string) {
	for _, tag := range tags {
		name, ok := strings.CutPrefix(strings.ToLower(tag), "attack.")
		switch {
		case !ok || name == "":
		case len(name) > 1 && name[1] >= '0' && name[1] <= '9':
			if name[0] == 't' {
				techniques = append(techniques, strings.ToUpper(name))
			}
		default:
			tactics = append(tactics, strings.ReplaceAll(name, "_", "-"))
		}
	}
	return techniques, tactics
}

// add registers an entry under its id and name and reports whether it has an error. Of several entries with the same id only
// the first one counts, and faults of the others are ignored.
func (l *linker) add(e *entry) bool {
	index := len(l.entries)
	l.entries = append(l.entries, e)
	l.complete(&e.info, e.inFolder)
	if !e.sharedID {
		key := strings.ToLower(e.info.ID)
		if first, ok := l.byName[key]; ok {
			e.reason, e.detail = DuplicateID, l.entries[first].info.Path
			l.list.Add(diag.Diagnostic{
				Code: "duplicate-id", Severity: diag.Warning, Span: e.info.Origin.Place(),
				Message: fmt.Sprintf("id %s is already used by an earlier rule; this rule is skipped", e.info.ID),
				Labels:  []diag.Label{{Span: l.entries[first].info.Origin.Place(), Text: "the first rule with this id"}},
				Help:    "remove one of the two rules, or change its id",
			})
			return false
		}
		l.byName[key] = index
	}
	if e.info.Name != "" {
		if _, ok := l.byName[e.info.Name]; !ok {
			l.byName[e.info.Name] = index
		}
	}
	return e.rule != nil && l.ruleFaults(e)
}

// lookup returns the index of the entry that a correlation refers to, see Info.IsNamed.
func (l *linker) lookup(reference string) (int, bool) {
	if i, ok := l.byName[strings.ToLower(reference)]; ok {
		return i, true
	}
	i, ok := l.byName[reference]
	return i, ok
}

// ruleFaults processes the diagnostics of lowering a rule and reports whether there was an error. A placeholder without
// values only skips the rule.
func (l *linker) ruleFaults(e *entry) bool {
	failed := false
	var placeholders []string
	for _, d := range e.faults {
		if d.Code == lower.UnresolvedPlaceholder {
			placeholders = append(placeholders, strings.Trim(strings.Fields(d.Message)[1], "%"))
			continue
		}
		failed = failed || d.Severity == diag.Error
		l.list.Add(d)
	}
	switch {
	case failed:
		e.reason = Invalid
	case e.rule.Query == nil:
		e.reason, e.detail = UnresolvedPlaceholder, strings.Join(placeholders, ", ")
	case !served(e.rule.LogSource, l.opt.schemas()):
		e.reason, e.detail = UnknownLogSource, e.rule.LogSource.String()
		if e.pack && served(e.rule.LogSource, schema.All()) {
			e.reason = OtherLogSource
			break
		}
		if d, ok := misspeltLogSource(e.rule.LogSource, l.opt.schemas()); ok {
			l.list.Add(d)
		}
	}
	return failed
}

func served(log schema.LogSource, schemas []*schema.Schema) bool {
	return slices.ContainsFunc(schemas, func(s *schema.Schema) bool { return s.Serves(log) })
}

// choose applies the user's options and keeps rules that active correlations count.
func (l *linker) choose() {
	for _, e := range l.entries {
		if e.reason == "" && !e.base {
			e.reason = l.opt.reason(&e.info)
			e.wanted = e.reason == ""
		}
	}
	var need func(e *entry)
	need = func(e *entry) {
		for _, base := range e.lowered.Bases {
			target := l.entries[base.Index]
			if target.needed {
				continue
			}
			target.needed = true
			if target.lowered != nil {
				need(target)
			}
		}
	}
	for _, e := range l.entries {
		if e.wanted && e.reports() && e.lowered != nil {
			need(e)
		}
	}
	for _, e := range l.entries {
		if e.wanted && !e.reports() && !e.needed {
			e.wanted, e.reason = false, BaseOnly
		}
	}
}

// collect builds the set's lists.
func (l *linker) collect() {
	newIndex := make([]int, len(l.entries)) // from entries to Set.Rules or Set.Correlations
	for i, e := range l.entries {
		e.info.Reports = e.wanted && e.reports()
		if !e.wanted && !e.needed {
			if e.base {
				continue // Skipped lists its correlation
			}
			l.set.Skipped = append(l.set.Skipped, Skipped{Info: e.info, Reason: e.reason, Detail: e.detail})
			continue
		}
		if e.rule != nil {
			newIndex[i] = len(l.set.Rules)
			e.rule.Info = e.info
			if l.opt.Open {
				e.rule.Unrunnable = lower.Runnable(e.rule.Query.Where, nil)
			}
			l.set.Rules = append(l.set.Rules, e.rule)
		}
	}
	for _, i := range l.order {
		e := l.entries[i]
		if !e.wanted && !e.needed {
			continue
		}
		newIndex[i] = len(l.set.Correlations)
		bases := make([]ir.Base, len(e.lowered.Bases))
		for j, base := range e.lowered.Bases {
			bases[j] = base
			bases[j].Index = newIndex[base.Index]
		}
		e.lowered.Bases = bases
		l.set.Correlations = append(l.set.Correlations, &Correlation{Info: e.info, Fields: e.fields, IR: e.lowered})
	}
	sortSkipped(l.set.Skipped)
}
