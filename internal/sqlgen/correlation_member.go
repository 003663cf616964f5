package sqlgen

import (
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
)

// evidenceType is the type of a row of evidence: time, id and the asked fields.
func (c *correlation) evidenceType() string {
	t := "ROW(ts " + c.d.IntegerType + ", id " + c.d.TextType
	for i := range c.asked {
		t += ", " + numbered("x", i) + " " + c.d.listType(c.d.TextType)
	}
	return t + ")"
}

// members makes the step of what the correlation counts, false if it is refused.
func (c *correlation) members() bool {
	var parts []*Select
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

// eventMembers are the events of the queries among the targets, each once; nil if there are none.
func (c *correlation) eventMembers() *Select {
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
	var served []Expr
	for i := range queries {
		served = append(served, nth("b", i))
	}
	same := []Expr{Name{"id"}, ts}
	for i := range copyParts {
		same = append(same, nth("k", i))
	}
	number := Column{Of: Window{Of: Call{Fn: "row_number"}, Partition: same}, As: "copy"}
	c.step("copies", &Select{Columns: []Column{{Of: Star{}}, number}, From: c.from(), Where: And{anyOf(served), notNull(ts)}})

	s := &Select{From: c.from(), Columns: []Column{{Of: Name{"id"}}, {Of: ts}}}
	list := func(field *ir.Field) Expr { return c.present(nth("f", fieldAt(fields, field))) }
	if c.nested {
		row := []Expr{ts, Name{"id"}}
		for i := range c.asked {
			row = append(row, list(&c.asked[i]))
		}
		s.Columns = append(s.Columns, Column{Of: List{Cast{call("ROW", row...), c.evidenceType(), false}}, As: "evidence"})
	}
	query := 0
	for i, t := range c.targets {
		var serves Expr = Bool(false)
		if !t.correlation {
			serves = nth("b", query)
			query++
		}
		s.Columns = append(s.Columns, Column{Of: serves, As: numbered("s", i)})
	}
	for i := range c.fields {
		var texts Expr = Cast{List{}, c.d.listType(c.d.TextType), false}
		if fieldAt(fields, &c.fields[i]) >= 0 {
			texts = list(&c.fields[i])
		}
		s.Columns = append(s.Columns, Column{Of: texts, As: numbered("f", i)})
	}
	s.Where = Or{IsNull{Of: Name{"id"}}, compare("=", Name{"copy"}, Number("1"))}
	return s
}

// present leaves the NULLs out of a list, and makes NULL an empty one.
func (c *correlation) present(list Expr) Expr {
	return coalesce(c.d.filter(list, "x", notNull(Name{"x"})), List{})
}

// findingMembers are the findings of the correlation that is a target, nil if it is refused.
func (c *correlation) findingMembers(at int) *Select {
	t := c.targets[at]
	inner := c.list[t.index]
	// What a finding was grouped by it answers itself; anything else its evidence does.
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
	of := func(name string, field *ir.Field) Expr {
		return call("flatten", c.d.transform(Name{"evidence"}, name, Member{Name{name}, numbered("x", fieldAt(wanted, field))}))
	}
	evidence := Expr(Name{"evidence"})
	if len(wanted) != len(c.asked) || slices.ContainsFunc(wanted, func(f ir.Field) bool { return fieldAt(c.asked, &f) != fieldAt(wanted, &f) }) {
		row := []Expr{Member{Name{"e"}, "ts"}, Member{Name{"e"}, "id"}}
		for i := range c.asked {
			row = append(row, Member{Name{"e"}, numbered("x", fieldAt(wanted, &c.asked[i]))})
		}
		evidence = c.d.transform(Name{"evidence"}, "e", Cast{call("ROW", row...), c.evidenceType(), false})
	}
	s := &Select{From: built.from(), Columns: []Column{
		{Of: Cast{Null{}, c.d.TextType, false}, As: "id"}, {Of: Name{"ends"}, As: "ts"}, {Of: evidence, As: "evidence"},
	}, Where: Name{"finding"}}
	for i := range c.targets {
		s.Columns = append(s.Columns, Column{Of: Bool(i == at), As: numbered("s", i)})
	}
	for i := range c.fields {
		var texts Expr = Cast{List{}, c.d.listType(c.d.TextType), false}
		if group := slices.Index(inner.GroupBy, c.fields[i].Name); group >= 0 {
			texts = List{nth("g", group)}
		} else if fieldAt(wanted, &c.fields[i]) >= 0 {
			texts = of("e", &c.fields[i])
		}
		s.Columns = append(s.Columns, Column{Of: texts, As: numbered("f", i)})
	}
	return s
}

// reading is a way to read fields in an event: by the targets that resolve the names to the same fields.
type reading struct {
	served Expr
	fields []int // of correlation.fields
	all    bool  // every target reads so
}

// readings are the different ways in which targets resolve names to fields.
func (c *correlation) readings(of func(*ir.Base) []ir.Field) []reading {
	var out []reading
	var served [][]Expr
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

// candidates is the list of different texts that may stand at a place in one of the readings.
func (c *correlation) candidates(readings []reading, place int) Expr {
	if len(readings) == 1 {
		return call("array_distinct", nth("f", readings[0].fields[place]))
	}
	var lists List
	for _, r := range readings {
		lists = append(lists, ifThen(r.served, nth("f", r.fields[place]), List{}))
	}
	return call("array_distinct", call("flatten", lists))
}

// fromReading tells whether the columns that begin with a letter come from one reading.
func fromReading(r reading, letter string) Expr {
	var and []Expr
	for place, field := range r.fields {
		and = append(and, call("contains", nth("f", field), nth(letter, place)))
	}
	return allOf(and)
}

// grouped puts each member into its groups: one row for each way to pick a value of every group-by name.
func (c *correlation) grouped() {
	if len(c.GroupBy) == 0 {
		return
	}
	readings := c.readings(func(b *ir.Base) []ir.Field { return b.GroupBy })
	s := &Select{From: c.from(), Columns: []Column{{Of: Star{}}}}
	for i := range c.GroupBy {
		s.Joins = append(s.Joins, Source{
			Unnest: []Expr{c.candidates(readings, i)}, As: numbered("group", i), Columns: []string{numbered("g", i)},
		})
	}
	if len(readings) == 1 {
		c.step("grouped", s)
		return
	}
	// A rule is served in the group only if the group's values are those of the fields that it asks for.
	var served []Expr
	s.Columns = append([]Column{{Of: Name{"id"}}, {Of: ts}}, c.groupColumns()...)
	if c.nested {
		s.Columns = append(s.Columns, Column{Of: Name{"evidence"}})
	}
	for i, base := range c.bases {
		var r reading
		for j := range base.GroupBy {
			r.fields = append(r.fields, fieldAt(c.fields, &base.GroupBy[j]))
		}
		serves := And{nth("s", i), fromReading(r, "g")}
		served = append(served, serves)
		s.Columns = append(s.Columns, Column{Of: serves, As: numbered("s", i)})
	}
	for i := range c.fields {
		s.Columns = append(s.Columns, Column{Of: nth("f", i)})
	}
	s.Where = anyOf(served)
	c.step("grouped", s)
}
