package schema

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/internal/yamlnode"
)

// file is the YAML of a schema as written.
type file struct {
	yamlFacts `yaml:",inline"`
	yamlTrace `yaml:",inline"`

	// Schema is the name of an existing schema to which the file adds layouts; then only Layouts is set as well.
	Schema    string `yaml:"schema"`
	Name      string `yaml:"name"`
	Title     string `yaml:"title"`
	LogSource struct {
		Products   []string              `yaml:"products"`
		Services   map[string][]yamlCase `yaml:"services"`
		Categories map[string][]yamlCase `yaml:"categories"`
	} `yaml:"logsource"`
	Detect   []yamlSignature         `yaml:"detect"`
	Roots    []string                `yaml:"roots"`
	Fields   map[string]yamlLogField `yaml:"fields"`
	Synonyms map[string][]string     `yaml:"synonyms"`
	// EventLists are the paths of lists of which each element is an event of its own.
	EventLists []string `yaml:"event_lists"`
	// Names lists the documented fields of the log, in the log's spelling; ".*" at the end stands for keys that are not
	// listed.
	Names    []string `yaml:"names"`
	JSONText struct {
		Below []string `yaml:"below"`
		Keys  []string `yaml:"keys"`
		Paths []string `yaml:"paths"`
	} `yaml:"json_text"`
	// FirstKey names other spellings of the first key of a path: lower, capital.
	FirstKey []string `yaml:"first_key"`
	// Also lists older names of the schema.
	Also []string `yaml:"also"`
	// Never lists what rules ask for and the log does not have.
	Never       []yamlNever    `yaml:"never"`
	Time        []yamlTimePath `yaml:"time"`
	TimeFormat  string         `yaml:"time_format"`
	Text        *yamlText      `yaml:"text"`
	ID          [][]string     `yaml:"id"`
	IDSeparator string         `yaml:"id_separator"`
	// Copy lists what copies of one event have in common besides id and time.
	Copy      [][]string `yaml:"copy"`
	Account   []string   `yaml:"account"`
	Region    []string   `yaml:"region"`
	Principal []string   `yaml:"principal"`
	Session   []string   `yaml:"session"`
	Address   []string   `yaml:"address"`
	Action    []string   `yaml:"action"`
	Service   []string   `yaml:"service"`
	Error     []string   `yaml:"error"`
	Agent     []string   `yaml:"agent"`
	Host      []string   `yaml:"host"`
	Summary   []struct {
		Label string   `yaml:"label"`
		Paths []string `yaml:"paths"`
	} `yaml:"summary"`
	ActorType []string `yaml:"actor_type"`
	// Indicators are the fields of indicators of compromise by their kind, where they are not those above alone.
	Indicators map[string][]string `yaml:"indicators"`
	// TablesOnly means that egret reads no files of this log. There is no signature then.
	TablesOnly bool `yaml:"tables_only"`
	// Common means that files of this log are frequent, so that its signatures are tried first.
	Common  bool         `yaml:"common"`
	Bulk    bool         `yaml:"bulk"`
	Layouts []yamlLayout `yaml:"layouts"`
	// Profiles is the old name of the key.
	Profiles []yamlLayout `yaml:"profiles"`
}

// layouts returns the table layouts of the file, under either name of the key.
func (f *file) layouts() []yamlLayout { return slices.Concat(f.Layouts, f.Profiles) }

// onlyLayouts reports whether a file defines nothing but the schema's name and layouts.
func (f *file) onlyLayouts() bool {
	rest := *f
	rest.Schema, rest.Layouts, rest.Profiles = "", nil, nil
	return reflect.ValueOf(rest).IsZero()
}

// yamlCase is a map from fields to values in the order of the file: conditions are tested in that order.
type yamlCase Case

func (c *yamlCase) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return fmt.Errorf("line %d: a case must map fields to lists of values", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, list := n.Content[i], n.Content[i+1]
		if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
			return fmt.Errorf("line %d: %s needs a list of values", key.Line, key.Value)
		}
		condition := Condition{Field: key.Value}
		for _, v := range list.Content {
			if v.Kind != yaml.ScalarNode || v.Value == "" {
				return fmt.Errorf("line %d: the values of %s must be plain texts", v.Line, key.Value)
			}
			condition.Values = append(condition.Values, v.Value)
		}
		*c = append(*c, condition)
	}
	return nil
}

type yamlSignature struct {
	Has    []string             `yaml:"has"`
	Lacks  []string             `yaml:"lacks"`
	Equals map[string]yamlTexts `yaml:"equals"`
	Ends   map[string][]string  `yaml:"ends"`
}

// yamlTexts is one text or a list of texts.
type yamlTexts []string

func (t *yamlTexts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = yamlTexts{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

func decode(text []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("more than one document")
	}
	return nil
}

// decodeEmbedded is decode for embedded files, whose reading every process waits for. It accepts unknown keys; a test decodes all
// embedded files with decode.
func decodeEmbedded(text []byte, into any) error {
	root, err := yamlnode.Parse(string(text))
	if err != nil {
		return err
	}
	if root == nil {
		return io.EOF
	}
	return root.Decode(into)
}

var validName = lazyre.New(`^[a-z][a-z0-9_-]*$`)

// Load reads the text of a schema file. The error lists all of its faults.
func Load(text []byte) (*Schema, error) {
	f, err := parseFile("schema", text)
	if err != nil {
		return nil, err
	}
	return f.load()
}

// readFile reads an embedded file.
func readFile(fsys fs.FS, name string) (*file, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	var f file
	if err := decodeEmbedded(text, &f); err != nil {
		return nil, yamlFault(name, text, err)
	}
	return &f, nil
}

func parseFile(name string, text []byte) (*file, error) {
	var f file
	if err := decode(text, &f); err != nil {
		return nil, yamlFault(name, text, err)
	}
	return &f, nil
}

// load makes a schema of the file's content.
func (f *file) load() (*Schema, error) {
	s := &Schema{
		Name: f.Name, Title: f.Title, TablesOnly: f.TablesOnly, common: f.Common, Bulk: f.Bulk, IDSeparator: f.IDSeparator,
		products: f.LogSource.Products, services: map[string]Cases{}, categories: map[string]Cases{},
		roots: f.Roots, synonyms: f.Synonyms, fields: map[string]Paths{},
		embedded: jsonText{set(f.JSONText.Below), set(f.JSONText.Keys), set(f.JSONText.Paths)}, also: f.Also,
	}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	paths := func(what string, texts []string) Paths { return s.loadPaths(what, texts, fault) }

	s.firstKey, s.never = loadFirstKey(f.FirstKey, fault), loadNever(f.Never, fault)
	if !validName.MatchString(f.Name) {
		fault("name: %q is not a lower-case word", f.Name)
	}
	if f.Title == "" {
		fault("title: missing")
	}
	if len(f.LogSource.Products) == 0 {
		fault("logsource: no products")
	}
	if len(f.Roots) == 0 {
		fault("roots: missing; [\"\"] means the event itself")
	}
	for _, root := range f.Roots {
		if root != "" && !strings.HasSuffix(root, ".") {
			fault("roots: %q does not end in a dot", root)
		}
	}
	for name, cases := range f.LogSource.Services {
		s.services[name] = s.loadCases("service "+name, name, cases, fault)
	}
	for name, cases := range f.LogSource.Categories {
		s.categories[name] = s.loadCases("category "+name, name, cases, fault)
	}
	s.loadEventLists(f.EventLists, fault)
	if s.detect = loadSignatures(f.Detect, fault); len(s.detect) == 0 && !f.TablesOnly && f.Text == nil {
		fault("detect: missing; write text: for a log in text, or tables_only: true if egret cannot read files of this log")
	} else if len(s.detect) > 0 && f.TablesOnly {
		fault("detect: not allowed together with tables_only: true")
	}
	s.loadFields(f.Fields, fault)
	// Iteration order does not matter: faults are sorted.
	for field, names := range f.Synonyms {
		if own, ok := f.Fields[field]; ok && len(own.paths) > 0 {
			fault("synonyms %s: the field has its own paths", field)
		}
		if len(names) == 0 || slices.Contains(names, "") || slices.Contains(names, field) {
			fault("synonyms %s: not a list of other names", field)
		}
	}
	s.names = loadNames(f.Names, fault)
	// Iteration order does not matter: faults are sorted.
	for name, cases := range s.services {
		s.checkCases("service "+name, cases, fault)
	}
	// Iteration order does not matter: faults are sorted.
	for name, cases := range s.categories {
		s.checkCases("category "+name, cases, fault)
	}
	s.loadTime(f.Time, fault)
	s.loadText(f, fault)
	for i, part := range f.ID {
		what := fmt.Sprintf("id part %d", i+1)
		if s.ID = append(s.ID, paths(what, part)); len(part) == 0 {
			fault("%s: no paths", what)
		}
	}
	if len(f.ID) == 0 {
		fault("id: missing")
	}
	for i, part := range f.Copy {
		what := fmt.Sprintf("copy part %d", i+1)
		if s.Copy = append(s.Copy, paths(what, part)); len(part) == 0 {
			fault("%s: no paths", what)
		}
	}
	if len(f.ID) > 1 && f.IDSeparator == "" {
		fault("id_separator: missing, but the id has several parts")
	}
	s.Account, s.Region = paths("account", f.Account), paths("region", f.Region)
	s.Principal, s.Session = paths("principal", f.Principal), paths("session", f.Session)
	s.Address, s.Action = paths("address", f.Address), paths("action", f.Action)
	s.Service, s.Error = paths("service", f.Service), paths("error", f.Error)
	s.Agent, s.Host = paths("agent", f.Agent), paths("host", f.Host)
	s.ActorType = paths("actor_type", f.ActorType)
	for _, role := range []struct {
		what  string
		paths Paths
	}{
		{"account", s.Account}, {"region", s.Region}, {"principal", s.Principal}, {"session", s.Session}, {"address", s.Address}, {"action", s.Action},
		{"service", s.Service}, {"error", s.Error}, {"agent", s.Agent}, {"host", s.Host}, {"actor_type", s.ActorType},
	} {
		s.checkPaths(role.what, role.paths, fault)
	}
	s.indicators = loadIndicators(f.Indicators, fault)
	for _, hint := range f.Summary {
		if hint.Label == "" || len(hint.Paths) == 0 {
			fault("summary: an entry without label or paths")
		}
		s.Summary = append(s.Summary, Hint{hint.Label, paths("summary "+hint.Label, hint.Paths)})
	}
	facts := (&factLoader{s, fault}).load(&f.yamlFacts)
	s.facts = func() *Facts { return facts }
	trace := (&factLoader{s, fault}).trace(&f.yamlTrace)
	s.trace = func() *Trace { return trace }
	own := newTables()
	s.tables = func() *tables { return own }
	loader := layoutLoader{s, own, fault}
	loader.load(f.layouts())
	if err := joined(faults); err != nil {
		return nil, err
	}
	return s, nil
}

func set(words []string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

func (s *Schema) loadPaths(what string, texts []string, fault func(string, ...any)) Paths {
	var paths Paths
	for _, text := range s.respelt(texts) {
		if text == "" || strings.HasPrefix(text, ".") || strings.HasSuffix(text, ".") {
			fault("%s: %q is not a path", what, text)
			continue
		}
		parsed, err := value.ParsePath(text)
		if err != nil {
			fault("%s: %q: %v", what, text, err)
			continue
		}
		path := s.path(parsed.Text)
		path.Selects, path.Deep, path.List = parsed.Selects, parsed.Deep, parsed.List
		path.Any = strings.Contains(path.Text, "*")
		if path.Deep && s.embedded.paths[path.Text] {
			path.Embedded = append(path.Embedded, value.Embedded{Length: len(path.Text), Encoding: value.URLEncodedJSON})
		}
		paths = append(paths, path)
	}
	return paths
}

func (s *Schema) loadCases(what, name string, cases []yamlCase, fault func(string, ...any)) Cases {
	if name != strings.ToLower(name) {
		fault("%s: not in lower case", what)
	}
	var loaded Cases
	for _, c := range cases {
		loaded = append(loaded, Case(c))
	}
	return loaded
}

// plainPath matches paths that are keys and dots only.
var plainPath = lazyre.New(`^[\w@-]+(?:\.[\w@-]+)*$`)

// checkPaths adds faults for paths that the log does not have. Paths in another letter case are for tables that change it, and other
// forms than keys and dots are not checked.
func (s *Schema) checkPaths(what string, paths Paths, fault func(string, ...any)) {
	for _, p := range paths {
		if len(s.names.list) == 0 || !plainPath.MatchString(p.Text) || s.knows(p.Text) || s.misspelt(p.Text) {
			continue
		}
		hint := ""
		if near := s.Near(p.Text); near != "" {
			hint = ", the nearest is " + near
		}
		fault("%s: %s is not in names%s", what, p.Text, hint)
	}
}

// checkCases adds faults for conditions that no event can satisfy: fields that the log does not have, and patterns, since whole
// values are compared.
func (s *Schema) checkCases(what string, cases Cases, fault func(string, ...any)) {
	for _, c := range cases {
		for _, condition := range c {
			if near, unknown := s.Unknown(condition.Field); unknown {
				hint := ""
				if near != "" {
					hint = ", the nearest is " + near
				}
				fault("%s: %s is not in names%s", what, condition.Field, hint)
			}
			for _, v := range condition.Values {
				if strings.Contains(v, "*") {
					fault("%s: %s: %q has a star, but whole values are compared", what, condition.Field, v)
				}
			}
		}
	}
}

func loadSignatures(list []yamlSignature, fault func(string, ...any)) []signature {
	var loaded []signature
	for _, y := range list {
		if len(y.Has) == 0 && len(y.Equals) == 0 && len(y.Ends) == 0 {
			fault("detect: an entry without has, equals and ends")
			continue
		}
		var s signature
		for _, text := range y.Has {
			s.has = append(s.has, newKeyPath(text))
		}
		// Iteration order does not matter: faults are sorted, and so is the list below.
		for text, want := range y.Equals {
			if len(want) == 0 {
				fault("detect: equals %s: no value", text)
			}
			s.equals = append(s.equals, equality{newKeyPath(text), want})
		}
		for _, text := range y.Lacks {
			s.lacks = append(s.lacks, newKeyPath(text))
		}
		slices.SortFunc(s.equals, func(a, b equality) int { return cmp.Compare(a.path.text, b.path.text) })
		// Iteration order does not matter: faults are sorted.
		for text, endings := range y.Ends {
			if len(endings) == 0 || slices.Contains(endings, "") {
				fault("detect: ends %s: not a list of endings", text)
			}
			s.ends = append(s.ends, ending{newKeyPath(text), endings})
		}
		slices.SortFunc(s.ends, func(a, b ending) int { return cmp.Compare(a.path.text, b.path.text) })
		loaded = append(loaded, s)
	}
	return loaded
}
