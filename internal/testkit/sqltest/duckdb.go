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

// duckDBSettings hold for every connection. Extensions that are not linked in would be fetched from the network, which
// a test must not do.
var duckDBSettings = []string{
	"SET autoinstall_known_extensions = false",
	"SET autoload_known_extensions = false",
	"SET threads = 2",
	"SET memory_limit = '2GB'",
	"SET TimeZone = 'UTC'",
}

var duckDBTypes = typeNames{
	timestamp: "TIMESTAMP",
	row:       func(inner string) string { return "STRUCT(" + inner + ")" },
	array:     func(inner string) string { return inner + "[]" },
	mapOf:     func(inner string) string { return "MAP(VARCHAR, " + inner + ")" },
}

// DuckDB opens an empty database in memory, with the time zone UTC and without the network. It is closed at the end of
// the test. Without the build tag duckdb the test is skipped.
func DuckDB(t testing.TB) Engine {
	t.Helper()
	connector, err := duckdb.NewConnector("", func(conn driver.ExecerContext) error {
		for _, setting := range duckDBSettings {
			if _, err := conn.ExecContext(context.Background(), setting, nil); err != nil {
				return fmt.Errorf("%s: %w", setting, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &duckDB{db: sql.OpenDB(connector)}
	t.Cleanup(func() { d.Close() })
	var version string
	if err := d.db.QueryRowContext(t.Context(), "SELECT version()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	d.name = "DuckDB " + version
	return d
}

func (d *duckDB) Name() string    { return d.name }
func (d *duckDB) Dialect() string { return "duckdb" }
func (d *duckDB) Close() error    { return d.db.Close() }

// SetZone counts on the one connection that calls one after the other use.
func (d *duckDB) SetZone(ctx context.Context, zone string) error {
	return d.Exec(ctx, "SET TimeZone = "+QuoteText(zone))
}

// checkText refuses what would not arrive: the library takes the text up to its first U+0000.
func checkText(text string) error {
	if i := strings.IndexByte(text, 0); i >= 0 {
		return fmt.Errorf("statement has U+0000 at offset %d, which DuckDB does not take; expected chr(0)", i)
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

// duckDBValue is a value of the driver in the types that the package promises.
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

// duckDBCell is a cell as the appender takes it: it knows maps by their own type.
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
