package plan

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// Options say what a plan is for. Dialect is needed.
type Options struct {
	Dialect *sqlgen.Dialect
	// Table and Region are those of sqlgen.Options.
	Table, Region string
	// Columns are the names of the columns that the table really has, in any case; nil: all of the profile.
	Columns []string
	// MaxExact is how many exact predicates a statement may hold; 0: sqlgen.MaxPacked.
	MaxExact int
	// CountFrom is the lower bound from which on a correlation is counted in SQL; 0: 20. Negative: none is.
	CountFrom int
	// Common are values of the action, such as "PutObject", of which the table is known to have many, in any case.
	Common []string
	// From and To are the range of the whole hunt, as in sqlgen.Options; Statement.Slices cuts it.
	From, To time.Time
}

const defaultCountFrom = 20

// Kind is what a statement is for; see the package comment.
type Kind uint8

// The kinds of statements.
const (
	Rows Kind = iota
	Hits
	Lookup
	Context
)

// String is the kind's name for people.
func (k Kind) String() string { return [...]string{"rows", "hits", "lookup", "context"}[k] }

// Plan is what one table is asked for the rules of a set. It does not change and is safe for concurrent use.
type Plan struct {
	Profile *schema.Profile
	// Statements are those that begin a hunt, in order; empty if no rule can run here. Lookup and Context make more.
	Statements []*Statement
	// CannotRun are the rules and correlations that need something which the table does not have, in the set's order.
	CannotRun []CannotRun

	b *builder
}

// CannotRun is a rule or correlation that cannot run on the table.
type CannotRun struct {
	// Rule is an index in Set.Rules or, where Correlation is set, in Set.Correlations.
	Rule        int
	Correlation bool
	// Field is the field as the rule names it; Column the column that the table lacks, "" where no column would hold it.
	Field, Column string
	// Reason is for people: "column X is not in the table".
	Reason string
}

// Statement is one statement of a plan. It reads the table once.
type Statement struct {
	Kind Kind
	// Rules are indexes in Set.Rules: of the rules that Rows serves, or of the base rules that Hits decides.
	Rules []int
	// Exact are those of Rules that stand in the statement with their exact predicate.
	Exact []int
	// Correlations are indexes in Set.Correlations: those that Hits serves. They count what Hits returns and nothing of
	// Rows, even where one of their rules has rows as well. A row of Hits needs no decision.
	Correlations []int
	// Pairs say what the column "pair" of Hits stands for; it counts from 1.
	Pairs []Pair
	// Columns are those of the result. In Hits they follow the column "pair".
	Columns []Column
	// WholeTable says that the WHERE of Rows lets every event through: a rule has no superset, and no predicate that the
	// engine can say.
	WholeTable bool

	plan  *Plan
	where ir.Expr
	// from and to are the range that is asked for; wanted is the list of Lookup and Context, fields those that are on it.
	from, to time.Time
	wanted   []string
	fields   []ir.Field
}

// Pair is a base rule of a correlation.
type Pair struct{ Correlation, Base int }

// planned is a rule on its way into a plan.
type planned struct {
	index    int // in Set.Rules
	query    *ir.Query
	superset ir.Expr
	exact    bool // its exact predicate can be said in SQL
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
	common  map[string]bool
	action  map[string]bool // paths
	ranks   map[string]int  // by path
	report  []Column
}

// Build plans the rules of a set for the table of a profile. Rules whose log source the profile does not serve take no part,
// and neither do base rules that nothing counts.
func Build(set *ruleset.Set, profile *schema.Profile, opt Options) *Plan {
	if opt.MaxExact == 0 {
		opt.MaxExact = sqlgen.MaxPacked
	}
	if opt.CountFrom == 0 {
		opt.CountFrom = defaultCountFrom
	}
	b := &builder{set: set, profile: profile, opt: opt, paths: map[string][]value.Path{}, rules: map[int]*planned{}, common: map[string]bool{}}
	for _, text := range opt.Common {
		b.common[strings.ToLower(text)] = true
	}
	if opt.Columns != nil {
		b.present = map[string]bool{}
		for _, name := range opt.Columns {
			b.present[strings.ToLower(name)] = true
		}
	}
	p := &Plan{Profile: profile, b: b}
	b.load()
	b.rank()
	b.reportColumns()
	cannot := map[int]CannotRun{}
	for _, i := range b.indexes() {
		if fault, ok := b.admit(b.rules[i]); !ok {
			cannot[i] = fault
			delete(b.rules, i)
		}
	}
	runs := b.correlations(p, cannot)
	for i := range set.Rules {
		if fault, ok := cannot[i]; ok {
			p.CannotRun = append(p.CannotRun, fault)
		}
	}
	slices.SortStableFunc(p.CannotRun, func(x, y CannotRun) int {
		return cmp.Compare(flag(x.Correlation), flag(y.Correlation))
	})
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
	return p
}

func flag(is bool) int {
	if is {
		return 1
	}
	return 0
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
		return nil, CannotRun{Field: f.Name, Reason: "field " + f.Name + " has no column in " + b.profile.FullName()}, false
	}
	for _, c := range columns {
		if !b.has(c.place.Column) {
			return nil, CannotRun{Field: f.Name, Column: c.place.Column, Reason: "column " + c.place.Column + " is not in the table"}, false
		}
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
	fault.Rule = r.index
	if !ok {
		return fault, false
	}
	if looksEverywhere(r.query.Where) {
		r.columns = append(r.columns, b.withoutAbsent(b.layout.all())...)
	}
	r.superset = pass.Superset(r.query.Where, b.cheap)
	_, list := sqlgen.Detection(r.query, nil, b.sql(Slice{}))
	r.exact = !list.HasErrors()
	r.risk = b.risk(r.superset)
	return fault, true
}

// withoutAbsent leaves out columns that the table does not have.
func (b *builder) withoutAbsent(columns []Column) []Column {
	return slices.DeleteFunc(columns, func(c Column) bool { return !b.has(columnOf(c.of)) })
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
	if b.present != nil {
		p := *profile
		p.Columns = slices.DeleteFunc(slices.Clone(p.Columns), func(c schema.Column) bool { return !b.has(c.Name) })
		profile = &p
	}
	return sqlgen.Options{
		Dialect: b.opt.Dialect, Profile: profile, Table: b.opt.Table, Region: b.opt.Region, Unmapped: sqlgen.FailUnmapped,
		From: slice.From, To: slice.To, PartitionFrom: slice.PartitionFrom, PartitionTo: slice.PartitionTo,
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
}
