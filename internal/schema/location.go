package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// fieldLocation is where a layout stores a path of the log and what lies below it. Without targets the table does not
// have it.
type fieldLocation struct {
	targets []target
}

// target is one alternative of a fieldLocation: a path that begins with a column; the rest of the field's path is
// appended.
type target struct {
	path string
	json bool // the string there is JSON text, and the rest of the path goes into it
	// lowerKeys converts the rest of the path inside JSON text to lower case.
	lowerKeys bool
	time      *TimeFormat
	values    []ValueChange
	absent    []string
	when      *RowCondition
	// rest means the location that the path would have if it were not listed; no other field is set then.
	rest bool
	// lists means that the map there keeps a list under its path with the mark [] after each list, joined by commas.
	lists bool
}

// String formats the place for people: a column with .members, ['keys'] and [] for each element, and after an arrow the
// path inside JSON text.
func (p Location) String() string {
	var b strings.Builder
	b.WriteString(p.Column)
	for _, step := range p.Steps {
		switch step.Kind {
		case Member:
			b.WriteString("." + step.Name)
		case Key:
			b.WriteString("['" + strings.ReplaceAll(step.Name, "'", "''") + "']")
		case Each:
			b.WriteString("[]")
		case Joined:
			b.WriteString("['" + strings.ReplaceAll(step.Name, "'", "''") + "'][]")
		}
	}
	if p.Inside {
		b.WriteString(" -> " + p.JSON.Text)
	}
	if p.When != nil {
		word := " if "
		if p.When.Not {
			word = " unless "
		}
		b.WriteString(word + p.When.At.String() + " is " + strings.Join(p.When.Values, " or "))
	}
	return b.String()
}

// below is the suffix of a listed path that means what lies below the path and not the path itself.
const below = ".*"

// Locations returns the places of a field as a rule names it that exist in the table, in the order of Schema.Paths. It is
// empty if the table does not have the field. The first place with a value gives the field's value, as with
// Schema.Paths.
func (p *Layout) Locations(field string) []Location {
	var places []Location
	for _, path := range p.Schema.Paths(field) {
		places = append(places, p.PathLocations(path)...)
	}
	return places
}

// PathLocations returns the places of a path of the log in order of preference.
func (p *Layout) PathLocations(path value.Path) []Location {
	places := p.pathLocations(path)
	if path.Partial() {
		for i := range places {
			places[i].Partial = true
		}
	}
	return places
}

func (p *Layout) pathLocations(path value.Path) []Location {
	if len(p.Columns) == 0 {
		return []Location{unknownPlace(path)}
	}
	// Lower-case columns have lost the log's spelling. As in files, a field in another letter case is not a field of
	// the log.
	if !strings.HasPrefix(path.Text, rowKey) && (p.anyCase || len(p.Schema.firstKey) > 0) && p.Schema.misspelt(path.Text) {
		return nil
	}
	if p.objects[path.Text] {
		return nil
	}
	if place, ok := p.ownPlace(path); ok {
		return []Location{place}
	}
	location, consumed, ok := p.listed(path.Text)
	if !ok {
		if place, ok := p.walk(path); ok && !p.OnlyFields {
			return []Location{place}
		}
		return nil
	}
	return p.locationPlaces(path, location, consumed)
}

// rowKey begins the paths of a table's own columns in events that were rows: package tablerow keeps rows under this key.
const rowKey = "row."

// ownPlace returns the place of a path that begins with rowKey, in a table whose columns mean something else than the log's names.
func (p *Layout) ownPlace(path value.Path) (Location, bool) {
	rest, ok := strings.CutPrefix(path.Text, rowKey)
	if !ok || !p.OnlyFields {
		return Location{}, false
	}
	place, ok := (&walk{path: value.Path{Text: rest}, anyCase: p.anyCase}).members(p.all, 0, nil)
	if !ok {
		return Location{}, false
	}
	if place.Row = true; place.Type.Kind == Timestamp {
		format := TimeType
		place.Time = &format
	}
	return place, true
}

// OCSF reports whether the rows of the table are events of the Open Cybersecurity Schema Framework.
func (p *Layout) OCSF() bool {
	return p.OnlyFields && slices.ContainsFunc(p.Columns, func(c Column) bool { return strings.EqualFold(c.Name, "class_uid") })
}

// locationPlaces returns the places of a path whose first consumed bytes have a listed location.
func (p *Layout) locationPlaces(path value.Path, location fieldLocation, consumed int) (places []Location) {
	for _, t := range location.targets {
		if t.rest {
			if shorter, consumed, ok := p.listedBefore(path.Text, len(path.Text)); ok {
				places = append(places, p.locationPlaces(path, shorter, consumed)...)
			}
			continue
		}
		to := moved(path, consumed, t.path)
		w := walk{path: to, anyCase: p.anyCase}
		if t.json {
			w.jsonAt = len(t.path)
		}
		place, ok := w.members(p.all, 0, nil)
		if !ok {
			continue
		}
		if t.lowerKeys {
			place.JSON.Text, place.LowerKeys = strings.ToLower(place.JSON.Text), true
		}
		place.Values, place.Absent, place.Time, place.When = t.values, t.absent, t.time, t.when
		if t.lists && place.Type.Kind == Text {
			place.Steps[len(place.Steps)-1].Kind = Joined
		}
		places = append(places, place)
		if t.lists && place.Inside {
			// Where the log has an object instead of JSON text, the map has its leaves.
			w.path.Embedded = nil
			if place, ok := w.members(p.all, 0, nil); ok {
				place.Steps[len(place.Steps)-1].Kind = Joined
				places = append(places, place)
			}
		}
	}
	return places
}

// Listed is a path that a layout lists, with its places in the table.
type Listed struct {
	// Path is a path of the log; ".*" at its end means what lies below it, and "*" means everything.
	Path string
	// Locations is empty for a path that the table does not have. A star in a place stands for the rest of a path.
	Locations []Location
}

// Listed returns the paths that the layout lists, sorted. A path that is not listed is looked up under its own name
// unless OnlyFields is set.
func (p *Layout) Listed() []Listed {
	var list []Listed
	for _, path := range slices.Sorted(maps.Keys(p.fields)) {
		list = append(list, Listed{path, p.PathLocations(value.Path{Text: path})})
	}
	return list
}

// listed returns the location of the longest listed prefix of a path and the length of that prefix in bytes. A prefix
// is the whole path or ends before a dot; its length is 0 for the entry of everything.
func (p *Layout) listed(text string) (fieldLocation, int, bool) {
	if location, ok := p.fields[text]; ok {
		return location, len(text), true
	}
	return p.listedBefore(text, len(text))
}

// listedBefore is listed for prefixes that end at a dot before a byte.
func (p *Layout) listedBefore(text string, before int) (fieldLocation, int, bool) {
	for end := strings.LastIndexByte(text[:before], '.'); end >= 0; end = strings.LastIndexByte(text[:end], '.') {
		if location, ok := p.fields[text[:end]+below]; ok {
			return location, end, true
		}
		if location, ok := p.fields[text[:end]]; ok {
			return location, end, true
		}
	}
	location, ok := p.fields["*"]
	return location, 0, ok
}

// moved returns a path whose first consumed bytes are replaced by the path to, with its marks adjusted.
func moved(path value.Path, consumed int, to string) value.Path {
	rest := path.Text[consumed:]
	if consumed == 0 {
		rest = "." + rest
	}
	result := value.Path{Text: to + rest, Any: path.Any}
	for _, e := range path.Embedded {
		if e.Length >= consumed {
			e.Length += len(result.Text) - len(path.Text)
			result.Embedded = append(result.Embedded, e)
		}
	}
	return result
}

// walk follows a path from the table's columns.
func (p *Layout) walk(path value.Path) (Location, bool) {
	w := walk{path: path, anyCase: p.anyCase}
	return w.members(p.Columns, 0, nil)
}

// walk follows a path through the types of columns.
type walk struct {
	path    value.Path
	anyCase bool
	// jsonAt is the length of the path's prefix that leads to a string of JSON text, 0 if the types alone decide.
	jsonAt int
	column string
}

// members resolves the name that begins at byte at. Names may contain dots, so the longest name that leads to a place
// wins.
func (w *walk) members(members []Column, at int, steps []Step) (Location, bool) {
	rest := w.path.Text[at:]
	if w.path.Any && (rest == "*" || strings.HasPrefix(rest, "*.")) {
		return Location{}, false // no column stands for all others
	}
	for end := len(rest); end > 0; end = strings.LastIndexByte(rest[:end], '.') {
		member := w.find(members, rest[:end])
		if member == nil {
			continue
		}
		next := slices.Clone(steps)
		if at == 0 {
			w.column = member.Name
		} else {
			next = append(next, Step{Member, member.Name})
		}
		if place, ok := w.within(&member.Type, at+end, next); ok {
			return place, true
		}
	}
	return Location{}, false
}

// find returns the member with a name. An exact match wins over one that differs by case.
func (w *walk) find(members []Column, name string) *Column {
	for i := range members {
		if members[i].Name == name {
			return &members[i]
		}
	}
	if w.anyCase {
		for i := range members {
			if strings.EqualFold(members[i].Name, name) {
				return &members[i]
			}
		}
	}
	return nil
}

// within continues in a value of a type; at is the end of the path's text or a dot in it. It may append to steps.
func (w *walk) within(typ *Type, at int, steps []Step) (Location, bool) {
	for typ.Kind == Array {
		typ, steps = typ.Element, append(steps, Step{Kind: Each})
	}
	if at == w.jsonAt && at > 0 {
		typ = &Type{Kind: JSON, Word: typ.Word}
	}
	if at == len(w.path.Text) {
		return Location{Column: w.column, Steps: steps, Type: *typ}, true
	}
	switch typ.Kind {
	case Struct:
		return w.members(typ.Members, at+1, steps)
	case Map:
		return w.key(typ.Element, at+1, steps)
	case JSON:
		place := w.json(at, steps)
		place.Type = *typ
		return place, true
	case Text:
		if encoding := w.encoding(at); encoding != value.NoJSON {
			place := w.json(at, steps)
			place.Encoding = encoding
			return place, true
		}
	case Unknown, Integer, Double, Boolean, Timestamp, Date, Array:
	}
	return Location{}, false
}

// key continues with a key of a map. If the map's values are plain, the key is the whole rest of the path, up to a
// string that holds JSON; otherwise it is one step.
func (w *walk) key(element *Type, at int, steps []Step) (Location, bool) {
	inner := element
	for inner.Kind == Array {
		inner = inner.Element
	}
	end := len(w.path.Text)
	switch {
	case w.jsonAt >= at:
		end = w.jsonAt
	case inner.Kind == Struct || inner.Kind == Map || inner.Kind == JSON:
		if dot := strings.IndexByte(w.path.Text[at:], '.'); dot >= 0 {
			end = at + dot
		}
	default:
		for _, e := range w.path.Embedded {
			if e.Length > at && e.Length < end {
				end = e.Length
			}
		}
	}
	return w.within(element, end, append(steps, Step{Key, w.path.Text[at:end]}))
}

// json returns a place inside JSON text; the path continues after the dot at byte at.
func (w *walk) json(at int, steps []Step) Location {
	rest := value.Path{Text: w.path.Text[at+1:], Any: w.path.Any}
	for _, e := range w.path.Embedded {
		if e.Length > at {
			rest.Embedded = append(rest.Embedded, value.Embedded{Length: e.Length - at - 1, Encoding: e.Encoding})
		}
	}
	place := Location{Column: w.column, Steps: steps, Type: Type{Kind: JSON}, Inside: true, JSON: rest}
	if w.encoding(at) == value.URLEncodedJSON {
		place.Encoding = value.URLEncodedJSON
	}
	return place
}

// encoding returns how the string at the first length bytes of the path holds JSON, according to the schema.
func (w *walk) encoding(length int) value.Encoding {
	for _, e := range w.path.Embedded {
		if e.Length == length {
			return e.Encoding
		}
	}
	return value.NoJSON
}

// unknownPlace takes the first step as a column and the rest as members of structs.
func unknownPlace(path value.Path) Location {
	names := strings.Split(path.Text, ".")
	place := Location{Column: names[0]}
	for _, name := range names[1:] {
		place.Steps = append(place.Steps, Step{Member, name})
	}
	return place
}
