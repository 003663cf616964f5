package schema_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

const assumedRole = `{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:s1",
"arn":"arn:aws:sts::111122223333:assumed-role/Admin/s1","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE",
"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/Admin","userName":"Admin"}}},
"eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"PutRolePolicy","awsRegion":"us-east-1",
"sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2","errorCode":"AccessDenied","requestParameters":{"roleName":"r",
"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"}]}","other":"{\"a\":1}"},
"responseElements":{"role":{"assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%7D"}},
"eventID":"a1","recipientAccountId":"444455556666"}`

const process4688 = `{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},
"EventID":{"#attributes":{"Qualifiers":0},"#text":4688},"TimeCreated":{"#attributes":{"SystemTime":"2026-01-02T03:04:05.123456Z"}},
"EventRecordID":77,"Channel":"Security","Computer":"host.example.com","Security":null},
"EventData":{"SubjectUserName":"ann","NewProcessName":"C:\\Windows\\cmd.exe","ParentProcessName":"C:\\p.exe","ProcessId":"0x4","NewProcessId":"0x8"}}}`

const sysmon1 = `{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":1,
"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"h","EventRecordID":1},"EventData":{"Image":"C:\\a.exe","User":"D\\u"}}}`

const cleared104 = `{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Eventlog"}},"EventID":104,"Channel":"System",
"Computer":"h","EventRecordID":2},"UserData":{"LogFileCleared":{"#attributes":{"xmlns":"x"},"SubjectUserName":"u","Channel":"Windows PowerShell"}}}}`

const winlogbeat = `{"@timestamp":"2026-01-02T03:04:05.678Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":12,
"provider_name":"Microsoft-Windows-Sysmon","computer_name":"h","record_id":9,"event_data":{"EventType":"DeleteKey","TargetObject":"HKLM\\x"}}}`

const flat = `{"Channel":"Security","EventID":4625,"Computer":"h","EventRecordID":5,"TargetUserName":"bob","IpAddress":"192.0.2.9","SourceName":"Microsoft-Windows-Security-Auditing"}`

func parse(t *testing.T, text string) *value.Doc {
	t.Helper()
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func texts(doc *value.Doc, paths []value.Path) []string {
	var walker value.Walker
	var list []string
	for _, leaf := range schema.Paths(paths).Leaves(nil, &walker, doc) {
		list = append(list, leaf.Doc.String(leaf.Node))
	}
	return list
}

// holds evaluates the condition of a log source for an event by its definition.
func holds(s *schema.Schema, condition schema.SourceCondition, doc *value.Doc) bool {
	conditionHolds := func(c schema.Condition) bool {
		for _, text := range texts(doc, s.Paths(c.Field)) {
			if slices.ContainsFunc(c.Values, func(v string) bool { return strings.EqualFold(v, text) }) {
				return true
			}
		}
		return false
	}
	for _, cases := range condition.All {
		if !slices.ContainsFunc(cases, func(c schema.Case) bool {
			return !slices.ContainsFunc(c, func(c schema.Condition) bool { return !conditionHolds(c) })
		}) {
			return false
		}
	}
	return true
}

func TestAllIsSortedAndFoundByName(t *testing.T) {
	var names []string
	for _, s := range schema.All() {
		names = append(names, s.Name)
		if schema.ByName(s.Name) != s {
			t.Errorf("ByName(%s) does not return the schema", s.Name)
		}
	}
	files, err := filepath.Glob("data/*.yaml") // sorted
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".yaml")
	}
	if !slices.Equal(names, files) {
		t.Errorf("schemas %v, want %v", names, files)
	}
	if schema.ByName("nothing") != nil {
		t.Error("ByName returned a schema for an unknown name")
	}
}

func TestFieldsOfEvents(t *testing.T) {
	for _, test := range []struct {
		schema, event, field string
		want                 []string
	}{
		{"cloudtrail", assumedRole, "eventName", []string{"PutRolePolicy"}},
		{"cloudtrail", assumedRole, "requestParameters.policyDocument.Statement.Action", []string{"*"}},
		{"cloudtrail", assumedRole, "responseElements.role.assumeRolePolicyDocument.Version", []string{"2012-10-17"}},
		{"cloudtrail", assumedRole, "requestParameters.other.a", nil}, // not known to hold JSON
		{"cloudtrail", assumedRole, "*", nil},
		{"windows", process4688, "EventID", []string{"4688"}},
		{"windows", process4688, "Provider_Name", []string{"Microsoft-Windows-Security-Auditing"}},
		{"windows", process4688, "Image", []string{`C:\Windows\cmd.exe`}},
		{"windows", process4688, "ParentImage", []string{`C:\p.exe`}},
		{"windows", process4688, "ProcessId", []string{"0x4"}}, // the field's own name comes first
		{"windows", process4688, "User", []string{"ann"}},
		{"windows", process4688, "Computer", []string{"host.example.com"}},
		{"windows", sysmon1, "User", []string{`D\u`}},
		{"windows", sysmon1, "EventID", []string{"1"}},
		{"windows", cleared104, "Channel", []string{"Windows PowerShell"}},
		{"windows", cleared104, "System.Channel", []string{"System"}},
		{"windows", cleared104, "SubjectUserName", []string{"u"}},
		{"windows", winlogbeat, "TargetObject", []string{`HKLM\x`}},
		{"windows", winlogbeat, "EventID", []string{"12"}},
		{"windows", flat, "TargetUserName", []string{"bob"}},
		{"windows", flat, "Provider_Name", []string{"Microsoft-Windows-Security-Auditing"}},
		{"windows", `{"Event":{"EventData":{"Data":{"#text":["a","b"]}}}}`, "Data", []string{"a", "b"}},
		{"windows", `{"Event":{"EventData":{"Data":"a"}}}`, "Data", []string{"a"}},
		{"windows", `{"Event":{"EventData":{"Threat Name":"Trojan"}}}`, "ThreatName", []string{"Trojan"}},
	} {
		got := texts(parse(t, test.event), schema.ByName(test.schema).Paths(test.field))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %s: got %q, want %q", test.schema, test.field, got, test.want)
		}
	}
}

func TestPathsBelongToTheCaller(t *testing.T) {
	s := schema.ByName("windows")
	s.Paths("EventID")[0].Text = "changed"
	if s.Paths("EventID")[0].Text == "changed" {
		t.Error("changing the result of Paths changed the schema")
	}
}

func TestEventAttributes(t *testing.T) {
	var walker value.Walker
	doc := parse(t, assumedRole)
	s := schema.ByName("cloudtrail")
	for _, test := range []struct {
		name  string
		paths schema.Paths
		want  string
	}{
		{"principal", s.Principal, "arn:aws:iam::111122223333:role/Admin"},
		{"account", s.Account, "444455556666"},
		{"region", s.Region, "us-east-1"},
		{"session", s.Session, "ASIAEXAMPLE"},
		{"address", s.Address, "192.0.2.7"},
		{"action", s.Action, "PutRolePolicy"},
		{"service", s.Service, "iam.amazonaws.com"},
		{"error", s.Error, "AccessDenied"},
		{"agent", s.Agent, "aws-cli/2"},
		{"host", s.Host, ""},
	} {
		if got := test.paths.Text(&walker, doc); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	walker.Reset()
	noArn := parse(t, `{"userIdentity":{"type":"IAMUser","userName":"u","accountId":"111122223333"}}`)
	if got := s.Principal.Text(&walker, noArn); got != "u" {
		t.Errorf("got principal %q for an event without arn", got)
	}
	if got := s.Account.Text(&walker, noArn); got != "111122223333" {
		t.Errorf("got account %q for an event without recipient", got)
	}
}

func TestEventIDAndTime(t *testing.T) {
	for _, test := range []struct{ schema, event, id, time string }{
		{"cloudtrail", assumedRole, "a1", "2026-01-02T03:04:05Z"},
		{"windows", process4688, "host.example.com/Security/77", "2026-01-02T03:04:05.123456Z"},
		{"windows", winlogbeat, "h/Microsoft-Windows-Sysmon/Operational/9", "2026-01-02T03:04:05.678Z"},
		{"windows", `{"Event":{"System":{"Computer":"h","Channel":"Security"}}}`, "", ""},
		{"cloudtrail", `{"eventID":"","eventTime":"yesterday"}`, "", ""},
		// If the log's own name is missing, the shipper's name of the time is used; otherwise it is ignored.
		{"cloudtrail", `{"eventID":"a","@timestamp":"2026-01-02T03:04:05.000Z","timestamp":"2026-02-02T03:04:05Z"}`, "a", "2026-01-02T03:04:05.000Z"},
		{"cloudtrail", `{"eventID":"a","event_time":"2026-01-02T03:04:05Z","@timestamp":"2026-02-02T03:04:05Z"}`, "a", "2026-01-02T03:04:05Z"},
		{"cloudtrail", `{"eventID":"a","timestamp":"2026-01-02T03:04:05Z","eventTime":null}`, "a", "2026-01-02T03:04:05Z"},
		{"cloudtrail", `{"eventID":"a","@timestamp":"2026-02-02T03:04:05Z","eventTime":"2026-01-02T03:04:05Z"}`, "a", "2026-01-02T03:04:05Z"},
		{"cloudtrail", `{"eventID":"a","@timestamp":"2026-02-02T03:04:05Z","eventTime":"yesterday"}`, "a", ""},
		{"guardduty", `{"id":"a","updatedAt":"2026-01-02T03:04:05.000Z"}`, "a/2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z"},
		{"eks", `{"auditID":"a","stage":"s","@timestamp":"2026-01-02T03:04:05Z"}`, "a/s", "2026-01-02T03:04:05Z"},
	} {
		var walker value.Walker
		s, doc := schema.ByName(test.schema), parse(t, test.event)
		id, ok := s.AppendEventID(nil, &walker, doc)
		if string(id) != test.id || ok != (test.id != "") {
			t.Errorf("id %q %v, want %q", id, ok, test.id)
		}
		at, ok := s.EventTime(&walker, doc)
		if ok != (test.time != "") || ok && at.String() != test.time {
			t.Errorf("time %v %v, want %q", at, ok, test.time)
		}
	}
}

func TestSourceCondition(t *testing.T) {
	for _, test := range []struct {
		schema, product, service, category string
		served                             bool
		event                              string
		belongs                            bool
	}{
		{"cloudtrail", "aws", "cloudtrail", "", true, assumedRole, true},
		{"cloudtrail", "AWS", "", "", true, assumedRole, true},
		{"cloudtrail", "", "cloudtrail", "", true, assumedRole, true},
		{"cloudtrail", "aws", "guardduty", "", false, "", false},
		{"cloudtrail", "azure", "", "", false, "", false},
		{"cloudtrail", "aws", "cloudtrail", "webserver", false, "", false},
		{"cloudtrail", "", "", "", false, "", false},
		{"windows", "windows", "", "", true, flat, true},
		{"windows", "", "", "process_creation", true, sysmon1, true},
		{"windows", "windows", "", "process_creation", true, process4688, true},
		{"windows", "windows", "", "process_creation", true, flat, false},
		{"windows", "windows", "security", "process_creation", true, process4688, true},
		{"windows", "windows", "security", "process_creation", true, sysmon1, false},
		{"windows", "windows", "", "registry_delete", true, winlogbeat, true},
		{"windows", "windows", "", "registry_add", true, winlogbeat, false},
		{"windows", "windows", "", "registry_event", true, winlogbeat, true},
		{"windows", "windows", "system", "", true, cleared104, true},
		{"windows", "windows", "powershell-classic", "", true, cleared104, false},
		{"windows", "windows", "no-such-log", "", false, "", false},
		{"windows", "", "", "webserver", false, "", false},
		{"cloudtrail", "aws", "cloudtrail_s3", "", true, `{"eventSource":"s3.amazonaws.com","eventCategory":"Data"}`, true},
		{"cloudtrail", "aws", "cloudtrail_s3", "", true, `{"eventSource":"s3.amazonaws.com","managementEvent":false}`, true},
		{"cloudtrail", "aws", "cloudtrail_s3", "", true, `{"eventSource":"s3.amazonaws.com","eventCategory":"Management"}`, false},
		{"cloudtrail", "aws", "cloudtrail_lambda", "", true, assumedRole, false},
		{"vpcflow", "aws", "vpc_flow_logs", "", true, `{"srcaddr":"192.0.2.1"}`, true},
		{"eks", "kubernetes", "audit", "application", true, `{"verb":"create"}`, true},
		{"generic", "any", "thing", "at_all", true, `{}`, true},
		{"generic", "", "", "", true, `{}`, true},
	} {
		s := schema.ByName(test.schema)
		if test.schema == "generic" {
			s = schema.Generic()
		}
		condition, served := s.SourceCondition(schema.LogSource{Product: test.product, Service: test.service, Category: test.category})
		if served != test.served {
			t.Errorf("%s/%s/%s in %s: got served %v", test.product, test.service, test.category, test.schema, served)
			continue
		}
		if served && holds(s, condition, parse(t, test.event)) != test.belongs {
			t.Errorf("%s/%s/%s for %s: want %v", test.product, test.service, test.category, test.event, test.belongs)
		}
	}
}

func TestDetect(t *testing.T) {
	for _, test := range []struct{ event, schema, foreign string }{
		{assumedRole, "cloudtrail", ""},
		{process4688, "windows", ""},
		{winlogbeat, "windows", ""},
		{flat, "windows", ""},
		{`{"eventVersion":"1.07","eventTime":"2026-01-02T03:04:05Z","eventType":"AwsCloudTrailInsight","insightDetails":{},"sharedEventID":"x"}`, "", "CloudTrail Insights event"},
		{`{"awsAccountId":"111122223333","digestStartTime":"x","digestEndTime":"y","digestS3Bucket":"b","logFiles":[]}`, "", "CloudTrail digest file"},
		// S3 User Guide, "Event message structure"; Lambda Developer Guide, events of DynamoDB, Kinesis, SQS and SNS.
		{`{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-01-02T03:04:05.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"A"},"s3":{"bucket":{"name":"b"}}}`, "", "S3 event notification"},
		{`{"eventVersion":"2.0","eventSource":"minio:s3","awsRegion":"","eventTime":"2026-01-02T03:04:05.000Z","eventName":"s3:ObjectCreated:Put","userIdentity":{"principalId":"A"},"s3":{"bucket":{"name":"b"}}}`, "", "S3 event notification"},
		{`{"eventID":"1","eventVersion":"1.1","awsRegion":"eu-west-1","eventName":"REMOVE","eventSource":"aws:dynamodb","userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"dynamodb":{}}`, "", "DynamoDB stream record"},
		{`{"kinesis":{"data":"aGVsbG8="},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"s:1","eventName":"aws:kinesis:record","awsRegion":"eu-west-1"}`, "", "Kinesis stream record"},
		{`{"messageId":"m","body":"hello","eventSource":"aws:sqs","awsRegion":"eu-west-1"}`, "", "SQS message"},
		{`{"EventVersion":"1.0","EventSource":"aws:sns","Sns":{"Message":"hello"}}`, "", "SNS message"},
		// ActionTrail, "Structure of an event"; OBS, "Event message structure"; OSS, "Event notifications".
		{`{"eventId":"x","eventVersion":"1","eventName":"DeleteBucket","eventSource":"oss-cn-hangzhou.aliyuncs.com","eventTime":"2026-01-02T03:04:05Z","acsRegion":"cn-hangzhou","userIdentity":{"type":"ram-user"}}`, "", "Alibaba Cloud ActionTrail event"},
		{`{"eventVersion":"1","eventName":"ConsoleSignin","eventSource":"signin.aliyuncs.com","eventTime":"2026-01-02T03:04:05Z"}`, "", "Alibaba Cloud ActionTrail event"},
		{`{"eventName":"ObjectCreated:PutObject","eventSource":"acs:oss","eventTime":"2026-01-02T03:04:05.000Z","eventVersion":"1.0","oss":{}}`, "", "Alibaba Cloud OSS event notification"},
		{`{"eventVersion":"3.0","eventSource":"OBS","eventRegion":"cn-north-4","eventTime":"2026-01-02T03:04:05.000Z","eventName":"ObjectCreated:Post","userIdentity":{"ID":"i"},"obs":{}}`, "", "Huawei Cloud OBS event notification"},
		{`{"eventName":"DescribeInstances","eventSource":"cvm.api.qcloud.com","eventTime":"2026-01-02 03:04:05","eventVersion":"3.0"}`, "", "Tencent Cloud audit log"},
		{`{"eventName":"a","eventSource":"amazonaws.com","eventTime":"x"}`, "", ""},
		// Sources in other forms, and records whose time or version was removed.
		{`{"eventName":"GetUser","eventSource":"iam.amazonaws.com","eventTime":"2026-01-02T03:04:05Z"}`, "cloudtrail", ""},
		{`{"eventName":"GetUser","eventSource":"iam.amazonaws.com","eventVersion":"1.08"}`, "cloudtrail", ""},
		{`{"eventName":"RunInstances","eventSource":"ec2.amazonaws.com.cn","eventTime":"2026-01-02T03:04:05Z"}`, "cloudtrail", ""},
		{`{"eventName":"GetUser","eventSource":"masked","eventTime":"2026-01-02T03:04:05Z","awsRegion":"us-east-1","userIdentity":{"type":"IAMUser"}}`, "cloudtrail", ""},
		{`{"schemaVersion":"2.0","accountId":"111122223333","id":"x","service":{"detectorId":"d"}}`, "guardduty", ""},
		{`{"SchemaVersion":"2.0","AccountId":"111122223333","Service":{"DetectorId":"d"}}`, "", "GuardDuty finding"},
		{`{"SchemaVersion":"2018-10-08","ProductArn":"p","AwsAccountId":"111122223333","Id":"i"}`, "securityhub", ""},
		{`{"version":"1.1","query_name":"example.com.","query_type":"A","rcode":"NOERROR","srcaddr":"192.0.2.1"}`, "route53", ""},
		{`{"kind":"Event","auditID":"a","verb":"create","stage":"ResponseComplete"}`, "kubernetes", ""},
		{`{"timestamp":1,"webaclId":"w","action":"BLOCK","httpRequest":{}}`, "waf", ""},
		{`{"version":2,"srcaddr":"192.0.2.1","dstaddr":"192.0.2.2","protocol":6}`, "", "VPC flow log"},
		{`{"protoPayload":{},"logName":"projects/x"}`, "", ""},
		{`{"eventType":"user.session.start","actor":{},"published":"x","outcome":{}}`, "okta", ""},
		{`{"operationName":"x","resourceId":"y","category":"Administrative"}`, "azure-activity", ""},
		{`{"operationName":"x","resourceId":"y","category":"kube-audit","properties":{}}`, "", "Diagnostic log of Azure Kubernetes Service"},
		{`{"operationName":"x","resourceId":"y","category":"AuditLogs","properties":{}}`, "entra-audit", ""},
		{`{"operationName":"x","resourceId":"y","category":"NonInteractiveUserSignInLogs","properties":{}}`, "entra-signin", ""},
		{`{"operationName":"x","category":"UserRiskEvents","properties":{}}`, "entra-risk", ""},
		{`{"CreationTime":"x","RecordType":1,"Workload":"Exchange"}`, "m365", ""},
		{`{"timestamp":"x","protoPayload":{"methodName":"m","serviceName":"s"}}`, "gcp", ""},
		{`{"timestamp":"x","protoPayload":{"methodName":"m","serviceName":"s","metadata":{"event":[]}}}`, "gworkspace", ""},
		{`{"kind":"admin#reports#activity","id":{"applicationName":"admin"},"actor":{}}`, "gworkspace", ""},
		{`{"ts":1,"uid":"C1","id.orig_h":"192.0.2.1"}`, "", "Zeek log"},
		{`{"class_uid":3002,"metadata":{"version":"1.1.0"}}`, "", "OCSF event"},
		{`{"a":1}`, "", ""},
		{`[1]`, "", ""},
		{`"text"`, "", ""},
	} {
		doc := parse(t, test.event)
		name := ""
		if s := schema.Detect(doc, 0); s != nil {
			name = s.Name
		} else if foreign := schema.Foreign(doc, 0); foreign != test.foreign {
			t.Errorf("%s: foreign %q, want %q", test.event, foreign, test.foreign)
		}
		if name != test.schema {
			t.Errorf("%s: detected %q, want %q", test.event, name, test.schema)
		}
	}
}

func TestDetectAllocatesNothing(t *testing.T) {
	docs := []*value.Doc{parse(t, assumedRole), parse(t, sysmon1)}
	schema.All()
	if n := testing.AllocsPerRun(100, func() {
		for _, doc := range docs {
			schema.Detect(doc, 0)
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

// Promising must not return false for text with an event, however it is quoted.
func TestPromising(t *testing.T) {
	detector := schema.NewDetector(nil)
	for _, event := range []string{assumedRole, process4688, winlogbeat, flat, `{"schemaVersion":"2.0","service":{"detectorId":"d"}}`, `{"auditID":"a","verb":"v","stage":"s"}`} {
		text := event
		for range 3 {
			if !detector.Promising([]byte(text)) {
				t.Errorf("got false for %.200s", text)
			}
			quoted, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			text = `{"x":` + string(quoted) + `}`
		}
	}
	for text, want := range map[string]bool{
		`{"level":"info","message":"started","ctx":{"user":1}}`: false,
		`{"x":{"\u0065ventName":1}}`:                            true,
	} {
		if detector.Promising([]byte(text)) != want {
			t.Errorf("%s: want %v", text, want)
		}
	}
}
