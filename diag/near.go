package diag

import "strings"

// Near is the first candidate that is one edit away from a name (a letter more, less, other, or two neighbours
// swapped) or differs from it only by case; "" if there is none. Names of one or two letters have no near name: at that
// length one edit makes another word.
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

// oneEdit tells whether a becomes b by exactly one edit. It counts bytes: all names that egret proposes are ASCII.
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
