package stixmap

import (
	"slices"
	"strings"
)

// A Mapping says which objects the events of a log source have. It is immutable and safe for concurrent use.
type Mapping struct {
	// Name is a word such as "vpcflow", and Title is for display.
	Name, Title string
	// Schemas are the names of the log sources.
	Schemas []string
	// Rows is set if the mapping is for events that were rows in OCSF, which have their row under the key "row".
	Rows bool
	// First and Last are the ends of the span, each the first value that exists. Without Last it is an instant. Number is the number of
	// sightings, 1 without any.
	First, Last, Number []*Value
	// Full is the mapping with properties that patterns may ask for, but that observations do not show; nil if there are none.
	Full *Mapping
	// Objects are in the order of the file, which is the order in observations.
	Objects []*Object
}

// An Object describes objects of one type.
type Object struct {
	// Name is for references, "" for none.
	Name string
	// Type is the type of the object; Address stands for ipv4-addr and ipv6-addr.
	Type string
	// Each is the path of a list with an element for each object, "" for none.
	Each string
	// Many is the property of which each value makes an object, "" for none.
	Many       string
	If, Unless []Condition
	// Differs is the path of a field from which the value must differ, "" for none.
	Differs string
	// Require are properties, one of which must exist. It is empty if any will do.
	Require []string
	// Always is set if every event of the log source has the object.
	Always     bool
	Properties []*Property
}

// Address is the type of an Object that is an ipv4-addr or an ipv6-addr, as its value tells.
const Address = "ip-addr"

// A Property is a property of an object.
type Property struct {
	// Text is the path as in the file, without [*]. Path are its keys.
	Text string
	Path []string
	// List is set for lists.
	List bool
	// Members is set if the last key is a star: the property has members whose names are in the log.
	Members bool
	Values  []*Value
}

// A Value is where the value of a property comes from. Exactly one of From, Const, Join, Ref and Each is set.
type Value struct {
	From     string
	Const    any // string, json.Number or bool
	Join     []*Value
	Optional bool
	Until    string
	Ref      string
	// Each is the list whose elements have Object, or a member called Key with the text at From.
	Each   string
	Key    string
	Object []*Property

	// As is the name of a conversion, "" for none. Then Map and Prefix change the text.
	As         string
	Map        map[string]string
	Prefix     string
	If, Unless []Condition
}

// A Condition asks whether a field has one of some texts.
type Condition struct {
	Path string
	// Texts has the texts; a single star is any text.
	Texts []string
}

// types returns the types that the object may have.
func (o *Object) types() []string {
	if o.Type == Address {
		return []string{"ipv4-addr", "ipv6-addr"}
	}
	return []string{o.Type}
}

// is reports whether an object may have a type.
func (o *Object) is(typ string) bool { return slices.Contains(o.types(), typ) }

// named returns the objects of a name.
func (m *Mapping) named(name string) []*Object {
	if name == "" {
		return nil
	}
	var list []*Object
	for _, o := range m.Objects {
		if o.Name == name {
			list = append(list, o)
		}
	}
	return list
}

// Types returns the types of objects that the mapping may give, sorted.
func (m *Mapping) Types() []string {
	var list []string
	for _, o := range m.Objects {
		list = append(list, o.types()...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Paths returns the object paths of the mapping as patterns write them, such as "ipv4-addr:value", sorted. References are followed
// one step.
func (m *Mapping) Paths() []string {
	var list []string
	for _, o := range m.Objects {
		for _, typ := range o.types() {
			list = m.paths(list, typ+":", o.Properties, 1)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (m *Mapping) paths(list []string, before string, properties []*Property, follow int) []string {
	for _, p := range properties {
		text := before + quoted(p.Path)
		if p.List {
			text += "[*]"
		}
		leaf := false
		for _, v := range p.Values {
			switch {
			case v.Object != nil:
				list = m.paths(list, text+".", v.Object, follow)
			case v.Ref != "" && follow > 0:
				for _, o := range m.named(v.Ref) {
					list = m.paths(list, text+".", o.Properties, follow-1)
				}
			default:
				leaf = leaf || v.Ref == ""
			}
		}
		if leaf {
			list = append(list, text)
		}
	}
	return list
}

// quoted returns keys as a path in a pattern.
func quoted(keys []string) string {
	out := make([]string, len(keys))
	for i, key := range keys {
		out[i] = key
		if key != "*" && strings.ContainsAny(key, "-. ") {
			out[i] = "'" + key + "'"
		}
	}
	return strings.Join(out, ".")
}

// Fields returns the fields of the log that objects of some types are made of, with those that they refer to, and the fields of the
// span; sorted.
func (m *Mapping) Fields(types []string) []string {
	f := fieldList{mapping: m, seen: map[*Object]bool{}}
	for _, list := range [][]*Value{m.First, m.Last, m.Number} {
		f.values("", list)
	}
	for _, o := range m.Objects {
		if slices.ContainsFunc(types, o.is) {
			f.object(o)
		}
	}
	if m.Rows {
		f.list = append(f.list, "row.class_uid")
	}
	slices.Sort(f.list)
	return slices.Compact(f.list)
}

// fieldList collects fields.
type fieldList struct {
	mapping *Mapping
	seen    map[*Object]bool
	list    []string
}

func (f *fieldList) add(each string, paths ...string) {
	for _, path := range paths {
		if path != "" {
			f.list = append(f.list, within(each, path))
		}
	}
}

func (f *fieldList) object(o *Object) {
	if f.seen[o] {
		return
	}
	f.seen[o] = true
	f.add(o.Each, conditionPaths(o.If, o.Unless)...)
	f.add(o.Each, o.Differs)
	f.properties(o.Each, o.Properties)
}

func (f *fieldList) properties(each string, list []*Property) {
	for _, p := range list {
		f.values(each, p.Values)
	}
}

func (f *fieldList) values(each string, list []*Value) {
	for _, v := range list {
		f.add(each, conditionPaths(v.If, v.Unless)...)
		inside := each
		if v.Each != "" {
			inside = within(each, v.Each)
		}
		f.add(inside, v.From, v.Key)
		f.values(each, v.Join)
		f.properties(inside, v.Object)
		for _, o := range f.mapping.named(v.Ref) {
			f.object(o)
		}
	}
}
