package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Synonymous value is a word that rules use for values of the log: an event whose field has one of Texts counts as
// one whose field has Word, besides its own value.
type Synonymous struct {
	Word  string
	Texts []string
}

// Values returns the words that stand for values of a field as a rule names it, sorted; nil for most fields.
func (s *Schema) Values(field string) []Synonymous { return s.values[field] }

// HasValues reports whether Values returns words for any field.
func (s *Schema) HasValues() bool { return len(s.values) > 0 }

// A Never is a field, or values of a field, that the log does not have although rules ask for it.
type Never struct {
	Field string
	// Values are patterns with stars of the values that the log does not have, ignoring case. None means that the log
	// does not have the field.
	Values []string
	// Together are values of which the log has only one at a time; nil if Values or the field itself are meant.
	Together []string
	Why      string
}

// Never returns what rules ask for and the log does not have.
func (s *Schema) Never() []Never { return s.never }

// yamlLogField is where the log has a field: a list of paths, or a map with `at` and `values`.
type yamlLogField struct {
	paths  []string
	values map[string][]string
}

func (f *yamlLogField) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return n.Decode(&f.paths)
	}
	pairs, err := orderedPairs(n, "fields")
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		var into any
		switch pair[0].Value {
		case "at":
			into = &f.paths
		case "values":
			into = &f.values
		default:
			return fmt.Errorf("line %d: unknown key %s, expected at, values", pair[0].Line, pair[0].Value)
		}
		if err := pair[1].Decode(into); err != nil {
			return err
		}
	}
	return nil
}

type yamlNever struct {
	Field  string   `yaml:"field"`
	Values []string `yaml:"values"`
	// Together are values that one field never has at the same time.
	Together []string `yaml:"together"`
	Why      string   `yaml:"why"`
}

// loadFields reads where the log has fields, and what their values are called.
func (s *Schema) loadFields(fields map[string]yamlLogField, fault func(string, ...any)) {
	// Iteration order does not matter: faults are sorted.
	for field, f := range fields {
		what := "fields " + field
		if len(f.paths) == 0 {
			if len(f.values) == 0 {
				fault("%s: no paths", what)
			}
		} else {
			s.fields[field] = s.loadPaths(what, f.paths, fault)
		}
		for _, word := range slices.Sorted(maps.Keys(f.values)) {
			texts := f.values[word]
			if len(texts) == 0 || slices.Contains(texts, "") {
				fault("%s: values %s: not a list of values of the log", what, word)
			}
			if s.values == nil {
				s.values = map[string][]Synonymous{}
			}
			s.values[field] = append(s.values[field], Synonymous{word, texts})
		}
	}
}

func loadNever(list []yamlNever, fault func(string, ...any)) []Never {
	var loaded []Never
	for _, y := range list {
		if y.Field == "" || y.Why == "" {
			fault("never: an entry without field or why")
		}
		if len(y.Together) == 1 || len(y.Together) > 0 && len(y.Values) > 0 {
			fault("never: %s: together lists two values or more, without values", y.Field)
		}
		loaded = append(loaded, Never(y))
	}
	return loaded
}

// The other spellings of the first key of a path, by their names in a schema file.
var firstKeys = map[string]func(string) string{
	"lower":   strings.ToLower,
	"capital": func(key string) string { return strings.ToUpper(key[:1]) + key[1:] },
}

func loadFirstKey(list []string, fault func(string, ...any)) []func(string) string {
	var loaded []func(string) string
	for _, name := range list {
		change, ok := firstKeys[name]
		if !ok {
			fault("first_key: %q is not one of lower, capital", name)
			continue
		}
		loaded = append(loaded, change)
	}
	return loaded
}

// respelt appends the other spellings of paths, which count if the paths themselves have no value.
func (s *Schema) respelt(texts []string) []string {
	if len(s.firstKey) == 0 {
		return texts
	}
	all := slices.Clone(texts)
	for _, text := range texts {
		first, rest, deep := strings.Cut(text, ".")
		if first == "" || s.misspelt(text) { // a name in a rule that the log spells in another way stays unknown
			continue
		}
		for _, change := range s.firstKey {
			other := change(first)
			if deep {
				other += "." + rest
			}
			if !slices.Contains(all, other) {
				all = append(all, other)
			}
		}
	}
	return all
}

// Named reports whether a name is the schema's, or an older one of it.
func (s *Schema) Named(name string) bool { return s.Name == name || slices.Contains(s.also, name) }

// Also returns older names of the schema.
func (s *Schema) Also() []string { return s.also }
