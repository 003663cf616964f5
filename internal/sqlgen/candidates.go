package sqlgen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// Sought says what Candidates looks for.
type Sought struct {
	// Rules are predicates, at least one; they should read columns only.
	Rules []ir.Expr
	// Listed, Exact and Coarse are of a further one, nil for none: it holds where Listed or Exact does. Where Exact reads JSON,
	// Coarse is a superset of it that does not, nil where Exact is nil.
	Listed, Exact, Coarse ir.Expr
	// Fields lead to one value.
	Fields []ir.Field
	// Columns are expressions over the table's columns.
	Columns []Expr
}

// Candidates makes the query for the events of the time range: ts, its time in nanoseconds since
// 1970-01-01T00:00:00Z, which may lack the part of a second, NULL without one; whether each of the predicates holds (b1,
// b2 …, the further one last), NULL or false for no; the text of each field (f1, f2 …); and the columns (c1, c2 …). All must
// be bound. A list with errors comes without a query.
func Candidates(s Sought, opt Options) (*Select, diag.List) {
	e := newEmitter(opt.Dialect, opt.Profile, opt.Unmapped)
	e.lowering = true
	// flags are computed first, of every event: what walks through JSON follows for those that are left.
	var flags []Column
	flag := func(predicate ir.Expr) Expr {
		name := Name{e.free("holds " + strconv.Itoa(len(flags)+1))}
		flags = append(flags, Column{Of: e.expr(predicate), As: name[0]})
		return name
	}
	var list []Column
	var walked Expr // holds for events whose JSON is read
	for i, rule := range s.Rules {
		list = append(list, Column{Of: flag(rule), As: numbered("b", i)})
	}
	if s.Listed != nil {
		holds := flag(s.Listed)
		if s.Exact != nil {
			walked = flag(s.Coarse)
			holds = Or{holds, e.expr(s.Exact)}
		}
		list = append(list, Column{Of: holds, As: numbered("b", len(s.Rules))})
	}
	for i := range s.Fields {
		text := Expr(Null{})
		if l, ok := e.field(&s.Fields[i], false); ok && l.one != nil {
			text = e.text(l)
		} else {
			e.refusef(s.Fields[i].Span, "field-in-table", "it may have several values there", "field %q cannot be grouped by", s.Fields[i].Name)
		}
		list = append(list, Column{Of: text, As: numbered("f", i)})
	}
	for i, of := range s.Columns {
		list = append(list, Column{Of: of, As: numbered("c", i)})
	}
	at := e.secondOf()
	rows := e.rows(nil, opt)
	if e.faults.HasErrors() {
		return nil, e.faults
	}
	rows.Columns = append([]Column{{Of: at, As: "ts"}}, list...)
	return e.flagged(rows, flags, walked), e.faults
}

// flagged puts the flags before whatever a query computes, so that each is computed once: a WHERE over them would be moved
// below them by engines, and compute them again. Where the flags need what the query computes, they follow it. walked, if not
// nil, holds for the events of which JSON is read.
func (e *emitter) flagged(rows *Select, flags []Column, walked Expr) *Select {
	first := func(of *Select) {
		of.From = Source{Query: &Select{From: of.From, Where: of.Where, Columns: append([]Column{{Of: Star{}}}, flags...)}, As: e.free("flagged")}
		of.Where = nil
	}
	table := rows
	for table.From.Query != nil && (len(e.lowers) == 0 || table.From.Query.From.Query != nil) {
		table = table.From.Query
	}
	if slices.ContainsFunc(flags, e.reads) {
		first(rows)
		return rows
	}
	first(table)
	// JSON is read for the exact predicate alone.
	for level := rows.From.Query; walked != nil && table != rows; level = level.From.Query {
		for i := range level.Columns {
			if _, star := level.Columns[i].Of.(Star); !star {
				level.Columns[i].Of = ifThen(walked, level.Columns[i].Of, nil)
			}
		}
		if level == table {
			break
		}
	}
	return rows
}

// reads tells whether a column reads one of those that were added to the table's.
func (e *emitter) reads(c Column) bool {
	text := e.d.PrintExpr(c.Of)
	for _, more := range [][]Column{e.bases, e.lets} {
		for _, added := range more {
			if strings.Contains(text, e.d.PrintExpr(Name{added.As})) {
				return true
			}
		}
	}
	return false
}

// secondOf is eventTime, maybe without the part of a second, which costs less for times in the form that most logs have.
// Where the time stands in another place, it is NULL: the events stay, and whoever gets them looks there.
func (e *emitter) secondOf() Expr {
	e.usual = true
	defer func() { e.usual = false }()
	exact := e.eventTime([]int{0}, []*ir.Query{{Where: &ir.ConstExpr{}}})
	if e.profile.Time == nil || e.profile.Time.Format != schema.TimeText {
		return exact
	}
	at, reason := e.timePlace(e.profile.Time)
	if reason != "" {
		return exact
	}
	at = e.short("event time", at)
	usual := And{compare("=", call("length", at), number(len("2006-01-02T15:04:05Z"))), Like{at, "____-__-__T__:__:__Z"}}
	return Case{Whens: []When{{usual, e.d.epochSeconds(e.d.timestamp(at))}}, Else: exact}
}

// ItemAt is an item of a list by its place, from 1 on, NULL where there is none.
func (d *Dialect) ItemAt(list List, at Expr) Expr { return call(d.item, list, at) }

// WithoutNull is a list without its NULLs.
func (d *Dialect) WithoutNull(list Expr) Expr { return d.filter(list, "x", notNull(Name{"x"})) }

// Contains holds when a text holds a part.
func (d *Dialect) Contains(text Expr, part string) Expr { return d.contains(text, Text(part)) }

// Whole is an integer that fits the sums of the dialect.
func (d *Dialect) Whole(n int) Expr {
	return Cast{Number(strconv.Itoa(n)), d.IntegerType, false}
}

// StringIn is the JSON text of the string that a key of an object in JSON text leads to; NULL where the text is no JSON or may
// not be read exactly, and where the key leads to something else or nothing.
func (d *Dialect) StringIn(text Expr, key string) Expr {
	member := d.jsonMember(d.jsonChecked(d.jsonWhole(text), text), key)
	found := d.let(member, "j", ifThen(d.jsonIsText(Name{"j"}), d.json(Name{"j"}), nil))
	return ifThen(Not{d.contains(text, Text(`\u`))}, found, nil)
}
