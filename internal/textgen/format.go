package textgen

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/textrule"
)

// A Format is a form in which queries are delivered: text or a document for each query, and what stands around and between
// them.
type Format struct {
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	// Text is the text of a query: {query}, {table}, and values (see Values) with filters, as in {rule.title|no_brackets}.
	Text *Template `yaml:"text"`
	// Comment is a comment of one line in the language, with {text}; nil for none.
	Comment *Template `yaml:"comment"`
	// Table is put for {table} if the rule has a list of fields, as {fields}, joined by TableSeparator.
	Table          *Template `yaml:"table"`
	TableSeparator string    `yaml:"table_separator"`
	// Document is a JSON document for each query, in place of Text. A text in it that begins with `=` is a value; other texts are
	// templates.
	Document yaml.Node `yaml:"document"`
	// Print is how documents are printed: json (the default), or yaml. YAML says how the latter looks.
	Print string   `yaml:"print"`
	YAML  YAMLForm `yaml:"yaml"`
	// Output is what stands around and between queries.
	Output OutputForm `yaml:"output"`
}

// An OutputForm is what stands around and between queries. Start may have values such as {option.min_time}.
type OutputForm struct {
	Start     *Template `yaml:"start"`
	Separator *string   `yaml:"separator"`
	End       string    `yaml:"end"`
	// Document is one document for all queries, in place of Separator. In it `=queries` is their list.
	Document yaml.Node `yaml:"document"`
}

// A YAMLForm says how YAML is printed. The zero value stands for PyYAML's defaults: keys sorted, texts folded at 80 columns,
// characters beyond ASCII escaped.
type YAMLForm struct {
	KeepOrder bool `yaml:"keep_order"`
	Width     int  `yaml:"width"`
	Unicode   bool `yaml:"unicode"`
}

func (f *Format) fillDefaults() {
	if f.Text == nil {
		f.Text, _ = ParseTemplate("{query}{table}")
	}
	separator := "\n\n"
	if f.IsDocument() {
		separator = "\n"
	}
	if f.Output.Separator == nil {
		f.Output.Separator = &separator
	}
	if f.Output.Start == nil {
		f.Output.Start, _ = ParseTemplate("")
	}
}

// IsDocument reports whether the format has a document for each query.
func (f *Format) IsDocument() bool { return f.Document.Kind != 0 }

// IsFile reports whether the output is one file: with a text before its queries, or one document for all of them.
func (f *Format) IsFile() bool {
	return f.Output.Document.Kind != 0 || len(f.Output.Start.parts) > 1 || f.Output.Start.parts[0] != ""
}

// check returns the first fault of a format.
func (f *Format) check(s *Spec) error {
	where := "formats." + f.Name
	names := slices.Concat([]string{"table", "option.", "state."}, Values)
	for _, t := range []struct {
		name  string
		t     *Template
		names []string
	}{{"text", f.Text, names}, {"comment", f.Comment, []string{"text"}}, {"table", f.Table, []string{"fields"}}, {"output.start", f.Output.Start, []string{"option."}}} {
		if t.t == nil {
			continue
		}
		if err := t.t.checkNames(where+"."+t.name, t.names); err != nil {
			return err
		}
	}
	if !slices.Contains([]string{"", "json", "yaml"}, f.Print) {
		return fmt.Errorf("%s.print: expected json or yaml, found %q", where, f.Print)
	}
	for _, d := range []struct {
		name string
		node *yaml.Node
	}{{"document", &f.Document}, {"output.document", &f.Output.Document}} {
		if d.node.Kind != 0 {
			if err := checkDocument(d.node, where+"."+d.name, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// Comments returns lines of comment, each with a line break, "" if the format has no comments. Characters that could end a
// comment become blanks.
func (f *Format) Comments(lines []string) string {
	if f.Comment == nil {
		return ""
	}
	var out strings.Builder
	for _, line := range lines {
		clean := strings.Map(func(r rune) rune {
			if r == '`' || r == '*' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
				return ' '
			}
			return r
		}, line)
		out.WriteString(f.Comment.fill("text", strings.TrimSpace(clean)) + "\n")
	}
	return out.String()
}

// FormatByName returns a format of the target, nil if it has none of that name. The first format is also named default.
func (s *Spec) FormatByName(name string) *Format {
	for _, f := range s.Formats {
		if f.Name == name {
			return f
		}
	}
	if name == "default" {
		return s.Formats[0]
	}
	return nil
}

// FormatNames returns the names of the formats, the default first.
func (s *Spec) FormatNames() []string {
	names := make([]string, len(s.Formats))
	for i, f := range s.Formats {
		names[i] = f.Name
	}
	return names
}

// filters change a value in a template.
var filters = map[string]func(string) string{
	"strip": strings.TrimSpace,
	// lines continues a value over line breaks, as .conf files do.
	"lines":         func(s string) string { return strings.ReplaceAll(s, "\n", " \\\n") },
	"no_brackets":   func(s string) string { return strings.NewReplacer("[", "", "]", "", "\n", " ", "\r", " ").Replace(s) },
	"escape_colons": func(s string) string { return strings.ReplaceAll(s, ":", `\:`) },
	"lower":         strings.ToLower,
	"upper":         strings.ToUpper,
	// label is the text as a name of Prometheus: characters that such a name cannot have become `_`.
	"label": func(s string) string { return strings.Trim(notLabel.ReplaceAllString(s, "_"), "_") },
	"json": func(s string) string {
		text, err := pyprint.JSON(s, pyprint.JSONOptions{}, maxDocument)
		if err != nil {
			return ""
		}
		return text
	},
}

var notLabel = lazyre.New(`[^a-zA-Z0-9_:]+`)

// filtered returns the value of a name with filters, as in rule.title|lower.
func filtered(name string, get func(string) string) string {
	base, rest, _ := strings.Cut(name, "|")
	text := get(base)
	for rest != "" {
		var filter string
		filter, rest, _ = strings.Cut(rest, "|")
		text = filters[filter](text)
	}
	return text
}

// deliver returns a query in a format: a text, or a document.
func (c *converter) deliver(f *Format, query string) (any, error) {
	for _, s := range c.strategies {
		if s.text != nil {
			var err error
			if query, err = s.text(c, f, query); err != nil {
				return nil, err
			}
		}
	}
	if f.IsDocument() {
		d := &document{c: c, query: query}
		made, err := d.node(&f.Document)
		for _, s := range c.strategies {
			if s.document != nil && err == nil {
				made, err = s.document(c, made)
			}
		}
		if err == nil {
			_, err = pyprint.JSON(made, pyprint.JSONOptions{}, maxDocument)
		}
		return made, err
	}
	table := ""
	if f.Table != nil && len(c.rule.Fields) > 0 {
		table = f.Table.fill("fields", strings.Join(c.rule.Fields, f.TableSeparator))
	}
	return f.Text.with(func(name string) string {
		return filtered(name, func(name string) string {
			switch name {
			case "query":
				return query
			case "table":
				return table
			}
			return c.name(name)
		})
	}), nil
}

// name returns a value as a text: of the rule, an option, the state or the spec.
func (c *converter) name(name string) string {
	kind, key, _ := strings.Cut(name, ".")
	switch kind {
	case "option":
		return c.options[key]
	case "state":
		if v, ok := c.rule.State[key]; ok {
			if list, ok := stateList(v); ok {
				return strings.Join(indexes(key, list), ",")
			}
			return fmt.Sprint(v)
		}
		if v, ok := c.Spec.State[key]; ok {
			t, err := ParseTemplate(v)
			if err != nil {
				return v
			}
			return t.with(c.name)
		}
		return ""
	}
	v := c.value(name)
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// indexes returns a list of the state. That of the key index is sorted, without repeated names; `*` stands for all others.
func indexes(key string, list []string) []string {
	if key != "index" {
		return list
	}
	if slices.Contains(list, "*") {
		return []string{"*"}
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// Join returns the output of queries in a format, without a line break at its end. Queries are texts, or documents, which
// indent prints over several lines if it is not 0.
func (b *Backend) Join(f *Format, queries []any, indent int) string {
	var out strings.Builder
	if f.Output.Document.Kind != 0 {
		d := &document{c: &converter{Backend: b, rule: &textrule.Rule{}}, queries: queries}
		whole, err := d.node(&f.Output.Document)
		if err != nil {
			panic("egret bug: " + err.Error()) // checkDocument and New found no fault
		}
		return f.Query(whole, indent)
	}
	out.WriteString(f.Output.Start.with(func(name string) string { return b.options[strings.TrimPrefix(name, "option.")] }))
	for i, q := range queries {
		if i > 0 {
			out.WriteString(*f.Output.Separator)
		}
		out.WriteString(f.Query(q, indent))
	}
	out.WriteString(f.Output.End)
	return out.String()
}

// Query returns a query in a format as a text. indent is the number of blanks for each level of a JSON document; 0 prints it on
// one line.
func (f *Format) Query(query any, indent int) string {
	if text, ok := query.(string); ok {
		return text
	}
	var text string
	var err error
	if f.Print == "yaml" {
		text, err = pyprint.YAML(query, pyprint.YAMLOptions{KeepOrder: f.YAML.KeepOrder, Width: f.YAML.Width, Unicode: f.YAML.Unicode}, maxDocument)
	} else {
		text, err = pyprint.JSON(query, pyprint.JSONOptions{HasIndent: indent > 0, Indent: indent}, maxDocument)
	}
	if err != nil {
		panic("egret bug: document: " + err.Error()) // deliver has printed it before
	}
	return text
}
