package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine/registry"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

const whole = `# how we hunt
rules: [starter, ./rules]
levels:
  0a1b2c3d-0000-4000-8000-000000000001: low
disabled:
  - 0a1b2c3d-0000-4000-8000-000000000002
filters:
  - filters/automation.yml
  - title: Nightly share
    logsource:
      product: aws
    filter:
      rules: any
      selection:
        eventName: ModifySnapshotAttribute
      condition: not selection
placeholders:
  admins: [ops-admin, "007"]
  "%one%": single
`

// engines returns the engines that the lake tests use. The tests do not depend on other engines.
func engines() []config.Engine {
	return slices.DeleteFunc(registry.Config(), func(e config.Engine) bool { return !slices.Contains([]string{"athena", "duckdb", "trino"}, e.Name) })
}

func parse(text string) (*config.Config, string) {
	c, list := config.Parse(source.NewFile("egret.yaml", text), engines())
	var lines []string
	for _, d := range list {
		position := d.Span.File.Position(d.Span.Start)
		lines = append(lines, fmt.Sprintf("%d:%d %s[%s] %s (%s)", position.Line, position.Column, d.Severity, d.Code, d.Message, d.Help))
	}
	return c, strings.Join(lines, "\n")
}

func TestParseReadsAllKeys(t *testing.T) {
	c, list := parse(whole)
	if list != "" {
		t.Fatal(list)
	}
	if len(c.Rules) != 2 || c.Rules[0].Value != "starter" || c.Rules[1].Value != "./rules" {
		t.Errorf("rules: %v", c.Rules)
	}
	if len(c.Levels) != 1 || c.Levels[0].ID.Value != "0a1b2c3d-0000-4000-8000-000000000001" || c.Levels[0].Level != finding.Low {
		t.Errorf("levels: %v", c.Levels)
	}
	if len(c.Disabled) != 1 || c.Disabled[0].Value != "0a1b2c3d-0000-4000-8000-000000000002" {
		t.Errorf("disabled: %v", c.Disabled)
	}
	if len(c.Filters) != 2 || c.Filters[0].Path.Value != "filters/automation.yml" || c.Filters[1].Inline == nil {
		t.Errorf("filters: %v", c.Filters)
	}
	if len(c.Placeholders) != 2 || c.Placeholders[0].Name.Value != "admins" || c.Placeholders[1].Name.Value != "one" ||
		!slices.Equal(c.Placeholders[0].Values, []string{"ops-admin", "007"}) ||
		!slices.Equal(c.Placeholders[1].Values, []string{"single"}) {
		t.Errorf("placeholders: %v", c.Placeholders)
	}
}

// An inline filter is a Sigma filter whose positions are those of egret.yaml.
func TestInlineFilterKeepsPositions(t *testing.T) {
	for name, text := range map[string]string{
		"block": whole,
		"flow": "filters:\n  - {title: Nightly share, logsource: {product: aws}, filter: {rules: any, selection: {a: '}'}, " +
			"condition: not selection}}\nrules: starter\n",
	} {
		c, list := parse(text)
		if list != "" {
			t.Fatal(list)
		}
		var inline *source.File
		for _, filter := range c.Filters {
			if filter.Inline != nil {
				inline = filter.Inline
			}
		}
		collection, faults := sigma.Parse(inline)
		if len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
		if len(collection.Filters) != 1 || collection.Filters[0].Title != "Nightly share" {
			t.Fatalf("%s: %+v", name, collection)
		}
		span := collection.Filters[0].TitleSpan
		want := source.NewFile("egret.yaml", text).Position(strings.Index(text, "Nightly"))
		if got := span.File.Position(span.Start); got != want {
			t.Errorf("%s: the title is at %v, want %v", name, got, want)
		}
	}
}

func TestParseAcceptsEmptyFiles(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n  # here\n", "---\n", "rules:\nlevels:\n"} {
		if c, list := parse(text); list != "" || len(c.Rules) > 0 {
			t.Errorf("%q: %v %s", text, c, list)
		}
	}
}

func TestFaultsHavePositionAndHelp(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"disable: [x]", `1:1 error[unknown-config-key] key "disable" is not defined (the nearest key is disabled)`},
		{"rules: [a]\nquux: 1", `2:1 error[unknown-config-key] key "quux" is not defined (the keys are backends, check, checks, disabled, filters, geoip, ioc, known, lakes, levels, pipelines, placeholders, rules, schemas, stix_mappings)`},
		{"levels:\n  abc: hihg", `2:8 error[config-value] expected a level, found "hihg" (the nearest level is high)`},
		{"levels: [high]", "1:9 error[config-value] expected `rule id: level`, found a list ()"},
		{"rules: {a: b}", `1:8 error[config-value] expected a folder, a file or the word starter, found keys with values ()`},
		{"rules: [a]\nrules: [b]", `2:1 error[config-value] key "rules" appears twice ()`},
		{"é: 1\nrules: [[x]]", "1:1 error[unknown-config-key] key \"é\" is not defined (the keys are backends, check, checks, disabled, filters, geoip, ioc, known, lakes, levels, pipelines, placeholders, rules, schemas, stix_mappings)\n" +
			"2:9 error[config-value] expected a folder, a file or the word starter, found a list ()"},
		{"known:\n  a: [x, 192.0.2.0/24]\n  b: {networks: 192.0.2.1/24}", "2:7 error[config-value] expected a network or an address, found \"x\" (such as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7)\n" +
			"3:17 error[config-value] network \"192.0.2.1/24\" appears twice ()"},
		{"known: [a]\ngeoip: {}", "1:8 error[config-value] expected `label: {networks: […], agents: […]}`, found a list ()\n" +
			"2:8 error[config-value] expected the path of a database (.mmdb), found keys with values ()"},
		{"known: {a: {net: x}}", `1:13 error[unknown-config-key] key "net" is not defined (the keys are agents, networks)`},
		{"[]", `1:1 error[config-value] expected keys with values, found a list ()`},
	} {
		if _, got := parse(row.text); got != row.want {
			t.Errorf("%q:\ngot  %s\nwant %s", row.text, got, row.want)
		}
	}
}

func TestSyntaxErrorNamesLine(t *testing.T) {
	_, got := parse("rules:\n  - a\n b: [\n")
	if !strings.Contains(got, "error[config-syntax]") || strings.HasPrefix(got, "1:") {
		t.Errorf("got %s, want error[config-syntax] after line 1", got)
	}
}

// Parse does not expand nested aliases, whose number grows exponentially.
func TestParseDoesNotExpandNestedAliases(t *testing.T) {
	text := "a: &a [x, x]\n"
	for i := 'b'; i <= 'z'; i++ {
		text += fmt.Sprintf("%c: &%c [*%c, *%c, *%c]\n", i, i, i-1, i-1, i-1)
	}
	if _, got := parse(text + "rules: *z\ndisabled: *a\n"); !strings.Contains(got, "found a list") {
		t.Errorf("got %s, want \"found a list\"", got)
	}
}

func TestFindSearchesParentsThenUserFolder(t *testing.T) {
	root := t.TempDir()
	deep, user := filepath.Join(root, "case", "logs"), filepath.Join(root, "user")
	for _, dir := range []string{deep, filepath.Join(user, "egret")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want string) {
		t.Helper()
		if got, err := config.Find(deep, user, nil); err != nil || got.Path != want {
			t.Errorf("got %q (%v), want %q", got, err, want)
		}
	}
	check("")
	for _, path := range []string{
		filepath.Join(user, "egret", "egret.yaml"), filepath.Join(root, "egret.yaml"), filepath.Join(deep, "egret.yaml"),
	} {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		check(path)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add(lakes)
	f.Add("lakes: {a: {engine: trino, password: x, url: 'https://u:p@h', tables: {b: [c, {table: d}]}}}")
	f.Add("filters: [{a: '}', b: \"\\\"\"}]")
	f.Add("filters:\n- a: |\n   x\n# c\n- b: *q\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, list := config.Parse(source.NewFile("egret.yaml", text), engines())
		for _, d := range list {
			if d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End {
				t.Errorf("got a span from %d to %d in a file of %d bytes", d.Span.Start, d.Span.End, len(text))
			}
		}
		for _, filter := range c.Filters {
			if filter.Inline != nil && filter.Inline.Lines() > source.NewFile("", text).Lines() {
				t.Error("an inline filter has more lines than the file")
			}
		}
	})
}

// TestTheExampleConfigurationIsRead parses the examples of egret.yaml on its page.
func TestTheExampleConfigurationIsRead(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "guide", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) == 0 {
		t.Error("the page has no example")
	}
	for _, block := range blocks {
		if strings.HasPrefix(block[1], "title:") {
			continue // a filter, which is a separate file
		}
		if _, list := config.Parse(source.NewFile("egret.yaml", block[1]), registry.Config()); len(list) > 0 {
			t.Errorf("got %v\n%s", list, block[1])
		}
	}
}
