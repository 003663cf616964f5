package hunt_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestRepeatedStepsAreCountedInTheEngine checks that a rule that an ordered correlation lists twice counts as two
// steps in the engine too: the two GetObject around the PutObject are found, with and without a bound. The last
// correlation makes both actions frequent, so that the engine counts all of them.
func TestRepeatedStepsAreCountedInTheEngine(t *testing.T) {
	var rows []map[string]any
	for i, name := range []string{"GetObject", "PutObject", "GetObject"} {
		rows = append(rows, map[string]any{
			"eventname": name, "eventsource": "s3.amazonaws.com", "awsregion": "us-east-1",
			"eventid":   fmt.Sprintf("0a1b2c3d-0000-4000-8000-00000000000%d", i),
			"eventtime": fmt.Sprintf("2023-07-10T02:00:0%dZ", i), "sourceipaddress": "192.0.2.7", "timestamp": "2023/07/10",
		})
	}
	const rules = `title: Gets
name: gets
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: GetObject}
  condition: selection
---
title: Puts
name: puts
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: PutObject}
  condition: selection
---
title: Around
correlation: {type: temporal_ordered, rules: [gets, puts, gets], group-by: [sourceIPAddress], timespan: 1m}
---
title: Three steps
correlation: {type: temporal_ordered, rules: [gets, puts, gets], group-by: [sourceIPAddress], timespan: 1m, condition: {gte: 3}}
---
title: Four steps
correlation: {type: temporal_ordered, rules: [gets, puts, gets, puts], group-by: [sourceIPAddress], timespan: 1m}
---
title: Many
correlation: {type: event_count, rules: [gets, puts], group-by: [sourceIPAddress], timespan: 1m, condition: {gte: 500}}
`
	lines, ledger := tableHunt(t, nil, "cloudtrail/athena", rules, rows...)
	text := strings.Join(lines, "")
	if len(lines) != 2 || !strings.Contains(text, `"Around"`) || !strings.Contains(text, `"Three steps"`) {
		t.Errorf("got %d findings, want Around and Three steps:\n%s\n%+v", len(lines), text, ledger.Lake)
	}
}
