package ddl

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/schema"
)

var validFlowField = lazyre.New(`^[a-z][a-z0-9-]{0,63}$`)

// laterFlowFields has the fields of flow logs since version 6, for which the documented table has no column, and their
// types: Amazon VPC User Guide, "Flow log records", read 2026-11
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html).
var laterFlowFields = map[string]string{
	"ecs-cluster-arn": "string", "ecs-cluster-name": "string", "ecs-container-instance-arn": "string",
	"ecs-container-instance-id": "string", "ecs-container-id": "string", "ecs-second-container-id": "string",
	"ecs-service-name": "string", "ecs-task-definition-arn": "string", "ecs-task-arn": "string", "ecs-task-id": "string",
	"reject-reason": "string", "resource-id": "string", "encryption-status": "string",
}

// FlowFormat splits the format of a VPC flow log into its fields. It accepts the header of a file ("version
// account-id"), the form of the console ("${version} ${account-id}"), and commas.
func FlowFormat(text string) []string {
	return strings.FieldsFunc(strings.NewReplacer("${", " ", "}", " ").Replace(text), func(r rune) bool { return r == ' ' || r == ',' })
}

// arrangeColumns puts the columns of a flow log in text files into the order of the log's format.
func (w *writer) arrangeColumns() error {
	if len(w.options.Format) == 0 {
		if w.table.storage == &flowText {
			w.remarkf("The columns are in the order of the guide's example. For a log in another format use --format with the fields in" +
				" the order of the first line of its files.")
		}
		return nil
	}
	known := map[string]schema.Column{}
	for _, p := range w.layout.Schema.Layouts() {
		if tableRow, err := tableOf(p); err == nil && tableRow.storage == &flowText {
			for _, c := range p.Columns {
				known[c.Name] = c
			}
		}
	}
	var columns []schema.Column
	var renamed []string
	seen := map[string]bool{}
	for _, field := range w.options.Format {
		name := strings.ReplaceAll(field, "-", "_")
		column, ok := known[name]
		switch {
		case !validFlowField.MatchString(strings.ReplaceAll(field, "_", "-")):
			return refusef("examples of fields are account-id, srcaddr and log-status", "%q is not a field of a flow log", field)
		case seen[name]:
			return refusef("", "the format has a duplicate field %s", field)
		case !ok:
			word, later := laterFlowFields[strings.ReplaceAll(name, "_", "-")]
			if !later {
				if near := nearFlowField(name, known); near != "" {
					return refusef("the nearest is "+near, "%q is not a field of a flow log", field)
				}
				w.warnf("unknown field %s; its column becomes a string", field)
				word = "string"
			}
			typ, err := schema.ParseType(word)
			if err != nil {
				return refusef("", "field %s: %v", field, err)
			}
			column = schema.Column{Name: name, Type: typ}
		}
		seen[name] = true
		if slices.ContainsFunc(w.layout.PartitionedBy, func(c schema.Column) bool { return c.Name == column.Name }) {
			column.Name += "_in_log"
			renamed = append(renamed, column.Name)
		}
		columns = append(columns, column)
	}
	w.columns = columns
	if len(renamed) > 0 {
		w.remarkf("A partition already has the name of a field, so the column is called %s.", strings.Join(renamed, ", "))
	}
	var absent []string
	for _, c := range w.layout.Columns {
		if !seen[c.Name] {
			absent = append(absent, c.Name)
		}
	}
	if len(absent) > 0 {
		w.remarkf("The format lacks these columns of the table layout: %s. Queries that use them fail on this table.",
			strings.Join(absent, ", "))
	}
	return nil
}

func nearFlowField(name string, known map[string]schema.Column) string {
	var names []string
	for n := range known {
		names = append(names, n)
	}
	for n := range laterFlowFields {
		names = append(names, strings.ReplaceAll(n, "-", "_"))
	}
	slices.Sort(names)
	return strings.ReplaceAll(diag.Near(name, names), "_", "-")
}
