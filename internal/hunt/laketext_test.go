package hunt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/hunt"
)

// textSource has generated events of a log in text: as cells of its table, and as lines made of the same cells.
type textSource struct {
	layout string
	// columns are the columns in the order of a line; "columns" in quotes or brackets are quoted.
	columns []string
	day     string // the column of the partition
	event   func(i int, at time.Time) map[string]any
	rules   string
}

var textSources = []textSource{
	{
		layout: "vpcflow/athena", day: "day",
		columns: strings.Fields("version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action log_status"),
		event: func(i int, at time.Time) map[string]any {
			cells := map[string]any{
				"version": int64(2), "account_id": "111122223333", "interface_id": "eni-0a1b2c3d", "srcaddr": fmt.Sprintf("192.0.2.%d", i%4),
				"dstaddr": "198.51.100.9", "srcport": int64(40000 + i), "dstport": int64(i % 30), "protocol": int64(6), "packets": int64(i),
				"bytes": int64(i) * 1_000_000_007, "start": at.Unix(), "end": at.Unix() + 60, "action": "ACCEPT", "log_status": "OK",
			}
			if i%3 == 0 {
				cells["action"] = "REJECT"
			}
			if i%50 == 49 {
				for _, name := range []string{"srcaddr", "dstaddr", "action"} {
					cells[name] = "-"
				}
				for _, name := range []string{"srcport", "dstport", "protocol", "packets", "bytes"} {
					cells[name] = nil
				}
				cells["log_status"] = "NODATA"
			}
			return cells
		},
		rules: `title: Port as a number
id: 0a1b2c3d-0000-4000-8000-000000000031
logsource: {product: aws, service: vpcflow}
detection: {selection: {dstport: 22, account-id: '111122223333'}, condition: selection}
---
title: Large
id: 0a1b2c3d-0000-4000-8000-000000000032
logsource: {product: aws, service: vpcflow}
detection: {selection: {'bytes|gte': 150000000000, 'srcaddr|cidr': 192.0.2.0/31}, condition: selection}
---
title: No data
id: 0a1b2c3d-0000-4000-8000-000000000033
logsource: {product: aws, service: vpcflow}
detection: {selection: {log_status: NODATA, dstport: null, action: '-'}, condition: selection}
---
title: Word anywhere
id: 0a1b2c3d-0000-4000-8000-000000000034
logsource: {product: aws, service: vpcflow}
detection: {keywords: ['198.51.100.9'], few: {'srcport|lt': 40005}, condition: keywords and few}
---
title: Rejected
name: rejected
id: 0a1b2c3d-0000-4000-8000-000000000035
logsource: {product: aws, service: vpcflow}
detection: {selection: {action: REJECT}, condition: selection}
---
title: Ports
id: 0a1b2c3d-0000-4000-8000-000000000036
level: high
correlation: {type: value_count, rules: [rejected], group-by: [srcaddr], timespan: 10m, condition: {gte: 5, field: dstport}}
`,
	},
	{
		layout: "alb/athena", day: "day",
		columns: strings.Fields(`type time elb client_ip:client_port target_ip:target_port request_processing_time target_processing_time
			response_processing_time elb_status_code target_status_code received_bytes sent_bytes "request_verb+request_url+request_proto"
			"user_agent" ssl_cipher ssl_protocol target_group_arn "trace_id" "domain_name" "chosen_cert_arn" matched_rule_priority
			request_creation_time "actions_executed" "redirect_url" "lambda_error_reason" "target_port_list" "target_status_code_list"
			"classification" "classification_reason" conn_trace_id`),
		event: func(i int, at time.Time) map[string]any {
			agents := []string{"curl/8", `a "quoted" agent`, `x" - - - "y`, "Mozilla/5.0 (X11) é", "-"}
			return map[string]any{
				"type": "https", "time": at.Format("2006-01-02T15:04:05.000000Z"), "elb": "app/front/50dc6c495c0c9188",
				"client_ip": fmt.Sprintf("2001:db8::%d", i%5), "client_port": int64(2000 + i), "target_ip": "10.0.0.1", "target_port": int64(80),
				"request_processing_time": 0.25, "target_processing_time": 0.5, "response_processing_time": -1.0, "elb_status_code": int64(200 + i%7*50),
				"target_status_code": "200", "received_bytes": int64(i), "sent_bytes": int64(i) * 1000, "request_verb": "GET",
				"request_url": fmt.Sprintf(`https://www.example.com:443/a b?q="%d"&r=../etc`, i), "request_proto": "HTTP/1.1", "user_agent": agents[i%5],
				"ssl_cipher": "-", "ssl_protocol": "-", "target_group_arn": "-", "trace_id": fmt.Sprintf("Root=1-%d", i), "domain_name": "www.example.com",
				"chosen_cert_arn": "session-reused", "matched_rule_priority": "0", "request_creation_time": at.Format("2006-01-02T15:04:05.000000Z"),
				"actions_executed": "waf,forward", "redirect_url": "-", "lambda_error_reason": "-", "target_port_list": "10.0.0.1:80",
				"target_status_code_list": "200", "classification": "-", "classification_reason": "-", "conn_trace_id": "TID_1",
			}
		},
		rules: `title: Agent
id: 0a1b2c3d-0000-4000-8000-000000000041
logsource: {product: aws, service: alb}
detection: {selection: {'user_agent|contains': ['"', 'é']}, condition: selection}
---
title: Path and status
id: 0a1b2c3d-0000-4000-8000-000000000042
logsource: {product: aws, service: alb}
detection: {selection: {'request_url|contains': '"1', 'request_url|endswith': etc, elb_status_code: 500, 'client_ip|cidr': '2001:db8::/64'}, condition: selection}
---
title: Dashes
id: 0a1b2c3d-0000-4000-8000-000000000043
logsource: {product: aws, service: alb}
detection: {selection: {user_agent: '-', error_reason: '-', request_verb: GET, target_port: 80}, condition: selection}
---
title: Failed
name: failed
id: 0a1b2c3d-0000-4000-8000-000000000044
logsource: {product: aws, service: alb}
detection: {selection: {'elb_status_code|gte': 400}, condition: selection}
---
title: Sum
id: 0a1b2c3d-0000-4000-8000-000000000045
level: high
correlation: {type: value_sum, rules: [failed], group-by: [client_ip], timespan: 10m, condition: {gte: 100000, field: sent_bytes}}
`,
	},
	{
		layout: "s3access/athena", day: "timestamp",
		columns: strings.Fields(`bucketowner bucket_name [requestdatetime] remoteip requester requestid operation key "request_uri" httpstatus errorcode
			bytessent objectsize totaltime turnaroundtime "referrer" "useragent" versionid hostid sigv ciphersuite authtype endpoint tlsversion
			accesspointarn aclrequired`),
		event: func(i int, at time.Time) map[string]any {
			cells := map[string]any{
				"bucketowner": "79a59df900b949e5", "bucket_name": "example-data", "requestdatetime": at.Format("02/Jan/2006:15:04:05 -0700"),
				"remoteip": fmt.Sprintf("203.0.113.%d", i%3), "requester": "-", "requestid": fmt.Sprintf("R%d", i), "operation": "REST.GET.OBJECT",
				"key": fmt.Sprintf("a%%2520b/%d", i), "request_uri": fmt.Sprintf("GET /a%d?x=\"1\" HTTP/1.1", i), "httpstatus": "200", "errorcode": "-",
				"bytessent": int64(i), "objectsize": nil, "totaltime": "7", "turnaroundtime": "-", "referrer": nil, "useragent": `aws "x" y`,
				"versionid": "-", "hostid": "h=", "sigv": "SigV4", "ciphersuite": "C", "authtype": "-", "endpoint": "e", "tlsversion": "TLSv1.2",
				"accesspointarn": "-", "aclrequired": "-",
			}
			if i%4 == 0 {
				cells["requester"], cells["httpstatus"], cells["errorcode"] = "arn:aws:iam::111122223333:user/ops", "403", "AccessDenied"
			}
			return cells
		},
		rules: `title: Anonymous
name: anonymous
id: 0a1b2c3d-0000-4000-8000-000000000051
logsource: {product: aws, service: s3access}
detection: {selection: {requester: '-', operation|endswith: OBJECT, bytessent|gt: 3}, condition: selection}
---
title: Absent
id: 0a1b2c3d-0000-4000-8000-000000000052
logsource: {product: aws, service: s3access}
detection: {selection: {objectsize: null, referrer: null, errorcode: AccessDenied, useragent|contains: '"x"', httpstatus: 403}, condition: selection}
---
title: Many
id: 0a1b2c3d-0000-4000-8000-000000000053
level: high
correlation: {type: value_count, rules: [anonymous], group-by: [remoteip, bucket_name], timespan: 10m, condition: {gte: 10, field: key}}
`,
	},
}

var placeOfEvent = regexp.MustCompile(`"[^"]*(rows.parquet|access.log)#[0-9]+"`)

// line returns the line of an event.
func (s *textSource) line(cells map[string]any) string {
	var columns []string
	for _, column := range s.columns {
		inner := strings.Trim(column, `"[]`)
		separator := ":"
		if strings.Contains(inner, "+") {
			separator = " "
		}
		var values []string
		quoted := false
		for _, name := range strings.FieldsFunc(inner, func(r rune) bool { return r == ':' || r == '+' }) {
			if cells[name] == nil {
				values = append(values, "-")
				continue
			}
			quoted = true
			values = append(values, fmt.Sprint(cells[name]))
		}
		text := strings.Join(values, separator)
		if inner != column && quoted {
			text = column[:1] + text + column[len(column)-1:]
		}
		columns = append(columns, text)
	}
	return strings.Join(columns, " ") + "\n"
}

// TestTextFindsWhatTheTableFinds hunts in the same events as lines of text and as rows of a table in DuckDB.
func TestTextFindsWhatTheTableFinds(t *testing.T) {
	for _, s := range textSources {
		t.Run(s.layout, func(t *testing.T) {
			var text strings.Builder
			var rows []map[string]any
			for i := range 200 {
				at := theDay.Add(9*time.Hour + time.Duration(i)*time.Second)
				cells := s.event(i, at)
				text.WriteString(s.line(cells))
				cells[s.day] = theDay.Format("2006/01/02")
				rows = append(rows, cells)
			}
			path := filepath.Join(t.TempDir(), "access.log")
			if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			native, ledger := lines(t, hunt.Options{Set: setOfRules(t, s.rules), Source: &hunt.Files{Paths: []string{path}}})
			if ledger.Records.Evaluated != 200 || ledger.Records.Failed.Total != 0 {
				t.Fatalf("got %+v\n%s", ledger.Records, text.String()[:600])
			}
			for rule := range strings.SplitSeq(s.rules, "---\n") {
				title, _, _ := strings.Cut(strings.TrimPrefix(rule, "title: "), "\n")
				quoted := fmt.Sprintf(`"title":%q`, title)
				if !strings.Contains(strings.Join(native, ""), quoted) && !strings.Contains(rule, "name: ") {
					t.Errorf("%s found nothing in the text", title)
				}
			}
			table, _ := tableHunt(t, nil, s.layout, s.rules, rows...)
			// Records without data have no id, and so that of their place.
			for _, list := range [][]string{table, native} {
				for i := range list {
					list[i] = placeOfEvent.ReplaceAllString(list[i], `"place"`)
				}
				slices.Sort(list)
			}
			if diff := cmp.Diff(table, native); diff != "" {
				t.Errorf("table and text (-table +text):\n%s", diff)
			}
		})
	}
}
