package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// gather returns the facts of CloudTrail events. An event is written as the members that differ from a successful call in
// account 111122223333.
func gather(t *testing.T, events ...string) finding.Facts {
	t.Helper()
	return gatherFrom(t, schema.ByName("cloudtrail"), nil, events...)
}

// gatherFrom gathers from events without some paths and what is below them.
func gatherFrom(t *testing.T, s *schema.Schema, lacks []string, events ...string) finding.Facts {
	t.Helper()
	x := facts.NewExtractor(s)
	missing := facts.LacksOf(s, func(path string) bool {
		return !slices.ContainsFunc(lacks, func(l string) bool { return strings.HasPrefix(path, l) })
	})
	var g facts.Gatherer
	for _, text := range events {
		if !strings.Contains(text, "recipientAccountId") {
			text = `"recipientAccountId":"111122223333",` + text
		}
		var parser value.Parser
		doc, err := parser.Parse([]byte("{" + text + "}"))
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		var walker value.Walker
		e := facts.Event{Lacks: missing}
		e.Doc, e.Agent, e.ActorType = doc, s.Agent.Text(&walker, doc), s.ActorType.Text(&walker, doc)
		e.Subject = &finding.Subject{
			Account: s.Account.Text(&walker, doc), Region: s.Region.Text(&walker, doc), Principal: s.Principal.Text(&walker, doc),
			Session: s.Session.Text(&walker, doc), Address: s.Address.Text(&walker, doc), Action: s.Action.Text(&walker, doc),
			Service: s.Service.Text(&walker, doc), Error: s.Error.Text(&walker, doc),
		}
		g.Add(x, &e)
	}
	return g.Facts()
}

// call returns an event of a service.
func call(service, name, request string) string {
	return fmt.Sprintf(`"eventSource":"%s.amazonaws.com","eventName":%q,"requestParameters":%s`, service, name, request)
}

func texts(f finding.Facts) []string {
	var list []string
	for i := range f.Notable {
		list = append(list, f.Notable[i].Text())
	}
	return list
}

func statement(body string) string { return `{"Statement":[` + body + `]}` }

// quoted returns JSON text as a JSON string.
func quoted(text string) string { return string(value.AppendQuoted(nil, []byte(text))) }

// TestFacts has a case for each kind of fact, and near misses, which want none.
func TestFacts(t *testing.T) {
	policy := func(body string) string { return `{"bucketName":"b","bucketPolicy":` + statement(body) + `}` }
	trust := func(body string) string { return `{"roleName":"r","policyDocument":` + quoted(statement(body)) + `}` }
	grant := func(body string) string { return `{"userName":"u","policyDocument":` + quoted(statement(body)) + `}` }
	ingress := func(cidr string) string {
		return `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"` +
			cidr + `"}]}}]}}`
	}
	for _, test := range []struct {
		name, event string
		want        []string
	}{
		{"snapshot shared with another account", call("ec2", "ModifySnapshotAttribute", `{"snapshotId":"s","createVolumePermission":{"add":{"items":[{"userId":"444455556666"}]}}}`), []string{"shared with account 444455556666 (outside)"}},
		{"snapshot shared with everyone", call("ec2", "ModifySnapshotAttribute", `{"createVolumePermission":{"add":{"items":[{"group":"all"}]}}}`), []string{"open to everyone"}},
		{"snapshot no longer shared", call("ec2", "ModifySnapshotAttribute", `{"createVolumePermission":{"remove":{"items":[{"userId":"444455556666"}]}}}`), nil},
		{"snapshot shared with the own account", call("ec2", "ModifySnapshotAttribute", `{"createVolumePermission":{"add":{"items":[{"userId":"111122223333"}]}}}`), nil},
		{"image shared", call("ec2", "ModifyImageAttribute", `{"launchPermission":{"add":{"items":[{"userId":"444455556666"},{"organizationArn":"arn:aws:organizations::1:organization/o-1"}]}}}`), []string{"shared with account 444455556666 (outside)", "shared with organization arn:aws:organizations::1:organization/o-1"}},
		{"database snapshot shared", call("rds", "ModifyDBSnapshotAttribute", `{"attributeName":"restore","valuesToAdd":["444455556666","all"]}`), []string{"shared with account 444455556666 (outside)", "open to everyone"}},
		{"database snapshot taken back", call("rds", "ModifyDBSnapshotAttribute", `{"attributeName":"restore","valuesToRemove":["444455556666"]}`), nil},
		{"bucket policy for a root", call("s3", "PutBucketPolicy", policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"}}`)), []string{"shared with account 444455556666 (outside)"}},
		{"bucket policy for a role of many", call("s3", "PutBucketPolicy", policy(`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:role/x","111122223333"]}}`)), []string{"shared with account 444455556666 (outside) role/x"}},
		{"bucket policy for everyone", call("s3", "PutBucketPolicy", policy(`{"Effect":"Allow","Principal":"*"}`)), []string{"open to everyone"}},
		{"bucket policy for every AWS principal", call("s3", "PutBucketPolicy", policy(`{"Effect":"Allow","Principal":{"AWS":"*"}}`)), []string{"open to everyone"}},
		{"bucket policy with a condition", call("s3", "PutBucketPolicy", policy(`{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`)), []string{"open to everyone (with conditions)"}},
		{"bucket policy that denies", call("s3", "PutBucketPolicy", policy(`{"Effect":"Deny","Principal":"*"}`)), nil},
		{"bucket policy for a service", call("s3", "PutBucketPolicy", policy(`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"}}`)), nil},
		{"bucket policy without its principal", call("s3", "PutBucketPolicy", policy(`{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"}}`)), []string{"open to everyone except 111122223333"}},
		{"key policy as text", call("kms", "PutKeyPolicy", `{"keyId":"k","policy":`+quoted(statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"}}`))+`}`), []string{"shared with account 444455556666 (outside)"}},
		{"queue policy", call("sqs", "SetQueueAttributes", `{"queueUrl":"q","attributes":{"Policy":`+quoted(statement(`{"Effect":"Allow","Principal":"*"}`))+`}}`), []string{"open to everyone"}},
		{"repository policy", call("ecr", "SetRepositoryPolicy", `{"repositoryName":"r","policyText":`+quoted(statement(`{"Effect":"Allow","Principal":"*"}`))+`}`), []string{"open to everyone"}},
		{"secret policy", call("secretsmanager", "PutResourcePolicy", `{"secretId":"s","resourcePolicy":`+quoted(statement(`{"Effect":"Allow","Principal":{"AWS":"444455556666"}}`))+`}`), []string{"shared with account 444455556666 (outside)"}},
		{"ACL for everyone", call("s3", "PutBucketAcl", `{"AccessControlPolicy":{"AccessControlList":{"Grant":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}]}}}`), []string{"open to everyone"}},
		{"ACL for log delivery", call("s3", "PutBucketAcl", `{"AccessControlPolicy":{"AccessControlList":{"Grant":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/s3/LogDelivery"},"Permission":"WRITE"}]}}}`), nil},
		{"canned ACL", call("s3", "PutObjectAcl", `{"x-amz-acl":"public-read"}`), []string{"open to everyone"}},
		{"private canned ACL", call("s3", "PutObjectAcl", `{"x-amz-acl":"private"}`), nil},
		{"function for everyone", call("lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"*"}`), []string{"open to everyone"}},
		{"function for everyone from a bucket", call("lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"*","sourceArn":"arn:aws:s3:::b"}`), []string{"open to everyone (with conditions)"}},
		{"function for a service", call("lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"s3.amazonaws.com"}`), nil},
		{"document shared", call("ssm", "ModifyDocumentPermission", `{"name":"d","accountIdsToAdd":["all"]}`), []string{"open to everyone"}},
		{"port from everywhere", call("ec2", "AuthorizeSecurityGroupIngress", ingress("0.0.0.0/0")), []string{"open to everyone", "opened port 22 from 0.0.0.0/0"}},
		{"port from everywhere, short form", call("ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"sg","ipProtocol":"tcp","fromPort":3389,"toPort":3389,"cidrIp":"0.0.0.0/0","ipPermissions":{}}`), []string{"open to everyone", "opened port 3389 from 0.0.0.0/0"}},
		{"port from one network", call("ec2", "AuthorizeSecurityGroupIngress", ingress("198.51.100.0/24")), []string{"opened port 22 from 198.51.100.0/24"}},
		{"all ports", call("ec2", "AuthorizeSecurityGroupIngress", `{"ipPermissions":{"items":[{"ipProtocol":"-1","ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}}]}}`), []string{"open to everyone", "opened all ports from ::/0"}},
		{"a range of ports from a half", call("ec2", "AuthorizeSecurityGroupIngress", `{"ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":20,"toPort":25,"ipRanges":{"items":[{"cidrIp":"128.0.0.0/1"}]}}]}}`), []string{"open to everyone", "opened ports 20 to 25 from 128.0.0.0/1"}},
		{"a rule taken away", call("ec2", "RevokeSecurityGroupIngress", ingress("0.0.0.0/0")), nil},
		{"instances started", call("ec2", "RunInstances", `{"instanceType":"p2.xlarge","instancesSet":{"items":[{"maxCount":10}]}}`) + `,"responseElements":{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}`, []string{"started instances 2 of p2.xlarge"}},
		{"instances asked for", call("ec2", "RunInstances", `{"instanceType":"p2.xlarge","instancesSet":{"items":[{"maxCount":10}]}}`), []string{"instances wanted 10 of p2.xlarge"}},
		{"policy that allows everything", call("iam", "PutUserPolicy", grant(`{"Effect":"Allow","Action":"*","Resource":"*"}`)), []string{"policy allows * on *"}},
		{"policy that allows everything, in lists", call("iam", "PutUserPolicy", grant(`{"Effect":"Allow","Action":["s3:Get*","*"],"Resource":["*"]}`)), []string{"policy allows * on *"}},
		{"policy for all of IAM", call("iam", "PutUserPolicy", grant(`{"Effect":"Allow","Action":"iam:*","Resource":"*"}`)), []string{"policy allows iam:* on *"}},
		{"policy to read", call("iam", "PutUserPolicy", grant(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`)), nil},
		{"policy for everything in one bucket", call("iam", "PutUserPolicy", grant(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*"}`)), nil},
		{"policy that denies everything", call("iam", "PutUserPolicy", grant(`{"Effect":"Deny","Action":"*","Resource":"*"}`)), nil},
		{"role trusts another account", call("iam", "UpdateAssumeRolePolicy", trust(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"}}`)), []string{"trusts account 444455556666 (outside)"}},
		{"role trusts everyone", call("iam", "UpdateAssumeRolePolicy", trust(`{"Effect":"Allow","Principal":{"AWS":"*"}}`)), []string{"trusts everyone"}},
		{"role trusts its own account and a service", call("iam", "CreateRole", `{"assumeRolePolicyDocument":`+quoted(statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root","Service":"ec2.amazonaws.com"}}`))+`}`), []string{"trusts account 111122223333", "trusts service ec2.amazonaws.com"}},
		{"role denies everyone", call("iam", "UpdateAssumeRolePolicy", trust(`{"Effect":"Deny","Principal":{"AWS":"*"}}`)), nil},
		{"access key", call("iam", "CreateAccessKey", `{"userName":"bob"}`) + `,"responseElements":{"accessKey":{"userName":"bob","accessKeyId":"AKIA1"}}`, []string{"created access key AKIA1 for bob"}},
		{"sign-in without MFA", `"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser"},"additionalEventData":{"MFAUsed":"No"}`, []string{"MFA not used"}},
		{"sign-in with MFA", `"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser"},"additionalEventData":{"MFAUsed":"Yes"}`, nil},
		{"sign-in of a federated user", `"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{"type":"AssumedRole"},"additionalEventData":{"MFAUsed":"No"}`, nil},
		{"trail deleted", call("cloudtrail", "DeleteTrail", `{"name":"t"}`), []string{"trail deleted"}},
		{"GuardDuty turned off", call("guardduty", "UpdateDetector", `{"detectorId":"d","enable":false}`), []string{"GuardDuty turned off"}},
		{"GuardDuty left on", call("guardduty", "UpdateDetector", `{"detectorId":"d","enable":true}`), nil},
		{"a call from another account", call("s3", "GetObject", `{}`) + `,"userIdentity":{"accountId":"444455556666"}`, []string{"called from account 444455556666 (outside)"}},
		{"a role that is not the caller's account", call("sts", "AssumeRole", `{"roleArn":"arn:aws:iam::444455556666:role/r"}`), []string{"takes a role of account 444455556666 (outside) role/r"}},
		{"masked accounts", `"recipientAccountId":"HIDDEN",` + call("s3", "PutBucketPolicy", policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"}}`)), []string{"shared with account 444455556666"}},
		{"an action of that name of another service", call("example", "DeleteTrail", `{"name":"t"}`), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := texts(gather(t, test.event)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestOutcomes counts each outcome by itself: errors of one call are not those of another.
func TestOutcomes(t *testing.T) {
	failed := `"errorCode":"TrailNotFoundException",`
	f := gather(t, failed+call("cloudtrail", "DeleteTrail", `{"name":"a"}`), call("cloudtrail", "DeleteTrail", `{"name":"b"}`),
		call("cloudtrail", "DeleteTrail", `{"name":"c"}`), `"errorCode":"AccessDenied",`+call("cloudtrail", "DeleteTrail", `{"name":"b"}`))
	if want := [4]int{finding.Succeeded: 2, finding.Refused: 1, finding.Failed: 1}; f.Outcomes.Counts != want || f.Examined != 4 {
		t.Errorf("got %v of %d, want %v of 4", f.Outcomes.Counts, f.Examined, want)
	}
	want := []finding.ErrorCount{{Code: "TrailNotFoundException", Outcome: finding.Failed, Count: 1}, {Code: "AccessDenied", Outcome: finding.Refused, Count: 1}}
	if !slices.Equal(f.Outcomes.Errors, want) {
		t.Errorf("got errors %v, want %v", f.Outcomes.Errors, want)
	}
	var got []string
	for _, target := range f.Targets {
		got = append(got, target.Name+" "+target.Outcome.String())
	}
	if want := []string{"b succeeded", "c succeeded", "a failed", "b refused"}; !slices.Equal(got, want) {
		t.Errorf("got targets %q, want %q", got, want)
	}
}

func TestFailedSignInIsRefused(t *testing.T) {
	event := `"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"}`
	f := gather(t, event, strings.Replace(event, `"errorMessage":"Failed authentication",`, "", 1), strings.Replace(event, "Failure", "Success", 1))
	if f.Outcomes.Counts[finding.Refused] != 2 || f.Outcomes.Errors[0].Code != "Failed authentication" {
		t.Errorf("got %+v, want 2 refused with their message", f.Outcomes)
	}
}

// A row without the columns of an outcome claims none, but shows an error that it has.
func TestMissingColumnsLeaveTheOutcomeUnknown(t *testing.T) {
	s := schema.ByName("cloudtrail")
	login := `"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin"`
	logging := call("s3", "PutBucketLogging", `{"bucketName":"b"}`)
	for _, test := range []struct {
		name, event, lacks string
		want               finding.Outcome
		facts              int
	}{
		{"no column of errors", call("s3", "GetObject", `{}`), "errorCode", finding.Unknown, 0},
		{"an error all the same", `"errorCode":"AccessDenied",` + call("s3", "GetObject", `{}`), "errorCode", finding.Refused, 0},
		{"no column of results", login, "responseElements", finding.Unknown, 0},
		{"a result that shows", login + `,"responseElements":{"ConsoleLogin":"Failure"}`, "serviceEventDetails", finding.Refused, 0},
		{"no column of results, which do not matter", call("s3", "GetObject", `{}`), "responseElements", finding.Succeeded, 0},
		{"all columns", login, "nothing", finding.Succeeded, 0},
		{"no column of what a fact must not have", logging, "requestParameters", finding.Succeeded, 0},
		{"a column of what a fact must not have", logging, "responseElements", finding.Succeeded, 1},
	} {
		f := gatherFrom(t, s, []string{test.lacks}, test.event)
		if f.Outcomes.Counts[test.want] != 1 || len(f.Notable) != test.facts {
			t.Errorf("%s: got %v and facts %v, want 1 %s and %d facts", test.name, f.Outcomes.Counts, texts(f), test.want, test.facts)
		}
	}
	if f := gatherFrom(t, schema.ByName("windows"), nil, `"a":1`); f.Outcomes.Counts[finding.Unknown] != 1 {
		t.Errorf("got %v for a log without outcomes, want 1 unknown", f.Outcomes.Counts)
	}
}

// All events count, and those that repeat count once.
func TestListsHaveEveryDifferentValue(t *testing.T) {
	var events []string
	for i := range 30 {
		events = append(events, fmt.Sprintf(`"sourceIPAddress":"192.0.2.%d","userIdentity":{"arn":"a","accessKeyId":"k%d","type":"IAMUser"},%s`, i%20, i%2, call("s3", "GetObject", `{"bucketName":"b"}`)))
	}
	f := gather(t, events...)
	if len(f.Addresses) != 20 || len(f.Actors) != 2 || f.Actors[1] != (finding.Actor{Principal: "a", Session: "k1", Type: "IAMUser"}) {
		t.Errorf("got %q and %v, want 20 addresses and 2 actors", f.Addresses, f.Actors)
	}
	if want := (finding.Target{Type: "bucket", Name: "b", Outcome: finding.Succeeded, Count: 30}); len(f.Targets) != 1 || f.Targets[0] != want {
		t.Errorf("got %v, want %v", f.Targets, want)
	}
}

// Values of the log are bounded in length and number.
func TestUntrustedValuesAreBounded(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	var many strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&many, `{"userId":"%012d"},`, i)
	}
	f := gather(t, call("s3", "DeleteBucket", `{"bucketName":"`+long+`"}`),
		call("ec2", "ModifySnapshotAttribute", `{"createVolumePermission":{"add":{"items":[`+strings.TrimSuffix(many.String(), ",")+`]}}}`))
	if want := strings.Repeat("é", 256) + "…"; f.Targets[0].Name != want {
		t.Errorf("got a name of %d bytes, want 512 and an ellipsis", len(f.Targets[0].Name))
	}
	if n := len(f.Notable); n != 100 {
		t.Errorf("got %d facts of one event, want 100", n)
	}
	for _, agent := range []string{strings.Repeat("a", 512), strings.Repeat("a", 513)} {
		want := agent
		if len(agent) > 512 {
			want = agent[:512] + "…"
		}
		if f := gather(t, call("s3", "ListBuckets", "{}")+`,"userAgent":"`+agent+`"`); !slices.Equal(f.Agents, []string{want}) {
			t.Errorf("an agent of %d bytes: got %q", len(agent), f.Agents)
		}
	}
}
