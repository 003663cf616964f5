package stixout

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/stixmatch"
)

// From turns objects that refer to one another by their keys into an observation: those of numbered observed-data of STIX 2.0, or
// of 2.1 with ids. A reference to an object that is not there is left out.
func From(o *stixmatch.Observation) Observation {
	keys := slices.SortedFunc(maps.Keys(o.Objects), func(a, b string) int {
		if x, err := strconv.Atoi(a); err == nil {
			if y, err := strconv.Atoi(b); err == nil {
				return x - y
			}
		}
		return strings.Compare(a, b)
	})
	at := make(map[string]Ref, len(keys))
	for i, key := range keys {
		at[key] = Ref(i)
	}
	out := Observation{First: o.First, Last: o.Last, Number: o.Number, Key: o.ID}
	for _, key := range keys {
		from := o.Objects[key]
		properties, _ := references(map[string]any(from), at).(map[string]any)
		for _, name := range []string{"type", "id", "spec_version"} {
			delete(properties, name)
		}
		out.Objects = append(out.Objects, Object{Type: from.Type(), Properties: properties})
	}
	return out
}

// references returns a copy of a value in which keys of objects are Refs where the name of a property says so.
func references(v any, at map[string]Ref) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = references(e, at)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v { // each member is set on its own
			switch {
			case strings.HasSuffix(name, "_ref"):
				if key, ok := e.(string); ok {
					if r, ok := at[key]; ok {
						out[name] = r
					}
				}
			case strings.HasSuffix(name, "_refs"):
				list, _ := e.([]any)
				refs := []Ref{}
				for _, e := range list {
					if key, ok := e.(string); ok {
						if r, ok := at[key]; ok {
							refs = append(refs, r)
						}
					}
				}
				if len(refs) > 0 {
					out[name] = refs
				}
			default:
				out[name] = references(e, at)
			}
		}
		return out
	}
	return v
}
