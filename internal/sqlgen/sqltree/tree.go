package sqltree

// Expr is a node of an SQL expression. The set is closed.
type Expr interface{ expr() }

// Name is a column or alias, maybe with a table's alias before it: each part is quoted where it must be.
type Name []string

// Member is a member of a struct.
type Member struct {
	Of   Expr
	Name string
}

// Text is a string literal of any characters.
type Text string

// Verbatim is a string literal in one piece, with control characters as they are. It is for literals that an engine does not
// accept as an expression, such as file names, and for long text; engines must accept such characters.
type Verbatim string

// Number is a numeric literal as SQL writes it: digits, a point, an exponent.
type Number string

// Bool is TRUE or FALSE.
type Bool bool

// Null is NULL.
type Null struct{}

// Call is a function call. Fn is printed as it stands; it comes from a dialect's data, never from input.
type Call struct {
	Fn   string
	Args []Expr
}

// Arg is an argument with its name: name := expression.
type Arg struct {
	Name string
	Of   Expr
}

// Binary is an operator between two operands: comparison, concatenation or arithmetic.
type Binary struct {
	Op          string
	Left, Right Expr
}

// And holds when all hold; no operands: TRUE.
type And []Expr

// Or holds when any holds; no operands: FALSE.
type Or []Expr

// Not negates.
type Not struct{ Of Expr }

// IsNull is IS NULL, or IS NOT NULL.
type IsNull struct {
	Of  Expr
	Not bool
}

// In is membership in a list of literals.
type In struct {
	Of   Expr
	List []Expr
}

// Like is LIKE, always with the escape character '\'.
type Like struct {
	Of      Expr
	Pattern string
}

// Case is CASE WHEN … THEN … ELSE … END; a nil Else is left out.
type Case struct {
	Whens []When
	Else  Expr
}

// When is a branch of Case.
type When struct{ If, Then Expr }

// Cast is CAST, or TRY_CAST which gives NULL where the cast fails. Type is printed as it stands.
type Cast struct {
	Of   Expr
	Type string
	Try  bool
}

// Typed is a literal with its type before it: TIMESTAMP '…', DECIMAL '…'.
type Typed struct {
	Type string
	Text string
}

// Lambda is an anonymous function.
type Lambda struct {
	Params []string
	Body   Expr
}

// List is an array of its items.
type List []Expr

// Star is every column; of one table where From is not empty, without those of Except.
type Star struct {
	From   string
	Except []string
}

// Window is a window function.
type Window struct {
	Of        Call
	Partition []Expr
	Order     []Expr // ascending
	// Frame is printed as it stands, "" for the default.
	Frame []Frame
}

// Frame is a part of a window's frame clause: text that is fixed, or a value in it.
type Frame struct {
	Text  string
	Value Expr // nil: Text alone
}

// Query is a query that stands as an expression: its one row.
type Query struct{ Select *Select }

func (Name) expr()     {}
func (Member) expr()   {}
func (Text) expr()     {}
func (Verbatim) expr() {}
func (Arg) expr()      {}
func (Number) expr()   {}
func (Bool) expr()     {}
func (Null) expr()     {}
func (Call) expr()     {}
func (Binary) expr()   {}
func (And) expr()      {}
func (Or) expr()       {}
func (Not) expr()      {}
func (IsNull) expr()   {}
func (In) expr()       {}
func (Like) expr()     {}
func (Case) expr()     {}
func (Cast) expr()     {}
func (Typed) expr()    {}
func (Lambda) expr()   {}
func (List) expr()     {}
func (Star) expr()     {}
func (Window) expr()   {}
func (Query) expr()    {}
func (Missing) expr()  {}

// NoType is the name of a type that a dialect lacks.
const NoType = "(none)"

// Missing stands where a dialect has no way to say something. Emitters refuse what has it inside; its text is no SQL.
type Missing struct {
	// Feature is what is missing, in words for people.
	Feature string
}

// Select is a query.
type Select struct {
	// Comments are lines before the query; they may hold anything.
	Comments []string
	// With are named queries, in order.
	With []Named
	// Columns are what is selected.
	Columns  []Column
	Distinct bool
	From     Source
	// Joins are cross joins.
	Joins   []Source
	Where   Expr // nil: no condition
	GroupBy []Expr
	OrderBy []Expr // ascending
	Limit   int    // the maximum number of rows, 0 for all
	// Union are queries whose rows are added (UNION ALL).
	Union []*Select
}

// Named is a query with a name.
type Named struct {
	Name   string
	Select *Select
	// Alone asks that the query is planned and run by itself, where the dialect can say so.
	Alone bool
}

// Column is a selected expression with its name in the result; "" keeps the expression's own.
type Column struct {
	Of Expr
	As string
}

// Source is what a query reads: a table, a query, or a list that is unnested.
type Source struct {
	// Table is the name of a table, its parts quoted one by one.
	Table []string
	// Query is a query in parentheses; Except are columns of it that are left out, by a function of the engine.
	Query  *Select
	Except []string
	// Unnest are lists, whose elements become rows with the names of Columns.
	Unnest  []Expr
	Columns []string
	// Function is a call of a function that gives rows; it may read the sources before it. Numbered adds a column with the
	// number of the row.
	Function Expr
	Numbered bool
	// As is the alias, "" for none.
	As string
}

// empty reports whether a query reads nothing.
func (s *Source) empty() bool {
	return len(s.Table)+len(s.Unnest) == 0 && s.Query == nil && s.Function == nil
}
