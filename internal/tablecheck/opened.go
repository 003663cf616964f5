package tablecheck

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
)

// Open adapts a layout to columns that the engine has as JSON and the layout as another type: files whose values have
// several types, or other ones than the layout says. Rules read their JSON then, which has every value as the log wrote
// it. The differences say which columns these are. Columns that a hunt needs in their own type, such as the time, stay,
// so that Compare reports them. jsonIsText is as for Compare; without it nothing changes.
func Open(p *schema.Layout, live *engine.Table, jsonIsText bool) (*schema.Layout, []Difference) {
	if !jsonIsText || p.OnlyFields {
		return p, nil
	}
	var names []string
	var list []Difference
	for _, c := range p.Columns {
		i := slices.IndexFunc(live.Columns, func(have engine.Column) bool { return strings.EqualFold(have.Name, c.Name) })
		if i < 0 || c.Type.Kind == schema.JSON || c.Type.Kind == schema.Unknown || typeOf(live.Columns[i].Type).Kind != schema.JSON {
			continue
		}
		names = append(names, c.Name)
		list = append(list, Difference{ReadAsJSON, c.Name, c.Type.String(), "values of other types"})
	}
	if len(names) == 0 {
		return p, nil
	}
	opened, kept := p.WithJSON(names)
	return opened, slices.DeleteFunc(list, func(d Difference) bool { return slices.Contains(kept, d.Column) })
}
