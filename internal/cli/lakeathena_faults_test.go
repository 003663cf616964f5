//go:build duckdb && cgo

package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
)

// lakeFault is a lake in which something is wrong, and what egret must say of it.
type lakeFault struct {
	name string
	// lines are those of the lake in egret.yaml in place of the usual ones, more those besides.
	lines, more []string
	options     func(o *athenatest.Options)
	rule        athenatest.Rule
	env         map[string]string
	setup       func(l *duckLake)
	// code is the exit code of a hunt, says are parts of what it prints on stderr.
	code int
	says []string
}

const (
	hunter = "arn:aws:iam::111122223333:user/hunter"
	glue   = "arn:aws:glue:eu-west-1:111122223333:table/security/trail"
	group  = "arn:aws:athena:eu-west-1:111122223333:workgroup/primary"
)

// lakeOf are the lines of a lake with another region, database and table, "" for none.
func lakeOf(region, database, table string) []string {
	lines := []string{"engine: athena", "tables: {cloudtrail: {table: " + table + ", layout: athena}}"}
	for name, value := range map[string]string{"region": region, "database": database} {
		if value != "" {
			lines = append(lines, name+": "+value)
		}
	}
	return lines
}

// denied gives a policy's refusal to a call.
func denied(action, resource string) athenatest.Rule {
	return athenatest.Rule{Action: action, Refusal: athenatest.DeniedByPolicy(hunter, action, resource)}
}

// fails ends queries that read the table; those that only explain pass.
func fails(f *athenatest.Failure) athenatest.Rule {
	return athenatest.Rule{Action: athenatest.Execution, Match: "SELECT\n", Failure: f}
}

func inGroup(g athenatest.WorkGroup) func(o *athenatest.Options) {
	g.Name = "primary"
	return func(o *athenatest.Options) { o.WorkGroups = []athenatest.WorkGroup{g} }
}

// lakeFaults are what a responder meets on a bad morning. In each the thing is named, and the permission where one lacks.
func lakeFaults() []lakeFault {
	return []lakeFault{
		{name: "wrong region", lines: lakeOf("us-east-2", "security", "trail"), code: 3, says: []string{"region us-east-2", "help: the address belongs to another region"}},
		{name: "no region", lines: lakeOf("", "security", "trail"), env: map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, code: 3,
			says: []string{"athena: region: misconfigured: none is set", "help: set region in egret.yaml, or AWS_REGION"}},
		{name: "missing table", lines: lakeOf("eu-west-1", "", "security.trial"), code: 4,
			says: []string{"athena: table security.trial: not found", "help: check table, database and the region eu-west-1"}},
		{name: "missing database", lines: lakeOf("eu-west-1", "", "secrity.trail"), code: 4, says: []string{"athena: table secrity.trail: not found"}},
		{name: "no database", lines: lakeOf("eu-west-1", "", "trail"), code: 3, says: []string{"table trail", "help: write database.table, or name the lake's database"}},

		{name: "no permission to start", rule: denied("athena:StartQueryExecution", group), code: 4,
			says: []string{"athena: workgroup primary: permission denied: athena:StartQueryExecution is needed"}},
		{name: "no permission to start, in few words", rule: athenatest.Rule{Action: "athena:StartQueryExecution", Refusal: athenatest.Denied("athena:StartQueryExecution")}, code: 4,
			says: []string{"athena: workgroup primary: permission denied: athena:StartQueryExecution is needed"}},
		{name: "no permission to look", rule: denied("athena:GetQueryExecution", group), code: 4, says: []string{"permission denied: athena:GetQueryExecution is needed (query "}},
		{name: "no permission to read", rule: denied("athena:GetQueryResults", group), code: 4, says: []string{"permission denied: athena:GetQueryResults is needed (query "}},
		{name: "no permission to describe", rule: denied("athena:GetTableMetadata", "arn:aws:athena:eu-west-1:111122223333:datacatalog/AwsDataCatalog"), code: 4,
			says: []string{"athena: data catalog AwsDataCatalog: permission denied: athena:GetTableMetadata is needed"}},
		{name: "no permission to see the workgroup", rule: denied("athena:GetWorkGroup", group), code: 1},
		{name: "no permission of Glue", rule: athenatest.Rule{Action: "athena:GetTableMetadata", Refusal: athenatest.DeniedMetadata(hunter, "glue:GetTable", glue)}, code: 4,
			says: []string{"athena: table security.trail: permission denied: glue:GetTable is needed"}},
		{name: "no permission of Glue within a query", rule: fails(athenatest.GlueDenied(hunter, "glue:GetPartitions", glue)), code: 4,
			says: []string{"athena: table security.trail: permission denied: glue:GetPartitions is needed (query "}},
		{name: "no permission for the logs", rule: fails(athenatest.DataDenied("s3://logs-111122223333/AWSLogs/x.json.gz")), code: 4,
			says: []string{"athena: logs in s3://logs-111122223333/AWSLogs/x.json.gz: permission denied: s3:GetObject is needed", "help: allow these credentials s3:GetObject and s3:ListBucket"}},
		{name: "no permission to list the logs", rule: fails(athenatest.PathDenied("s3://logs-111122223333/AWSLogs")), code: 4,
			says: []string{"athena: logs in s3://logs-111122223333/AWSLogs: permission denied: s3:ListBucket is needed"}},
		{name: "no permission for the results", rule: fails(athenatest.ResultsDenied("s3://athena-results/x.csv")), code: 4,
			says: []string{"athena: place of results s3://athena-results/x.csv: permission denied: s3:PutObject is needed", "kms:GenerateDataKey"}},
		// Athena itself hands results over as well.
		{name: "no permission to fetch the results", rule: athenatest.Rule{Action: "s3:GetObject", Refusal: athenatest.ObjectDenied()}, code: 1},
		{name: "no permission of Lake Formation", rule: athenatest.Rule{Action: "athena:GetTableMetadata", Refusal: athenatest.DeniedByLakeFormation("trail")}, code: 4,
			says: []string{"trail: permission denied: Lake Formation Describe is needed", "help: a Lake Formation administrator grants it"}},
		{name: "no permission of Lake Formation within a query", rule: fails(athenatest.LakeFormationDenied("trail")), code: 4,
			says: []string{"trail: permission denied: Lake Formation Select is needed", "help: a Lake Formation administrator grants it"}},
		{name: "a column is hidden", rule: athenatest.Rule{Action: athenatest.Execution, Failure: athenatest.ColumnMissing("useragent")}, code: 4,
			says: []string{"athena: column useragent: ", "help: the table has no such column, or Lake Formation hides it"}},
		{name: "no permission of KMS", rule: fails(&athenatest.Failure{Category: 2, Type: 1501, Reason: "HIVE_CURSOR_ERROR: User: " + hunter +
			" is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/1234abcd because no identity-based policy allows it"}), code: 4,
			says: []string{"athena: KMS key arn:aws:kms:eu-west-1:111122223333:key/1234abcd: permission denied: kms:Decrypt is needed", "help: allow it in a policy of these credentials and in the key's own"}},

		{name: "expired token", setup: func(l *duckLake) {
			e := l.Endpoint()
			e.Credentials = l.Session("arn:aws:sts::111122223333:assumed-role/hunt/egret", -time.Minute)
			e.SetEnv(l.t)
		}, code: 4, says: []string{"athena: no valid credentials: GetTableMetadata: ExpiredTokenException", "help: renew them: "}},
		{name: "no credentials", env: map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, code: 4,
			says: []string{"athena: no valid credentials: none were found", "help: renew them: set AWS_PROFILE, or AWS_ACCESS_KEY_ID"}},
		{name: "unknown key", env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, code: 4,
			says: []string{"athena: no valid credentials: GetTableMetadata: UnrecognizedClientException"}},
		{name: "wrong secret", env: map[string]string{"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"}, code: 4,
			says: []string{"athena: no valid credentials: ", "help: the secret key does not belong to the access key"}},
		{name: "unknown profile", more: []string{"profile: nosuch"}, code: 3, says: []string{"athena: profile nosuch: misconfigured", "aws configure list-profiles"}},
		{name: "role of others", more: []string{"role: arn:aws:iam::111122223333:role/hunt"}, code: 4,
			says: []string{"athena: role arn:aws:iam::111122223333:role/hunt: permission denied: sts:AssumeRole is needed", "help: the role's trust policy must name these credentials"}},
		{name: "wrong external id", more: []string{"role: arn:aws:iam::111122223333:role/hunt", "external_id: other"}, options: func(o *athenatest.Options) {
			o.Roles = []athenatest.Role{{ARN: "arn:aws:iam::111122223333:role/hunt", ExternalID: "the-right-one"}}
		}, code: 4, says: []string{"sts:AssumeRole is needed", "external_id must be the one that it requires"}},

		{name: "wrong output bucket", more: []string{"output: s3://no-such-bucket-here/egret/"}, code: 3,
			says: []string{"athena: bucket no-such-bucket-here: misconfigured: s3:GetBucketLocation is needed", "help: the bucket of results must exist in the region eu-west-1"}},
		{name: "output bucket elsewhere", more: []string{"output: s3://results-elsewhere/egret/"}, options: func(o *athenatest.Options) {
			o.Buckets, o.BucketRegions = []string{"results-elsewhere"}, map[string]string{"results-elsewhere": "us-east-1"}
		}, code: 3, says: []string{"athena: bucket results-elsewhere: misconfigured", "in the region eu-west-1"}},
		{name: "no output location", options: inGroup(athenatest.WorkGroup{}), code: 3,
			says: []string{"athena: workgroup primary: misconfigured: it has no place of results", "help: name one as output: s3://bucket/prefix/, or give the workgroup one"}},
		{name: "workgroup missing", more: []string{"workgroup: huntting"}, code: 4, says: []string{"athena: workgroup huntting: not found", "a workgroup belongs to one region"}},
		{name: "workgroup disabled", options: inGroup(athenatest.WorkGroup{Disabled: true, OutputLocation: "s3://athena-results/"}), code: 3,
			says: []string{"athena: workgroup primary: misconfigured: it is disabled", "help: enable it, or name another workgroup"}},
		{name: "workgroup that enforces its settings", options: inGroup(athenatest.WorkGroup{Enforced: true, OutputLocation: "s3://athena-results/", Encryption: "SSE_S3"}), code: 1},
		{name: "workgroup that enforces another output", more: []string{"output: s3://my-results/"}, options: inGroup(athenatest.WorkGroup{Enforced: true, OutputLocation: "s3://athena-results/"}), code: 3,
			says: []string{"it enforces its own settings: results go to s3://athena-results/, not to s3://my-results/", "help: leave out output"}},
		{name: "connection refused", env: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, code: 4,
			says: []string{"GetTableMetadata: dial tcp 127.0.0.1:9: connect: connection refused", "help: no answer"}},
	}
}

// internals are what a user must never see: stack traces, and errors that print as Go values.
var internals = regexp.MustCompile(`goroutine \d|panic|runtime error|egret bug|\.go:\d|%!|0x[0-9a-f]{6}|&\{|<nil>`)

// wrong makes the lake of a fault.
func (f *lakeFault) wrong(t *testing.T) *duckLake {
	t.Helper()
	l := newLake(t, f.options, f.more...)
	if f.lines != nil {
		l.write("egret.yaml", "lakes:\n  prod:\n    "+strings.Join(f.lines, "\n    ")+"\n")
	}
	for name, value := range f.env {
		t.Setenv(name, value)
	}
	if f.setup != nil {
		f.setup(l)
	}
	if f.rule.Action != "" {
		l.AddRule(f.rule)
	}
	return l
}

func TestAthenaHuntSaysWhatIsWrong(t *testing.T) {
	for _, f := range lakeFaults() {
		t.Run(f.name, func(t *testing.T) {
			l := f.wrong(t)
			r := l.hunt("--from", "2026-03-15")
			if r.code != f.code {
				t.Errorf("exit code %d, want %d\n%s", r.code, f.code, r.stderr)
			}
			has(t, r.stderr, f.says...)
			if f.code > 1 {
				has(t, r.stderr, "error: athena: ", "\n  help: ")
			} else if n := len(findings(t, r.stdout)); n != 4 {
				t.Errorf("%d findings", n)
			}
			if found := internals.FindString(r.stderr); found != "" {
				t.Errorf("%q in\n%s", found, r.stderr)
			}
			for name, secret := range map[string]string{"key": l.Credentials().Secret, "access key": l.Credentials().AccessKey} {
				if strings.Contains(fmt.Sprint(r), secret) {
					t.Errorf("the %s is shown:\n%s", name, r.stderr)
				}
			}
		})
	}
}

// Where nobody answers, credentials are asked for as often as anything else, and not as often for each try of a call.
func TestAthenaHuntGivesUpWhereNobodyGivesCredentials(t *testing.T) {
	l := newLake(t, nil, "role: "+huntRole)
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		calls.Add(1)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	r := l.hunt()
	if n := calls.Load(); r.code != 4 || n > 12 {
		t.Errorf("%d calls, exit code %d\n%s", n, r.code, r.stderr)
	}
	has(t, r.stderr, "athena: role "+huntRole+": AssumeRole: ")
}
