package athenatest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/testkit"
)

// numbers is a backend for a few statements.
func numbers(ctx context.Context, sql string) ([]athenatest.Column, athenatest.Rows, error) {
	columns := []athenatest.Column{{Name: "n", Type: "bigint"}, {Name: "text", Type: "varchar"}}
	switch sql {
	case "SELECT * FROM nothing":
		return nil, nil, athenatest.TableMissing("awsdatacatalog.security.nothing")
	case "SELECT slowly":
		<-ctx.Done()
		return nil, nil, ctx.Err()
	}
	return columns, func(yield func([]any, error) bool) {
		for n := range int64(2500) {
			row := []any{n, nil}
			if n > 0 {
				row[1] = fmt.Sprintf("say %q", fmt.Sprint(n))
			}
			if !yield(row, nil) {
				return
			}
		}
	}, nil
}

func scanned(sql string) int64 {
	if sql == "SELECT a lot" {
		return 30_000_000
	}
	return 12_345_678
}

// TestForeignClient runs the whole life cycle with boto3, which is independent of this package.
func TestForeignClient(t *testing.T) {
	testkit.Python(t, "boto3")
	server := athenatest.Start(t, athenatest.Options{
		Backend: athenatest.BackendFunc(numbers), Scanned: scanned, QueuedPolls: 1, RunningPolls: 2,
		WorkGroups: []athenatest.WorkGroup{
			{Name: "hunting", OutputLocation: "s3://results/hunts/", Enforced: true, BytesCutoff: 20_000_000},
			{Name: "nowhere"},
		},
		Tables: []athenatest.Table{
			{Database: "security", Name: "vpc"},
			{Database: "security", Name: "cloudtrail_logs", PartitionKeys: []athenatest.Column{{Name: "day", Type: "string"}},
				Columns: []athenatest.Column{{Name: "eventname", Type: "string"}, {Name: "useridentity", Type: "struct<type:string,arn:string>"}}},
		},
		Roles: []athenatest.Role{{ARN: "arn:aws:iam::111122223333:role/hunt", ExternalID: "outside"}},
	})
	for match, refusal := range map[string]*athenatest.Refusal{
		"busy": athenatest.TooManyQueries(), "throttled": athenatest.Throttled(), "broken": athenatest.Internal(),
		"denied": athenatest.Denied("athena:StartQueryExecution"),
	} {
		server.AddRule(athenatest.Rule{Action: "athena:StartQueryExecution", Match: match, Refusal: refusal})
	}
	server.AddRule(athenatest.Rule{Action: "s3:*", Match: "results/slow", Refusal: athenatest.SlowDown()})
	server.AddRule(athenatest.Rule{Action: "s3:*", Match: "results/denied", Refusal: athenatest.ObjectDenied()})
	old := server.Session("arn:aws:sts::111122223333:assumed-role/hunt/old", -time.Second)

	cmd := exec.CommandContext(t.Context(), "python3", "testdata/lifecycle.py")
	cmd.Env = append(os.Environ(), server.Env()...)
	cmd.Env = append(cmd.Env, "OLD_KEY="+old.AccessKey, "OLD_SECRET="+old.Secret, "OLD_TOKEN="+old.SessionToken)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "life cycle complete") {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := server.Started()["SELECT * FROM numbers"]; n != 2 {
		t.Errorf("got %d starts of the query on numbers, want 2: one by two calls with the same token, one to reuse its result", n)
	}
	redirected := slices.ContainsFunc(server.Calls(), func(c athenatest.Call) bool { return c.Error == "PermanentRedirect" })
	if !redirected {
		t.Error("got no S3 request that was redirected to the bucket's region")
	}
	if q := server.Queries()[0]; len(q.Starts) != 2 || q.State != "SUCCEEDED" || q.ScannedBytes != 12_345_678 {
		t.Errorf("first query: %+v", q)
	}
}
