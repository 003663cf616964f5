//go:build duckdb && cgo

package sqltest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/egret-hunt/egret/internal/schema"
)

// duckDB is a database in memory.
type duckDB struct {
	db   *sql.DB
	name string
}

// duckDBSettings apply to every connection. Extensions that are not linked in would be downloaded, which a test must
// not do.
var duckDBSettings = []string{
	"SET autoinstall_known_extensions = false",
	"SET autoload_known_extensions = false",
	"SET threads = 1",
	"SET memory_limit = '2GB'",
	"SET TimeZone = 'UTC'",
}

var duckDBTypes = typeNames{
	timestamp: "TIMESTAMP",
	row:       func(inner string) string { return "STRUCT(" + inner + ")" },
	array:     func(inner string) string { return inner + "[]" },
	mapOf:     func(inner string) string { return "MAP(VARCHAR, " + inner + ")" },
}

// DuckDB opens an empty database in memory, with the time zone UTC and without network access. It is closed at the end
// of the test. Without the build tag duckdb the test is skipped.
func DuckDB(t testing.TB) Engine {
	t.Helper()
	d, err := OpenDuckDB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// OpenDuckDB is like DuckDB for a database that several tests share: the caller closes the engine.
func OpenDuckDB(ctx context.Context) (Engine, error) {
	connector, err := duckdb.NewConnector("", func(conn driver.ExecerContext) error {
		for _, setting := range duckDBSettings {
			if _, err := conn.ExecContext(context.Background(), setting, nil); err != nil {
				return fmt.Errorf("%s: %w", setting, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	d := &duckDB{db: sql.OpenDB(connector)}
	var version string
	if err := d.db.QueryRowContext(ctx, "SELECT version()").Scan(&version); err != nil {
		d.Close()
		return nil, err
	}
	d.name = "DuckDB " + version
	return d, nil
}

func (d *duckDB) Name() string    { return d.name }
func (d *duckDB) Dialect() string { return "duckdb" }
func (d *duckDB) Close() error    { return d.db.Close() }

// SetZone affects the only connection, which all sequential calls use.
func (d *duckDB) SetZone(ctx context.Context, zone string) error {
	return d.Exec(ctx, "SET TimeZone = "+QuoteText(zone))
}

// checkText rejects text that would be truncated: the library reads up to the first U+0000.
func checkText(text string) error {
	if i := strings.IndexByte(text, 0); i >= 0 {
		return fmt.Errorf("statement has U+0000 at offset %d, which DuckDB does not accept; use chr(0)", i)
	}
	return nil
}

func (d *duckDB) Exec(ctx context.Context, text string) error {
	if err := checkText(text); err != nil {
		return err
	}
	_, err := d.db.ExecContext(ctx, text)
	return err
}

func (d *duckDB) Query(ctx context.Context, text string) ([]string, [][]any, error) {
	if err := checkText(text); err != nil {
		return nil, nil, err
	}
	rows, err := d.db.QueryContext(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, nil, err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, nil, err
	}
	for i, c := range types {
		// The driver decodes such a column, which loses digits and the order of keys.
		if c.DatabaseTypeName() == "JSON" {
			return nil, nil, fmt.Errorf("column %s is JSON; expected a cast to VARCHAR", columns[i])
		}
	}
	var out [][]any
	for rows.Next() {
		row := make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, nil, err
		}
		for i, v := range row {
			row[i] = duckDBValue(v)
		}
		out = append(out, row)
	}
	return columns, out, rows.Err()
}

// duckDBValue converts a value of the driver to the types in the package comment.
func duckDBValue(v any) any {
	switch v := v.(type) {
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		return wholeNumber(new(big.Int).SetUint64(v))
	case *big.Int:
		return wholeNumber(v)
	case float32:
		return float64(v)
	case duckdb.Decimal:
		return decimalNumber(v.String())
	case []byte:
		return string(v)
	case time.Time:
		return v.UTC()
	case []any:
		for i := range v {
			v[i] = duckDBValue(v[i])
		}
		return v
	case map[string]any:
		for name := range v {
			v[name] = duckDBValue(v[name])
		}
		return v
	case duckdb.OrderedMap:
		out := map[string]any{}
		values := v.Values()
		for i, key := range v.Keys() {
			out[fmt.Sprint(duckDBValue(key))] = duckDBValue(values[i])
		}
		return out
	case fmt.Stringer:
		return v.String()
	default:
		return v
	}
}

func (d *duckDB) Load(ctx context.Context, table string, columns []schema.Column, rows [][]any) error {
	create := "CREATE OR REPLACE TABLE " + QuoteIdentifier(table) + " (" + duckDBTypes.columnList(columns) + ")"
	if err := d.Exec(ctx, create); err != nil {
		return fmt.Errorf("%s: %w", create, err)
	}
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		appender, err := duckdb.NewAppenderFromConn(raw.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		cells := make([]driver.Value, len(columns))
		for i, row := range rows {
			checked, err := fitRow(columns, row)
			if err != nil {
				appender.Close()
				return fmt.Errorf("row %d: %w", i, err)
			}
			for k, cell := range checked {
				cells[k] = duckDBCell(cell)
			}
			if err := appender.AppendRow(cells...); err != nil {
				appender.Close()
				return fmt.Errorf("row %d: %w", i, err)
			}
		}
		return appender.Close()
	})
}

// duckDBCell converts a cell for the appender, which has its own map type.
func duckDBCell(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = duckDBCell(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name := range v {
			out[name] = duckDBCell(v[name])
		}
		return out
	case Pairs:
		var out duckdb.OrderedMap
		for _, p := range v {
			out.Set(p.Key, duckDBCell(p.Value))
		}
		return out
	default:
		return v
	}
}
