package athena_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// faultCase is the expected error.
type faultCase struct {
	name              string
	kind              engine.Kind
	thing, permission string
	// help is a part of the help.
	help string
}

func (c *faultCase) check(t *testing.T, err error) {
	t.Helper()
	var fault *engine.Error
	if !errors.As(err, &fault) {
		t.Fatalf("got error %v, want an *engine.Error", err)
	}
	if fault.Kind != c.kind || fault.Thing != c.thing || fault.Permission != c.permission || !strings.Contains(fault.Help, c.help) {
		t.Errorf("got kind %q, thing %q, permission %q, help %q\nwant     %q, thing %q, permission %q, help %q\n%v",
			fault.Kind, fault.Thing, fault.Permission, fault.Help, c.kind, c.thing, c.permission, c.help, err)
	}
	if strings.ContainsAny(fault.Help, "{}$") || strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("got text with placeholders or line breaks: %q, %q", fault.Help, err)
	}
}

const (
	notAuthorized = "User: arn:aws:sts::111122223333:assumed-role/hunt/egret is not authorized to perform: "
	noAllow       = " because no identity-based policy allows the action"
	hunt          = "arn:aws:iam::111122223333:role/hunt"
)

// options are the options for the cases below.
func options() athena.Options {
	return athena.Options{Workgroup: "hunting", Database: "security", Output: "s3://results/hunts/"}
}

// TestReasonsOfFailedQueries checks reasons from Athena's manual and users' reports.
func TestReasonsOfFailedQueries(t *testing.T) {
	for _, c := range []struct {
		faultCase

		failure athenatest.Failure
	}{
		{faultCase{"table", engine.Missing, "table awsdatacatalog.security.vpc", "", "eu-west-1"},
			athenatest.Failure{Reason: "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.security.vpc' does not exist", Category: 2, Type: 1301}},
		{faultCase{"table, older words", engine.Missing, "table security.vpc", "", "check table"},
			athenatest.Failure{Reason: "SYNTAX_ERROR: line 1:15: Table security.vpc does not exist", Category: 2, Type: 1301}},
		{faultCase{"database", engine.Missing, "database seccurity", "", "eu-west-1"},
			athenatest.Failure{Reason: "SCHEMA_NOT_FOUND: line 1:15: Schema 'seccurity' does not exist", Category: 2, Type: 1301}},
		{faultCase{"database, older words", engine.Missing, "database seccurity", "", "eu-west-1"},
			athenatest.Failure{Reason: "SYNTAX_ERROR: line 1:15: Schema seccurity does not exist"}},
		{faultCase{"catalog", engine.Missing, "catalog lake", "", "eu-west-1"},
			athenatest.Failure{Reason: "CATALOG_NOT_FOUND: line 1:15: Catalog 'lake' not found", Category: 2, Type: 1301}},
		{faultCase{"column", engine.Invalid, "column evenname", "", "Lake Formation hides it"},
			athenatest.Failure{Reason: "COLUMN_NOT_FOUND: line 1:8: Column 'evenname' cannot be resolved or requester is not authorized to access requested resources", Category: 2, Type: 1006}},
		{faultCase{"syntax", engine.Invalid, "", "", ""},
			athenatest.Failure{Reason: "SYNTAX_ERROR: line 1:1: mismatched input 'SELEC'", Category: 2, Type: 1006}},
		{faultCase{"types", engine.Invalid, "", "", ""},
			athenatest.Failure{Reason: "TYPE_MISMATCH: line 1:40: Cannot apply operator: varchar = bigint", Category: 2, Type: 1002}},
		{faultCase{"function", engine.Invalid, "", "", ""},
			athenatest.Failure{Reason: "FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered", Category: 2, Type: 1303}},

		{faultCase{"Glue", engine.Denied, "data catalog", "glue:GetPartitions", "allow it to"},
			athenatest.Failure{Reason: "Insufficient permissions to execute the query.  " + notAuthorized + "glue:GetPartitions on resource: arn:aws:glue:us-west-2:111122223333:catalog ", Category: 2, Type: 1500}},
		{faultCase{"Glue, the table", engine.Denied, "table security.cloudtrail_logs", "glue:GetTable", "allow it to"},
			athenatest.Failure{Reason: "Insufficient permissions to execute the query. " + notAuthorized + "glue:GetTable on resource: arn:aws:glue:eu-west-1:111122223333:table/security/cloudtrail_logs" + noAllow +
				" (Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException; Request ID: 8f1f; Proxy: null)", Category: 2, Type: 1500}},
		{faultCase{"Glue, the database", engine.Denied, "database security", "glue:GetDatabase", "allow it to"},
			athenatest.Failure{Reason: notAuthorized + "glue:GetDatabase on resource: arn:aws:glue:eu-west-1:111122223333:database/security" + noAllow}},
		{faultCase{"Lake Formation", engine.Denied, "cloudtrail_logs", "Lake Formation Select", "Lake Formation administrator"},
			athenatest.Failure{Reason: "Insufficient permissions to execute the query. Insufficient Lake Formation permission(s): Required Select on cloudtrail_logs", Category: 2, Type: 1500}},
		{faultCase{"Lake Formation, the database", engine.Denied, "security", "Lake Formation SELECT and DESCRIBE", "Lake Formation administrator"},
			athenatest.Failure{Reason: "Insufficient permissions to execute the query. Insufficient Lake Formation permission(s) on security"}},
		{faultCase{"Lake Formation, in other words", engine.Denied, "", "Lake Formation SELECT", "Lake Formation administrator"},
			athenatest.Failure{Reason: "Insufficient permissions to execute the query. Principal does not have any privilege on specified resource"}},
		{faultCase{"Lake Formation, its API", engine.Denied, "Lake Formation", "lakeformation:GetDataAccess", "allow it to"},
			athenatest.Failure{Reason: notAuthorized + "lakeformation:GetDataAccess" + noAllow + " (Service: AWSLakeFormation; Status Code: 400; Error Code: AccessDeniedException)"}},
		{faultCase{"KMS", engine.Denied, "KMS key arn:aws:kms:eu-west-1:111122223333:key/0a1b", "kms:Decrypt", "the key's"},
			athenatest.Failure{Reason: "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://logs/a.gz (offset=0, length=100): " + notAuthorized + "kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/0a1b" + noAllow + " (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)"}},
		{faultCase{"KMS, in other words", engine.Denied, "KMS key arn:aws:kms:eu-west-1:111122223333:key/0a1b", "kms:GenerateDataKey", "the key's"},
			athenatest.Failure{Reason: notAuthorized + "kms:GenerateDataKey on the resource arn:aws:kms:eu-west-1:111122223333:key/0a1b" + noAllow}},
		{faultCase{"logs", engine.Denied, "logs in s3://logs/AWSLogs/a.json.gz", "s3:GetObject", "s3:ListBucket"},
			athenatest.Failure{Reason: "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://logs/AWSLogs/a.json.gz (offset=0, length=1048576): com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 8F; S3 Extended Request ID: 9=; Proxy: null)", Category: 2, Type: 1501}},
		{faultCase{"logs, the folder", engine.Denied, "logs in s3://logs/AWSLogs/year=2022/month=8", "s3:ListBucket", "also in the bucket's policy"},
			athenatest.Failure{Reason: "Permission denied on S3 path: s3://logs/AWSLogs/year=2022/month=8", Category: 2, Type: 1501}},
		{faultCase{"logs, newer words", engine.Denied, "logs in s3://logs/AWSLogs/a.parquet", "s3:GetObject", "kms:Decrypt"},
			athenatest.Failure{Reason: "Insufficient permissions to execute the query. Amazon S3 access denied on s3://logs/AWSLogs/a.parquet", Category: 2, Type: 1501}},
		{faultCase{"logs, a number only", engine.Denied, "", "one of S3, Glue or Lake Formation", "s3:GetObject"},
			athenatest.Failure{Reason: "Insufficient permissions to execute the query.", Category: 2, Type: 1501}},
		{faultCase{"results", engine.Denied, "place of results s3://results/hunts/8f.csv", "s3:PutObject", "kms:GenerateDataKey"},
			athenatest.Failure{Reason: "Access denied when writing output to url: s3://results/hunts/8f.csv . Please ensure you are allowed to access the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key", Category: 2, Type: 1501}},
		{faultCase{"results that cannot be listed", engine.Denied, "place of results s3://results/hunts/8f", "s3:ListBucket", ""},
			athenatest.Failure{Reason: "Permission denied on S3 path: s3://results/hunts/8f"}},

		{faultCase{"compiler", engine.TooComplex, "statement", "", "fewer rules"},
			athenatest.Failure{Reason: "QUERY_EXCEEDED_COMPILER_LIMIT: Compiled expression too large"}},
		{faultCase{"columns", engine.TooComplex, "statement", "", "fewer rules"}, *athenatest.TooComplex()},
		{faultCase{"stages", engine.TooComplex, "statement", "", "fewer rules"}, *athenatest.TooManyStages()},
		{faultCase{"nesting", engine.TooComplex, "statement", "", "fewer rules"},
			athenatest.Failure{Reason: "SYNTAX_ERROR: line 1:1: statement is too large (stack overflow during analysis)"}},
		{faultCase{"bytes", engine.OverLimit, "workgroup hunting", "", "cut-off"},
			athenatest.Failure{State: "CANCELLED", Reason: "Bytes scanned limit was exceeded"}},
		{faultCase{"bytes, in more words", engine.OverLimit, "workgroup hunting", "", "cut-off"},
			athenatest.Failure{State: "CANCELLED", Reason: "Query cancelled! : Bytes scanned limit was exceeded"}},
		{faultCase{"time", engine.OverLimit, "statement", "", "shorter chunks"}, *athenatest.TimedOut()},
		{faultCase{"time, by number", engine.OverLimit, "", "", ""}, athenatest.Failure{Reason: "Stopped.", Category: 1, Type: 210}},
		{faultCase{"partitions", engine.Misconfigured, "table", "", "time range"},
			athenatest.Failure{Reason: "HIVE_EXCEEDED_PARTITION_LIMIT: Query over table 'security.vpc' can potentially read more than 1000000 partitions"}},
		{faultCase{"injected projection", engine.Misconfigured, "partition column accountid", "", "name its values"},
			athenatest.Failure{Reason: "CONSTRAINT_VIOLATION: For the injected projected partition column accountid, the WHERE clause must contain only static equality conditions, and at least one such condition must be present."}},

		{faultCase{"Glue is busy", engine.Transient, "", "", "fewer queries"}, *athenatest.GlueThrottled()},
		{faultCase{"S3 is busy", engine.Transient, "", "", "fewer queries"},
			athenatest.Failure{Reason: "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://logs/a.gz (offset=0, length=9): Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown; Request ID: 1)", Category: 2, Type: 1403}},
		{faultCase{"busy, by number", engine.Transient, "", "", ""}, athenatest.Failure{Reason: "Try later.", Category: 1, Type: 1404}},
		{faultCase{"the engine's own fault", engine.Transient, "", "", ""}, *athenatest.Crashed()},
		{faultCase{"the engine's own fault, for good", engine.Other, "", "", ""},
			athenatest.Failure{Reason: "GENERIC_INTERNAL_ERROR: Unsupported compression type", Category: 1, Type: 200}},
		{faultCase{"credentials that ended meanwhile", engine.Expired, "credentials", "", "AWS_PROFILE"},
			athenatest.Failure{Reason: "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://logs/a.gz: The provided token has expired. (Service: Amazon S3; Status Code: 400; Error Code: ExpiredToken; Request ID: 1)"}},
		{faultCase{"files that are not as defined", engine.Other, "", "", "egret table check"},
			athenatest.Failure{Reason: "HIVE_BAD_DATA: Field records's type INT32 in parquet file s3://logs/a.parquet is incompatible with type varchar defined in table schema"}},
		{faultCase{"stopped", engine.Cancelled, "", "", ""}, athenatest.Failure{State: "CANCELLED", Reason: "Query cancelled by user"}},
		{faultCase{"stopped, without a reason", engine.Cancelled, "", "", ""}, athenatest.Failure{State: "CANCELLED"}},
		{faultCase{"no reason", engine.Other, "", "", ""}, athenatest.Failure{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lake := hunting(t)
			lake.AddRule(athenatest.Rule{Action: athenatest.Execution, Failure: &c.failure})
			err := run(t, open(t, lake, options()), "SELECT 1")
			c.check(t, err)
			if fault := new(engine.Error); errors.As(err, &fault) && fault.Query == "" {
				t.Errorf("got error %v, want the query's id in it", err)
			}
		})
	}
}

// hunting starts an endpoint with a workgroup that accepts the client's settings.
func hunting(t *testing.T) *athenatest.Server {
	return athenatest.Start(t, athenatest.Options{Backend: many(1000), Buckets: []string{"results", "elsewhere"},
		BucketRegions: map[string]string{"elsewhere": "us-east-1"},
		WorkGroups: []athenatest.WorkGroup{{Name: "hunting", OutputLocation: "s3://athena-results/"}, {Name: "nowhere"}, {Name: "closed", Disabled: true, OutputLocation: "s3://athena-results/"},
			{Name: "strict", OutputLocation: "s3://athena-results/", Enforced: true}},
		Roles:  []athenatest.Role{{ARN: hunt, ExternalID: "outside"}},
		Tables: []athenatest.Table{{Database: "security", Name: "cloudtrail_logs"}}})
}

// TestRejectedCalls checks the errors of calls that services reject.
func TestRejectedCalls(t *testing.T) {
	start := func(t *testing.T, e *athena.Engine) error {
		_, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
		return err
	}
	ping := func(t *testing.T, e *athena.Engine) error { return e.Ping(t.Context()) }
	describe := func(table string) func(t *testing.T, e *athena.Engine) error {
		return func(t *testing.T, e *athena.Engine) error {
			_, err := e.Describe(t.Context(), table)
			return err
		}
	}
	readAll := func(t *testing.T, e *athena.Engine) error {
		err := run(t, e, "SELECT 1")
		return err
	}
	set := func(change func(o *athena.Options)) func(*athena.Options) { return change }
	for _, c := range []struct {
		faultCase

		change  func(*athena.Options)
		action  string
		refusal *athenatest.Refusal
		do      func(t *testing.T, e *athena.Engine) error
	}{
		{faultCase{"start", engine.Denied, "workgroup hunting", "athena:StartQueryExecution", "allow it to"}, nil,
			"athena:StartQueryExecution", athenatest.Denied("athena:StartQueryExecution"), start},
		{faultCase{"start, by a policy", engine.Denied, "workgroup hunting", "athena:StartQueryExecution", "allow it to"}, nil,
			"athena:StartQueryExecution", athenatest.DeniedByPolicy("arn:aws:iam::111122223333:user/hunter", "athena:StartQueryExecution", "arn:aws:athena:eu-west-1:111122223333:workgroup/hunting"), start},
		{faultCase{"status", engine.Denied, "", "athena:GetQueryExecution", "allow it to"}, nil,
			"athena:GetQueryExecution", athenatest.Denied("athena:GetQueryExecution"), readAll},
		{faultCase{"workgroup", engine.Denied, "workgroup hunting", "athena:GetWorkGroup", "allow it to"}, nil,
			"athena:GetWorkGroup", athenatest.Denied("athena:GetWorkGroup"), ping},
		{faultCase{"metadata", engine.Denied, "table security.cloudtrail_logs", "athena:GetTableMetadata", "allow it to"}, nil,
			"athena:GetTableMetadata", athenatest.Denied("athena:GetTableMetadata"), describe("security.cloudtrail_logs")},
		{faultCase{"metadata of Glue", engine.Denied, "table security.cloudtrail_logs", "glue:GetTable", "allow it to"}, nil,
			"athena:GetTableMetadata", athenatest.DeniedMetadata("arn:aws:iam::111122223333:user/hunter", "glue:GetTable", "arn:aws:glue:eu-west-1:111122223333:table/security/cloudtrail_logs"), describe("cloudtrail_logs")},
		{faultCase{"metadata of Lake Formation", engine.Denied, "cloudtrail_logs", "Lake Formation Describe", "administrator"}, nil,
			"athena:GetTableMetadata", athenatest.DeniedByLakeFormation("cloudtrail_logs"), describe("security.cloudtrail_logs")},
		{faultCase{"no table", engine.Missing, "table security.nothing", "", "eu-west-1"}, nil, "", nil, describe("security.nothing")},
		{faultCase{"no database", engine.Missing, "table nowhere.cloudtrail_logs", "", "database"}, nil, "", nil, describe("nowhere.cloudtrail_logs")},
		{faultCase{"no catalog", engine.Missing, "catalog other", "", "catalog"}, nil, "", nil, describe("other.security.cloudtrail_logs")},
		{faultCase{"no database is named", engine.Misconfigured, "table cloudtrail_logs", "", "database.table"},
			set(func(o *athena.Options) { o.Database = "" }), "", nil, describe("cloudtrail_logs")},

		{faultCase{"no workgroup", engine.Missing, "workgroup hunters", "", "region is eu-west-1"}, set(func(o *athena.Options) { o.Workgroup = "hunters" }), "", nil, ping},
		{faultCase{"no workgroup at the start", engine.Missing, "workgroup hunters", "", "region is eu-west-1"}, set(func(o *athena.Options) { o.Workgroup = "hunters" }), "", nil, start},
		{faultCase{"workgroup that is disabled", engine.Misconfigured, "workgroup closed", "", "enable it"}, set(func(o *athena.Options) { o.Workgroup = "closed" }), "", nil, ping},
		{faultCase{"workgroup that is disabled meanwhile", engine.Misconfigured, "workgroup hunting", "", "enable it"}, nil,
			"athena:StartQueryExecution", athenatest.InvalidRequest("INVALID_INPUT", "WorkGroup hunting is disabled."), start},
		{faultCase{"no place of results", engine.Misconfigured, "workgroup nowhere", "", "s3://bucket/prefix/"},
			set(func(o *athena.Options) { o.Workgroup, o.Output = "nowhere", "" }), "", nil, ping},
		{faultCase{"no place of results, by Athena", engine.Misconfigured, "workgroup hunting", "", "s3://bucket/prefix/"}, nil, "athena:StartQueryExecution",
			athenatest.InvalidRequest("INVALID_INPUT", "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input."), start},
		{faultCase{"own settings", engine.Misconfigured, "workgroup strict", "", "leave out output"}, set(func(o *athena.Options) { o.Workgroup = "strict" }), "", nil, ping},
		{faultCase{"own settings at the start", engine.Misconfigured, "workgroup strict", "", "leave out output"}, set(func(o *athena.Options) { o.Workgroup = "strict" }), "", nil, start},
		{faultCase{"own encryption", engine.Misconfigured, "workgroup strict", "", "leave out encryption"},
			set(func(o *athena.Options) { o.Workgroup, o.Output, o.Encryption = "strict", "", "sse-s3" }), "", nil, start},
		{faultCase{"no bucket", engine.Missing, "bucket nobucket", "", "name of the bucket"}, set(func(o *athena.Options) { o.Output = "s3://nobucket/" }), "", nil, ping},
		{faultCase{"no bucket at the start", engine.Misconfigured, "bucket nobucket", "s3:GetBucketLocation", "region eu-west-1"},
			set(func(o *athena.Options) { o.Output = "s3://nobucket/" }), "", nil, start},
		{faultCase{"bucket elsewhere", engine.Misconfigured, "bucket elsewhere", "", "region of the workgroup"}, set(func(o *athena.Options) { o.Output = "s3://elsewhere/x/" }), "", nil, ping},

		{faultCase{"too many queries", engine.Transient, "workgroup hunting", "", "fewer queries"}, nil, "athena:StartQueryExecution", athenatest.TooManyQueries(), start},
		{faultCase{"throttled", engine.Transient, "workgroup hunting", "", "fewer queries"}, nil, "athena:StartQueryExecution", athenatest.Throttled(), start},
		{faultCase{"internal", engine.Transient, "workgroup hunting", "", ""}, nil, "athena:StartQueryExecution", athenatest.Internal(), start},
		{faultCase{"Glue is busy", engine.Transient, "table security.cloudtrail_logs", "", ""}, nil, "athena:GetTableMetadata",
			&athenatest.Refusal{Type: "MetadataException", Message: "Rate exceeded (Service: AmazonDataCatalog; Status Code: 400; Error Code: ThrottlingException; Request ID: 1; Proxy: null)"}, describe("security.cloudtrail_logs")},
		{faultCase{"statement", engine.Invalid, "workgroup hunting", "", ""}, nil, "athena:StartQueryExecution",
			athenatest.InvalidRequest("MALFORMED_QUERY", "line 1:1: mismatched input 'SELEC'. Expecting: 'ALTER', 'ANALYZE', <query>"), start},
		{faultCase{"long statement", engine.TooComplex, "statement", "", "fewer rules"}, nil, "athena:StartQueryExecution",
			athenatest.InvalidRequest("INVALID_INPUT", "1 validation error detected: Value '"+strings.Repeat("SELECT ", 40_000)+"' at 'queryString' failed to satisfy constraint: Member must have length less than or equal to 262144"), start},
		{faultCase{"token of another statement", engine.Other, "workgroup hunting", "", "same token"}, nil, "athena:StartQueryExecution",
			athenatest.InvalidRequest("IDEMPOTENT_PARAMETER_MISMATCH", "Idempotent parameters do not match"), start},
		{faultCase{"result that is gone", engine.Missing, "", "", "run it again"}, nil, "athena:GetQueryResults",
			athenatest.InvalidRequest("RESULT_NOT_FOUND", "Could not find results"), readAll},

		{faultCase{"expired", engine.Expired, "credentials", "", "AWS_PROFILE"}, nil, "athena:*",
			&athenatest.Refusal{Type: "ExpiredTokenException", Message: "The security token included in the request is expired"}, ping},
		{faultCase{"expired for S3", engine.Expired, "credentials", "", "AWS_PROFILE"}, nil, "s3:GetObject",
			&athenatest.Refusal{Status: 400, Type: "ExpiredToken", Message: "The provided token has expired."}, readAll},
		{faultCase{"unknown key", engine.Expired, "credentials", "", "region eu-west-1 is not enabled"}, nil, "athena:*",
			&athenatest.Refusal{Type: "UnrecognizedClientException", Message: "The security token included in the request is invalid."}, ping},
		{faultCase{"clock", engine.Misconfigured, "clock of this machine", "", "five minutes"}, nil, "athena:*",
			&athenatest.Refusal{Type: "InvalidSignatureException", Message: "Signature expired: 20261121T080000Z is now earlier than 20261121T090000Z (20261121T090500Z - 5 min.)"}, ping},
		{faultCase{"address of another region", engine.Misconfigured, "region eu-west-1", "", "another region"}, nil, "athena:*",
			&athenatest.Refusal{Type: "InvalidSignatureException", Message: "Credential should be scoped to a valid region, not 'eu-west-1'. "}, ping},
		{faultCase{"role", engine.Denied, "role " + hunt, "sts:AssumeRole", "external_id"},
			set(func(o *athena.Options) { o.Role, o.ExternalID = hunt, "wrong" }), "", nil, ping},
		{faultCase{"role that is busy", engine.Transient, "role " + hunt, "", ""},
			set(func(o *athena.Options) { o.Role, o.ExternalID = hunt, "outside" }), "sts:AssumeRole",
			&athenatest.Refusal{Status: 400, Type: "Throttling", Message: "Rate exceeded"}, ping},
		{faultCase{"role with ended credentials", engine.Expired, "credentials", "", "AWS_PROFILE"},
			set(func(o *athena.Options) { o.Role, o.ExternalID = hunt, "outside" }), "sts:AssumeRole",
			&athenatest.Refusal{Status: 403, Type: "ExpiredToken", Message: "The security token included in the request is expired"}, ping},
	} {
		t.Run(c.name, func(t *testing.T) {
			lake := hunting(t)
			o := options()
			if c.change != nil {
				c.change(&o)
			}
			if c.refusal != nil {
				lake.AddRule(athenatest.Rule{Action: c.action, Refusal: c.refusal})
			}
			err := c.do(t, open(t, lake, o))
			c.check(t, err)
			if len(err.Error()) > 3000 {
				t.Errorf("got an error of %d bytes, want at most 3000", len(err.Error()))
			}
		})
	}
}

// TestExhaustedStatementIsRetriedThenSplit checks a statement for which Athena had too little memory.
func TestExhaustedStatementIsRetriedThenSplit(t *testing.T) {
	lake := hunting(t)
	lake.AddRule(athenatest.Rule{Action: athenatest.Execution, Failure: athenatest.Exhausted()})
	e := open(t, lake, options())
	for _, c := range []struct {
		sql  string
		kind engine.Kind
	}{{"SELECT 1", engine.Transient}, {"SELECT 2", engine.Transient}, {"SELECT 1", engine.TooComplex}, {"SELECT 1", engine.TooComplex}} {
		if err := run(t, e, c.sql); engine.KindOf(err) != c.kind || engine.Retried(err) {
			t.Errorf("%s: got error %v, want kind %q of a query, not of a call", c.sql, err, c.kind)
		}
	}
}
