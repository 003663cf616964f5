package textlog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/schema"
)

// FlowOrder reads the format of a flow log: the names of its fields in the order of the columns, separated by spaces or
// commas, plain or as ${name}, with hyphens or underscores. It returns them for NewFormats, under the name of the log source
// among schemas that has these fields. Fields that are newer than egret are accepted.
func FlowOrder(schemas []*schema.Schema, text string) (map[string][]string, error) {
	names := strings.FieldsFunc(strings.NewReplacer("${", " ", "}", " ", "_", "-").Replace(text), func(r rune) bool { return r == ' ' || r == ',' })
	line := []byte(strings.Join(names, " "))
	l := NewFormats(schemas, nil).Header(line)
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("the field %s is listed twice", name)
		}
		if l == nil || !isName(name) {
			continue
		}
		if _, known := l.text.Names[name]; !known {
			if near := diag.Near(name, slices.Sorted(maps.Keys(l.text.Names))); near != "" {
				return nil, fmt.Errorf("a flow log has no field %s; the nearest is %s", name, near)
			}
		}
	}
	if l == nil {
		return nil, errors.New("not the fields of a flow log")
	}
	return map[string][]string{l.Schema.Name: names}, nil
}
