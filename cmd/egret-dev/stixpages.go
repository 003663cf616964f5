package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

func writeSTIX(args []string, _, stderr io.Writer) error {
	out, err := outFlag("stix", args, stderr)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]func() (string, error){"connector.md": connectorPage, "mappings.md": mappingsPage} {
		page, err := text()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), []byte(page), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// connectorPage returns the page about the attributes of stix-shifter's connector.
func connectorPage() (string, error) {
	byName := map[string]*stixmap.Mapping{}
	for _, m := range stixmap.All() {
		byName[m.Name] = m
	}
	var rows strings.Builder
	answered, all := map[string]int{}, map[string]int{}
	dialect := ""
	for _, a := range stixmap.Connector() {
		if a.Dialect != dialect {
			dialect = a.Dialect
			fmt.Fprintf(&rows, "\n## %s\n\n| object path | columns of the connector | egret |\n|---|---|---|\n", dialect)
		}
		path, err := attributePath(a.Path)
		if err != nil {
			return "", err
		}
		says := "refused: no published table has the column"
		all[dialect]++
		if fields := byName[dialect].Answer(path); fields != nil {
			says = "`" + strings.Join(fields, "`, `") + "`"
			answered[dialect]++
		}
		fmt.Fprintf(&rows, "| `%s` | `%s` | %s |\n", a.Path, a.Columns, says)
	}
	var b strings.Builder
	b.WriteString(`# Attributes of stix-shifter's connector for Athena

Each object path that the connector ` + "`aws_athena`" + ` 8.1.3 maps, with the fields of the log from which egret answers it. A path of
which no published table of AWS has a column is refused by name, not taken for true or false. ` + "`row.`" + ` begins the paths of a table's
own columns. ` + "`make generate`" + ` writes this page.

| dialect | attributes | answered | refused |
|---|---|---|---|
`)
	for _, name := range []string{"vpcflow", "guardduty", "ocsf"} {
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", name, all[name], answered[name], all[name]-answered[name])
	}
	return b.String() + rows.String(), nil
}

// attributePath reads an object path.
func attributePath(text string) (*stix.Path, error) {
	pattern, list := stix.Parse(source.NewFile(text, "["+text+" = '']"), stix.V21)
	if pattern == nil {
		return nil, fmt.Errorf("%s: %s", text, list[0].Message)
	}
	observation, ok := stixmap.Canonical(pattern).Expr.(*stix.Observation)
	if !ok {
		return nil, fmt.Errorf("%s is no object path", text)
	}
	comparison, ok := observation.Comparison.(*stix.Comparison)
	if !ok {
		return nil, fmt.Errorf("%s is no object path", text)
	}
	return &comparison.Path, nil
}

// mappingsPage returns the page about the objects of each log source.
func mappingsPage() (string, error) {
	var b strings.Builder
	b.WriteString(`# STIX objects of log sources

The object paths that patterns may use, with the fields of the log from which they are answered. ` + "`make generate`" + ` writes this page
from ` + "`internal/stixmap/data`" + `.
`)
	for _, m := range stixmap.All() {
		fmt.Fprintf(&b, "\n## %s\n\n| object path | fields |\n|---|---|\n", m.Title)
		full := m
		if m.Full != nil {
			full = m.Full
		}
		for _, text := range full.Paths() {
			if strings.Contains(text, ".*") {
				fmt.Fprintf(&b, "| `%s` | names in the log |\n", text)
				continue
			}
			path, err := attributePath(text)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "| `%s` | `%s` |\n", text, strings.Join(full.Answer(path), "`, `"))
		}
	}
	return b.String(), nil
}
