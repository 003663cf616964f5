package ruleset

import (
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
)

// Compiled holds the rules of a set that run on the events of one schema. It is safe for concurrent use.
type Compiled struct {
	Schema  *schema.Schema
	Program *match.Program
	// Rules maps each query of the program to the index of its rule in Set.Rules.
	Rules []int
	// Queries are the program's queries, as Rule.BoundQuery returns them.
	Queries []ir.Expr
	// Uses holds, for each query of the program, the correlations that count it.
	Uses [][]Use
	// Event are the fields of the program that a hunt reads from every event.
	Event EventFields
	// Further is the first of the fields that CompileWith was given; the others follow it.
	Further int
}

// EventFields are fields of a program, see match.Matcher.Leaves, that the schema defines for every event. ID has a field for
// each part of the event id, and Copy a field for each part that is equal in copies of an event.
type EventFields struct {
	Time, Account, Region, Principal, Action int
	ID, Copy                                 []int
}

// A Use identifies a base of a correlation that counts a rule. Its fields are bound.
type Use struct {
	// Correlation is an index in Set.Correlations, Base an index in the correlation's Bases.
	Correlation, Base int
	// GroupBy and Values are fields of the program, see match.Matcher.Leaves.
	GroupBy, Values []int
}

// Compile compiles the rules whose log source is served by a schema.
func (s *Set) Compile(sch *schema.Schema) *Compiled { return s.CompileWith(sch, nil) }

// CompileWith is Compile with further fields for the caller, see match.Matcher.Fields.
func (s *Set) CompileWith(sch *schema.Schema, further []schema.Paths) *Compiled {
	c := &Compiled{Schema: sch}
	paths := NewPaths(sch)
	queryOf := make(map[int]int, len(s.Rules))
	for i, rule := range s.Rules {
		if sch.Serves(rule.LogSource) && len(rule.Unrunnable) == 0 {
			queryOf[i] = len(c.Rules)
			c.Rules = append(c.Rules, i)
		}
	}
	c.Queries = s.boundQueries(c.Rules, sch)
	c.Uses = make([][]Use, len(c.Rules))
	var fields []ir.Field
	add := func(list []ir.Field) []int {
		var indexes []int
		for _, field := range list {
			pass.BindField(&field, paths.Of)
			indexes = append(indexes, len(fields))
			fields = append(fields, field)
		}
		return indexes
	}
	for i, correlation := range s.Correlations {
		for j, base := range correlation.IR.Bases {
			if query, ok := queryOf[base.Index]; ok && !base.Correlation {
				c.Uses[query] = append(c.Uses[query], Use{Correlation: i, Base: j, GroupBy: add(base.GroupBy), Values: add(base.Values)})
			}
		}
	}
	// Field names in rules are valid UTF-8, so they never equal these names.
	own := func(name string, paths schema.Paths) int {
		fields = append(fields, ir.Field{Name: "\xff" + name, Paths: paths})
		return len(fields) - 1
	}
	c.Event = EventFields{
		Time: own("time", sch.Time), Account: own("account", sch.Account), Region: own("region", sch.Region),
		Principal: own("principal", sch.Principal), Action: own("action", sch.Action),
	}
	for i, part := range sch.ID {
		c.Event.ID = append(c.Event.ID, own("id"+strconv.Itoa(i), part))
	}
	for i, part := range sch.Copy {
		c.Event.Copy = append(c.Event.Copy, own("copy"+strconv.Itoa(i), part))
	}
	c.Further = len(fields)
	for i, paths := range further {
		own("further"+strconv.Itoa(i), paths)
	}
	c.Program = match.Compile(c.Queries, fields)
	return c
}
