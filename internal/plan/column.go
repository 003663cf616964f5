package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// Column is a column of a statement's result.
type Column struct {
	// Name is its name in the result: the path, or the column of the table.
	Name string
	// Path is where its value lives in the event, "" for a column that holds the whole event. Several columns of one path
	// are alternatives, the first with a value counts.
	Path string
	// Time says that the cell tells when the event took place, which cannot be read from the event itself: Rebuilder.Time
	// reads it, and it is no part of the event. Path is "" then.
	Time bool
	// JSON says that a cell is JSON text.
	JSON bool

	of sqlgen.Expr
	// typ is the type of JSON that was made of an array or map, members under the names of the log; names are those of the
	// table. nil for JSON that the log wrote itself.
	typ *namedType
	// pick are the members to take out of each element of JSON that was made of an array.
	pick  []schema.Step
	place schema.Place
	// key and in are of a column of Hits that stands for a key of the JSON text in another one, by its place.
	key string
	in  int
	// clock is how the cell of a Time column holds it.
	clock clock
}

// namedType is a type of the table beside the names of the log.
type namedType struct {
	members map[string]member // by the table's name in lower case
	element *namedType
}

type member struct {
	name string
	typ  *namedType
}

// layout knows where the fields of a log live in a table, and what the log calls the table's columns.
type layout struct {
	profile *schema.Profile
	dialect *sqlgen.Dialect
	// names has the log's path of a column or member by the table's, in lower case with dots; sure are those that the
	// schema tells.
	names map[string]string
	sure  map[string]bool
}

// newLayout learns the names of the log from the schema and from the fields that rules name, with their frequency.
func newLayout(profile *schema.Profile, dialect *sqlgen.Dialect, used map[string]int) *layout {
	l := &layout{profile: profile, dialect: dialect, names: map[string]string{}, sure: map[string]bool{}}
	s := profile.Schema
	for _, paths := range reported(s) {
		for _, path := range paths {
			l.learn(path)
		}
	}
	for _, name := range s.Names() {
		l.learn(value.Path{Text: name})
	}
	for _, p := range s.Profiles() {
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

// reported are the paths that reports ask of every event.
func reported(s *schema.Schema) []schema.Paths {
	list := []schema.Paths{s.Time, s.Account, s.Region, s.Principal, s.Session, s.Address, s.Action, s.Service, s.Error, s.Agent, s.Host}
	list = append(append(list, s.ID...), s.Copy...)
	for _, hint := range s.Summary {
		list = append(list, hint.Paths)
	}
	return list
}

// learn takes the names of a path for those of the columns that it leads to under its own name.
func (l *layout) learn(path value.Path) {
	for _, place := range l.profile.PathPlaces(path) {
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

// name is the log's path of a column or member, the table's own if nobody knows better.
func (l *layout) name(table string) string {
	if name, ok := l.names[strings.ToLower(table)]; ok {
		return name
	}
	if i := strings.LastIndexByte(table, '.'); i >= 0 {
		return l.name(table[:i]) + table[i:]
	}
	return table
}

// logPath is the part of a path in the log that leads to the column's value, without the rest inside JSON text; false
// where that rest is written otherwise in the table.
func logPath(path value.Path, place schema.Place) (string, bool) {
	if !place.Inside {
		return path.Text, true
	}
	if place.JSON.Text == path.Text {
		return "", true
	}
	return strings.CutSuffix(path.Text, "."+place.JSON.Text)
}

// tablePath is the way to a place in names of the table, elements of arrays left out; "" beyond a map.
func tablePath(place schema.Place) string {
	path := place.Column
	for _, step := range place.Steps {
		switch step.Kind {
		case schema.Member:
			path += "." + step.Name
		case schema.Key:
			return ""
		case schema.Each:
		}
	}
	return path
}

// columns are the columns of the table that a path needs. The reason is "" or why its values cannot be had from them as
// the log has them.
func (l *layout) columns(path value.Path) (columns []Column, reason string) {
	for _, place := range l.profile.PathPlaces(path) {
		c, reason := l.column(path, place)
		if reason != "" {
			return nil, reason
		}
		columns = append(columns, c)
	}
	return columns, ""
}

func (l *layout) column(path value.Path, place schema.Place) (Column, string) {
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
	c := Column{Path: log, of: sqlgen.Name{place.Column}, place: place, JSON: place.Type.Kind == schema.JSON && place.Encoding == value.NoJSON}
	table := place.Column
	typ := l.typeOf(place.Column)
	for i, step := range place.Steps {
		if step.Kind == schema.Member {
			c.of = sqlgen.Member{Of: c.of, Name: step.Name}
			table += "." + step.Name
			typ = memberType(typ, step.Name)
			continue
		}
		if step.Kind == schema.Key && place.Type.Kind != schema.Unknown && i == len(place.Steps)-1 {
			c.of = l.dialect.MapValue(c.of, step.Name)
			break
		}
		// From here on it is a list or map, which comes as JSON text, whole.
		c.of, c.JSON = l.dialect.JSON(c.of), true
		if strings.EqualFold(tablePath(place), log) {
			c.Path, c.typ = l.name(table), l.named(table, typ)
		} else {
			c.pick = place.Steps[i:]
		}
		break
	}
	if place.When != nil {
		c.of = sqlgen.WhenPlace(place, c.of)
	}
	if way := tablePath(place); strings.EqualFold(way, c.Path) && l.sure[strings.ToLower(way)] {
		// A field that a rule writes in another case is none of the log's, here as in files.
		c.Path = l.name(way)
	}
	c.Name = cmp.Or(c.Path, table)
	return c, ""
}

func (l *layout) typeOf(column string) *schema.Type {
	for _, list := range [][]schema.Column{l.profile.Columns, l.profile.PartitionedBy} {
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

// named is a type with the names of the log; table is the way to it.
func (l *layout) named(table string, t *schema.Type) *namedType {
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

// all are the columns for everything in the table, for rules that look at every string.
func (l *layout) all() []Column {
	var columns []Column
	var add func(of sqlgen.Expr, table string, t *schema.Type)
	add = func(of sqlgen.Expr, table string, t *schema.Type) {
		c := Column{Path: l.name(table), of: of}
		switch t.Kind {
		case schema.Struct:
			for i := range t.Members {
				add(sqlgen.Member{Of: of, Name: t.Members[i].Name}, table+"."+t.Members[i].Name, &t.Members[i].Type)
			}
			return
		case schema.Array, schema.Map:
			c.of, c.JSON, c.typ = l.dialect.JSON(of), true, l.named(table, t)
		case schema.JSON:
			c.JSON = true
		case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date:
		}
		c.Name = c.Path
		columns = append(columns, c)
	}
	for i := range l.profile.Columns {
		add(sqlgen.Name{l.profile.Columns[i].Name}, l.profile.Columns[i].Name, &l.profile.Columns[i].Type)
	}
	return columns
}

// fieldColumns are the columns that a field needs, by its paths or, if it is not bound, those of the schema.
func (l *layout) fieldColumns(f *ir.Field) (columns []Column, reason string) {
	paths := f.Paths
	if paths == nil {
		paths = l.profile.Schema.Paths(f.Name)
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
