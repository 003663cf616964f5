package connector

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/stixmap"
)

// transformers are conversions of maps of other connectors.
var transformers = map[string]string{
	"ToInteger": "number", "ToString": "text", "ToLowercaseArray": "lower", "EpochSecondsToTimestamp": "epoch-s", "EpochToTimestamp": "epoch-ms",
	"TimestampToMilliseconds": "time", "ToDomainName": "dns", "ToFloat": "number",
}

// fromMap returns the mapping of a to_stix map: columns with entries, each with key, object, and one of references, value, ds_key and
// transformer.
func fromMap(d *pyprint.Dict, service string) (*stixmap.Mapping, error) {
	m := &stixmap.Mapping{Name: service, Title: service, Schemas: []string{"vpcflow"}}
	objects := map[string]*stixmap.Object{}
	var walk func(path string, v any) error
	walk = func(path string, v any) error {
		switch v := v.(type) {
		case *pyprint.List:
			for _, e := range v.Items {
				if err := walk(path, e); err != nil {
					return err
				}
			}
			return nil
		case *pyprint.Dict:
			if key, ok := v.Get("key"); ok {
				if key, ok := key.(string); ok {
					return entry(m, objects, path, key, v)
				}
			}
			for _, e := range v.Entries() {
				if err := walk(strings.TrimPrefix(path+"."+text(e.Key), "."), e.Value); err != nil {
					return err
				}
			}
			return nil
		}
		return fmt.Errorf("the entry of %s is no object", path)
	}
	if err := walk("", d); err != nil {
		return nil, err
	}
	return m, nil
}

// entry adds one entry of a map.
func entry(m *stixmap.Mapping, objects map[string]*stixmap.Object, path, key string, d *pyprint.Dict) error {
	get := func(name string) string {
		v, _ := d.Get(name)
		s, _ := v.(string)
		return s
	}
	v := &stixmap.Value{From: path}
	if ds := get("ds_key"); ds != "" {
		v.From = ds
	}
	if transformer := get("transformer"); transformer != "" {
		as, ok := transformers[transformer]
		if !ok {
			return fmt.Errorf("there is no transformer %s", transformer)
		}
		v.As = as
	}
	switch key {
	case "first_observed":
		m.First = append(m.First, timed(v))
		return nil
	case "last_observed":
		m.Last = append(m.Last, timed(v))
		return nil
	case "number_observed":
		v.As = "number"
		m.Number = append(m.Number, v)
		return nil
	}
	kind, property, ok := strings.Cut(key, ".")
	if !ok {
		return fmt.Errorf("the key %q is no property of an object", key)
	}
	if constant, ok := d.Get("value"); ok {
		// The value of an address depends on that of its column.
		v = &stixmap.Value{Const: plain(constant), If: []stixmap.Condition{{Path: path, Texts: []string{"*"}}}}
	}
	p := &stixmap.Property{Text: property, Path: strings.Split(property, "."), List: get("transformer") == "ToLowercaseArray" || strings.HasSuffix(property, "_refs")}
	if references, ok := d.Get("references"); ok {
		names := []any{references}
		if list, ok := references.(*pyprint.List); ok {
			names = list.Items
		}
		for _, name := range names {
			p.Values = append(p.Values, &stixmap.Value{Ref: text(name)})
		}
	} else {
		p.Values = []*stixmap.Value{v}
	}
	name := get("object")
	if kind == "ipv4-addr" || kind == "ipv6-addr" {
		kind = stixmap.Address
	}
	o := objects[name+"\n"+kind]
	if o == nil {
		o = &stixmap.Object{Name: name, Type: kind}
		if kind == stixmap.Address {
			o.Require = []string{"value"}
		}
		objects[name+"\n"+kind] = o
		m.Objects = append(m.Objects, o)
	}
	for _, there := range o.Properties {
		if there.Text == p.Text {
			there.Values = append(there.Values, p.Values...)
			return nil
		}
	}
	o.Properties = append(o.Properties, p)
	return nil
}

// timed returns a value that is a time.
func timed(v *stixmap.Value) *stixmap.Value {
	if v.As == "" {
		v.As = "time"
	}
	return v
}
