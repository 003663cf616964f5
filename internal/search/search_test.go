package search_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/search"
	"github.com/egret-hunt/egret/internal/value"
)

// events are CloudTrail events by a name.
var events = map[string]string{
	"user": `{"eventSource":"s3.amazonaws.com","eventName":"GetObject","sourceIPAddress":"198.51.100.7","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE",` +
		`"arn":"arn:aws:iam::111122223333:user/ops/ci-deploy","userName":"ci-deploy","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},` +
		`"requestParameters":{"bucketName":"customer-exports","key":"a/b.csv"},"resources":[{"ARN":"arn:aws:s3:::customer-exports/a/b.csv"}]}`,
	"session": `{"eventSource":"kms.amazonaws.com","eventName":"Decrypt","sourceIPAddress":"2001:db8::7","userIdentity":{"type":"AssumedRole",` +
		`"principalId":"AROAEXAMPLE:nightly","arn":"arn:aws:sts::111122223333:assumed-role/admin/nightly","accessKeyId":"ASIAIOSFODNN7EXAMPLE",` +
		`"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/admin","userName":"admin"}}},` +
		`"resources":[{"ARN":"arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d"}]}`,
	"assume": `{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","sourceIPAddress":"ec2.amazonaws.com","userIdentity":{"type":"AWSService",` +
		`"invokedBy":"ec2.amazonaws.com"},"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/admin"},` +
		`"responseElements":{"credentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE"}}}`,
	"policy": `{"eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","sourceIPAddress":"::ffff:198.51.100.9","userIdentity":{"type":"Root",` +
		`"arn":"arn:aws:iam::111122223333:root"},"requestParameters":{"userName":"CI-Deploy","policyName":"p","policyDocument":"{\"a\":\"customer-exports\"}"},"errorMessage":"100% refused"}`,
}

// found returns the names of the events that a search finds, sorted.
func found(t *testing.T, terms *search.Terms) string {
	t.Helper()
	if err := terms.Check(); err != nil {
		t.Fatal(err)
	}
	s := schema.ByName("cloudtrail")
	set, _ := terms.Set([]*schema.Schema{s}, nil)
	compiled := set.Compile(s)
	matcher := compiled.Program.NewMatcher()
	var names []string
	for name, text := range events {
		doc, err := new(value.Parser).Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(matcher.Match(doc)) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestTermsFind(t *testing.T) {
	list := func(values ...string) []string { return values }
	for _, test := range []struct {
		terms search.Terms
		want  string
	}{
		{search.Terms{Principals: list("ci-deploy")}, "user"},
		{search.Terms{Principals: list("arn:aws:iam::111122223333:user/ops/ci-deploy")}, "user"},
		{search.Terms{Principals: list("AIDAEXAMPLE")}, "user"},
		{search.Terms{Principals: list("deploy")}, ""},
		{search.Terms{Principals: list("*-deploy")}, "user"},
		{search.Terms{Principals: list("admin")}, "session"},
		{search.Terms{Principals: list("nightly")}, "session"},
		{search.Terms{Principals: list("AROAEXAMPLE")}, "session"},
		{search.Terms{Principals: list("arn:aws:iam::111122223333:role/admin")}, "session"},
		{search.Terms{Principals: list("arn:aws:sts::111122223333:assumed-role/admin")}, "session"},
		{search.Terms{Principals: list("arn:aws:sts::111122223333:assumed-role/adm")}, ""},
		{search.Terms{Principals: list("root")}, "policy"},
		{search.Terms{Principals: list("root", "ec2.amazonaws.com")}, "assume policy"},
		{search.Terms{Keys: list("AKIAIOSFODNN7EXAMPLE")}, "user"},
		{search.Terms{Keys: list("ASIAIOSFODNN7EXAMPLE")}, "assume session"},
		{search.Terms{Keys: list("ASIA")}, ""},
		{search.Terms{Addresses: list("198.51.100.7")}, "user"},
		{search.Terms{Addresses: list("198.51.100.7/24")}, "policy user"}, // host bits are cleared; mapped addresses are IPv4
		{search.Terms{Addresses: list("2001:db8::/32")}, "session"},
		{search.Terms{Addresses: list("0.0.0.0/0")}, "policy user"},
		{search.Terms{Actions: list("getobject")}, "user"},
		{search.Terms{Actions: list("sts:*")}, "assume"},
		{search.Terms{Actions: list("s3:Decrypt")}, ""},
		{search.Terms{Actions: list("*Role", "Put*")}, "assume policy"},
		{search.Terms{Resources: list("customer-exports")}, "user"}, // not the text of a policy
		{search.Terms{Resources: list("arn:aws:s3:::customer-exports")}, "user"},
		{search.Terms{Resources: list("0a1b2c3d")}, "session"},
		{search.Terms{Resources: list("admin")}, "assume"}, // not the role's own session
		{search.Terms{Resources: list("ci-deploy")}, "policy"},
		{search.Terms{Texts: list("customer-exports")}, "policy user"},
		{search.Terms{Texts: list("100% REF")}, "policy"},
		{search.Terms{Texts: list(`\*`)}, ""},
		{search.Terms{Regexes: list("^CI-")}, "policy"},
		{search.Terms{Regexes: list("(?i)^ci-")}, "policy user"},
		{search.Terms{Principals: list("ci-deploy"), Keys: list("ASIAIOSFODNN7EXAMPLE")}, ""},
		{search.Terms{}, "assume policy session user"},
	} {
		if got := found(t, &test.terms); got != test.want {
			t.Errorf("%s: found %q, want %q", &test.terms, got, test.want)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	many := slices.Repeat([]string{"a"}, search.MaxValues+1)
	for _, test := range []struct {
		terms search.Terms
		want  string
	}{
		{search.Terms{Keys: []string{long}}, "--key: got a value of 1048576 bytes, expected at most 4096"},
		{search.Terms{Texts: many}, "--text: got 1001 values, expected at most 1000"},
		{search.Terms{Principals: []string{"\xff"}}, "--principal: got a value that is not UTF-8"},
		{search.Terms{Addresses: []string{"198.51.100"}}, `--ip: got "198.51.100", expected an address such as`},
		{search.Terms{Addresses: []string{"fe80::1%eth0"}}, `--ip: got "fe80::1%eth0", expected an address such as`},
		{search.Terms{Addresses: []string{"::ffff:198.51.100.0/120"}}, "expected an IPv4 network in its own notation"},
		{search.Terms{Addresses: []string{strings.Repeat("1", 4000)}}, `--ip: got "` + strings.Repeat("1", 80) + `…", expected`},
		{search.Terms{Regexes: []string{"a{1001}"}}, "--regex: invalid repeat count"},
		{search.Terms{Regexes: []string{`(a)\1`}}, "--regex: invalid escape sequence"},
		{search.Terms{Texts: []string{"**"}}, "which every event contains"},
	} {
		err := test.terms.Check()
		if err == nil || !strings.Contains(err.Error(), test.want) || len(err.Error()) > 300 {
			t.Errorf("got error %v, want one with %q", err, test.want)
		}
	}
}

// A log source without the fields is left out, with what it lacks; every other one has one rule that it alone serves, so that
// no event is found twice.
func TestSetCoversEachLogSourceOnce(t *testing.T) {
	all := schema.All()
	set, skips := (&search.Terms{Texts: []string{"x"}}).Set(all, nil)
	if len(set.Rules) != len(all) || len(skips) != 0 {
		t.Fatalf("got %d rules and skips %v for %d log sources", len(set.Rules), skips, len(all))
	}
	for _, s := range all {
		n := 0
		for _, rule := range set.Rules {
			if condition, ok := s.SourceCondition(rule.LogSource); ok {
				n++
				if rule.ID != "search-"+s.Name || len(condition.All) > 0 {
					t.Errorf("%s serves the log source of %s, with condition %v", s.Name, rule.ID, condition)
				}
			}
		}
		if n != 1 {
			t.Errorf("%s serves %d rules, want 1", s.Name, n)
		}
	}
	set, skips = (&search.Terms{Resources: []string{"x"}}).Set(all, nil)
	if len(set.Rules)+len(skips) != len(all) || len(set.Rules) == 0 || skips[0].Lacks != "described targets" {
		t.Errorf("got %d rules, skips %v", len(set.Rules), skips)
	}
}

// TestResourcesInEncodedText finds names in JSON text, where characters may be escaped.
func TestResourcesInEncodedText(t *testing.T) {
	kubernetes := schema.ByName("kubernetes")
	for _, test := range []struct {
		text, name string
		want       bool
	}{
		{`{"ObjectRef":{"resource":"pods","name":"api"}}`, "api", true},
		{`{"ObjectRef":"{\"resource\":\"pods\",\"name\":\"api-7.x\"}"}`, "api-7.x", true},
		{`{"ObjectRef":"{\"resource\":\"pods\",\"name\":\"a\\/b:c\"}"}`, "a/b:c", true},
		{`{"ObjectRef":"{\"resource\":\"pods\",\"name\":\"\\u00e9\"}"}`, "é", true},
		{`{"ObjectRef":"{\"resource\":\"pods\",\"name\":\"other\"}"}`, "a/b:c", false},
	} {
		set, _ := (&search.Terms{Resources: []string{test.name}}).Set([]*schema.Schema{kubernetes}, nil)
		doc, err := new(value.Parser).Parse([]byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(set.Compile(kubernetes).Program.NewMatcher().Match(doc)) > 0; got != test.want {
			t.Errorf("%s in %s: got %v, want %v", test.name, test.text, got, test.want)
		}
	}
}

// TestEncodedIDs names the ids in JSON text that need no exception in resourceExpr: none has a character that URLs or JSON encode.
func TestEncodedIDs(t *testing.T) {
	var ids []string
	for _, s := range schema.All() {
		facts := s.Facts()
		for i := range facts.Targets {
			for _, p := range facts.Targets[i].Paths {
				if len(p.Embedded) > 0 && strings.HasSuffix(p.Text, ".id") {
					ids = append(ids, s.Name+" "+p.Text)
				}
			}
		}
	}
	want := []string{"cloudtrail responseElements.policy.policySummary.id"} // of AWS Organizations: p- and letters and digits
	if !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
}
