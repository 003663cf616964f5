package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/schema"
)

// rowFormats are the formats of results.
var rowFormats = []string{"json", "jsonl", "csv"}

func (a *app) queryResults() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "results --lake LAKE ID", Short: "Print the rows of a query; it waits for those of one that still runs",
		Long: `Print the rows of a query. A query that still runs is waited for.

json is one object with columns and rows, and says whether there are more; jsonl is an object a row; csv has a header. With
--offset and --length rows come page by page. Rows keep their order from page to page.`,
		Example: "  egret query results --lake prod " + exampleID + "\n  egret query results --lake prod " + exampleID + " --offset 1000 --length 1000\n" +
			"  egret query results --lake prod " + exampleID + " --format csv -o rows.csv",
		Args: exactlyID("results"),
	}
	made := a.queryCommandOf(cmd, &f, func(ctx context.Context, args []string) (any, error) {
		if err := f.checkRows(); err != nil {
			return nil, err
		}
		return a.onQuery(ctx, &f, args[0], func(q keptQuery) (any, error) { return nil, a.printRows(ctx, &f, args[0], q) })
	})
	f.registerRows(cmd)
	f.registerState(cmd)
	f.completeIDs(cmd)
	return made
}

// registerRows adds the flags that say how rows are printed.
func (f *queryFlags) registerRows(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Int64Var(&f.offset, "offset", 0, "leave out the first `N` rows")
	flags.Int64Var(&f.length, "length", 0, "print at most `N` rows; 0 is all")
	flags.StringVar(&f.format, "format", rowFormats[0], "`FORMAT` of the rows: "+strings.Join(rowFormats, ", "))
	flags.StringVarP(&f.output, "output", "o", "", "write the rows to `FILE`; it appears once it is whole")
	complete(cmd, "format", rowFormats)
}

// errEnough ends reading when the page is full.
var errEnough = errors.New("enough rows")

// printRows prints a page of a query's rows.
func (a *app) printRows(ctx context.Context, f *queryFlags, id string, q keptQuery) error {
	if err := guardConfig(f); err != nil {
		return err
	}
	out, err := openOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	p := newRowPrinter(f.format, out, id, f.offset)
	at, printed := int64(0), int64(0)
	err = q.read(ctx, engine.Result{
		Columns: p.columns,
		Row: func(row []any) error {
			at++
			switch {
			case at <= f.offset:
				return nil
			case f.length > 0 && printed == f.length:
				return errEnough
			}
			printed++
			return p.row(row)
		},
	})
	more := errors.Is(err, errEnough)
	if more {
		err = nil
	}
	if err != nil {
		err = engineFailure(err)
		f.told = p.begun() && f.format == "json" && out.path == ""
	}
	if end := p.end(printed, more, err); err == nil && end != nil {
		err = ownFault(unwritable(end))
	}
	if err != nil && out.path != "" {
		return errors.Join(err, out.abandon())
	}
	if closed := out.close(); err == nil && closed != nil {
		err = ownFault(closed)
	}
	return err
}

// guardConfig keeps the output from taking the place of the configuration that names the lake.
func guardConfig(f *queryFlags) error {
	guard, err := guardOutputs([2]string{"-o", f.output})
	if err != nil {
		return err
	}
	place, err := new(app).findConfig(f.config)
	if err != nil || place.Path == "" {
		return nil //nolint:nilerr // none was read
	}
	return guard.inputs(place.Path)
}

// rowPrinter writes rows in one of rowFormats.
type rowPrinter struct {
	w      io.Writer
	format string
	id     string
	offset int64
	names  []string       // nil until the columns are known
	nested []*schema.Type // of the columns that hold structs, lists or maps
	sheet  *csv.Writer
	line   bytes.Buffer
	first  bool
}

func newRowPrinter(format string, w io.Writer, id string, offset int64) *rowPrinter {
	return &rowPrinter{w: w, format: format, id: id, offset: offset, sheet: csv.NewWriter(w), first: true}
}

// begun tells whether anything was written.
func (p *rowPrinter) begun() bool { return p.names != nil }

// columns writes what stands before the rows.
func (p *rowPrinter) columns(columns []engine.Column) error {
	p.names = columnNames(columns)
	p.nested = make([]*schema.Type, len(columns))
	for i, c := range columns {
		p.nested[i] = nestedType(c.Type)
	}
	switch p.format {
	case "csv":
		cells := make([]string, len(p.names))
		for i, name := range p.names {
			cells[i] = guarded(name)
		}
		return p.sheet.Write(cells)
	case "json":
		head := struct {
			ID      string         `json:"id"`
			Columns []storedColumn `json:"columns"`
			Offset  int64          `json:"offset"`
		}{p.id, make([]storedColumn, len(columns)), p.offset}
		for i, c := range columns {
			head.Columns[i] = storedColumn{p.names[i], c.Type}
		}
		text, err := marshal(head)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.w, "%s,\"rows\":[", text[:len(text)-1])
		return err
	}
	return nil
}

// columnNames are names that are unique: further ones of a name get a number.
func columnNames(columns []engine.Column) []string {
	names := make([]string, len(columns))
	taken := map[string]bool{}
	for _, c := range columns {
		taken[c.Name] = true
	}
	seen := map[string]bool{}
	for i, c := range columns {
		name := c.Name
		for n := 2; seen[name] || name != c.Name && taken[name]; n++ {
			name = c.Name + "_" + strconv.Itoa(n)
		}
		seen[name] = true
		names[i] = name
	}
	return names
}

func (p *rowPrinter) row(row []any) error {
	if len(row) != len(p.names) {
		return fmt.Errorf("a row has %d cells for %d columns", len(row), len(p.names))
	}
	if p.format == "csv" {
		cells := make([]string, len(row))
		for i, cell := range row {
			text, err := p.text(i, cell)
			if err != nil {
				return err
			}
			cells[i] = guarded(text)
		}
		return p.sheet.Write(cells)
	}
	p.line.Reset()
	if p.format == "json" && !p.first {
		p.line.WriteByte(',')
	}
	p.first = false
	p.line.WriteByte('{')
	for i, cell := range row {
		if i > 0 {
			p.line.WriteByte(',')
		}
		name, err := marshal(p.names[i])
		if err != nil {
			return err
		}
		value, err := p.json(i, cell)
		if err != nil {
			return err
		}
		p.line.Write(name)
		p.line.WriteByte(':')
		p.line.Write(value)
	}
	p.line.WriteByte('}')
	if p.format == "jsonl" {
		p.line.WriteByte('\n')
	}
	_, err := p.w.Write(finding.EscapeUnsafe(p.line.Bytes()))
	return err
}

// json is a cell in JSON. A struct, list or map is a string that holds JSON, so that the cells of a column are of one kind
// whatever the engine can say.
func (p *rowPrinter) json(column int, cell any) ([]byte, error) {
	value, err := cellJSON(cell)
	if err != nil || p.nested[column] == nil || string(value) == "null" {
		return value, err
	}
	text, err := p.text(column, cell)
	if err != nil {
		return nil, err
	}
	return cellJSON(text)
}

// text is a cell of a sheet.
func (p *rowPrinter) text(column int, cell any) (string, error) {
	text, err := cellText(cell)
	if err != nil || p.nested[column] == nil {
		return text, err
	}
	if object, ok := nestedJSON([]byte(text), p.nested[column]); ok {
		return string(object), nil
	}
	return text, nil
}

// end writes what stands behind the rows: how many there are, whether there are more, and what went wrong among them.
func (p *rowPrinter) end(printed int64, more bool, failure error) error {
	switch {
	case !p.begun():
		return nil
	case p.format == "csv":
		p.sheet.Flush()
		return p.sheet.Error()
	case p.format != "json":
		return nil
	}
	tail := struct {
		Length int64        `json:"length"`
		More   bool         `json:"more"`
		OK     *bool        `json:"ok,omitempty"`
		Error  *errorAnswer `json:"error,omitempty"`
	}{Length: printed, More: more}
	if failure != nil {
		answer := failedAnswer(failure)
		tail.OK, tail.Error = &answer.OK, &answer.Error
	}
	text, err := marshal(tail)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.w, "],%s\n", text[1:])
	return err
}

// encodeRow writes a row as a JSON array.
func encodeRow(b *bytes.Buffer, row []any) error {
	b.WriteByte('[')
	for i, cell := range row {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := cellJSON(cell)
		if err != nil {
			return err
		}
		b.Write(text)
	}
	b.WriteByte(']')
	return nil
}

// cellJSON is a cell in JSON: whole numbers exactly, times as RFC 3339 in UTC, and what no JSON number can be as a string.
func cellJSON(cell any) ([]byte, error) {
	switch v := cell.(type) {
	case json.RawMessage:
		return finding.EscapeUnsafe(bytes.Clone(v)), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return marshal(strconv.FormatFloat(v, 'g', -1, 64))
		}
	case time.Time:
		return marshal(v.UTC().Format(time.RFC3339Nano))
	}
	return marshal(cell)
}

// cellText is a cell of a table of texts; "" for null.
func cellText(cell any) (string, error) {
	text, err := cellJSON(cell)
	if err != nil || string(text) == "null" {
		return "", err
	}
	if text[0] != '"' {
		return string(text), nil
	}
	var plain string
	err = json.Unmarshal(text, &plain)
	return plain, err
}

// guarded makes a cell of a sheet harmless. Numbers keep their signs.
func guarded(cell string) string {
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return report.Guard(cell)
}
