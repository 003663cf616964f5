package sqltest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

func layoutOf(t testing.TB, name string) *schema.Layout {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// event returns a row of a layout as an object. NULLs are left out, lists without a fixed order are sorted, points in
// time are text in UTC, and numbers are floats, as in encoding/json.
func event(t testing.TB, p *schema.Layout, row []any) map[string]any {
	t.Helper()
	out := map[string]any{}
	for i, c := range p.Columns {
		if v := plain(row[i]); v != nil {
			out[c.Name] = v
		}
	}
	return out
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			if inner = plain(inner); inner != nil {
				out[name] = inner
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case sqltest.Pairs:
		out := map[string]any{}
		for _, p := range v {
			out[p.Key] = p.Value
		}
		return plain(out)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(jsonText(a), jsonText(b)) })
		return out
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return at.UTC().Format(time.RFC3339)
		}
		return v
	case int64:
		return float64(v)
	default:
		return v
	}
}

func jsonText(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// TestOCSFRowIsThatOfTheSamples compares with the examples of the OCSF project: the row must have everything in them,
// and nothing else.
func TestOCSFRowIsThatOfTheSamples(t *testing.T) {
	p := layoutOf(t, "cloudtrail/security-lake-v2")
	folder := testkit.Shared(t, "data", "ocsf-aws", "CloudTrail")
	for _, name := range []string{"API Activity/samples/generic_api_activity", "Account Change/samples/account_change", "Authentication/samples/authentication"} {
		raw, err := os.ReadFile(filepath.Join(folder, name+".raw"))
		if err != nil {
			t.Fatal(err)
		}
		sample, err := os.ReadFile(filepath.Join(folder, name+".ocsf"))
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(sample, &want); err != nil {
			t.Fatal(err)
		}
		got := event(t, p, sqltest.OCSFRow(p, parse(t, string(raw))))
		// columns that the lake adds
		delete(got, "accountid")
		delete(got, "region")
		if diff := cmp.Diff(plain(want), any(got)); diff != "" {
			t.Errorf("%s (-sample +row):\n%s", name, diff)
		}
	}
}

const createUser = `{"eventVersion": "1.08", "eventTime": "2023-03-17T17:07:59Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
	"awsRegion": "us-east-1", "sourceIPAddress": "cloudformation.amazonaws.com", "userAgent": "AWS Internal", "errorCode": "AccessDenied", "errorMessage": "no",
	"userIdentity": {"type": "AssumedRole", "principalId": "AROAEXAMPLE:admin", "arn": "arn:aws:sts::111122223333:assumed-role/Admin/admin", "accountId": "111122223333",
		"sessionContext": {"attributes": {"creationDate": "2023-03-17T16:43:57Z", "mfaAuthenticated": "true"}, "sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/Admin", "type": "Role"}}},
	"requestParameters": {"userName": "new", "tags": [{"key": "a", "value": 1}, {"key": "b"}]}, "responseElements": {"user": {"userId": "AIDAEXAMPLE", "path": "/"}},
	"eventID": "e1", "eventType": "AwsApiCall", "readOnly": false, "recipientAccountId": "111122223333", "resources": [{"ARN": "arn:aws:iam::111122223333:user/new"}]}`

// TestOCSFVersion1 follows the tables of the examples for version 1.0.0-rc.2.
func TestOCSFVersion1(t *testing.T) {
	p := layoutOf(t, "cloudtrail/security-lake-v1")
	want := map[string]any{
		"activity_id": 1.0, "activity_name": "Create", "category_name": "Audit Activity", "category_uid": 3.0, "class_name": "Account Change", "class_uid": 3001.0,
		"type_name": "Account Change: Create", "type_uid": 300101.0, "severity": "Informational", "severity_id": 1.0, "status": "Failure", "status_id": 2.0,
		"time":  1679072879000.0,
		"cloud": map[string]any{"provider": "AWS", "region": "us-east-1"},
		"metadata": map[string]any{"uid": "e1", "version": "1.0.0-rc.2", "profiles": []any{"cloud"},
			"product": map[string]any{"name": "CloudTrail", "vendor_name": "AWS", "version": "1.08", "feature": map[string]any{"name": "Management, Data, and Insights"}}},
		"actor": map[string]any{
			"session": map[string]any{"created_time": 1679071437000.0, "mfa": true, "issuer": "arn:aws:iam::111122223333:role/Admin"},
			"user": map[string]any{"type": "AssumedRole", "uid": "AROAEXAMPLE:admin", "uuid": "arn:aws:sts::111122223333:assumed-role/Admin/admin",
				"account_uid": "111122223333"}},
		"api": map[string]any{"operation": "CreateUser", "service": map[string]any{"name": "iam.amazonaws.com"}, "request": map[string]any{"uid": "''"},
			"response": map[string]any{"error": "AccessDenied", "message": "no"}},
		"http_request": map[string]any{"user_agent": "AWS Internal"},
		"src_endpoint": map[string]any{"domain": "cloudformation.amazonaws.com"},
		"user":         map[string]any{"name": "new", "uid": "AIDAEXAMPLE"},
	}
	want["unmapped"] = map[string]any{
		"eventType": "AwsApiCall", "readOnly": "false", "recipientAccountId": "111122223333", "userIdentity.sessionContext.sessionIssuer.type": "Role",
		"resources[].ARN":              "arn:aws:iam::111122223333:user/new",
		"requestParameters.tags[].key": "a,b", "requestParameters.tags[].value": "1", "responseElements.user.path": "/",
	}
	row := sqltest.OCSFRow(p, parse(t, createUser))
	if diff := cmp.Diff(want, event(t, p, row)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"us-east-1", "111122223333", "20230317"}, row[len(p.Columns):]); diff != "" {
		t.Errorf("partitions (-want +got):\n%s", diff)
	}
}

// TestRowsFitTheirTables loads rows of every layout of CloudTrail, which checks the types of the cells.
func TestRowsFitTheirTables(t *testing.T)            { rowsFit(t, sqltest.DuckDB(t)) }
func TestRowsFitTheirTablesIntegration(t *testing.T) { rowsFit(t, sqltest.Trino(t)) }

func rowsFit(t *testing.T, e sqltest.Engine) {
	doc := parse(t, createUser)
	seen := 0
	for _, p := range schema.AllLayouts() {
		if p.Schema.Name != "cloudtrail" {
			continue
		}
		seen++
		row := sqltest.Row(p, doc)
		if strings.Contains(p.Name, "security-lake") {
			row = sqltest.OCSFRow(p, doc)
		}
		if err := e.Load(t.Context(), p.Name, sqltest.Columns(p), [][]any{row}); err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		_, rows, err := e.Query(t.Context(), "TABLE "+sqltest.QuoteIdentifier(p.Name))
		if err != nil || len(rows) != 1 {
			t.Errorf("%s: got %d rows, error %v", p.Name, len(rows), err)
		}
	}
	if seen < 5 {
		t.Errorf("got %d layouts", seen)
	}
}
