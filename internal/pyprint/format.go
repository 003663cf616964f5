package pyprint

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Arguments are the values that a format string names: `{0}` and `{}` the positional ones, `{title}` the named ones.
type Arguments struct {
	Positional []any
	Named      map[string]any
}

// FormatError is a fault of a format string. Offset is the byte at which the faulty field starts.
type FormatError struct {
	Offset  int
	Message string
}

func (e *FormatError) Error() string { return e.Message }

// Format returns template.format(...) of Python: fields such as `{rule.title}`, `{rule.tags[1].name}`, `{n:>5}` and `{x!r}`;
// `{{` and `}}` stand for braces. Attributes exist on Objects only, and none that begins with an underscore may be read. Errors
// are *FormatError; the text has at most limit bytes.
func Format(template string, args Arguments, limit int) (string, error) {
	f := &formatter{args: args, writer: writer{limit: limit}}
	if err := f.expand(template, 0, 2); err != nil {
		return "", err
	}
	return f.b.String(), nil
}

type formatter struct {
	writer
	args Arguments
	// next is the number of the next `{}`; -1 after a field with a number.
	next int
	// numbered is set by the first `{}`.
	numbered bool
}

func faultf(at int, format string, args ...any) error {
	return &FormatError{Offset: at, Message: fmt.Sprintf(format, args...)}
}

func (f *formatter) expand(template string, base, depth int) error {
	if depth == 0 {
		return faultf(base, "format fields are nested too deeply")
	}
	for i := 0; i < len(template); {
		c := template[i]
		if c != '{' && c != '}' {
			end := strings.IndexAny(template[i:], "{}")
			if end < 0 {
				end = len(template) - i
			}
			if err := f.put(template[i:i+end], base+i); err != nil {
				return err
			}
			i += end
			continue
		}
		if i+1 < len(template) && template[i+1] == c {
			if err := f.put(string(c), base+i); err != nil {
				return err
			}
			i += 2
			continue
		}
		if c == '}' {
			return faultf(base+i, "a single '}' closes nothing; two of them stand for one brace")
		}
		end := closing(template, i)
		if end < 0 {
			return faultf(base+i, "expected '}' before the end of the text; two braces '{{' stand for one")
		}
		if err := f.field(template[i+1:end], base+i+1, depth); err != nil {
			return err
		}
		i = end + 1
	}
	return nil
}

func (f *formatter) put(s string, at int) error {
	if err := f.text(s); err != nil {
		return faultf(at, "%v", err)
	}
	return nil
}

// closing returns the index of the brace that closes the field at i, or -1.
func closing(s string, i int) int {
	depth := 0
	inIndex := false
	for j := i; j < len(s); j++ {
		switch {
		case inIndex:
			inIndex = s[j] != ']'
		case s[j] == '[' && depth == 1:
			inIndex = true
		case s[j] == '{':
			depth++
		case s[j] == '}':
			depth--
			if depth == 0 {
				return j
			}
		}
	}
	return -1
}

// field writes one replacement field: name, conversion and format specification.
func (f *formatter) field(field string, at, depth int) error {
	name, conversion, spec := splitField(field)
	if strings.ContainsAny(name, "{}") {
		return faultf(at, "unexpected '{' in a field name")
	}
	v, err := f.lookUp(name, at)
	if err != nil {
		return err
	}
	switch conversion {
	case "":
	case "r", "s", "a":
		print := Repr
		if conversion == "s" {
			print = Str
		}
		s, err := print(v, f.limit)
		if err != nil {
			return faultf(at, "%v", err)
		}
		if conversion == "a" {
			s = ascii(s)
		}
		v = s
	default:
		return faultf(at, "unknown conversion %q; it is one of r, s, a", conversion)
	}
	if strings.ContainsAny(spec, "{}") {
		inner := &formatter{args: f.args, writer: writer{limit: f.limit}, next: f.next, numbered: f.numbered}
		if err := inner.expand(spec, at+len(field)-len(spec), depth-1); err != nil {
			return err
		}
		f.next, f.numbered = inner.next, inner.numbered
		spec = inner.b.String()
	}
	s, err := FormatValue(v, spec, f.limit)
	if err != nil {
		return faultf(at, "%v", err)
	}
	return f.put(s, at)
}

// splitField splits `name!conversion:spec`. A bracketed index may hold any of the signs.
func splitField(field string) (name, conversion, spec string) {
	inIndex := false
	for i := range len(field) {
		switch {
		case inIndex:
			inIndex = field[i] != ']'
		case field[i] == '[':
			inIndex = true
		case field[i] == ':':
			return field[:i], "", field[i+1:]
		case field[i] == '!':
			conversion, spec, _ = strings.Cut(field[i+1:], ":")
			if conversion == "" {
				conversion = "!"
			}
			return field[:i], conversion, spec
		}
	}
	return field, "", ""
}

// lookUp reads `first.attribute[index]…`.
func (f *formatter) lookUp(name string, at int) (any, error) {
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	v, err := f.first(name[:end], at)
	if err != nil {
		return nil, err
	}
	rest := name[end:]
	for rest != "" {
		here := at + len(name) - len(rest)
		if rest[0] == '.' {
			rest = rest[1:]
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if v, err = attribute(v, rest[:end], here); err != nil {
				return nil, err
			}
			rest = rest[end:]
			continue
		}
		if rest[0] != '[' {
			return nil, faultf(here, "only '.' or '[' may follow ']' in a format field")
		}
		index, after, ok := strings.Cut(rest[1:], "]")
		if !ok {
			return nil, faultf(here, "a '[' without ']' in a format field")
		}
		if v, err = item(v, index, here); err != nil {
			return nil, err
		}
		rest = after
	}
	return v, nil
}

func (f *formatter) first(name string, at int) (any, error) {
	switch n, err := strconv.Atoi(name); {
	case name == "":
		if f.next < 0 {
			return nil, faultf(at, "a field without number follows one with a number")
		}
		f.numbered = true
		f.next++
		return f.positional(f.next-1, at)
	case err == nil && name[0] != '+' && name[0] != '-':
		if f.numbered {
			return nil, faultf(at, "a field with a number follows one without")
		}
		f.next = -1
		return f.positional(n, at)
	}
	v, ok := f.args.Named[name]
	if !ok {
		return nil, faultf(at, "unknown name %q in a format field", name)
	}
	return v, nil
}

func (f *formatter) positional(n, at int) (any, error) {
	if n >= len(f.args.Positional) {
		return nil, faultf(at, "there is no value with the number %d", n)
	}
	return f.args.Positional[n], nil
}

func attribute(v any, name string, at int) (any, error) {
	if name == "" {
		return nil, faultf(at, "an empty attribute in a format field")
	}
	if strings.HasPrefix(name, "_") {
		return nil, faultf(at, "access to attribute %q of %q object is unsafe", name, TypeName(v))
	}
	if o, ok := v.(Object); ok {
		if value, ok := o.Attr(name); ok {
			return value, nil
		}
	}
	return nil, faultf(at, "%q object has no attribute %q", TypeName(v), name)
}

func item(v any, index string, at int) (any, error) {
	if index == "" {
		return nil, faultf(at, "an empty index in a format field")
	}
	n, err := strconv.Atoi(index)
	isNumber := err == nil && index[0] != '-' && index[0] != '+'
	var items []any
	switch v := v.(type) {
	case *List:
		items = v.Items
	case Tuple:
		items = v
	case *Dict:
		var key any = index
		if isNumber {
			key = int64(n)
		}
		if value, ok := v.Get(key); ok {
			return value, nil
		}
		return nil, faultf(at, "the map has no key %q", index)
	case string:
		for _, r := range v {
			items = append(items, string(r))
		}
	default:
		return nil, faultf(at, "%q object has no items", TypeName(v))
	}
	if !isNumber {
		return nil, faultf(at, "the index %q is not a number", index)
	}
	if n >= len(items) {
		return nil, faultf(at, "the index %d is out of range: there are %d items", n, len(items))
	}
	return items[n], nil
}

// ascii escapes what is not ASCII, as Python's ascii does after repr.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}
