package event

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
)

func count(events *atomic.Int64) func(int, *Batch) error {
	return func(_ int, b *Batch) error {
		n := int64(0)
		for b.Next() != nil {
			n++
		}
		events.Add(n)
		return nil
	}
}

// BenchmarkLargeGzip reads one large gzip of JSON lines: one worker decompresses, all of them parse.
func BenchmarkLargeGzip(b *testing.B) {
	const lines = 100_000
	path := filepath.Join(b.TempDir(), "large.json.gz")
	var text bytes.Buffer
	packer := gzip.NewWriter(&text)
	plain := 0
	for i := range lines {
		n, _ := fmt.Fprintf(packer, cloudTrailLine+"\n", i, i%7, i%251)
		plain += n
	}
	packer.Close()
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("%d-workers", workers), func(b *testing.B) {
			b.SetBytes(int64(plain))
			b.ReportAllocs()
			for b.Loop() {
				var events atomic.Int64
				if err := NewReader(Options{}).Run(context.Background(), []string{path}, workers, count(&events)); err != nil {
					b.Fatal(err)
				}
				if events.Load() != lines {
					b.Fatalf("%d events", events.Load())
				}
			}
		})
	}
}

func BenchmarkSmallFiles(b *testing.B) {
	folder := testkit.Shared(b, "data", "sans504")
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("%d-workers", workers), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var events atomic.Int64
				if err := NewReader(Options{}).Run(context.Background(), []string{folder}, workers, count(&events)); err != nil {
					b.Fatal(err)
				}
				if events.Load() != 30_477 {
					b.Fatalf("%d events", events.Load())
				}
			}
		})
	}
}

// cloudTrailLine is an event of typical size, with verbs for a number and two varying digits.
const cloudTrailLine = `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE:session",` +
	`"arn":"arn:aws:sts::111122223333:assumed-role/Builder/session","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE",` +
	`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE","arn":` +
	`"arn:aws:iam::111122223333:role/Builder","accountId":"111122223333","userName":"Builder"},"webIdFederationData":{},` +
	`"attributes":{"creationDate":"2026-01-02T03:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-01-02T03:04:05Z",` +
	`"eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.%[2]d",` +
	`"userAgent":"aws-sdk-go-v2/1.30 os/linux lang/go","requestParameters":{"maxResults":%[3]d,"instancesSet":{},` +
	`"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"web-%[3]d"}]}}]}},"responseElements":null,` +
	`"requestID":"5e0c1c2e-0000-4000-8000-%012[1]d","eventID":"6f0c1c2e-0000-4000-8000-%012[1]d","readOnly":true,` +
	`"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`
