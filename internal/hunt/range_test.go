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

// TestRangeOfFilesIsHalfOpen checks that an event at the start of the range is found and one at its end is not, to the
// nanosecond, and that the ledger counts the events outside.
func TestRangeOfFilesIsHalfOpen(t *testing.T) {
	from, to := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
	var lines []string
	for name, at := range map[string]time.Time{
		"before": from.Add(-1), "first": from, "last": to.Add(-1), "end": to,
	} {
		lines = append(lines, fmt.Sprintf(`{"eventVersion":"1.08","eventID":%q,"eventTime":%q,"eventSource":"iam.amazonaws.com","eventName":"DeleteUser","awsRegion":"eu-west-1"}`,
			name, at.Format(time.RFC3339Nano)))
	}
	path := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const rule = `title: Deletion
id: 00000000-0000-4000-8000-000000000001
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteUser}
  condition: selection
`
	o := run(t, hunt.Options{Set: rules(t, rule), Source: &hunt.Files{Paths: []string{path}}, From: from, To: to})
	var found []string
	for _, pair := range o.pairs(t) {
		found = append(found, pair[strings.LastIndexByte(pair, ' ')+1:])
	}
	if got := strings.Join(found, " "); got != "first last" {
		t.Errorf("got %s, want first last", got)
	}
	if r := o.ledger.Records; r.In != 4 || r.Evaluated != 2 || r.OutOfRange != 2 {
		t.Errorf("got %d in, %d evaluated, %d out of range, want 4, 2, 2", r.In, r.Evaluated, r.OutOfRange)
	}
}
