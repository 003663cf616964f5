package connector_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/connector"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// flows, findings and rows are small tables of the services, as AWS documents them; the first column is the number of the row.
const (
	//nolint:unqueryvet // the columns are those of the literal table
	flows = `SELECT v.* FROM (VALUES
 (1, '111122223333', 'eni-1', '192.0.2.1', '10.0.0.1', 51514, 22, BIGINT '6', BIGINT '30', BIGINT '5400', BIGINT '1000', BIGINT '1040', 'ACCEPT', 'OK'),
 (2, '111122223333', 'eni-1', '10.0.0.1', '192.0.2.1', 22, 51514, BIGINT '6', BIGINT '20', BIGINT '9000', BIGINT '1000', BIGINT '1040', 'ACCEPT', 'OK'),
 (3, '111122223333', 'eni-1', '198.51.100.7', '10.0.0.1', 0, 0, BIGINT '1', BIGINT '1', BIGINT '84', BIGINT '1100', BIGINT '1140', 'REJECT', 'OK'),
 (4, '012345678901', 'eni-2', '2001:db8::1', '2001:db8::2', 443, 51000, BIGINT '17', BIGINT '1', BIGINT '99', BIGINT '1200', BIGINT '1240', 'ACCEPT', 'OK'),
 (5, '111122223333', 'eni-3', '-', '-', NULL, NULL, NULL, NULL, NULL, BIGINT '1300', BIGINT '1360', '-', 'NODATA')
) AS v (n, account_id, interface_id, srcaddr, dstaddr, srcport, dstport, protocol, packets, bytes, "start", "end", action, log_status)`
	//nolint:unqueryvet // as above
	findings = `SELECT v.* FROM (VALUES
 (1, 'a-1', '111122223333', 'us-east-1', 'UnauthorizedAccess:EC2/RDPBruteForce', '{"instancedetails":{"instanceid":"i-1","platform":"windows","networkinterfaces":[{"networkinterfaceid":"eni-1","privateipaddress":"10.0.0.1","publicip":"203.0.113.1","ipv6addresses":["2001:db8::1"],"securitygroups":[{"groupid":"sg-1","groupname":"x"}]},{"networkinterfaceid":"eni-2","privateipaddress":"10.0.0.2","ipv6addresses":[]}]}}', '{"action":{"actiontype":"NETWORK_CONNECTION","networkconnectionaction":{"protocol":"TCP","localportdetails":{"port":3389},"remoteportdetails":{"port":1081},"remoteipdetails":{"ipaddressv4":"198.51.100.7","country":{"countryname":"Germany"}}}},"eventfirstseen":"1970-01-01T00:20:00Z","eventlastseen":"1970-01-01T00:30:00Z"}', '2', 'brute force', 'x'),
 (2, 'a-2', '111122223333', 'us-east-1', 'Recon:EC2/PortProbe', '{"accesskeydetails":{"username":"Alice"}}', '{"action":{"actiontype":"PORT_PROBE","portprobeaction":{"portprobedetails":[{"localportdetails":{"port":22},"remoteipdetails":{"ipaddressv4":"192.0.2.9"}},{"localportdetails":{"port":23},"remoteipdetails":{"ipaddressv4":"192.0.2.10"}}]}},"eventfirstseen":"1970-01-01T00:20:00Z","eventlastseen":"1970-01-01T00:21:00Z"}', '5.0', 'probe', 'y')
) AS v (n, id, accountid, region, type, resource, service, severity, title, description)`
	rows = `SELECT 1 AS n, BIGINT '1200000' AS "time", CAST(ROW('198.51.100.7', 51000) AS ROW(ip varchar, port integer)) AS src_endpoint,
 ARRAY[CAST(ROW('arn:a') AS ROW(uid varchar)), CAST(ROW('arn:b') AS ROW(uid varchar))] AS resources, 'API Activity' AS class_name`
)

// The answers were worked out by hand.
var answers = []struct {
	service, pattern string
	want             string
}{
	{"vpcflow", "[ipv4-addr:value = '192.0.2.1']", "1 2"},
	{"vpcflow", "[ipv4-addr:value != '192.0.2.1']", "1 2 3"},
	{"vpcflow", "[ipv4-addr:value = '192.0.2.1' AND ipv4-addr:value = '10.0.0.1']", ""},
	{"vpcflow", "[ipv4-addr:value = '192.0.2.1' AND network-traffic:src_port = '22']", "2"},
	{"vpcflow", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "3"},
	{"vpcflow", "[ipv6-addr:value ISSUBSET '2001:db8::/32']", "4"},
	{"vpcflow", "[ipv4-addr:value ISSUPERSET '192.0.2.1/32']", "1 2"},
	{"vpcflow", "[network-traffic:src_ref.value = '10.0.0.1']", "2"},
	{"vpcflow", "[network-traffic:src_port = 0]", "3"},
	{"vpcflow", "[network-traffic:protocols[*] = 'icmp']", "3"},
	{"vpcflow", "[network-traffic:protocols[*] NOT IN ('tcp', 'ICMP')]", "4"},
	{"vpcflow", "[network-traffic:dst_port >= 22 AND network-traffic:dst_port < 443]", "1"},
	{"vpcflow", "[x-ibm-finding:finding_type = 'accept']", "1 2 4"},
	{"vpcflow", "[x-ibm-finding:finding_type LIKE 'Network-traffic-rej%']", "3"},
	{"vpcflow", "[x-ibm-finding:finding_type MATCHES '^network.*ject$']", "3"},
	{"vpcflow", "[x-aws-details:account_id = '012345678901']", "4"},
	{"vpcflow", "[network-traffic:start > t'1970-01-01T00:18:20Z']", "4"},
	{"vpcflow", "[EXISTS network-traffic:dst_port]", "1 2 3 4"},
	{"vpcflow", `[ipv4-addr:value = 'x\') OR (1=1) -- "##TABLE##"']`, ""},
	{"vpcflow", "[ipv4-addr:value = '192.0.2.1'] AND [network-traffic:src_port = 0]", "1 2 3"},
	{"vpcflow", "[network-traffic:src_port = 0] AND [network-traffic:dst_port = 0]", ""},
	{"vpcflow", "[network-traffic:src_port = 0] OR [network-traffic:src_port = 443]", "3 4"},
	{"vpcflow", "[ipv4-addr:value = '192.0.2.1'] REPEATS 2 TIMES", "1 2"},
	{"vpcflow", "[ipv4-addr:value = '192.0.2.1'] REPEATS 3 TIMES", ""},
	{"vpcflow", "[network-traffic:src_port >= 0] START t'1970-01-01T00:17:20Z' STOP t'1970-01-01T00:20:00Z'", "1 2 3"},
	{"guardduty", "[ipv4-addr:value = '10.0.0.2']", "1"},
	{"guardduty", "[ipv4-addr:value = '192.0.2.10']", "2"},
	{"guardduty", "[ipv6-addr:value = '2001:DB8::1']", "1"},
	{"guardduty", "[ipv4-addr:value = '10.0.0.2' AND ipv4-addr:x_aws_interface_id = 'eni-1']", ""},
	{"guardduty", "[ipv4-addr:value = '10.0.0.2' AND ipv4-addr:x_aws_interface_id = 'eni-2']", "1"},
	{"guardduty", "[network-traffic:src_port = 3389]", "1"},
	{"guardduty", "[x-ibm-finding:severity = 5]", "2"},
	{"guardduty", "[x-ibm-finding:severity >= 2]", "1 2"},
	{"guardduty", "[user-account:account_login = 'alice']", "2"},
	{"guardduty", "[x-aws-vpc:security_group_id = 'sg-1']", "1"},
	{"guardduty", "[x-ibm-finding:end > t'1970-01-01T00:25:00Z']", "1"},
	{"ocsf", "[ipv4-addr:value = '198.51.100.7']", "1"},
	{"ocsf", "[x-ocsf-resources:uid = 'ARN:B']", "1"},
	{"ocsf", "[x-ocsf-resources:uid = 'arn:b' AND x-ocsf-resources:uid = 'arn:a']", ""},
	{"ocsf", "[network-traffic:src_port > 50000]", "1"},
	{"ocsf", "[x-oca-event:module = 'API Activity' AND ipv4-addr:value = '192.0.2.1']", ""},
}

// TestConditionsOfPatternsIntegration runs conditions on an engine with Athena's SQL.
func TestConditionsOfPatternsIntegration(t *testing.T) {
	e := sqltest.Trino(t)
	tables := map[string]string{"vpcflow": flows, "guardduty": findings, "ocsf": rows}
	types := map[string]string{"time": "bigint", "src_endpoint": "row(ip varchar, port integer)", "resources": "array(row(uid varchar))", "class_name": "varchar"}
	for _, c := range answers {
		t.Run(c.service+c.pattern, func(t *testing.T) {
			pattern := c.pattern
			if !strings.Contains(pattern, "START") {
				pattern = "(" + pattern + ") START t'1970-01-01T00:00:00Z' STOP t'1970-01-02T00:00:00Z'"
			}
			text, err := connector.Translate(pattern, connector.Options{Language: "stix"}, []string{c.service}, time.Time{}).JSON()
			if err != nil {
				t.Fatal(err)
			}
			var answer struct{ Queries []map[string]string }
			if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Queries) != 1 {
				t.Fatalf("got %s", text)
			}
			where := connector.Unguarded(answer.Queries[0][c.service], types)
			sql := "WITH t AS (" + tables[c.service] + ") SELECT n FROM t WHERE " + strings.ReplaceAll(where, `"##TABLE##"`, "t")
			_, got, err := e.Query(t.Context(), sql)
			if err != nil {
				t.Fatalf("%v\n%s", err, sql)
			}
			var list []string
			for _, row := range got {
				list = append(list, fmt.Sprint(row[0]))
			}
			slices.Sort(list)
			if strings.Join(list, " ") != c.want {
				t.Errorf("got %q, want %q from\n%s", strings.Join(list, " "), c.want, where)
			}
		})
	}
}
