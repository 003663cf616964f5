package tally

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/schema"
)

// Words are names that stand for the fields that a schema says hold these.
var Words = []string{"principal", "key", "address", "action", "service", "error", "agent", "region", "account", "type", "host"}

// wordPaths returns the paths of a word in a schema.
func wordPaths(s *schema.Schema, word string) schema.Paths {
	switch word {
	case "principal":
		return s.Principal
	case "key":
		return s.Session
	case "address":
		return s.Address
	case "action":
		return s.Action
	case "service":
		return s.Service
	case "error":
		return s.Error
	case "agent":
		return s.Agent
	case "region":
		return s.Region
	case "account":
		return s.Account
	case "type":
		return s.ActorType
	case "host":
		return s.Host
	}
	return nil
}

// Fields are the fields that metrics count by, as the user names them: fields of log sources as rules name them, or Words.
type Fields struct {
	Names []string
}

// maxFieldName is the maximum length of a field's name in bytes.
const maxFieldName = 1024

// Of returns the paths of the fields in a schema. A documented field of the schema comes before a word.
func (f *Fields) Of(s *schema.Schema) []schema.Paths {
	list := make([]schema.Paths, len(f.Names))
	for i, name := range f.Names {
		list[i] = s.Paths(name)
		if slices.Contains(Words, name) && !documents(s, name) {
			list[i] = wordPaths(s, name)
		}
	}
	return list
}

// documents reports whether a schema lists a field.
func documents(s *schema.Schema, name string) bool {
	_, unknown := s.Unknown(name)
	return len(s.Names()) > 0 && !unknown
}

// Check returns an error for a name that cannot be a field of any of the log sources, with a suggestion. A log source whose
// fields are not documented may have any field, but a name that is nearly a documented one is taken for a mistake.
func (f *Fields) Check(schemas []*schema.Schema) (help string, err error) {
	if len(f.Names) > MaxFields {
		return "", fmt.Errorf("--by: got %d fields, expected at most %d", len(f.Names), MaxFields)
	}
	for i, name := range f.Names {
		switch {
		case name == "":
			return "fields are separated by single commas", fmt.Errorf("--by: got an empty field name")
		case len(name) > maxFieldName:
			return "", fmt.Errorf("--by: got a field name of %d bytes, expected at most %d", len(name), maxFieldName)
		case slices.Contains(f.Names[:i], name):
			return "name it once", fmt.Errorf("--by: got the field %q twice", name)
		case slices.Contains(Words, name) || slices.ContainsFunc(schemas, func(s *schema.Schema) bool { return documents(s, name) }):
			continue
		}
		near := diag.Near(name, Words)
		for _, s := range schemas {
			if near == "" {
				near = s.Near(name)
			}
		}
		if near != "" {
			return "the nearest field is " + near, fmt.Errorf("--by: no log source has the field %q", name)
		}
	}
	return "", nil
}

// CheckSeen returns an error if none of the log sources of the events that were read, by name, has one of the fields.
func (f *Fields) CheckSeen(seen map[string]int64) (help string, err error) {
	if len(seen) == 0 {
		return "", nil
	}
	var names []string
	for _, name := range f.Names {
		known := slices.Contains(Words, name)
		names = names[:0]
		// Iteration order does not matter: the names are sorted.
		for source := range seen {
			s := schema.ByName(source)
			known = known || s == nil || len(s.Names()) == 0 || documents(s, name)
			names = append(names, source)
		}
		if !known {
			slices.Sort(names)
			return "egret list schemas says where fields are documented", fmt.Errorf("--by: %s has no field %q", strings.Join(names, " and "), name)
		}
	}
	return "", nil
}

// Describe says in one line what is counted. over is the length of the periods, "" for none.
func (f *Fields) Describe(over string) string {
	text := "counts"
	if len(f.Names) > 0 {
		text += " by " + strings.Join(f.Names, ", ")
	}
	if over != "" {
		text += " over " + over
	}
	return text
}
