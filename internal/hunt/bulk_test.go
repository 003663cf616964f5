package hunt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/hunt"
)

// TestCopiesInABulkLog checks that copies of flow records count once while the hunt remembers them, that only those of
// matched events are recognized beyond that, and that the findings are the same.
func TestCopiesInABulkLog(t *testing.T) {
	set := setOfRules(t, `title: A port
id: 0a1b2c3d-0000-4000-8000-000000000021
logsource: {product: aws, service: vpcflow}
detection: {selection: {dstport: 3333}, condition: selection}
`)
	var text strings.Builder
	text.WriteString("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n")
	for i := range 4000 {
		port := 443
		if i%1000 == 0 {
			port = 3333
		}
		fmt.Fprintf(&text, "2 111122223333 eni-0a1b2c3d 192.0.2.1 198.51.100.9 %d %d 6 20 4249 1768208400 1768208460 ACCEPT OK\n", i, port)
	}
	var paths []string
	for _, name := range []string{"a.log", "b.log", "c.log", "d.log", "e.log", "f.log"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for _, test := range []struct {
		limit     int
		duplicate int64
		atLeast   bool
	}{{0, 20_000, false}, {8, 20, true}} {
		day := time.Date(2026, 1, 12, 0, 0, 0, 0, time.UTC)
		list, ledger := lines(t, hunt.Options{
			Set: set, Source: &hunt.Files{Paths: paths}, From: day, To: day.AddDate(0, 0, 1), SeenLimit: test.limit,
		})
		records := ledger.Records
		if len(list) != 4 || records.In != 24_000 || records.Evaluated+records.Duplicate != 24_000 || records.AtLeast != test.atLeast {
			t.Errorf("limit %d: got %d findings, %+v", test.limit, len(list), records)
		}
		if records.Duplicate < test.duplicate || !test.atLeast && records.Duplicate != test.duplicate {
			t.Errorf("limit %d: got %d duplicates, want %d", test.limit, records.Duplicate, test.duplicate)
		}
	}
}
