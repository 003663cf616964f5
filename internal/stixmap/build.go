package stixmap

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/value"
)

// A Builder makes the observations of events of one schema. It keeps memory for reuse and is not safe for concurrent use.
type Builder struct {
	mapping *Mapping
	schema  *schema.Schema
	paths   map[string]schema.Paths
	walker  value.Walker

	doc  *value.Doc
	made []made
	// count is the number of objects of the observation.
	count int
}

// made is an object of the current observation.
type made struct {
	of *Object
	// element is the element that it was made of, zero for none.
	element value.Leaf
	key     string
	object  stixmatch.Object
}

// maxObjects limits the objects of one observation.
const maxObjects = 10_000

// NewBuilder returns a builder for events of a schema, which must be one of the mapping's.
func NewBuilder(m *Mapping, s *schema.Schema) *Builder {
	return &Builder{mapping: m, schema: s, paths: map[string]schema.Paths{}}
}

// For returns the mapping of an event among mappings, nil if there is none.
func For(mappings []*Mapping, s *schema.Schema, doc *value.Doc) *Mapping {
	for _, m := range mappings {
		if slices.Contains(m.Schemas, s.Name) && m.Rows == isRow(doc) {
			return m
		}
	}
	return nil
}

// isRow reports whether an event was a row in OCSF.
func isRow(doc *value.Doc) bool { return doc.Find(0, "row", "class_uid") != value.None }

// Build returns the observation of an event, whose objects have the numbers 0, 1 and so on as keys; references are these keys. Its
// values are text, json.Number, bool, []any and map[string]any. false means that the event has no readable time; First and Last are
// zero then. The observation stays valid.
func (b *Builder) Build(doc *value.Doc) (*stixmatch.Observation, bool) {
	b.doc, b.made, b.count = doc, b.made[:0], 0
	b.walker.Reset()
	for _, o := range b.mapping.Objects {
		b.object(o)
	}
	o := &stixmatch.Observation{Number: 1, Objects: map[string]stixmatch.Object{}}
	for i := range b.made {
		b.refer(&b.made[i])
	}
	b.drop()
	for i := range b.made {
		b.made[i].key = strconv.Itoa(i)
	}
	for i := range b.made {
		b.refer(&b.made[i]) // to the objects that stay, by their new keys
		o.Objects[b.made[i].key] = b.made[i].object
	}
	first, timed := b.time(b.mapping.First)
	if !timed {
		return o, false
	}
	o.First, o.Last = first, first
	if last, ok := b.time(b.mapping.Last); ok && last.After(first) {
		o.Last = last
	}
	for _, v := range b.mapping.Number {
		if n, ok := b.first(v, value.Leaf{}).(json.Number); ok {
			if number, err := strconv.Atoi(n.String()); err == nil && number > 0 {
				o.Number = number
			}
		}
	}
	return o, true
}

func (b *Builder) time(values []*Value) (time.Time, bool) {
	for _, v := range values {
		text, _ := b.first(v, value.Leaf{}).(string)
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// object makes the objects of a description.
func (b *Builder) object(o *Object) {
	if o.Each == "" {
		b.from(o, value.Leaf{})
		return
	}
	for _, element := range slices.Clone(b.leaves(o.Each, value.Leaf{})) {
		b.from(o, element)
	}
}

// from makes the objects of an element.
func (b *Builder) from(o *Object, element value.Leaf) {
	if !b.all(o.If, o.Unless, element) {
		return
	}
	object := stixmatch.Object{}
	var many []any
	for _, p := range o.Properties {
		if p.Text == o.Many {
			for _, v := range p.Values {
				many = append(many, b.values(v, element)...)
			}
			continue
		}
		b.property(object, p, element)
	}
	if o.Many == "" {
		b.add(o, element, object)
		return
	}
	for _, v := range many {
		one := maps.Clone(object)
		one[o.Many] = v
		b.add(o, element, one)
	}
}

// add adds an object unless it is left out. References are set when all objects are there.
func (b *Builder) add(o *Object, element value.Leaf, object stixmatch.Object) {
	typ := o.Type
	if typ == Address {
		text, ok := object["value"].(string)
		if !ok || !isAddress(text) {
			return
		}
		typ = "ipv4-addr"
		if strings.Contains(text, ":") {
			typ = "ipv6-addr"
		}
	}
	if o.Differs != "" {
		text, _ := object["value"].(string)
		for _, leaf := range b.leaves(o.Differs, element) {
			if leaf.Doc.String(leaf.Node) == text {
				return
			}
		}
	}
	if b.count >= maxObjects {
		return
	}
	object["type"] = typ
	b.made = append(b.made, made{of: o, element: element, key: strconv.Itoa(b.count), object: object})
	b.count++
}

// drop removes objects without a property, and those that lack what they need.
func (b *Builder) drop() {
	kept := b.made[:0]
	for _, m := range b.made {
		ok := len(m.object) > 1
		if len(m.of.Require) > 0 {
			ok = slices.ContainsFunc(m.of.Require, func(name string) bool { _, has := m.object[name]; return has })
		}
		if ok {
			kept = append(kept, m)
		}
	}
	b.made = kept
}

// refer sets the references of an object.
func (b *Builder) refer(m *made) {
	for _, p := range m.of.Properties {
		var refs []*made
		isRef := false
		for _, v := range p.Values {
			isRef = isRef || v.Ref != ""
			if v.Ref == "" || !b.all(v.If, v.Unless, m.element) {
				continue
			}
			refs = append(refs, b.referred(v.Ref, m.element, p.List)...)
		}
		switch {
		case len(refs) == 0:
			if isRef {
				delete(m.object, p.Path[0])
			}
		case p.List:
			// Objects of one list have its order, also if they are of several types.
			slices.SortStableFunc(refs, func(a, b *made) int { return cmp.Compare(a.element.Node, b.element.Node) })
			keys := make([]any, len(refs))
			for i, to := range refs {
				keys[i] = to.key
			}
			set(m.object, p.Path, keys)
		default:
			set(m.object, p.Path, refs[0].key)
		}
	}
}

// referred returns the objects of a name: of the same element if there are any. Only a list may have several.
func (b *Builder) referred(name string, element value.Leaf, list bool) []*made {
	var same, other []*made
	for i := range b.made {
		m := &b.made[i]
		if m.of.Name != name || len(m.object) < 2 {
			continue
		}
		if m.element == element && element.Doc != nil {
			same = append(same, m)
		} else {
			other = append(other, m)
		}
	}
	if len(same) == 0 {
		same = other
	}
	if !list && len(same) > 1 {
		same = same[:1]
	}
	return same
}

// property sets a property of an object; references come later.
func (b *Builder) property(object map[string]any, p *Property, element value.Leaf) {
	if p.Members {
		for _, v := range p.Values {
			b.members(object, p, v, element)
		}
		return
	}
	var list []any
	for _, v := range p.Values {
		if v.Ref != "" {
			continue
		}
		found := b.values(v, element)
		if len(found) > 0 && !p.List {
			set(object, p.Path, found[0])
			return
		}
		list = append(list, found...)
	}
	if len(list) > 0 {
		set(object, p.Path, list)
	}
}

// members sets a member for each element of a list.
func (b *Builder) members(object map[string]any, p *Property, v *Value, element value.Leaf) {
	path := slices.Clone(p.Path)
	inner := *v
	inner.Each, inner.Key, inner.If, inner.Unless = "", "", nil, nil
	if !b.all(v.If, v.Unless, element) {
		return
	}
	seen := map[string][]any{}
	for _, e := range slices.Clone(b.leaves(v.Each, element)) {
		for _, name := range b.leaves(v.Key, e) {
			key := name.Doc.String(name.Node)
			found := b.values(&inner, e)
			if key == "" || len(found) == 0 || len(seen) >= maxObjects {
				continue
			}
			path[len(path)-1] = key
			if seen[key] = append(seen[key], found...); p.List {
				set(object, path, seen[key])
			} else {
				set(object, path, seen[key][0])
			}
		}
	}
}

// set sets a property at a path.
func set(object map[string]any, path []string, v any) {
	for _, key := range path[:len(path)-1] {
		inner, ok := object[key].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[key] = inner
		}
		object = inner
	}
	object[path[len(path)-1]] = v
}

// first returns the first value, nil if there is none.
func (b *Builder) first(v *Value, element value.Leaf) any {
	if found := b.values(v, element); len(found) > 0 {
		return found[0]
	}
	return nil
}

// values returns all values.
func (b *Builder) values(v *Value, element value.Leaf) []any {
	if !b.all(v.If, v.Unless, element) {
		return nil
	}
	switch {
	case v.Const != nil:
		return []any{v.Const}
	case v.Join != nil:
		if text, ok := b.join(v, element); ok {
			return []any{text}
		}
		return nil
	case v.Each != "":
		var list []any
		for _, e := range slices.Clone(b.leaves(v.Each, element)) {
			inner := map[string]any{}
			for _, p := range v.Object {
				b.property(inner, p, e)
			}
			if len(inner) > 0 {
				list = append(list, inner)
			}
		}
		return list
	}
	var list []any
	for _, leaf := range b.leaves(v.From, element) {
		if one, ok := v.convert(leaf.Doc.Kind(leaf.Node), leaf.Doc.String(leaf.Node)); ok {
			list = append(list, one)
		}
	}
	return list
}

func (b *Builder) join(v *Value, element value.Leaf) (string, bool) {
	var out strings.Builder
	for _, part := range v.Join {
		text, ok := b.first(part, element).(string)
		if !ok && !part.Optional {
			return "", false
		}
		out.WriteString(text)
	}
	return out.String(), true
}

// all reports whether conditions hold.
func (b *Builder) all(if_, unless []Condition, element value.Leaf) bool {
	for i := range if_ {
		if !b.has(&if_[i], element) {
			return false
		}
	}
	for i := range unless {
		if b.has(&unless[i], element) {
			return false
		}
	}
	return true
}

func (b *Builder) has(c *Condition, element value.Leaf) bool {
	for _, leaf := range b.leaves(c.Path, element) {
		text := leaf.Doc.String(leaf.Node)
		for _, want := range c.Texts {
			if want == text || want == "*" && !absent(text) {
				return true
			}
		}
	}
	return false
}

// leaves returns the values of a field, in the element if the path is relative.
func (b *Builder) leaves(path string, element value.Leaf) []value.Leaf {
	if path == "." {
		return []value.Leaf{element}
	}
	if rest, ok := strings.CutPrefix(path, "."); ok {
		p := b.relative(rest)
		return b.walker.Leaves(nil, element.Doc, element.Node, &p)
	}
	paths, ok := b.paths[path]
	if !ok {
		paths = absolute(path, b.schema)
		b.paths[path] = paths
	}
	return paths.Leaves(nil, &b.walker, b.doc)
}

func (b *Builder) relative(rest string) value.Path {
	key := "." + rest
	if paths, ok := b.paths[key]; ok {
		return paths[0]
	}
	p, _ := value.ParsePath(rest) // the loader has checked it
	b.paths[key] = schema.Paths{p}
	return p
}

// absolute returns the paths of a field of the event.
func absolute(path string, s *schema.Schema) schema.Paths {
	if strings.Contains(path, "[") {
		if p, err := value.ParsePath(path); err == nil {
			return schema.Paths{p}
		}
	}
	return s.Paths(path)
}
