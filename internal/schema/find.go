package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/diag"
)

// Generic is the schema for tables that no schema describes. It serves every log source, without a gate; a field is a
// column under its own name, and dotted names go through structs. It has one profile, "generic", and is not among All:
// no file is ever read as one of it.
func Generic() *Schema { return generic() }

var generic = sync.OnceValue(func() *Schema {
	s := &Schema{Name: "generic", Title: "A table that no schema describes", anySource: true, roots: []string{""}}
	own := &tables{profiles: []*Profile{{Schema: s, Name: "generic", Title: "Any table: fields are columns of their own names"}}}
	s.tables = func() *tables { return own }
	return s
})

// AllProfiles are the profiles of All, in its order, and the generic one last. The slice is the caller's.
func AllProfiles() []*Profile { return profilesOf(All()) }

func profilesOf(schemas []*Schema) []*Profile {
	var list []*Profile
	for _, s := range schemas {
		list = append(list, s.Profiles()...)
	}
	return append(list, Generic().Profiles()...)
}

// FindProfile is the profile of a full name, such as "cloudtrail/athena"; the schema's name alone stands for its first
// profile. The schemas are All, or what LoadFolder made of them; generic is always there. The error names what is near.
func FindProfile(schemas []*Schema, name string) (*Profile, error) {
	wanted, _, hasSlash := strings.Cut(name, "/")
	for _, s := range append(slices.Clone(schemas), Generic()) {
		if s.Name != wanted {
			continue
		}
		profiles := s.Profiles() // those of other schemas need not be loaded
		for _, p := range profiles {
			if p.FullName() == name {
				return p, nil
			}
		}
		if !hasSlash && len(profiles) > 0 {
			return profiles[0], nil
		}
	}
	var names, inSchema []string
	for _, p := range profilesOf(schemas) {
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
		return nil, fmt.Errorf("no schema profile is named %q; the nearest is %s", name, near)
	case len(inSchema) > 0:
		return nil, fmt.Errorf("no schema profile is named %q; of %s there are: %s", name, wanted, few(inSchema))
	case slices.Contains(sources, wanted):
		return nil, fmt.Errorf("no schema profile is named %q; %s is read from files only", name, wanted)
	}
	if near = diag.Near(wanted, sources); near != "" {
		return nil, fmt.Errorf("no schema profile is named %q; the nearest schema is %s", name, near)
	}
	// A profile's own name alone is that of tables of several schemas.
	var alike []string
	for _, full := range names {
		if _, own, _ := strings.Cut(full, "/"); name != "" && (own == name || diag.Near(name, []string{own}) != "") {
			alike = append(alike, full)
		}
	}
	if len(alike) > 0 {
		return nil, fmt.Errorf("no schema profile is named %q; the nearest are %s", name, few(alike))
	}
	return nil, fmt.Errorf("no schema profile is named %q; there are: %s", name, few(names))
}

// maxNamed is how many names an error lists.
const maxNamed = 6

// few joins names, of many the first ones and the number of the others.
func few(names []string) string {
	if more := len(names) - maxNamed; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}

func sortSchemas(schemas []*Schema) {
	slices.SortFunc(schemas, func(a, b *Schema) int { return cmp.Compare(a.Name, b.Name) })
}
