package tablerow

import (
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// object is an object of the event that is being built: its members in the order in which they were set.
type object struct {
	names  []string
	values []any // []byte: JSON text; *object
}

func (o *object) reset() { o.names, o.values = o.names[:0], o.values[:0] }

func (o *object) find(name string) int {
	for i := range o.names {
		if o.names[i] == name {
			return i
		}
	}
	return -1
}

// set puts JSON text at a path, whose dots lead into objects. Where a value that is no object is in the way, the rest
// of the path becomes one key with dots, which paths into events allow for. The first value at a path stays.
func (o *object) set(path string, text []byte) {
	name, rest, deeper := strings.Cut(path, ".")
	i := o.find(name)
	switch {
	case i < 0 && deeper:
		inner := &object{}
		o.names, o.values = append(o.names, name), append(o.values, inner)
		inner.set(rest, text)
		return
	case i < 0:
		o.names, o.values = append(o.names, name), append(o.values, text)
		return
	}
	if inner, ok := o.values[i].(*object); ok && deeper {
		inner.set(rest, text)
		return
	}
	if deeper && o.find(path) < 0 {
		o.names, o.values = append(o.names, path), append(o.values, text)
	}
}

// has reports whether there is a value at a path or below it.
func (o *object) has(path string) bool {
	if o.find(path) >= 0 {
		return true
	}
	name, rest, deeper := strings.Cut(path, ".")
	i := o.find(name)
	if i < 0 || !deeper {
		return i >= 0
	}
	inner, ok := o.values[i].(*object)
	return ok && inner.has(rest)
}

func (o *object) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i, name := range o.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(value.AppendQuoted(dst, []byte(name)), ':')
		switch v := o.values[i].(type) {
		case []byte:
			dst = append(dst, v...)
		case *object:
			dst = v.append(dst)
		}
	}
	return append(dst, '}')
}
