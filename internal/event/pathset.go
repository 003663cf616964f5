package event

import "github.com/egret-hunt/egret/internal/evidence"

// pathSet is a set of paths, of which it keeps hashes of 128 bits: there may be a million.
type pathSet map[[16]byte]struct{}

// add puts a path in, and reports whether it is new.
func (s pathSet) add(path string) bool {
	hash := evidence.Hash([]byte(path))
	if _, ok := s[hash]; ok {
		return false
	}
	s[hash] = struct{}{}
	return true
}

// has reports whether a path is there.
func (s pathSet) has(path string) bool {
	_, ok := s[evidence.Hash([]byte(path))]
	return ok
}
