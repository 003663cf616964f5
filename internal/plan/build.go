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
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// A planned is a rule that takes part in a plan.
type planned struct {
	index    int // in Set.Rules
	query    *ir.Query
	superset ir.Expr
	relaxed  ir.Expr // see builder.relaxed
	coarse   bool    // relaxed is no more selective than superset
	exact    bool    // SQL can express its exact predicate
	risk     int
	weight   int // the largest lower bound of a correlation that counts it
	columns  []Column
	// facts are the columns, by index in builder.facts, that facts about its events need, each once; factKeys has one for each
	// first key of JSON text.
	facts, factKeys []int
	needed          bool // its events are needed in Rows
}

// The levels of risk that many events match a superset, highest last.
const (
	rare     = iota
	counted  // a correlation counts it
	common   // one of its actions is known to be common
	noAction // the superset has conditions on other fields than the action
	open     // there is no superset
)

type builder struct {
	set     *ruleset.Set
	layout  *schema.Layout
	opt     Options
	mutex   sync.Mutex // protects paths
	paths   *ruleset.Paths
	present map[string]bool // the columns of the table in lower case; nil means all
	names   *columnNames
	rules   map[int]*planned
	cannot  map[int]CannotRun // the rules of the table's log source that cannot run
	common  map[string]bool
	action  map[string]bool // the paths of the action
	ranks   map[string]int  // ranks of paths, see rank
	report  []Column
	facts   factTable
	shown   map[int][]string       // fields that findings show, by rule
	maps    map[string]*mapEntries // maps of which statements return all, by their expression
	// elsewhere reports whether another table of the lake has events of a rule.
	elsewhere func(rule int) bool
	// asked maps a correlation to the fields that correlations which count it read from its events.
	asked map[int][]ir.Field
	// served reports for each correlation whether the table has events for it.
	served []bool
}

// A Table is a table of a lake with the options for its plan.
type Table struct {
	Layout  *schema.Layout
	Options Options
}

// Build plans the rules of a set for a lake with a single table; see BuildAll.
func Build(set *ruleset.Set, layout *schema.Layout, opt Options) *Plan {
	return BuildAll(set, []Table{{layout, opt}})[0]
}

// BuildAll returns a plan for each table of a lake. A plan contains the rules whose log source the table's layout serves,
// without base rules that no correlation counts.
//
// A correlation may count rules of several tables. Then all tables return its events as rows, and none counts in SQL. If one
// of its rules cannot run on one of the tables, the whole correlation does not run.
func BuildAll(set *ruleset.Set, tables []Table) []*Plan {
	var plans []*Plan
	for _, t := range tables {
		p := &Plan{Layout: t.Layout, b: newBuilder(set, t.Layout, t.Options)}
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
		p.CannotRun = p.b.cannotRun()
		for _, fault := range p.CannotRun {
			if fault.Correlation {
				refused[fault.Index] = true
			}
		}
	}
	for _, p := range plans {
		for i := range p.CannotRun {
			if fault := &p.CannotRun[i]; !fault.Correlation {
				fault.Elsewhere = p.b.elsewhere(fault.Index)
			}
		}
		p.b.addStatements(p, refused)
	}
	return plans
}

// newBuilder determines which rules can run on a table.
func newBuilder(set *ruleset.Set, layout *schema.Layout, opt Options) *builder {
	if opt.MaxExact == 0 {
		opt.MaxExact = sqlgen.MaxPacked
	}
	if opt.CountFrom == 0 {
		opt.CountFrom = defaultCountFrom
	}
	b := &builder{
		set: set, layout: layout, opt: opt, paths: ruleset.NewPaths(layout.Schema), rules: map[int]*planned{}, cannot: map[int]CannotRun{},
		common: map[string]bool{}, asked: map[int][]ir.Field{}, facts: factTable{paths: map[string][]int{}},
		maps: map[string]*mapEntries{},
	}
	for _, text := range opt.Common {
		b.common[strings.ToLower(text)] = true
	}
	if opt.Columns != nil {
		b.present = map[string]bool{}
		for _, name := range opt.Columns {
			b.present[strings.ToLower(name)] = true
		}
		// A table without the partition columns is read completely. Callers may refuse that.
		own := *layout
		own.Partitions = slices.DeleteFunc(slices.Clone(own.Partitions), func(p schema.Partition) bool { return !b.has(p.Column) })
		b.layout = &own
	}
	b.load()
	b.rank()
	b.shown = b.shownFields()
	b.learnMaps()
	b.reportColumns()
	for _, i := range b.indexes() {
		if fault, ok := b.check(b.rules[i]); !ok {
			b.cannot[i] = fault
			delete(b.rules, i)
		}
	}
	for _, c := range set.Correlations { // counted correlations come before those that count them
		b.served = append(b.served, slices.ContainsFunc(c.IR.Bases, b.serves))
	}
	return b
}

// addStatements adds the statements of a plan. refused are the correlations that do not run.
func (b *builder) addStatements(p *Plan, refused map[int]bool) {
	runs := b.running(refused)
	b.learnAsked(runs)
	b.learnCommon(runs)
	counts := b.countable(runs)
	b.need(runs, counts)
	var rows []*planned
	for _, i := range b.indexes() {
		if r := b.rules[i]; r.needed {
			rows = append(rows, r)
		}
	}
	if len(rows) > 0 {
		p.Statements = append(p.Statements, b.fit(p, rows)...)
	}
	if len(counts) > 0 {
		p.Statements = append(p.Statements, b.fitCounts(p, counts)...)
	}
}

// indexes returns the indexes of the rules that can run, in the set's order.
func (b *builder) indexes() []int {
	list := make([]int, 0, len(b.rules))
	for i := range b.set.Rules {
		if b.rules[i] != nil {
			list = append(list, i)
		}
	}
	return list
}

// load binds the rules of the table's log source.
func (b *builder) load() {
	used := map[string]int{}
	for i, rule := range b.set.Rules {
		query := rule.BoundQuery(b.paths)
		if query == nil {
			continue
		}
		b.rules[i] = &planned{index: i, query: query}
		eachField(query.Where, func(f *ir.Field) { used[f.Name]++ })
		if rule.Decision != nil {
			for _, name := range rule.Decision.Reads {
				used[name]++
			}
		}
	}
	for _, c := range b.set.Correlations {
		for i := range c.IR.Bases {
			for _, f := range slices.Concat(c.IR.Bases[i].GroupBy, c.IR.Bases[i].Values) {
				used[f.Name]++
			}
		}
	}
	b.names = newColumnNames(b.layout, b.opt.Dialect, used)
	for _, i := range b.indexes() {
		if b.set.Rules[i].Decision != nil && !b.decides(i, b.rules[i].query) {
			delete(b.rules, i)
		}
	}
}

func (b *builder) pathsOf(field string) []value.Path {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.paths.Of(field)
}

func eachField(e ir.Expr, visit func(*ir.Field)) {
	ir.Walk(e, func(e ir.Expr) bool {
		for _, f := range ir.Fields(e) {
			visit(f)
		}
		return true
	})
}

// hasKeywords reports whether an expression searches all strings of an event.
func hasKeywords(e ir.Expr) bool {
	found := false
	ir.Walk(e, func(e ir.Expr) bool {
		re, isRegex := e.(*ir.RegexExpr)
		_, isKeyword := e.(*ir.KeywordExpr)
		found = found || isKeyword || isRegex && re.Field.Name == ""
		return true
	})
	return found
}

// columnsOf returns the columns of a field, or the reason why the table has none.
func (b *builder) columnsOf(f *ir.Field) ([]Column, CannotRun, bool) {
	columns, reason := b.names.fieldColumns(f)
	switch {
	case reason != "":
		return nil, CannotRun{Field: f.Name, Reason: "field " + f.Name + " cannot be read exactly from the table: " + reason}, false
	case len(columns) == 0:
		reason = "field " + f.Name + " has no column in " + b.layout.FullName()
		if near, unknown := b.layout.Schema.Unknown(f.Name); unknown && near != "" {
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

// check determines whether a rule can run, and sets its superset, relaxed predicate and columns.
func (b *builder) check(r *planned) (fault CannotRun, ok bool) {
	ok = true
	eachField(r.query.Where, func(f *ir.Field) {
		if !ok {
			return
		}
		var columns []Column
		if columns, fault, ok = b.columnsOf(f); ok {
			r.columns = append(r.columns, b.inMaps(columns)...)
		}
	})
	for _, fails := range []func() (CannotRun, bool){b.unreadable, func() (CannotRun, bool) { return b.everywhere(r) }} {
		if other, bad := fails(); bad && ok {
			fault, ok = other, false
		}
	}
	fault.Reference = ir.Reference{Index: r.index}
	if !ok {
		return fault, false
	}
	r.columns = append(r.columns, b.readColumns(r.index)...)
	if hasKeywords(r.query.Where) {
		r.columns = append(r.columns, b.withoutAbsent(b.names.all())...)
	}
	r.facts, r.factKeys = b.factColumns(r.query.Where, b.shown[r.index])
	r.superset = pass.Superset(r.query.Where, b.cheap)
	r.relaxed, r.coarse = b.relaxed(r)
	_, list := sqlgen.Detection(r.query, nil, b.sql(Chunk{}))
	r.exact = !list.HasErrors()
	r.risk = b.risk(r.superset)
	if reason := b.tooLarge(r); reason != "" {
		fault.Reason = reason
		return fault, false
	}
	return fault, true
}

// withoutAbsent removes columns that the table does not have as the layout defines them.
func (b *builder) withoutAbsent(columns []Column) []Column {
	return slices.DeleteFunc(columns, func(c Column) bool { return !b.has(columnOf(c.of)) || b.unfitAt(wayOf(c.of)) != nil })
}

// columnOf returns the column that an expression reads.
func columnOf(e sqltree.Expr) string {
	switch e := e.(type) {
	case sqltree.Name:
		return e[len(e)-1]
	case sqltree.Member:
		return columnOf(e.Of)
	case sqltree.Cast:
		return columnOf(e.Of)
	case sqltree.Call:
		return columnOf(e.Args[0])
	case sqltree.Case:
		if e.Else != nil {
			return columnOf(e.Else)
		}
		return columnOf(e.Whens[0].Then)
	}
	return ""
}

// sql returns the options for statements that may return several copies of an event, which the hunt removes afterwards.
func (b *builder) sql(chunk Chunk) sqlgen.Options {
	layout := *b.layout
	layout.ID = nil
	return b.sqlOf(&layout, chunk)
}

func (b *builder) sqlOf(layout *schema.Layout, chunk Chunk) sqlgen.Options {
	if b.present != nil || len(b.opt.Unfit) > 0 {
		p := *layout
		p.Columns = b.fitting(p.Columns)
		layout = &p
	}
	return sqlgen.Options{
		Open: true, Dialect: b.opt.Dialect, Layout: layout, Table: b.opt.Table, Region: b.opt.Region, Unmapped: sqlgen.FailUnmapped,
		Accounts: b.opt.Accounts, From: chunk.From, To: chunk.To, PartitionFrom: chunk.PartitionFrom, PartitionTo: chunk.PartitionTo,
	}
}

// reportColumns sets the columns that reports need of every event, as far as the table has them.
func (b *builder) reportColumns() {
	for _, paths := range reported(b.layout.Schema) {
		for _, path := range paths {
			columns, _ := b.names.columns(path)
			b.report = append(b.report, b.inMaps(b.withoutAbsent(columns))...)
		}
	}
	if b.untimed() {
		if c, ok := b.timeColumn(); ok {
			b.report = append(b.report, c)
		}
	}
}
