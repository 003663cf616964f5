package jinja

// span is the place of a node in its template.
type span struct{ start, end int }

func (s span) place() span { return s }

// node is a part of a template.
type node interface{ place() span }

// expr is an expression, stmt a statement.
type (
	expr = node
	stmt = node
)

type (
	literal struct {
		span
		value any
	}
	nameExpr struct {
		span
		name string
	}
	listExpr struct {
		span
		items []expr
	}
	tupleExpr struct {
		span
		items []expr
	}
	dictExpr struct {
		span
		keys, values []expr
	}
	// unary is `-`, `+` or `not`.
	unary struct {
		span
		op string
		of expr
	}
	// binary is an operator of arithmetic, or `and` and `or`.
	binary struct {
		span
		op          string
		left, right expr
	}
	// compare is a chain such as a < b <= c; `in` and `not in` are comparisons too.
	compare struct {
		span
		first expr
		ops   []string
		rest  []expr
	}
	concat struct {
		span
		parts []expr
	}
	// condition is `yes if test else no`; no is nil without else.
	condition struct {
		span
		test, yes, no expr
	}
	attrExpr struct {
		span
		of   expr
		name string
	}
	indexExpr struct {
		span
		of, index expr
	}
	// sliceExpr is the index `from:to:step`; parts may be nil.
	sliceExpr struct {
		span
		from, to, step expr
	}
	callExpr struct {
		span
		fn   expr
		args arguments
	}
	filterExpr struct {
		span
		// of is nil for the first filter of a filter block, whose value is the text of the block.
		of   expr
		name string
		args arguments
	}
	testExpr struct {
		span
		of   expr
		name string
		args arguments
	}
)

// arguments are the arguments of a call: (a, b, name=c, *list, **map).
type arguments struct {
	positional []expr
	names      []string
	named      []expr
	list, dict expr
}

type (
	textStmt struct {
		span
		text string
	}
	outputStmt struct {
		span
		value expr
	}
	forStmt struct {
		span
		target    target
		iter      expr
		test      expr
		recursive bool
		body      []stmt
		otherwise []stmt
	}
	ifStmt struct {
		span
		tests     []expr
		bodies    [][]stmt
		otherwise []stmt
	}
	setStmt struct {
		span
		target target
		value  expr
		// body and filter are those of a block set, which has no value.
		body   []stmt
		filter expr
	}
	macroStmt struct {
		span
		name     string
		params   []string
		defaults []expr
		body     []stmt
		// varargs, kwargs and caller are set if the body uses these names.
		varargs, kwargs, caller bool
	}
	callStmt struct {
		span
		call  *callExpr
		macro *macroStmt
	}
	filterStmt struct {
		span
		filter expr
		body   []stmt
	}
	withStmt struct {
		span
		targets []target
		values  []expr
		body    []stmt
	}
	escapeStmt struct {
		span
		on   expr
		body []stmt
	}
	includeStmt struct {
		span
		name          expr
		ignoreMissing bool
		withoutVars   bool
	}
	importStmt struct {
		span
		from expr
		// as is the name of the whole module; empty if names are imported.
		as             string
		names, aliases []string
		withVars       bool
	}
)

// target is what a value is assigned to: a name, an attribute of a namespace, or a tuple of targets.
type target struct {
	span
	name  string
	attr  string
	items []target
}
