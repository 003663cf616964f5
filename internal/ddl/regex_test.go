package ddl_test

import (
	"regexp"
	"strings"
	"testing"
)

// fields matches a line with a table's expression as RegexSerDe does: it must match the whole line, and its groups are
// the columns in order.
func fields(t *testing.T, name, line string) map[string]string {
	t.Helper()
	s := write(t, name, sample(name))
	re, err := regexp.Compile("^(?:" + s.serdeProperties["input.regex"] + ")$")
	if err != nil {
		t.Fatal(err)
	}
	if re.NumSubexp() != len(s.columns) {
		t.Fatalf("%s: got %d groups for %d columns", name, re.NumSubexp(), len(s.columns))
	}
	m := re.FindStringSubmatchIndex(line)
	if m == nil {
		t.Errorf("%s: got no match for %s", name, line)
		return nil
	}
	found := map[string]string{}
	for i, c := range s.columns {
		if start := m[2*i+2]; start >= 0 {
			found[c.name] = line[start:m[2*i+3]]
		}
	}
	return found
}

// expect checks columns; the value NULL stands for a group without a match.
func expect(t *testing.T, what string, got map[string]string, want ...string) {
	t.Helper()
	for _, pair := range want {
		name, value, _ := strings.Cut(pair, "=")
		text, ok := got[name]
		if !ok {
			text = "NULL"
		}
		if text != value {
			t.Errorf("%s: %s: got %q, want %q", what, name, text, value)
		}
	}
}

// The lines follow "Access log entries" of the load balancer's guide: all fields, requests over HTTP, HTTPS and
// WebSockets, Lambda targets, malformed requests, and older logs.
const albHead = `https 2026-07-02T22:23:00.186641Z app/my-balancer/50dc6c495c0c9188 192.0.2.10:2817 198.51.100.1:80 0.086 0.048 0.037 200 200 34 366 `

const albTail = ` ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/my-targets/73e2d6bc24d8a067` +
	` "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:111122223333:certificate/12345678"` +
	` 1 2026-07-02T22:22:48.364000Z "authenticate,forward" "-" "-"`

func TestLinesOfLoadBalancers(t *testing.T) {
	const lists = ` "198.51.100.1:80 198.51.100.2:80" "200 -" "Ambiguous" "UriPathNotNormalized"`
	full := fields(t, "alb/athena", albHead+`"GET https://www.example.com:443/a?b=c%20d HTTP/1.1" "curl/7.46.0 (x; y)"`+albTail+lists+` TID_1234abcd5678ef90`)
	expect(t, "full", full, "type=https", "time=2026-07-02T22:23:00.186641Z", "elb=app/my-balancer/50dc6c495c0c9188",
		"client_ip=192.0.2.10", "client_port=2817", "target_ip=198.51.100.1", "target_port=80", "request_processing_time=0.086",
		"target_processing_time=0.048", "response_processing_time=0.037", "elb_status_code=200", "target_status_code=200",
		"received_bytes=34", "sent_bytes=366", "request_verb=GET", "request_url=https://www.example.com:443/a?b=c%20d",
		"request_proto=HTTP/1.1", "user_agent=curl/7.46.0 (x; y)", "ssl_cipher=ECDHE-RSA-AES128-GCM-SHA256", "ssl_protocol=TLSv1.2",
		"target_group_arn=arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/my-targets/73e2d6bc24d8a067",
		"trace_id=Root=1-58337281-1d84f3d73c47ec4e58577259", "domain_name=www.example.com",
		"chosen_cert_arn=arn:aws:acm:us-east-2:111122223333:certificate/12345678", "matched_rule_priority=1",
		"request_creation_time=2026-07-02T22:22:48.364000Z", "actions_executed=authenticate,forward", "redirect_url=-",
		"lambda_error_reason=-", "target_port_list=198.51.100.1:80 198.51.100.2:80", "target_status_code_list=200 -",
		"classification=Ambiguous", "classification_reason=UriPathNotNormalized", "conn_trace_id=TID_1234abcd5678ef90")

	malformed := fields(t, "alb/athena", `http 2026-07-02T22:23:00.186641Z app/my-balancer/50dc6c495c0c9188 192.0.2.10:2817 - -1 -1 -1 400 - 34 366 `+
		`"- http://www.example.com:80- -" "-" - - - "-" "-" "-" - 2026-07-02T22:22:48.364000Z "-" "-" "-" "-" "-" "-" "-" TID_1`)
	expect(t, "malformed", malformed, "target_ip=-", "target_port=NULL", "target_processing_time=-1", "target_status_code=-",
		"request_verb=-", "request_url=http://www.example.com:80-", "request_proto=-", "user_agent=-", "conn_trace_id=TID_1")
	expect(t, "empty protocol", fields(t, "alb/athena", albHead+`"- - - " "-"`+albTail), "request_verb=-", "request_url=-", "request_proto=-")
	expect(t, "no protocol", fields(t, "alb/athena", albHead+`"GET /x" "a"`+albTail), "request_verb=GET", "request_url=/x", "request_proto=NULL")
	expect(t, "IPv6", fields(t, "alb/athena", strings.Replace(albHead, "192.0.2.10:", "2001:db8::1:", 1)+`"GET / HTTP/2.0" "a"`+albTail+lists),
		"client_ip=2001:db8::1", "client_port=2817")
	expect(t, "of 2018", fields(t, "alb/athena", albHead+`"GET / HTTP/1.1" "a"`+albTail), "user_agent=a", "lambda_error_reason=-",
		"target_port_list=NULL", "classification=NULL", "conn_trace_id=NULL")
	expect(t, "before the connection trace", fields(t, "alb/athena", albHead+`"GET / HTTP/1.1" "a"`+albTail+lists),
		"classification_reason=UriPathNotNormalized", "conn_trace_id=NULL")
	expect(t, "with later fields", fields(t, "alb/athena", albHead+`"GET / HTTP/1.1" "a"`+albTail+lists+` TID_1 "new.example.com" "/new" "ok"`),
		"classification=Ambiguous", "conn_trace_id=TID_1", "user_agent=a")
}

// TestAgentsOfLoadBalancersCannotHide checks that a user agent with quotes still becomes a row and cannot pass for the
// fields after it.
func TestAgentsOfLoadBalancersCannotHide(t *testing.T) {
	for _, agent := range []string{
		`a "b" c`, `"`, `""`, `x\"y`, `x\`, "a\u2028b", "a\u0085b", `a" - - -`, strings.TrimPrefix(albTail, " "), `x"` + albTail + ` "`,
		strings.Repeat(`" "`, 2000), strings.Repeat("é", 4000), "",
	} {
		got := fields(t, "alb/athena", albHead+`"GET / HTTP/1.1" "`+agent+`"`+albTail+` "a" "b" "c" "d" TID_1`)
		expect(t, agent, got, "user_agent="+agent, "domain_name=www.example.com", "conn_trace_id=TID_1", "classification=c")
	}
}

// The lines follow "Amazon S3 server access log format": any field may be a hyphen.
const accessHead = `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be my-data [06/Feb/2026:00:00:38 +0000] 192.0.2.3 ` +
	`arn:aws:iam::111122223333:user/backup 3E57427F33A59F07 REST.GET.OBJECT a/photo%2B1.jpg `

const accessTail = ` 3HL4kqtJvjVBH40Nrjfkd s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ` +
	`ECDHE-RSA-AES128-GCM-SHA256 AuthHeader my-data.s3.us-west-1.amazonaws.com TLSv1.2 arn:aws:s3:us-west-1:111122223333:accesspoint/ap Yes`

func TestLinesOfBuckets(t *testing.T) {
	full := fields(t, "s3access/athena", accessHead+`"GET /my-data/a/photo+1.jpg?x-id=GetObject HTTP/1.1" 206 - 2662992 3462992 70 10 "https://www.example.com/x y" "S3Console/0.4, aws (x; y)"`+accessTail)
	expect(t, "full", full, "bucketowner=79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", "bucket_name=my-data",
		"requestdatetime=06/Feb/2026:00:00:38 +0000", "remoteip=192.0.2.3", "requester=arn:aws:iam::111122223333:user/backup",
		"requestid=3E57427F33A59F07", "operation=REST.GET.OBJECT", "key=a/photo%2B1.jpg",
		"request_uri=GET /my-data/a/photo+1.jpg?x-id=GetObject HTTP/1.1", "httpstatus=206", "errorcode=-", "bytessent=2662992",
		"objectsize=3462992", "totaltime=70", "turnaroundtime=10", "referrer=https://www.example.com/x y",
		"useragent=S3Console/0.4, aws (x; y)", "versionid=3HL4kqtJvjVBH40Nrjfkd",
		"hostid=s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234=", "sigv=SigV4",
		"ciphersuite=ECDHE-RSA-AES128-GCM-SHA256", "authtype=AuthHeader", "endpoint=my-data.s3.us-west-1.amazonaws.com",
		"tlsversion=TLSv1.2", "accesspointarn=arn:aws:s3:us-west-1:111122223333:accesspoint/ap", "aclrequired=Yes")

	lifecycle := fields(t, "s3access/athena", `79a59df9 my-data [06/Feb/2026:00:00:38 +0000] - AmazonS3 3E57427F33A59F07 S3.EXPIRE.OBJECT a/b - - - - 23 - - - - - hostid= - - - - - - -`)
	expect(t, "lifecycle", lifecycle, "remoteip=-", "operation=S3.EXPIRE.OBJECT", "request_uri=NULL", "httpstatus=-", "objectsize=23",
		"referrer=NULL", "useragent=NULL", "versionid=-", "hostid=hostid=", "aclrequired=-")
	expect(t, "of 2018", fields(t, "s3access/athena", accessHead+`"GET / HTTP/1.1" 200 - 1 1 1 1 "-" "a" -`), "useragent=a", "versionid=-", "hostid=NULL", "tlsversion=NULL")
	expect(t, "with later fields", fields(t, "s3access/athena", accessHead+`"GET / HTTP/1.1" 200 - 1 1 1 1 "-" "a"`+accessTail+` us-east-1 new`),
		"referrer=-", "aclrequired=Yes")
	for _, agent := range []string{`a "b" c`, `"`, `""`, `x\"y`, "a\u2028b", `a" - - -`, "-", ""} {
		got := fields(t, "s3access/athena", accessHead+`"GET / HTTP/1.1" 200 - 1 1 1 1 "-" "`+agent+`"`+accessTail)
		expect(t, agent, got, "useragent="+agent, "sigv=SigV4", "aclrequired=Yes")
	}
}
