package event

import "github.com/egret-hunt/egret/internal/evidence"

// pathSet is a set of paths. It stores hashes of 128 bits, since there may be a million paths.
type pathSet map[[16]byte]struct{}

// add adds a path and reports whether it is new.
func (s pathSet) add(path string) bool {
	hash := evidence.Hash([]byte(path))
	if _, ok := s[hash]; ok {
		return false
	}
	s[hash] = struct{}{}
	return true
}

// has reports whether the set contains a path.
func (s pathSet) has(path string) bool {
	_, ok := s[evidence.Hash([]byte(path))]
	return ok
}
