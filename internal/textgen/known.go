package textgen

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
)

// known reports the first key of a map that a struct has no field for, with the nearest key.
func known(n *yaml.Node, of any, where string) error {
	return knownType(n, reflect.TypeOf(of), where)
}

func knownType(n *yaml.Node, t reflect.Type, where string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[yaml.Node](), t == reflect.TypeFor[Template](), t == reflect.TypeFor[Pattern]():
		return nil
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			if isEmpty(item, t.Elem()) {
				return faultAt(item, "`%s` has an empty item", strings.TrimPrefix(where, "."))
			}
			if err := knownType(item, t.Elem(), where); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := where + "." + n.Content[i].Value
			if isEmpty(n.Content[i+1], t.Elem()) {
				return faultAt(n.Content[i], "`%s` is empty", strings.TrimPrefix(key, "."))
			}
			if err := knownType(n.Content[i+1], t.Elem(), key); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		return knownFields(n, t, where)
	}
	return nil
}

// isEmpty reports whether a null stands where a list or a map has structures, each of which must be written. The decoder
// would put a nil pointer there.
func isEmpty(n *yaml.Node, element reflect.Type) bool {
	return element.Kind() == reflect.Pointer && n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

func knownFields(n *yaml.Node, t reflect.Type, where string) error {
	fields := map[string]reflect.Type{}
	var names []string
	for field := range t.Fields() {
		if tag := field.Tag.Get("yaml"); tag != "" {
			fields[tag] = field.Type
			names = append(names, tag)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := fields[key.Value]
		if !ok {
			slices.Sort(names)
			help := "the keys are " + strings.Join(names, ", ")
			if near := diag.Near(key.Value, names); near != "" {
				help = "the nearest key is " + near
			}
			return faultAt(key, "%q is not a key of %s; %s", key.Value, strings.TrimPrefix(where+" ", "."), help)
		}
		if err := knownType(n.Content[i+1], field, where+"."+key.Value); err != nil {
			return err
		}
	}
	return nil
}
