package event

import (
	"slices"
	"strings"
)

// pathCounts counts events by the path at which they stood within their records. Keys of records come from strangers, so
// that there may be any number of paths: the first maxPaths in their order are kept, whatever order they come in, and the
// others are counted together.
type pathCounts struct {
	counts map[string]*int64
	last   string // the greatest of them
}

// maxPaths is how many different paths are told.
const maxPaths = 32

// otherPaths stands for all others. It sorts behind every path that is made of keys, which hold no such character.
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

// shrink puts the greatest paths beyond the bound together.
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

// addAll takes over the counts of another, and empties it.
func (p *pathCounts) addAll(from *pathCounts) {
	// Any order: the paths that sort first are kept.
	for path, n := range from.counts {
		p.add([]byte(path), *n)
	}
	*from = pathCounts{}
}

// Paths counts the events that did not stand at the top of their records by the way to them, such as "message.Records[]":
// keys of objects separated by dots, [] for every element of a list; what is in a text continues the path of the text. Beyond
// 32 paths the others are counted under "other paths". It may be called after Run.
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
