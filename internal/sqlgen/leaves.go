package sqlgen

import (
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// maxNested is the maximum depth of directly nested arrays; deeper ones are not opened. Logs have none.
const maxNested = 4

// maxKeys is how many keys a path inside JSON text may have: each dot may be part of a key, so the text of the query
// doubles with each of them.
const maxKeys = 6

// leaves are the values of a field: at most one value, or a list of texts.
type leaves struct {
	// one is the value, NULL where there is none; nil where there may be several.
	one  sqltree.Expr
	zone sqltree.Zone // of one that is a timestamp
	kind schema.Kind  // of one: Text, Integer, Double, Boolean, Timestamp, Date, Unknown or Struct
	// list are the texts of all leaves; NULL, empty or with NULLs where there are none.
	list sqltree.Expr
	// known and lowered are the text of one and the same in lower case, where they were made before; nil where not.
	known, lowered sqltree.Expr
}

// field returns the leaves of a field. exact means that numbers must keep the text of the log.
func (e *emitter) field(f *ir.Field, exact bool) (leaves, bool) {
	exact = exact && !e.d.JSONKeepsNumbers
	// Most rules list many values for few fields, so results are kept.
	for i := range e.known {
		if k := &e.known[i]; k.exact == exact && k.name == f.Name && len(f.Paths) > 0 && k.path == &f.Paths[0] {
			e.use(f)
			return k.leaves, true
		}
	}
	var found []leaves
	for _, path := range f.Paths {
		for _, place := range e.layout.PathLocations(path) {
			if f.Stored {
				place.Type, place.JSON, place.Inside = schema.Type{Kind: schema.Text}, value.Path{}, false
			}
			l, reason := e.place(place, exact)
			if reason != "" {
				e.refusef(f.Span, "field-in-table", reason, "field %q cannot be read from this table exactly", f.Name)
				return leaves{}, false
			}
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		e.unmapped(f)
		return leaves{}, false
	}
	e.use(f)
	l := found[0]
	if len(found) > 1 {
		l = e.alternatives(found)
	}
	l = e.shared(f, l, exact)
	if l.one != nil {
		l.known = e.text(l)
		l.lowered = e.d.Lower(l.known)
		if e.lowering && !e.d.FoldsForLiterals && !f.Stored && l.kind == schema.Text && !e.direct && len(e.layout.Columns) > 0 {
			l.lowered = e.remember(&e.lowers, f.Name+" in lower case", l.lowered)
		}
	}
	e.known = append(e.known, knownField{f.Name, &f.Paths[0], exact, l})
	return l, true
}

// alternatives returns the first of several leaves that has a value.
func (e *emitter) alternatives(found []leaves) leaves {
	single, kind := true, found[0].kind
	for _, l := range found {
		single = single && l.one != nil && l.kind != schema.Struct
		if l.kind != kind {
			kind = schema.Text
		}
	}
	args := make([]sqltree.Expr, len(found))
	for i, l := range found {
		switch {
		case !single:
			args[i] = sqltree.Fn("NULLIF", e.d.Filter(e.texts(l), "x", sqltree.NotNull(sqltree.Name{"x"})), sqltree.List{})
		case kind == schema.Text:
			args[i] = e.text(l)
		case kind == schema.Timestamp:
			args[i] = e.d.Clock(l.one, l.zone)
		default:
			args[i] = l.one
		}
	}
	if single {
		return leaves{one: sqltree.Fn("COALESCE", args...), kind: kind}
	}
	return leaves{list: sqltree.Fn("COALESCE", args...)}
}

// place returns the leaves at a location of the table, or the reason why they cannot be read exactly; "" if they can.
func (e *emitter) place(p schema.Location, exact bool) (leaves, string) {
	if reason := Unsayable(p); reason != "" {
		return leaves{}, reason
	}
	if p.Partial {
		return leaves{}, "its value is one member of a list of names and values, or anywhere in an object, which SQL cannot select; a hunt can"
	}
	if len(p.Steps) > 0 && e.d.WithoutStructs {
		return leaves{}, e.d.Title + " has no structs, arrays and maps"
	}
	exact = exact && !e.d.JSONKeepsNumbers
	var at sqltree.Expr = sqltree.Name{p.Column}
	e.read[p.Column] = true
	if len(p.Steps) > 0 {
		e.heads[strings.ToLower(p.Column)] = true
	}
	crossed := false // at is a list
	for _, step := range p.Steps {
		next := func(of sqltree.Expr) sqltree.Expr {
			switch step.Kind {
			case schema.Member:
				return sqltree.Member{Of: of, Name: step.Name}
			case schema.Key:
				return e.d.MapValue(of, step.Name)
			case schema.Each, schema.Joined:
			}
			return of
		}
		switch {
		case step.Kind == schema.Joined && crossed:
			return leaves{}, "it is in a map within a list"
		case step.Kind == schema.Joined:
			crossed, at = true, e.d.MapJoined(at, step.Name)
		case step.Kind == schema.Each && crossed:
			at = e.d.Flatten(at)
		case step.Kind == schema.Each:
			crossed = true
		case crossed:
			at = e.d.Transform(at, "x", next(sqltree.Name{"x"}))
		default:
			at = next(at)
		}
	}
	if p.Type.Kind == schema.JSON {
		return e.jsonPlace(at, crossed, p, exact)
	}
	if p.Type.Kind == schema.Array || p.Type.Kind == schema.Map {
		return leaves{}, "the column holds a list or map of values that no type tells apart"
	}
	if len(p.Values)+len(p.Absent) > 0 {
		if p.Type.Kind == schema.Double || p.Type.Kind == schema.Timestamp || p.Type.Kind == schema.Struct {
			return leaves{}, "the values of the log cannot be told from what the table holds"
		}
		change := func(x sqltree.Expr) sqltree.Expr { return e.changed(x, p) }
		if crossed {
			return leaves{list: e.d.Transform(at, "x", change(sqltree.Name{"x"}))}, ""
		}
		return leaves{one: change(at), kind: schema.Text}, ""
	}
	if p.Time != nil && !crossed {
		clock := e.d.Clock(at, e.d.ZoneOf(p.Type))
		if *p.Time != schema.TimeType {
			clock = e.d.TimeOf(at, *p.Time)
		}
		return leaves{one: e.d.TimeText(clock), kind: schema.Text}, ""
	}
	if p.When != nil {
		e.heads[strings.ToLower(p.When.At.Column)], e.read[p.When.At.Column] = true, true
		at = WhenLocation(p, at)
	}
	if !crossed {
		return leaves{one: at, kind: p.Type.Kind, zone: e.d.ZoneOf(p.Type)}, ""
	}
	switch p.Type.Kind {
	case schema.Text:
		return leaves{list: at}, ""
	case schema.Struct, schema.Timestamp, schema.Date, schema.Double:
		return leaves{}, "the table holds a list of values whose text it does not keep"
	case schema.Unknown, schema.Integer, schema.Boolean, schema.JSON, schema.Array, schema.Map:
	}
	return leaves{list: e.d.Transform(at, "x", e.textOf(sqltree.Name{"x"}, p.Type.Kind))}, ""
}

// WhenLocation is the value at a place in the rows in which it is the field's, NULL in others.
func WhenLocation(p schema.Location, at sqltree.Expr) sqltree.Expr {
	c := p.When
	var of sqltree.Expr = sqltree.Name{c.At.Column}
	for _, step := range c.At.Steps {
		of = sqltree.Member{Of: of, Name: step.Name}
	}
	in := sqltree.In{Of: of}
	for _, value := range c.Values {
		in.List = append(in.List, sqltree.Text(value))
	}
	if c.Not {
		return sqltree.Case{Whens: []sqltree.When{{If: sqltree.Or{in, sqltree.IsNull{Of: of}}, Then: sqltree.Null{}}}, Else: at}
	}
	return sqltree.If(in, at, nil)
}

// Unsayable says why the names of columns and members on the way to a place cannot be written in SQL, "" if they can.
// Where nothing is known of a table, rules name its columns.
func Unsayable(p schema.Location) string {
	names := []string{p.Column}
	for _, step := range p.Steps {
		if step.Kind == schema.Member {
			names = append(names, step.Name)
		}
	}
	for _, name := range names {
		switch {
		case name == "":
			return "no name in SQL is empty"
		case strings.ContainsFunc(name, unicode.IsControl):
			return "no name in SQL holds control characters"
		}
	}
	return ""
}

// changed restores the log's value if the table has another one in its place, or one that means no value.
func (e *emitter) changed(x sqltree.Expr, p schema.Location) sqltree.Expr {
	text := e.textOf(x, p.Type.Kind)
	c := sqltree.Case{Else: text}
	for _, absent := range p.Absent {
		c.Whens = append(c.Whens, sqltree.When{If: sqltree.Compare("=", text, sqltree.Text(absent)), Then: sqltree.Null{}})
	}
	for _, v := range p.Values {
		c.Whens = append(c.Whens, sqltree.When{If: sqltree.Compare("=", text, sqltree.Text(v.Table)), Then: sqltree.Text(v.Log)})
	}
	return c
}

// texts returns the list of texts of leaves.
func (e *emitter) texts(l leaves) sqltree.Expr {
	if l.one != nil {
		return sqltree.List{e.text(l)}
	}
	return l.list
}

// text returns the text of a single leaf.
func (e *emitter) text(l leaves) sqltree.Expr {
	if l.known != nil {
		return l.known
	}
	return e.textOf(l.one, l.kind)
}

func (e *emitter) textOf(x sqltree.Expr, kind schema.Kind) sqltree.Expr {
	switch kind { //nolint:exhaustive // all others are cast
	case schema.Text:
		return x
	case schema.Boolean:
		return e.d.BooleanText(x)
	}
	return sqltree.Cast{Of: x, Type: e.d.TextType, Try: false}
}

// jsonPlace reads JSON text, from its root or along a path inside it.
func (e *emitter) jsonPlace(at sqltree.Expr, crossed bool, p schema.Location, exact bool) (leaves, string) {
	path := p.JSON
	if strings.Count(path.Text, ".") >= maxKeys {
		return leaves{}, "the path has more keys than a query can say"
	}
	w := jsonWalk{d: e.d, path: path, exact: exact}
	object := p.Type.Word == schema.ObjectWord && !crossed
	prepared := func(text sqltree.Expr) sqltree.Expr { return e.jsonText(text, p.Column, exact) }
	if crossed {
		prepared = w.prepared
	}
	if object && !p.Inside {
		return leaves{one: w.text(e.d.JSONRoot(prepared(at))), kind: schema.Text}, ""
	}
	w.plainRoot = object
	root := func(text sqltree.Expr) sqltree.Expr { return e.d.JSONRoot(prepared(text)) }
	switch {
	case p.Encoding != value.NoJSON:
		root = func(text sqltree.Expr) sqltree.Expr { return w.container(text, p.Encoding) }
	case object:
		root = prepared
	}
	var values sqltree.Expr
	if crossed {
		values = e.d.Transform(at, "x", root(sqltree.Name{"x"}))
	} else {
		values = sqltree.List{root(at)}
	}
	if !object {
		values = w.flat(values)
	}
	if p.Inside {
		values = w.walk(values, 0)
	}
	return leaves{list: w.texts(values)}, ""
}

// jsonText is the JSON text of a column, prepared for walking: well-formed, and with its numbers marked where their text
// matters. It is computed once.
func (e *emitter) jsonText(at sqltree.Expr, column string, exact bool) sqltree.Expr {
	w := jsonWalk{d: e.d, exact: exact}
	name := column + " as JSON"
	if exact {
		name = column + " with marked numbers"
	}
	return e.based(name, w.prepared(at))
}

// jsonWalk follows a path inside JSON values.
type jsonWalk struct {
	d     *sqltree.Dialect
	path  value.Path
	exact bool
	// plainRoot means that no key of the root object contains a dot.
	plainRoot bool
	depth     int // of lambdas, for their parameters' names
}

// param is a name for the parameter of a lambda inside the others.
func (w *jsonWalk) param() string {
	w.depth++
	return "j" + string(rune('0'+w.depth%10)) + strings.Repeat("_", w.depth/10)
}

// prepared returns JSON text in which numbers are marked if their text matters, NULL if the JSON is malformed.
func (w *jsonWalk) prepared(text sqltree.Expr) sqltree.Expr {
	if w.exact {
		return w.d.JSONTag(w.d.JSONWhole(text))
	}
	if w.d.JSONTakesHalves {
		return text
	}
	return w.d.JSONWhole(text)
}

// flat replaces arrays in a list of JSON values by their elements.
func (w *jsonWalk) flat(values sqltree.Expr) sqltree.Expr {
	x := w.param()
	return w.d.JSONOpened(w.d, values, maxNested, x)
}

// walk follows the path's text from byte at on, from a list of values that are no arrays to such a list.
func (w *jsonWalk) walk(values sqltree.Expr, at int) sqltree.Expr {
	rest := w.path.Text[at:]
	if w.path.Any && (rest == "*" || strings.HasPrefix(rest, "*.")) {
		x := w.param()
		members := w.flat(w.d.Flatten(w.d.Transform(values, x, w.d.JSONMembers(sqltree.Name{x}))))
		return w.onward(members, at+1)
	}
	var ends []int // of the keys that may begin here, longest first
	for i := len(rest); i > 0; i = strings.LastIndexByte(rest[:i], '.') {
		ends = append(ends, at+i)
	}
	if rest == "" || rest[0] == '.' { // the empty key
		ends = append(ends, at)
	}
	if at == 0 && w.plainRoot {
		ends = ends[len(ends)-1:]
	}
	if len(ends) == 1 {
		return w.step(values, at, ends[0])
	}
	// Per object the longest key that leads to a value wins.
	x := w.param()
	choices := make([]sqltree.Expr, len(ends))
	for i, end := range ends {
		y := w.param()
		choices[i] = w.step(sqltree.List{sqltree.Name{x}}, at, end)
		if i < len(ends)-1 {
			choices[i] = sqltree.Fn("NULLIF", w.d.Filter(choices[i], y, sqltree.NotNull(w.d.JSONText(sqltree.Name{y}))), w.d.EmptyJSON)
		}
	}
	return w.d.Flatten(w.d.Transform(values, x, sqltree.Fn("COALESCE", choices...)))
}

// step continues with the key from byte at to end of the path.
func (w *jsonWalk) step(values sqltree.Expr, at, end int) sqltree.Expr {
	key := w.path.Text[at:end]
	if w.exact && strings.HasPrefix(key, mark) {
		key = mark + "S" + key[1:]
	}
	return w.onward(w.flat(w.each(values, func(x sqltree.Expr) sqltree.Expr { return w.d.JSONMember(x, key) })), end)
}

// each applies a function to the values of a list.
func (w *jsonWalk) each(values sqltree.Expr, change func(x sqltree.Expr) sqltree.Expr) sqltree.Expr {
	if list, ok := values.(sqltree.List); ok && len(list) == 1 {
		return sqltree.List{change(list[0])}
	}
	x := w.param()
	return w.d.Transform(values, x, change(sqltree.Name{x}))
}

// onward continues after a key that ended at a byte of the path. It opens JSON text if the schema says that there is some.
func (w *jsonWalk) onward(values sqltree.Expr, end int) sqltree.Expr {
	if end >= len(w.path.Text) {
		return values
	}
	for _, embedded := range w.path.Embedded {
		if embedded.Length == end && embedded.Encoding != value.NoJSON {
			values = w.open(values, embedded.Encoding)
		}
	}
	return w.walk(values, end+1)
}

// open reads the strings among values that hold the JSON text of an object or array.
func (w *jsonWalk) open(values sqltree.Expr, encoding value.Encoding) sqltree.Expr {
	x := w.param()
	inner := w.container(w.text(sqltree.Name{x}), encoding)
	return w.flat(w.d.Transform(values, x, sqltree.If(w.d.JSONIsText(sqltree.Name{x}), inner, sqltree.Name{x})))
}

// container is the JSON value of a text that may hold an object or array, NULL if it does not.
func (w *jsonWalk) container(text sqltree.Expr, encoding value.Encoding) sqltree.Expr {
	t, j := w.param(), w.param()
	if encoding == value.URLEncodedJSON {
		text = w.d.Let(text, t, sqltree.If(w.d.StartsWith(sqltree.Name{t}, sqltree.Text("%")), w.d.URLDecode(sqltree.Name{t}), sqltree.Name{t}))
	}
	root := w.d.Let(text, t, w.d.JSONChecked(w.prepared(sqltree.Name{t}), sqltree.Name{t}))
	return w.d.Let(root, j, sqltree.If(w.d.JSONIsContainer(sqltree.Name{j}), sqltree.Name{j}, nil))
}

// texts returns the texts of JSON values.
func (w *jsonWalk) texts(values sqltree.Expr) sqltree.Expr {
	x := w.param()
	return w.d.Transform(values, x, w.text(sqltree.Name{x}))
}

// text returns the text of a JSON value as written in the log.
func (w *jsonWalk) text(x sqltree.Expr) sqltree.Expr {
	if !w.exact {
		return w.d.JSONText(x)
	}
	// The numbers inside the text of an object are marked too; a string is no JSON text any more.
	object := w.d.JSONUntag(w.d.JSONText(x))
	return sqltree.If(w.d.JSONIsContainer(x), object, untag(w.d, w.d.JSONText(x)))
}
