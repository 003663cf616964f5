package value

import "strings"

// KeyTable finds the members of an event's root object that any of a set of paths may begin with, in one pass over the
// members. It is made once and is safe for concurrent use.
type KeyTable struct {
	keys    []string
	index   map[string]int
	buckets [256][]uint16 // by hash of a key: indexes into keys
}

// NewKeyTable makes an empty table.
func NewKeyTable() *KeyTable { return &KeyTable{index: map[string]int{}} }

// Entry is one way into a path: the index of a root key, and how many bytes of the path's text it covers.
type Entry struct {
	Key    int
	Length int
}

// Add registers the keys that a path may begin with and returns them, the longest first: for "a.b" the key "a.b" and
// then the key "a". Nil means that the table cannot help: the path may begin with the empty key.
func (t *KeyTable) Add(path string) []Entry {
	if path == "" || path[0] == '.' {
		return nil
	}
	var entries []Entry
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '.') {
		entries = append(entries, Entry{Key: t.add(path[:end]), Length: end})
	}
	return entries
}

func (t *KeyTable) add(key string) int {
	if i, ok := t.index[key]; ok {
		return i
	}
	i := len(t.keys)
	t.keys = append(t.keys, key)
	t.index[key] = i
	h := hashKey([]byte(key))
	t.buckets[h] = append(t.buckets[h], uint16(i))
	return i
}

// Len is the number of keys.
func (t *KeyTable) Len() int { return len(t.keys) }

func hashKey(key []byte) uint8 {
	return uint8(len(key))*7 + key[0]*3 ^ key[len(key)-1] ^ key[len(key)/2]<<2
}

// Scan sets found[i] to the first member of the root object whose key is that of index i, None where there is none.
// found has Len elements.
func (t *KeyTable) Scan(doc *Doc, found []Node) {
	for i := range found {
		found[i] = None
	}
	root := &doc.nodes[0]
	if root.kind != Object {
		return
	}
	for c := Node(1); c < root.skip; c = doc.nodes[c].skip {
		m := &doc.nodes[c]
		key := doc.src[m.key : m.key+m.klen]
		if m.flags&flagKeyEscaped != 0 {
			key = doc.Key(c)
		}
		if len(key) == 0 {
			continue
		}
		for _, i := range t.buckets[hashKey(key)] {
			if found[i] == None && string(key) == t.keys[i] {
				found[i] = c
			}
		}
	}
}
