package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// home is where a profile says that a path of the log lives, and what lies below it. Without targets it lives nowhere.
type home struct {
	targets []target
}

// target is one alternative of a home: a path from a column on, whose remainder is appended.
type target struct {
	path string
	json bool // the string there is JSON text, which the rest goes into
	// lowerKeys puts the rest inside JSON text into lower case.
	lowerKeys bool
	time      *TimeFormat
	values    []ValueChange
	absent    []string
	when      *PlaceCondition
	// rest stands for where the path would live if it were not listed; nothing else is set then.
	rest bool
}

// String is the place for people: a column with .members, ['keys'] and [] for each element, and after an arrow the path
// inside JSON text.
func (p Place) String() string {
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

// below is the end of a listed path that means what lies below it and not the path itself.
const below = ".*"

// Places are the places of a field as a rule names it, in the order of Schema.Paths; those that exist in the table.
// Empty: the table has no home for the field. The first place with a value is the field's, as with Schema.Paths.
func (p *Profile) Places(field string) []Place {
	var places []Place
	for _, path := range p.Schema.Paths(field) {
		places = append(places, p.PathPlaces(path)...)
	}
	return places
}

// PathPlaces are the places of a path of the log, first choice first.
func (p *Profile) PathPlaces(path value.Path) []Place {
	if len(p.Columns) == 0 {
		return []Place{unknownPlace(path)}
	}
	// Columns in lower case have lost the log's spelling: a field in another letter case is none of the log's, as in files.
	if p.anyCase && p.Schema.misspelt(path.Text) {
		return nil
	}
	home, consumed, ok := p.listed(path.Text)
	if !ok {
		if place, ok := p.walk(path); ok && !p.OnlyFields {
			return []Place{place}
		}
		return nil
	}
	return p.homePlaces(path, home, consumed)
}

// homePlaces are the places of a path whose first consumed bytes have a home.
func (p *Profile) homePlaces(path value.Path, home home, consumed int) (places []Place) {
	for _, t := range home.targets {
		if t.rest {
			if shorter, consumed, ok := p.listedBefore(path.Text, len(path.Text)); ok {
				places = append(places, p.homePlaces(path, shorter, consumed)...)
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
			place.JSON.Text = strings.ToLower(place.JSON.Text)
		}
		place.Values, place.Absent, place.Time, place.When = t.values, t.absent, t.time, t.when
		places = append(places, place)
	}
	return places
}

// Listed is a path that a profile lists, with its places.
type Listed struct {
	// Path of the log; with ".*" at its end it means what lies below it, and "*" means everything.
	Path string
	// Places are empty for a path that lives nowhere. A star in them stands for the rest of a path.
	Places []Place
}

// Listed are the paths that the profile lists, sorted. What else has a place has it under its own name, unless OnlyFields
// says otherwise.
func (p *Profile) Listed() []Listed {
	var list []Listed
	for _, path := range slices.Sorted(maps.Keys(p.fields)) {
		list = append(list, Listed{path, p.PathPlaces(value.Path{Text: path})})
	}
	return list
}

// listed is the home of the longest listed prefix of a path, and how many of its bytes that prefix has: the whole path,
// or up to a dot; 0 for the home of everything.
func (p *Profile) listed(text string) (home, int, bool) {
	if home, ok := p.fields[text]; ok {
		return home, len(text), true
	}
	return p.listedBefore(text, len(text))
}

// listedBefore is the same for prefixes that end at a dot before a byte.
func (p *Profile) listedBefore(text string, before int) (home, int, bool) {
	for end := strings.LastIndexByte(text[:before], '.'); end >= 0; end = strings.LastIndexByte(text[:end], '.') {
		if home, ok := p.fields[text[:end]+below]; ok {
			return home, end, true
		}
		if home, ok := p.fields[text[:end]]; ok {
			return home, end, true
		}
	}
	home, ok := p.fields["*"]
	return home, 0, ok
}

// moved is a path whose first consumed bytes are replaced by the path to, with the marks of what is left.
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

// walk is the place that a path leads to from the columns on.
func (p *Profile) walk(path value.Path) (Place, bool) {
	w := walk{path: path, anyCase: p.anyCase}
	return w.members(p.Columns, 0, nil)
}

// walk goes through the types of columns along a path.
type walk struct {
	path    value.Path
	anyCase bool
	// jsonAt is the length of the path's prefix that leads to a string of JSON text, 0 if the types tell.
	jsonAt int
	column string
}

// members goes on with the name that begins at byte at. Among the names that the rest begins with the longest that
// leads to a place wins: a name may hold dots itself.
func (w *walk) members(members []Column, at int, steps []Step) (Place, bool) {
	rest := w.path.Text[at:]
	if w.path.Any && (rest == "*" || strings.HasPrefix(rest, "*.")) {
		return Place{}, false // no column stands for all others
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
	return Place{}, false
}

// find prefers the name as it is written to one that differs by case.
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

// within goes on in a value of a type; at is the end of the path's text or a dot in it. It may keep steps.
func (w *walk) within(typ *Type, at int, steps []Step) (Place, bool) {
	for typ.Kind == Array {
		typ, steps = typ.Element, append(steps, Step{Kind: Each})
	}
	if at == w.jsonAt && at > 0 {
		typ = &Type{Kind: JSON, Word: typ.Word}
	}
	if at == len(w.path.Text) {
		return Place{Column: w.column, Steps: steps, Type: *typ}, true
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
	return Place{}, false
}

// key goes on with a key of a map. Keys of plain values are whole paths, up to a string that holds JSON; others are one
// step.
func (w *walk) key(element *Type, at int, steps []Step) (Place, bool) {
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

// json is a place inside JSON text, where the path goes on behind the dot at byte at.
func (w *walk) json(at int, steps []Step) Place {
	rest := value.Path{Text: w.path.Text[at+1:], Any: w.path.Any}
	for _, e := range w.path.Embedded {
		if e.Length > at {
			rest.Embedded = append(rest.Embedded, value.Embedded{Length: e.Length - at - 1, Encoding: e.Encoding})
		}
	}
	place := Place{Column: w.column, Steps: steps, Type: Type{Kind: JSON}, Inside: true, JSON: rest}
	if w.encoding(at) == value.URLEncodedJSON {
		place.Encoding = value.URLEncodedJSON
	}
	return place
}

// encoding is how the schema says that the string holds JSON to which the first length bytes of the path lead.
func (w *walk) encoding(length int) value.Encoding {
	for _, e := range w.path.Embedded {
		if e.Length == length {
			return e.Encoding
		}
	}
	return value.NoJSON
}

// unknownPlace takes the first step as a column and the others as members of structs.
func unknownPlace(path value.Path) Place {
	names := strings.Split(path.Text, ".")
	place := Place{Column: names[0]}
	for _, name := range names[1:] {
		place.Steps = append(place.Steps, Step{Member, name})
	}
	return place
}
