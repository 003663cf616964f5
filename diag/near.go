package diag

import "strings"

// Near returns the first candidate that differs from a name by one edit (one letter added, removed or replaced, or two
// neighbours swapped) or only by case, or "" if there is none. Names of one or two letters have no near name, since any
// other short name is one edit away.
func Near(name string, candidates []string) string {
	lower := strings.ToLower(name)
	for _, candidate := range candidates {
		if candidate != name && strings.ToLower(candidate) == lower {
			return candidate
		}
	}
	if len(name) < 3 {
		return ""
	}
	for _, candidate := range candidates {
		if oneEdit(lower, strings.ToLower(candidate)) {
			return candidate
		}
	}
	return ""
}

// oneEdit reports whether exactly one edit turns a into b. It counts bytes: all names that egret suggests are ASCII.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return false
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
