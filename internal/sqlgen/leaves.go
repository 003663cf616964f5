package sqlgen

import (
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// maxNested is how many arrays may stand directly in one another; deeper ones are not opened. Logs have none.
const maxNested = 4

// maxKeys is how many keys a path inside JSON text may have: each dot may be part of a key, so the text of the query
// doubles with each of them.
const maxKeys = 6

// leaves is what a field leads to: one value or none, or a list of texts.
type leaves struct {
	// one is the value, NULL where there is none; nil where there may be several.
	one  Expr
	zone zone        // of one that is a timestamp
	kind schema.Kind // of one: Text, Integer, Double, Boolean, Timestamp, Date, Unknown or Struct
	// list are the texts of all leaves; NULL, empty or with NULLs where there are none.
	list Expr
	// known and lowered are the text of one and the same in lower case, where they were made before; nil where not.
	known, lowered Expr
}

// field finds what a field leads to. exact asks that numbers keep the text of the log.
func (e *emitter) field(f *ir.Field, exact bool) (leaves, bool) {
	// Most rules list many values of few fields.
	for i := range e.known {
		if k := &e.known[i]; k.exact == exact && k.name == f.Name && len(f.Paths) > 0 && k.path == &f.Paths[0] {
			e.use(f)
			return k.leaves, true
		}
	}
	var found []leaves
	for _, path := range f.Paths {
		for _, place := range e.profile.PathPlaces(path) {
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
		l.lowered = lower(l.known)
		if e.lowering && !f.Stored && l.kind == schema.Text && !e.direct && len(e.profile.Columns) > 0 {
			l.lowered = e.remember(&e.lowers, f.Name+" in lower case", l.lowered)
		}
	}
	e.known = append(e.known, knownField{f.Name, &f.Paths[0], exact, l})
	return l, true
}

// alternatives takes the first of several that has a value.
func (e *emitter) alternatives(found []leaves) leaves {
	single, kind := true, found[0].kind
	for _, l := range found {
		single = single && l.one != nil && l.kind != schema.Struct
		if l.kind != kind {
			kind = schema.Text
		}
	}
	args := make([]Expr, len(found))
	for i, l := range found {
		switch {
		case !single:
			args[i] = call("NULLIF", e.d.filter(e.texts(l), "x", notNull(Name{"x"})), List{})
		case kind == schema.Text:
			args[i] = e.text(l)
		case kind == schema.Timestamp:
			args[i] = e.d.clock(l.one, l.zone)
		default:
			args[i] = l.one
		}
	}
	if single {
		return leaves{one: call("COALESCE", args...), kind: kind}
	}
	return leaves{list: call("COALESCE", args...)}
}

// place is what lives at a place of the table. The reason is "" or why it cannot be read exactly.
func (e *emitter) place(p schema.Place, exact bool) (leaves, string) {
	if reason := Unsayable(p); reason != "" {
		return leaves{}, reason
	}
	var at Expr = Name{p.Column}
	e.read[p.Column] = true
	if len(p.Steps) > 0 {
		e.heads[strings.ToLower(p.Column)] = true
	}
	crossed := false // at is a list
	for _, step := range p.Steps {
		next := func(of Expr) Expr {
			switch step.Kind {
			case schema.Member:
				return Member{of, step.Name}
			case schema.Key:
				return e.d.mapValue(of, step.Name)
			case schema.Each:
			}
			return of
		}
		switch {
		case step.Kind == schema.Each && crossed:
			at = e.d.flatten(at)
		case step.Kind == schema.Each:
			crossed = true
		case crossed:
			at = e.d.transform(at, "x", next(Name{"x"}))
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
		change := func(x Expr) Expr { return e.changed(x, p) }
		if crossed {
			return leaves{list: e.d.transform(at, "x", change(Name{"x"}))}, ""
		}
		return leaves{one: change(at), kind: schema.Text}, ""
	}
	if p.Time != nil && !crossed {
		clock := e.d.clock(at, e.d.zoneOf(p.Type))
		if *p.Time != schema.TimeType {
			clock = e.d.timeOf(at, *p.Time)
		}
		return leaves{one: e.d.timeText(clock), kind: schema.Text}, ""
	}
	if p.When != nil {
		e.heads[strings.ToLower(p.When.At.Column)], e.read[p.When.At.Column] = true, true
		at = WhenPlace(p, at)
	}
	if !crossed {
		return leaves{one: at, kind: p.Type.Kind, zone: e.d.zoneOf(p.Type)}, ""
	}
	switch p.Type.Kind {
	case schema.Text:
		return leaves{list: at}, ""
	case schema.Struct, schema.Timestamp, schema.Date, schema.Double:
		return leaves{}, "the table holds a list of values whose text it does not keep"
	case schema.Unknown, schema.Integer, schema.Boolean, schema.JSON, schema.Array, schema.Map:
	}
	return leaves{list: e.d.transform(at, "x", e.textOf(Name{"x"}, p.Type.Kind))}, ""
}

// WhenPlace is the value at a place in the rows in which it is the field's, NULL in others.
func WhenPlace(p schema.Place, at Expr) Expr {
	c := p.When
	var of Expr = Name{c.At.Column}
	for _, step := range c.At.Steps {
		of = Member{of, step.Name}
	}
	in := In{Of: of}
	for _, value := range c.Values {
		in.List = append(in.List, Text(value))
	}
	if c.Not {
		return Case{Whens: []When{{Or{in, IsNull{Of: of}}, Null{}}}, Else: at}
	}
	return ifThen(in, at, nil)
}

// Unsayable says why the names of columns and members on the way to a place cannot be written in SQL, "" if they can.
// Where nothing is known of a table, rules name its columns.
func Unsayable(p schema.Place) string {
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

// changed is the log's value where the table holds another in its stead, or one that stands for none.
func (e *emitter) changed(x Expr, p schema.Place) Expr {
	text := e.textOf(x, p.Type.Kind)
	c := Case{Else: text}
	for _, absent := range p.Absent {
		c.Whens = append(c.Whens, When{compare("=", text, Text(absent)), Null{}})
	}
	for _, v := range p.Values {
		c.Whens = append(c.Whens, When{compare("=", text, Text(v.Table)), Text(v.Log)})
	}
	return c
}

// texts is the list of texts of leaves.
func (e *emitter) texts(l leaves) Expr {
	if l.one != nil {
		return List{e.text(l)}
	}
	return l.list
}

// text is the text of a single leaf.
func (e *emitter) text(l leaves) Expr {
	if l.known != nil {
		return l.known
	}
	return e.textOf(l.one, l.kind)
}

func (e *emitter) textOf(x Expr, kind schema.Kind) Expr {
	if kind == schema.Text {
		return x
	}
	return Cast{x, e.d.TextType, false}
}

// jsonPlace reads JSON text, from its root or along a path inside it.
func (e *emitter) jsonPlace(at Expr, crossed bool, p schema.Place, exact bool) (leaves, string) {
	path := p.JSON
	if strings.Count(path.Text, ".") >= maxKeys {
		return leaves{}, "the path has more keys than a query can say"
	}
	w := jsonWalk{d: e.d, path: path, exact: exact}
	object := p.Type.Word == schema.ObjectWord && !crossed
	prepared := func(text Expr) Expr { return e.jsonText(text, p.Column, exact) }
	if crossed {
		prepared = w.prepared
	}
	if object && !p.Inside {
		return leaves{one: w.text(e.d.jsonRoot(prepared(at))), kind: schema.Text}, ""
	}
	w.plainRoot = object
	root := func(text Expr) Expr { return e.d.jsonRoot(prepared(text)) }
	switch {
	case p.Encoding != value.NoJSON:
		root = func(text Expr) Expr { return w.container(text, p.Encoding) }
	case object:
		root = prepared
	}
	var values Expr
	if crossed {
		values = e.d.transform(at, "x", root(Name{"x"}))
	} else {
		values = List{root(at)}
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
func (e *emitter) jsonText(at Expr, column string, exact bool) Expr {
	w := jsonWalk{d: e.d, exact: exact}
	name := column + " as JSON"
	if exact {
		name = column + " with marked numbers"
	}
	return e.based(name, w.prepared(at))
}

// jsonWalk follows a path inside JSON values.
type jsonWalk struct {
	d     *Dialect
	path  value.Path
	exact bool
	// plainRoot: no key of the root object holds a dot.
	plainRoot bool
	depth     int // of lambdas, for their parameters' names
}

// param is a name for the parameter of a lambda inside the others.
func (w *jsonWalk) param() string {
	w.depth++
	return "j" + string(rune('0'+w.depth%10)) + strings.Repeat("_", w.depth/10)
}

// prepared is JSON text with its numbers marked where their text matters, NULL where it is malformed.
func (w *jsonWalk) prepared(text Expr) Expr {
	if w.exact {
		return w.d.jsonTag(w.d.jsonWhole(text))
	}
	if w.d.JSONTakesHalves {
		return text
	}
	return w.d.jsonWhole(text)
}

// flat opens arrays in a list of JSON values.
func (w *jsonWalk) flat(values Expr) Expr {
	x := w.param()
	return w.d.loop(values, maxNested, w.d.flatten(w.d.transform(Name{"s"}, x, w.d.jsonItems(Name{x}))))
}

// walk follows the path's text from byte at on, from a list of values that are no arrays to such a list.
func (w *jsonWalk) walk(values Expr, at int) Expr {
	rest := w.path.Text[at:]
	if w.path.Any && (rest == "*" || strings.HasPrefix(rest, "*.")) {
		x := w.param()
		members := w.flat(w.d.flatten(w.d.transform(values, x, w.d.jsonMembers(Name{x}))))
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
	choices := make([]Expr, len(ends))
	for i, end := range ends {
		y := w.param()
		choices[i] = w.step(List{Name{x}}, at, end)
		if i < len(ends)-1 {
			choices[i] = call("NULLIF", w.d.filter(choices[i], y, notNull(w.d.jsonText(Name{y}))), w.d.emptyJSON)
		}
	}
	return w.d.flatten(w.d.transform(values, x, call("COALESCE", choices...)))
}

// step goes on with the key from byte at to end of the path.
func (w *jsonWalk) step(values Expr, at, end int) Expr {
	key := w.path.Text[at:end]
	if w.exact && strings.HasPrefix(key, mark) {
		key = mark + "S" + key[1:]
	}
	return w.onward(w.flat(w.each(values, func(x Expr) Expr { return w.d.jsonMember(x, key) })), end)
}

// each changes the values of a list.
func (w *jsonWalk) each(values Expr, change func(x Expr) Expr) Expr {
	if list, ok := values.(List); ok && len(list) == 1 {
		return List{change(list[0])}
	}
	x := w.param()
	return w.d.transform(values, x, change(Name{x}))
}

// onward goes on behind a key that ended at a byte of the path, into JSON text where the schema knows of some.
func (w *jsonWalk) onward(values Expr, end int) Expr {
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
func (w *jsonWalk) open(values Expr, encoding value.Encoding) Expr {
	x := w.param()
	inner := w.container(w.text(Name{x}), encoding)
	return w.flat(w.d.transform(values, x, ifThen(w.d.jsonIsText(Name{x}), inner, Name{x})))
}

// container is the JSON value of a text that may hold an object or array, NULL if it does not.
func (w *jsonWalk) container(text Expr, encoding value.Encoding) Expr {
	t, j := w.param(), w.param()
	if encoding == value.URLEncodedJSON {
		text = w.d.let(text, t, ifThen(call("starts_with", Name{t}, Text("%")), w.d.urlDecode(Name{t}), Name{t}))
	}
	root := w.d.let(text, t, w.d.jsonChecked(w.prepared(Name{t}), Name{t}))
	return w.d.let(root, j, ifThen(w.d.jsonIsContainer(Name{j}), Name{j}, nil))
}

// texts are the texts of JSON values.
func (w *jsonWalk) texts(values Expr) Expr {
	x := w.param()
	return w.d.transform(values, x, w.text(Name{x}))
}

// text is the text of a JSON value as the log has it.
func (w *jsonWalk) text(x Expr) Expr {
	if !w.exact {
		return w.d.jsonText(x)
	}
	// The numbers inside the text of an object are marked too; a string is no JSON text any more.
	object := w.d.jsonUntag(w.d.jsonText(x))
	return ifThen(w.d.jsonIsContainer(x), object, w.d.untag(w.d.jsonText(x)))
}
