package textlog

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

// The lines are modelled on the examples in Amazon's documentation; see the sources in the schemas.
var examples = []struct {
	name, schema, line string
	// fields are some of the members, as name=JSON; an empty value means none.
	fields []string
}{
	{
		"flow log, version 2", "vpcflow",
		"2 111122223333 eni-1235b8ca123456789 198.51.100.9 203.0.113.12 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
		[]string{`srcaddr="198.51.100.9"`, "dstport=22", "start=1418530010", `log-status="OK"`, `account-id="111122223333"`},
	},
	{
		"flow log without data", "vpcflow", "2 111122223333 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA",
		[]string{`srcaddr="-"`, "dstport=", "packets=", `action="-"`, `log-status="NODATA"`},
	},
	{
		"load balancer", "alb",
		`https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.0.2.76:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 ` +
			`"GET https://www.example.com:443/a b?x="1" HTTP/1.1" "curl/7.46.0 "quoted" - - - "x" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ` +
			`arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" ` +
			`"www.example.com" "arn:aws:acm:us-east-2:111122223333:certificate/12345678-1234-1234-1234-123456789012" 1 ` +
			`2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234 new1 "new 2"`,
		[]string{
			`client_ip="192.0.2.76"`, "client_port=2817", `target_ip="10.0.0.1"`, "target_port=80", "request_processing_time=0.086",
			`request_verb="GET"`, `request_url="https://www.example.com:443/a b?x=\"1\""`, `request_proto="HTTP/1.1"`,
			`user_agent="curl/7.46.0 \"quoted\" - - - \"x"`, `redirect_url="-"`, `conn_trace_id="TID_1234"`, `rest="new1 \"new 2\""`,
		},
	},
	{
		"load balancer with an IPv6 client and no target", "alb",
		`h2 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 2001:db8::7:2817 - -1 -1 -1 502 - 34 366 "- - - " "-" - - ` +
			`- "-" "-" "-" - 2018-07-02T22:22:48.364000Z "-" "-" "-"`,
		[]string{`client_ip="2001:db8::7"`, "client_port=2817", `target_ip="-"`, "target_port=", `request_verb="-"`, `request_url="-"`, "classification="},
	},
	{
		"bucket", "s3access",
		`79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 ` +
			`- 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /amzn-s3-demo-bucket1?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - ` +
			`s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader ` +
			`amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 arn:aws:s3:us-west-1:111122223333:accesspoint/example-AP Yes`,
		[]string{
			`bucket_name="amzn-s3-demo-bucket1"`, `requestdatetime="06/Feb/2019:00:00:38 +0000"`, `requester="-"`, `key="-"`,
			`request_uri="GET /amzn-s3-demo-bucket1?versioning HTTP/1.1"`, `httpstatus="200"`, "bytessent=113", "objectsize=",
			`referrer="-"`, `useragent="S3Console/0.4"`, `aclrequired="Yes"`,
		},
	},
	{
		"bucket, batch", "s3access",
		`79a59df900b949e5 amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] - svc:s3.amazonaws.com 3E57427F3EXAMPLE S3.EXPIRE.OBJECT a%2520b ` +
			`- - - - 40 - - - - -`,
		[]string{`operation="S3.EXPIRE.OBJECT"`, "request_uri=", "referrer=", "bytessent=", "objectsize=40", `versionid="-"`, "hostid="},
	},
	{
		"transit gateway", "tgwflow",
		"6 TransitGateway 111122223333 tgw-0a1b2c3d tgw-attach-0a1b2c3d 111122223333 111122223333 vpc-1 vpc-2 subnet-1 subnet-2 eni-1 eni-2 " +
			"use1-az1 use1-az2 tgw-attach-0e4f5a6b 10.0.0.5 10.1.0.9 49152 3306 6 14 5225 1768208400 1768208460 OK IPv4 0 0 0 0 3 us-east-1 " +
			"egress - -",
		[]string{`tgw-id="tgw-0a1b2c3d"`, `dstaddr="10.1.0.9"`, "dstport=3306", "tcp-flags=3", `pkt-dst-aws-service="-"`},
	},
	{
		"network load balancer", "nlb",
		"tls 2.0 2026-01-12T09:00:00 net/front/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.154:51341 10.0.0.185:443 5 2 98 246 - " +
			"arn:aws:acm:us-east-2:111122223333:certificate/2a108f19 - ECDHE-RSA-AES128-SHA tlsv12 - www.example.com h2 h2 " +
			`"h2","http/1.1" 2026-01-12T08:59:59`,
		[]string{`client_ip="192.0.2.154"`, "target_port=443", "incoming_tls_alert=", `domain_name="www.example.com"`,
			`alpn_client_preference_list="\"h2\",\"http/1.1\""`},
	},
	{
		"classic load balancer", "elb",
		`2026-01-12T09:00:00.945958Z front 192.0.2.131:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 ` +
			`"GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -`,
		[]string{`elb="front"`, `client_ip="192.0.2.131"`, "elb_status_code=200", `request_url="http://www.example.com:80/"`, `user_agent="curl/7.38.0"`},
	},
}

// TestHeaders checks logs whose files name their columns.
func TestHeaders(t *testing.T) {
	formats := source()
	for _, test := range []struct {
		header, line, schema string
		fields               []string
	}{
		{
			"#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) new-field",
			"2026-01-12\t09:00:00\tLAX1\t2390282\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/view/my/file.html\t200\t-\tMozilla/4.0%20x\ty",
			"cloudfront",
			[]string{`timestamp="2026-01-12 09:00:00"`, `c-ip="192.0.2.100"`, "sc-status=200", `cs(User-Agent)="Mozilla/4.0%20x"`, `new-field="y"`},
		},
		{
			"dstport srcaddr account-id new-field", "22 192.0.2.1 111122223333 -", "vpcflow",
			[]string{"dstport=22", `srcaddr="192.0.2.1"`, `new-field="-"`},
		},
		{
			"version resource-type account-id tgw-id srcaddr dstaddr", "6 TransitGateway 111122223333 tgw-1 192.0.2.1 192.0.2.2", "tgwflow",
			[]string{`tgw-id="tgw-1"`},
		},
	} {
		layout := formats.Header([]byte(test.header + "\r"))
		if layout == nil || layout.Schema.Name != test.schema {
			t.Errorf("%s: got %v, want %s", test.header, layout, test.schema)
			continue
		}
		var r Reader
		r.Use(layout)
		if _, kind, _ := r.Read([]byte(test.header)); kind != Header {
			t.Errorf("%s: got kind %d, want a header", test.header, kind)
		}
		doc, kind, reason := r.Read([]byte(test.line))
		if kind != Event {
			t.Errorf("%s: got kind %d, %s", test.line, kind, reason)
			continue
		}
		for _, field := range test.fields {
			name, want, _ := strings.Cut(field, "=")
			if got := string(doc.AppendJSON(nil, doc.Get(0, name))); got != want {
				t.Errorf("%s: %s: got %s, want %s", test.header, name, got, want)
			}
		}
	}
}

// source returns the formats of egret's own log sources.
func source() *Formats { return NewFormats(schema.All(), nil) }

func TestLinesOfLogs(t *testing.T) {
	formats := source()
	for _, test := range examples {
		layout := formats.Line([]byte(test.line))
		if layout == nil || layout.Schema.Name != test.schema {
			t.Errorf("%s: got %v, want %s", test.name, layout, test.schema)
			continue
		}
		var r Reader
		r.Use(layout)
		doc, kind, reason := r.Read([]byte(test.line + "\r\n"))
		if kind != Event || r.Odd() {
			t.Errorf("%s: got kind %d, %s", test.name, kind, reason)
			continue
		}
		for _, field := range test.fields {
			name, want, _ := strings.Cut(field, "=")
			if want == "" {
				want = "null"
			}
			if got := string(doc.AppendJSON(nil, doc.Get(0, name))); got != want {
				t.Errorf("%s: %s: got %s, want %s", test.name, name, got, want)
			}
		}
	}
}

func TestLinesThatDoNotFit(t *testing.T) {
	formats := source()
	for _, test := range []struct{ header, line, reason string }{
		{"version srcaddr dstaddr srcport dstport", "2 192.0.2.1 192.0.2.2 1", "4 columns, expected 5"},
		{"version srcaddr dstaddr srcport dstport", "2 192.0.2.1 192.0.2.2 1 2 3 4", "7 columns, expected 5"},
	} {
		layout := formats.Header([]byte(test.header))
		if layout == nil {
			t.Fatalf("%s is no header", test.header)
		}
		var r Reader
		r.Use(layout)
		if _, kind, reason := r.Read([]byte(test.line)); kind != Unfit || reason != test.reason {
			t.Errorf("%s: got %d, %q, want %q", test.line, kind, reason, test.reason)
		}
	}
	for _, line := range []string{
		"", "2", "hello world", "version account-id", "srcaddr srcaddr", // a name twice
		"2 111122223333 eni-1 192.0.2.1 192.0.2.2 x 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
		"2 111122223333 eni-1 192.0.2.1 192.0.2.2 1 22 6 20 4249 soon 1418530070 ACCEPT OK",
		"9 111122223333 eni-1 192.0.2.1 192.0.2.2 1 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
		`the account-id and the srcaddr were changed by hand`,
		`http soon app/x/1 192.0.2.1:1 - -1 -1 -1 502 - 34 366 "- - - " "-" - - - "-" "-" "-" - - "-" "-" "-"`,
		`http 2018-07-02T22:23:00Z app/x/1 192.0.2.1:1 - -1 -1 -1 502 - 34 366 "GET`,
	} {
		if layout := formats.Line([]byte(line)); layout != nil && line != "version account-id" {
			t.Errorf("%q: got %s", line, layout.Schema.Name)
		}
	}
}

// TestReadingAllocatesNothing holds for lines of every log.
func TestReadingAllocatesNothing(t *testing.T) {
	formats := source()
	for _, test := range examples {
		line := []byte(test.line)
		var r Reader
		r.Use(formats.Line(line))
		r.Read(line)
		if n := testing.AllocsPerRun(100, func() { r.Read(line) }); n > 0 {
			t.Errorf("%s: %g allocations", test.name, n)
		}
	}
}

func TestFlowOrder(t *testing.T) {
	for _, test := range []struct{ text, schema, want, fault string }{
		{"${srcaddr} ${dstaddr} ${dstport} ${start}", "vpcflow", "srcaddr dstaddr dstport start", ""},
		{"account_id,srcaddr, newer-field", "vpcflow", "account-id srcaddr newer-field", ""},
		{"tgw-id srcaddr dstaddr", "tgwflow", "tgw-id srcaddr dstaddr", ""},
		{"srcaddr dstaddr srcaddr", "", "", "listed twice"},
		{"srcaddr dstadr dstport", "", "", "the nearest is dstaddr"},
		{"a b c", "", "", "not the fields"},
		{"", "", "", "not the fields"},
	} {
		got, err := FlowOrder(schema.All(), test.text)
		if test.fault != "" {
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%q: got %v, %v, want an error with %q", test.text, got, err, test.fault)
			}
			continue
		}
		if err != nil || strings.Join(got[test.schema], " ") != test.want {
			t.Errorf("%q: got %v, %v", test.text, got, err)
		}
	}
}
