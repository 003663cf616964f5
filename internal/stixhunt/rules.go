package stixhunt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/stix"
)

// Options configure the rules.
type Options struct {
	// Schemas are the log sources that are hunted.
	Schemas []*schema.Schema
	// Mappings are those of the log sources; nil means stixmap.All.
	Mappings []*stixmap.Mapping
	// OASIS refuses brackets in which AND joins different object types.
	OASIS bool
	// Loose compares as stix-shifter's connector does, see stixmatch.Options.
	Loose bool
	// Parts divides the values of many indicators among several rules for each log source, as tables of a lake need it. Files are
	// hunted faster without.
	Parts bool
}

// Rules are the rules of indicators.
type Rules struct {
	// Lowered is for ruleset.Options.
	Lowered *ruleset.Lowered
	// Indicators has the indicator of each rule and correlation, by its id. Several rules may have one.
	Indicators map[string]*Indicator
	// Used is the number of indicators that are hunted, and Refused that of the others, each of which has a diagnostic.
	Used, Refused int
	// Broken is the number of refused indicators whose pattern cannot be read or has no meaning.
	Broken int

	decider *decider
}

// Notes says what a finished hunt could not decide, and which events it left out because they are from before or after the time in
// which their indicator is valid.
func (r *Rules) Notes() []string {
	var notes []string
	if n := r.decider.invalid.Load(); n > 0 {
		notes = append(notes, fmt.Sprintf("%d events of indicators are left out, because they lie outside of valid_from and valid_until", n))
	}
	if n := r.decider.tooMany.Load(); n > 0 {
		notes = append(notes, fmt.Sprintf("%d events have too many objects for a STIX pattern, and do not count", n))
	}
	return notes
}

// target is a log source with its mapping.
type target struct {
	// base is the mapping of the log source, and mapping its Mapping.Full if it has one.
	mapping, base *stixmap.Mapping
	schema        *schema.Schema
	source        schema.LogSource
}

// lacking are indicators that cannot be answered for the same reason.
type lacking struct {
	first diag.Diagnostic
	more  int
}

type maker struct {
	options Options
	rules   *Rules
	targets []*target
	diags   diag.List
	// pack is nil if exact values do not go into a pack.
	pack *pack
	// known has for each path that was asked for which targets can answer it. names are the paths of all mappings; near has
	// the unknown paths for which a similar one was looked for.
	known map[string][]bool
	names []string
	near  map[string]bool
	// references are the paths that lead to references.
	references map[string]bool
	// lacked counts the indicators that ask for paths that no log source has, by the paths, with the first diagnostic of each.
	lacked  map[string]*lacking
	lackeds []*lacking
}

// Make makes the rules of indicators. A pattern that cannot be read, that has no meaning, or that no log source can answer is
// refused with a diagnostic; the others are hunted.
func Make(indicators []*Indicator, o Options) (*Rules, diag.List) {
	if o.Mappings == nil {
		o.Mappings = stixmap.All()
	}
	m := &maker{options: o, known: map[string][]bool{}, references: map[string]bool{}, lacked: map[string]*lacking{}, rules: &Rules{
		Lowered: &ruleset.Lowered{}, Indicators: map[string]*Indicator{}, decider: &decider{mappings: o.Mappings},
	}}
	for _, base := range o.Mappings {
		mapping := base
		if base.Full != nil {
			mapping = base.Full
		}
		for _, s := range o.Schemas {
			if !slices.Contains(base.Schemas, s.Name) {
				continue
			}
			if source, ok := s.Whole(o.Schemas); ok {
				m.targets = append(m.targets, &target{mapping: mapping, base: base, schema: s, source: source})
			}
		}
	}
	if len(indicators) >= packFrom {
		m.pack = &pack{loose: o.Loose, lists: map[string]*ir.List{}}
	}
	for some := range slices.Chunk(indicators, preparedAtOnce) {
		for n, r := range m.prepare(some) {
			if m.indicator(some[n], r) {
				m.rules.Used++
			} else {
				m.rules.Refused++
			}
			some[n].pattern = nil // what is needed is compiled
		}
	}
	if m.pack != nil {
		m.packs()
	}
	for _, l := range m.lackeds {
		if l.more > 0 {
			l.first.Message += fmt.Sprintf("; the same is true of %d more", l.more)
		}
		m.diags.Add(l.first)
	}
	return m.rules, m.diags
}

// answers reports which targets have values for a path.
func (m *maker) answers(p *stix.Path) []bool {
	text := stixmap.PathText(p)
	list, ok := m.known[text]
	if !ok {
		for _, t := range m.targets {
			list = append(list, t.mapping.Has(p))
		}
		m.known[text] = list
	}
	return list
}

// packFrom is the number of indicators from which on their values are put into tables.
const packFrom = 20

// preparedAtOnce is the number of indicators whose compiled patterns are in memory at once, besides those that are kept.
const preparedAtOnce = 4096

// ready is a pattern that was compiled, nil if it is refused, and what was found in it.
type ready struct {
	pattern *stixmatch.Pattern
	diags   diag.List
}

// prepare reads and compiles the patterns of indicators on all cores.
func (m *maker) prepare(indicators []*Indicator) []ready {
	out := make([]ready, len(indicators))
	options := stixmatch.Options{OASIS: m.options.OASIS, Loose: m.options.Loose}
	onAllCores(len(indicators), func(n int) {
		i, r := indicators[n], &out[n]
		i.id = i.ruleID("")
		if r.diags = i.parse(); i.pattern == nil {
			return
		}
		r.pattern, r.diags = stixmatch.Compile(m.canonical(i.pattern), options)
	})
	return out
}

// indicator makes the rules of an indicator, and reports whether it is hunted.
func (m *maker) indicator(i *Indicator, r ready) bool {
	m.diags = append(m.diags, r.diags...)
	compiled := r.pattern
	if compiled == nil {
		m.rules.Broken++
		return false
	}
	brackets := compiled.Brackets()
	number := map[*stix.Observation]int{}
	for n, b := range brackets {
		number[b] = n
	}
	m.unknownPaths(brackets)
	if alternatives, ok := choices(compiled.Expr(), nil, number); ok {
		return m.single(i, compiled, alternatives)
	}
	return m.several(i, compiled, number)
}

// canonical returns a pattern with the paths of the mappings, and with the values that they have.
func (m *maker) canonical(p *stix.Pattern) *stix.Pattern {
	p = stixmap.Canonical(p)
	if m.options.Loose {
		stixmap.ShortFindings(p)
	}
	return p
}

// ruleID returns the id of a rule of an indicator. what makes it different from those of its other rules.
func (i *Indicator) ruleID(what string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("stix\x00"+i.ID+"\x00"+i.File.Text+"\x00"+what)).String()
}

// info returns the description of a rule of an indicator. what makes its id different from those of other rules.
func (m *maker) info(i *Indicator, what string) ruleset.Info {
	id := i.id
	if what != "" {
		id = i.ruleID(what)
	}
	status := "stable"
	if i.Revoked {
		status = "deprecated" // so that --status deprecated runs it
	}
	for n := 1; m.rules.Indicators[id] != nil; n++ { // the same pattern twice
		id = uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "stix\x00%s\x00%s\x00%s\x00%d", i.ID, i.File.Text, what, n)).String()
	}
	m.rules.Indicators[id] = i
	return ruleset.Info{
		ID: id, Title: i.title(), Level: i.level(), Status: status, Path: i.Path, Tags: i.tags(), Description: i.Description,
		References: i.References, Indicator: i.ID,
	}
}

// valid returns the range in which an indicator is valid, nil for always.
func (i *Indicator) valid() *ir.TimeRange {
	if i.From.IsZero() && i.Until.IsZero() {
		return nil
	}
	r := &ir.TimeRange{From: -1 << 63, To: 1<<63 - 1}
	if !i.From.IsZero() {
		r.From = clamp(i.From)
	}
	if !i.Until.IsZero() {
		r.To = clamp(i.Until)
	}
	return r
}

// item adds an item and returns its decision.
func (m *maker) item(it item) *ruleset.Decision {
	d := m.rules.decider
	d.items = append(d.items, it)
	return &ruleset.Decision{Decider: d, Item: len(d.items) - 1}
}

// decision adds an item that reads events of a target, and returns its decision.
func (m *maker) decision(it item, t *target) *ruleset.Decision {
	var types []string
	switch {
	case it.pack != nil:
		for _, g := range it.pack.groups {
			if it.mapping.Has(&g.path) {
				types = append(types, g.path.Type)
			}
		}
	default:
		brackets := it.pattern.Brackets()
		for _, c := range it.choices {
			eachPath(brackets[c.bracket].Comparison, func(p *stix.Path, _ bool) { types = append(types, p.Type) })
		}
	}
	d := m.item(it)
	d.Rows, d.Reads = t.mapping.Rows, it.mapping.Fields(types)
	return d
}

// single makes the rules of a pattern that one event satisfies.
func (m *maker) single(i *Indicator, p *stixmatch.Pattern, list []choice) bool {
	brackets := p.Brackets()
	if m.pack != nil && len(list) == 1 && list[0].within == nil {
		if values, ok := wants(brackets[list[0].bracket].Comparison); ok {
			return m.packIn(i, values)
		}
	}
	made := false
	var lacks []*stix.Path
	for _, t := range m.targets {
		mapping := t.of(brackets)
		var operands []ir.Expr
		for _, c := range list {
			e, without := mapping.Lower(brackets[c.bracket].Comparison, m.options.Loose)
			if lacks = append(lacks, without...); e != nil {
				operands = append(operands, e)
			}
		}
		if len(operands) == 0 {
			continue
		}
		made = true
		m.rule(m.info(i, t.name()), t, &ir.OrExpr{Operands: operands}, item{mapping: mapping, pattern: p, choices: list, valid: i.valid()})
	}
	if !made {
		m.unanswered(i, lacks)
	}
	return made
}

// of returns the mapping for a pattern: the full one only if the pattern asks for more than observations show, since properties of
// others must not make objects that EXISTS would find.
func (t *target) of(brackets []*stix.Observation) *stixmap.Mapping {
	mapping := t.base
	for _, b := range brackets {
		eachPath(b.Comparison, func(p *stix.Path, _ bool) {
			if !t.base.Has(p) && t.mapping.Has(p) {
				mapping = t.mapping
			}
		})
	}
	return mapping
}

// name returns the name of the target among those of one pattern.
func (t *target) name() string { return t.mapping.Name + "\x00" + t.schema.Name }

// rule adds a rule for events of a target.
func (m *maker) rule(info ruleset.Info, t *target, where ir.Expr, it item) int {
	if t.base.Rows {
		where = &ir.AndExpr{Operands: []ir.Expr{&ir.ExistsExpr{Field: ir.Field{Name: "row.class_uid"}}, where}}
	}
	m.rules.Lowered.Rules = append(m.rules.Lowered.Rules, &ruleset.Rule{
		Info: info, LogSource: t.source, Query: &ir.Query{Rule: info.ID, Title: info.Title, Where: where}, Decision: m.decision(it, t),
	})
	return len(m.rules.Lowered.Rules) - 1
}

// packIn puts the values of an indicator into the pack, if a log source has one of their paths.
func (m *maker) packIn(i *Indicator, values []want) bool {
	answered := func(v want) bool { return slices.Contains(m.answers(v.path), true) }
	first := slices.IndexFunc(values, answered)
	if first < 0 {
		var lacks []*stix.Path
		for _, v := range values {
			lacks = append(lacks, v.path)
		}
		m.unanswered(i, lacks)
		return false
	}
	number := len(m.rules.decider.items)
	info := m.info(i, "")
	m.rules.Lowered.Rules = append(m.rules.Lowered.Rules, &ruleset.Rule{
		Info: info, LogSource: m.targets[slices.Index(m.answers(values[first].path), true)].source, Decision: m.item(item{valid: i.valid()}),
		Query: &ir.Query{Rule: info.ID, Title: info.Title, Where: &ir.ConstExpr{}}, // the query of the pack finds its events
	})
	for _, v := range values {
		if answered(v) {
			m.pack.add(v, number)
		}
	}
	return true
}

// packs makes the rules of the pack, one or more for each log source.
func (m *maker) packs() {
	parts := make([][]ir.Expr, len(m.targets))
	onAllCores(len(m.targets), func(i int) {
		if i == 0 || m.targets[i].mapping != m.targets[i-1].mapping {
			parts[i] = m.pack.supersets(m.targets[i].mapping, "STIX", m.options.Parts)
		}
	})
	for i, t := range m.targets {
		if i > 0 && t.mapping == m.targets[i-1].mapping {
			parts[i] = parts[i-1]
		}
		for n, where := range parts[i] {
			id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "stix pack\x00%s\x00%d", t.name(), n)).String()
			info := ruleset.Info{ID: id, Title: "values of STIX indicators in " + t.mapping.Title, Level: "informational", Status: "stable", Tags: []string{Tag}}
			m.rule(info, t, where, item{mapping: t.mapping, pack: m.pack})
		}
	}
}

// unanswered reports an indicator that no log source can answer. Of those with the same paths only the first gets a diagnostic.
func (m *maker) unanswered(i *Indicator, lacks []*stix.Path) {
	var names []string
	span := i.pattern.Expr.At()
	for _, p := range lacks {
		if name := stixmap.PathText(p); !slices.Contains(names, name) {
			names = append(names, name)
		}
		span = p.Span
	}
	key := strings.Join(names, ", ")
	if l := m.lacked[key]; l != nil {
		l.more++
		return
	}
	l := &lacking{first: diag.Diagnostic{
		Code: "stix-unanswered", Severity: diag.Warning, Span: span, Message: "no log source can answer this pattern, so it is not hunted",
	}}
	if len(names) > 0 {
		l.first.Message = "no log source has " + strings.Join(names[:min(5, len(names))], ", ") + " of this pattern, so it is not hunted"
	}
	for _, p := range lacks {
		if columns := stixmap.NoColumn(p); columns != "" {
			l.first.Help = "no published table has " + columns + ", from which stix-shifter's connector answers " + stixmap.PathText(p)
		}
	}
	m.lacked[key] = l
	m.lackeds = append(m.lackeds, l)
}
