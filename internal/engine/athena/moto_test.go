package athena_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/testkit"
)

// moto starts the server of the Python package moto, which simulates AWS independently of egret.
func moto(t *testing.T) string {
	testkit.Python(t, "moto.server, flask, flask_cors")
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	free.Close()
	if err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	// Do not use the test's context, which ends before Cleanup ends the server.
	server := exec.Command("python3", "-m", "moto.server", "-H", "127.0.0.1", "-p", port)
	server.Stdout, server.Stderr = &output, &output
	server.Env = append(os.Environ(), "AWS_ENDPOINT_URL=")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		server.Process.Kill()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Errorf("moto does not stop")
		}
	})
	address := "http://127.0.0.1:" + port
	for range 600 {
		if post(t, address+"/moto-api/reset", nil) == nil {
			return address
		}
		select {
		case err := <-ended:
			ended <- err
			t.Skipf("moto did not start: %v\n%s", err, output.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("moto does not answer")
	return ""
}

// post sends JSON to moto's own API.
func post(t *testing.T, address string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s answered %s", address, answer.Status)
	}
	return nil
}

// closedPages is a client to which Athena denies rows.
type closedPages struct{}

func (closedPages) Do(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Amz-Target") == "AmazonAthena.GetQueryResults" {
		return answers{http.StatusBadRequest, `{"__type": "AccessDeniedException", "Message": "You are not authorized to perform: athena:GetQueryResults on the resource."}`}.Do(r)
	}
	return http.DefaultClient.Do(r)
}

// TestMotoServer runs a statement's life cycle on moto as far as moto supports it: it runs no SQL, but returns
// predefined rows, from its API and as CSV on its S3.
func TestMotoServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starting moto takes seconds")
	}
	address := moto(t)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": address, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey,
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: &address, Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")}
	bucket := "egret-results"
	if _, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.NewFromConfig(cfg).CreateWorkGroup(t.Context(), &sdk.CreateWorkGroupInput{Name: aws.String("hunting"), Configuration: &types.WorkGroupConfiguration{
		EnforceWorkGroupConfiguration: aws.Bool(true), BytesScannedCutoffPerQuery: aws.Int64(20_000_000),
		ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://" + bucket + "/own/")}}}); err != nil {
		t.Fatal(err)
	}
	open := func(o athena.Options) *athena.Engine {
		e, err := athena.Open(t.Context(), quick(o))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close() })
		return e
	}

	t.Run("workgroup", func(t *testing.T) {
		e := open(athena.Options{Workgroup: "hunting"})
		g, err := e.Workgroup(t.Context())
		if err != nil || !g.Enforced || g.CutOffBytes != 20_000_000 || g.Output != "s3://egret-results/own/" {
			t.Errorf("got %+v (error %v)", g, err)
		}
		if err := e.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		none := open(athena.Options{Workgroup: "hunters", Output: "s3://egret-results/x/"})
		if err := none.Ping(t.Context()); engine.KindOf(err) != engine.Missing {
			t.Errorf("missing workgroup: got error %v", err)
		}
		nowhere := open(athena.Options{Output: "s3://egret-nothing/x/"})
		if err := nowhere.Ping(t.Context()); engine.KindOf(err) != engine.Missing {
			t.Errorf("missing bucket: got error %v", err)
		}
	})

	t.Run("rows", func(t *testing.T) {
		type datum map[string]string
		type row map[string][]datum
		value := func(text string) datum { return datum{"VarCharValue": text} }
		rows := []row{{"Data": {value("n"), value("txt")}}, {"Data": {value("1"), value("a, b\nc")}}, {"Data": {value("2"), {}}}, {"Data": {value("3"), value("")}}}
		column := func(name, kind string) map[string]any {
			return map[string]any{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": kind, "Precision": 1, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": false}
		}
		want := [][]any{{"1", "a, b\nc"}, {"2", nil}, {"3", ""}}
		for name, o := range map[string]athena.Options{"from Athena": {}, "from S3": {HTTP: closedPages{}}} {
			if err := post(t, address+"/moto-api/static/athena/query-results", map[string]any{"account_id": "123456789012", "region": "eu-west-1",
				"results": []any{map[string]any{"rows": rows, "column_info": []any{column("n", "bigint"), column("txt", "varchar")}}}}); err != nil {
				t.Fatal(err)
			}
			o.Output = "s3://egret-results/hunts/"
			columns, got, stats, err := read(t, open(o), engine.Statement{SQL: "SELECT n, txt FROM t", Token: "a"})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(columns) != 2 || columns[0].Name != "n" || columns[1].Name != "txt" || stats.Rows != 3 {
				t.Errorf("%s: got columns %v and %d rows", name, columns, stats.Rows)
			}
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s: got %#v, want %#v", name, got, want)
			}
		}
	})

	t.Run("states", func(t *testing.T) {
		if err := post(t, address+"/moto-api/state-manager/set-transition", map[string]any{"model_name": "athena::execution", "transition": map[string]any{"progression": "manual", "times": 3}}); err != nil {
			t.Fatal(err)
		}
		e := open(athena.Options{Output: "s3://egret-results/hunts/"})
		q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := q.Status(t.Context()); err != nil || s.State.Ended() {
			t.Errorf("got %+v (error %v), want a state that has not ended", s, err)
		}
		if stats, err := q.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }}); err != nil || stats.Rows != 0 {
			t.Errorf("got %+v (error %v), want no rows", stats, err)
		}
		again, err := e.Attach(t.Context(), q.ID())
		if err != nil {
			t.Fatal(err)
		}
		if s, err := again.Status(t.Context()); err != nil || s.State != engine.Succeeded {
			t.Errorf("got %+v (error %v), want succeeded", s, err)
		}
		stopped, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 2"})
		if err != nil {
			t.Fatal(err)
		}
		if err := stopped.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := stopped.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }}); engine.KindOf(err) != engine.Cancelled {
			t.Errorf("stopped query: got error %v", err)
		}
	})
}
