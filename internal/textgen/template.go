package textgen

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Template is a text with names in braces.
type Template struct {
	// parts alternate between text and name, beginning with a text, which may be empty.
	parts []string
	line  int
}

// ParseTemplate reads a template.
func ParseTemplate(text string) (*Template, error) {
	t := &Template{}
	var literal strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c:
			literal.WriteByte(c)
			i++
		case c == '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 2 || strings.IndexByte(text[i+1:i+end], '{') >= 0 {
				return nil, fmt.Errorf("template %q: expected a name in braces; write {{ for a brace", text)
			}
			t.parts = append(t.parts, literal.String(), text[i+1:i+end])
			literal.Reset()
			i += end
		case c == '}':
			return nil, fmt.Errorf("template %q: a closing brace without an opening one; write }} for a brace", text)
		default:
			literal.WriteByte(c)
		}
	}
	t.parts = append(t.parts, literal.String())
	return t, nil
}

// UnmarshalYAML reads a template from a text.
func (t *Template) UnmarshalYAML(n *yaml.Node) error {
	var text string
	if err := n.Decode(&text); err != nil {
		return err
	}
	parsed, err := ParseTemplate(text)
	if err != nil {
		return faultAt(n, "%v", err)
	}
	*t = *parsed
	t.line = n.Line
	return nil
}

// Names returns the names that the template uses.
func (t *Template) Names() []string {
	var names []string
	for i := 1; i < len(t.parts); i += 2 {
		names = append(names, t.parts[i])
	}
	return names
}

// values are the values of names in a template: name, value, name, value and so on.
type values []string

func (v values) get(name string) string {
	for i := 0; i < len(v); i += 2 {
		if v[i] == name {
			return v[i+1]
		}
	}
	return ""
}

// fill returns the text of the template. Names without a value are empty: checking a spec makes sure that there are none.
func (t *Template) fill(v ...string) string {
	return t.with(values(v).get)
}

// Fill returns the text of the template with the values of its names; names without a value are empty.
func (t *Template) Fill(v map[string]string) string {
	return t.with(func(name string) string { return v[name] })
}

// with returns the text of the template with the values that get returns.
func (t *Template) with(get func(name string) string) string {
	if len(t.parts) == 1 {
		return t.parts[0]
	}
	var out strings.Builder
	for i, part := range t.parts {
		if i%2 == 0 {
			out.WriteString(part)
		} else {
			out.WriteString(get(part))
		}
	}
	return out.String()
}

// checkNames returns an error if the template uses a name that is not known. A known name that ends in a dot stands for all
// names that begin with it.
func (t *Template) checkNames(where string, known []string) error {
	for _, name := range t.Names() {
		name, rest, _ := strings.Cut(name, "|")
		for rest != "" {
			var filter string
			filter, rest, _ = strings.Cut(rest, "|")
			if filters[filter] == nil {
				return &specError{t.line, fmt.Sprintf("%s: %q is not a filter", where, filter)}
			}
		}
		if !slices.ContainsFunc(known, func(k string) bool { return k == name || strings.HasSuffix(k, ".") && strings.HasPrefix(name, k) }) {
			return &specError{t.line, fmt.Sprintf("%s: {%s} is not a name of this template, which has %s", where, name, strings.Join(known, ", "))}
		}
	}
	return nil
}
