package setup

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// RegionVariable is the placeholder for a region in a table name.
const RegionVariable = "{region}"

// settle finds the layouts of the tables in egret.yaml.
func (l *Lake) settle(tables []config.LakeTable) diag.List {
	var list diag.List
	fault := func(at config.Text, message, help string) {
		list.Add(diag.Diagnostic{Code: "config-value", Severity: diag.Error, Message: message, Span: at.Span, Help: help})
	}
	var sources, older []string
	for _, s := range append(slices.Clone(l.Schemas), schema.Generic()) {
		if len(s.Layouts()) > 0 {
			sources = append(sources, s.Name)
			older = append(older, s.Also()...)
		}
	}
	for _, t := range tables {
		if !slices.Contains(sources, t.Source.Value) && !slices.Contains(older, t.Source.Value) {
			help := "there are " + strings.Join(sources, ", ")
			if near := diag.Near(t.Source.Value, sources); near != "" {
				help = "the nearest is " + near
			}
			fault(t.Source, "no log source with tables named "+strconv.Quote(t.Source.Value), help)
			continue
		}
		layout, err := schema.FindLayout(l.Schemas, layoutName(t))
		if err != nil {
			fault(t.Layout, err.Error(), "egret list layouts names them all")
			continue
		}
		if !layout.Schema.Named(t.Source.Value) && layout.Schema != schema.Generic() {
			fault(t.Layout, layout.FullName()+" is not a layout of "+t.Source.Value, "name the table under "+layout.Schema.Name)
			continue
		}
		at := t.Source
		if t.Table.Value != "" {
			at = t.Table
		}
		name := cmp.Or(t.Table.Value, layout.Table)
		if name == "" {
			fault(at, layout.FullName()+" has no default table name", "as in {table: database.name, schema: "+layout.FullName()+"}")
			continue
		}
		if l.Driver().TakesFiles && IsPath(name) {
			name = l.Path(name)
		}
		name, problem := inRegion(name, t.Region.Value)
		if problem != "" {
			fault(at, problem, "region: eu-west-1 fills {region} in a table's name")
			continue
		}
		l.Tables = append(l.Tables, Table{Source: t.Source.Value, Name: name, Layout: layout, Region: t.Region.Value})
	}
	list.Sort()
	return list
}

// IsPath reports whether a table name is a path or a pattern of files.
func IsPath(name string) bool {
	if strings.ContainsAny(name, `/\*?[`) {
		return true
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".parquet", ".json", ".jsonl", ".ndjson", ".csv", ".gz", ".zst":
		return true
	}
	return false
}

// layoutName returns the full name of a table's layout, as far as the configuration gives it.
func layoutName(t config.LakeTable) string {
	switch name := t.Layout.Value; {
	case name == "":
		return t.Source.Value
	case strings.Contains(name, "/") || name == schema.Generic().Name:
		return name
	default:
		return t.Source.Value + "/" + name
	}
}

// inRegion inserts a region into a table name. The second result explains why that is impossible, "" on success.
func inRegion(name, region string) (_, fault string) {
	has := strings.Contains(name, RegionVariable)
	switch {
	case has && region == "":
		return "", name + " needs a region"
	case !has && region != "":
		return "", "the name of the table " + name + " does not depend on a region"
	}
	return strings.ReplaceAll(name, RegionVariable, strings.ReplaceAll(region, "-", "_")), ""
}

// TableFor returns the table for the log source of a set's rules. It returns an error if there is none or more than
// one.
func (l *Lake) TableFor(set *ruleset.Set) (*Table, error) {
	var fits []*Table
	for i := range l.Tables {
		if serves(l.Tables[i].Layout.Schema, set) {
			fits = append(fits, &l.Tables[i])
		}
	}
	if len(fits) == 1 {
		return fits[0], nil
	}
	if len(fits) == 0 {
		return nil, UsageError("list the tables of a lake in tables: in egret.yaml", fmt.Errorf("%s has no table of the rule's log source", l.Name()))
	}
	return nil, UsageError("choose one with --table", fmt.Errorf("the rule's log source has several tables: %s", TableNames(fits)))
}

// serves reports whether a log source has events for any rule of a set.
func serves(s *schema.Schema, set *ruleset.Set) bool {
	for _, rule := range set.Rules {
		if s.Serves(rule.LogSource) {
			return true
		}
	}
	return false
}

// TableNames lists table names for a message.
func TableNames(tables []*Table) string {
	var names []string
	for _, t := range tables {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}
