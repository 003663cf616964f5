package schema

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
)

// names are the fields that a log is documented to have. The zero value knows of none.
type names struct {
	// exact are the paths of fields and of the objects on the way, as the log writes them.
	exact map[string]bool
	// lower has the same by their lower case.
	lower map[string]string
	// open are objects whose keys are not listed.
	open map[string]bool
	// list are the fields in the order of the file.
	list []string
}

// openEnd marks an object in a list of names whose keys are not listed.
const openEnd = ".*"

func loadNames(list []string, fault func(string, ...any)) names {
	n := names{exact: map[string]bool{}, lower: map[string]string{}, open: map[string]bool{}}
	for _, text := range list {
		path, open := strings.CutSuffix(text, openEnd)
		if path == "" || strings.HasPrefix(path, ".") || strings.HasSuffix(path, ".") {
			fault("names: %q is no path", text)
			continue
		}
		n.open[path] = n.open[path] || open
		n.list = append(n.list, path)
		for i := range len(path) + 1 {
			if i < len(path) && path[i] != '.' {
				continue
			}
			lower := strings.ToLower(path[:i])
			if known := n.lower[lower]; known != "" && known != path[:i] {
				fault("names: %s is written as %s too", path[:i], known)
			}
			n.exact[path[:i]], n.lower[lower] = true, path[:i]
		}
	}
	return n
}

// Names are the fields that the log is documented to have, as it writes them, in the order of the schema's file; nil where
// nothing is known of them. Below some there may be keys that are not listed.
func (s *Schema) Names() []string { return s.names.list }

// misspelt tells whether a path leads through a name that the log writes in another letter case.
func (s *Schema) misspelt(path string) bool {
	for i := range len(path) + 1 {
		if i < len(path) && path[i] != '.' {
			continue
		}
		if known := s.names.lower[strings.ToLower(path[:i])]; known != "" && known != path[:i] {
			return true
		}
		if s.names.open[path[:i]] {
			return false
		}
	}
	return false
}

// knows tells whether a path is that of a documented field, or lies where any key may be.
func (s *Schema) knows(path string) bool {
	if s.names.exact[path] {
		return true
	}
	for i := range len(path) {
		if path[i] == '.' && s.names.open[path[:i]] {
			return true
		}
	}
	return false
}

// Unknown reports whether a field, as a rule names it, is none that the log is documented to have, and the nearest that it
// has, "" if none is near. It is false where nothing is known of the log's fields. Such a field may still be in an event.
func (s *Schema) Unknown(field string) (near string, unknown bool) {
	if len(s.names.list) == 0 || s.fields[field] != nil {
		return "", false
	}
	for _, path := range s.Paths(field) {
		if s.knows(path.Text) {
			return "", false
		}
	}
	return s.Near(field), true
}

// Near is the documented field whose name is nearest to another, "" if none is near: one that differs by letter case, by one
// edit, or has the same end.
func (s *Schema) Near(field string) string {
	if known := s.names.lower[strings.ToLower(field)]; known != "" && known != field {
		return known
	}
	// The longest known beginning with its own spelling: requestparameters.bucketName is requestParameters.bucketName.
	for i := len(field) - 1; i > 0; i-- {
		if field[i] != '.' {
			continue
		}
		if known := s.names.lower[strings.ToLower(field[:i])]; known != "" && known != field[:i] {
			if right := known + field[i:]; s.knows(right) {
				return right
			}
		}
	}
	if near := diag.Near(field, s.names.list); near != "" {
		return near
	}
	last := field[strings.LastIndexByte(field, '.')+1:]
	var ends []string
	for _, name := range s.names.list {
		if strings.EqualFold(name[strings.LastIndexByte(name, '.')+1:], last) {
			ends = append(ends, name)
		}
	}
	if slices.Sort(ends); len(ends) == 1 {
		return ends[0]
	}
	return ""
}
