package hunt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// These tests compare outcomes, targets and facts of hunts in tables with those of files.

// factEvent is an event that shows something.
type factEvent struct {
	service, action string
	// content are more members of the event, as JSON.
	content string
	// want is what files must show of it: an outcome, a target or a fact, as factsOf writes them.
	want []string
}

var factEvents = []factEvent{
	// Shares
	{"ec2", "ModifySnapshotAttribute", `"requestParameters":{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"444455556666"}]}}}`,
		[]string{"succeeded", "snapshot snap-1", "shared with account 444455556666 (outside)"}},
	{"ec2", "ModifyImageAttribute", `"requestParameters":{"imageId":"ami-1","launchPermission":{"add":{"items":[{"group":"all"}]}}}`, []string{"image ami-1", "open to everyone"}},
	{"s3", "PutBucketPolicy", `"requestParameters":{"bucketName":"b1","bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:*"}]}}`,
		[]string{"bucket b1", "shared with account 444455556666 (outside)"}},
	{"sqs", "SetQueueAttributes", `"requestParameters":{"queueUrl":"https://q","attributes":{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\"}]}"}}`, []string{"queue https://q", "open to everyone"}},
	{"s3", "PutBucketAcl", `"requestParameters":{"bucketName":"b2","x-amz-acl":"public-read"}`, []string{"bucket b2", "open to everyone"}},
	{"lambda", "AddPermission20150331v2", `"requestParameters":{"functionName":"f1","principal":"444455556666","action":"lambda:InvokeFunction"}`, []string{"function f1"}},
	{"kms", "CreateGrant", `"requestParameters":{"keyId":"k1","granteePrincipal":"arn:aws:iam::444455556666:user/x"}`, []string{"encryption key k1", "shared with account 444455556666 (outside) user/x"}},
	{"kms", "Decrypt", `"resources":[{"ARN":"arn:aws:kms:eu-west-1:111122223333:key/k2","accountId":"111122223333","type":"AWS::KMS::Key"}]`,
		[]string{"encryption key arn:aws:kms:eu-west-1:111122223333:key/k2"}},
	// Ports
	{"ec2", "AuthorizeSecurityGroupIngress", `"requestParameters":{"groupId":"sg-1","ipPermissions":{"items":[{"fromPort":22,"toPort":22,"ipProtocol":"tcp","ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`,
		[]string{"security group sg-1", "opened port 22 from 0.0.0.0/0", "open to everyone"}},
	{"ec2", "ModifySecurityGroupRules", `"requestParameters":{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-2","SecurityGroupRule":{"SecurityGroupRule":{"FromPort":3389,"ToPort":3389,"IpProtocol":"tcp","CidrIpv4":"0.0.0.0/0"}}}},` +
		`"responseElements":{"securityGroupRuleSet":{"items":[{"isEgress":false}]}}`, []string{"security group sg-2", "opened port 3389 from 0.0.0.0/0"}},
	// Policies and trusts
	{"iam", "PutUserPolicy", `"requestParameters":{"userName":"eve","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`,
		[]string{"user eve", "policy allows * on *"}},
	{"iam", "UpdateAssumeRolePolicy", `"requestParameters":{"roleName":"r1","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"}}]}"}`,
		[]string{"role r1", "trusts account 444455556666 (outside)"}},
	{"iam", "CreateAccessKey", `"requestParameters":{"userName":"eve"},"responseElements":{"accessKey":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"eve","status":"Active"}}`,
		[]string{"access key AKIAIOSFODNN7EXAMPLE", "created access key AKIAIOSFODNN7EXAMPLE for eve"}},
	{"iam", "CreateAccessKey", `"errorCode":"AccessDenied","errorMessage":"no","requestParameters":{"userName":"mallory"}`, []string{"refused AccessDenied", "access key for mallory"}},
	{"iam", "AttachUserPolicy", `"requestParameters":{"userName":"eve","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, []string{"policy allows * on *"}},
	// Machines
	{"ec2", "RunInstances", `"requestParameters":{"instanceType":"p2.xlarge","instancesSet":{"items":[{"imageId":"ami-2","minCount":2,"maxCount":2}]}},` +
		`"responseElements":{"instancesSet":{"items":[{"instanceId":"i-1","instanceType":"p2.xlarge"},{"instanceId":"i-2","instanceType":"p2.xlarge"}]}}`,
		[]string{"instance i-1", "instance i-2", "image ami-2", "started instances 2 of p2.xlarge"}},
	{"ec2", "RunInstances", `"errorCode":"Client.InstanceLimitExceeded","requestParameters":{"instanceType":"p2.xlarge","instancesSet":{"items":[{"imageId":"ami-2","maxCount":10}]}}`,
		[]string{"failed Client.InstanceLimitExceeded", "instances wanted 10 of p2.xlarge"}},
	// Logging
	{"cloudtrail", "StopLogging", `"requestParameters":{"name":"t1"}`, []string{"trail t1", "logging stopped"}},
	{"cloudtrail", "UpdateTrail", `"requestParameters":{"name":"t1","isMultiRegionTrail":false}`, []string{"trail reduced to one region"}},
	{"s3", "PutBucketLogging", `"requestParameters":{"bucketName":"b3","BucketLoggingStatus":{}}`, []string{"access logging turned off"}},
	{"s3", "PutBucketLogging", `"requestParameters":{"bucketName":"b4","BucketLoggingStatus":{"LoggingEnabled":{"TargetBucket":"logs"}}}`, []string{"bucket b4"}},
	// Outcomes by results
	{"signin", "ConsoleLogin", `"errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"},"additionalEventData":{"MFAUsed":"No","LoginTo":"x"}`,
		[]string{"refused Failed authentication", "MFA not used"}},
	{"signin", "ConsoleLogin", `"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"}`, []string{"succeeded", "MFA not used"}},
	{"signin", "CheckMfa", `"responseElements":{"CheckMfa":"Failure"}`, []string{"refused"}},
	{"signin", "UserAuthentication", `"serviceEventDetails":{"UserAuthentication":"Failure"}`, []string{"refused"}},
	{"ec2", "DeleteFlowLogs", `"requestParameters":{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}},"responseElements":{"DeleteFlowLogsResponse":{"unsuccessful":{"item":{"resourceId":"fl-1"}}}}`,
		[]string{"failed", "flow log fl-1", "flow logs deleted"}},
	{"organizations", "CreateAccountResult", `"serviceEventDetails":{"createAccountStatus":{"state":"FAILED","failureReason":"EMAIL_ALREADY_EXISTS"}}`, []string{"failed EMAIL_ALREADY_EXISTS"}},
	{"sts", "AssumeRole", `"requestParameters":{"roleArn":"arn:aws:iam::444455556666:role/r2","roleSessionName":"s"},"responseElements":{"credentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE"}}`,
		[]string{"role arn:aws:iam::444455556666:role/r2", "session ASIAIOSFODNN7EXAMPLE of role arn:aws:iam::444455556666:role/r2", "takes a role of account 444455556666 (outside) role/r2"}},
}

// factRules has a rule for all of these events, by services and actions, and correlations that engines count.
func factRules() string {
	var b strings.Builder
	rule := func(n int, name, selection string) {
		fmt.Fprintf(&b, "title: %s\nname: %s\nid: 0a1b2c3d-0000-4000-8000-%012d\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection: {%s}\n  condition: selection\nfields: [tlsDetails.tlsVersion, eventType as kind, apiVersion]\nlevel: low\n", name, name, n, selection)
		b.WriteString("---\n")
	}
	for i, e := range factEvents {
		if first := slices.IndexFunc(factEvents, func(o factEvent) bool { return o.service == e.service && o.action == e.action }); first == i {
			rule(i, fmt.Sprintf("rule%d", i), fmt.Sprintf("eventSource: %s.amazonaws.com, eventName: %s", e.service, e.action))
		}
	}
	return strings.TrimSuffix(b.String(), "---\n")
}

// countedFacts are correlations of many events, of which the engine returns both ends completely.
const countedFacts = `title: Uploads
name: uploads
id: 0a1b2c3d-0000-4000-8000-000000000101
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: s3.amazonaws.com, eventName: PutObject, requestParameters.bucketName: [b5, b6]}
  condition: selection
---
title: Calls
name: calls
id: 0a1b2c3d-0000-4000-8000-000000000102
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {'eventName|startswith': [Put, Authorize, Update, Attach, Run]}
  condition: selection
---
title: Many uploads
id: 0a1b2c3d-0000-4000-8000-000000000103
level: high
correlation: {type: event_count, rules: [uploads], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 20}}
---
title: Many changes
id: 0a1b2c3d-0000-4000-8000-000000000104
level: high
fields: [vpcEndpointId, tlsDetails.tlsVersion]
correlation: {type: event_count, rules: [calls], group-by: [sourceIPAddress], timespan: 1h, condition: {gte: 20}}
`

// uploads are events for countedFacts: one of six is refused, and one of seven makes its object public.
func uploads(n int) []factEvent {
	var list []factEvent
	for i := range n {
		content := fmt.Sprintf(`"requestParameters":{"bucketName":"b%d","key":"backup of last week, and a \"quoted\" name: number %d","Host":"b5.s3.eu-west-1.amazonaws.com, which nothing needs"`, 5+i%2, i)
		if i%7 == 0 {
			content += `,"x-amz-acl":"public-read"`
		}
		if i%11 == 0 {
			content += `,"accessControlList":{"x-amz-grant-read":"uri=http://acs.amazonaws.com/groups/global/AllUsers"}`
		}
		if content += "}"; i%6 == 0 {
			content += `,"errorCode":"AccessDenied","errorMessage":"Access Denied"`
		}
		list = append(list, factEvent{service: "s3", action: "PutObject", content: content})
	}
	return list
}

// recordsOf returns the events as records, one each second.
func recordsOf(events []factEvent) []string {
	var list []string
	for i, e := range events {
		list = append(list, fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDA","arn":"arn:aws:iam::111122223333:user/app","accountId":"111122223333","accessKeyId":"AKIAIOSFODNN7EXAMPL%d","userName":"app"},`+
			`"eventTime":%q,"eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2.%d","requestID":"r-%d","eventID":"00000000-0000-4000-8000-%012d",`+
			`"eventType":"AwsApiCall","apiVersion":"2016-11-15","tlsDetails":{"tlsVersion":"TLSv1.3"},"recipientAccountId":"111122223333",%s}`, i%3, theDay.Add(10*time.Hour+time.Duration(i)*time.Second).Format(time.RFC3339), e.service, e.action, i%4, i, i, e.content))
	}
	return list
}

// factsOf returns what a finding shows, each thing as text.
func factsOf(t *testing.T, line string) []string {
	t.Helper()
	var f struct {
		Outcome struct {
			Succeeded, Refused, Failed, Unknown int
			Errors                              []struct{ Code, Outcome string }
		}
		Targets []struct{ Type, Name string }
		Facts   []struct{ Name, Value string }
	}
	if err := json.Unmarshal([]byte(line), &f); err != nil {
		t.Fatal(err)
	}
	var list []string
	for name, n := range map[string]int{"succeeded": f.Outcome.Succeeded, "refused": f.Outcome.Refused, "failed": f.Outcome.Failed, "unknown": f.Outcome.Unknown} {
		if n > 0 {
			list = append(list, name)
		}
	}
	for _, e := range f.Outcome.Errors {
		list = append(list, e.Outcome+" "+e.Code)
	}
	for _, target := range f.Targets {
		list = append(list, target.Type+" "+target.Name)
	}
	for _, fact := range f.Facts {
		list = append(list, strings.TrimSpace(fact.Name+" "+fact.Value))
	}
	slices.Sort(list)
	return list
}

// factTable is the events of a test as rows of a table, with the findings of the same hunt in files.
type factTable struct {
	set    *ruleset.Set
	events []factEvent
	rows   [][]any
	want   []string
}

func newFactTable(t *testing.T, rules string, events []factEvent, p *schema.Layout, row func(p *schema.Layout, doc *value.Doc) []any) *factTable {
	t.Helper()
	f := &factTable{set: setOfRules(t, rules), events: events}
	records := recordsOf(events)
	for _, r := range records {
		doc, err := new(value.Parser).Parse([]byte(r))
		if err != nil {
			t.Fatal(err, r)
		}
		f.rows = append(f.rows, row(p, doc))
	}
	path := filepath.Join(t.TempDir(), "log.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(records, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	f.want, _ = lines(t, hunt.Options{Set: f.set, Source: &hunt.Files{Paths: []string{path}}})
	return f
}

// in hunts in a table, with rows and counts in one statement or, if apart is set, in several.
func (f *factTable) in(t *testing.T, e engine.Engine, table string, p *schema.Layout, apart bool) []string {
	t.Helper()
	opt := lake.Options{Engine: e, Tables: []lake.Table{{Name: table, Layout: p}}, Set: f.set, AllTime: true, From: theDay, To: theDay.AddDate(0, 0, 1), Price: 5, Backoff: time.Millisecond}
	if apart {
		opt.Sizes = []lake.Size{{Chunk: 24 * time.Hour}}
	}
	l, err := lake.Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	list, _ := huntIn(t, f.set, l, theDay, theDay.AddDate(0, 0, 1))
	return list
}

// onDuckDB writes the rows as Parquet and opens them.
func (f *factTable) onDuckDB(t *testing.T, p *schema.Layout) (e engine.Engine, table string) {
	t.Helper()
	db := sqltest.DuckDB(t)
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), f.rows); err != nil {
		t.Fatal(err)
	}
	table = filepath.Join(t.TempDir(), "trail.parquet")
	if err := db.Exec(t.Context(), "COPY trail TO "+sqltest.QuoteText(table)+" (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{table: p}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, table
}

// eventOf returns the number of the event of a finding.
func eventOf(t *testing.T, line string) int {
	t.Helper()
	var f struct {
		IDs []string `json:"event_ids"`
	}
	n := -1
	if err := json.Unmarshal([]byte(line), &f); err != nil || len(f.IDs) != 1 {
		t.Fatal(err, line)
	}
	if _, err := fmt.Sscanf(strings.TrimPrefix(f.IDs[0], "00000000-0000-4000-8000-"), "%d", &n); err != nil {
		t.Fatal(err, line)
	}
	return n
}

// TestFilesShowFacts checks that the events show in files what the other tests look for in tables.
func TestFilesShowFacts(t *testing.T) {
	f := newFactTable(t, factRules(), factEvents, layoutOf(t, "cloudtrail/athena"), sqltest.Row)
	if len(f.want) != len(factEvents) {
		t.Errorf("got %d findings, want %d", len(f.want), len(factEvents))
	}
	for _, line := range f.want {
		e, got := &factEvents[eventOf(t, line)], factsOf(t, line)
		for _, text := range e.want {
			if !slices.Contains(got, text) {
				t.Errorf("%s: got %q, want %q among them", e.action, got, text)
			}
		}
	}
}

// factHunts are the hunts whose facts tests compare.
func factHunts(t *testing.T, p *schema.Layout, row func(p *schema.Layout, doc *value.Doc) []any, check func(t *testing.T, f *factTable)) {
	t.Helper()
	t.Run("rows", func(t *testing.T) { check(t, newFactTable(t, factRules(), factEvents, p, row)) })
	t.Run("counts", func(t *testing.T) {
		check(t, newFactTable(t, countedFacts, slices.Concat(uploads(60), factEvents, uploads(1500)), p, row))
	})
}

// TestSameFactsOnDuckDB compares the facts in tables that keep all of a record with those in files.
func TestSameFactsOnDuckDB(t *testing.T) {
	needsDuckDB(t)
	layouts := []string{"cloudtrail/athena", "cloudtrail/files", "cloudtrail/lake"}
	if testkit.Long() {
		layouts = append(layouts, "cloudtrail/athena-org") // with the columns of cloudtrail/athena
	}
	for _, name := range layouts {
		t.Run(name, func(t *testing.T) {
			p := layoutOf(t, name)
			factHunts(t, p, sqltest.Row, func(t *testing.T, f *factTable) {
				e, table := f.onDuckDB(t, p)
				compareLines(t, f.in(t, e, table, p, false), f.want, 2)
				compareLines(t, f.in(t, e, table, p, true), f.want, 2)
			})
		})
	}
}

// TestSameFactsOnAthena runs the statements on a fake Athena endpoint.
func TestSameFactsOnAthena(t *testing.T) {
	needsDuckDB(t)
	p := layoutOf(t, "cloudtrail/athena")
	factHunts(t, p, sqltest.Row, func(t *testing.T, f *factTable) {
		db := sqltest.DuckDB(t)
		if err := db.Load(t.Context(), "trail", sqltest.Columns(p), f.rows); err != nil {
			t.Fatal(err)
		}
		_, e := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, athenatest.Table{Database: "security", Name: "trail"}, p, "duckdb")
		compareLines(t, f.in(t, e, "trail", p, true), f.want, 2)
	})
}

// TestSameFactsOnTrinoIntegration runs the statements on a real server, as Trino and in Athena's dialect.
func TestSameFactsOnTrinoIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	e := trinoEngine(t)
	own := fmt.Sprint(ask(t, db, "SELECT current_schema")[0][0])
	for _, name := range []string{"cloudtrail/athena", "cloudtrail/lake"} {
		t.Run(name, func(t *testing.T) {
			p := layoutOf(t, name)
			factHunts(t, p, sqltest.Row, func(t *testing.T, f *factTable) {
				table := "facts_" + p.Name
				if err := db.Load(t.Context(), table, sqltest.Columns(p), f.rows); err != nil {
					t.Fatal(err)
				}
				compareLines(t, f.in(t, e, "memory."+own+"."+table, p, false), f.want, 2)
				compareLines(t, f.in(t, e, "memory."+own+"."+table, p, true), f.want, 2)
				_, stand := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, athenatest.Table{Database: own, Name: table}, p, "")
				compareLines(t, f.in(t, stand, table, p, true), f.want, 2)
			})
		})
	}
}

// TestTablesThatKeepLessClaimNothingWrong checks tables that do not keep all of a record: what a finding shows is also shown
// from files, and what is missing is known not to be in the table.
func TestTablesThatKeepLessClaimNothingWrong(t *testing.T) {
	needsDuckDB(t)
	for _, c := range []struct {
		name, layout string
		row          func(p *schema.Layout, doc *value.Doc) []any
		// missing are the beginnings of what files show and the table does not, vague those of what it shows instead.
		missing, vague []string
		// without is a column that the table does not have.
		without string
	}{
		{"version 2", "cloudtrail/security-lake-v2", sqltest.OCSFRow, nil, nil, ""},
		{"version 1", "cloudtrail/security-lake-v1", sqltest.OCSFRow, []string{
			// Objects are kept as their leaves, so values of one object in a list are not together.
			"access logging turned off", "shared with account 444455556666", "open to everyone", "opened port",
		}, nil, ""},
		{"no responses", "cloudtrail/athena", sqltest.Row, []string{
			"succeeded", "refused", "failed", "instance i-", "started instances", "instances wanted", "access key ", "created access key", "opened port 3389", "open to everyone", "session ",
		}, nil, "responseelements"},
		{"no parameters", "cloudtrail/athena", sqltest.Row, []string{""}, nil, "requestparameters"},
		{"no errors", "cloudtrail/athena", sqltest.Row, []string{"succeeded", "refused", "failed"}, nil, "errorcode"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := layoutOf(t, c.layout)
			f := newFactTable(t, factRules(), factEvents, lackingColumn(p, c.without), c.row)
			e, table := f.onDuckDB(t, lackingColumn(p, c.without))
			got := f.in(t, e, table, p, false)
			shown := map[int][]string{}
			for _, line := range got {
				shown[eventOf(t, line)] = factsOf(t, line)
			}
			if len(got) != len(f.want) {
				t.Errorf("got %d findings, want %d", len(got), len(f.want))
			}
			for _, line := range f.want {
				n, want := eventOf(t, line), factsOf(t, line)
				for _, text := range shown[n] {
					if text != "unknown" && !slices.Contains(want, text) && !begins(text, c.vague) {
						t.Errorf("%s: got %q, want only %q", factEvents[n].action, text, want)
					}
				}
				for _, text := range want {
					if !slices.Contains(shown[n], text) && !begins(text, c.missing) {
						t.Errorf("%s: %q is missing in %q", factEvents[n].action, text, shown[n])
					}
				}
			}
		})
	}
}

func begins(text string, with []string) bool {
	return slices.ContainsFunc(with, func(w string) bool { return strings.HasPrefix(text, w) })
}

// lackingColumn returns a layout without a column.
func lackingColumn(p *schema.Layout, column string) *schema.Layout {
	fewer := *p
	fewer.Columns = slices.DeleteFunc(slices.Clone(p.Columns), func(c schema.Column) bool { return c.Name == column })
	return &fewer
}
