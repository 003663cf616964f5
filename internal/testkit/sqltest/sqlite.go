package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/egret-hunt/egret/internal/schema"
)

// sqlite is a database in memory.
type sqlite struct {
	db   *sql.DB
	name string
}

var sqliteTypes = typeNames{
	timestamp: "TEXT",
	row:       func(string) string { return "TEXT" },
	array:     func(string) string { return "TEXT" },
	mapOf:     func(string) string { return "TEXT" },
}

// SQLite opens an empty database in memory, which the end of the test closes. It has no timestamps, dates, arrays, structs
// and maps: Load returns an error for their cells.
func SQLite(t testing.TB) Engine {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // each connection has a database of its own
	s := &sqlite{db: db}
	t.Cleanup(func() { s.Close() })
	var version string
	if err := db.QueryRowContext(t.Context(), "SELECT sqlite_version()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	s.name = "SQLite " + version
	return s
}

func (s *sqlite) Name() string    { return s.name }
func (s *sqlite) Dialect() string { return "sqlite" }
func (s *sqlite) Close() error    { return s.db.Close() }

// SetZone returns an error for zones other than UTC: SQLite has no sessions with a zone.
func (s *sqlite) SetZone(_ context.Context, zone string) error {
	if zone != "UTC" {
		return fmt.Errorf("SQLite has no time zone %s", zone)
	}
	return nil
}

func (s *sqlite) Exec(ctx context.Context, text string) error {
	_, err := s.db.ExecContext(ctx, text)
	return err
}

func (s *sqlite) Query(ctx context.Context, text string) ([]string, [][]any, error) {
	rows, err := s.db.QueryContext(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	return scanAll(rows)
}

// scanAll reads all rows of a query as the driver gives them.
func scanAll(rows *sql.Rows) ([]string, [][]any, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, nil, err
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
		out = append(out, row)
	}
	return columns, out, rows.Err()
}

func (s *sqlite) Load(ctx context.Context, table string, columns []schema.Column, rows [][]any) error {
	name := QuoteIdentifier(table)
	for _, statement := range []string{"DROP TABLE IF EXISTS " + name, "CREATE TABLE " + name + " (" + sqliteTypes.columnList(columns) + ")"} {
		if err := s.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	insert, err := tx.PrepareContext(ctx, "INSERT INTO "+name+" VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	for i, row := range rows {
		cells, err := fitRow(columns, row)
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		if _, err := insert.ExecContext(ctx, cells...); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return tx.Commit()
}
