package connector

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/stix"
)

// Translate returns the queries of a pattern: for each service that can answer it a condition on the rows of its table, which Query
// of a Session runs. Without START and STOP a pattern looks back from now as far as the options say.
//
// Comparisons do not see letter case, and a text equals a number, as users of the other connector expect. Everything else means what
// docs/stix.md says.
func Translate(pattern string, o Options, dialects []string, now time.Time) Answer {
	queries, err := translate(pattern, o, dialects, now)
	if err != nil {
		return Refuse(err)
	}
	list := pyprint.NewList()
	for _, q := range queries {
		list.Items = append(list.Items, q)
	}
	return Answer{pyprint.NewDict("queries", list)}
}

func translate(pattern string, o Options, dialects []string, now time.Time) ([]*pyprint.Dict, error) {
	dialects = append(slices.Clone(dialects), o.Dialects...)
	for _, d := range dialects {
		if !slices.Contains(Services, d) {
			return nil, faultf(codeParameter, "unknown dialect : %s", d)
		}
	}
	if o.Language != "stix" {
		return nil, faultf(codeParameter, "unsupported language : %s", o.Language)
	}
	p, err := o.pattern(pattern)
	if err != nil {
		return nil, err
	}
	p = stixmap.Canonical(p)
	var out []*pyprint.Dict
	var lacks []string
	for _, service := range Services {
		if len(dialects) > 0 && !slices.Contains(dialects, service) {
			continue
		}
		t := newTranslation(service, &o)
		t.defaults = within{now.Add(-o.TimeRange), now}
		where, err := t.observation(p.Expr, nil)
		if err != nil {
			return nil, err
		}
		lacks = append(lacks, t.lacks...)
		if where != nil {
			out = append(out, pyprint.NewDict(service, t.dialect.PrintExpr(where)))
		}
	}
	if len(out) == 0 {
		slices.Sort(lacks)
		names := pyprint.NewList()
		for _, name := range slices.Compact(lacks) {
			names.Items = append(names.Items, name)
		}
		text, err := pyprint.Repr(names, 1<<16)
		if err != nil {
			return nil, err
		}
		return nil, faultf(codeMapping, "data mapping error : Unable to map the following STIX objects and properties: %s to data source fields", text)
	}
	return out, nil
}

// within is a range of time, the stop not included.
type within struct{ start, stop time.Time }

// A translation writes the condition of a pattern for a service.
type translation struct {
	service  string
	mapping  *stixmap.Mapping
	own      bool
	dialect  *sqltree.Dialect
	defaults within
	lacks    []string
	names    int
}

func newTranslation(service string, o *Options) *translation {
	t := &translation{service: service, dialect: sqltree.DialectByName("athena")}
	if own, ok := ownMap(o.Mapping, service+"_from_stix_map"); ok {
		t.own = true
		t.mapping = comparedMap(own, service)
		return t
	}
	m := mappingOf(service, o.Mappings)
	t.mapping = cmp.Or(m.Full, m)
	return t
}

// observation returns the condition for the rows that take part in an expression; nil if the service cannot answer it. ranges are those
// of the qualifiers around it.
func (t *translation) observation(e stix.ObservationExpr, ranges []within) (sqltree.Expr, error) {
	switch e := e.(type) {
	case *stix.Observation:
		where, err := t.bracket(e.Comparison)
		if where == nil || err != nil {
			return nil, err
		}
		if len(ranges) == 0 {
			ranges = []within{t.defaults}
		}
		all := sqltree.And{where}
		for _, r := range ranges {
			all = append(all, t.in(r))
		}
		return all, nil
	case *stix.Qualified:
		switch q := e.Qualifier.(type) {
		case stix.StartStop:
			start, stop := rangeOf(q)
			return t.observation(e.Of, append(slices.Clone(ranges), within{start, stop}))
		case stix.Repeats:
			n, err := strconv.Atoi(q.Times.Text)
			where, fault := t.observation(e.Of, ranges)
			_, single := e.Of.(*stix.Observation)
			switch {
			case where == nil || fault != nil || n == 1:
				return where, fault
			case err != nil || !single:
				return nil, notOneCondition("REPEATS of several observations")
			}
			return sqltree.And{where, t.rows(where, sqltree.Compare(">=", sqltree.Fn("count", sqltree.Star{}), sqltree.Int(n)))}, nil
		default:
			return nil, notOneCondition(e.Qualifier.Keyword())
		}
	case *stix.ObservationOperator:
		return t.operator(e, ranges)
	}
	panic("egret bug: an unknown expression")
}

// notOneCondition refuses what no condition on rows can say.
func notOneCondition(what string) error {
	return faultf(codeNotImplemented, "wrong parameter : %s cannot be written as a condition on rows; egret hunt --stix finds it", what)
}

func (t *translation) operator(e *stix.ObservationOperator, ranges []within) (sqltree.Expr, error) {
	if e.Operator == "FOLLOWEDBY" {
		return nil, faultf(codeNotImplemented, "wrong parameter : Comparison operator FollowedBy unsupported for AWS Athena connector")
	}
	var parts []sqltree.Expr
	for _, operand := range e.Operands {
		where, err := t.observation(operand, ranges)
		if err != nil {
			return nil, err
		}
		if where == nil {
			if e.Operator == "AND" {
				return nil, nil // the service cannot answer all
			}
			continue
		}
		if e.Operator == "AND" && !oneRow(operand) {
			return nil, notOneCondition("AND of expressions of several observations")
		}
		parts = append(parts, where)
	}
	switch {
	case len(parts) == 0:
		return nil, nil
	case len(parts) == 1:
		return parts[0], nil
	case e.Operator == "OR":
		return sqltree.Or(parts), nil
	}
	return t.together(parts)
}

// oneRow reports whether a single row satisfies an expression.
func oneRow(e stix.ObservationExpr) bool {
	switch e := e.(type) {
	case *stix.Observation:
		return true
	case *stix.Qualified:
		_, ranged := e.Qualifier.(stix.StartStop)
		return ranged && oneRow(e.Of)
	case *stix.ObservationOperator:
		return e.Operator == "OR" && !slices.ContainsFunc(e.Operands, func(o stix.ObservationExpr) bool { return !oneRow(o) })
	}
	return false
}

// maxTogether is how many observations AND may join: the number of their subsets is counted.
const maxTogether = 4

// together returns the condition for rows of which each satisfies one of several conditions, if there are as many different rows that
// satisfy all. There are if every k of the conditions have k rows (Hall's theorem). One subquery counts them.
func (t *translation) together(parts []sqltree.Expr) (sqltree.Expr, error) {
	if len(parts) > maxTogether {
		return nil, notOneCondition(fmt.Sprintf("AND of more than %d observations", maxTogether))
	}
	enough := sqltree.And{}
	for subset := 1; subset < 1<<len(parts); subset++ {
		any_ := sqltree.Or{}
		for i, part := range parts {
			if subset>>i&1 == 1 {
				any_ = append(any_, part)
			}
		}
		enough = append(enough, sqltree.Compare(">=", sqltree.Fn("count_if", any_), sqltree.Int(len(any_))))
	}
	where := sqltree.Or(parts)
	return sqltree.And{where, t.rows(where, enough)}, nil
}

// rows returns a condition on all rows of the table that satisfy another one.
func (t *translation) rows(where, of sqltree.Expr) sqltree.Expr {
	return sqltree.Query{Select: &sqltree.Select{Columns: []sqltree.Column{{Of: of}}, From: sqltree.Source{Table: []string{tableName}}, Where: where}}
}

// in returns the condition that a row overlaps a range.
func (t *translation) in(r within) sqltree.Expr {
	switch {
	case t.service == "vpcflow":
		return sqltree.And{
			sqltree.Compare("<", sqltree.Name{"start"}, seconds(r.stop)), sqltree.Compare(">=", sqltree.Name{"end"}, seconds(r.start)),
		}
	case t.service == "guardduty":
		first, last := t.column("service.eventFirstSeen"), t.column("service.eventLastSeen")
		return sqltree.And{
			sqltree.Compare("<", moment(first), moment(sqltree.Text(stamp(r.stop)))), sqltree.Compare(">=", moment(last), moment(sqltree.Text(stamp(r.start)))),
		}
	}
	at := sqltree.Name{"time"}
	return sqltree.And{
		sqltree.Compare(">=", at, sqltree.Number(strconv.FormatInt(ceil(r.start, time.Millisecond), 10))),
		sqltree.Compare("<", at, sqltree.Number(strconv.FormatInt(ceil(r.stop, time.Millisecond), 10))),
	}
}

// seconds returns the first whole second that is not before a time.
func seconds(t time.Time) sqltree.Expr {
	return sqltree.Number(strconv.FormatInt(ceil(t, time.Second), 10))
}

func ceil(t time.Time, unit time.Duration) int64 {
	n := t.UnixMilli() / int64(unit/time.Millisecond)
	if t.After(time.UnixMilli(n * int64(unit/time.Millisecond))) {
		n++
	}
	return n
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// moment returns the time in a text, NULL for none.
func moment(text sqltree.Expr) sqltree.Expr {
	return sqltree.Fn("try", sqltree.Fn("from_iso8601_timestamp", text))
}
