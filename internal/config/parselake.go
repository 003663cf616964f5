package config

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/yamlword"
)

// lakeKeys returns the keys that lakes of every engine have, except "engine".
func lakeKeys(l *Lake) []Key {
	return []Key{
		{name: "tables", read: func(p *parser, n *yaml.Node) { p.tables(l, n) }},
		{name: "budget", read: func(p *parser, n *yaml.Node) { p.budget(&l.Budget, n) }},
		{name: "price_per_tb", read: func(p *parser, n *yaml.Node) { p.price(&l.Price, n) }},
		CountKey("concurrency", &l.Concurrency, maxConcurrency),
		DurationKey("chunk", &l.Chunk),
	}
}

// maxConcurrency is the largest accepted value of the key "concurrency".
const maxConcurrency = 1000

// lakes reads the value of the key "lakes".
func (p *parser) lakes(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `name: {engine: …}`, found "+yamlword.Kind(n), "")
		return
	}
	p.each(n, "lakes", func(key, value *yaml.Node) {
		name, ok := p.text(key, "the name of a lake")
		switch {
		case !ok:
		case strings.ContainsAny(name.Value, "/\\ \t\r\n") || strings.HasPrefix(name.Value, "-"):
			p.fault(key, "config-value", "expected a lake's name without spaces and slashes and not starting with a dash, found "+yamlword.Value(key), "")
		case value.Kind != yaml.MappingNode:
			p.fault(value, "config-value", "expected the settings of a lake, found "+yamlword.Kind(value), "write for example {engine: trino, url: https://trino.example.com}")
		default:
			p.lake(name, value)
		}
	})
}

// lake reads one lake. It reads the engine first, since the engine determines the other keys.
func (p *parser) lake(name Text, n *yaml.Node) {
	l := Lake{Name: name}
	has := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if key == "engine" && !has[key] {
			l.Engine = p.engine(resolved(n.Content[i+1]))
		}
		has[key] = true
	}
	if !has["engine"] {
		p.list.Add(diag.Diagnostic{Code: "config-value", Severity: diag.Error, Span: name.Span,
			Message: "lake " + strconv.Quote(name.Value) + " has no engine", Help: "write for example engine: athena; the engines are " + strings.Join(p.engineNames(), ", ")})
	}
	own := lakeKeys(&l)
	if l.Engine.Value != "" {
		l.Settings = p.engines[slices.Index(p.engineNames(), l.Engine.Value)].New()
		own = append(own, l.Settings.Keys()...)
	}
	p.each(n, "lake", func(key, value *yaml.Node) {
		switch {
		case key.Value == "engine":
		case isSecretKey(key.Value):
			p.secret(key, value)
		default:
			p.lakeKey(&l, own, key, value)
		}
	})
	for _, k := range own {
		if k.required != "" && !has[k.name] {
			p.list.Add(diag.Diagnostic{Code: "config-value", Severity: diag.Error, Span: name.Span,
				Message: "lake " + strconv.Quote(name.Value) + " has no " + k.name, Help: k.required})
		}
	}
	if l.Settings != nil {
		for _, d := range l.Settings.Check() {
			p.list.Add(d)
		}
	}
	p.config.Lakes = append(p.config.Lakes, l)
}

// engineNames returns the names of the engines, in the order passed to Parse.
func (p *parser) engineNames() []string {
	var names []string
	for _, e := range p.engines {
		names = append(names, e.Name)
	}
	return names
}

func (p *parser) engine(n *yaml.Node) Text {
	text, ok := p.text(n, "an engine")
	names := p.engineNames()
	if ok && !slices.Contains(names, text.Value) {
		help := "the engines are " + strings.Join(names, ", ")
		if near := diag.Near(text.Value, names); near != "" {
			help = "the nearest engine is " + near
		}
		p.fault(n, "config-value", "expected an engine, found "+yamlword.Value(n), help)
		return Text{}
	}
	return text
}

// lakeKey reads a key of a lake if it is one of own, else reports it. If the engine is unknown, it accepts the keys of all engines.
func (p *parser) lakeKey(l *Lake, own []Key, key, value *yaml.Node) {
	names := []string{"engine"}
	name := key.Value
	if name == "slice" { // the old name
		name = "chunk"
	}
	for _, k := range own {
		if k.name == name {
			k.read(p, value)
			return
		}
		names = append(names, k.name)
	}
	var owners []string // engines that have the key
	for _, e := range p.engines {
		for _, k := range e.New().Keys() {
			if k.name == key.Value {
				owners = append(owners, e.Name)
			}
			if l.Settings == nil {
				names = append(names, k.name)
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	switch {
	case owners == nil:
		if nearSecretKey(key.Value) {
			p.secrets = append(p.secrets, p.span(value))
		}
		p.unknownKey(key, names)
	case l.Settings != nil:
		p.fault(key, "unknown-config-key", "key "+strconv.Quote(key.Value)+" does not apply to the engine "+l.Engine.Value,
			"the key belongs to "+strings.Join(owners, " and ")+"; the keys of this lake are "+strings.Join(names, ", "))
	}
}

// tables reads the tables of a lake: one table or a list of tables for each log source.
func (p *parser) tables(l *Lake, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `log source: {table: …, layout: …}`, found "+yamlword.Kind(n), "")
		return
	}
	p.each(n, "tables", func(key, value *yaml.Node) {
		source, ok := p.text(key, "the name of a log source")
		if !ok {
			return
		}
		for _, item := range p.items(value) {
			if table, ok := p.table(source, item); ok {
				l.Tables = append(l.Tables, table)
			}
		}
	})
}

// tableKeys are the keys of a table.
var tableKeys = []string{"layout", "region", "table"}

func (p *parser) table(source Text, n *yaml.Node) (LakeTable, bool) {
	t := LakeTable{Source: source}
	if n.Kind == yaml.ScalarNode {
		var ok bool
		t.Table, ok = p.text(n, "a table")
		return t, ok
	}
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected a table, or {table: …, layout: …}, found "+yamlword.Kind(n), "")
		return t, false
	}
	p.each(n, "table", func(key, value *yaml.Node) {
		switch key.Value {
		case "table":
			t.Table, _ = p.text(value, "the name of a table")
		case "layout", "schema": // schema is the old name
			t.Layout, _ = p.text(value, "a table layout")
		case "region":
			t.Region = p.formed(value, "a region such as eu-west-1", IsRegion)
		default:
			p.unknownKey(key, tableKeys)
		}
	})
	return t, true
}
