//go:build duckdb && cgo

package duckdb_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/engine/duckdb"
)

// TestEveryTypeHasACell checks the values that DuckDB's manual gives for the literals. Values without an equivalent
// are text as DuckDB casts them.
func TestEveryTypeHasACell(t *testing.T) {
	e := open(t, duckdb.Options{})
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for sql, want := range map[string]any{
		"NULL":                           nil,
		"true":                           true,
		"(-128)::TINYINT":                int64(-128),
		"(-32768)::SMALLINT":             int64(-32768),
		"(-2147483648)::INTEGER":         int64(-2147483648),
		"(-9223372036854775808)::BIGINT": int64(-9223372036854775808),
		"255::UTINYINT":                  int64(255),
		"65535::USMALLINT":               int64(65535),
		"4294967295::UINTEGER":           int64(4294967295),
		"9223372036854775807::UBIGINT":   int64(9223372036854775807),
		"18446744073709551615::UBIGINT":  "18446744073709551615",
		"170141183460469231731687303715884105727::HUGEINT": "170141183460469231731687303715884105727",
		"sum(5)":                  "5", // a HUGEINT
		"1.5::FLOAT":              1.5,
		"1e300::DOUBLE":           1e300,
		"1.50::DECIMAL(9,2)":      "1.50",
		"'twelve bytes'":          "twelve bytes",
		"'thirteen byte'":         "thirteen byte",
		"'a' || chr(0) || 'b'":    "a\x00b",
		"'x'::ENUM('x', 'y')":     "x",
		"'{\"a\": [1.50]}'::JSON": `{"a": [1.50]}`,
		"'00000000-0000-4000-8000-000000000001'::UUID": "00000000-0000-4000-8000-000000000001",
		`'\xAA\x00b'::BLOB`:                            `\xAA\x00b`,
		"'101'::BIT":                                   "101",
		"DATE '2026-02-03'":                            time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC),
		"DATE 'infinity'":                              "infinity",
		"TIME '04:05:06'":                              "04:05:06",
		"INTERVAL 3 DAY":                               "3 days",
		"TIMESTAMP '2026-02-03 04:05:06'":              at,
		"TIMESTAMP '-infinity'":                        "-infinity",
		"TIMESTAMPTZ '2026-02-03 05:05:06+01'":         at,
		"TIMESTAMP_S '2026-02-03 04:05:06'":            at,
		"TIMESTAMP_MS '2026-02-03 04:05:06'":           at,
		"TIMESTAMP_NS '2026-02-03 04:05:06.000000007'": at.Add(7),
		"[1,null,2]":                                   "[1,null,2]",
		"{'a': 1, 'b': 'x'}":                           `{"a":1,"b":"x"}`,
		"MAP {'k': 1}":                                 `{"k":1}`,
	} {
		// A semicolon and a comment follow the statement.
		columns, rows := selectAll(t, e, "SELECT 7 AS first, "+sql+" AS \"Its Name\"; -- done")
		if len(rows) != 1 || len(rows[0]) != 2 {
			t.Fatalf("%s: got %v", sql, rows)
		}
		if diff := cmp.Diff(want, rows[0][1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
		if columns[1].Name != "Its Name" || columns[1].Type == "" || columns[1].Type == "UNKNOWN" {
			t.Errorf("%s: got column %v", sql, columns[1])
		}
	}
}

func TestColumnTypesAreDuckDBs(t *testing.T) {
	e := open(t, duckdb.Options{})
	columns, _ := selectAll(t, e, `SELECT {'a b': [1], 'm': MAP {'k': 1.5::DECIMAL(4,2)}} AS s, [1, 2]::INT[2] AS a, '{}'::JSON AS j`)
	var got []string
	for _, c := range columns {
		got = append(got, c.Type)
	}
	want := []string{`STRUCT("a b" INTEGER[], "m" MAP(VARCHAR, DECIMAL(4,2)))`, "INTEGER[2]", "JSON"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOrderIsKeptWithTextColumns checks that the wrapper that converts columns to text keeps the statement's order.
func TestOrderIsKeptWithTextColumns(t *testing.T) {
	e := open(t, duckdb.Options{})
	_, rows := selectAll(t, e, "SELECT i, [i] FROM range(50000) t(i) ORDER BY i DESC")
	for k, row := range rows {
		if row[0] != int64(49999-k) {
			t.Fatalf("row %d: got %v", k, row)
		}
	}
	if len(rows) != 50000 {
		t.Errorf("got %d rows, want 50000", len(rows))
	}
}
