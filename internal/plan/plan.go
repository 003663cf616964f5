package plan

import (
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Options configure a plan. Dialect is required.
type Options struct {
	Dialect *sqlgen.Dialect
	// Table and Region are those of sqlgen.Options.
	Table, Region string
	// Columns are the names of the columns that the table actually has, in any case. nil means all of the layout.
	Columns []string
	// Accounts are as in sqlgen.Options.
	Accounts []string
	// Unfit are the columns that differ from the layout. Rules that need them are refused.
	Unfit []Unfit
	// MaxExact is the maximum number of exact predicates in a statement. 0 means sqlgen.MaxPacked.
	MaxExact int
	// KeywordsOnly is for rules that have a keyword wherever they read JSON: statements then search for keywords, and read no
	// JSON, of which a rule may name a hundred paths.
	KeywordsOnly bool
	// CountFrom is the lowest lower bound with which SQL counts a correlation. 0 means 20. If it is negative, SQL counts none.
	CountFrom int
	// Common are frequent values of the action, such as "PutObject", in any case.
	Common []string
	// From and To are the range of the whole hunt, as in sqlgen.Options; Statement.Chunks cuts it.
	From, To time.Time
}

const defaultCountFrom = 20

// Kind is the purpose of a statement; see the package comment.
type Kind uint8

// The kinds of statements.
const (
	Rows Kind = iota
	Counts
	Lookup
	Context
	Both   // Rows and Counts in one
	Follow // see Plan.Follow
)

// String returns the kind's name.
func (k Kind) String() string {
	return [...]string{"rows", "counts", "lookup", "context", "both", "follow"}[k]
}

// A Plan holds the statements that a set of rules needs on one table. It is immutable and safe for concurrent use.
type Plan struct {
	Layout *schema.Layout
	// Statements are the statements with which a hunt starts, in order. It is empty if no rule can run. Lookup, Context
	// and Follow return more statements.
	Statements []*Statement
	// CannotRun are the rules and correlations that need a column which the table does not have, in the set's order. A
	// correlation that another table of the lake refuses does not run either, but is listed only there.
	CannotRun []CannotRun

	b *builder
}

// CannotRun describes a rule or correlation that cannot run on the table.
type CannotRun struct {
	// Reference identifies it in the set.
	ir.Reference
	// Field is the field as the rule names it, "" if the whole table cannot be read. Column is the column that the table does
	// not have or that differs from the layout, "" if the layout has no column for the field.
	Field, Column string
	// Reason is for display: "column X is not in the table".
	Reason string
	// Elsewhere is set if the rule runs on another table of the lake. It is never set for a correlation, which needs the
	// events of all tables.
	Elsewhere bool
}

// A Statement is one statement of a plan. It reads the table once.
type Statement struct {
	Kind Kind
	// Rules are indexes in Set.Rules: the rules that Rows serves, or the base rules of Counts.
	Rules []int
	// Exact are those of Rules whose exact predicates are in the statement.
	Exact []int
	// Correlations are indexes in Set.Correlations: the correlations that Counts serves. They count only rows of Counts, even if
	// one of their rules also has rows in Rows. The caller matches a row of Counts against the base rule of its pair.
	Correlations []int
	// Pairs are the meanings of the column "pair" of Counts, from 1: the base rule that may match. An event has a row for each
	// of its pairs, and these rows are adjacent. In Both, the number after the last pair marks a row for Rules.
	Pairs []Pair
	// Columns are the columns of the result. In Counts they come after the columns "pair" and "complete".
	Columns []Column
	// Keys is the number of leading Columns that identify an event in Counts: id, time, and other fields that are equal in all
	// copies of an event.
	Keys int
	// WholeTable is set if Rows returns every event, because a rule has neither a superset nor a predicate that the engine
	// can express.
	WholeTable bool

	plan  *Plan
	where ir.Expr
	// walks is the exact predicate of rules of Rows that read inside of JSON, coarse is a superset of it over columns, and
	// listed is the rest of where. They are nil if there are no such rules.
	walks, coarse, listed ir.Expr
	// needs are the columns that each pair of Counts needs. The last parts columns contain keys of JSON text.
	needs []need
	parts int
	// bases are the base rules of the pairs of Counts. rows and counts are the statements that Both combines.
	bases        []int
	rows, counts *Statement
	// from and to are the time range. wanted are the values of Lookup, Context and Follow, and fields the fields that have them.
	from, to time.Time
	wanted   []string
	fields   []ir.Field
	prompt   bool // see Prompt
	// follow has the conditions of Follow.
	follow *follow
}

// A Pair is a base rule of a correlation.
type Pair struct{ Correlation, Base int }
