package athenatest

// A Failure is the end of a query that was accepted but has no result.
// https://docs.aws.amazon.com/athena/latest/ug/error-reference.html lists categories and types.
type Failure struct { //nolint:errname // mainly a value, and an error only for backends
	// State is "FAILED" or "CANCELLED"; "" means FAILED.
	State string
	// Reason becomes StateChangeReason.
	Reason string
	// Category is 1 for the system, 2 for the user, 3 for others; Type is one of the manual's numbers.
	Category, Type int
	Retryable      bool
}

// Error returns the reason.
func (f *Failure) Error() string { return f.Reason }

// errorTypes maps the names of Trino's errors to Athena's numbers.
var errorTypes = map[string]int{
	"TABLE_NOT_FOUND": 1301, "SCHEMA_NOT_FOUND": 1301, "COLUMN_NOT_FOUND": 1006, "TYPE_MISMATCH": 1002, "FUNCTION_NOT_FOUND": 1303,
	"DIVISION_BY_ZERO": 1001, "INVALID_CAST_ARGUMENT": 1100, "NOT_SUPPORTED": 1200, "SYNTAX_ERROR": 1006,
}

// failed returns a user error with the engine's message: "NAME: line 1:15: …".
func failed(reason string) *Failure {
	f := &Failure{Reason: reason, Category: 2, Type: 1000}
	for name, number := range errorTypes {
		if len(reason) > len(name) && reason[:len(name)] == name && reason[len(name)] == ':' {
			f.Type = number
		}
	}
	return f
}

// TableMissing returns the end of a query on a table that does not exist; the name is catalog.database.table.
func TableMissing(table string) *Failure {
	return failed("TABLE_NOT_FOUND: line 1:15: Table '" + table + "' does not exist")
}

// ColumnMissing returns the end of a query on a column that does not exist, or that the caller may not see.
func ColumnMissing(column string) *Failure {
	return failed("COLUMN_NOT_FOUND: line 1:8: Column '" + column + "' cannot be resolved or requester is not authorized to access requested resources")
}

// TooComplex returns the end of a query whose compiled program is too large.
func TooComplex() *Failure {
	return failed("QUERY_EXCEEDED_COMPILER_LIMIT: Query exceeded maximum columns. Please reduce the number of columns referenced and re-run the query.")
}

// TooManyStages returns the end of a query with too many parts.
func TooManyStages() *Failure {
	return failed("QUERY_HAS_TOO_MANY_STAGES: Number of stages in the query (167) exceeds the allowed maximum (150). If the query contains multiple aggregates with DISTINCT over different columns, please set the 'use_mark_distinct' session property to false.")
}

// Exhausted returns the end of a query that needs more memory than Athena gives it.
func Exhausted() *Failure {
	return &Failure{Reason: "Query exhausted resources at this scale factor", Category: 1, Type: 1, Retryable: true}
}

// Crashed returns the end of a query because of an internal error of the engine.
func Crashed() *Failure {
	return &Failure{Reason: "GENERIC_INTERNAL_ERROR: Query engine had an internal error", Category: 1, Type: 200, Retryable: true}
}

// TimedOut returns the end of a query that ran longer than the account's limit.
func TimedOut() *Failure {
	return &Failure{Reason: "Query timeout", Category: 1, Type: 206}
}

// GlueThrottled returns the end of a query because of too many requests to the data catalog.
func GlueThrottled() *Failure {
	return &Failure{Reason: "Rate exceeded (Service: AWSGlue; Status Code: 400; Error Code: ThrottlingException; Request ID: " + newID() + "; Proxy: null)",
		Category: 2, Type: 1401, Retryable: true}
}

// GlueDenied returns the end of a query whose caller lacks a permission of the data catalog, such as glue:GetTable.
func GlueDenied(principal, permission, resource string) *Failure {
	return &Failure{Category: 2, Type: 1500, Reason: "Insufficient permissions to execute the query. User: " + principal + " is not authorized to perform: " + permission +
		" on resource: " + resource + " because no identity-based policy allows the " + permission + " action (Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException; Request ID: " + newID() + "; Proxy: null)"}
}

// LakeFormationDenied returns the end of a query on a table for which Lake Formation grants no SELECT.
func LakeFormationDenied(table string) *Failure {
	return &Failure{Category: 2, Type: 1500,
		Reason: "Insufficient permissions to execute the query. Insufficient Lake Formation permission(s): Required Select on " + table}
}

// DataDenied returns the end of a query whose caller may not read the table's objects.
func DataDenied(object string) *Failure {
	return &Failure{Category: 2, Type: 1501, Reason: "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split " + object +
		" (offset=0, length=1048576): com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: " +
		newID() + "; S3 Extended Request ID: " + newID() + "; Proxy: null)"}
}

// PathDenied returns the other form of DataDenied: the caller may not list the objects of a partition, s3://bucket/prefix.
func PathDenied(path string) *Failure {
	return &Failure{Category: 2, Type: 1501, Reason: "Permission denied on S3 path: " + path}
}

// ResultsDenied returns the end of a query whose caller may not write to the output location.
func ResultsDenied(location string) *Failure {
	return &Failure{Category: 2, Type: 1501, Reason: "Access denied when writing output to url: " + location +
		" . Please ensure you are allowed to access the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key"}
}

// cutOff returns the end of a query that read more than its workgroup allows.
func cutOff() *Failure {
	return &Failure{State: cancelled, Reason: "Bytes scanned limit was exceeded"}
}

// stopped returns the end of a query that was stopped by StopQueryExecution.
func stopped() *Failure {
	return &Failure{State: cancelled, Reason: "Query cancelled by user"}
}
