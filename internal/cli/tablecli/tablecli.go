// Package tablecli is egret table: definitions of tables for logs, and a comparison of the tables of a lake with their
// schemas.
//
// Its input is flags, the folders of a bucket or a lake; its output is SQL, or a report. Packages ddl and tablecheck have
// what the commands do.
package tablecli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/help"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/ddl"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/timetext"
)

// Host is the program that the commands run in.
type Host interface {
	lakeflags.Host
	// Streams returns stdin, stdout and stderr.
	Streams() (stdin io.Reader, stdout, stderr io.Writer)
	// Colors reports whether a stream gets colours.
	Colors(stream io.Writer) bool
	// Complain prints an error and its help.
	Complain(err error)
	// Found gives the command the exit code of findings.
	Found()
	// Fail gives the command an exit code, unless it has a higher one.
	Fail(code int)
	// Schemas returns the built-in log sources and those of a folder, "" for none, and of a configuration, "" for the nearest.
	Schemas(folder, config string) ([]*schema.Schema, error)
	// RuleFlags adds the flags that choose rules, with --config and --no-color.
	RuleFlags(cmd *cobra.Command) Rules
	// UntilSignal returns a context that ends with Ctrl-C.
	UntilSignal(ctx context.Context) (context.Context, func())
}

// Rules are the flags that choose rules, after they were parsed.
type Rules struct {
	// Check returns an error if a flag has a wrong value.
	Check func() error
	// Config is the configuration that a flag names, "" for the nearest.
	Config func() string
	// Load reads the rules and prints diagnostics about them. schemas are the log sources that rules may use.
	Load func(ctx context.Context, schemas []*schema.Schema) (*setup.RuleSet, error)
}

// commands are the commands of egret table.
type commands struct {
	host           Host
	stdout, stderr io.Writer
}

// ddlFlags are the flags of `egret table ddl`.
type ddlFlags struct {
	options                ddl.Options
	projection, partitions bool
	from, format           string
	output                 string
	// inspect is a folder or the address of a bucket whose layout fills in what the other flags leave out; region is where
	// the bucket lies.
	inspect, region string
	// schemaFolder has schemas of the user's own.
	schemaFolder string
}

// Command returns egret table.
func Command(host Host) *cobra.Command {
	a := &commands{host: host}
	_, a.stdout, a.stderr = host.Streams()
	table := &cobra.Command{
		Use:   "table",
		Short: "Make tables of logs, and check those that are there",
		Args:  help.NoCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var f ddlFlags
	cmd := &cobra.Command{
		Use:   "ddl [SCHEMA[/LAYOUT]]",
		Short: "Print the CREATE EXTERNAL TABLE of a log source for Amazon Athena",
		Long: `Print the statement that makes a log source in S3 a table in Amazon Athena: columns, types, partitions and where the
files are. Rules that are converted for the same table layout run on it.

SCHEMA alone chooses the first table that fits: with partition projection, for the accounts and regions that are named.
With --inspect the folders of the logs say what they are, and fill in every flag that is not given; what was concluded
goes to stderr. A bucket is read with the credentials that AWS's own tools would use, and nothing but read.

The tables are:
` + layoutList(),
		Example: `  egret table ddl cloudtrail --bucket my-logs --accounts 111122223333 --regions eu-west-1
  egret table ddl cloudtrail --bucket my-logs --organization o-exampleorg1 --regions eu-west-1,us-east-1 --from 2026-01-01
  egret table ddl cloudtrail/athena-org --bucket my-logs --organization o-exampleorg1
  egret table ddl vpcflow --bucket my-logs --accounts 111122223333 --format "version account-id srcaddr dstaddr start end"
  egret table ddl s3access --bucket my-logs --prefix access/111122223333/eu-west-1/my-data
  egret table ddl --inspect s3://my-logs/trail/
  egret table ddl cloudtrail --inspect copy-of-bucket/ --bucket my-logs -o table.sql`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.inspect != "" && len(args) == 0 {
				return nil
			}
			return command.ExactlyOne("SCHEMA", "egret table ddl cloudtrail --bucket my-logs --accounts 111122223333 --regions eu-west-1")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.ddl(cmd.Context(), &f, strings.Join(args, ""))
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	o := &f.options
	flags.StringVar(&o.Table, "table", "", "`NAME` of the table, maybe with its database: db.name")
	flags.StringVar(&o.Bucket, "bucket", "", "`BUCKET` that holds the logs")
	flags.StringVar(&o.Prefix, "prefix", "", "`PREFIX` before AWSLogs; for s3access all before the days or objects")
	flags.StringVar(&o.Organization, "organization", "", "`ID` of the organisation whose trail it is")
	flags.StringSliceVar(&o.Accounts, "accounts", nil, "account `IDS`, with commas")
	flags.StringSliceVar(&o.Regions, "regions", nil, "`REGIONS`, with commas")
	flags.StringSliceVar(&o.VPCs, "vpcs", nil, "`IDS` of VPCs, for route53")
	flags.StringVar(&o.WebACL, "web-acl", "", "`NAME` of the web ACL, for waf")
	flags.BoolVar(&f.projection, "projection", false, "a table with partition projection")
	flags.BoolVar(&f.partitions, "partitioned", false, "a table whose partitions are added")
	flags.StringVar(&f.from, "from", "", "first day of projected partitions: a `TIME`")
	flags.StringVar(&f.format, "format", "", "`FIELDS` of a custom VPC flow log in order")
	flags.StringVar(&f.inspect, "inspect", "", "read the layout of a `PATH|s3://BUCKET/PREFIX` and fill flags in from it")
	flags.StringVar(&f.region, "s3-region", "", "`REGION` of the bucket to inspect, if the environment does not say")
	flags.StringVar(&f.schemaFolder, "schema-folder", "", command.SchemaFolderHelp)
	flags.StringVarP(&f.output, "output", "o", "", "write to a `FILE`")
	table.AddCommand(cmd, a.checkCommand())
	return table
}

// layoutList names the layouts that have a table, a line for each schema.
func layoutList() string {
	var b strings.Builder
	before := ""
	for _, name := range ddl.Layouts() {
		source, layout, _ := strings.Cut(name, "/")
		if source != before {
			fmt.Fprintf(&b, "\n  %-12s%s", source, layout)
		} else {
			b.WriteString(", " + layout)
		}
		before = source
	}
	return b.String()
}

// kind is what the flags say of the table's partitions.
func (f *ddlFlags) kind() (ddl.Kind, error) {
	switch {
	case f.projection && f.partitions:
		return 0, command.Usage("a table has one or the other", errors.New("--projection and --partitioned cannot be used together"))
	case f.projection:
		return ddl.Projection, nil
	case f.partitions:
		return ddl.Partitioned, nil
	}
	return ddl.AnyKind, nil
}

// tableDDL prints the statement for a schema or layout, whose name is "" where the inspection is to find it.
func (a *commands) ddl(ctx context.Context, f *ddlFlags, name string) error {
	guard, err := outfile.NewGuard([2]string{"-o", f.output})
	if err == nil && f.inspect != "" {
		err = guard.Inputs(f.inspect)
	}
	if err != nil {
		return err
	}
	kind, err := f.kind()
	if err != nil {
		return err
	}
	if f.from != "" {
		from, err := timetext.Time(f.from, time.Now())
		if err != nil {
			return command.Usage(timetext.TimeHelp, fmt.Errorf("--from: %w", err))
		}
		f.options.From = from
	}
	f.options.Format = ddl.FlowFormat(f.format)
	var p *schema.Layout
	if name != "" {
		schemas, err := a.host.Schemas(f.schemaFolder, "")
		if err != nil {
			return err
		}
		if p, err = schema.FindLayout(schemas, name); err != nil {
			return command.Usage("egret list layouts lists the schemas", err)
		}
	}
	if p, err = a.layout(ctx, f, p, strings.Contains(name, "/"), kind); err != nil {
		return err
	}
	statement, err := ddl.Write(p, f.options)
	if err != nil {
		return refused(err)
	}
	if f.inspect != "" {
		fmt.Fprintf(a.stderr, "%s: %s\n", term.Paint(a.host.Colors(a.stderr), term.Note, "note"), "the table is that of the table layout "+p.FullName())
	}
	for _, warning := range statement.Warnings {
		fmt.Fprintf(a.stderr, "%s: %s\n", term.Paint(a.host.Colors(a.stderr), term.Warning, "warning"), command.SafeLines(warning))
	}
	out, err := command.OpenOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	if _, err := out.WriteString(statement.Text); err != nil {
		return errors.Join(command.Unwritable(err), out.Abandon())
	}
	return out.Close()
}

// refused turns a refusal into an error of the command line.
func refused(err error) error {
	var r *ddl.RefusedError
	if errors.As(err, &r) {
		return command.Usage(r.Help, err)
	}
	return err
}
