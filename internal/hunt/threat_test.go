package hunt_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ruleset"
)

const roleAfterSignIn = `threat: role-after-sign-in
title: Role of AWS taken after a sign-in to Entra
why: Whoever has the session of one cloud has the roles of the other.
level: high
correlation: {type: temporal_ordered, across: true, steps: [sign-in, role], group-by: [address], timespan: 1h}
vendors:
  entra:
    logsource: {product: azure, service: signinlogs}
    fields: {address: ipAddress}
    detections:
      sign-in: {selection: {ResultType: 0}, condition: selection}
  aws:
    logsource: {product: aws, service: cloudtrail}
    fields: {address: sourceIPAddress}
    detections:
      role: {selection: {eventName: AssumeRoleWithSAML}, condition: selection}
`

// TestThreatAcrossLogsInFiles checks that events of two clouds in two files meet by address and order, and only then.
func TestThreatAcrossLogsInFiles(t *testing.T) {
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"t.yml": {Data: []byte(roleAfterSignIn)}}}}, ruleset.Options{})
	if err != nil || len(list) > 0 {
		t.Fatal(err, list)
	}
	signIn := func(id, at, address string, code int) string {
		return fmt.Sprintf(`{"time":%q,"operationName":"Sign-in activity","category":"SignInLogs","resultType":"%d","properties":{"id":%q,"createdDateTime":%q,"userPrincipalName":"user@example.com","ipAddress":%q,"status":{"errorCode":%d}}}`, at, code, id, at, address, code)
	}
	role := func(id, at, address string) string {
		return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"SAMLUser"},"eventTime":%q,"eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithSAML","awsRegion":"us-east-1","sourceIPAddress":%q,"eventID":%q,"recipientAccountId":"111122223333"}`, at, address, id)
	}
	entra := write(t, "entra.jsonl",
		signIn("s1", "2026-03-10T10:00:00Z", "203.0.113.9", 0),
		signIn("s2", "2026-03-10T10:00:00Z", "203.0.113.10", 50126), // failed
		signIn("s3", "2026-03-10T12:00:00Z", "203.0.113.11", 0))     // after the role
	aws := write(t, "aws.jsonl",
		role("r1", "2026-03-10T10:20:00Z", "203.0.113.9"), role("r2", "2026-03-10T10:20:00Z", "203.0.113.10"),
		role("r3", "2026-03-10T11:40:00Z", "203.0.113.11"), role("r4", "2026-03-10T10:20:00Z", "203.0.113.12")) // of another address
	o := run(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{aws, entra}}})
	if len(o.lines) != 1 {
		t.Fatalf("got %d findings, want 1: %q", len(o.lines), o.lines)
	}
	for _, want := range []string{
		`"event_ids":["s1","r1"]`, `"group":{"address":"203.0.113.9"}`,
		`"threat":{"id":"role-after-sign-in","title":"Role of AWS taken after a sign-in to Entra"}`,
	} {
		if !strings.Contains(o.lines[0], want) {
			t.Errorf("got %s, want %s", o.lines[0], want)
		}
	}
}
