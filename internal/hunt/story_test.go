package hunt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/story"
)

// storyRules find the calls Evil (high) and Odd (medium).
func storyRules() []string {
	rule := func(name, level, tactic string) string {
		return fmt.Sprintf("title: %s call\nid: 00000000-0000-4000-8000-00000000000%d\nlevel: %s\ntags: [attack.%s]\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s: {eventName: %s}\n  condition: s\n",
			name, len(name), level, tactic, name)
	}
	return []string{rule("Evil", "high", "exfiltration"), rule("Odd", "medium", "stealth")}
}

// who is the part of an event that says who acts: a user with its key, or a session of a role.
func user(name, key, address, agent string) string {
	return fmt.Sprintf(`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","userName":%q,"accessKeyId":%q},"sourceIPAddress":%q,"userAgent":%q`, name, name, key, address, agent)
}

func role(name, key, address, agent string) string {
	return fmt.Sprintf(`"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/%s/s","accessKeyId":%q,"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/%s"}}},"sourceIPAddress":%q,"userAgent":%q`, name, key, name, address, agent)
}

// storyLog makes a log of events, one second apart unless an event says its own time, and returns its folder.
func storyLog(t testing.TB, events ...string) string {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i, e := range events {
		at = at.Add(time.Second)
		if !strings.Contains(e, `"eventTime"`) {
			e += fmt.Sprintf(`,"eventTime":%q`, at.Format(time.RFC3339))
		}
		fmt.Fprintf(&b, `{"eventVersion":"1.08","eventID":"e%d","recipientAccountId":"111122223333","awsRegion":"us-east-1",%s}`+"\n", i, e)
	}
	if err := os.WriteFile(filepath.Join(dir, "log.json"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// iam is a call of a service that ties identities, other is a call of any other service.
func iam(who, service, name, request, response string) string {
	return fmt.Sprintf(`%s,"eventSource":"%s.amazonaws.com","eventName":%q,"requestParameters":%s,"responseElements":%s`, who, service, name, request, response)
}

func other(who, name string) string {
	return fmt.Sprintf(`%s,"eventSource":"ec2.amazonaws.com","eventName":%q`, who, name)
}

func storyOf(t testing.TB, path string, texts ...string) *story.Story {
	t.Helper()
	if texts == nil {
		texts = storyRules()
	}
	result, err := hunt.Run(context.Background(), hunt.Options{Set: rules(t, texts...), Source: &hunt.Files{Paths: []string{path}}, Threads: 2, Trace: true})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	s, err := result.Story(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	total := s.MoreFindings + s.MoreApartFindings
	for i := range s.Intrusions {
		total += s.Intrusions[i].Findings
	}
	for i := range s.Apart {
		total += s.Apart[i].Findings
	}
	if total != result.Findings() {
		t.Errorf("the story has %d findings, the hunt %d", total, result.Findings())
	}
	sameStoryInLake(t, rules(t, texts...), path, s)
	return s
}

const (
	key1, key2 = "AKIAEXAMPLE000000001", "AKIAEXAMPLE000000002"
	tmp1, tmp2 = "ASIAEXAMPLE000000001", "ASIAEXAMPLE000000002"
	here       = "198.51.100.7"
	there      = "203.0.113.9"
	awsCLI     = "aws-cli/2.15"
	terraform  = "APN/1.0 HashiCorp/1.0 Terraform/1.5.0"
)

// TestStoryFollowsLinks: a finding of an identity that another one opened, made or let in belongs to the same intrusion,
// whatever the address. The calls that tie them match no rule.
func TestStoryFollowsLinks(t *testing.T) {
	a := user("ci", key1, here, awsCLI)
	session := `{"credentials":{"accessKeyId":"` + tmp1 + `"}}`
	first := other(a, "Evil")
	for name, test := range map[string]struct {
		links  []string
		second string
		kinds  []story.HopKind
		apart  bool // the second finding does not belong to the intrusion
	}{
		"no link": {nil, other(role("r", tmp1, there, awsCLI), "Odd"), nil, true},
		"role": {
			[]string{iam(a, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, session)},
			other(role("r", tmp1, there, awsCLI), "Odd"), []story.HopKind{story.TookRole}, false,
		},
		"role by web identity, whose caller has no key": {
			[]string{iam(`"userIdentity":{"type":"WebIdentityUser","principalId":"x","userName":"u"},"sourceIPAddress":"198.51.100.99"`, "sts", "AssumeRoleWithWebIdentity", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, session)},
			other(role("r", tmp1, there, awsCLI), "Odd"), nil, true,
		},
		"another session of the role elsewhere": {
			[]string{iam(a, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, session)},
			other(role("r", tmp2, there, awsCLI), "Odd"), []story.HopKind{story.TookRole}, true,
		},
		"another session of the role from the same address": {
			[]string{iam(a, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, `null`)},
			other(role("r", tmp2, here, "boto3"), "Odd"), []story.HopKind{story.TookRole}, false,
		},
		"refused role": {
			[]string{iam(a, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, session) + `,"errorCode":"AccessDenied"`},
			other(role("r", tmp1, there, awsCLI), "Odd"), nil, true,
		},
		"session token": {
			[]string{iam(a, "sts", "GetSessionToken", `{}`, session)},
			other(user("ci", tmp1, there, awsCLI), "Odd"), []story.HopKind{story.TookRole}, false,
		},
		"federation token": {
			[]string{iam(a, "sts", "GetFederationToken", `{"name":"f"}`, `{"credentials":{"accessKeyId":"`+tmp1+`"},"federatedUser":{"arn":"arn:aws:sts::111122223333:federated-user/f"}}`)},
			other(user("ci", tmp1, there, awsCLI), "Odd"), []story.HopKind{story.TookRole}, false,
		},
		"session for a bucket": {
			[]string{iam(a, "s3", "CreateSession", `{"bucketName":"b"}`, session)},
			other(user("ci", tmp1, there, awsCLI), "Odd"), []story.HopKind{story.TookRole}, false,
		},
		"key": {
			[]string{iam(a, "iam", "CreateAccessKey", `{"userName":"b"}`, `{"accessKey":{"accessKeyId":"`+key2+`","userName":"b"}}`)},
			other(user("b", key2, there, awsCLI), "Odd"), []story.HopKind{story.MadeKey}, false,
		},
		"user with a key that the log does not show": {
			[]string{iam(a, "iam", "CreateUser", `{"userName":"b"}`, `{"user":{"arn":"arn:aws:iam::111122223333:user/path/b"}}`)},
			other(strings.Replace(user("b", key2, there, awsCLI), "user/b", "user/path/b", 1), "Odd"), []story.HopKind{story.MadeUser}, false,
		},
		"user made by automation with the same key, elsewhere": {
			[]string{iam(user("ci", key1, here, terraform), "iam", "CreateUser", `{"userName":"b"}`, `{"user":{"arn":"arn:aws:iam::111122223333:user/b"}}`)},
			other(user("b", key2, there, awsCLI), "Odd"), nil, true,
		},
		"user made by automation with the same key, from an address of the intrusion": {
			[]string{iam(user("ci", key1, here, terraform), "iam", "CreateUser", `{"userName":"b"}`, `{"user":{"arn":"arn:aws:iam::111122223333:user/b"}}`)},
			other(user("b", key2, here, awsCLI), "Odd"), []story.HopKind{story.MadeUser}, false,
		},
		"password of another user, used elsewhere": {
			[]string{iam(a, "iam", "CreateLoginProfile", `{"userName":"b"}`, `{"loginProfile":{"userName":"b"}}`)},
			other(user("b", tmp1, there, awsCLI), "Odd"), []story.HopKind{story.SetPass}, true,
		},
		"password of another user, used from an address of the intrusion": {
			[]string{iam(a, "iam", "UpdateLoginProfile", `{"userName":"b"}`, `null`)},
			other(user("b", tmp1, here, awsCLI), "Odd"), []story.HopKind{story.SetPass}, false,
		},
		"trust for another account": {
			[]string{
				iam(a, "iam", "UpdateAssumeRolePolicy", `{"roleName":"r"}`, `null`),
				iam(`"userIdentity":{"type":"AWSAccount","principalId":"AIDAX:s","arn":"arn:aws:iam::444455556666:user/x","accountId":"444455556666"},"sourceIPAddress":"203.0.113.50"`, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, session),
			},
			other(role("r", tmp1, there, awsCLI), "Odd"), []story.HopKind{story.SetTrust, story.TookRole}, false,
		},
		"machine that was launched": {
			[]string{
				iam(a, "ec2", "RunInstances", `{}`, `{"instancesSet":{"items":[{"instanceId":"i-0123"}]}}`),
				iam(`"userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"sourceIPAddress":"ec2.amazonaws.com","userAgent":"ec2.amazonaws.com"`, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r","roleSessionName":"i-0123"}`, session),
			},
			other(role("r", tmp1, there, awsCLI), "Odd"), []story.HopKind{story.RanMachine, story.TookRole}, false,
		},
		"role of another machine": {
			[]string{
				iam(a, "ec2", "RunInstances", `{}`, `{"instancesSet":{"items":[{"instanceId":"i-0123"}]}}`),
				iam(`"userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"sourceIPAddress":"ec2.amazonaws.com","userAgent":"ec2.amazonaws.com"`, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r","roleSessionName":"i-9999"}`, session),
			},
			other(role("r", tmp1, there, awsCLI), "Odd"), []story.HopKind{story.RanMachine}, true,
		},
		"chain of role, user and key": {
			[]string{
				iam(a, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, session),
				iam(role("r", tmp1, there, awsCLI), "iam", "CreateUser", `{"userName":"b"}`, `{"user":{"arn":"arn:aws:iam::111122223333:user/b"}}`),
				iam(role("r", tmp1, there, awsCLI), "iam", "CreateAccessKey", `{"userName":"b"}`, `{"accessKey":{"accessKeyId":"`+key2+`","userName":"b"}}`),
				iam(user("b", key2, "192.0.2.77", awsCLI), "sts", "GetSessionToken", `{}`, `{"credentials":{"accessKeyId":"`+tmp2+`"}}`),
			},
			other(user("b", tmp2, "192.0.2.78", awsCLI), "Odd"), []story.HopKind{story.TookRole, story.MadeUser, story.MadeKey, story.TookRole}, false,
		},
		"cycle": {
			[]string{
				iam(a, "iam", "CreateAccessKey", `{"userName":"b"}`, `{"accessKey":{"accessKeyId":"`+key2+`","userName":"b"}}`),
				iam(user("b", key2, there, awsCLI), "iam", "CreateAccessKey", `{"userName":"ci"}`, `{"accessKey":{"accessKeyId":"`+key1+`","userName":"ci"}}`),
			},
			other(user("b", key2, there, awsCLI), "Odd"), []story.HopKind{story.MadeKey, story.MadeKey}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := storyOf(t, storyLog(t, slices.Concat([]string{first}, test.links, []string{test.second})...))
			if len(s.Intrusions) != 1 {
				t.Fatalf("got %d intrusions, want 1", len(s.Intrusions))
			}
			in := &s.Intrusions[0]
			want := 2
			if test.apart {
				want = 1
			}
			if in.Findings != want {
				t.Errorf("got %d findings in the intrusion, want %d", in.Findings, want)
			}
			var kinds []story.HopKind
			for _, h := range in.Chain {
				kinds = append(kinds, h.Kind)
			}
			if !slices.Equal(kinds, test.kinds) {
				t.Errorf("got the chain %q, want %q", kinds, test.kinds)
			}
			if in.Principal != "arn:aws:iam::111122223333:user/ci" || !slices.Equal(in.Keys.List, []string{key1}) {
				if name != "cycle" { // where the log shows the first key made by the second
					t.Errorf("got %s with %q, want ci with %s", in.Principal, in.Keys.List, key1)
				}
			}
		})
	}
}

// TestStoryFork: both branches of a chain belong to the intrusion.
func TestStoryFork(t *testing.T) {
	a := user("ci", key1, here, awsCLI)
	take := func(name, key string) string {
		return iam(a, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/`+name+`"}`, `{"credentials":{"accessKeyId":"`+key+`"}}`)
	}
	s := storyOf(t, storyLog(t, take("r", tmp1), take("q", tmp2), take("r", "ASIAEXAMPLE000000003"),
		other(role("r", tmp1, there, awsCLI), "Evil"), other(role("q", tmp2, "192.0.2.1", "boto3"), "Odd")))
	if len(s.Intrusions) != 1 || s.Intrusions[0].Findings != 2 || len(s.Intrusions[0].Chain) != 2 {
		t.Fatalf("got %+v", s.Intrusions)
	}
	in := &s.Intrusions[0]
	if in.Principal != "arn:aws:iam::111122223333:user/ci" {
		t.Errorf("the chain begins with %s", in.Principal)
	}
	if h := in.Chain[0]; h.Count != 2 || h.Key != tmp1 {
		t.Errorf("got %d sessions of r, the first %s", h.Count, h.Key)
	}
	var revoked int
	for _, a := range in.Do {
		if a.Kind == story.RevokeSessions && strings.Contains(a.Command, "aws:TokenIssueTime") && strings.Contains(a.Command, "put-role-policy") {
			revoked++
		}
	}
	if revoked != 2 || in.Do[0].Kind != story.DisableKey || in.Do[0].Command != "aws iam update-access-key --user-name ci --access-key-id "+key1+" --status Inactive" {
		t.Errorf("got %+v", in.Do)
	}
}

// TestStoryOfManyUsers: an administrator without findings who made two users ties them neither to each other nor to itself.
func TestStoryOfManyUsers(t *testing.T) {
	admin := user("admin", key2, "192.0.2.1", awsCLI)
	made := func(name, key string) string {
		return iam(admin, "iam", "CreateAccessKey", `{"userName":"`+name+`"}`, `{"accessKey":{"accessKeyId":"`+key+`","userName":"`+name+`"}}`)
	}
	s := storyOf(t, storyLog(t, made("a", key1), made("b", "AKIAEXAMPLE000000003"),
		iam(admin, "iam", "CreateUser", `{"userName":"c"}`, `null`),
		other(user("a", key1, here, awsCLI), "Evil"), other(user("b", "AKIAEXAMPLE000000003", there, awsCLI), "Evil")))
	if len(s.Intrusions) != 2 {
		t.Fatalf("got %d intrusions, want 2", len(s.Intrusions))
	}
	for i := range s.Intrusions {
		in := &s.Intrusions[i]
		if strings.HasSuffix(in.Principal, "admin") || len(in.Chain) != 1 || len(in.Made) != 0 || len(in.Do) != 1 {
			t.Errorf("got %s, chain %+v, made %+v, do %+v", in.Principal, in.Chain, in.Made, in.Do)
		}
	}
}

// TestStoryOfReachedMachine: the sessions of a machine that the intrusion reached belong to it from then on, and an earlier one
// if it was used in findings.
func TestStoryOfReachedMachine(t *testing.T) {
	took := func(machine, key string) string {
		return iam(`"userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"sourceIPAddress":"ec2.amazonaws.com","userAgent":"ec2.amazonaws.com"`,
			"sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r","roleSessionName":"`+machine+`"}`, `{"credentials":{"accessKeyId":"`+key+`"}}`)
	}
	reached := other(user("ci", key1, here, awsCLI), "Evil") + `,"requestParameters":{"instanceId":"i-0123"}`
	s := storyOf(t, storyLog(t, took("i-0123", "ASIAEXAMPLE00000BEFORE"), took("i-0123", tmp1), reached, took("i-0123", tmp2), took("i-9999", "ASIAEXAMPLE00000OTHERS"),
		other(role("r", tmp1, there, awsCLI), "Odd")))
	if len(s.Intrusions) != 1 || s.Intrusions[0].Findings != 2 || len(s.Intrusions[0].Chain) != 1 {
		t.Fatalf("got %+v", s.Intrusions)
	}
	if h := s.Intrusions[0].Chain[0]; !h.Machine || h.From != "i-0123" || !slices.Equal(h.Keys.List, []string{tmp1, tmp2}) {
		t.Errorf("got %+v", h)
	}
}

// TestStoryKeepsApart: automation with the same key, the same user's console at another address, and the same key days later
// are not drawn in.
func TestStoryKeepsApart(t *testing.T) {
	s := storyOf(t, storyLog(t, other(user("ci", key1, here, awsCLI), "Evil"), other(user("ci", key1, here, terraform), "Evil"),
		other(user("ci", tmp1, there, "Mozilla/5.0"), "Odd"),
		other(user("ci", key1, here, awsCLI), "Evil")+`,"eventTime":"2026-03-06T10:00:00Z"`))
	if len(s.Intrusions) != 2 || len(s.Apart) != 2 {
		t.Fatalf("got %d intrusions and %d apart", len(s.Intrusions), len(s.Apart))
	}
	if s.Apart[0].Automation != "Terraform" || s.Apart[1].Automation != "" {
		t.Errorf("got %+v", s.Apart)
	}
}

// TestStoryOfAutomationWithStolenKey: automation that uses a key which the intrusion made is part of it.
func TestStoryOfAutomationWithStolenKey(t *testing.T) {
	a := user("ci", key1, here, awsCLI)
	s := storyOf(t, storyLog(t, other(a, "Evil"),
		iam(a, "iam", "CreateAccessKey", `{"userName":"b"}`, `{"accessKey":{"accessKeyId":"`+key2+`","userName":"b"}}`),
		other(user("b", key2, there, terraform), "Odd")))
	if len(s.Intrusions) != 1 || s.Intrusions[0].Findings != 2 {
		t.Fatalf("got %+v", s)
	}
}

// TestStoryThings: what was made still stands unless anyone removed it later.
func TestStoryThings(t *testing.T) {
	a, admin := user("ci", key1, here, awsCLI), user("admin", key2, there, awsCLI)
	share := func(who, name, what, account string) string {
		return iam(who, "ec2", "ModifySnapshotAttribute", `{"snapshotId":"`+name+`","createVolumePermission":{"`+what+`":{"items":[{"userId":"`+account+`"}]}}}`, `{}`)
	}
	trust := func(who, account string) string {
		return iam(who, "iam", "UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"`+account+`\"}}]}"}`, `null`)
	}
	s := storyOf(t, storyLog(t, other(a, "Evil"),
		iam(a, "iam", "CreateUser", `{"userName":"gone"}`, `{"user":{"arn":"arn:aws:iam::111122223333:user/gone"}}`),
		iam(a, "iam", "CreateUser", `{"userName":"left"}`, `{"user":{"arn":"arn:aws:iam::111122223333:user/left"}}`),
		iam(a, "iam", "CreateUser", `{"userName":"refused"}`, `null`)+`,"errorCode":"AccessDenied"`,
		iam(admin, "iam", "CreateUser", `{"userName":"not ours"}`, `null`),
		iam(user("ci", key1, here, terraform), "iam", "CreateUser", `{"userName":"automated"}`, `null`),
		share(a, "snap-1", "add", "444455556666"), share(a, "snap-1", "add", "444455557777"), share(a, "snap-2", "add", "444455556666"),
		trust(a, "444455556666"), trust(a, "444455557777"),
		iam(admin, "iam", "DeleteUser", `{"userName":"gone"}`, `null`),
		iam(admin, "iam", "DeleteUser", `{"userName":"left"}`, `null`)+`,"errorCode":"DeleteConflict"`,
		share(admin, "snap-1", "remove", "444455556666"),
		iam(admin, "ec2", "DeleteSnapshot", `{"snapshotId":"snap-2"}`, `{}`),
		iam(a, "iam", "CreateUser", `{"userName":"later"}`, `null`)+`,"eventTime":"2026-03-09T10:00:00Z"`,
	))
	if len(s.Intrusions) != 1 {
		t.Fatal("no intrusion")
	}
	var got []string
	for _, m := range s.Intrusions[0].Made {
		text := m.Text
		if !m.Stands() {
			text += " removed by " + m.RemovedBy[strings.LastIndexByte(m.RemovedBy, '/')+1:]
		}
		got = append(got, text)
	}
	want := []string{
		"user gone removed by admin", "user left", "share of snapshot snap-1 with 444455556666 removed by admin", "share of snapshot snap-1 with 444455557777",
		"share of snapshot snap-2 with 444455556666 removed by admin", "trust of 444455556666 by role r removed by ci", "trust of 444455557777 by role r",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	var commands []string
	for _, a := range s.Intrusions[0].Do {
		if a.Kind == story.RemoveThing {
			commands = append(commands, a.Command)
		}
	}
	want = []string{
		"aws ec2 modify-snapshot-attribute --snapshot-id snap-1 --attribute createVolumePermission --operation-type remove --user-ids 444455557777 --region us-east-1",
		"aws iam attach-user-policy --user-name left --policy-arn arn:aws:iam::aws:policy/AWSDenyAll",
		"aws iam get-role --role-name r --query Role.AssumeRolePolicyDocument",
	}
	if !slices.Equal(commands, want) {
		t.Errorf("got  %q\nwant %q", commands, want)
	}
}

// TestStoryWithoutTimes: events without a time belong to the intrusion of their key.
func TestStoryWithoutTimes(t *testing.T) {
	a := user("ci", key1, here, awsCLI)
	s := storyOf(t, storyLog(t, other(a, "Evil")+`,"eventTime":"?"`,
		iam(a, "sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`, `{"credentials":{"accessKeyId":"`+tmp1+`"}}`)+`,"eventTime":"?"`,
		other(role("r", tmp1, there, awsCLI), "Odd")))
	if len(s.Intrusions) != 1 || s.Intrusions[0].Findings != 2 || s.Intrusions[0].Last == finding.NoTime {
		t.Fatalf("got %+v", s.Intrusions)
	}
}

// TestStorySteps: the steps follow the kill chain, with old and new names of a tactic in one.
func TestStorySteps(t *testing.T) {
	a := user("ci", key1, here, awsCLI)
	more := strings.NewReplacer("Evil", "Worse", "00004", "00009", "exfiltration", "defense-evasion").Replace(storyRules()[0])
	s := storyOf(t, storyLog(t, other(a, "Evil"), other(a, "Odd"), other(a, "Worse")), append(storyRules(), more)...)
	var got []string
	for _, step := range s.Intrusions[0].Steps {
		got = append(got, fmt.Sprintf("%s %d", step.Tactic, step.Findings))
	}
	if want := []string{"Defense evasion 2", "Exfiltration 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
