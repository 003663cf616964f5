package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/diag"
)

// Generic returns the schema for tables that no schema describes. It serves every log source with all of its events; a
// field is the column of that name, and dotted names go through structs. Its only layout is "generic". It is not part
// of All, so no file is ever detected as generic.
func Generic() *Schema { return generic() }

var generic = sync.OnceValue(func() *Schema {
	s := &Schema{Name: "generic", Title: "A table that no schema describes", anySource: true, roots: []string{""}}
	own := &tables{layouts: []*Layout{{Schema: s, Name: "generic", Title: "Any table: each field is the column of the same name"}}}
	s.tables = func() *tables { return own }
	return s
})

// AllLayouts returns the layouts of All, in its order, followed by the generic one. The caller owns the slice.
func AllLayouts() []*Layout { return layoutsOf(All()) }

func layoutsOf(schemas []*Schema) []*Layout {
	var list []*Layout
	for _, s := range schemas {
		list = append(list, s.Layouts()...)
	}
	return append(list, Generic().Layouts()...)
}

// FindLayout returns the layout with a full name, such as "cloudtrail/athena"; the schema's name alone means its
// first layout. schemas is All or the result of LoadFolder; generic is always included. The error lists similar names.
func FindLayout(schemas []*Schema, name string) (*Layout, error) {
	wanted, own, hasSlash := strings.Cut(name, "/")
	for _, s := range append(slices.Clone(schemas), Generic()) {
		if !s.Named(wanted) {
			continue
		}
		if hasSlash {
			name, wanted = s.Name+"/"+own, s.Name
		}
		layouts := s.Layouts() // the layouts of other schemas need not be loaded
		for _, p := range layouts {
			if p.FullName() == name {
				return p, nil
			}
		}
		if !hasSlash && len(layouts) > 0 {
			return layouts[0], nil
		}
	}
	var names, inSchema []string
	for _, p := range layoutsOf(schemas) {
		names = append(names, p.FullName())
		if p.Schema.Name == wanted {
			inSchema = append(inSchema, p.FullName())
		}
	}
	sources := make([]string, 0, len(schemas))
	for _, s := range schemas {
		sources = append(sources, s.Name)
	}
	near := diag.Near(name, append(slices.Clone(names), sources...))
	switch {
	case near != "":
		return nil, fmt.Errorf("no table layout is named %q; the nearest is %s", name, near)
	case len(inSchema) > 0:
		return nil, fmt.Errorf("no table layout is named %q; the layouts of %s are %s", name, wanted, few(inSchema))
	case slices.Contains(sources, wanted):
		return nil, fmt.Errorf("no table layout is named %q; %s is read from files only", name, wanted)
	}
	if near = diag.Near(wanted, sources); near != "" {
		return nil, fmt.Errorf("no table layout is named %q; the nearest schema is %s", name, near)
	}
	// Several schemas may have layouts of the same short name.
	var alike []string
	for _, full := range names {
		if _, own, _ := strings.Cut(full, "/"); name != "" && (own == name || diag.Near(name, []string{own}) != "") {
			alike = append(alike, full)
		}
	}
	if len(alike) > 0 {
		return nil, fmt.Errorf("no table layout is named %q; the nearest are %s", name, few(alike))
	}
	return nil, fmt.Errorf("no table layout is named %q; the layouts are %s", name, few(names))
}

// maxNamed is the number of names that an error lists.
const maxNamed = 6

// few joins names; of a long list it gives the first ones and the number of the rest.
func few(names []string) string {
	if more := len(names) - maxNamed; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}

func sortSchemas(schemas []*Schema) {
	slices.SortFunc(schemas, func(a, b *Schema) int { return cmp.Compare(a.Name, b.Name) })
}
