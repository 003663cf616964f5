// Package pyprint prints values as Python prints them: str and repr, json.dumps, yaml.safe_dump of PyYAML, and str.format.
//
// Files that Sigma tools write (rules for ElastAlert and Loki, detection rules of Elastic, output of templates) carry the bytes of
// these printers, and other tools compare them.
//
// A value is nil (None), bool, int, int64, *big.Int, float64, string, Markup, *List, Tuple, *Dict or an Object. From converts the usual Go
// maps and slices. Every printer takes a limit of bytes, because a small value can print as a huge text when lists repeat.
package pyprint

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
)

// MaxDepth is the number of lists and maps that may stand inside each other in a value that is printed.
const MaxDepth = 200

// ErrTooLarge is returned by printers whose text is longer than the limit.
var ErrTooLarge = errors.New("the printed value is too large")

// ErrTooDeep is returned by printers if a value is nested more than MaxDepth levels, or contains itself.
var ErrTooDeep = errors.New("the value is nested too deeply")

// List is a Python list. It is a pointer type because methods such as append change it in place.
type List struct{ Items []any }

// Tuple is a Python tuple.
type Tuple []any

// Markup is a text that is safe in HTML. It prints as a text, except for its repr.
type Markup string

// Object is a value with attributes, such as a rule or a tag.
type Object interface {
	// Attr returns an attribute; false if there is none of that name.
	Attr(name string) (any, bool)
	// Str returns what str(object) returns in Python.
	Str() string
	// Repr returns what repr(object) returns in Python, which is how lists print the object.
	Repr() string
	// Type returns the name of the object's class, for messages.
	Type() string
}

// NewList returns a list of the items.
func NewList(items ...any) *List { return &List{Items: items} }

// Dict is a Python dict. It keeps the order in which keys were added. The zero value is an empty dict.
type Dict struct {
	entries []Entry
	index   map[string]int
}

// Entry is a key of a Dict and its value.
type Entry struct{ Key, Value any }

// NewDict returns a dict of text keys, given as key, value, key, value.
func NewDict(pairs ...any) *Dict {
	d := &Dict{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if !d.Set(pairs[i], pairs[i+1]) {
			panic("egret bug: a key that Python cannot hash")
		}
	}
	return d
}

// Len returns the number of keys.
func (d *Dict) Len() int { return len(d.entries) }

// Entries returns the entries in order. The caller must not change them.
func (d *Dict) Entries() []Entry { return d.entries }

// Get returns the value of a key; false if the key is absent or cannot be hashed.
func (d *Dict) Get(key any) (any, bool) {
	k, ok := HashKey(key)
	if !ok {
		return nil, false
	}
	i, ok := d.index[k]
	if !ok {
		return nil, false
	}
	return d.entries[i].Value, true
}

// Set adds or replaces a value. It returns false if Python could not hash the key.
func (d *Dict) Set(key, value any) bool {
	k, ok := HashKey(key)
	if !ok {
		return false
	}
	if i, ok := d.index[k]; ok {
		d.entries[i].Value = value
		return true
	}
	if d.index == nil {
		d.index = map[string]int{}
	}
	d.index[k] = len(d.entries)
	d.entries = append(d.entries, Entry{Key: key, Value: value})
	return true
}

// Delete removes a key and returns its value; false if it is absent.
func (d *Dict) Delete(key any) (any, bool) {
	k, ok := HashKey(key)
	if !ok {
		return nil, false
	}
	i, ok := d.index[k]
	if !ok {
		return nil, false
	}
	value := d.entries[i].Value
	d.entries = slices.Delete(d.entries, i, i+1)
	delete(d.index, k)
	for name, at := range d.index {
		if at > i {
			d.index[name] = at - 1
		}
	}
	return value, true
}

// HashKey returns a text that is equal for keys that Python's dict treats as equal: 1, 1.0 and True are the same key. It returns
// false for a value that Python cannot hash.
func HashKey(v any) (string, bool) {
	return hashKey(v, 0)
}

func hashKey(v any, depth int) (string, bool) {
	if depth > MaxDepth {
		return "", false
	}
	switch v := v.(type) {
	case nil:
		return "n", true
	case string:
		return "s" + v, true
	case Markup:
		return "s" + string(v), true
	case bool:
		if v {
			return "i1", true
		}
		return "i0", true
	case int:
		return "i" + strconv.Itoa(v), true
	case int64:
		return "i" + strconv.FormatInt(v, 10), true
	case *big.Int:
		return "i" + v.String(), true
	case float64:
		if v == math.Trunc(v) && !math.IsInf(v, 0) {
			whole, _ := big.NewFloat(v).Int(nil)
			return "i" + whole.String(), true
		}
		return "f" + strconv.FormatFloat(v, 'g', -1, 64), true
	case Tuple:
		out := "t"
		for _, item := range v {
			k, ok := hashKey(item, depth+1)
			if !ok || len(out)+len(k) > 1<<20 {
				return "", false
			}
			out += strconv.Itoa(len(k)) + ":" + k
		}
		return out, true
	case interface{ Hash() string }:
		return "h" + v.Hash(), true
	case Object:
		return "o" + v.Repr(), true
	}
	return "", false
}

// From converts Go values to the values of this package: slices to lists, maps with text keys to dicts in the order of their keys.
// Values that it does not know stay as they are; printers refuse them.
func From(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case []any:
		out := &List{Items: make([]any, len(v))}
		for i, item := range v {
			out.Items[i] = From(item)
		}
		return out
	case []string:
		out := &List{Items: make([]any, len(v))}
		for i, item := range v {
			out.Items[i] = item
		}
		return out
	case map[string]any:
		out := &Dict{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out.Set(key, From(v[key]))
		}
		return out
	case map[string]string:
		out := &Dict{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out.Set(key, v[key])
		}
		return out
	}
	return v
}

// TypeName returns the name of a value's type in Python, as Python's messages print it.
func TypeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int, int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case Markup:
		return "Markup"
	case *List:
		return "list"
	case Tuple:
		return "tuple"
	case *Dict:
		return "dict"
	case interface{ Type() string }:
		return v.Type()
	}
	return fmt.Sprintf("%T", v)
}
