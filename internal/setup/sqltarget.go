package setup

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// TableOptions name the table that SQL is written for.
type TableOptions struct {
	// Table is its name, "" for that of the layout. Region is for layouts with a table for each region. Accounts restrict the
	// partitions that are read.
	Table, Region string
	Accounts      []string
	// TimeField is the column with the time of an event, and TimeFormat what it holds; "" for those of the layout.
	TimeField, TimeFormat string
}

// Apply checks the options against the layout and the times of sql, and sets them there.
func (o TableOptions) Apply(sql *sqlgen.Options) error {
	sql.Table, sql.Region, sql.Accounts = o.Table, o.Region, o.Accounts
	isFile := o.Table != "" && sql.Dialect != nil && sql.Dialect.Name == "duckdb" && !strings.Contains(o.Table, `"`) && IsPath(o.Table)
	if isFile {
		sql.Table = FileTable(o.Table)
	}
	if err := CheckAccountIDs(o.Accounts); err != nil {
		return err
	}
	layout := sql.Layout
	if len(o.Accounts) > 0 && sqlgen.AccountColumn(layout) == "" {
		return UsageError("leave --account out", fmt.Errorf("%s is not partitioned by account", layout.FullName()))
	}
	byRegion := strings.Contains(layout.Table, RegionVariable)
	switch {
	case o.Region == "" && byRegion && o.Table == "":
		return UsageError("as in --region eu-west-1, or name the table with --table",
			fmt.Errorf("%s has a table for each region and needs --region", layout.FullName()))
	case o.Region != "" && !config.IsRegion(o.Region):
		return UsageError("a region looks like eu-west-1", fmt.Errorf("--region: invalid region %q", o.Region))
	case o.Region != "" && (!byRegion || o.Table != ""):
		return UsageError("leave --region out", fmt.Errorf("the name of the table does not depend on a region (%s)", layout.FullName()))
	case isFile:
	case strings.HasPrefix(o.Table, ".") || strings.HasSuffix(o.Table, ".") || strings.Contains(o.Table, ".."):
		return UsageError("as in --table database.table", fmt.Errorf("--table: %q has an empty part", o.Table))
	case strings.ContainsFunc(o.Table, unicode.IsControl):
		return UsageError(`as in --table database.table, or --table '"my db".table'`, fmt.Errorf("--table: %q holds control characters", o.Table))
	}
	if o.Table != "" {
		if _, err := engine.SplitName(sql.Table); err != nil {
			return UsageError("put parts with special characters in double quotes", fmt.Errorf("--table: invalid table name %s: %w", o.Table, err))
		}
	}
	return o.ApplyTimes(sql)
}

// ApplyTimes does what Apply does for the times of events.
func (o TableOptions) ApplyTimes(sql *sqlgen.Options) error {
	layout := sql.Layout
	if o.TimeFormat != "" && o.TimeField == "" {
		return UsageError("as in -O time_field=ts -O time_format="+o.TimeFormat, errors.New("-O time_format needs time_field"))
	}
	if o.TimeField != "" {
		with, err := layout.WithTime(o.TimeField, cmp.Or(o.TimeFormat, schema.TimeType.String()))
		if err != nil {
			return UsageError("as in -O time_field=ts -O time_format=text", fmt.Errorf("-O time_field: %w", err))
		}
		layout, sql.Layout = with, with
	}
	if (!sql.From.IsZero() || !sql.To.IsZero()) && layout.Time == nil && len(layout.Partitions) == 0 {
		return UsageError("name it with -O time_field=COLUMN", fmt.Errorf("%s has no column for the time of an event", layout.FullName()))
	}
	return nil
}

// FileTable returns the name of a file, or of a pattern of files, as a table of DuckDB.
func FileTable(path string) string { return `"` + strings.ReplaceAll(path, `"`, `""`) + `"` }
