package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// A Column is a column of a statement's result.
type Column struct {
	// Name is its name in the result: the path or the name of the table's column.
	Name string
	// Path is the path of its value in the event, "" for a column that contains the whole event. Several columns with the
	// same path are alternatives, of which the first one with a value counts.
	Path string
	// Time is set if the cell contains the time of an event that has no readable time itself. Rebuilder.Time reads it, and
	// it is not part of the rebuilt event. Path is "" then.
	Time bool
	// JSON is set if a cell is JSON text.
	JSON bool

	of sqltree.Expr
	// raw is set if of makes JSON text of it.
	raw sqltree.Expr
	// typ maps names of the table to names of the log in JSON that the statement makes from an array or map. It is nil for
	// JSON from the log.
	typ *namedType
	// pick are the members to select from each element of JSON that the statement makes from an array.
	pick  []schema.Step
	place schema.Location
	// table and entry are set for the value of a key in a map of the table: the map and the key.
	table sqltree.Expr
	entry string
	// joined is set if the column has the list of the values that the map keeps for entry, as for schema.Joined.
	joined bool
	// entries is set for a column with a whole map, as JSON text. Path is "" then.
	entries *mapEntries
	// key and in are set for a column of Counts that contains one key of the JSON text in the column with index in.
	key string
	in  int
	// clock is the time format of a Time column.
	clock clock
}

// A namedType is a type of the table with the names of the log.
type namedType struct {
	members map[string]member // by the table's name in lower case
	element *namedType
}

type member struct {
	name string
	typ  *namedType
}

// columnNames maps fields of a log to columns of a table, and columns to names in the log.
type columnNames struct {
	layout  *schema.Layout
	dialect *sqlgen.Dialect
	// names maps the path of a column or member in the table, in lower case with dots, to its path in the log.
	names map[string]string
	// sure are the keys of names that are known from the schema.
	sure map[string]bool
	// lowered has the names inside of JSON text with keys in lower case, by column.
	lowered map[string]*namedType
}

// newColumnNames collects the names of the log from the schema and from the fields in rules, whose frequency used contains.
func newColumnNames(layout *schema.Layout, dialect *sqlgen.Dialect, used map[string]int) *columnNames {
	l := &columnNames{layout: layout, dialect: dialect, names: map[string]string{}, sure: map[string]bool{}, lowered: map[string]*namedType{}}
	s := layout.Schema
	for _, paths := range reported(s) {
		for _, path := range paths {
			l.learn(path)
		}
	}
	for _, name := range s.Names() {
		l.learn(value.Path{Text: name})
	}
	for _, p := range s.Layouts() {
		for _, listed := range p.Listed() {
			if path := strings.TrimSuffix(listed.Path, ".*"); path != "*" {
				l.learn(value.Path{Text: path})
			}
		}
	}
	for table := range l.names {
		l.sure[table] = true
	}
	fields := slices.SortedFunc(maps.Keys(used), func(a, b string) int {
		return cmp.Or(cmp.Compare(used[b], used[a]), cmp.Compare(a, b))
	})
	for _, field := range fields {
		for _, path := range s.Paths(field) {
			l.learn(path)
		}
	}
	return l
}

// reported returns the paths that reports need of every event.
func reported(s *schema.Schema) []schema.Paths {
	list := []schema.Paths{s.Time, s.Account, s.Region, s.Principal, s.Session, s.Address, s.Action, s.Service, s.Error, s.Agent, s.Host}
	list = append(append(list, s.ID...), s.Copy...)
	for _, hint := range s.Summary {
		list = append(list, hint.Paths)
	}
	return list
}

// learn records the names in a path for columns and members that have the same names except for case.
func (l *columnNames) learn(path value.Path) {
	for _, place := range l.layout.PathLocations(path) {
		if place.Inside && place.LowerKeys {
			l.learnLowered(path, place)
			continue
		}
		log, ok := logPath(path, place)
		table := tablePath(place)
		if !ok || !strings.EqualFold(log, table) {
			continue
		}
		for i := range len(table) + 1 {
			if i == len(table) || table[i] == '.' {
				if key := strings.ToLower(table[:i]); l.names[key] == "" {
					l.names[key] = log[:i]
				}
			}
		}
	}
}

// learnLowered records the names in the part of a path inside of JSON text. Lists have the names of their elements.
func (l *columnNames) learnLowered(path value.Path, place schema.Location) {
	inside := path.Text[len(path.Text)-len(place.JSON.Text):]
	if !strings.EqualFold(inside, place.JSON.Text) {
		return
	}
	at := l.lowered[place.Column]
	if at == nil {
		at = newLowered()
		l.lowered[place.Column] = at
	}
	for name := range strings.SplitSeq(inside, ".") {
		m, ok := at.members[strings.ToLower(name)]
		if !ok {
			m = member{name, newLowered()}
			at.members[strings.ToLower(name)] = m
		}
		at = m.typ
	}
}

func newLowered() *namedType {
	t := &namedType{members: map[string]member{}}
	t.element = t
	return t
}

// name returns the log's path of a column or member, or the table's path if it is unknown.
func (l *columnNames) name(table string) string {
	if name, ok := l.names[strings.ToLower(table)]; ok {
		return name
	}
	if i := strings.LastIndexByte(table, '.'); i >= 0 {
		return l.name(table[:i]) + table[i:]
	}
	return table
}

// logPath returns the part of a path in the log that leads to the column's value, without the part inside of JSON text. It
// returns false if that part is different in the table.
func logPath(path value.Path, place schema.Location) (string, bool) {
	if !place.Inside {
		return path.Text, true
	}
	if place.JSON.Text == path.Text {
		return "", true
	}
	if at := len(path.Text) - len(place.JSON.Text); place.LowerKeys && at > 0 && strings.EqualFold(path.Text[at:], place.JSON.Text) {
		return strings.CutSuffix(path.Text[:at], ".")
	}
	return strings.CutSuffix(path.Text, "."+place.JSON.Text)
}

// tablePath returns the path of a location in names of the table, without elements of arrays. It is "" inside of a map.
func tablePath(place schema.Location) string {
	path := place.Column
	for _, step := range place.Steps {
		switch step.Kind {
		case schema.Member:
			path += "." + step.Name
		case schema.Key, schema.Joined:
			return ""
		case schema.Each:
		}
	}
	return path
}

// columns returns the columns of the table that a path needs. If their values are not those of the log, reason explains why.
func (l *columnNames) columns(path value.Path) (columns []Column, reason string) {
	path = path.Whole()
	for _, place := range l.layout.PathLocations(path) {
		c, reason := l.column(path, place)
		if reason != "" {
			return nil, reason
		}
		columns = append(columns, c)
	}
	return columns, ""
}

func (l *columnNames) column(path value.Path, place schema.Location) (Column, string) {
	if reason := sqlgen.Unsayable(place); reason != "" {
		return Column{}, reason
	}
	log, ok := logPath(path, place)
	if !ok || len(path.Text) > 0 && path.Any {
		return Column{}, "the table writes the keys inside it in another way"
	}
	switch place.Type.Kind {
	case schema.Struct:
		return Column{}, "it is an object there, whose text the table does not keep"
	case schema.Double:
		return Column{}, "it is a floating-point number there, whose text the table does not keep"
	case schema.Timestamp, schema.Date:
		if place.Time == nil {
			return Column{}, "it is a time there, whose text the table does not keep"
		}
	case schema.Array, schema.Map:
		return Column{}, "the column holds a list or map of values that no type tells apart"
	case schema.Unknown, schema.Text, schema.Integer, schema.Boolean, schema.JSON:
	}
	c := Column{Path: log, of: sqltree.Name{place.Column}, place: place, JSON: place.Type.Kind == schema.JSON && place.Encoding == value.NoJSON}
	table := place.Column
	typ := l.typeOf(place.Column)
	for i, step := range place.Steps {
		if step.Kind == schema.Member {
			c.of = sqltree.Member{Of: c.of, Name: step.Name}
			table += "." + step.Name
			typ = memberType(typ, step.Name)
			continue
		}
		if step.Kind == schema.Joined {
			c.table, c.entry, c.joined, c.JSON = c.of, step.Name, true, true
			c.of = l.dialect.JSON(l.dialect.MapJoined(c.of, step.Name))
			break
		}
		if step.Kind == schema.Key && place.Type.Kind != schema.Unknown && i == len(place.Steps)-1 {
			c.table, c.entry = c.of, step.Name
			c.of = l.dialect.MapValue(c.of, step.Name)
			break
		}
		// From here on it is a list or map, which comes as JSON text, whole.
		c.raw, c.of, c.JSON = c.of, l.dialect.JSON(c.of), true
		if place.Row {
			c.Path = rowPath(table)
		} else if strings.EqualFold(tablePath(place), log) {
			c.Path, c.typ = l.name(table), l.named(table, typ)
		} else {
			c.pick = place.Steps[i:]
		}
		break
	}
	if place.LowerKeys && c.JSON {
		c.typ = l.lowered[place.Column]
	}
	if place.When != nil {
		c.of, c.raw, c.table = sqlgen.WhenLocation(place, c.of), nil, nil
	}
	if way := tablePath(place); strings.EqualFold(way, c.Path) && l.sure[strings.ToLower(way)] {
		// A field in a rule that differs in case from the log's field matches nothing, as in files.
		c.Path = l.name(way)
	}
	c.Name = cmp.Or(c.Path, table)
	return c, ""
}

// rowPath is the path of a table's own column in an event.
func rowPath(column string) string { return "row." + column }

func (l *columnNames) typeOf(column string) *schema.Type {
	for _, list := range [][]schema.Column{l.layout.Columns, l.layout.PartitionedBy} {
		for i := range list {
			if list[i].Name == column {
				return &list[i].Type
			}
		}
	}
	return nil
}

func memberType(t *schema.Type, name string) *schema.Type {
	if t != nil {
		for i := range t.Members {
			if t.Members[i].Name == name {
				return &t.Members[i].Type
			}
		}
	}
	return nil
}

// named returns a type with the names of the log. table is its path in the table.
func (l *columnNames) named(table string, t *schema.Type) *namedType {
	n := &namedType{}
	if t == nil {
		return n
	}
	if t.Element != nil {
		n.element = l.named(table, t.Element)
	}
	for i := range t.Members {
		m := &t.Members[i]
		way := table + "." + m.Name
		name := l.name(way)
		if n.members == nil {
			n.members = map[string]member{}
		}
		n.members[strings.ToLower(m.Name)] = member{name[strings.LastIndexByte(name, '.')+1:], l.named(way, &m.Type)}
	}
	return n
}

// all returns columns for everything in the table, for rules with keywords.
func (l *columnNames) all() []Column {
	var columns []Column
	var add func(of sqltree.Expr, table string, t *schema.Type)
	add = func(of sqltree.Expr, table string, t *schema.Type) {
		c := Column{Path: l.name(table), of: of}
		switch t.Kind {
		case schema.Struct:
			for i := range t.Members {
				add(sqltree.Member{Of: of, Name: t.Members[i].Name}, table+"."+t.Members[i].Name, &t.Members[i].Type)
			}
			return
		case schema.Array, schema.Map:
			c.raw, c.of, c.JSON, c.typ = of, l.dialect.JSON(of), true, l.named(table, t)
		case schema.JSON:
			c.JSON = true
		case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date:
		}
		c.Name = c.Path
		columns = append(columns, c)
	}
	for i := range l.layout.Columns {
		add(sqltree.Name{l.layout.Columns[i].Name}, l.layout.Columns[i].Name, &l.layout.Columns[i].Type)
	}
	return columns
}

// fieldColumns returns the columns of a field, by its paths or, if it is not bound, by those of the schema.
func (l *columnNames) fieldColumns(f *ir.Field) (columns []Column, reason string) {
	paths := f.Paths
	if paths == nil {
		paths = l.layout.Schema.Paths(f.Name)
	}
	for _, path := range paths {
		more, reason := l.columns(path)
		if reason != "" {
			return nil, reason
		}
		columns = append(columns, more...)
	}
	return columns, ""
}
