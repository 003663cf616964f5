// Package draft writes the first version of a log source's schema from sample events: what identifies them, where time, id,
// principal and address are, the names of the fields, and a table layout. Everything is guessed from names and values,
// and the file says what to check; it loads and hunts as it is.
//
// The input is JSON: lines, an array, or an object with a list of events. The output is the text of a YAML file. The
// package reads no files and knows no rules.
package draft

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// Limits of what is looked at. More events teach little, and a schema with thousands of names helps nobody.
const (
	maxEvents   = 10_000
	maxPaths    = 2_000
	maxNames    = 300
	maxDistinct = 1_000
	maxDepth    = 12
)

// Sample is what a number of events show.
type Sample struct {
	events int
	more   bool // more events than maxEvents
	paths  map[string]*field
	order  []string // paths in the order in which they were seen
	cut    bool     // more paths than maxPaths
	keys   map[string]int
}

// field is what is known of a path.
type field struct {
	events             int // that have it
	last               int // number of the last one
	texts, numbers     int
	bools, objects     int
	lists              int
	times, addresses   int
	seconds, millis    int // numbers that may be times since 1970
	distinct           map[string]bool
	manyValues, nested bool
}

// Read takes the events of a text into a sample.
func Read(text []byte) (*Sample, error) {
	s := &Sample{paths: map[string]*field{}, keys: map[string]int{}}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var parser value.Parser
	if doc, err := parser.Parse(bytes.TrimSpace(text)); err == nil {
		s.document(doc)
	} else {
		bad, read := 0, 0
		for line := range bytes.Lines(text) {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			doc, err := parser.Parse(line)
			if err != nil || doc.Kind(0) != value.Object {
				bad++
				continue
			}
			read++
			s.event(doc, 0)
		}
		if bad > read {
			return nil, fmt.Errorf("%d of %d lines are not JSON objects; events must be JSON lines, a JSON array, or an object with a list of events", bad, bad+read)
		}
	}
	if s.events == 0 {
		return nil, errors.New("there are no events; they must be JSON lines, a JSON array, or an object with a list of events")
	}
	return s, nil
}

// document takes a single JSON document: a list of events, an object with such a list, or one event.
func (s *Sample) document(doc *value.Doc) {
	list := func(n value.Node) bool {
		any := false
		for e := doc.First(n); e != value.None; e = doc.Next(n, e) {
			if doc.Kind(e) == value.Object {
				s.event(doc, e)
				any = true
			}
		}
		return any
	}
	switch doc.Kind(0) {
	case value.Array:
		list(0)
	case value.Object:
		members := 0
		var lists []value.Node
		for m := doc.First(0); m != value.None; m = doc.Next(0, m) {
			members++
			if first := doc.First(m); doc.Kind(m) == value.Array && first != value.None && doc.Kind(first) == value.Object {
				lists = append(lists, m)
			}
		}
		if len(lists) == 1 && members <= 3 && list(lists[0]) {
			return
		}
		s.event(doc, 0)
	case value.Null, value.False, value.True, value.Number, value.String:
	}
}

func (s *Sample) event(doc *value.Doc, n value.Node) {
	if s.events >= maxEvents {
		s.more = true
		return
	}
	s.events++
	s.object(doc, n, "", 0)
}

func (s *Sample) object(doc *value.Doc, n value.Node, prefix string, depth int) {
	for m := doc.First(n); m != value.None; m = doc.Next(n, m) {
		key := string(doc.Key(m))
		if key == "" || depth > maxDepth {
			continue
		}
		s.value(doc, m, prefix+key, depth)
	}
}

func (s *Sample) value(doc *value.Doc, n value.Node, path string, depth int) {
	if doc.Kind(n) == value.Null {
		return
	}
	f := s.paths[path]
	if f == nil {
		if len(s.paths) >= maxPaths {
			s.cut = true
			return
		}
		f = &field{distinct: map[string]bool{}}
		s.paths[path] = f
		s.order = append(s.order, path)
	}
	if f.last != s.events {
		f.last = s.events
		f.events++
	}
	switch doc.Kind(n) {
	case value.Object:
		f.objects++
		s.object(doc, n, path+".", depth+1)
		return
	case value.Array:
		f.lists++
		for e := doc.First(n); e != value.None; e = doc.Next(n, e) {
			if doc.Kind(e) == value.Object {
				f.nested = true
				s.object(doc, e, path+".", depth+1)
			}
		}
		return
	case value.String:
		f.texts++
		text := doc.AppendText(nil, n)
		if _, ok := value.ParseTime(text); ok {
			f.times++
		}
		if isAddress(string(text)) {
			f.addresses++
		}
	case value.Number:
		f.numbers++
		switch t, err := strconv.ParseInt(string(doc.Raw(n)), 10, 64); {
		case err != nil:
		case t >= 1e9 && t < 4e9:
			f.seconds++
		case t >= 1e12 && t < 4e12:
			f.millis++
		}
	case value.True, value.False:
		f.bools++
	case value.Null:
	}
	if text := doc.String(n); len(f.distinct) < maxDistinct {
		f.distinct[text] = true
	} else if !f.distinct[text] {
		f.manyValues = true
	}
}

func isAddress(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	_, err := netip.ParseAddrPort(text)
	return err == nil
}

// leaf reports whether a path has plain values only.
func (f *field) leaf() bool { return f.objects == 0 && f.lists == 0 }

// where returns the paths for which ok holds, in order.
func (s *Sample) where(ok func(path string, f *field) bool) []string {
	var list []string
	for _, path := range s.order {
		if ok(path, s.paths[path]) {
			list = append(list, path)
		}
	}
	return list
}

// best returns the path with the highest score, "" if none is above 0. Of equal ones the shallower and earlier wins.
func (s *Sample) best(score func(path string, f *field) int) string {
	best, most := "", 0
	for _, path := range s.order {
		f := s.paths[path]
		if !f.leaf() {
			continue
		}
		if n := score(path, f); n > 0 {
			if n = 100*n - strings.Count(path, "."); n > most {
				best, most = path, n
			}
		}
	}
	return best
}

// words splits the last step of a path into words in lower case: clientIP, client_ip and client-ip are client and ip.
func words(path string) []string {
	last := path[strings.LastIndexByte(path, '.')+1:]
	var b strings.Builder
	for i, c := range last {
		upper := c >= 'A' && c <= 'Z'
		if upper && i > 0 {
			before := last[i-1]
			after := byte(0)
			if i+1 < len(last) {
				after = last[i+1]
			}
			if before >= 'a' && before <= 'z' || before >= 'A' && before <= 'Z' && after >= 'a' && after <= 'z' {
				b.WriteByte(' ')
			}
		}
		if c == '_' || c == '-' || c == '@' || c == '.' || c == ' ' {
			c = ' '
		}
		b.WriteRune(c)
	}
	return strings.Fields(strings.ToLower(b.String()))
}

// named returns how well a path's last word, and then its others and those of its parents, fit a list of words, the
// best first.
func named(path string, list ...string) int {
	w := words(path)
	for i, word := range list {
		score := 2 * (len(list) - i)
		if strings.Join(w, " ") == word || strings.Join(w, "") == word {
			return score + 1
		}
		if slices.Contains(w, word) {
			return score
		}
	}
	return 0
}

// mostly reports whether a part is nearly all of a number of events.
func mostly(part, all int) bool { return all > 0 && part*100 >= all*95 }

func (s *Sample) time() string {
	path := s.best(func(path string, f *field) int {
		if !mostly(max(f.times, f.seconds, f.millis), f.texts+f.numbers) || !mostly(f.events, s.events) {
			return 0
		}
		n := 1
		if f.times == 0 { // a number needs the name of a time
			n = 0
		}
		return n + named(path, "timestamp", "time", "ts", "date", "datetime", "published", "created", "at")
	})
	return path
}

// id returns the paths that identify an event: one that is different in all events, or else the time with others.
func (s *Sample) id(when string) []string {
	unique := func(f *field) bool {
		return f.events == s.events && (f.manyValues || len(f.distinct) == f.events) && f.texts+f.numbers == f.events
	}
	one := s.best(func(path string, f *field) int {
		if !unique(f) || path == when || f.times > 0 {
			return 0
		}
		return named(path, "id", "uuid", "guid", "uid", "sequence", "number", "session")
	})
	if one != "" {
		return []string{one}
	}
	list := []string{when}
	for _, path := range []string{s.principal(), s.address(), s.action()} {
		if path != "" && !slices.Contains(list, path) && len(list) < 4 && s.paths[path].events == s.events {
			list = append(list, path)
		}
	}
	return list
}

func (s *Sample) principal() string {
	return s.best(func(path string, f *field) int {
		if f.texts == 0 || f.times > 0 || f.addresses > 0 {
			return 0
		}
		n := named(path, "username", "user", "principal", "actor", "login", "account", "email", "subject")
		if n == 0 && strings.Contains(path, ".") { // user.name, actor.id
			parent := path[:strings.LastIndexByte(path, '.')]
			if named(parent, "user", "actor", "principal", "account") > 0 {
				n = named(path, "name", "email", "login", "id")
			}
		}
		if slices.Contains(words(path), "agent") {
			return 0
		}
		return n
	})
}

func (s *Sample) address() string {
	return s.best(func(path string, f *field) int {
		if !mostly(f.addresses, f.texts) {
			return 0
		}
		return 1 + named(path, "client", "remote", "source", "src", "ip", "address", "addr")
	})
}

func (s *Sample) action() string {
	return s.best(func(path string, f *field) int {
		if f.texts == 0 || f.times > 0 || f.addresses > 0 || f.manyValues || len(f.distinct)*2 > f.events && f.events > 3 {
			return 0
		}
		return named(path, "action", "operation", "event", "activity", "verb", "method", "type", "status")
	})
}

func (s *Sample) text(list ...string) string {
	return s.best(func(path string, f *field) int {
		if f.texts == 0 {
			return 0
		}
		return named(path, list...)
	})
}

// detect returns top-level keys that all events have: those with the longest names, which other logs have least.
func (s *Sample) detect() []string {
	list := s.where(func(path string, f *field) bool { return f.events == s.events && !strings.Contains(path, ".") })
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return list[:min(len(list), 6)]
}
