package value

import "strings"

// KeyTable finds the members of an event's root object that any of a set of paths may begin with, in one pass over the
// members. It is made once and is safe for concurrent use.
type KeyTable struct {
	keys  []string
	index map[string]int
	// table holds indexes into keys plus one by hash, the next free place taken where several fall on one; 0 is free.
	table []uint16
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
	if len(t.keys)*4 > len(t.table) {
		t.table = make([]uint16, max(64, 2*len(t.table)))
		for j, key := range t.keys {
			t.place(key, j)
		}
	} else {
		t.place(key, i)
	}
	return i
}

func (t *KeyTable) place(key string, i int) {
	mask := uint32(len(t.table) - 1)
	at := hashKey([]byte(key)) & mask
	for t.table[at] != 0 {
		at = (at + 1) & mask
	}
	t.table[at] = uint16(i + 1)
}

// Len is the number of keys.
func (t *KeyTable) Len() int { return len(t.keys) }

func hashKey(key []byte) uint32 {
	n := len(key)
	return (uint32(n) | uint32(key[0])<<8 | uint32(key[n-1])<<16 | uint32(key[n/2])<<24) * 2654435761 >> 16
}

// Scan sets found[i] to the first member of the root object whose key is that of index i, None where there is none.
// found has Len elements.
func (t *KeyTable) Scan(doc *Doc, found []Node) {
	for i := range found {
		found[i] = None
	}
	root := &doc.nodes[0]
	if root.kind != Object || len(t.keys) == 0 {
		return
	}
	mask := uint32(len(t.table) - 1)
	for c := Node(1); c < root.skip; c = doc.nodes[c].skip {
		m := &doc.nodes[c]
		key := doc.src[m.key : m.key+m.klen]
		if m.flags&flagKeyEscaped != 0 {
			key = doc.Key(c)
		}
		if len(key) == 0 {
			continue
		}
		for at := hashKey(key) & mask; t.table[at] != 0; at = (at + 1) & mask {
			if i := t.table[at] - 1; string(key) == t.keys[i] {
				if found[i] == None {
					found[i] = c
				}
				break
			}
		}
	}
}
