package ruledraft

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Limits of what is looked at: the candidates, the values of one of them, the bytes of a value, the values of an event and the
// depth of its objects.
const (
	maxCandidates = 256
	maxValues     = 6
	maxValueBytes = 200
	maxLeaves     = 5000
	maxDepth      = 12
)

// A candidate is a condition that all samples meet: the field at a path has one of some values.
type candidate struct {
	path   string
	field  string
	values []leaf
	rank   int
}

// leaf is a value as text with its kind.
type leaf struct {
	text string
	kind value.Kind
}

// pattern is a set of candidates.
type pattern [maxCandidates / 64]uint64

func (p *pattern) set(i int)     { p[i/64] |= 1 << (i % 64) }
func (p pattern) has(i int) bool { return p[i/64]&(1<<(i%64)) != 0 }

func (p pattern) count() int {
	n := 0
	for _, word := range p {
		n += bits.OnesCount64(word)
	}
	return n
}

// leaves calls yield with the path and value of each string, number and boolean of a document. Elements of lists have the path
// of the list. Keys that a path cannot name are left out.
func leaves(doc *value.Doc, n value.Node, path string, depth int, left *int, yield func(path string, l leaf)) {
	if depth > maxDepth || *left <= 0 {
		return
	}
	*left--
	switch kind := doc.Kind(n); kind {
	case value.Object:
		for child := doc.First(n); child != value.None; child = doc.Next(n, child) {
			key := string(doc.Key(child))
			if key == "" || strings.ContainsAny(key, ".[]|*\"'\\ ") || !utf8.ValidString(key) {
				continue
			}
			if path != "" {
				key = path + "." + key
			}
			leaves(doc, child, key, depth+1, left, yield)
		}
	case value.Array:
		for child := doc.First(n); child != value.None; child = doc.Next(n, child) {
			leaves(doc, child, path, depth+1, left, yield)
		}
	case value.String, value.Number, value.True, value.False:
		if text := string(doc.Text(n, nil)); path != "" && text != "" && len(text) <= maxValueBytes && utf8.ValidString(text) {
			yield(path, leaf{text, kind})
		}
	case value.Null:
	}
}

// leafCounter counts in how many samples each value of each path is.
type leafCounter struct {
	order []string
	paths map[string]*pathCount
}

type pathCount struct {
	samples int
	values  map[leaf]int
	order   []leaf
}

func (c *leafCounter) add(doc *value.Doc) {
	if c.paths == nil {
		c.paths = map[string]*pathCount{}
	}
	seen := map[string]map[leaf]bool{}
	left := maxLeaves
	leaves(doc, 0, "", 0, &left, func(path string, l leaf) {
		if seen[path] == nil {
			seen[path] = map[leaf]bool{}
			if c.paths[path] == nil {
				c.paths[path] = &pathCount{values: map[leaf]int{}}
				c.order = append(c.order, path)
			}
			c.paths[path].samples++
		}
		if seen[path][l] {
			return
		}
		seen[path][l] = true
		p := c.paths[path]
		if p.values[l] == 0 {
			p.order = append(p.order, l)
		}
		p.values[l]++
	})
}

// candidates returns the conditions that all samples meet, the best ranks and shortest paths first.
func (c *leafCounter) candidates(s *schema.Schema, samples int) []candidate {
	var list []candidate
	for _, path := range c.order {
		p := c.paths[path]
		rank := rankOf(s, path)
		if p.samples < samples || rank == never {
			continue
		}
		shared := false
		for _, l := range p.order {
			if p.values[l] == samples && !passing(l) && (rank <= kindRank || !partForm.MatchString(l.text)) {
				list = append(list, candidate{path: path, values: []leaf{l}, rank: rank})
				shared = true
			}
		}
		// A few values of a field, each in several samples, are a list; so are a few actions.
		several := samples >= 2*len(p.order) || rank == actionRank
		if !shared && len(p.order) <= maxValues && several && !slices.ContainsFunc(p.order, passing) {
			list = append(list, candidate{path: path, values: p.order, rank: rank + listRank})
		}
	}
	for i := range list {
		list[i].field = fieldOf(s, list[i].path)
	}
	list = slices.DeleteFunc(list, func(c candidate) bool { return c.field == "" })
	slices.SortStableFunc(list, func(a, b candidate) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return strings.Count(a.path, ".") - strings.Count(b.path, ".")
	})
	return list[:min(len(list), maxCandidates)]
}

// The ranks of fields: the action first, then what kinds of actions differ in; never are times and ids.
const (
	actionRank   = 0
	kindRank     = 1
	listRank     = 1 // is added to the rank
	otherRank    = 3
	identityRank = 10
	never        = 100
)

var (
	kindName     = lazyre.New(`(?i)(action|event_?name|event_?type|operation|method|verb|category|status|result|outcome|error|reason)`)
	identityName = lazyre.New(`(?i)(user_?name|user_?id|account|principal|session|host|address|(^|[._])ip$|ip_?addr|email|login|region|zone|agent|version|arn$)`)
	timeName     = lazyre.New(`(?i)(time|date|timestamp|created_?at|(^|[._])ts)$`)
	uuidForm     = lazyre.New(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	timeForm     = lazyre.New(`^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)|^1\d{9}(\d{3})?$`)
	partForm     = lazyre.New(`[0-9]{8}|[0-9a-f]*[0-9][0-9a-f]{7}`)
	randomForm   = lazyre.New(`^[0-9a-fA-F]{16,}$|^[A-Z0-9]{16,}$|^[A-Za-z0-9+/_-]{40,}={0,2}$`)
)

// rankOf ranks a field of a log source.
func rankOf(s *schema.Schema, path string) int {
	is := func(paths schema.Paths) bool {
		return slices.ContainsFunc(paths, func(p value.Path) bool { return p.String() == path })
	}
	for _, part := range s.ID {
		if is(part) {
			return never
		}
	}
	for _, identity := range []schema.Paths{s.Account, s.Region, s.Principal, s.Session, s.Address, s.Agent, s.Host} {
		if is(identity) {
			return identityRank
		}
	}
	last := path[strings.LastIndexByte(path, '.')+1:]
	switch {
	case is(s.Time), timeName.MatchString(last):
		return never
	case is(s.Action):
		return actionRank
	case is(s.Service), is(s.Error):
		return kindRank
	case strings.HasSuffix(strings.ToLower(last), "message"):
		return otherRank
	case identityName.MatchString(last):
		return identityRank
	case kindName.MatchString(last):
		return kindRank
	}
	return otherRank
}

// passing reports whether a value looks like an id or a time, which other events of the kind do not have.
func passing(l leaf) bool {
	return uuidForm.MatchString(l.text) || timeForm.MatchString(l.text) || randomForm.MatchString(l.text) ||
		strings.ContainsFunc(l.text, func(r rune) bool { return r < ' ' })
}

// fieldOf returns the shortest name by which a rule reaches a path, "" for none.
func fieldOf(s *schema.Schema, path string) string {
	reaches := func(field string) bool {
		paths := s.Paths(field)
		return len(paths) > 0 && paths[0].String() == path || slices.ContainsFunc(paths, func(p value.Path) bool { return p.String() == path })
	}
	for _, name := range s.Names() {
		if strings.HasSuffix(path, "."+name) && reaches(name) {
			return name
		}
	}
	for field := path; field != ""; {
		if reaches(field) {
			return field
		}
		_, rest, ok := strings.Cut(field, ".")
		if !ok {
			break
		}
		field = rest
	}
	return ""
}

// tester finds the candidates that events meet.
type tester struct {
	byPath map[string][]int
	values [][]leaf
}

func newTester(candidates []candidate) *tester {
	t := &tester{byPath: map[string][]int{}}
	for i, c := range candidates {
		t.byPath[c.path] = append(t.byPath[c.path], i)
		t.values = append(t.values, c.values)
	}
	return t
}

func (t *tester) test(doc *value.Doc) pattern {
	var p pattern
	left := maxLeaves
	leaves(doc, 0, "", 0, &left, func(path string, l leaf) {
		for _, i := range t.byPath[path] {
			// Sigma compares texts without their letter case.
			if slices.ContainsFunc(t.values[i], func(v leaf) bool { return strings.EqualFold(v.text, l.text) }) {
				p.set(i)
			}
		}
	})
	return p
}
