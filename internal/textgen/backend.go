package textgen

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Backend is a checked spec, ready to convert. It is safe for concurrent use.
type Backend struct {
	Spec *Spec
	// exact is set if the back end refuses what it can only say differently.
	exact      bool
	strategies []*strategy
	// rank is the place of NOT, AND and OR in Operators.Precedence.
	rank [3]int
	// and and or stand between operands.
	and, or string
	// reserved are the names that need quotes, in upper case.
	reserved map[string]bool
	// escaped are the characters that Escape comes before, without and with quotes.
	escaped, escapedQuoted charSet
	// escapedSafe has the escape character too, for texts that would end their quotes.
	escapedSafe charSet
	// wild are the wildcards of the language.
	wild string
	// patternEscaped are the characters that String.Pattern escapes.
	patternEscaped charSet
	// options are the values of -O.
	options map[string]string
}

// Options configure a back end. The zero value is ready to use.
type Options struct {
	// Exact writes the meaning of the rule or refuses it.
	Exact bool
	// Options are the values of -O, by key. Keys that the spec does not have are an error of New, unless Loose is set: then they
	// are for the pipelines.
	Options map[string]string
	Loose   bool
}

// New returns the back end of a spec. name is the file of the spec, for messages.
func New(name string, text []byte, opt Options) (*Backend, error) {
	spec, err := readSpec(name, text, opt.Exact)
	if err != nil {
		return nil, err
	}
	b := &Backend{Spec: spec, exact: opt.Exact, options: map[string]string{}, reserved: map[string]bool{}}
	for key, option := range spec.Options {
		b.options[key] = option.Default
	}
	for _, key := range slices.Sorted(maps.Keys(opt.Options)) {
		if _, ok := spec.Options[key]; !ok && !opt.Loose {
			return nil, &OptionError{Target: spec.Name, Key: key, Known: slices.Sorted(maps.Keys(spec.Options))}
		}
		b.options[key] = opt.Options[key]
	}
	for _, s := range spec.Strategies {
		found := strategyByName(s)
		if found == nil {
			return nil, fmt.Errorf("%s: strategies: %q is not a strategy; the strategies are %s", name, s, strings.Join(StrategyNames(), ", "))
		}
		b.strategies = append(b.strategies, found)
	}
	for i, word := range []string{"not", "and", "or"} {
		b.rank[i] = slices.Index(spec.Operators.Precedence, word)
	}
	for _, word := range spec.Field.Reserved {
		b.reserved[strings.ToUpper(word)] = true
	}
	b.and, b.or = joiner(spec.Operators.And, spec.Operators.Separator), joiner(spec.Operators.Or, spec.Operators.Separator)
	wild := ""
	for _, w := range []*string{spec.String.Many, spec.String.One} {
		if w != nil {
			wild += *w
		}
	}
	b.wild = wild
	if spec.String.Pattern != nil {
		b.patternEscaped = newCharSet(wild + spec.String.Pattern.Escaped)
		wild = ""
	}
	b.escaped = newCharSet(wild + spec.String.Quote + spec.String.Escaped)
	b.escapedQuoted = b.escaped
	if spec.String.EscapedQuoted != nil {
		b.escapedQuoted = newCharSet(wild + spec.String.Quote + *spec.String.EscapedQuoted)
	}
	b.escapedSafe = newCharSet(wild + spec.String.Quote + spec.String.Escaped + spec.String.Escape)
	return b, nil
}

// An OptionError says that -O has a key that the target does not know.
type OptionError struct {
	Target, Key string
	Known       []string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("target %s has no option %q", e.Target, e.Key)
}

// joiner returns the text between operands.
func joiner(operator, separator string) string {
	if operator == separator {
		return operator
	}
	return separator + operator + separator
}

// maxSpec limits the size of a spec in bytes.
const maxSpec = 256 << 10

// A specError is a fault at a line of a spec.
type specError struct {
	line    int
	message string
}

func (f *specError) Error() string { return fmt.Sprintf("line %d: %s", f.line, f.message) }

func faultAt(n *yaml.Node, format string, args ...any) error {
	return &specError{n.Line, fmt.Sprintf(format, args...)}
}

// readSpec reads and checks a spec.
func readSpec(name string, text []byte, exact bool) (*Spec, error) {
	if len(text) > maxSpec {
		return nil, fmt.Errorf("%s: the spec has %d bytes; the limit is %d", name, len(text), maxSpec)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: a spec is a map", name)
	}
	if err := checkNodes(root.Content[0]); err != nil {
		return nil, inFile(name, err)
	}
	if err := known(root.Content[0], Spec{}, ""); err != nil {
		return nil, inFile(name, err)
	}
	spec := &Spec{}
	if base := child(root.Content[0], "extends"); base != nil {
		if err := extend(spec, base, exact); err != nil {
			return nil, inFile(name, err)
		}
	}
	if err := root.Content[0].Decode(spec); err != nil {
		return nil, inFile(name, err)
	}
	if spec.Exact.Kind == yaml.MappingNode {
		if err := known(&spec.Exact, Spec{}, "exact"); err != nil {
			return nil, inFile(name, err)
		}
	}
	if exact && spec.Exact.Kind == yaml.MappingNode {
		if err := spec.Exact.Decode(spec); err != nil {
			return nil, inFile(name, err)
		}
	}
	spec.fillDefaults()
	if err := spec.check(); err != nil {
		return nil, inFile(name, err)
	}
	return spec, nil
}

// extend reads the spec that another one changes. Its aliases and formats are its own, and so is `exact`, which is applied
// here.
func extend(spec *Spec, base *yaml.Node, exact bool) error {
	text, err := data.ReadFile("data/" + base.Value + ".yaml")
	if err != nil {
		return faultAt(base, "`extends`: there is no embedded target %q", base.Value)
	}
	if err := yaml.Unmarshal(text, spec); err != nil {
		return err
	}
	if spec.Extends != "" {
		return faultAt(base, "`extends`: %s extends another target itself", base.Value)
	}
	if exact && spec.Exact.Kind == yaml.MappingNode {
		if err := spec.Exact.Decode(spec); err != nil {
			return err
		}
	}
	spec.Exact = yaml.Node{}
	spec.Aliases, spec.Formats = nil, nil
	return nil
}

// inFile puts the name of the file before a fault: file:line.
func inFile(name string, err error) error {
	var f *specError
	if errors.As(err, &f) {
		return fmt.Errorf("%s:%d: %s", name, f.line, f.message)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// checkNodes refuses aliases, which could make a small spec huge.
func checkNodes(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		return faultAt(n, "a spec has no aliases; write the value again")
	}
	for _, c := range n.Content {
		if err := checkNodes(c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Spec) fillDefaults() {
	if s.Operators.Group == nil {
		s.Operators.Group, _ = ParseTemplate("({expr})")
	}
	if s.Query == nil {
		s.Query, _ = ParseTemplate("{query}")
	}
	if len(s.Operators.Precedence) == 0 {
		s.Operators.Precedence = []string{"not", "and", "or"}
	}
	if len(s.Formats) == 0 {
		s.Formats = []*Format{{Name: "default", Title: "queries as text"}}
	}
	for _, f := range s.Formats {
		f.fillDefaults()
	}
}

// check returns the first fault of a spec.
func (s *Spec) check() error {
	switch {
	case s.Name == "":
		return errors.New("`name` is missing")
	case s.Title == "":
		return errors.New("`title` is missing")
	case s.Match["equal"] == nil && !s.Tree && !s.STIX:
		return errors.New("`match` has no `equal`")
	}
	if slices.Contains(s.Regex.Escaped, "") {
		return errors.New("`regex.escaped` has an empty text")
	}
	sorted := slices.Sorted(slices.Values(s.Operators.Precedence))
	if !slices.Equal(sorted, []string{"and", "not", "or"}) {
		return errors.New("`operators.precedence` must name not, and, or, each once")
	}
	for _, kind := range slices.Sorted(maps.Keys(s.Match)) {
		names, ok := Kinds[kind]
		if !ok {
			return fmt.Errorf("`match`: %q is not a kind of comparison; the kinds are %s", kind, strings.Join(slices.Sorted(maps.Keys(Kinds)), ", "))
		}
		form := s.Match[kind]
		if form == nil {
			continue // `exact` takes a form away with null
		}
		names = append([]string{"field", "raw_field", "path_field"}, names...)
		for _, t := range []*Template{&form.Is, form.Not} {
			if t == nil {
				continue
			}
			if err := t.checkNames("match."+kind, names); err != nil {
				return err
			}
		}
	}
	for _, t := range []struct {
		where string
		t     *Template
		names []string
	}{
		{"operators.group", s.Operators.Group, []string{"expr"}},
		{"in.template", s.In.Template, []string{"field", "operator", "list"}},
		{"query", s.Query, slices.Concat([]string{"state.", "option."}, Values)},
	} {
		if t.t == nil {
			continue
		}
		if err := t.t.checkNames(t.where, t.names); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.State)) {
		t, err := ParseTemplate(s.State[key])
		if err == nil {
			err = t.checkNames("state."+key, []string{"option."})
		}
		if err != nil {
			return err
		}
	}
	if (s.In.Or != "" || s.In.And != "") && s.In.Template == nil {
		return errors.New("`in` has an operator but no `template`")
	}
	for _, feature := range slices.Sorted(maps.Keys(s.Departures)) {
		if !slices.ContainsFunc(Features, func(f Feature) bool { return f.Name == feature }) {
			return fmt.Errorf("`departures`: %q is not a feature; docs/backends/format.md lists them", feature)
		}
	}
	seen := map[string]bool{}
	for _, f := range s.Formats {
		if f.Name == "" || seen[f.Name] {
			return fmt.Errorf("`formats`: each format needs a name of its own, found %q", f.Name)
		}
		seen[f.Name] = true
		if err := f.check(s); err != nil {
			return err
		}
	}
	if s.Correlation != nil {
		return s.Correlation.check()
	}
	return nil
}

// A Feature is something in a rule that a language may not be able to say.
type Feature struct{ Name, Help string }

// Features are the features that `departures` may name, sorted by name.
var Features = []Feature{
	{"and-before-or", "an AND and an OR meet without parentheses"},
	{"cased", "a comparison with case, of the modifier cased"},
	{"cased-keyword", "a keyword with case"},
	{"cased-list", "a list of values with case"},
	{"cased-wildcard", "a comparison with case and wildcards"},
	{"correlation-window", "the window of a correlation"},
	{"deferred-under-or", "an alternative that stands elsewhere in the query"},
	{"deferred-in-not", "a negated group with a part that follows the condition"},
	{"dropped", "a character that the language cannot say"},
	{"field-reference", "a comparison with another field"},
	{"keyword", "a keyword"},
	{"line-filter", "a filter that is put before the parser"},
	{"literal-wildcard", "a literal * or ?"},
	{"negation", "a NOT"},
	{"null", "a comparison with null"},
	{"number", "a comparison with a number or a network"},
	{"pattern-escape", "an escape character in a pattern"},
	{"regex", "a regular expression"},
	{"single-wildcard", "the wildcard ?"},
	{"text", "a comparison with a text that has letters"},
	{"time-part", "a part of a time"},
	{"whole-text", "a comparison with a whole text"},
}
