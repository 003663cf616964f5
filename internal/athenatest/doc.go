// Package athenatest is a local endpoint that speaks the API of Amazon Athena, for tests: the part of it that a hunt uses,
// with S3 for the results and STS for roles. Only tests import it.
//
// One address serves all three, so that a client needs nothing but the environment that Env returns. In go calls as the
// AWS SDKs send them; SQL runs on a Backend, such as DuckDB or Trino of package sqltest; results land in a bucket as Athena
// writes them. Signatures, session tokens and clocks are checked as the services do.
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
// The backend works on a query as soon as it is started. The query is shown in the states QUEUED and RUNNING for as many
// polls, or for as long, as the options say, and until Release after Hold. So tests need no sleeping. Options.Now is the
// clock of the endpoint; clients whose clock is more than five minutes away are refused.
//
// # Errors
//
// A Rule gives an error to calls, to queries or to reads of objects; Faults give the errors of a bad day to a share of all
// calls, drawn from a seed. The functions that give a *Refusal, which answers a call, and a *Failure, which ends a query,
// have the shapes and words of the real service as far as they could be found:
//
//	no permission      Denied, DeniedByPolicy; DeniedMetadata, GlueDenied; DeniedByLakeFormation, LakeFormationDenied;
//	                   DataDenied, PathDenied, ResultsDenied, ObjectDenied
//	not there          MissingMetadata, TableMissing, ColumnMissing, OutputBucket, NoSuchBucket
//	too much           Throttled, TooManyQueries, SlowDown, GlueThrottled; TooComplex, TooManyStages, Exhausted, TimedOut
//	its own fault      Internal, Crashed
//
// Wrong signatures, expired sessions (Session, Expire), unknown workgroups, statements that are too long and reads beyond a
// workgroup's cut-off need no rule.
//
// # Processes
//
// The endpoint lives in the test's process, so that a test may kill the client and start another. Where the test itself is
// the client whose memory is measured, Serve and Launch put the endpoint into a process of its own. Results lie once on disk
// and once in the bucket, never as rows in memory: a Backend may give a million rows, one at a time.
//
// # Where it differs
//
// Permissions are not modelled: whoever signs correctly may do everything that no Rule forbids. Prepared statements, named
// queries, notebooks and managed results are missing. EXPLAIN answers with what the backend says.
package athenatest
