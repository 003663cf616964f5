package trino

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// peak returns the peak memory of this process since the last reset, in MB; it skips the test if the system does not
// report it.
func peak(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("memory use is not available: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]), " kB"))
	if err != nil {
		t.Skipf("memory use is not available: %v", err)
	}
	return kilobytes / 1024
}

// TestMillionRowsIntegration checks that a million rows, as wide as a hunt's, are read in bounded memory.
func TestMillionRowsIntegration(t *testing.T) {
	e := onServer(t)
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets the peak
		t.Skipf("memory use is not available: %v", err)
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
		t.Fatalf("got %d rows (error %v), want 1000000", stats.Rows, err)
	}
	if most := peak(t); most > 150 {
		t.Errorf("got a peak of %d MB, want at most 150", most)
	} else {
		t.Logf("%d MB of memory at most, %d MB of text", most, bytes>>20)
	}
}
