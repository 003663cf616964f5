// Package athenatest is a local fake of Amazon Athena for tests: the part of the API that a hunt uses, with S3 for the
// results and STS for roles. Only tests import it.
//
// All three services have the same address, so a client needs only the environment that Env returns. The endpoint
// accepts calls as the AWS SDKs send them. SQL runs on a Backend, such as DuckDB or Trino of package sqltest, and
// results are written to a bucket as Athena writes them. Signatures, session tokens and clocks are checked as the
// services do.
//
//	lake := athenatest.Start(t, athenatest.Options{
//		Backend: athenatest.SQL(sqltest.DuckDB(t)),
//		Scanned: func(sql string) int64 { return 3 << 30 },
//		Tables:  []athenatest.Table{{Database: "security", Name: "cloudtrail_logs", Columns: columns}},
//	})
//	lake.SetFaults(athenatest.Faults{Seed: 1, Throttled: 0.3, Failing: 0.05, Cut: 0.2})
//	lake.AddRule(athenatest.Rule{Action: athenatest.Execution, Match: "vpcflow", Times: 1, Failure: athenatest.TooComplex()})
//	cmd := exec.Command("egret", "hunt", "--lake", "prod")
//	cmd.Env = append(os.Environ(), lake.Env()...)
//	// … and afterwards:
//	for _, q := range lake.Queries() {
//		fmt.Println(q.State, q.ScannedBytes, len(q.Starts), q.SQL)
//	}
//
// # Time
//
// The backend starts work on a query immediately. The query is reported as QUEUED and RUNNING for the configured number
// of polls or duration, and after Hold or HoldIf until Release, so tests need not sleep. Options.Now is the clock of the
// endpoint; it rejects clients whose clock differs by more than five minutes.
//
// # Errors
//
// A Rule returns an error for calls, queries or reads of objects. Faults give errors to random shares of all calls,
// from a seed. The functions that return a *Refusal, which answers a call, and a *Failure, which ends a query, have the
// form and text of the real service as far as these are known:
//
//	no permission      Denied, DeniedByPolicy; DeniedMetadata, GlueDenied; DeniedByLakeFormation, LakeFormationDenied;
//	                   DataDenied, PathDenied, ResultsDenied, ObjectDenied
//	not there          MissingMetadata, TableMissing, ColumnMissing, OutputBucket, NoSuchBucket
//	too much           Throttled, TooManyQueries, SlowDown, GlueThrottled; TooComplex, TooManyStages, Exhausted, TimedOut
//	its own fault      Internal, Crashed
//
// Wrong signatures, expired sessions (Session, Expire), unknown workgroups, statements that are too long and reads
// beyond a workgroup's limit need no rule.
//
// # Processes
//
// The endpoint runs in the test's process, so a test can kill the client and start another. If the test itself is the
// client whose memory is measured, Serve and Launch run the endpoint in a separate process. Results are stored once on
// disk and once in the bucket, never as rows in memory: a Backend may return a million rows, one at a time.
//
// # Differences
//
// Permissions are not modelled: a client with a valid signature may do everything that no Rule forbids. Prepared
// statements, named queries, notebooks and managed results are missing. EXPLAIN returns what the backend says.
package athenatest
