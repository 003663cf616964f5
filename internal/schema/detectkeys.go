package schema

import "github.com/egret-hunt/egret/internal/value"

// A keySet is a set of paths of signatures, by their number in a keyIndex.
type keySet [4]uint64

func (k *keySet) has(other *keySet) bool {
	for i := range k {
		if other[i]&^k[i] != 0 {
			return false
		}
	}
	return true
}

func (k *keySet) add(other *keySet) {
	for i := range k {
		k[i] |= other[i]
	}
}

// maxKeyLength is the maximum length of a key that an index knows.
const maxKeyLength = 63

// A keyIndex tells by one look at the keys of an object which signatures cannot fit it, since there are many signatures and
// each needs several keys.
type keyIndex struct {
	sets    map[string]keySet // the paths to which a key of the object may lead
	lengths [maxKeyLength + 1]bool
	numbers map[string]int // by the path's text
	list    []indexed
}

// indexed is a signature with the paths that it needs.
type indexed struct {
	signature *signature
	needs     keySet
	owner     int
}

// add adds the signatures of an owner, behind those that were added before.
func (x *keyIndex) add(owner int, signatures []signature) {
	if x.sets == nil {
		x.sets, x.numbers = map[string]keySet{}, map[string]int{}
	}
	for i := range signatures {
		s := &signatures[i]
		entry := indexed{signature: s, owner: owner}
		s.each(func(p *keyPath) {
			bit := x.number(p)
			entry.needs.add(&bit)
		})
		x.list = append(x.list, entry)
	}
}

// number returns the set of one path, or the empty set if the index is full.
func (x *keyIndex) number(p *keyPath) (bit keySet) {
	n, known := x.numbers[p.text]
	if !known {
		n = len(x.numbers)
		if n >= 64*len(bit) || len(p.keys[0]) > maxKeyLength || len(p.text) > maxKeyLength {
			return keySet{}
		}
		x.numbers[p.text] = n
	}
	bit[n/64] = 1 << (n % 64)
	for _, key := range []string{p.keys[0], p.text} { // the path may be one key that has the dots itself
		set := x.sets[key]
		set.add(&bit)
		x.sets[key], x.lengths[len(key)] = set, true
	}
	return bit
}

// find returns the owner of the first signature that fits an object, or -1.
func (x *keyIndex) find(doc *value.Doc, n value.Node) int {
	if doc.Kind(n) != value.Object {
		return -1
	}
	var have keySet
	for c := doc.First(n); c != value.None; c = doc.Next(n, c) {
		key := doc.Key(c)
		if len(key) <= maxKeyLength && x.lengths[len(key)] {
			set := x.sets[string(key)]
			have.add(&set)
		}
	}
	for i := range x.list {
		if e := &x.list[i]; have.has(&e.needs) && e.signature.holds(doc, n) {
			return e.owner
		}
	}
	return -1
}

// each calls visit for the paths that an event needs to fit the signature.
func (s *signature) each(visit func(*keyPath)) {
	for i := range s.has {
		visit(&s.has[i])
	}
	for i := range s.equals {
		visit(&s.equals[i].path)
	}
	for i := range s.ends {
		visit(&s.ends[i].path)
	}
}

// PromisingKeys is Promising for a document, without the strings within it: it looks at the keys of all objects.
func (d *Detector) PromisingKeys(doc *value.Doc) bool {
	for n := range value.Node(doc.Len()) {
		key := doc.Key(n)
		if len(key) <= maxKeyLength && d.lengths[len(key)] && d.keys[string(key)] {
			return true
		}
	}
	return d.long
}
