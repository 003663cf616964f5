package connector

import (
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/stixmap"
)

// Mapping returns the mappings of the services in the form of the other connector: for each service the object types with their
// properties and the fields that these are compared with, and the fields with the properties that they give. No mappings means stixmap.All.
func Mapping(mappings []*stixmap.Mapping) Answer {
	out := &pyprint.Dict{}
	for _, service := range Services {
		from, to := bothMaps(mappingOf(service, mappings))
		out.Set(service+"_from_stix_map", from)
		out.Set(service+"_to_stix_map", to)
	}
	names := &pyprint.Dict{}
	for n := range int64(256) {
		if name, ok := protocols[n]; ok {
			names.Set(name, text(n))
		}
	}
	out.Set("network_protocol_map", names)
	return Answer{out}
}

// bothMaps returns the two maps of a mapping.
func bothMaps(m *stixmap.Mapping) (from, to *pyprint.Dict) {
	from, to = &pyprint.Dict{}, &pyprint.Dict{}
	for _, o := range m.Objects {
		kinds := []string{o.Type}
		if o.Type == stixmap.Address {
			kinds = []string{"ipv4-addr", "ipv6-addr"}
		}
		for _, kind := range kinds {
			addMaps(from, to, o, kind)
		}
	}
	return from, to
}

func addMaps(from, to *pyprint.Dict, o *stixmap.Object, kind string) {
	for _, p := range o.Properties {
		name := strings.ReplaceAll(p.Text, "'", "")
		for _, v := range p.Values {
			field := strings.TrimPrefix(v.From, "row.")
			if strings.HasPrefix(field, ".") && o.Each != "" {
				field = strings.TrimPrefix(o.Each, "row.") + field
			}
			if field == "" || field == "." || v.Each != "" {
				continue
			}
			list := name
			if p.List {
				list += "[*]"
			}
			fields := child(child(from, kind), "fields")
			known, _ := fields.Get(list)
			columns, ok := known.(*pyprint.List)
			if !ok {
				columns = pyprint.NewList()
				fields.Set(list, columns)
			}
			columns.Items = append(columns.Items, field)
			entries, _ := to.Get(field)
			all, ok := entries.(*pyprint.List)
			if !ok {
				all = pyprint.NewList()
				to.Set(field, all)
			}
			entry := pyprint.NewDict("key", kind+"."+name)
			if o.Name != "" {
				entry.Set("object", o.Name)
			}
			if v.As != "" {
				entry.Set("as", v.As)
			}
			all.Items = append(all.Items, entry)
		}
	}
}

// child returns the dict at a key, which it makes.
func child(of *pyprint.Dict, key string) *pyprint.Dict {
	v, _ := of.Get(key)
	d, ok := v.(*pyprint.Dict)
	if !ok {
		d = &pyprint.Dict{}
		of.Set(key, d)
	}
	return d
}
