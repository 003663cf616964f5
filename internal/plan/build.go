package plan

import (
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// planned is a rule on its way into a plan.
type planned struct {
	index    int // in Set.Rules
	query    *ir.Query
	superset ir.Expr
	relaxed  ir.Expr // see builder.relaxed
	coarse   bool    // relaxed lets through what superset does
	exact    bool    // its exact predicate can be said in SQL
	risk     int
	weight   int // the most that a correlation wants of its events
	columns  []Column
	needed   bool // in Rows
}

// The risks that a superset lets many events through, worst last.
const (
	rare     = iota
	counted  // a correlation counts it
	common   // one of its actions is known to be common
	noAction // the superset asks for something else than actions
	open     // there is no superset
)

type builder struct {
	set     *ruleset.Set
	profile *schema.Profile
	opt     Options
	mutex   sync.Mutex // of paths
	paths   map[string][]value.Path
	present map[string]bool // nil: all
	layout  *layout
	rules   map[int]*planned
	cannot  map[int]CannotRun // the other rules of the table's log source
	common  map[string]bool
	action  map[string]bool // paths
	ranks   map[string]int  // by path
	report  []Column
	// elsewhere tells whether another table of the lake has events of a rule.
	elsewhere func(rule int) bool
	// asked are the fields that correlations which count a correlation ask of its events.
	asked map[int][]ir.Field
	// served tells of each correlation whether the table has events for it.
	served []bool
}

// Table is a table of a lake with the options for its plan.
type Table struct {
	Profile *schema.Profile
	Options Options
}

// Build plans the rules of a set for the table of a profile, the only one of a lake; see BuildAll.
func Build(set *ruleset.Set, profile *schema.Profile, opt Options) *Plan {
	return BuildAll(set, []Table{{profile, opt}})[0]
}

// BuildAll plans the rules of a set for the tables of a lake, one plan for each. Rules whose log source a table's profile
// does not serve take no part in its plan, and neither do base rules that nothing counts.
//
// A correlation may count rules of several tables: then the events of all of them come as rows, and none of the tables counts
// alone. If one of its rules cannot run on one of the tables, the whole correlation does not run.
func BuildAll(set *ruleset.Set, tables []Table) []*Plan {
	var plans []*Plan
	for _, t := range tables {
		p := &Plan{Profile: t.Profile, b: newBuilder(set, t.Profile, t.Options)}
		plans = append(plans, p)
	}
	refused := map[int]bool{}
	for n, p := range plans {
		p.b.elsewhere = func(rule int) bool {
			for i, other := range plans {
				if i != n && other.b.rules[rule] != nil {
					return true
				}
			}
			return false
		}
		p.CannotRun = p.b.judge()
		for _, fault := range p.CannotRun {
			if fault.Correlation {
				refused[fault.Rule] = true
			}
		}
	}
	for _, p := range plans {
		for i := range p.CannotRun {
			if fault := &p.CannotRun[i]; !fault.Correlation {
				fault.Elsewhere = p.b.elsewhere(fault.Rule)
			}
		}
		p.b.state(p, refused)
	}
	return plans
}

// newBuilder finds out which rules can run on a table.
func newBuilder(set *ruleset.Set, profile *schema.Profile, opt Options) *builder {
	if opt.MaxExact == 0 {
		opt.MaxExact = sqlgen.MaxPacked
	}
	if opt.CountFrom == 0 {
		opt.CountFrom = defaultCountFrom
	}
	b := &builder{
		set: set, profile: profile, opt: opt, paths: map[string][]value.Path{}, rules: map[int]*planned{}, cannot: map[int]CannotRun{},
		common: map[string]bool{}, asked: map[int][]ir.Field{},
	}
	for _, text := range opt.Common {
		b.common[strings.ToLower(text)] = true
	}
	if opt.Columns != nil {
		b.present = map[string]bool{}
		for _, name := range opt.Columns {
			b.present[strings.ToLower(name)] = true
		}
		// A table that keeps no partitions is read whole; that is for others to refuse.
		own := *profile
		own.Partitions = slices.DeleteFunc(slices.Clone(own.Partitions), func(p schema.Partition) bool { return !b.has(p.Column) })
		b.profile = &own
	}
	b.load()
	b.rank()
	b.reportColumns()
	for _, i := range b.indexes() {
		if fault, ok := b.admit(b.rules[i]); !ok {
			b.cannot[i] = fault
			delete(b.rules, i)
		}
	}
	for _, c := range set.Correlations { // those that are counted come before those that count them
		b.served = append(b.served, slices.ContainsFunc(c.IR.Bases, b.serves))
	}
	return b
}

// state makes the statements of a plan. refused are the correlations that do not run.
func (b *builder) state(p *Plan, refused map[int]bool) {
	runs := b.running(refused)
	b.learnAsked(runs)
	b.learnCommon(runs)
	hits := b.countable(runs)
	b.need(runs, hits)
	var rows []*planned
	for _, i := range b.indexes() {
		if r := b.rules[i]; r.needed {
			rows = append(rows, r)
		}
	}
	if len(rows) > 0 {
		p.Statements = append(p.Statements, b.fit(p, rows)...)
	}
	if len(hits) > 0 {
		p.Statements = append(p.Statements, b.fitHits(p, hits)...)
	}
}

// indexes are the rules at hand, in the set's order.
func (b *builder) indexes() []int {
	list := make([]int, 0, len(b.rules))
	for i := range b.set.Rules {
		if b.rules[i] != nil {
			list = append(list, i)
		}
	}
	return list
}

// load binds the rules that the table serves.
func (b *builder) load() {
	used := map[string]int{}
	for i, rule := range b.set.Rules {
		source := rule.Rule.LogSource
		gate, ok := b.profile.Schema.Gate(source.Product, source.Service, source.Category)
		if !ok {
			continue
		}
		where := rule.Query.Where
		if guard := ruleset.GateExpr(gate, source.Span); guard != nil {
			where = &ir.AndExpr{Operands: []ir.Expr{guard, where}}
		}
		where = pass.Native(where, b.pathsOf)
		b.rules[i] = &planned{index: i, query: &ir.Query{Rule: rule.ID, Title: rule.Title, Where: where}}
		eachField(where, func(f *ir.Field) { used[f.Name]++ })
	}
	for _, c := range b.set.Correlations {
		for i := range c.IR.Bases {
			for _, f := range slices.Concat(c.IR.Bases[i].GroupBy, c.IR.Bases[i].Values) {
				used[f.Name]++
			}
		}
	}
	b.layout = newLayout(b.profile, b.opt.Dialect, used)
}

func (b *builder) pathsOf(field string) []value.Path {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	paths, ok := b.paths[field]
	if !ok {
		paths = b.profile.Schema.Paths(field)
		b.paths[field] = paths
	}
	return paths
}

func eachField(e ir.Expr, visit func(*ir.Field)) {
	ir.Walk(e, func(e ir.Expr) bool {
		for _, f := range ir.Fields(e) {
			visit(f)
		}
		return true
	})
}

// looksEverywhere tells of keywords.
func looksEverywhere(e ir.Expr) bool {
	found := false
	ir.Walk(e, func(e ir.Expr) bool {
		re, isRegex := e.(*ir.RegexExpr)
		_, isKeyword := e.(*ir.KeywordExpr)
		found = found || isKeyword || isRegex && re.Field.Name == ""
		return true
	})
	return found
}

// home finds the columns of a field, or why it has none here.
func (b *builder) home(f *ir.Field) ([]Column, CannotRun, bool) {
	columns, reason := b.layout.fieldColumns(f)
	switch {
	case reason != "":
		return nil, CannotRun{Field: f.Name, Reason: "field " + f.Name + " cannot be read from the table exactly: " + reason}, false
	case len(columns) == 0:
		reason = "field " + f.Name + " has no column in " + b.profile.FullName()
		if near, unknown := b.profile.Schema.Unknown(f.Name); unknown && near != "" {
			reason += "; the nearest is " + near
		}
		return nil, CannotRun{Field: f.Name, Reason: reason}, false
	}
	for _, c := range columns {
		needed := []string{c.place.Column}
		if c.place.When != nil {
			needed = append(needed, c.place.When.At.Column)
		}
		for _, column := range needed {
			if !b.has(column) {
				return nil, CannotRun{Field: f.Name, Column: column, Reason: "column " + column + " is not in the table"}, false
			}
		}
	}
	if fault, bad := b.misfit(f, columns); bad {
		return nil, fault, false
	}
	return columns, CannotRun{}, true
}

func (b *builder) has(column string) bool {
	return b.present == nil || b.present[strings.ToLower(column)]
}

// admit finds out whether a rule can run, and how.
func (b *builder) admit(r *planned) (fault CannotRun, ok bool) {
	ok = true
	eachField(r.query.Where, func(f *ir.Field) {
		if !ok {
			return
		}
		var columns []Column
		if columns, fault, ok = b.home(f); ok {
			r.columns = append(r.columns, columns...)
		}
	})
	for _, fails := range []func() (CannotRun, bool){b.unreadable, func() (CannotRun, bool) { return b.everywhere(r) }} {
		if other, bad := fails(); bad && ok {
			fault, ok = other, false
		}
	}
	fault.Rule = r.index
	if !ok {
		return fault, false
	}
	if looksEverywhere(r.query.Where) {
		r.columns = append(r.columns, b.withoutAbsent(b.layout.all())...)
	}
	r.superset = pass.Superset(r.query.Where, b.cheap)
	r.relaxed, r.coarse = b.relaxed(r)
	_, list := sqlgen.Detection(r.query, nil, b.sql(Slice{}))
	r.exact = !list.HasErrors()
	r.risk = b.risk(r.superset)
	return fault, true
}

// withoutAbsent leaves out columns that the table does not have, or has otherwise.
func (b *builder) withoutAbsent(columns []Column) []Column {
	return slices.DeleteFunc(columns, func(c Column) bool { return !b.has(columnOf(c.of)) || b.unfitAt(wayOf(c.of)) != nil })
}

// columnOf is the column that an expression reads.
func columnOf(e sqlgen.Expr) string {
	switch e := e.(type) {
	case sqlgen.Name:
		return e[len(e)-1]
	case sqlgen.Member:
		return columnOf(e.Of)
	case sqlgen.Cast:
		return columnOf(e.Of)
	case sqlgen.Call:
		return columnOf(e.Args[0])
	case sqlgen.Case:
		if e.Else != nil {
			return columnOf(e.Else)
		}
		return columnOf(e.Whens[0].Then)
	}
	return ""
}

// sql are the options for statements that return rows as they are: copies of an event are told apart afterwards.
func (b *builder) sql(slice Slice) sqlgen.Options {
	profile := *b.profile
	profile.ID = nil
	return b.sqlOf(&profile, slice)
}

func (b *builder) sqlOf(profile *schema.Profile, slice Slice) sqlgen.Options {
	if b.present != nil || len(b.opt.Unfit) > 0 {
		p := *profile
		p.Columns = b.fitting(p.Columns)
		profile = &p
	}
	return sqlgen.Options{
		Open: true, Dialect: b.opt.Dialect, Profile: profile, Table: b.opt.Table, Region: b.opt.Region, Unmapped: sqlgen.FailUnmapped,
		Accounts: b.opt.Accounts, From: slice.From, To: slice.To, PartitionFrom: slice.PartitionFrom, PartitionTo: slice.PartitionTo,
	}
}

// reportColumns are what reports ask of every event, where the table has it.
func (b *builder) reportColumns() {
	for _, paths := range reported(b.profile.Schema) {
		for _, path := range paths {
			columns, _ := b.layout.columns(path)
			b.report = append(b.report, b.withoutAbsent(columns)...)
		}
	}
	if b.untimed() {
		if c, ok := b.timeColumn(); ok {
			b.report = append(b.report, c)
		}
	}
}
