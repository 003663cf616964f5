package plan

import (
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Options say what a plan is for. Dialect is needed.
type Options struct {
	Dialect *sqlgen.Dialect
	// Table and Region are those of sqlgen.Options.
	Table, Region string
	// Columns are the names of the columns that the table really has, in any case; nil: all of the profile.
	Columns []string
	// Accounts are as in sqlgen.Options.
	Accounts []string
	// Unfit are the columns that the table has otherwise than the profile says; nil: none. Rules that need them are refused.
	Unfit []Unfit
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
	Both // Rows and Hits in one
)

// String is the kind's name for people.
func (k Kind) String() string { return [...]string{"rows", "hits", "lookup", "context", "both"}[k] }

// Plan is what one table is asked for the rules of a set. It does not change and is safe for concurrent use.
type Plan struct {
	Profile *schema.Profile
	// Statements are those that begin a hunt, in order; empty if no rule can run here. Lookup and Context make more.
	Statements []*Statement
	// CannotRun are the rules and correlations that need something which the table does not have, in the set's order. A
	// correlation that another table of the lake refuses takes no part here either, but is named only there.
	CannotRun []CannotRun

	b *builder
}

// CannotRun is a rule or correlation that cannot run on the table.
type CannotRun struct {
	// Rule is an index in Set.Rules or, where Correlation is set, in Set.Correlations.
	Rule        int
	Correlation bool
	// Field is the field as the rule names it, "" where the whole table cannot be read; Column the column that the table lacks or
	// has otherwise than its profile says, "" where no column would hold it.
	Field, Column string
	// Reason is for people: "column X is not in the table".
	Reason string
	// Elsewhere says that the rule runs on another table of the lake, and reports what it finds there. It is never so for a
	// correlation, which would say too little.
	Elsewhere bool
}

// Statement is one statement of a plan. It reads the table once.
type Statement struct {
	Kind Kind
	// Rules are indexes in Set.Rules: of the rules that Rows serves, or of the base rules that Hits decides.
	Rules []int
	// Exact are those of Rules that stand in the statement with their exact predicate.
	Exact []int
	// Correlations are indexes in Set.Correlations: those that Hits serves. They count what Hits returns and nothing of
	// Rows, even where one of their rules has rows as well. A row of Hits is to be decided for the base
	// rules of its pairs.
	Correlations []int
	// Pairs say what the column "pair" of Hits stands for, a base rule that may hold; it counts from 1. An event has a row for each of its pairs; they
	// follow one another. In Both the number behind the last pair stands for a row that Rules decide on.
	Pairs []Pair
	// Columns are those of the result. In Hits they follow the column "pair".
	Columns []Column
	// Keys are how many of Columns, the first ones, tell the events of Hits apart: id, time, and what else copies
	// of an event agree in.
	Keys int
	// WholeTable says that the WHERE of Rows lets every event through: a rule has no superset, and no predicate that the
	// engine can say.
	WholeTable bool

	plan  *Plan
	where ir.Expr
	// Where rules of Rows stand exactly in it, walks are their predicates, coarse is a superset of these over columns, and listed
	// is what where asks beside them; nil where there are none.
	walks, coarse, listed ir.Expr
	// needs are what the pairs of Hits ask for; the last parts of its columns stand for keys of JSON text.
	needs []need
	parts int
	// bases are the base rules of the pairs of Hits; rows and hits are the statements that Both stands for.
	bases      []int
	rows, hits *Statement
	// from and to are the range that is asked for; wanted is the list of Lookup and Context, fields those that are on it.
	from, to time.Time
	wanted   []string
	fields   []ir.Field
	prompt   bool // see Prompt
}

// Pair is a base rule of a correlation.
type Pair struct{ Correlation, Base int }
