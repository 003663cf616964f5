package sqlgen

import (
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// Options describes the table and the time range of a statement.
type Options struct {
	Dialect *sqltree.Dialect
	Layout  *schema.Layout
	// Table is the name of the table, parts separated by dots, each as it is or in double quotes; "" takes the layout's.
	Table string
	// From and To bound the time of events, From included, To excluded; a zero time is no bound.
	From, To time.Time
	// Accounts are the accounts whose partitions are read, where the table is partitioned by account (AccountColumn); nil: all.
	Accounts []string
	// PartitionFrom and PartitionTo bound the partitions that are read, in days at midnight UTC, the first included, the other
	// not; where partitions are months or years, whole ones. A zero time is the bound that From and To give.
	PartitionFrom, PartitionTo time.Time
	// Unmapped says what to do about fields without a column in the table.
	Unmapped Unmapped
	// Lowered computes texts in lower case once, in a query of their own, for statements of very many predicates.
	Lowered bool
	// Region fills {region} in the layout's table, such as "eu-west-1".
	Region string
	// Open leaves the columns and the removal of copies to the caller.
	Open bool
}

// Output is a field that a query returns, named As if that is not empty.
type Output struct {
	Field ir.Field
	As    string
}

// Statement is the SQL for one query.
type Statement struct {
	// Select is nil if the query was refused.
	Select *sqltree.Select
	// Fields are the fields that the statement reads, Missing those without a home in the table, as the rule names them
	// and in its order.
	Fields, Missing []string
}

// Detection makes the statement that returns the events for which a query holds, copies of one event once. Its fields
// must be bound to paths. outputs are what is selected; none: the columns of the table, whatever else it has. A list with errors comes with a
// Statement without Select.
func Detection(q *ir.Query, outputs []Output, opt Options) (*Statement, diag.List) {
	e := newEmitter(opt.Dialect, opt.Layout, opt.Unmapped)
	e.lowering = opt.Lowered
	where := e.expr(q.Where)
	columns := e.outputs(outputs)
	same := e.copies()
	rows := e.rows(where, opt)
	statement := &Statement{Fields: e.fields, Missing: e.missing}
	if e.faults.HasErrors() {
		return statement, e.faults
	}
	switch {
	case opt.Open:
	case columns == nil:
		rows = e.own(rows, nil, nil, same, opt)
	default:
		rows = e.once(rows, columns, same)
	}
	rows.Comments = []string{q.Title, q.Rule}
	if e.complete(rows, q.Where.Pos()) {
		statement.Select = rows
	}
	return statement, e.faults
}

// own selects the columns of the table behind those of front, of the copies of an event once. added are columns that rows
// has besides those of the table and of the emitter.
func (e *emitter) own(rows *sqltree.Select, front []sqltree.Column, added []string, same *copies, opt Options) *sqltree.Select {
	star := sqltree.Star{}
	if len(front) > 0 {
		star.From = rows.From.As
	}
	rows.Columns = append(slices.Clone(front), sqltree.Column{Of: star})
	helpers := slices.Clone(added)
	for _, c := range slices.Concat(e.bases, e.lets) {
		helpers = append(helpers, c.As)
	}
	if same != nil {
		var number string
		rows, number = e.first(rows, rows.Columns, same)
		helpers = append(helpers, number)
	}
	return e.without(rows, front, helpers, opt)
}

// without removes added columns from a query for all columns.
func (e *emitter) without(rows *sqltree.Select, front []sqltree.Column, helpers []string, opt Options) *sqltree.Select {
	switch {
	case len(helpers) == 0:
	case e.d.Excluding == sqltree.ByFunction:
		return &sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Star{}}}, From: sqltree.Source{Query: rows, Except: helpers}}
	case e.d.Excluding == sqltree.ByStar:
		for i, c := range rows.Columns {
			if star, ok := c.Of.(sqltree.Star); ok {
				rows.Columns[i].Of = sqltree.Star{From: star.From, Except: helpers}
			}
		}
	default:
		rows.Columns = append(slices.Clone(front), e.certain(opt)...)
	}
	return rows
}

// certain are the columns of the table that every definition of it has, and those that the query reads: tables that were
// made by an older definition lack others.
func (e *emitter) certain(opt Options) []sqltree.Column {
	if len(e.layout.Columns) == 0 {
		return []sqltree.Column{{Of: sqltree.Star{}}}
	}
	var columns []sqltree.Column
	for _, c := range e.layout.Columns {
		if e.read[c.Name] || !slices.Contains(e.layout.Newer, c.Name) {
			columns = append(columns, sqltree.Column{Of: sqltree.Name{c.Name}})
		}
	}
	ranged := !opt.From.IsZero() || !opt.To.IsZero()
	for _, c := range e.layout.PartitionedBy {
		if e.read[c.Name] || ranged {
			columns = append(columns, sqltree.Column{Of: sqltree.Name{c.Name}})
		}
	}
	return columns
}

// rows returns a query for the matching rows of the table, without columns.
func (e *emitter) rows(where sqltree.Expr, opt Options) *sqltree.Select {
	rows := e.layered(e.table(opt))
	rows.Where = conjunction(rows.Where, where)
	return rows
}

// table returns a query for the rows of the table within the time range.
func (e *emitter) table(opt Options) *sqltree.Select {
	time := e.timeRange(opt)
	table := sqltree.Source{Table: tableName(opt), As: e.row}
	if e.heads[strings.ToLower(table.Table[len(table.Table)-1])] && table.As == "" {
		table.As = e.free("events") // else a member of that column would read as a column of the table
	}
	return &sqltree.Select{From: table, Where: conjunction(time...)}
}

// layered puts a query around rows for each kind of named expressions, which the next may read.
func (e *emitter) layered(rows *sqltree.Select) *sqltree.Select {
	for _, more := range [][]sqltree.Column{e.lowers, e.bases, e.lets} {
		if len(more) > 0 {
			rows.Columns = append([]sqltree.Column{{Of: sqltree.Star{}}}, more...)
			rows = &sqltree.Select{From: sqltree.Source{Query: rows, As: e.free("events")}}
		}
	}
	return rows
}

// conjunction combines conditions with AND, nil if there are none.
func conjunction(conditions ...sqltree.Expr) sqltree.Expr {
	var all sqltree.And
	for _, c := range conditions {
		if c == nil {
			continue
		}
		if and, ok := c.(sqltree.And); ok {
			all = append(all, and...)
			continue
		}
		all = append(all, c)
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

// outputs returns the columns for the fields that a rule lists, nil if there are none. It leaves out fields without a column.
func (e *emitter) outputs(outputs []Output) []sqltree.Column {
	var columns []sqltree.Column
	for i := range outputs {
		way := e.unmappedWay
		e.unmappedWay = DropUnmapped
		l, ok := e.field(&outputs[i].Field, false)
		e.unmappedWay = way
		if !ok {
			continue
		}
		name := outputs[i].As
		if name == "" {
			name = outputs[i].Field.Name
		}
		of := l.one
		if of == nil {
			of = e.d.Join(l.list)
		}
		if n, ok := of.(sqltree.Name); ok && len(n) == 1 && n[0] == name {
			name = ""
		}
		columns = append(columns, sqltree.Column{Of: of, As: name})
	}
	return columns
}

// single returns the only value, or the first text.
func (e *emitter) single(l leaves) sqltree.Expr {
	if l.one != nil {
		return l.one
	}
	return e.d.Item(l.list, sqltree.Number("1"))
}

// short returns a column name for an expression, which it names if necessary.
func (e *emitter) short(name string, of sqltree.Expr) sqltree.Expr {
	switch of.(type) {
	case sqltree.Name, sqltree.Member:
		return of
	}
	if len(e.layout.Columns) == 0 {
		return of
	}
	return e.named(name, of)
}

func tableName(opt Options) []string {
	name := opt.Table
	if name == "" {
		name = opt.Layout.Table
	}
	if name == "" {
		name = strings.ReplaceAll(opt.Layout.Schema.Name, "-", "_")
	}
	if opt.Region != "" {
		name = strings.ReplaceAll(name, "{region}", strings.ReplaceAll(opt.Region, "-", "_"))
	}
	return splitName(name)
}

// splitName splits the name of a table at its dots. A part may stand in double quotes, with dots in it and with quotes
// doubled, as SQL writes it.
func splitName(name string) []string {
	var parts []string
	for {
		if !strings.HasPrefix(name, `"`) {
			part, rest, more := strings.Cut(name, ".")
			if parts = append(parts, part); !more {
				return parts
			}
			name = rest
			continue
		}
		end := 1
		for end < len(name) && (name[end] != '"' || strings.HasPrefix(name[end:], `""`)) {
			if name[end] == '"' {
				end++
			}
			end++
		}
		rest := name[min(end+1, len(name)):]
		if end >= len(name) || rest != "" && rest[0] != '.' {
			return append(parts, name) // no part in quotes: a name that has some
		}
		if parts = append(parts, strings.ReplaceAll(name[1:end], `""`, `"`)); rest == "" {
			return parts
		}
		name = rest[1:]
	}
}
