package schema

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
)

// names holds the documented fields of a log. The zero value means that none are documented.
type names struct {
	// exact has the paths of fields and of their parent objects, in the log's spelling.
	exact map[string]bool
	// lower maps the same paths from lower case to the log's spelling.
	lower map[string]string
	// open has the objects whose keys are not listed.
	open map[string]bool
	// list has the fields in the order of the file.
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
				fault("names: %s is also written as %s", path[:i], known)
			}
			n.exact[path[:i]], n.lower[lower] = true, path[:i]
		}
	}
	return n
}

// Names returns the documented fields of the log in the log's spelling, in the order of the schema's file, or nil if
// none are documented. Objects among them may have further keys that are not listed.
func (s *Schema) Names() []string { return s.names.list }

// misspelt reports whether a path contains a name that the log writes in another letter case.
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

// knows reports whether a path is a documented field, or is inside an object that may have any key.
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

// Unknown reports whether a field, as a rule names it, is not documented for the log, and returns the nearest
// documented field, "" if none is near. It returns false if the log's fields are not documented. An unknown field may
// still occur in an event.
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

// Near returns the documented field whose name is nearest to another, "" if none is near. A near name differs by letter
// case or by one edit, or has the same end.
func (s *Schema) Near(field string) string {
	if known := s.names.lower[strings.ToLower(field)]; known != "" && known != field {
		return known
	}
	// Correct the longest known prefix: requestparameters.bucketName becomes requestParameters.bucketName.
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
