package hunt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// A correlation of every kind that engines can count, on a table of every layout, in every engine. The hunt in the
// lake, the converted query and, if egret can read files of the log, the native hunt must agree. The expected result
// follows from how the events are built, and is given below.

// sourceEvents describes how the events of a log source are built.
type sourceEvents struct {
	// service is a service of AWS, or product/service.
	service string
	// group, value and selected are fields.
	group, value, selected string
	// fixed are the other fields, which are the same in every event; NUMBER and TIME are replaced.
	fixed map[string]string
}

var correlatedSources = map[string]sourceEvents{
	"alb": {
		"alb", "client_ip", "domain_name", "user_agent",
		map[string]string{"elb": "app/one", "client_port": "NUMBER", "time": "TIME", "request_creation_time": "TIME", "request_verb": "GET", "trace_id": "r-NUMBER"},
	},
	"cloudtrail": {
		"cloudtrail", "sourceIPAddress", "userIdentity.accessKeyId", "errorCode",
		map[string]string{
			"eventVersion": "1.08", "eventID": "00000000-0000-4000-8000-000000000NUMBER", "eventTime": "TIME", "eventSource": "iam.amazonaws.com",
			"eventName": "GetUser", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
		},
	},
	"azure-activity": {
		"azure/activitylogs", "CallerIpAddress", "Caller", "ResourceId",
		map[string]string{
			"TimeGenerated": "TIME", "OperationNameValue": "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE", "CategoryValue": "Administrative",
			"EventDataId": "e-NUMBER", "ActivityStatusValue": "Success",
		},
	},
	"entra-signin": {
		"azure/signinlogs", "IPAddress", "AppId", "ResultDescription",
		map[string]string{"TimeGenerated": "TIME", "Id": "s-NUMBER", "ResultType": "0", "ConditionalAccessStatus": "success", "Type": "SigninLogs"},
	},
	"entra-audit": {
		"azure/auditlogs", "LoggedByService", "ResultReason", "Category",
		map[string]string{"TimeGenerated": "TIME", "Id": "a-NUMBER", "OperationName": "Update user", "Result": "success", "Type": "AuditLogs"},
	},
	"entra-risk": {
		"azure/riskdetection", "UserPrincipalName", "Activity", "RiskDetail",
		map[string]string{"TimeGenerated": "TIME", "Id": "r-NUMBER", "RiskEventType": "leakedCredentials", "RiskState": "atRisk", "Type": "AADUserRiskEvents"},
	},
	"gcp": {
		"gcp/gcp.audit", "protopayload_auditlog.requestMetadata.callerIp", "protopayload_auditlog.resourceName",
		"protopayload_auditlog.requestMetadata.callerSuppliedUserAgent",
		map[string]string{
			"timestamp": "TIME", "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity", "insertId": "i-NUMBER",
			"protopayload_auditlog.methodName": "storage.buckets.get", "protopayload_auditlog.serviceName": "storage.googleapis.com",
		},
	},
	"m365": {
		"m365/audit", "Client_IPAddress", "OfficeObjectId", "UserAgent",
		map[string]string{
			"TimeGenerated": "TIME", "OfficeId": "o-NUMBER", "OfficeWorkload": "Exchange", "RecordType": "ExchangeAdmin", "Operation": "Set-Mailbox",
			"UserId": "alice@example.com",
		},
	},
	"bitbucket": {
		"bitbucket/audit", "source", "author.name", "method",
		map[string]string{
			"auditType.category": "Auditing", "auditType.action": "Viewed", "node": "n-1", "timestamp.epochSecond": "SECONDS", "timestamp.nano": "NUMBER",
		},
	},
	"duo": {
		"cisco/duo", "access_device.ip", "user.name", "reason",
		map[string]string{"txid": "t-NUMBER", "event_type": "authentication", "factor": "duo_push", "result": "success", "isotimestamp": "TIME"},
	},
	"github": {
		"github/audit", "actor", "repo", "user_agent",
		map[string]string{"_document_id": "d-NUMBER", "action": "repo.access", "org": "o", "created_at": "MILLIS"},
	},
	"okta": {
		"okta/okta", "client.ipAddress", "actor.alternateId", "displayMessage",
		map[string]string{"uuid": "u-NUMBER", "eventType": "user.session.start", "published": "TIME", "outcome.result": "SUCCESS"},
	},
	"onelogin": {
		"onelogin/onelogin.events", "ipaddr", "user_name", "app_name",
		map[string]string{"id": "NUMBER", "event_type_id": "8", "account_id": "1", "user_id": "2", "created_at": "TIME"},
	},
	"kubernetes": {
		"kubernetes/audit", "user.username", "objectRef.name", "userAgent",
		map[string]string{"auditID": "a-NUMBER", "stage": "ResponseComplete", "stageTimestamp": "TIME", "requestReceivedTimestamp": "TIME", "verb": "get"},
	},
	"guardduty": {
		"guardduty", "accountId", "title", "type",
		map[string]string{"schemaVersion": "2.0", "service.detectorId": "d1", "id": "f-NUMBER", "updatedAt": "TIME", "region": "eu-west-1"},
	},
	"route53": {
		"route53", "srcaddr", "query_name", "rcode",
		map[string]string{"query_timestamp": "TIME", "vpc_id": "vpc-1", "srcport": "NUMBER", "transport": "UDP", "query_type": "A"},
	},
	"s3access": {
		"s3access", "remoteip", "key", "useragent",
		map[string]string{"requestid": "r-NUMBER", "operation": "REST.GET.OBJECT", "requestdatetime": "COMMON"},
	},
	"securityhub": {
		"securityhub", "AwsAccountId", "GeneratorId", "Title",
		map[string]string{"SchemaVersion": "2018-10-08", "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/guardduty", "Id": "f-NUMBER", "UpdatedAt": "TIME"},
	},
	"vpcflow": {
		"vpcflow", "srcaddr", "dstaddr", "log-status",
		map[string]string{
			"interface-id": "eni-1", "srcport": "NUMBER", "dstport": "22", "protocol": "6", "start": "SECONDS", "end": "SECONDS", "action": "REJECT",
		},
	},
	"waf": {
		"waf", "httpRequest.clientIp", "httpRequest.uri", "terminatingRuleId",
		map[string]string{"webaclId": "acl-1", "httpRequest.requestId": "r-NUMBER", "action": "ALLOW", "timestamp": "MILLIS"},
	},
}

// correlatedEvent is a generated event.
type correlatedEvent struct {
	at     time.Time
	fields map[string]string
}

// correlatedEvents returns 25 events of one group within 50 seconds, and 19 of another. In the first group 15 events
// are of one kind and ten of another, and all have distinct values; in the second group all are of the first kind and
// share a value.
func correlatedEvents(s *sourceEvents) []correlatedEvent {
	var list []correlatedEvent
	add := func(group, value, selected string, second int) {
		at := theDay.Add(10*time.Hour + time.Duration(second)*time.Second)
		fields := map[string]string{s.group: group, s.value: value, s.selected: selected}
		fill := strings.NewReplacer("NUMBER", fmt.Sprint(100+len(list)), "TIME", at.Format(time.RFC3339), "SECONDS", fmt.Sprint(at.Unix()),
			"MILLIS", fmt.Sprint(at.UnixMilli()), "COMMON", at.Format("02/Jan/2006:15:04:05 -0700"))
		for path, text := range s.fixed {
			fields[path] = fill.Replace(text)
		}
		list = append(list, correlatedEvent{at, fields})
	}
	for i := range 25 {
		kind := "one-kind"
		if i%5 >= 3 {
			kind = "two-kind"
		}
		add("192.0.2.1", fmt.Sprintf("198.51.100.%d", i), kind, 2*i)
	}
	for i := range 19 {
		add("192.0.2.2", "198.51.100.77", "one-kind", 2*i)
	}
	return list
}

// correlatedRules returns a correlation of each kind. No rule names an action, so the engine counts all of them.
func correlatedRules(s *sourceEvents) string {
	var b strings.Builder
	product, service, ok := strings.Cut(s.service, "/")
	if !ok {
		product, service = "aws", s.service
	}
	for i, kind := range []string{"one", "two"} {
		fmt.Fprintf(&b, "title: Kind %s\nname: %s\nid: 0a1b2c3d-0000-4000-8000-00000000000%d\nlogsource: {product: %s, service: %s}\n"+
			"detection:\n  selection: {'%s|startswith': %s}\n  condition: selection\n---\n", kind, kind, i, product, service, s.selected, kind)
	}
	fmt.Fprintf(&b, `title: many
id: 0a1b2c3d-0000-4000-8000-000000000011
correlation: {type: event_count, rules: [one, two], group-by: ['%[1]s'], timespan: 1m, condition: {gte: 20}}
---
title: different
id: 0a1b2c3d-0000-4000-8000-000000000012
correlation: {type: value_count, rules: [one, two], group-by: ['%[1]s'], timespan: 1m, condition: {gte: 20, field: '%[2]s'}}
---
title: both
id: 0a1b2c3d-0000-4000-8000-000000000013
correlation: {type: temporal, rules: [one, two], group-by: ['%[1]s'], timespan: 1m}
`, s.group, s.value)
	return b.String()
}

// correlatedWant is what every engine must find: from the event with which the window begins to the last of the group.
// The number of events of a temporal correlation includes all events of its rules.
var correlatedWant = []string{
	"both 192.0.2.1 10:00:00 10:00:48 25", "different 192.0.2.1 10:00:00 10:00:48 25", "many 192.0.2.1 10:00:00 10:00:48 25",
}

// correlatedLines converts the findings of a hunt to the form of correlatedWant.
func correlatedLines(t *testing.T, list []string) []string {
	t.Helper()
	var out []string
	for _, line := range list {
		var f struct {
			Rule  struct{ Title string }
			First time.Time
			Last  time.Time
			Time  time.Time
			Count int
			Group map[string]string
		}
		if err := json.Unmarshal([]byte(strings.Replace(line, `"event":}`, `"event":0}`, 1)), &f); err != nil {
			t.Fatal(err, line)
		}
		out = append(out, fmt.Sprintf("%s %s %s %s %d", f.Rule.Title, strings.Join(valuesOf(f.Group), ","), f.First.UTC().Format(time.TimeOnly), f.Last.UTC().Format(time.TimeOnly), f.Count))
	}
	slices.Sort(out)
	return out
}

func valuesOf(group map[string]string) []string {
	var list []string
	for _, v := range group {
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}

func setOfRules(t *testing.T, text string) *ruleset.Set {
	t.Helper()
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(text)}}}}, ruleset.Options{})
	if err != nil || list.HasErrors() {
		t.Fatal(err, list)
	}
	return set
}

// convertedLines runs the converted correlations on a table.
func convertedLines(t *testing.T, db sqltest.Engine, set *ruleset.Set, p *schema.Layout, dialect, table string) []string {
	t.Helper()
	var out []string
	for _, r := range convert.ToSQL(set, sqlgen.Options{
		Dialect: sqlgen.DialectByName(dialect), Layout: p, Table: table, From: theDay, To: theDay.AddDate(0, 0, 1), Unmapped: sqlgen.FailUnmapped,
	}) {
		if r.Query == "" {
			t.Fatalf("%s: got the query refused: %s", r.Title, r.Fault())
		}
		names, rows, err := db.Query(t.Context(), r.Query)
		if err != nil {
			t.Fatalf("%s: %v\n%s", r.Title, err, r.Query)
		}
		for _, row := range rows {
			cell := func(name string) any { return row[slices.Index(names, name)] }
			at := func(name string) string {
				moment, _ := cell(name).(time.Time)
				return moment.UTC().Format(time.TimeOnly)
			}
			out = append(out, fmt.Sprintf("%s %v %s %s %v", r.Title, row[0], at("first"), at("last"), cell("count")))
		}
	}
	slices.Sort(out)
	return out
}

// nativeLines hunts in a file with the events.
func nativeLines(t *testing.T, set *ruleset.Set, events []correlatedEvent) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.ndjson")
	var text []byte
	for _, e := range events {
		root := map[string]any{}
		for field, v := range e.fields {
			at, names := root, strings.Split(field, ".")
			for _, name := range names[:len(names)-1] {
				inner, ok := at[name].(map[string]any)
				if !ok {
					inner = map[string]any{}
					at[name] = inner
				}
				at = inner
			}
			at[names[len(names)-1]] = v
		}
		line, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, line...), '\n')
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	list, _ := lines(t, hunt.Options{Set: set, Source: &hunt.Files{Paths: []string{path}}})
	return correlatedLines(t, list)
}

// correlatedLayouts runs a check on every layout with known columns.
func correlatedLayouts(t *testing.T, check func(t *testing.T, p *schema.Layout, set *ruleset.Set, name string, rows [][]any)) {
	for _, p := range schema.AllLayouts() {
		if len(p.Columns) == 0 {
			continue
		}
		if p.Schema.Name == "gworkspace" {
			continue // its records are divided into events, which fields by path cannot describe
		}
		s, ok := correlatedSources[p.Schema.Name]
		if !ok {
			t.Errorf("no events are defined for %s", p.FullName())
			continue
		}
		if p.FullName() == "cloudtrail/event-history" { // it lacks the other fields
			s.value, s.selected = "userIdentity.userName", "errorCode"
		}
		if p.FullName() == "gcp/log-analytics" { // it has other names
			s = sourceEvents{
				s.service, "proto_payload.audit_log.request_metadata.caller_ip", "proto_payload.audit_log.resource_name",
				"proto_payload.audit_log.request_metadata.caller_supplied_user_agent",
				map[string]string{
					"timestamp": "TIME", "log_name": s.fixed["logName"], "insert_id": "i-NUMBER",
					"proto_payload.audit_log.method_name": "storage.buckets.get", "proto_payload.audit_log.service_name": "storage.googleapis.com",
				},
			}
		}
		t.Run(p.FullName(), func(t *testing.T) {
			var rows [][]any
			for _, e := range correlatedEvents(&s) {
				rows = append(rows, sqltest.SyntheticRow(p, e.at, e.fields))
			}
			name := "c_" + strings.NewReplacer("/", "_", "-", "_").Replace(p.FullName())
			check(t, p, setOfRules(t, correlatedRules(&s)), name, rows)
		})
	}
}

// sameCorrelations hunts in a table and compares the result with correlatedWant.
func sameCorrelations(t *testing.T, set *ruleset.Set, e engine.Engine, table string, p *schema.Layout) {
	t.Helper()
	list, ledger := inLake(t, set, e, table, p)
	if c := ledger.Lake; c.CannotRun.Total+c.Left.Total+ledger.Records.Failed.Total > 0 {
		t.Errorf("got cannot run %+v, left %+v, failed %+v, want none", c.CannotRun, c.Left, ledger.Records.Failed)
	}
	if diff := cmp.Diff(correlatedWant, correlatedLines(t, list)); diff != "" {
		t.Errorf("lake (-want +got):\n%s", diff)
	}
}

// TestCorrelationsOfEveryLogNatively checks that a native hunt in files finds the expected result.
func TestCorrelationsOfEveryLogNatively(t *testing.T) {
	for name, s := range correlatedSources {
		set, events := setOfRules(t, correlatedRules(&s)), correlatedEvents(&s)
		if diff := cmp.Diff(correlatedWant, nativeLines(t, set, events)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCorrelationsOfEveryLayoutOnDuckDB hunts with DuckDB in every layout. It runs the converted queries, and hunts on a fake Athena
// endpoint that runs DuckDB, in one layout of each log, or in all if testkit.Long.
func TestCorrelationsOfEveryLayoutOnDuckDB(t *testing.T) {
	db := sqltest.DuckDB(t)
	seen := map[string]bool{} // logs with an earlier layout
	correlatedLayouts(t, func(t *testing.T, p *schema.Layout, set *ruleset.Set, name string, rows [][]any) {
		if err := db.Load(t.Context(), name, sqltest.Columns(p), rows); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "rows.parquet")
		if err := db.Exec(t.Context(), "COPY "+name+" TO "+sqltest.QuoteText(path)+" (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
		e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{path: p}})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		sameCorrelations(t, set, e, path, p)
		if seen[p.Schema.Name] && !testkit.Long() {
			return
		}
		seen[p.Schema.Name] = true
		if diff := cmp.Diff(correlatedWant, convertedLines(t, db, set, p, "duckdb", name)); diff != "" {
			t.Errorf("convert (-want +got):\n%s", diff)
		}
		_, stand := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, athenatest.Table{Database: "security", Name: name}, p, "duckdb")
		sameCorrelations(t, set, stand, name, p)
	})
}

// TestCorrelationsOfEveryLayoutOnTrinoIntegration hunts on a real server, as Trino and in Athena's dialect: of each log in one
// layout, or in all if testkit.Long.
func TestCorrelationsOfEveryLayoutOnTrinoIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	e := trinoEngine(t)
	own := fmt.Sprint(ask(t, db, "SELECT current_schema")[0][0])
	stands := map[string]bool{} // logs with a layout that the endpoint has run
	correlatedLayouts(t, func(t *testing.T, p *schema.Layout, set *ruleset.Set, name string, rows [][]any) {
		if err := db.Load(t.Context(), name, sqltest.Columns(p), rows); err != nil {
			t.Fatal(err)
		}
		for _, dialect := range []string{"trino", "athena"} {
			if diff := cmp.Diff(correlatedWant, convertedLines(t, db, set, p, dialect, name)); diff != "" {
				t.Errorf("convert to %s (-want +got):\n%s", dialect, diff)
			}
		}
		sameCorrelations(t, set, e, "memory."+own+"."+name, p)
		if stands[p.Schema.Name] && !testkit.Long() {
			return
		}
		stands[p.Schema.Name] = true
		_, stand := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, athenatest.Table{Database: own, Name: name}, p, "")
		sameCorrelations(t, set, stand, name, p)
	})
}
