package stixmap

import (
	"strings"

	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/stix"
)

// A place is a value to which an object path leads, with the field it is from.
type place struct {
	value *Value
	// each is the path of the list around it, "" for none.
	each string
	// address is set for the value of an address.
	address bool
	// whole is set if the path leads to the list or object that holds the value, not to the value.
	whole bool
	// ref is set if the path ends at a reference.
	ref bool
	// name is the name of field, "" until it is asked for.
	name string
}

// places returns the values that a path may lead to. typed reports whether any object has the type.
func (m *Mapping) places(p *stix.Path) (list []place, typed bool) {
	for _, o := range m.Objects {
		if !o.is(p.Type) {
			continue
		}
		typed = true
		list = m.inObject(list, o, p.Steps, maxReferences)
	}
	return list, typed
}

// maxReferences limits how many references a path follows.
const maxReferences = 8

func (m *Mapping) inObject(list []place, o *Object, steps []stix.Step, follow int) []place {
	if len(steps) == 1 && steps[0].Key == "type" && !steps[0].List {
		for _, typ := range o.types() {
			list = append(list, place{value: &Value{Const: typ}})
		}
		return list
	}
	return m.inProperties(list, o, o.Properties, o.Each, steps, follow)
}

func (m *Mapping) inProperties(list []place, o *Object, properties []*Property, each string, steps []stix.Step, follow int) []place {
	for _, p := range properties {
		rest, whole, ok := p.consume(steps)
		if !ok {
			continue
		}
		for _, v := range p.Values {
			at := place{value: v, each: each, address: o.Type == Address && p.Text == "value", whole: whole}
			switch {
			case v.Ref != "" && len(rest) > 0:
				if follow > 0 {
					for _, target := range m.named(v.Ref) {
						list = m.inObject(list, target, rest, follow-1)
					}
				}
			case v.Ref != "":
				at.ref = true
				list = append(list, at)
			case v.Object != nil && len(rest) > 0:
				list = m.inProperties(list, &Object{}, v.Object, within(each, v.Each), rest, follow)
			case v.Key != "":
				at.each = within(each, v.Each)
				if len(rest) == 0 {
					list = append(list, at)
				}
			case len(rest) == 0:
				list = append(list, at)
			}
		}
	}
	return list
}

// consume matches the steps of a path with the property. whole is set if the path ends before the property's value.
func (p *Property) consume(steps []stix.Step) (rest []stix.Step, whole, ok bool) {
	for i, key := range p.Path {
		if i == len(steps) {
			return nil, true, i > 0
		}
		if steps[i].List || steps[i].Key != key && (key != "*" || i != len(p.Path)-1) {
			return nil, false, false
		}
	}
	rest = steps[len(p.Path):]
	if !p.List {
		return rest, false, len(rest) == 0 || !rest[0].List
	}
	if len(rest) == 0 {
		return nil, true, true
	}
	return rest[1:], false, rest[0].List
}

// within returns the path of a field in the event: path is relative to the elements of each, or absolute.
func within(each, path string) string {
	rest, relative := strings.CutPrefix(path, ".")
	switch {
	case !relative:
		return plainPath(path)
	case rest == "":
		return plainPath(each)
	case each == "":
		return plainPath(rest)
	}
	return plainPath(each) + "." + plainPath(rest)
}

// plainPath returns a path without the selections in it.
func plainPath(path string) string {
	if p, err := value.ParsePath(path); err == nil {
		return p.Text
	}
	return path
}

// fields returns the paths of the fields that decide about a value.
func (at *place) fields() []string {
	v := at.value
	switch {
	case v.Join != nil:
		for _, part := range v.Join {
			if part.From != "" && !part.Optional {
				return []string{within(at.each, part.From)}
			}
		}
		return nil
	case v.Object != nil:
		return []string{within(at.each, v.Each)}
	case v.From != "":
		return []string{within(at.each, v.From)}
	}
	return nil
}
