package cli_test

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/egret-hunt/egret/internal/cli"
	"github.com/egret-hunt/egret/internal/testkit"
)

// s3Server is a server of S3's protocol on loopback with a bucket "my-logs" that holds the files of a folder below a
// prefix. Objects below "denied/" are refused.
func s3Server(folder, prefix string) (*httptest.Server, error) {
	backend := s3mem.New()
	if err := backend.CreateBucket("my-logs"); err != nil {
		return nil, err
	}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		below, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		_, err = backend.PutObject("my-logs", prefix+filepath.ToSlash(below), nil, file, info.Size(), nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	s3 := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/denied/") {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
			return
		}
		s3.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	return server, nil
}

// s3Environment points AWS's SDK at a server.
func s3Environment(url string) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "not-to-be-shown-anywhere", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "eu-west-1", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "2",
	}
}

// startS3 FOLDER, in scripts, serves the folder as the bucket my-logs until the script ends.
func startS3(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: s3 FOLDER")
	}
	server, err := s3Server(ts.MkAbs(args[0]), "")
	ts.Check(err)
	ts.Defer(server.Close)
	for name, value := range s3Environment(server.URL) {
		ts.Setenv(name, value)
	}
}

// TestABucketGivesWhatItsCopyGives: findings byte for byte, and the same counts, of a bucket and of the folder that it was
// made of; also in a range of time, and with the second pass that --context takes.
func TestABucketGivesWhatItsCopyGives(t *testing.T) {
	if testing.Short() {
		t.Skip("hunts four times with all rules for AWS: left out with -short")
	}
	folder := testkit.Shared(t, "data", "sans504")
	rules := testkit.Shared(t, "data", "sigmahq", "rules", "cloud", "aws")
	local := filepath.Join(t.TempDir(), "AWSLogs", "342082656213", "CloudTrail")
	if err := os.MkdirAll(filepath.Dir(local), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(folder, local); err != nil {
		t.Fatal(err)
	}
	server, err := s3Server(folder, "AWSLogs/342082656213/CloudTrail/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	for name, value := range s3Environment(server.URL) {
		t.Setenv(name, value)
	}
	hunt := func(path string, flags ...string) (string, map[string]any, int) {
		ledgerFile := filepath.Join(t.TempDir(), "ledger.json")
		var stdout, stderr strings.Builder
		args := append([]string{"hunt", path, "--rules", "starter", "--rules", rules, "--format", "jsonl", "--ledger", ledgerFile}, flags...)
		code := cli.Main(args, strings.NewReader(""), &stdout, &stderr)
		text, err := os.ReadFile(ledgerFile)
		if err != nil {
			t.Fatalf("%v: %s", err, stderr.String())
		}
		var ledger map[string]any
		if err := json.Unmarshal(text, &ledger); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(stdout.String()+stderr.String()+string(text), "not-to-be-shown-anywhere") {
			t.Error("a secret is shown")
		}
		return stdout.String(), ledger, code
	}
	for least, flags := range map[int][]string{100: nil, 1: {"--from", "2021-07-30T12:00", "--to", "2021-07-31T06:00", "--context", "5m"}} {
		if flags == nil && !testkit.Long() {
			continue // all days take seconds
		}
		want, wantLedger, wantCode := hunt(local, flags...)
		got, gotLedger, gotCode := hunt("s3://my-logs/AWSLogs/", flags...)
		if strings.Count(want, "\n") < least {
			t.Errorf("%v: only %d findings", flags, strings.Count(want, "\n"))
		}
		if got = strings.ReplaceAll(got, "s3://my-logs/AWSLogs/342082656213/CloudTrail", local); got != want {
			t.Errorf("%v: other findings", flags)
		}
		if gotCode != wantCode {
			t.Errorf("%v: exit code %d, want %d", flags, gotCode, wantCode)
		}
		for _, part := range []string{"records", "gaps", "quiet"} {
			want, _ := json.Marshal(wantLedger[part])
			got, _ := json.Marshal(gotLedger[part])
			if string(got) != string(want) || len(want) < 10 && flags == nil {
				t.Errorf("%v: %s are %s, want %s", flags, part, got, want)
			}
		}
	}
}
