package athenatest

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Table is a table of the data catalog.
type Table struct {
	Database, Name string
	// Type is the type of the table; "" means "EXTERNAL_TABLE".
	Type string
	// Columns have types in the form of the data catalog, "struct<type:string>" for example; partition columns are in
	// PartitionKeys.
	Columns, PartitionKeys []Column
	// Partitions is what SHOW PARTITIONS lists, as "year=2026/month=02".
	Partitions []string
	// Parameters are the table's properties, such as "table_type": "ICEBERG" or those of partition projection.
	Parameters map[string]string
}

// catalogName is the only catalog, in any letter case.
const catalogName = "AwsDataCatalog"

// created is the creation time of everything in the catalog.
var created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// AddTable adds a table, or replaces the one with that name.
func (s *Server) AddTable(t Table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables = append(slices.DeleteFunc(slices.Clone(s.tables), func(other Table) bool {
		return strings.EqualFold(other.Database, t.Database) && strings.EqualFold(other.Name, t.Name)
	}), t)
}

func (s *Server) getTableMetadata(in *request, _ *Call) (any, *Refusal) {
	tables, refusal := s.database(in)
	if refusal != nil {
		return nil, refusal
	}
	for _, t := range tables {
		if strings.EqualFold(t.Name, in.TableName) {
			return map[string]any{"TableMetadata": t.describe()}, nil
		}
	}
	return nil, MissingMetadata()
}

// database returns the tables of a database, sorted by name.
func (s *Server) database(in *request) ([]Table, *Refusal) {
	switch {
	case in.CatalogName == "":
		return nil, violated("catalogName", "Member must not be null")
	case !strings.EqualFold(in.CatalogName, catalogName):
		return nil, invalid("Data catalog " + in.CatalogName + " was not found.")
	case in.DatabaseName == "":
		return nil, violated("databaseName", "Member must not be null")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := slices.ContainsFunc(s.options.Databases, func(name string) bool { return strings.EqualFold(name, in.DatabaseName) })
	var tables []Table
	for _, t := range s.tables {
		if strings.EqualFold(t.Database, in.DatabaseName) {
			known, tables = true, append(tables, t)
		}
	}
	if !known {
		return nil, MissingMetadata()
	}
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return tables, nil
}

func (s *Server) listTableMetadata(in *request, _ *Call) (any, *Refusal) {
	tables, refusal := s.database(in)
	if refusal != nil {
		return nil, refusal
	}
	// The expression is a regular expression for names.
	if in.Expression != "" {
		pattern, err := regexp.Compile("^(?i:" + in.Expression + ")$")
		if err != nil {
			return nil, invalid("expression is no regular expression")
		}
		tables = slices.DeleteFunc(tables, func(t Table) bool { return !pattern.MatchString(t.Name) })
	}
	from, to, next, refusal := in.page("tables/"+in.DatabaseName, len(tables))
	if refusal != nil {
		return nil, refusal
	}
	list := []any{}
	for _, t := range tables[from:to] {
		list = append(list, t.describe())
	}
	return withNext(map[string]any{"TableMetadataList": list}, next), nil
}

func (s *Server) getDatabase(in *request, _ *Call) (any, *Refusal) {
	if _, refusal := s.database(in); refusal != nil {
		return nil, refusal
	}
	return map[string]any{"Database": map[string]any{"Name": in.DatabaseName, "Parameters": map[string]string{}}}, nil
}

// showPartitions answers SHOW PARTITIONS.
func (s *Server) showPartitions(sql string) ([]Column, Rows, error) {
	words := strings.Fields(sql)
	name := strings.ReplaceAll(words[len(words)-1], "`", "")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		if !strings.EqualFold(t.Database+"."+t.Name, name) {
			continue
		}
		var rows [][]any
		for _, partition := range t.Partitions {
			rows = append(rows, []any{partition})
		}
		return []Column{{Name: "partition", Type: "string"}}, Slice(rows...), nil
	}
	return nil, nil, failed("FAILED: SemanticException table is not found " + name)
}

// describe returns a table in the form of Athena's API.
func (t *Table) describe() map[string]any {
	shown := map[string]any{"Name": t.Name, "TableType": t.Type, "CreateTime": seconds(created),
		"Columns": describeColumns(t.Columns), "PartitionKeys": describeColumns(t.PartitionKeys), "Parameters": t.Parameters}
	if t.Type == "" {
		shown["TableType"] = "EXTERNAL_TABLE"
	}
	if t.Parameters == nil {
		shown["Parameters"] = map[string]string{}
	}
	return shown
}

func describeColumns(columns []Column) []map[string]string {
	out := []map[string]string{}
	for _, c := range columns {
		shown := map[string]string{"Name": c.Name, "Type": c.Type}
		if c.Comment != "" {
			shown["Comment"] = c.Comment
		}
		out = append(out, shown)
	}
	return out
}
