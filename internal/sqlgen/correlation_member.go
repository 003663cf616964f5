package sqlgen

import (
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// evidenceType is the type of a row of evidence: time, id and the asked fields.
func (c *correlation) evidenceType() string {
	t := "ROW(ts " + c.d.IntegerType + ", id " + c.d.TextType
	for i := range c.asked {
		t += ", " + numbered("x", i) + " " + c.d.ListType(c.d.TextType)
	}
	return t + ")"
}

// members adds the step with the events and findings that the correlation counts. It returns false if it is refused.
func (c *correlation) members() bool {
	var parts []*sqltree.Select
	if s := c.eventMembers(); s != nil {
		parts = append(parts, s)
	} else if c.failed {
		return false
	}
	for i, t := range c.targets {
		if !t.correlation {
			continue
		}
		s := c.findingMembers(i)
		if s == nil {
			return false
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		c.declinef(c.Correlation, "", "it names no rules")
		return false
	}
	parts[0].Union = parts[1:]
	c.step("members", parts[0])
	return true
}

// eventMembers returns the events of the queries among the targets, each once; nil if there are none.
func (c *correlation) eventMembers() *sqltree.Select {
	var queries []int
	var fields []ir.Field
	for i, t := range c.targets {
		if t.correlation {
			continue
		}
		queries = append(queries, t.index)
		for _, base := range c.Bases {
			if (target{base.Index, base.Correlation}) == c.targets[i] {
				for _, field := range slices.Concat(base.GroupBy, base.Values) {
					fields = addField(fields, field)
				}
			}
		}
	}
	if len(queries) == 0 {
		return nil
	}
	for _, field := range c.asked {
		fields = addField(fields, field)
	}
	rows, copyParts := c.rows(queries, fields)
	if rows == nil {
		c.failed = true
		return nil
	}
	c.step("events", rows)
	var served []sqltree.Expr
	for i := range queries {
		served = append(served, nth("b", i))
	}
	same := []sqltree.Expr{sqltree.Name{"id"}, ts}
	for i := range copyParts {
		same = append(same, nth("k", i))
	}
	number := sqltree.Column{Of: sqltree.Window{Of: sqltree.Call{Fn: "row_number"}, Partition: same}, As: "copy"}
	c.step("copies", &sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Star{}}, number}, From: c.from(), Where: sqltree.And{anyOf(served), sqltree.NotNull(ts)}})

	s := &sqltree.Select{From: c.from(), Columns: []sqltree.Column{{Of: sqltree.Name{"id"}}, {Of: ts}}}
	list := func(field *ir.Field) sqltree.Expr { return c.present(nth("f", fieldAt(fields, field))) }
	if c.nested {
		row := []sqltree.Expr{ts, sqltree.Name{"id"}}
		for i := range c.asked {
			row = append(row, list(&c.asked[i]))
		}
		s.Columns = append(s.Columns, sqltree.Column{Of: sqltree.List{sqltree.Cast{Of: sqltree.Fn("ROW", row...), Type: c.evidenceType(), Try: false}}, As: "evidence"})
	}
	query := 0
	for i, t := range c.targets {
		var serves sqltree.Expr = sqltree.Bool(false)
		if !t.correlation {
			serves = nth("b", query)
			query++
		}
		s.Columns = append(s.Columns, sqltree.Column{Of: serves, As: numbered("s", i)})
	}
	for i := range c.fields {
		var texts sqltree.Expr = sqltree.Cast{Of: sqltree.List{}, Type: c.d.ListType(c.d.TextType), Try: false}
		if fieldAt(fields, &c.fields[i]) >= 0 {
			texts = list(&c.fields[i])
		}
		s.Columns = append(s.Columns, sqltree.Column{Of: texts, As: numbered("f", i)})
	}
	s.Where = sqltree.Or{sqltree.IsNull{Of: sqltree.Name{"id"}}, sqltree.Compare("=", sqltree.Name{"copy"}, sqltree.Number("1"))}
	return s
}

// present removes the NULLs from a list. A NULL list becomes an empty one.
func (c *correlation) present(list sqltree.Expr) sqltree.Expr {
	return sqltree.Coalesce(c.d.Filter(list, "x", sqltree.NotNull(sqltree.Name{"x"})), sqltree.List{})
}

// findingMembers returns the findings of a correlation that is a target, nil if it is refused.
func (c *correlation) findingMembers(at int) *sqltree.Select {
	t := c.targets[at]
	inner := c.list[t.index]
	// Group-by fields of a finding come from the finding, other fields from its evidence.
	var wanted []ir.Field
	for _, base := range c.Bases {
		if (target{base.Index, base.Correlation}) == t {
			for _, field := range slices.Concat(base.GroupBy, base.Values) {
				if !slices.Contains(inner.GroupBy, field.Name) {
					wanted = addField(wanted, field)
				}
			}
		}
	}
	for _, field := range c.asked {
		wanted = addField(wanted, field)
	}
	built := c.build(t.index, wanted, true)
	if built == nil {
		return nil
	}
	// DuckDB takes seconds to plan three correlations in one, and milliseconds one by one.
	c.with[len(c.with)-1].Alone = true
	of := func(name string, field *ir.Field) sqltree.Expr {
		return sqltree.Fn("flatten", c.d.Transform(sqltree.Name{"evidence"}, name, sqltree.Member{Of: sqltree.Name{name}, Name: numbered("x", fieldAt(wanted, field))}))
	}
	evidence := sqltree.Expr(sqltree.Name{"evidence"})
	if len(wanted) != len(c.asked) || slices.ContainsFunc(wanted, func(f ir.Field) bool { return fieldAt(c.asked, &f) != fieldAt(wanted, &f) }) {
		row := []sqltree.Expr{sqltree.Member{Of: sqltree.Name{"e"}, Name: "ts"}, sqltree.Member{Of: sqltree.Name{"e"}, Name: "id"}}
		for i := range c.asked {
			row = append(row, sqltree.Member{Of: sqltree.Name{"e"}, Name: numbered("x", fieldAt(wanted, &c.asked[i]))})
		}
		evidence = c.d.Transform(sqltree.Name{"evidence"}, "e", sqltree.Cast{Of: sqltree.Fn("ROW", row...), Type: c.evidenceType(), Try: false})
	}
	s := &sqltree.Select{From: built.from(), Columns: []sqltree.Column{
		{Of: sqltree.Cast{Of: sqltree.Null{}, Type: c.d.TextType, Try: false}, As: "id"}, {Of: sqltree.Name{"ends"}, As: "ts"}, {Of: evidence, As: "evidence"},
	}, Where: sqltree.Name{"finding"}}
	for i := range c.targets {
		s.Columns = append(s.Columns, sqltree.Column{Of: sqltree.Bool(i == at), As: numbered("s", i)})
	}
	for i := range c.fields {
		var texts sqltree.Expr = sqltree.Cast{Of: sqltree.List{}, Type: c.d.ListType(c.d.TextType), Try: false}
		if group := slices.Index(inner.GroupBy, c.fields[i].Name); group >= 0 {
			texts = sqltree.List{nth("g", group)}
		} else if fieldAt(wanted, &c.fields[i]) >= 0 {
			texts = of("e", &c.fields[i])
		}
		s.Columns = append(s.Columns, sqltree.Column{Of: texts, As: numbered("f", i)})
	}
	return s
}

// reading is one way to resolve field names, with the targets that resolve them this way.
type reading struct {
	served sqltree.Expr
	fields []int // of correlation.fields
	all    bool  // every target reads so
}

// readings returns the different ways in which targets resolve names to fields.
func (c *correlation) readings(of func(*ir.Base) []ir.Field) []reading {
	var out []reading
	var served [][]sqltree.Expr
	for i, base := range c.bases {
		var fields []int
		for _, field := range of(base) {
			fields = append(fields, fieldAt(c.fields, &field))
		}
		at := slices.IndexFunc(out, func(r reading) bool { return slices.Equal(r.fields, fields) })
		if at < 0 {
			at = len(out)
			out, served = append(out, reading{fields: fields}), append(served, nil)
		}
		served[at] = append(served[at], nth("s", i))
	}
	for i := range out {
		out[i].served, out[i].all = anyOf(served[i]), len(out) == 1
	}
	return out
}

// candidates returns the list of different texts that a name can have in one of the readings.
func (c *correlation) candidates(readings []reading, place int) sqltree.Expr {
	if len(readings) == 1 {
		return sqltree.Fn("array_distinct", nth("f", readings[0].fields[place]))
	}
	var lists sqltree.List
	for _, r := range readings {
		lists = append(lists, sqltree.If(r.served, nth("f", r.fields[place]), sqltree.List{}))
	}
	return sqltree.Fn("array_distinct", sqltree.Fn("flatten", lists))
}

// fromReading reports whether the columns that begin with a letter come from one reading.
func fromReading(r reading, letter string) sqltree.Expr {
	var and []sqltree.Expr
	for place, field := range r.fields {
		and = append(and, sqltree.Fn("contains", nth("f", field), nth(letter, place)))
	}
	return allOf(and)
}

// grouped assigns members to groups, with one row for each combination of values of the group-by fields.
func (c *correlation) grouped() {
	if len(c.GroupBy) == 0 {
		return
	}
	readings := c.readings(func(b *ir.Base) []ir.Field { return b.GroupBy })
	s := &sqltree.Select{From: c.from(), Columns: []sqltree.Column{{Of: sqltree.Star{}}}}
	for i := range c.GroupBy {
		s.Joins = append(s.Joins, sqltree.Source{
			Unnest: []sqltree.Expr{c.candidates(readings, i)}, As: numbered("group", i), Columns: []string{numbered("g", i)},
		})
	}
	if len(readings) == 1 {
		c.step("grouped", s)
		return
	}
	// A rule is served in the group only if the group's values are those of the fields that it asks for.
	var served []sqltree.Expr
	s.Columns = append([]sqltree.Column{{Of: sqltree.Name{"id"}}, {Of: ts}}, c.groupColumns()...)
	if c.nested {
		s.Columns = append(s.Columns, sqltree.Column{Of: sqltree.Name{"evidence"}})
	}
	for i, base := range c.bases {
		var r reading
		for j := range base.GroupBy {
			r.fields = append(r.fields, fieldAt(c.fields, &base.GroupBy[j]))
		}
		serves := sqltree.And{nth("s", i), fromReading(r, "g")}
		served = append(served, serves)
		s.Columns = append(s.Columns, sqltree.Column{Of: serves, As: numbered("s", i)})
	}
	for i := range c.fields {
		s.Columns = append(s.Columns, sqltree.Column{Of: nth("f", i)})
	}
	s.Where = anyOf(served)
	c.step("grouped", s)
}
