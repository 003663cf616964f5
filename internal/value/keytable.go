package value

import (
	"encoding/binary"
	"strings"
)

// A KeyTable finds the members of an event's root object with which any of a set of paths may begin, in one pass over the
// members. After all calls of Add it is safe for concurrent use.
type KeyTable struct {
	keys  []string
	index map[string]int
	// table uses open addressing: keys with the same slot take the next free one.
	table []keyEntry
}

// A keyEntry is a key with its print. A free slot has index 0.
type keyEntry struct {
	print keyPrint
	index int32 // in keys, plus one
}

// keyPrint is the length of a key, its first eight bytes and its last eight; shorter keys are filled with zeros. Keys of
// up to 16 bytes are the same if their prints are.
type keyPrint struct {
	first, last uint64
	length      uint32
}

// printOf returns the print of the key at [start, end) of src.
func printOf(src []byte, start, end uint32) keyPrint {
	p := keyPrint{length: end - start}
	if p.length >= 8 {
		p.first = binary.LittleEndian.Uint64(src[start:])
		p.last = binary.LittleEndian.Uint64(src[end-8:])
		return p
	}
	for i := start; i < end; i++ {
		p.first = p.first<<8 | uint64(src[i])
	}
	return p
}

func (p keyPrint) hash() uint32 {
	return uint32((p.first ^ p.last>>3 ^ uint64(p.length)) * 0x9e3779b97f4a7c15 >> 40)
}

// NewKeyTable returns an empty table.
func NewKeyTable() *KeyTable { return &KeyTable{index: map[string]int{}} }

// An Entry is a key of the root object with which a path may begin: its index, and its length in bytes in the path's text.
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
		t.table = make([]keyEntry, max(64, 2*len(t.table)))
		for j, key := range t.keys {
			t.place(key, j)
		}
	} else {
		t.place(key, i)
	}
	return i
}

func (t *KeyTable) place(key string, i int) {
	print := printOf([]byte(key), 0, uint32(len(key)))
	mask := uint32(len(t.table) - 1)
	at := print.hash() & mask
	for t.table[at].index != 0 {
		at = (at + 1) & mask
	}
	t.table[at] = keyEntry{print, int32(i + 1)}
}

// Len returns the number of keys.
func (t *KeyTable) Len() int { return len(t.keys) }

// Scan sets found[i] to the first member of the root object with the key of index i, or to the root if there is none. found
// must have Len elements.
func (t *KeyTable) Scan(doc *Doc, found []Node) {
	clear(found)
	root := &doc.nodes[0]
	if root.kind != Object || len(t.keys) == 0 {
		return
	}
	mask := uint32(len(t.table) - 1)
	for c := Node(1); c < root.skip; c = doc.nodes[c].skip {
		m := &doc.nodes[c]
		src, start, end := doc.src, m.key, m.key+m.klen
		if m.flags&flagKeyEscaped != 0 {
			src = doc.Key(c)
			start, end = 0, uint32(len(src))
		}
		print := printOf(src, start, end)
		for at := print.hash() & mask; t.table[at].index != 0; at = (at + 1) & mask {
			e := &t.table[at]
			if e.print != print || (print.length > 16 && t.keys[e.index-1] != string(src[start:end])) {
				continue
			}
			if found[e.index-1] == 0 {
				found[e.index-1] = c
			}
			break
		}
	}
}
