// Package ddl writes the statement that defines a table over a log source in Amazon Athena: CREATE EXTERNAL TABLE in
// Athena's variant of Hive's DDL.
//
// The input is a table layout, with the columns and their types, and Options, which say where the logs are; the
// output is a Statement. This package adds what the layout does not know, one row per table: the folders in the
// bucket, the SerDe, and how partitions are found (tables). User input is checked and then quoted by one function for
// each kind of name and literal (hive.go), so that it cannot become part of the statement's syntax. Layouts of tables
// that other services create, such as Security Lake's, are rejected with advice.
//
// The package does no input or output itself; Inspect lists folders through a Lister. Nothing depends on the current
// time: the same options give the same text.
package ddl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// Options say where the logs are and how to define the table.
type Options struct {
	// Table is the name of the table, optionally with its database before a dot; "" means the layout's usual name.
	Table string
	// Bucket is the bucket with the logs. Prefix is the path before AWSLogs/, "" for none; slashes at its ends are
	// ignored. For S3 access logs it is the path before the days, or before the objects.
	Bucket, Prefix string
	// Base replaces the path from the prefix down to the service's folder if the logs were copied without their
	// folders; "" means the usual path.
	Base string
	// Organization is the id of the AWS organisation of an organisation trail, "" for none.
	Organization string
	// Accounts are ids with 12 digits. Regions are AWS's codes, such as eu-west-1.
	Accounts, Regions []string
	// VPCs are ids, for Route 53. WebACL is the name of the web ACL of the logs, for WAF.
	VPCs   []string
	WebACL string
	// From is the first day of projected partitions; the zero time means three years before each query.
	From time.Time
	// Format lists the fields of a VPC flow log in text files in order, such as "account-id"; empty means the default
	// format.
	Format []string
}

// A Statement is the result of Write.
type Statement struct {
	// Text begins with a comment, and ends with a semicolon and a line break.
	Text string
	// Warnings are for the user, each without a full stop.
	Warnings []string
}

// RefusedError is the error for options that do not fit, or for a layout that has no external table.
type RefusedError struct {
	Reason string
	// Help says what to do instead, "" for nothing.
	Help string
}

func (r *RefusedError) Error() string { return r.Reason }

func refusef(help, format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...), Help: help}
}

// Write returns the statement for a layout. Every error is a *RefusedError.
func Write(p *schema.Layout, o Options) (*Statement, error) {
	t, err := tableOf(p)
	if err != nil {
		return nil, err
	}
	w := writer{layout: p, table: t, options: o, columns: p.Columns}
	if err := w.check(); err != nil {
		return nil, err
	}
	if err := w.arrange(); err != nil {
		return nil, err
	}
	return &Statement{Text: w.text(), Warnings: w.warnings}, nil
}

// writer builds one statement.
type writer struct {
	layout  *schema.Layout
	table   *table
	options Options

	name     string
	columns  []schema.Column
	location string
	// template is the path of a partition's folder, with ${column} for the values; "" without partitions.
	template   string
	properties []property
	// remarks are further sentences of the comment. example is a statement that follows them on its own line.
	remarks  []string
	example  string
	warnings []string
}

// property is a key and value of TBLPROPERTIES or SERDEPROPERTIES.
type property struct{ key, value string }

func (w *writer) remarkf(format string, args ...any) {
	w.remarks = append(w.remarks, fmt.Sprintf(format, args...))
}

func (w *writer) warnf(format string, args ...any) {
	w.warnings = append(w.warnings, fmt.Sprintf(format, args...))
}

// text assembles the statement. All comments come before it, since Athena does not accept comments inside.
func (w *writer) text() string {
	var b strings.Builder
	p := w.layout
	comment(&b, fmt.Sprintf("%s: %s.", p.Schema.Title, p.Title))
	comment(&b, "Documentation: "+p.Source)
	comment(&b, fmt.Sprintf("Use this table with the table layout %s.", p.FullName()))
	for _, remark := range slices.Concat(p.Notes, w.remarks) {
		comment(&b, remark)
	}
	if w.example != "" {
		b.WriteString("--   " + printable(w.example) + "\n")
	}
	fmt.Fprintf(&b, "CREATE EXTERNAL TABLE %s (\n", w.name)
	columnList(&b, w.columns)
	b.WriteString(")\n")
	if len(p.PartitionedBy) > 0 {
		b.WriteString("PARTITIONED BY (\n")
		columnList(&b, p.PartitionedBy)
		b.WriteString(")\n")
	}
	w.table.storage.write(&b)
	fmt.Fprintf(&b, "LOCATION %s", literal(w.location))
	if len(w.properties) > 0 {
		b.WriteString("\nTBLPROPERTIES (\n")
		propertyList(&b, w.properties)
		b.WriteString(")")
	}
	b.WriteString(";\n")
	return b.String()
}
