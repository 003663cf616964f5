package athena_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// TestCutOffFollowsStatement checks that the workgroup's limit follows the statement's only if the workgroup is used
// by egret alone.
func TestCutOffFollowsStatement(t *testing.T) {
	for _, own := range []bool{true, false} {
		lake := athenatest.Start(t, athenatest.Options{Backend: many(3), Scanned: func(string) int64 { return 30_000_000 },
			WorkGroups: []athenatest.WorkGroup{{Name: "hunting", OutputLocation: "s3://athena-results/"}}})
		e := open(t, lake, athena.Options{Workgroup: "hunting", CutOff: own})
		limit := func() int64 {
			g, _ := lake.WorkGroup("hunting")
			return g.BytesCutoff
		}
		for _, c := range []struct {
			maxBytes, limit int64
			updates         int
			kind            engine.Kind
			over            bool
		}{
			{0, 0, 0, engine.Other, false},
			{50_000_000, 50_000_000, 1, engine.Other, false},
			{50_000_000, 50_000_000, 1, engine.Other, false},
			{20_000_000, 20_000_000, 2, engine.OverLimit, true},
			{5, 10_000_000, 3, engine.OverLimit, true},
			{1 << 40, 1 << 40, 4, engine.Other, false},
		} {
			if !own {
				c.limit, c.updates, c.over = 0, 0, false
			}
			_, _, stats, err := read(t, e, engine.Statement{SQL: "SELECT 1", MaxBytes: c.maxBytes})
			if (err != nil) != c.over || c.over && engine.KindOf(err) != c.kind {
				t.Errorf("%d: got error %v", c.maxBytes, err)
			}
			if c.over && stats.ScannedBytes != c.limit {
				t.Errorf("%d: got %d bytes read, want %d", c.maxBytes, stats.ScannedBytes, c.limit)
			}
			if got, updates := limit(), lake.Count("athena:UpdateWorkGroup"); got != c.limit || updates != c.updates {
				t.Errorf("%d: got cut-off %d after %d updates, want %d after %d", c.maxBytes, got, updates, c.limit, c.updates)
			}
		}
	}
}

// TestWorkgroupIsDescribed checks Athena's description of a workgroup, and that statements run if access to it is
// denied.
func TestWorkgroupIsDescribed(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(3), WorkGroups: []athenatest.WorkGroup{
		{Name: "hunting", OutputLocation: "s3://athena-results/x/", Enforced: true, BytesCutoff: 12_000_000, Encryption: "SSE_KMS", KMSKey: "k"}}})
	e := open(t, lake, athena.Options{Workgroup: "hunting", Output: "s3://athena-results/x", Encryption: "sse-kms", KMSKey: "k"})
	g, err := e.Workgroup(t.Context())
	want := athena.Workgroup{Name: "hunting", Enforced: true, Output: "s3://athena-results/x/", Encryption: "SSE_KMS", KMSKey: "k", CutOffBytes: 12_000_000, EngineVersion: "Athena engine version 3"}
	if err != nil || g != want {
		t.Errorf("got %+v (error %v), want %+v", g, err, want)
	}
	// Settings that equal the workgroup's are valid.
	if err := e.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := run(t, e, "SELECT 1"); err != nil {
		t.Error(err)
	}
	lake.AddRule(athenatest.Rule{Action: "athena:GetWorkGroup", Refusal: athenatest.Denied("athena:GetWorkGroup")})
	denied := open(t, lake, athena.Options{Workgroup: "hunting", Output: "s3://athena-results/x"})
	if err := run(t, denied, "SELECT 1"); err != nil {
		t.Errorf("workgroup without access: got error %v", err)
	}
}

// TestLocationOfResults checks that results are stored where the options or else the workgroup say.
func TestLocationOfResults(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(500), Buckets: []string{"results"},
		WorkGroups: []athenatest.WorkGroup{{Name: "nowhere"}}})
	for _, c := range []struct{ workgroup, output, want string }{
		{"", "", "s3://athena-results/"}, {"", "s3://results/a/b/", "s3://results/a/b/"}, {"nowhere", "s3://results", "s3://results/"},
	} {
		e := open(t, lake, athena.Options{Workgroup: c.workgroup, Output: c.output})
		_, rows, _, err := read(t, e, engine.Statement{SQL: "SELECT 1"})
		if err != nil {
			t.Fatal(err)
		}
		checkMany(t, rows, 500)
		queries := lake.Queries()
		if q := queries[len(queries)-1]; !strings.HasPrefix(q.Output, c.want) {
			t.Errorf("got result in %s, want %s", q.Output, c.want)
		}
	}
	// Ping succeeds if access to the bucket is denied.
	lake.AddRule(athenatest.Rule{Action: "s3:GetBucketLocation", Refusal: athenatest.ObjectDenied()})
	if err := open(t, lake, athena.Options{}).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	c := faultCase{"", engine.Denied, "bucket athena-results", "s3:GetBucketLocation", ""}
	c.check(t, open(t, lake, athena.Options{ExpectedBucketOwner: "999999999999"}).Ping(t.Context()))
}

// TestManagedResultsAreReadFromAthena checks that results that Athena stores itself need no location, and are read
// from Athena.
func TestManagedResultsAreReadFromAthena(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(3)})
	const group = `"WorkGroup": {"Name": "managed", "State": "ENABLED", "Configuration": {"ManagedQueryResultsConfiguration": {"Enabled": true}}}`
	rows := `"ResultSet": {"ResultSetMetadata": {"ColumnInfo": [{"Name": "n", "Type": "bigint"}]}, "Rows": [{"Data": [{"VarCharValue": "n"}]}, {"Data": [{"VarCharValue": "1"}]}]}`
	client := &recorder{answers: answers{200, `{"QueryExecutionId": "x", "QueryExecution": {"StatementType": "DML", "Status": {"State": "SUCCEEDED"}}, ` + rows + ", " + group + `}`}}
	e := open(t, lake, athena.Options{Workgroup: "managed", HTTP: client, ExpectedBucketOwner: "111122223333"})
	if err := e.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	_, got, _, err := read(t, e, engine.Statement{SQL: "SELECT 1"})
	if err != nil || len(got) != 1 || got[0][0] != "1" {
		t.Errorf("got %v (error %v)", got, err)
	}
	if strings.Contains(client.sent, "ResultConfiguration") || !strings.Contains(client.sent, `"WorkGroup":"managed"`) {
		t.Errorf("got request %s, want one without a location", client.sent)
	}
	c := faultCase{"", engine.Misconfigured, "workgroup managed", "", "leave out output"}
	c.check(t, open(t, lake, athena.Options{Workgroup: "managed", HTTP: client, Output: "s3://results/"}).Ping(t.Context()))
}

// recorder records the requests.
type recorder struct {
	answers

	sent string
}

func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		r.sent += string(body)
	}
	return r.answers.Do(request)
}

// TestReusedResultIsFree checks that an earlier result costs nothing.
func TestReusedResultIsFree(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(500), Scanned: func(string) int64 { return 30 << 20 }})
	e := open(t, lake, athena.Options{Reuse: 90 * time.Second})
	for _, reused := range []bool{false, true} {
		_, rows, stats, err := read(t, e, engine.Statement{SQL: "SELECT 1"})
		if err != nil {
			t.Fatal(err)
		}
		checkMany(t, rows, 500)
		billed := int64(30 << 20)
		if reused {
			billed = 0
		}
		if stats.Reused != reused || stats.BilledBytes != billed {
			t.Errorf("got %+v, want reused %v", stats, reused)
		}
	}
}

// TestEstimateExplainsForFree checks the estimate from EXPLAIN, and its cost.
func TestEstimateExplainsForFree(t *testing.T) {
	plan := `{"inputTableColumnInfos" : [ {"table" : {"catalog" : "awsdatacatalog", "schemaTable" : {"schema" : "db", "table" : "t"}}, "constraint" : {"none" : false, "columnConstraints" : [ {"columnName" : "day",
"domain" : {"ranges" : [ {"low" : {"value" : "2026/01/01"}, "high" : {"value" : "2026/01/02"}} ]}} ]},
"estimate" : {"outputRowCount" : "NaN", "outputSizeInBytes" : "NaN"}} ]}`
	lake := athenatest.Start(t, athenatest.Options{Backend: athenatest.Explained(many(3), func(string) string { return plan }), Scanned: func(string) int64 { return 1 << 30 },
		Tables: []athenatest.Table{{Database: "db", Name: "t", PartitionKeys: []athenatest.Column{{Name: "day", Type: "string"}}}}})
	e := open(t, lake, athena.Options{Reuse: time.Hour})
	got, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT n FROM t WHERE day = 'x'", Bounds: sqltest.Bounds("SELECT n FROM t WHERE day = 'x'")})
	if err != nil || got.Bytes != -1 || got.Rows != -1 || !got.Known || !slices.Equal(got.Constrained, []string{"day"}) {
		t.Errorf("got %+v (error %v)", got, err)
	}
	if q := lake.Queries()[0]; q.ScannedBytes != 0 || q.SQL != "EXPLAIN (TYPE IO, FORMAT JSON) SELECT n FROM t WHERE day = 'x'" {
		t.Errorf("got %+v, want a free EXPLAIN", q)
	}
	if _, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT n FROM t WHERE day = 'y'", Bounds: sqltest.Bounds("SELECT n FROM t WHERE day = 'y'")}); err != nil || lake.Count("athena:GetTableMetadata") != 1 {
		t.Errorf("got %d requests for the layout (error %v), want 1", lake.Count("athena:GetTableMetadata"), err)
	}
	lake.AddRule(athenatest.Rule{Action: "athena:GetTableMetadata", Refusal: athenatest.Denied("athena:GetTableMetadata")})
	if got, err := open(t, lake, athena.Options{}).Estimate(t.Context(), engine.Statement{SQL: "SELECT n FROM t WHERE day = 'x'", Bounds: sqltest.Bounds("SELECT n FROM t WHERE day = 'x'")}); err != nil || got.Known {
		t.Errorf("table without access: got %+v (error %v)", got, err)
	}
	plan = "Fragment 0"
	if got, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT 1"}); err != nil || got.Known || got.Bytes != -1 || got.Rows != -1 {
		t.Errorf("unknown plan: got %+v (error %v)", got, err)
	}
	lake.AddRule(athenatest.Rule{Action: athenatest.Execution, Times: 1, Failure: &athenatest.Failure{Reason: "NOT_SUPPORTED: line 1:1: EXPLAIN with type IO is not supported", Category: 2, Type: 1200}})
	if got, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT 1"}); err != nil || got.Known {
		t.Errorf("unsupported EXPLAIN: got %+v (error %v)", got, err)
	}
	lake.AddRule(athenatest.Rule{Action: athenatest.Execution, Times: 1, Failure: athenatest.TableMissing("awsdatacatalog.db.t")})
	if _, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT 1"}); engine.KindOf(err) != engine.Missing {
		t.Errorf("missing table: got error %v", err)
	}
	// The longest statements can run but not be explained.
	long := "SELECT " + strings.Repeat("1", 262_144-len("SELECT "))
	if got, err := e.Estimate(t.Context(), engine.Statement{SQL: long}); err != nil || got.Known {
		t.Errorf("longest statement: got %+v (error %v)", got, err)
	}
	if _, err := e.Start(t.Context(), engine.Statement{SQL: long + "1"}); engine.KindOf(err) != engine.TooComplex {
		t.Errorf("Start of a statement that is too long: got error %v", err)
	}
	if _, err := e.Estimate(t.Context(), engine.Statement{SQL: long + "1"}); engine.KindOf(err) != engine.TooComplex {
		t.Errorf("Estimate of a statement that is too long: got error %v", err)
	}
}

// TestAttachReadsAgainForFree checks that another process finds a query, and reads it without paying again.
func TestAttachReadsAgainForFree(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: many(1000), Scanned: func(string) int64 { return 12 << 20 }})
	lake.Hold()
	first := open(t, lake, athena.Options{})
	q, err := first.Start(t.Context(), engine.Statement{SQL: "SELECT 1", Token: "hunt-1"})
	if err != nil {
		t.Fatal(err)
	}
	second := open(t, lake, athena.Options{})
	again, err := second.Start(t.Context(), engine.Statement{SQL: "SELECT 1", Token: "hunt-1"})
	if err != nil || again.ID() != q.ID() {
		t.Fatalf("same token: got %v (error %v), want %s", again, err, q.ID())
	}
	attached, err := second.Attach(t.Context(), q.ID())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := attached.Status(t.Context()); err != nil || s.State != engine.Running {
		t.Errorf("got %+v (error %v), want running", s, err)
	}
	lake.Release()
	var rows int
	stats, err := attached.Read(t.Context(), engine.Result{Row: func([]any) error { rows++; return nil }})
	if err != nil || rows != 1000 || stats.BilledBytes != 12<<20 {
		t.Errorf("got %d rows, %+v (error %v)", rows, stats, err)
	}
	if n := len(lake.Queries()); n != 1 {
		t.Errorf("got %d queries, want 1", n)
	}
}
