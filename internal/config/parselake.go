package config

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
)

// lakeKey is a key of a lake.
type lakeKey struct {
	name string
	// engine is the one that the key belongs to, "" for every engine.
	engine string
	read   func(p *parser, l *Lake, value *yaml.Node)
}

// lakeKeys are the keys of lakes; those of every engine first, then by engine, each in the order in which they are read
// best. The key engine itself is not among them.
var lakeKeys = []lakeKey{
	{"tables", "", func(p *parser, l *Lake, n *yaml.Node) { p.tables(l, n) }},
	{"budget", "", func(p *parser, l *Lake, n *yaml.Node) { p.budget(&l.Budget, n) }},
	{"price_per_tb", "", func(p *parser, l *Lake, n *yaml.Node) { p.price(&l.Price, n) }},
	{"concurrency", "", func(p *parser, l *Lake, n *yaml.Node) { p.count(&l.Concurrency, n, 1000) }},
	{"slice", "", func(p *parser, l *Lake, n *yaml.Node) { p.duration(&l.Slice, n) }},

	{"region", "athena", form(func(l *Lake) *Text { return &l.Athena.Region }, "a region such as eu-west-1", isRegion)},
	{"profile", "athena", plain(func(l *Lake) *Text { return &l.Athena.Profile }, "a profile of AWS's configuration files")},
	{"role", "athena", form(func(l *Lake) *Text { return &l.Athena.Role }, "the ARN of a role", isRole)},
	{"external_id", "athena", plain(func(l *Lake) *Text { return &l.Athena.ExternalID }, "the external id of the role")},
	{"workgroup", "athena", plain(func(l *Lake) *Text { return &l.Athena.Workgroup }, "a workgroup")},
	{"catalog", "athena", plain(func(l *Lake) *Text { return &l.Athena.Catalog }, "a data catalog")},
	{"database", "athena", plain(func(l *Lake) *Text { return &l.Athena.Database }, "a database")},
	{"output", "athena", form(func(l *Lake) *Text { return &l.Athena.Output }, "a place such as s3://bucket/prefix/", isS3)},
	{"encryption", "athena", form(func(l *Lake) *Text { return &l.Athena.Encryption }, "one of "+strings.Join(encryptions, ", "), isEncryption)},
	{"kms_key", "athena", plain(func(l *Lake) *Text { return &l.Athena.KMSKey }, "the ARN or id of a key")},
	{"bucket_owner", "athena", form(func(l *Lake) *Text { return &l.Athena.BucketOwner }, "an account id of 12 digits", isAccount)},
	{"reuse", "athena", func(p *parser, l *Lake, n *yaml.Node) { p.duration(&l.Athena.Reuse, n) }},
	{"cutoff", "athena", func(p *parser, l *Lake, n *yaml.Node) { p.boolean(&l.Athena.CutOff, n) }},
	{"endpoint", "athena", address(func(l *Lake) *Text { return &l.Athena.Endpoint })},
	{"s3_endpoint", "athena", address(func(l *Lake) *Text { return &l.Athena.S3Endpoint })},
	{"sts_endpoint", "athena", address(func(l *Lake) *Text { return &l.Athena.STSEndpoint })},

	{"database", "duckdb", plain(func(l *Lake) *Text { return &l.DuckDB.Database }, "a database file")},
	{"attach", "duckdb", func(p *parser, l *Lake, n *yaml.Node) { l.DuckDB.Attach = p.pairs(n, "name: a database file") }},
	{"memory", "duckdb", func(p *parser, l *Lake, n *yaml.Node) { p.bytes(&l.DuckDB.Memory, n) }},
	{"threads", "duckdb", func(p *parser, l *Lake, n *yaml.Node) { p.count(&l.DuckDB.Threads, n, 4096) }},

	{"url", "trino", address(func(l *Lake) *Text { return &l.Trino.URL })},
	{"user", "trino", plain(func(l *Lake) *Text { return &l.Trino.User }, "the name of a user")},
	{"password_env", "trino", variable(func(l *Lake) *Text { return &l.Trino.PasswordEnv })},
	{"token_env", "trino", variable(func(l *Lake) *Text { return &l.Trino.TokenEnv })},
	{"catalog", "trino", plain(func(l *Lake) *Text { return &l.Trino.Catalog }, "a catalog")},
	{"schema", "trino", plain(func(l *Lake) *Text { return &l.Trino.Schema }, "a schema of the catalog")},
	{"session", "trino", func(p *parser, l *Lake, n *yaml.Node) { l.Trino.Session = p.pairs(n, "property: value") }},
	{"ca_file", "trino", plain(func(l *Lake) *Text { return &l.Trino.CAFile }, "a file of certificates")},
	{"time_limit", "trino", func(p *parser, l *Lake, n *yaml.Node) { p.duration(&l.Trino.TimeLimit, n) }},
}

// lakes reads the lakes of a configuration.
func (p *parser) lakes(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `name: {engine: …}`, found "+kind(n), "")
		return
	}
	p.each(n, "lakes", func(key, value *yaml.Node) {
		name, ok := p.text(key, "the name of a lake")
		switch {
		case !ok:
		case strings.ContainsAny(name.Value, "/\\ \t\r\n") || strings.HasPrefix(name.Value, "-"):
			p.fault(key, "config-value", "a lake's name has no spaces and slashes, and does not begin with a dash, found "+shown(key), "")
		case value.Kind != yaml.MappingNode:
			p.fault(value, "config-value", "expected the settings of a lake, found "+kind(value), "as in: {engine: trino, url: https://trino.example.com}")
		default:
			p.lake(name, value)
		}
	})
}

// lake reads one lake. The engine says which keys mean something, so it is looked for first.
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
			Message: "lake " + strconv.Quote(name.Value) + " has no engine", Help: "as in engine: athena; there are " + strings.Join(Engines, ", ")})
	}
	p.each(n, "lake", func(key, value *yaml.Node) {
		switch {
		case key.Value == "engine":
		case isSecretKey(key.Value):
			p.secret(key, value)
		default:
			p.lakeKey(&l, key, value)
		}
	})
	if l.Engine.Value == "trino" && !has["url"] {
		p.list.Add(diag.Diagnostic{Code: "config-value", Severity: diag.Error, Span: name.Span,
			Message: "lake " + strconv.Quote(name.Value) + " has no url", Help: "the address of the cluster, as in url: https://trino.example.com"})
	}
	if key := l.Athena.KMSKey; key.Value != "" && !strings.HasSuffix(l.Athena.Encryption.Value, "-kms") {
		p.list.Add(diag.Diagnostic{Code: "config-value", Severity: diag.Error, Span: key.Span,
			Message: "kms_key goes with encryption sse-kms or cse-kms"})
	}
	p.config.Lakes = append(p.config.Lakes, l)
}

func (p *parser) engine(n *yaml.Node) Text {
	text, ok := p.text(n, "an engine")
	if ok && !slices.Contains(Engines, text.Value) {
		help := "there are " + strings.Join(Engines, ", ")
		if near := diag.Near(text.Value, Engines); near != "" {
			help = "the nearest is " + near
		}
		p.fault(n, "config-value", "expected an engine, found "+shown(n), help)
		return Text{}
	}
	return text
}

// lakeKey reads a key of a lake. Where the engine is not known, no key is asked whether it belongs to it.
func (p *parser) lakeKey(l *Lake, key, value *yaml.Node) {
	names, owners := []string{"engine"}, []string(nil)
	for _, k := range lakeKeys {
		fits := k.engine == "" || k.engine == l.Engine.Value
		if k.name == key.Value {
			if fits {
				k.read(p, l, value)
				return
			}
			owners = append(owners, k.engine)
		}
		if fits || l.Engine.Value == "" {
			names = append(names, k.name)
		}
	}
	switch {
	case owners == nil:
		if nearSecretKey(key.Value) {
			p.secrets = append(p.secrets, p.span(value))
		}
		slices.Sort(names)
		p.unknownKey(key, slices.Compact(names))
	case l.Engine.Value != "":
		slices.Sort(names)
		p.fault(key, "unknown-config-key", "key "+strconv.Quote(key.Value)+" means nothing to the engine "+l.Engine.Value,
			"it is one of "+strings.Join(owners, " and ")+"; here the keys are "+strings.Join(names, ", "))
	}
}

// tables reads the tables of a lake: a table or a list of them for each log source.
func (p *parser) tables(l *Lake, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `log source: {table: …, schema: …}`, found "+kind(n), "")
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
var tableKeys = []string{"region", "schema", "table"}

func (p *parser) table(source Text, n *yaml.Node) (LakeTable, bool) {
	t := LakeTable{Source: source}
	if n.Kind == yaml.ScalarNode {
		var ok bool
		t.Table, ok = p.text(n, "a table")
		return t, ok
	}
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected a table, or {table: …, schema: …}, found "+kind(n), "")
		return t, false
	}
	p.each(n, "table", func(key, value *yaml.Node) {
		switch key.Value {
		case "table":
			t.Table, _ = p.text(value, "the name of a table")
		case "schema":
			t.Schema, _ = p.text(value, "the profile of a table")
		case "region":
			t.Region = p.formed(value, "a region such as eu-west-1", isRegion)
		default:
			p.unknownKey(key, tableKeys)
		}
	})
	return t, true
}
