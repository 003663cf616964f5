package cli_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/egret-hunt/egret/internal/cli"
)

// TestTableOfABucket inspects a bucket on a server of S3's protocol on loopback.
func TestTableOfABucket(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("my-logs"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1/2026/02/03/a.json.gz",
		"AWSLogs/o-exampleorg1/222233334444/CloudTrail/us-east-1/2026/01/31/a.json.gz",
		"case/eu-west-1/2026/02/03/111122223333_CloudTrail_eu-west-1_20260203T0000Z_x.json.gz",
	} {
		if _, err := backend.PutObject("my-logs", key, nil, strings.NewReader(""), 0, nil); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	for _, tt := range []struct {
		args, want string
		code       int
	}{
		{"s3://my-logs", "'projection.account.values' = '111122223333,222233334444'", 0},
		{"s3://my-logs", "'projection.region.values' = 'eu-west-1,us-east-1'", 0},
		{"s3://my-logs", "'projection.timestamp.range' = '2026/01/31,NOW'", 0},
		{"s3://my-logs", "'s3://my-logs/AWSLogs/o-exampleorg1/${account}/CloudTrail/${region}/${timestamp}/'", 0},
		{"s3://my-logs", "note: the logs are from the trail of organisation o-exampleorg1", 0},
		{"s3://my-logs/case/", "'s3://my-logs/case/eu-west-1/${timestamp}/'", 0},
		{"s3://my-logs/nothing/", "error: s3://my-logs/nothing/: no logs of a known layout", 4},
		{"s3://no-such-logs/", "error: s3://no-such-logs/: NoSuchBucket", 4},
		{"s3://", "help: as in --inspect s3://my-logs/", 3},
	} {
		var stdout, stderr strings.Builder
		code := cli.Main([]string{"table", "ddl", "--inspect", tt.args}, strings.NewReader(""), &stdout, &stderr)
		if code != tt.code || !strings.Contains(stdout.String()+stderr.String(), tt.want) {
			t.Errorf("%s: exit code %d, no %q in\n%s%s", tt.args, code, tt.want, stdout.String(), stderr.String())
		}
		if code != 0 && stdout.Len() > 0 {
			t.Errorf("%s: %d bytes on stdout", tt.args, stdout.Len())
		}
	}
}
