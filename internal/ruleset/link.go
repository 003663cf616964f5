package ruleset

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// entry is a detection or correlation that was found in a file, before it is known whether it runs.
type entry struct {
	info        Info
	rule        *sigma.Rule        // nil for a correlation
	correlation *sigma.Correlation // nil for a detection
	query       *ir.Query
	lowered     *ir.Correlation // bases refer to linker.entries by Index
	reason      Reason
	detail      string
	wanted      bool // the user's choices let it report
	needed      bool // an active correlation counts it
	named       bool // some correlation names it
	generate    bool // one that names it says generate: true
	state       visitState
}

// isBase reports whether the entry is the detection half of an old aggregation, which only its correlation knows.
func (e *entry) isBase() bool { return e.rule != nil && e.rule.Base }

// reports tells whether the entry may give findings of its own: no correlation names it, or one says generate.
func (e *entry) reports() bool { return !e.named || e.generate }

type visitState uint8

const (
	unvisited visitState = iota
	visiting
	visited
)

// linker ties the entries of all files together.
type linker struct {
	opt     Options
	set     *Set
	list    diag.List
	entries []*entry
	byName  map[string]int // id in lower case, and name, to index in entries
	order   []int          // of correlations: those they name come first
	broken  []broken
}

func link(files []*loadedFile, opt Options) (*Set, diag.List) {
	l := &linker{opt: opt, set: &Set{Files: len(files)}, byName: map[string]int{}}
	for _, f := range files {
		l.set.Paths = append(l.set.Paths, f.path())
		l.list.Add(f.list...)
		failed := f.list.HasErrors()
		for i, rule := range f.collection.Rules {
			e := &entry{info: l.info(f, &rule.Meta), rule: rule, query: f.queries[i]}
			l.add(e)
			if e.reason == "" {
				failed = l.ruleFaults(e, f.faults[i]) || failed
			}
		}
		for _, correlation := range f.collection.Correlations {
			l.add(&entry{info: l.info(f, &correlation.Meta), correlation: correlation})
		}
		if failed {
			l.set.Failed++
		}
	}
	l.filters(files)
	for i := range l.entries {
		l.resolve(i)
	}
	for _, f := range files {
		for _, refused := range f.collection.Refused {
			l.silenceRules(refused.Rules, refused.Generate, cmp.Or(refused.Title, f.path()), refused.Span)
		}
	}
	l.choose()
	l.tellSilenced()
	l.collect()
	l.list.Sort()
	return l.set, l.list
}

// namespace is the UUID namespace of ids that are made of path and title.
var namespace = uuid.MustParse("6f1c3d0e-7a0b-5f43-9c2e-0d5b8e1f7a46")

func (l *linker) info(f *loadedFile, meta *sigma.Meta) Info {
	info := Info{ID: meta.ID, Title: meta.Title, Level: strings.ToLower(meta.Level), Path: f.path(), Meta: meta}
	if info.ID == "" {
		// The path within the folder, so that the id is the same wherever the folder lies. A second rule of the same
		// title in a file is told apart by its place there.
		info.ID = uuid.NewSHA1(namespace, []byte(f.name+"\x00"+meta.Title)).String()
		if _, taken := l.byName[info.ID]; taken {
			info.ID = uuid.NewSHA1(namespace, fmt.Appendf(nil, "%s\x00%s\x00%d", f.name, meta.Title, meta.Document)).String()
		}
	}
	for _, id := range []string{strings.ToLower(info.ID), info.ID} { // ids compare without case, as in Disabled
		if changed, ok := l.opt.Levels[id]; ok {
			info.Level = changed
		}
	}
	if LevelRank(info.Level) < 0 {
		info.Level = "medium"
	}
	info.Attack, info.Tactics = attackTags(meta.Tags)
	return info
}

// attackTags are the techniques and tactics among a rule's tags. Tags of groups and software (attack.g0016,
// attack.s0029) are neither; Sigma tags appendix, "Namespace: attack".
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

// add registers an entry under its id and name. Of several with the same id the first wins.
func (l *linker) add(e *entry) {
	index := len(l.entries)
	l.entries = append(l.entries, e)
	meta := e.info.Meta
	if !meta.SharedID {
		key := strings.ToLower(e.info.ID)
		if first, ok := l.byName[key]; ok {
			e.reason, e.detail = DuplicateID, l.entries[first].info.Path
			l.list.Add(diag.Diagnostic{
				Code: "duplicate-id", Severity: diag.Warning, Span: placeOf(meta),
				Message: fmt.Sprintf("id %s is that of a rule loaded before, which wins", e.info.ID),
				Labels:  []diag.Label{{Span: placeOf(l.entries[first].info.Meta), Text: "the first rule of this id"}},
				Help:    "remove one of the two, or give it an id of its own",
			})
			return
		}
		l.byName[key] = index
	}
	if meta.Name != "" {
		if _, ok := l.byName[meta.Name]; !ok {
			l.byName[meta.Name] = index
		}
	}
}

// placeOf is where a diagnostic about a rule as a whole points.
func placeOf(meta *sigma.Meta) source.Span {
	for _, span := range []source.Span{meta.IDSpan, meta.TitleSpan} {
		if !span.IsZero() {
			return span
		}
	}
	return meta.Span
}

func (l *linker) lookup(reference string) (int, bool) {
	if i, ok := l.byName[strings.ToLower(reference)]; ok {
		return i, true
	}
	i, ok := l.byName[reference]
	return i, ok
}

// ruleFaults takes in what lowering said of a rule, and reports whether there was an error. A placeholder without values
// is no fault of the rule.
func (l *linker) ruleFaults(e *entry, faults diag.List) bool {
	failed := false
	var placeholders []string
	for _, d := range faults {
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
	case e.query == nil:
		e.reason, e.detail = UnresolvedPlaceholder, strings.Join(placeholders, ", ")
	case !served(e.rule.LogSource, l.opt.schemas()):
		e.reason, e.detail = UnknownLogSource, LogSourceName(e.rule.LogSource)
		if d, ok := misspeltLogSource(e.rule.LogSource, l.opt.schemas()); ok {
			l.list.Add(d)
		}
	}
	return failed
}

func served(source sigma.LogSource, schemas []*schema.Schema) bool {
	for _, s := range schemas {
		if _, ok := s.Gate(source.Product, source.Service, source.Category); ok {
			return true
		}
	}
	return false
}

// LogSourceName is a log source in words, such as "product aws, service cloudtrail"; "" if it names nothing.
func LogSourceName(source sigma.LogSource) string {
	var parts []string
	for _, part := range []struct{ name, value string }{
		{"product", source.Product}, {"service", source.Service}, {"category", source.Category},
	} {
		if part.value != "" {
			parts = append(parts, part.name+" "+part.value)
		}
	}
	return strings.Join(parts, ", ")
}

// filters puts the condition of every filter beside that of the rules it reaches.
func (l *linker) filters(files []*loadedFile) {
	for _, f := range files {
		for i, filter := range f.collection.Filters {
			if f.filters[i] == nil {
				continue
			}
			applied := Filter{Info: l.info(f, &filter.Meta)}
			for _, e := range l.entries {
				if e.query == nil || e.reason == DuplicateID || !reaches(filter, e) {
					continue
				}
				applied.Rules = append(applied.Rules, e.info.ID)
				e.query = &ir.Query{
					Rule: e.query.Rule, Title: e.query.Title,
					Where: &ir.AndExpr{Operands: []ir.Expr{e.query.Where, f.filters[i]}, Span: filter.Detection.Span},
				}
			}
			if len(applied.Rules) == 0 {
				l.list.Add(diag.Diagnostic{
					Code: "filter-without-effect", Severity: diag.Warning, Span: placeOf(&filter.Meta),
					Message: "the filter reaches no loaded rule",
					Help:    "its rules must be loaded, by id, name or `any`, and have its log source",
				})
				continue
			}
			l.set.Filters = append(l.set.Filters, applied)
		}
	}
}

// reaches reports whether a filter applies to a rule: it names the rule or any, and the rule's log source equals the
// filter's or narrows it.
func reaches(filter *sigma.Filter, e *entry) bool {
	wide, narrow := filter.LogSource, e.rule.LogSource
	for _, part := range [][2]string{{wide.Product, narrow.Product}, {wide.Service, narrow.Service}, {wide.Category, narrow.Category}} {
		if part[0] != "" && !strings.EqualFold(part[0], part[1]) {
			return false
		}
	}
	if filter.Any {
		return true
	}
	for _, reference := range filter.Rules {
		// The base of an old aggregation carries its rule's id with a suffix, and is what the filter means.
		id, _ := strings.CutSuffix(e.info.ID, "/base")
		if strings.EqualFold(reference.Value, id) || e.info.Meta.Name != "" && reference.Value == e.info.Meta.Name {
			return true
		}
	}
	return false
}

// choose applies the user's choices, and keeps what active correlations count.
func (l *linker) choose() {
	for _, e := range l.entries {
		if e.reason == "" && !e.isBase() {
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
	place := make([]int, len(l.entries)) // of an entry in Set.Rules or Set.Correlations
	for i, e := range l.entries {
		e.info.Reports = e.wanted && e.reports()
		if !e.wanted && !e.needed {
			if e.isBase() {
				continue // its correlation is listed
			}
			l.set.Skipped = append(l.set.Skipped, Skipped{ID: e.info.ID, Title: e.info.Title, Path: e.info.Path, Reason: e.reason, Detail: e.detail, Meta: e.info.Meta})
			continue
		}
		if e.rule != nil {
			place[i] = len(l.set.Rules)
			l.set.Rules = append(l.set.Rules, &Rule{Info: e.info, Rule: e.rule, Query: e.query})
		}
	}
	for _, i := range l.order {
		e := l.entries[i]
		if !e.wanted && !e.needed {
			continue
		}
		place[i] = len(l.set.Correlations)
		bases := make([]ir.Base, len(e.lowered.Bases))
		for j, base := range e.lowered.Bases {
			bases[j] = base
			bases[j].Index = place[base.Index]
		}
		e.lowered.Bases = bases
		l.set.Correlations = append(l.set.Correlations, &Correlation{Info: e.info, Correlation: e.correlation, IR: e.lowered})
	}
	sortSkipped(l.set.Skipped)
}
