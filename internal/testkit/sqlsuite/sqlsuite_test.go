package sqlsuite_test

import (
	"testing"

	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqlsuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

func TestCasesOnDuckDB(t *testing.T) { sqlsuite.Cases(t, sqltest.DuckDB(t)) }

func TestCasesOnTrinoIntegration(t *testing.T) { sqlsuite.Cases(t, sqltest.Trino(t)) }

// sqliteRefuses lists the diagnostics of what SQLite lacks, such as regular expressions and numbers in texts.
var sqliteRefuses = []string{"feature-in-sql", "field-in-table"}

func TestCasesOnSQLite(t *testing.T) { sqlsuite.Cases(t, sqltest.SQLite(t), sqliteRefuses...) }

func TestRandomOnSQLite(t *testing.T) {
	sqlsuite.Random(t, sqltest.SQLite(t), sqlsuite.Size{Rounds: testkit.Rounds(1, 2, 2), Rules: testkit.Rounds(30, 60, 60), Events: testkit.Rounds(50, 50, 100), Seed: 1}, sqliteRefuses...)
}

func TestCloudTrailOnSQLite(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	sqlsuite.CloudTrail(t, sqltest.SQLite(t), sqlsuite.Table{
		Layout: "cloudtrail/files", Row: sqltest.Row, Public: true, Refused: map[string]string{}, Sample: 8, Refusals: sqliteRefuses,
	})
}

func TestRandomOnDuckDB(t *testing.T) {
	sqlsuite.Random(t, sqltest.DuckDB(t), sqlsuite.Size{Rounds: testkit.Rounds(1, 1, 6), Rules: testkit.Rounds(60, 80, 100), Events: testkit.Rounds(50, 50, 200), Seed: 1})
}

func TestRandomOnTrinoIntegration(t *testing.T) {
	sqlsuite.Random(t, sqltest.Trino(t), sqlsuite.Size{Rounds: 1, Rules: 60, Events: 100, Seed: 2})
}

// athenaTable is the table of AWS's documentation.
var athenaTable = sqlsuite.Table{
	Layout: "cloudtrail/athena", Row: sqltest.Row, Packed: "eventid",
	Refused: map[string]string{samlProvider: "status"},
}

// samlProvider is a rule on a field that CloudTrail does not have.
const samlProvider = "ccd6a6c8-bb4e-4a91-9d2a-07e632819374"

func TestCloudTrailOnDuckDB(t *testing.T) {
	sqlsuite.CloudTrail(t, sqltest.DuckDB(t), sampled(athenaTable))
}

func TestCloudTrailOnTrinoIntegration(t *testing.T) {
	table := athenaTable
	table.Public = true
	sqlsuite.CloudTrail(t, sqltest.Trino(t), table)
}

// wholeParameters are the rules on the text of all parameters or of an object in them; version 1 of Security Lake has only
// their leaves.
var wholeParameters = map[string]string{
	samlProvider:                           "status",
	"33ac5236-442f-47d2-9edb-5aef496d0182": "requestParameters", "221494a9-f696-41f0-b2c5-d5efdc2c8257": "requestParameters",
	"d6c01385-f9cc-4c28-b672-e57eb62a86ff": "requestParameters", "795462c0-dbf9-4764-9a37-bd620450d304": "requestParameters",
	"cbd17f52-7675-4214-a082-ddb85f3845f9": "requestParameters", "54b12904-e7ef-427c-96a2-9ad1926c5289": "requestParameters",
	"ae805e2b-a8d8-4b3d-bb89-8cb5a232b270": "requestParameters", "a136ac98-b2bc-4189-a14d-f0d0388e57a7": "requestParameters",
	"54b9a76a-3c71-4673-b4b3-2edb4566ea7b": "responseElements", "db014773-7375-4f4e-b83b-133337c0ffee": "requestParameters",
	"d29671c9-5ba6-4801-a44d-37d736d720ac": "requestParameters.advancedEventSelectors",
	"0ed17235-9503-481d-9b87-ca4d1f806093": "requestParameters.ipPermissions",
	"62e1565c-4dcd-4b8d-8af9-273a7f7eb5ab": "requestParameters.environment",
	"02fc6e0b-d77e-49ef-98ab-5f0503f86ddf": "requestParameters.BucketLoggingStatus.LoggingEnabled",
	"84b34797-8aab-4189-a3e2-be9f9ed4e28a": "requestParameters.PutAccessPointPolicyRequest.Policy",
	"bb50b365-7b51-4d33-a87a-ce2d9feb8584": "requestParameters.bucketPolicy",
	"77be8842-d9a4-4a8e-8fc2-5ca35f98b45f": "requestParameters.bucketPolicy",
	"cafd44e1-b84f-412d-9c91-79edd76b8dc8": "requestParameters.bucketPolicy",
	"656d72ef-7e50-44ee-bb93-24d53473a2d5": "requestParameters.filters",
}

// signIn is the name of a call as generated events also have it. The service that maps events knows the call by its own
// letters only, and does not move what it answers in an event of another name.
const signIn = `"cONSOLElOGIN"`

// lakeTables are the tables of Security Lake, filled with the mapping of package sqltest.
var lakeTables = []sqlsuite.Table{
	{Layout: "cloudtrail/security-lake-v1", Row: sqltest.OCSFRow, Never: signIn, Texts: true, Refused: wholeParameters},
	{Layout: "cloudtrail/security-lake-v2", Row: sqltest.OCSFRow, Never: signIn, Refused: map[string]string{samlProvider: "status"}},
}

// otherTables are further table layouts of CloudTrail.
var otherTables = []sqlsuite.Table{
	{Layout: "cloudtrail/files", Row: sqltest.Row, Public: true, Refused: map[string]string{}},
	{Layout: "cloudtrail/athena-partitioned", Row: sqltest.Row, Public: true, Refused: map[string]string{samlProvider: "status"}},
	{Layout: "cloudtrail/athena-org", Row: sqltest.Row, Public: true, Refused: map[string]string{samlProvider: "status"}},
	{Layout: "cloudtrail/lake", Row: sqltest.Row, Public: true, Refused: map[string]string{samlProvider: "status"}},
}

// sampled returns a table for which each eighth record of the exercise is enough, unless testkit.Long.
func sampled(table sqlsuite.Table) sqlsuite.Table {
	table.Sample = 8
	return table
}

func TestOtherTablesOnDuckDB(t *testing.T) {
	for _, table := range otherTables {
		t.Run(table.Layout, func(t *testing.T) { sqlsuite.CloudTrail(t, sqltest.DuckDB(t), sampled(table)) })
	}
}

func TestSecurityLakeOnDuckDB(t *testing.T) {
	for _, table := range lakeTables {
		t.Run(table.Layout, func(t *testing.T) { sqlsuite.CloudTrail(t, sqltest.DuckDB(t), sampled(table)) })
	}
}

func TestSecurityLakeOnTrinoIntegration(t *testing.T) {
	for _, table := range lakeTables {
		table.Public = true
		t.Run(table.Layout, func(t *testing.T) { sqlsuite.CloudTrail(t, sqltest.Trino(t), sampled(table)) })
	}
}

func TestInjectionOnDuckDB(t *testing.T) {
	sqlsuite.Injection(t, sqltest.DuckDB(t), testkit.Rounds(30, 30, -1), 200)
}

func TestInjectionOnTrinoIntegration(t *testing.T) {
	sqlsuite.Injection(t, sqltest.Trino(t), 300, sqlgen.MaxPacked)
}

func TestSTIXInjectionOnDuckDB(t *testing.T) {
	sqlsuite.InjectionSTIX(t, sqltest.DuckDB(t), testkit.Rounds(30, 30, -1), 200)
}

func TestSTIXInjectionOnTrinoIntegration(t *testing.T) {
	sqlsuite.InjectionSTIX(t, sqltest.Trino(t), 30, 60)
}

func TestInjectionOnSQLite(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a thousand statements")
	}
	sqlsuite.Injection(t, sqltest.SQLite(t), testkit.Rounds(20, 20, 300), 1)
}

func TestHostileNamesOnSQLite(t *testing.T) { sqlsuite.HostileNames(t, sqltest.SQLite(t), 100) }

func TestRandomPlainOnSQLite(t *testing.T) {
	sqlsuite.RandomPlain(t, sqltest.SQLite(t), sqlsuite.Size{Rounds: 3, Rules: 300, Events: 100, Seed: 7})
}

func TestHostileNamesOnDuckDB(t *testing.T) {
	sqlsuite.HostileNames(t, sqltest.DuckDB(t), testkit.Rounds(100, 300, -1))
}

func TestHostileNamesOnTrinoIntegration(t *testing.T) {
	sqlsuite.HostileNames(t, sqltest.Trino(t), 20)
}

func TestRandomTypedOnDuckDB(t *testing.T) {
	sqlsuite.RandomTyped(t, sqltest.DuckDB(t), sqlsuite.Size{Rounds: testkit.Rounds(1, 2, 5), Rules: 100, Events: 100, Seed: 3})
}

func TestRandomTypedOnTrinoIntegration(t *testing.T) {
	sqlsuite.RandomTyped(t, sqltest.Trino(t), sqlsuite.Size{Rounds: 1, Rules: 50, Events: 50, Seed: 4})
}

func TestRandomGenericOnDuckDB(t *testing.T) {
	sqlsuite.RandomGeneric(t, sqltest.DuckDB(t), sqlsuite.Size{Rounds: testkit.Rounds(1, 2, 5), Rules: 500, Events: 100, Seed: 5})
}

func TestRandomGenericOnTrinoIntegration(t *testing.T) {
	sqlsuite.RandomGeneric(t, sqltest.Trino(t), sqlsuite.Size{Rounds: 1, Rules: 300, Events: 50, Seed: 6})
}

func TestRandomKnownOnDuckDB(t *testing.T) {
	sqlsuite.RandomKnown(t, sqltest.DuckDB(t), sqlsuite.Size{Rounds: 2, Rules: 300, Events: 50, Seed: 7})
}

func TestRandomKnownOnTrinoIntegration(t *testing.T) {
	sqlsuite.RandomKnown(t, sqltest.Trino(t), sqlsuite.Size{Rounds: 1, Rules: 60, Events: 50, Seed: 8})
}

func TestTimeRangeOnDuckDB(t *testing.T) { sqlsuite.TimeRange(t, sqltest.DuckDB(t)) }

func TestTimeRangeOnTrinoIntegration(t *testing.T) { sqlsuite.TimeRange(t, sqltest.Trino(t)) }

func TestOlderTablesOnDuckDB(t *testing.T) {
	sqlsuite.OlderTables(t, sqltest.DuckDB(t), testkit.Rounds(4, 4, 1), "duckdb")
}

func TestOlderTablesOnTrinoIntegration(t *testing.T) {
	sqlsuite.OlderTables(t, sqltest.Trino(t), 12, "trino", "athena")
}

func TestCopiesOnDuckDB(t *testing.T) { sqlsuite.Copies(t, sqltest.DuckDB(t)) }

func TestCopiesOnTrinoIntegration(t *testing.T) { sqlsuite.Copies(t, sqltest.Trino(t)) }

func TestTimeZonesOnDuckDB(t *testing.T) { sqlsuite.TimeZones(t, sqltest.DuckDB(t)) }

func TestTimeZonesOnTrinoIntegration(t *testing.T) { sqlsuite.TimeZones(t, sqltest.Trino(t)) }

// postgresRefuses lists the diagnostics of what PostgreSQL lacks, such as structs and URL encoding.
var postgresRefuses = []string{"feature-in-sql", "field-in-table"}

func TestCasesOnPostgres(t *testing.T) {
	sqlsuite.Cases(t, sqltest.Postgres(t), postgresRefuses...)
}

func TestRandomOnPostgres(t *testing.T) {
	sqlsuite.Random(t, sqltest.Postgres(t), sqlsuite.Size{Rounds: testkit.Rounds(1, 2, 6), Rules: 60, Events: 100, Seed: 1}, postgresRefuses...)
}

func TestRandomPlainOnPostgres(t *testing.T) {
	sqlsuite.RandomPlain(t, sqltest.Postgres(t), sqlsuite.Size{Rounds: 3, Rules: 300, Events: 100, Seed: 7})
}

func TestInjectionOnPostgres(t *testing.T) {
	sqlsuite.Injection(t, sqltest.Postgres(t), testkit.Rounds(40, 100, 300), 1)
}

func TestHostileNamesOnPostgres(t *testing.T) { sqlsuite.HostileNames(t, sqltest.Postgres(t), 100) }

func TestCloudTrailOnPostgres(t *testing.T) {
	sqlsuite.CloudTrail(t, sqltest.Postgres(t), sqlsuite.Table{
		Layout: "cloudtrail/files", Row: sqltest.Row, Public: true, Refused: map[string]string{}, Sample: 8, Refusals: postgresRefuses,
	})
}

func TestTimeRangeOnPostgres(t *testing.T) {
	sqlsuite.TimeRange(t, sqltest.Postgres(t), "lake", "security-lake")
}
