package athena

import (
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// symptom is a text with which a service reports an error, and its meaning. Its other texts may refer to groups of the
// pattern as $1, and to options as {region}, {workgroup}, {output}, {login} and {role}.
type symptom struct {
	// says matches "Name: message" of an error that answers a call, or the reason of a failed query.
	says *lazyre.Regexp
	kind engine.Kind
	// thing is the subject of the error, "" for that of the call. ARNs are converted to words.
	thing string
	// permission is the missing permission; "" for none or, if kind is Denied, for the call's.
	permission string
	help       string
	// quiet omits the message, which may repeat the signed request.
	quiet bool
}

// Help texts that several symptoms, or other functions, use.
const (
	helpLogin     = "renew them: {login}"
	helpWorkgroup = "check the name, and that the region is {region}: a workgroup belongs to one region"
	helpNoOutput  = "name one as output: s3://bucket/prefix/, or give the workgroup one"
	helpComplex   = "fewer rules in one statement"
	helpRegion    = "check the region {region}; a newer region must be enabled for the account"
	helpData      = "the table's definition does not fit its files; `egret table check` compares the two"
	helpLake      = "a Lake Formation administrator grants it to {who}"
	helpSource    = "allow {who} s3:GetObject and s3:ListBucket on the location of the logs, also in the bucket's policy, and kms:Decrypt on its key if it has one"
	helpOutput    = "allow {who} s3:GetBucketLocation, s3:ListBucket, s3:GetObject, s3:PutObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts there, and kms:GenerateDataKey and kms:Decrypt on its key if it has one"
)

// symptoms are in order: the first match counts. Athena's texts come from its manual and from users' reports; they may
// contain those of other services, with "Service: …; Error Code: …".
var symptoms = []symptom{
	// Credentials.
	{says: re(`^(ExpiredToken|RequestExpired|TokenRefreshRequired)|Error Code: ExpiredToken|security token included in the request is expired|provided token has expired`),
		kind: engine.Expired, thing: "credentials", help: helpLogin},
	{says: re(`^(UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|MissingAuthenticationToken|InvalidToken|NotSignedUp|OptInRequired)`),
		kind: engine.Expired, thing: "credentials", help: helpLogin + "; or the region {region} is not enabled for the account"},
	{says: re(`^(InvalidSignatureException|SignatureDoesNotMatch|RequestTimeTooSkewed|RequestInTheFuture).*(expired|not yet current|too large)|^(RequestTimeTooSkewed|RequestInTheFuture)`),
		kind: engine.Misconfigured, thing: "clock of this machine", help: "correct it: it is off by more than five minutes", quiet: true},
	{says: re(`scoped to a valid region|^AuthorizationHeaderMalformed`),
		kind: engine.Misconfigured, thing: "region {region}", help: "the address belongs to another region", quiet: true},
	{says: re(`^(InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature)`),
		kind: engine.Expired, thing: "credentials", help: "the secret key does not belong to the access key; " + helpLogin, quiet: true},

	// Too many calls or queries.
	{says: re(`^(Throttling|ThrottledException|TooManyRequestsException|SlowDown|RequestLimitExceeded|RequestThrottled|InternalServerException|InternalError|InternalFailure|ServiceUnavailable|RequestTimeout)|Rate exceeded|reduce your request rate|Error Code: (SlowDown|503 Slow Down|Throttl|RequestLimitExceeded|InternalError|ServiceUnavailable)|exceeded the limit for the number of queries|Insufficient capacity to execute`),
		kind: engine.Transient, help: "Athena or the account's quota is busy: fewer queries at a time"},

	// Permissions. Lake Formation comes before other reasons in the same message.
	{says: re(`Insufficient Lake Formation permission\(s\):? Required ([A-Za-z ]+?) on ([^\s()]+)`),
		kind: engine.Denied, thing: "$2", permission: "Lake Formation $1", help: helpLake},
	{says: re(`Insufficient Lake Formation permission\(s\) on ([^\s()]+)`),
		kind: engine.Denied, thing: "$1", permission: "Lake Formation SELECT and DESCRIBE", help: helpLake},
	{says: re(`Insufficient Lake Formation permission|Principal does not have any privilege on specified resource`),
		kind: engine.Denied, permission: "Lake Formation SELECT", help: helpLake},
	{says: re(`not authorized to perform: (sts:AssumeRole)\b`),
		kind: engine.Denied, thing: "role {role}", permission: "$1", help: "the role's trust policy must name {caller}, and external_id must be the one that it requires"},
	{says: re(`not authorized to perform: (lakeformation:[A-Za-z]+)`),
		kind: engine.Denied, thing: "Lake Formation", permission: "$1", help: "allow it to {who}"},
	{says: re(`not authorized to perform: (kms:[A-Za-z]+)(?:.*? on (?:the )?resources?:? (arn:\S+))?`),
		kind: engine.Denied, thing: "KMS key $2", permission: "$1", help: "allow it in a policy of {who} and in the key's own"},
	{says: re(`not authorized to perform: ([a-z0-9-]+:[A-Za-z*]+)(?:.*? on (?:the )?resources?:? (arn:\S+))?`),
		kind: engine.Denied, thing: "$2", permission: "$1", help: "allow it to {who}"},
	{says: re(`Access denied when writing (?:output|to location|results?)[^:]*: *(s3://\S+)`),
		kind: engine.Denied, thing: "place of results $1", permission: "s3:PutObject", help: helpOutput},
	{says: re(`Service: (?:AWSKMS|AWS KMS|Kms);.*AccessDenied|KMS\.(?:AccessDenied|Disabled|NotFound)`),
		kind: engine.Denied, thing: "KMS key", permission: "kms:Decrypt", help: "allow it in a policy of {who} and in that of the key which encrypts the logs"},
	{says: re(`Permission denied on S3 path: *(s3[an]?://\S+)`),
		kind: engine.Denied, thing: "logs in $1", permission: "s3:ListBucket", help: helpSource},
	{says: re(`(?:access denied on|Error opening Hive split|Failed to (?:open|read|list)[^:]*:?|path:?) *(s3[an]?://[^\s,]+).*(?:Access Denied|AccessDenied|403)|access denied on (s3[an]?://[^\s,]+)`),
		kind: engine.Denied, thing: "logs in $1$2", permission: "s3:GetObject", help: helpSource},
	{says: re(`.Access ?Denied.*Service: (?:Amazon )?S3;|Service: (?:Amazon )?S3;.*Access ?Denied`),
		kind: engine.Denied, thing: "logs", permission: "s3:GetObject", help: helpSource},
	{says: re(`Service: (?:AWSGlue|AmazonDataCatalog|Glue);.*AccessDenied`),
		kind: engine.Denied, permission: "glue:GetTable", help: "allow {who} to read the data catalog: glue:GetDatabase, glue:GetTable and glue:GetPartitions"},

	// The location of results.
	{says: re(`Unable to verify/create output bucket *([A-Za-z0-9.-]*)`),
		kind: engine.Misconfigured, thing: "bucket $1", permission: "s3:GetBucketLocation",
		help: "the bucket of results must exist in the region {region}, and {who} must be allowed to see its location"},
	{says: re(`No output location provided`), kind: engine.Misconfigured, thing: "workgroup {workgroup}", help: helpNoOutput},
	{says: re(`outputLocation is not a valid|Invalid (?:S3 )?(?:output|result) ?location`),
		kind: engine.Misconfigured, thing: "output {output}", help: "use a location such as s3://bucket/prefix/"},
	{says: re(`^(?:PermanentRedirect|IllegalLocationConstraintException)|must be addressed using the specified endpoint`),
		kind: engine.Misconfigured, help: "the bucket is in another region than {region}"},
	{says: re(`NoSuchBucket|specified bucket does not exist`), kind: engine.Missing, help: "check the name of the bucket"},
	{says: re(`(?:Service: (?:AWSKMS|AWS KMS|Kms);|^KMS\.).*(?:NotFound|Disabled|InvalidState|InvalidKeyUsage)`),
		kind: engine.Misconfigured, thing: "KMS key", help: "the key does not exist, is not enabled, or is in another region"},

	// The workgroup.
	{says: re(`WorkGroup\b.*\bnot (?:be )?found|WorkGroup .*does not exist`), kind: engine.Missing, thing: "workgroup {workgroup}", help: helpWorkgroup},
	{says: re(`WorkGroup\b.*\bdisabled`), kind: engine.Misconfigured, thing: "workgroup {workgroup}", help: "enable it, or name another workgroup"},
	{says: re(`^InvalidRequestException.*(?:enforce|client-side settings|override)`),
		kind: engine.Misconfigured, thing: "workgroup {workgroup}", help: "the workgroup enforces its own settings: leave out output and encryption"},

	// Limits.
	{says: re(`Bytes scanned limit was exceeded`), kind: engine.OverLimit, thing: "workgroup {workgroup}",
		help: "the workgroup ends queries that read more than its cut-off: use a shorter time range, or a higher cut-off"},
	{says: re(`QUERY_EXCEEDED_COMPILER_LIMIT|COMPILER_ERROR|QUERY_HAS_TOO_MANY_STAGES|QUERY_TEXT_TOO_L|OPTIMIZER_TIMEOUT|STACK_OVERFLOW|STATEMENT_TOO|stack overflow|statement is too (?:large|long)|too complex|exceeds the allowed maximum \(\d+\)|queryString' failed to satisfy constraint: Member must have length less`),
		kind: engine.TooComplex, thing: "statement", help: helpComplex},
	{says: exhausted, kind: engine.Transient, thing: "statement", help: "Athena had too little memory for the statement"},
	{says: re(`^Query time(?:d )?out|EXCEEDED_TIME_LIMIT|exceeded (?:the )?maximum (?:run|execution|query)? ?time`),
		kind: engine.OverLimit, thing: "statement", help: "it ran longer than the account's quota for DML queries allows: use shorter chunks of time (--slice)"},
	{says: re(`HIVE_EXCEEDED_PARTITION_LIMIT|more than \d+ partitions`), kind: engine.Misconfigured, thing: "table",
		help: "the time range must exclude most partitions: use a shorter one, or a table with fewer"},
	{says: re(`injected projected partition column ([^\s,]+)`), kind: engine.Misconfigured, thing: "partition column $1",
		help: "its projection is injected, so that each query must name its values"},

	// Things that do not exist.
	{says: re(`QueryExecution \S* ?was not found|^QUERY_EXECUTION_NOT_FOUND`), kind: engine.Missing,
		help: "Athena keeps queries for 45 days, and only in their region, {region}"},
	{says: re(`Could not find results|^RESULT_NOT_FOUND|^NoSuchKey`), kind: engine.Missing,
		help: "the result was deleted, or the query had none: run it again"},
	{says: re(`\bTable '?([^\s']+)'? does not exist|Table not found:? (\S+)`), kind: engine.Missing, thing: "table $1$2", help: "check table, database and the region {region}"},
	{says: re(`\bSchema '?([^\s']+)'? (?:does not exist|not found)|Database '?([^\s':]+)'? (?:was )?(?:not found|does not exist)`), kind: engine.Missing, thing: "database $1$2", help: "check the database and the region {region}"},
	{says: re(`\bCatalog '?([^\s']+)'? (?:does not exist|not found)|Data ?catalog '?([^\s']+)'? (?:was )?(?:not found|does not exist)`), kind: engine.Missing, thing: "catalog $1$2", help: "check the catalog and the region {region}"},
	{says: re(`^(?:TABLE|SCHEMA|CATALOG)_NOT_FOUND|Entity ?Not ?Found`), kind: engine.Missing, help: "check table, database and the region {region}"},
	{says: re(`(?:COLUMN_NOT_FOUND.*?)?Column '([^']+)' cannot be resolved`), kind: engine.Invalid, thing: "column $1",
		help: "the table has no such column, or Lake Formation hides it from {who}"},
	{says: re(`^PreconditionFailed`), kind: engine.Other, help: "the result was replaced while it was read: run the query again"},

	// Stopped.
	{says: re(`^Query (?:was )?cancell?ed|^USER_CANCELED|^ADMINISTRATIVELY_KILLED`), kind: engine.Cancelled},

	// The statement, and the data.
	{says: re(`^IDEMPOTENT_PARAMETER_MISMATCH|Idempotent parameters do not match`), kind: engine.Other, help: "another statement was started with the same token"},
	{says: re(`^(?:SYNTAX_ERROR|TYPE_MISMATCH|FUNCTION_NOT_FOUND|COLUMN_NOT_FOUND|NOT_SUPPORTED|AMBIGUOUS_[A-Z_]+|MISSING_[A-Z_]+|DUPLICATE_[A-Z_]+|EXPRESSION_NOT_[A-Z_]+|INVALID_(?:LITERAL|COLUMN_REFERENCE|PARAMETER_USAGE|ARGUMENTS|SPATIAL_PARTITIONING))\b|mismatched input|no viable alternative|extraneous input|^InvalidRequestException: (?:line \d+:\d+|.*queryString)`),
		kind: engine.Invalid},
	{says: re(`^(?:INVALID_CAST_ARGUMENT|INVALID_FUNCTION_ARGUMENT|DIVISION_BY_ZERO|NUMERIC_VALUE_OUT_OF_RANGE|SUBQUERY_MULTIPLE_ROWS|JSON_(?:INPUT|OUTPUT)_CONVERSION_ERROR|PATH_EVALUATION_ERROR)\b`),
		kind: engine.BadValue},
	{says: re(`^(?:HIVE_BAD_DATA|HIVE_CURSOR_ERROR|HIVE_INVALID_METADATA|HIVE_PARTITION_SCHEMA_MISMATCH|HIVE_UNSUPPORTED_FORMAT|ICEBERG_BAD_DATA|ICEBERG_INVALID_METADATA)`),
		kind: engine.Other, help: helpData},

	// Names of exceptions without more information.
	{says: re(`^AccessDenied`), kind: engine.Denied, help: "allow it to {who}"},
	{says: re(`^(?:403|Forbidden)\b`), kind: engine.Denied, help: "allow it to {who}"},
}

// exhausted matches Athena's messages about too little memory. The same statement may succeed later, when others use
// less memory; the second time it counts as too complex.
var exhausted = re(`Query exhausted resources|EXCEEDED_(?:GLOBAL_|LOCAL_|CLUSTER_)?MEMORY_LIMIT|CLUSTER_OUT_OF_MEMORY|INSUFFICIENT_RESOURCES`)

func re(pattern string) *lazyre.Regexp { return lazyre.New(`(?is)` + pattern) }
