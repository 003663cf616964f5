// Package ddl writes the statement that makes a log source a table in Amazon Athena: CREATE EXTERNAL TABLE in Hive's
// words, as Athena takes it.
//
// In go a schema profile, which has the columns and their types, and Options, which say where the logs lie; out comes a
// Statement. What the profile does not know stands here, a row for each table: the folders below the bucket, the SerDe,
// and how partitions are found (tables). Names and values that come from outside are checked, then quoted by one
// function each (hive.go), so that none of them can become a part of the statement. Profiles of tables that somebody
// else makes, such as Security Lake's, are refused with what to do instead.
//
// The package reads nothing; Inspect asks a Lister for the folders that it looks at. Nothing here knows the time or
// opens a connection: the same options give the same text.
package ddl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// Options say where the logs lie, and what the table is to be like.
type Options struct {
	// Table is the table's name, maybe with its database before a dot; "" for the profile's own.
	Table string
	// Bucket holds the logs. Prefix is what its owner put before AWSLogs/, "" for nothing; slashes at its ends do not
	// matter. For S3 access logs it is everything before the days, or before the objects.
	Bucket, Prefix string
	// Base replaces the folders from AWSLogs down to the service, prefix and account included, where logs were copied
	// without them; "" is the usual place.
	Base string
	// Organization is the id of an AWS organisation whose trail it is, "" for none.
	Organization string
	// Accounts are ids of 12 digits. Regions are AWS's codes, such as eu-west-1.
	Accounts, Regions []string
	// VPCs are ids, for Route 53. WebACL is the name of the web ACL whose logs they are, for WAF.
	VPCs   []string
	WebACL string
	// From is the first day that projected partitions hold; the zero time for three years before each query.
	From time.Time
	// Format are the fields of a VPC flow log over text in its order, such as "account-id"; empty for the default.
	Format []string
}

// Statement is what came of it.
type Statement struct {
	// Text begins with a comment, and ends with a semicolon and a line break.
	Text string
	// Warnings are remarks for the person who asked, each a sentence.
	Warnings []string
}

// RefusedError is the error of this package: options that do not fit, or a profile that has no external table.
type RefusedError struct {
	Reason string
	// Help says what to do instead, "" if there is nothing to say.
	Help string
}

func (r *RefusedError) Error() string { return r.Reason }

func refusef(help, format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...), Help: help}
}

// Write makes the statement for a profile. Every error is a *RefusedError.
func Write(p *schema.Profile, o Options) (*Statement, error) {
	t, err := tableOf(p)
	if err != nil {
		return nil, err
	}
	w := writer{profile: p, table: t, options: o, columns: p.Columns}
	if err := w.check(); err != nil {
		return nil, err
	}
	if err := w.arrange(); err != nil {
		return nil, err
	}
	return &Statement{Text: w.text(), Warnings: w.warnings}, nil
}

// writer is one statement being made.
type writer struct {
	profile *schema.Profile
	table   *table
	options Options

	name     string
	columns  []schema.Column
	location string
	// template leads to a partition's folder, with ${column} for the values; "" where there are no partitions.
	template   string
	properties []property
	// remarks are further sentences of the comment. Example is a statement that stands there on a line of its own.
	remarks  []string
	example  string
	warnings []string
}

// property is a key of TBLPROPERTIES or SERDEPROPERTIES and its value.
type property struct{ key, value string }

func (w *writer) remarkf(format string, args ...any) {
	w.remarks = append(w.remarks, fmt.Sprintf(format, args...))
}

func (w *writer) warnf(format string, args ...any) {
	w.warnings = append(w.warnings, fmt.Sprintf(format, args...))
}

// text puts the parts together. The comments stand before the statement: Athena takes none within.
func (w *writer) text() string {
	var b strings.Builder
	p := w.profile
	comment(&b, fmt.Sprintf("%s: %s.", p.Schema.Title, p.Title))
	comment(&b, "Documentation: "+p.Source)
	comment(&b, fmt.Sprintf("Rules run on this table with the schema profile %s.", p.FullName()))
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
