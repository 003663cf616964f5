package event

import (
	"slices"
	"strings"
)

// pathCounts counts events by their path within records. The keys are untrusted, so there may be any number of paths:
// it keeps the first maxPaths in sort order, independent of the order of events, and counts the others together.
type pathCounts struct {
	counts map[string]*int64
	last   string // the greatest kept path
}

// maxPaths is how many different paths are reported.
const maxPaths = 32

// otherPaths stands for all others. It sorts after every path made of keys, which do not contain this character.
const otherPaths = "\U0010ffff"

func (p *pathCounts) add(path []byte, n int64) {
	if count := p.counts[string(path)]; count != nil {
		*count += n
		return
	}
	name := string(path)
	if p.counts == nil {
		p.counts = map[string]*int64{}
	}
	if len(p.counts) > maxPaths && name > p.last {
		name = otherPaths
	}
	if count := p.counts[name]; count != nil {
		*count += n
		return
	}
	p.counts[name] = &n
	if len(p.counts) > maxPaths {
		p.shrink()
	}
}

// shrink merges the paths beyond the limit into otherPaths.
func (p *pathCounts) shrink() {
	var names []string
	for name := range p.counts {
		if name != otherPaths {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names[min(len(names), maxPaths):] {
		n := *p.counts[name]
		delete(p.counts, name)
		if other := p.counts[otherPaths]; other != nil {
			*other += n
		} else {
			p.counts[otherPaths] = &n
		}
	}
	p.last = names[min(len(names), maxPaths)-1]
}

// addAll adds the counts of another pathCounts and empties it.
func (p *pathCounts) addAll(from *pathCounts) {
	// Iteration order does not matter: the paths that sort first are kept.
	for path, n := range from.counts {
		p.add([]byte(path), *n)
	}
	*from = pathCounts{}
}

// Paths counts the events that were inside other records by their path, such as "message.Records[]": keys of objects
// separated by dots, [] for every element of a list. The path continues inside JSON text in strings. After 32 paths the
// others are counted as "other paths". Call it after Run.
func (r *Reader) Paths() map[string]int64 {
	if len(r.paths.counts) == 0 {
		return nil
	}
	out := map[string]int64{}
	for path, n := range r.paths.counts {
		if path == otherPaths {
			path = "other paths"
		}
		out[strings.ToValidUTF8(path, "\ufffd")] += *n
	}
	return out
}
