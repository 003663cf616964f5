package s3layout_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/egret-hunt/egret/internal/ddl"
	"github.com/egret-hunt/egret/internal/ddl/s3layout"
)

// serve starts an S3 server on loopback with the given objects and points the environment at it.
func serve(t *testing.T, objects map[string]string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("my-logs"); err != nil {
		t.Fatal(err)
	}
	for key, text := range objects {
		if _, err := backend.PutObject("my-logs", key, nil, strings.NewReader(text), int64(len(text)), nil); err != nil {
			t.Fatal(err)
		}
	}
	environment(t, gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
}

func environment(t *testing.T, handler http.Handler) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
}

func TestAddressesAreTakenApart(t *testing.T) {
	for address, want := range map[string][2]string{
		"s3://my-logs": {"my-logs", ""}, "s3://my-logs/": {"my-logs", ""}, "s3://my-logs/a/b": {"my-logs", "a/b/"},
		"s3://my-logs//a/": {"my-logs", "a/"}, "s3://": {"", ""},
	} {
		if bucket, folder := s3layout.Split(address); bucket != want[0] || folder != want[1] {
			t.Errorf("%s: %q, %q, want %q", address, bucket, folder, want)
		}
	}
}

func TestInspectsABucket(t *testing.T) {
	serve(t, map[string]string{
		"trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/02/03/a.json.gz":   "",
		"trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2025/11/03/a.json.gz":   "",
		"trail/AWSLogs/222233334444/CloudTrail/us-east-1/2025/11/05/a.json.gz":   "",
		"trail/AWSLogs/222233334444/vpcflowlogs/us-east-1/2025/11/05/a.log":      "version srcaddr\n2 192.0.2.1\n",
		"trail/AWSLogs/222233334444/CloudTrail-Digest/us-east-1/2020/01/01/a.gz": "",
		"trail/AWSLogs/": "",
	})
	b, err := s3layout.Open(t.Context(), "my-logs", "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ddl.Inspect(t.Context(), b, "trail/", "cloudtrail", ddl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := got.Options
	if o.Prefix != "trail" || fmt.Sprint(o.Accounts) != "[111122223333 222233334444]" || fmt.Sprint(o.Regions) != "[eu-west-1 us-east-1]" ||
		o.From.Format(time.DateOnly) != "2025-11-03" {
		t.Errorf("got %+v", got)
	}
	got, err = ddl.Inspect(t.Context(), b, "", "vpcflow", ddl.Options{})
	if err != nil || fmt.Sprint(got.Options.Format) != "[version srcaddr]" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestManyNamesComeInPages: S3 returns a thousand names at a time.
func TestManyNamesComeInPages(t *testing.T) {
	objects := map[string]string{}
	for i := range 1500 {
		objects[fmt.Sprintf("x/%04d/a", i)] = ""
	}
	objects["x/zz"] = "0123456789"
	serve(t, objects)
	b, err := s3layout.Open(t.Context(), "my-logs", "")
	if err != nil {
		t.Fatal(err)
	}
	folders, files, err := b.List(t.Context(), "x/")
	if err != nil || len(folders) != 1500 || len(files) != 1 || folders[1499] != "1499" || files[0] != "zz" {
		t.Errorf("got %d folders, files %v, %v", len(folders), files, err)
	}
	if head, err := b.Head(t.Context(), "x/zz", 4); err != nil || string(head) != "0123" {
		t.Errorf("%q, %v", head, err)
	}
}

// TestAWSLogsIsFoundBehindManyFiles: access logs at the top of a bucket come before AWSLogs in its order.
func TestAWSLogsIsFoundBehindManyFiles(t *testing.T) {
	objects := map[string]string{"AWSLogs/111122223333/CloudTrail/eu-west-1/2026/02/03/a.json.gz": ""}
	for i := range 20_001 {
		objects[fmt.Sprintf("2026-02-03-04-05-06-%016X", i)] = ""
	}
	serve(t, objects)
	b, err := s3layout.Open(t.Context(), "my-logs", "")
	if err != nil {
		t.Fatal(err)
	}
	folders, files, err := b.List(t.Context(), "")
	if err != nil || fmt.Sprint(folders) != "[AWSLogs]" || len(files) != 20_000 {
		t.Errorf("got folders %v, %d files, %v", folders, len(files), err)
	}
}

func TestFaultsNameTheBucket(t *testing.T) {
	serve(t, nil)
	b, err := s3layout.Open(t.Context(), "no-such-logs", "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.List(t.Context(), "x/"); err == nil || !strings.Contains(err.Error(), "s3://no-such-logs/x/: NoSuchBucket") {
		t.Errorf("%v", err)
	}
	if _, err := b.Head(t.Context(), "x", 1); err == nil || !strings.Contains(err.Error(), "s3://no-such-logs/x: NoSuch") {
		t.Errorf("%v", err)
	}
}

func TestMissingCredentialsAreReported(t *testing.T) {
	serve(t, nil)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("HOME", t.TempDir())
	if _, err := s3layout.Open(t.Context(), "my-logs", "eu-west-1"); !errors.Is(err, s3layout.ErrCredentials) {
		t.Errorf("%v", err)
	}
}

// TestFollowsABucketToItsRegion: S3 rejects a request that is signed for another region and returns the bucket's region
// in a header ("Bucket region" in the API reference of HeadBucket).
func TestFollowsABucketToItsRegion(t *testing.T) {
	var asked []string
	environment(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		region := "none"
		if parts := strings.Split(r.Header.Get("Authorization"), "/"); len(parts) > 2 {
			region = parts[2]
		}
		asked = append(asked, region)
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		if region != "eu-central-1" {
			w.WriteHeader(http.StatusMovedPermanently)
			fmt.Fprint(w, `<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>`)
			return
		}
		fmt.Fprint(w, `<ListBucketResult><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>AWSLogs/</Prefix></CommonPrefixes></ListBucketResult>`)
	}))
	b, err := s3layout.Open(t.Context(), "my-logs", "")
	if err != nil {
		t.Fatal(err)
	}
	folders, _, err := b.List(t.Context(), "")
	if err != nil || fmt.Sprint(folders) != "[AWSLogs]" || fmt.Sprint(asked) != "[us-east-1 eu-central-1]" {
		t.Errorf("%v, %v, asked %v", folders, err, asked)
	}
}
