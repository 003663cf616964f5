package trino

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// peak is the most memory that this process has had since the last reset, in MB; it skips the test where the system does
// not tell.
func peak(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("no figures of memory: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]), " kB"))
	if err != nil {
		t.Skipf("no figures of memory: %v", err)
	}
	return kilobytes / 1024
}

// TestMillionRowsIntegration: a million rows of a hunt's width are read in bounded memory.
func TestMillionRowsIntegration(t *testing.T) {
	e := onServer(t)
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets the peak
		t.Skipf("no figures of memory: %v", err)
	}
	q, err := e.Start(t.Context(), engine.Statement{SQL: `SELECT orderkey, partkey, extendedprice, shipdate, CAST(shipdate AS timestamp(6)) AS at, returnflag, shipmode, comment,
		comment || ' ' || shipinstruct || ' ' || comment AS text, '{"a":"' || comment || '","b":[1,2,3]}' AS json FROM tpch.sf1.lineitem LIMIT 1000000`})
	if err != nil {
		t.Fatal(err)
	}
	bytes := 0
	stats, err := q.Read(t.Context(), engine.Result{Row: func(row []any) error {
		for _, cell := range row {
			if text, ok := cell.(string); ok {
				bytes += len(text)
			}
		}
		return nil
	}})
	if err != nil || stats.Rows != 1_000_000 {
		t.Fatalf("%d rows, error %v; expected 1000000", stats.Rows, err)
	}
	if most := peak(t); most > 150 {
		t.Errorf("%d MB of memory at most, expected at most 150", most)
	} else {
		t.Logf("%d MB of memory at most, %d MB of text", most, bytes>>20)
	}
}
