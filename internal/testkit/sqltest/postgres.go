package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq" // the driver "postgres"

	"github.com/egret-hunt/egret/internal/schema"
)

// postgres is a separate schema of a database.
type postgres struct {
	db           *sql.DB
	name, schema string
}

var postgresTypes = typeNames{
	timestamp: "TIMESTAMP",
	row:       func(string) string { return "text" },
	array:     func(string) string { return "text" },
	mapOf:     func(string) string { return "text" },
}

// Postgres connects to the server at the URL in the variable EGRET_POSTGRES, such as
// postgres://user@127.0.0.1:5432/postgres?sslmode=disable, and creates a schema there, which the test's clean-up drops. Without
// the variable the test is skipped. Tables have no arrays, structs and maps.
func Postgres(t testing.TB) Engine {
	t.Helper()
	address := os.Getenv("EGRET_POSTGRES")
	if address == "" {
		t.Skip("EGRET_POSTGRES is not set, expected the URL of a PostgreSQL server, version 17 or later")
	}
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // settings belong to a connection
	p := &postgres{db: db, schema: fmt.Sprintf("egret_%d_%d", os.Getpid(), time.Now().UnixNano())}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("PostgreSQL: %v", err)
		}
	})
	var version string
	if err := db.QueryRowContext(t.Context(), "SHOW server_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	p.name = "PostgreSQL " + version
	for _, statement := range []string{"CREATE SCHEMA " + p.schema, "SET search_path TO " + p.schema, "SET TIME ZONE 'UTC'"} {
		if err := p.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *postgres) Name() string    { return p.name }
func (p *postgres) Dialect() string { return "postgres" }

// Close drops the schema. A second call does nothing.
func (p *postgres) Close() error {
	if p.db == nil {
		return nil
	}
	_, err := p.db.ExecContext(context.Background(), "DROP SCHEMA IF EXISTS "+p.schema+" CASCADE")
	if closing := p.db.Close(); err == nil {
		err = closing
	}
	p.db = nil
	return err
}

func (p *postgres) SetZone(ctx context.Context, zone string) error {
	return p.Exec(ctx, "SET TIME ZONE "+QuoteText(zone))
}

func (p *postgres) Exec(ctx context.Context, text string) error {
	_, err := p.db.ExecContext(ctx, text)
	return err
}

func (p *postgres) Query(ctx context.Context, text string) ([]string, [][]any, error) {
	rows, err := p.db.QueryContext(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	columns, out, err := scanAll(rows)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range out {
		for i, cell := range row {
			switch cell := cell.(type) {
			case []byte:
				row[i] = string(cell)
			case time.Time:
				row[i] = cell.UTC()
			}
		}
	}
	return columns, out, nil
}

// Load stores U+10FFFE for U+0000, as the dialect reads it: no text of PostgreSQL holds U+0000.
func (p *postgres) Load(ctx context.Context, table string, columns []schema.Column, rows [][]any) error {
	name := QuoteIdentifier(table)
	for _, statement := range []string{"DROP TABLE IF EXISTS " + name + " CASCADE", "CREATE TABLE " + name + " (" + strings.ReplaceAll(postgresTypes.columnList(columns), " DOUBLE", " DOUBLE PRECISION") + ")"} {
		if err := p.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	var places []string
	for i := range columns {
		places = append(places, fmt.Sprintf("$%d", i+1))
	}
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	insert, err := tx.PrepareContext(ctx, "INSERT INTO "+name+" VALUES ("+strings.Join(places, ", ")+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	for i, row := range rows {
		cells, err := fitRow(columns, row)
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		for n, cell := range cells {
			switch cell := cell.(type) {
			case string:
				cells[n] = strings.ReplaceAll(cell, "\x00", "\U0010FFFE")
			case []any, map[string]any, Pairs:
				return fmt.Errorf("row %d: column %s: PostgreSQL has no %T here", i, columns[n].Name, cell)
			}
		}
		if _, err := insert.ExecContext(ctx, cells...); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return tx.Commit()
}
