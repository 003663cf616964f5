package config

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/yamlword"
	"github.com/egret-hunt/egret/source"
)

// keys are the top-level keys of egret.yaml.
var keys = []string{"backends", "check", "checks", "disabled", "filters", "geoip", "ioc", "known", "lakes", "levels", "pipelines", "placeholders", "rules", "schemas", "stix_mappings"}

// Parse reads the text of a configuration. engines are the engines that its lakes may use. The Config holds everything
// that could be read; the list holds the faults.
func Parse(file *source.File, engines []Engine) (*Config, diag.List) {
	return parse(&parser{file: file, engines: engines, keys: keys, config: &Config{}})
}

func parse(p *parser) (*Config, diag.List) {
	p.parse()
	p.hideSecrets()
	p.list.Sort()
	return p.config, p.list
}

type parser struct {
	file    *source.File
	engines []Engine
	// keys are the top-level keys that the file may have.
	keys   []string
	config *Config
	list   diag.List
	// secrets are the spans of values that messages must not show.
	secrets []source.Span
}

func (p *parser) parse() {
	decoder := yaml.NewDecoder(strings.NewReader(p.file.Text))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if strings.TrimSpace(stripComments(p.file.Text)) != "" {
			p.syntax(err)
		}
		return
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		p.fault(&document, "config-syntax", "more than one YAML document", "put everything into the first one")
	}
	root := document.Content[0]
	if root.Tag == "!!null" {
		return
	}
	if root.Kind != yaml.MappingNode {
		p.fault(root, "config-value", "expected keys with values, found "+yamlword.Kind(root), "")
		return
	}
	p.each(root, "", func(key, value *yaml.Node) {
		if !slices.Contains(p.keys, key.Value) {
			p.unknownKey(key, p.keys)
			return
		}
		switch key.Value {
		case "rules":
			p.config.Rules = p.texts(value, "a folder, a file or the word starter")
		case "check":
			p.check(value)
		case "levels":
			p.levels(value)
		case "disabled":
			p.config.Disabled = p.texts(value, "the id of a rule")
		case "filters":
			p.filters(value)
		case "placeholders":
			p.placeholders(value)
		case "backends":
			p.config.Backends = p.texts(value, "a folder or file of specs of text languages")
		case "checks":
			p.config.Checks = p.texts(value, "a folder or file of checks")
		case "pipelines":
			p.config.Pipelines = p.texts(value, "a folder or file of processing pipelines")
		case "stix_mappings":
			p.config.STIXMappings = p.texts(value, "a folder or file of STIX mappings")
		case "schemas":
			p.config.Schemas = p.texts(value, "a folder or file of schemas")
		case "geoip":
			p.config.GeoIP = p.texts(value, "the path of a database (.mmdb)")
		case "ioc":
			p.config.IOC = p.texts(value, "the path of a list of indicators")
		case "known":
			p.known(value)
		case "lakes":
			p.lakes(value)
		}
	})
}

// unknownKey reports a key that is not one of keys.
func (p *parser) unknownKey(key *yaml.Node, keys []string) {
	help := "the keys are " + strings.Join(keys, ", ")
	if near := diag.Near(key.Value, keys); near != "" {
		help = "the nearest key is " + near
	}
	p.fault(key, "unknown-config-key", "key "+strconv.Quote(key.Value)+" is not defined", help)
}

func (p *parser) levels(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `rule id: level`, found "+yamlword.Kind(n), "")
		return
	}
	p.each(n, "levels", func(key, value *yaml.Node) {
		id, ok := p.text(key, "the id of a rule")
		if !ok {
			return
		}
		level, known := finding.ParseLevel(value.Value)
		if value.Kind != yaml.ScalarNode || !known {
			help := "the levels are " + strings.Join(finding.Levels, ", ")
			if near := diag.Near(value.Value, finding.Levels); near != "" {
				help = "the nearest level is " + near
			}
			p.fault(value, "config-value", "expected a level, found "+yamlword.Value(value), help)
			return
		}
		p.config.Levels = append(p.config.Levels, LevelChange{id, level})
	})
}

func (p *parser) filters(n *yaml.Node) {
	for _, item := range p.items(n) {
		if item.Kind == yaml.MappingNode {
			p.config.Filters = append(p.config.Filters, Filter{Inline: p.inline(item)})
			continue
		}
		if path, ok := p.text(item, "the path of a filter, or a filter"); ok {
			p.config.Filters = append(p.config.Filters, Filter{Path: path})
		}
	}
}

func (p *parser) placeholders(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `name: [values]`, found "+yamlword.Kind(n), "")
		return
	}
	p.each(n, "placeholders", func(key, value *yaml.Node) {
		placeholder := Placeholder{Name: Text{strings.Trim(key.Value, "%"), p.span(key)}}
		for _, text := range p.texts(value, "a value") {
			placeholder.Values = append(placeholder.Values, text.Value)
		}
		if len(placeholder.Values) > 0 {
			p.config.Placeholders = append(p.config.Placeholders, placeholder)
		}
	})
}

// inline returns a copy of egret.yaml in which everything but an inline filter is replaced by spaces.
func (p *parser) inline(n *yaml.Node) *source.File {
	start := p.offset(n)
	end := len(p.file.Text)
	if n.Style&yaml.FlowStyle == 0 {
		// The filter ends before the first line that is indented less.
		for line := n.Line + 1; line <= p.file.Lines(); line++ {
			text := p.file.Line(line)
			trimmed := strings.TrimLeft(text, " ")
			if trimmed != "" && trimmed[0] != '#' && len(text)-len(trimmed) < n.Column-1 {
				end = p.file.Offset(line, 1)
				break
			}
		}
	} else {
		end = start + flowEnd(p.file.Text[start:])
	}
	blank := func(text string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' {
				return r
			}
			return ' '
		}, text)
	}
	// A character of several bytes before the filter becomes one space: lines stay the same, columns in that line may shift.
	text := blank(p.file.Text[:start]) + p.file.Text[start:end]
	return source.NewFile(p.file.Name, text)
}

// flowEnd returns the offset after the flow mapping or sequence at the start of text. It skips quoted strings.
func flowEnd(text string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == '"' && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// each calls do for every entry of a map and reports duplicate keys.
func (p *parser) each(n *yaml.Node, of string, do func(key, value *yaml.Node)) {
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolved(n.Content[i+1])
		if first := seen[key.Value]; first != nil {
			d := p.diagnostic(key, "config-value", "key "+strconv.Quote(key.Value)+" appears twice", "")
			d.Labels = []diag.Label{{Span: p.span(first), Text: "first used here"}}
			p.list.Add(d)
			continue
		}
		seen[key.Value] = key
		if value.Tag == "!!null" && of == "" {
			continue // a key without a value counts as missing
		}
		do(key, value)
	}
}

// items returns the entries of a list. A single value counts as a list of one.
func (p *parser) items(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		return []*yaml.Node{n}
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolved(item)
	}
	return items
}

// resolved returns the node that an alias refers to, or n itself.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func (p *parser) texts(n *yaml.Node, want string) []Text {
	var texts []Text
	for _, item := range p.items(n) {
		if text, ok := p.text(item, want); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func (p *parser) text(n *yaml.Node, want string) (Text, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		p.fault(n, "config-value", "expected "+want+", found "+yamlword.Value(n), "")
		return Text{}, false
	}
	return Text{n.Value, p.span(n)}, true
}

func (p *parser) fault(n *yaml.Node, code, message, help string) {
	p.list.Add(p.diagnostic(n, code, message, help))
}

func (p *parser) diagnostic(n *yaml.Node, code, message, help string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Span: p.span(n), Help: help}
}

// syntax reports an error of the YAML library.
func (p *parser) syntax(err error) {
	line, message := yamlword.Syntax(p.file.Text, err)
	span := source.Span{File: p.file}
	if line > 0 {
		span.Start = p.file.Offset(line, 1)
		span.End = span.Start + len(p.file.Line(line))
	}
	p.list.Add(diag.Diagnostic{Code: "config-syntax", Severity: diag.Error, Message: message, Span: span})
}

// offset returns the byte offset of a node. The YAML library counts columns in characters.
func (p *parser) offset(n *yaml.Node) int {
	start := p.file.Offset(n.Line, 1)
	line := p.file.Line(n.Line)
	if n.Line == 1 && strings.HasPrefix(line, "\ufeff") {
		start, line = start+len("\ufeff"), line[len("\ufeff"):]
	}
	for i := 1; i < n.Column && line != ""; i++ {
		_, size := utf8.DecodeRuneInString(line)
		start, line = start+size, line[size:]
	}
	return start
}

func (p *parser) span(n *yaml.Node) source.Span {
	start := p.offset(n)
	length := 1
	if n.Kind == yaml.ScalarNode {
		length = len(n.Value)
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			length += 2
		}
	}
	rest := p.file.Text[start:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return source.Span{File: p.file, Start: start, End: start + min(length, len(rest))}
}

// stripComments removes comment lines, since a file with nothing but comments is an empty configuration.
func stripComments(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			out.WriteString(line)
		}
	}
	return out.String()
}
