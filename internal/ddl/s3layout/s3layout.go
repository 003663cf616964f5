// Package s3layout implements ddl.Lister for buckets of Amazon S3.
//
// It takes an address, and credentials and region from the environment, and returns names of folders and the first
// bytes of files. It is a leaf: no other package imports the AWS SDK for this purpose. It only reads, with
// ListObjectsV2 with a delimiter and GetObject with a range.
package s3layout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/egret-hunt/egret/internal/redact"
)

// Scheme begins the addresses of buckets.
const Scheme = "s3://"

// maxPages is the number of pages, of up to a thousand names each, that are read for one folder. Day folders have few
// names; only folders with thousands of files have more, and those files are alike.
const maxPages = 20

// defaultRegion is used if neither the caller nor the environment names one. S3 then returns the bucket's region.
const defaultRegion = "us-east-1"

// A Bucket is a ddl.Lister for a bucket. It must not be used concurrently.
type Bucket struct {
	name   string
	client *s3.Client
	config aws.Config
}

// Split splits an address into the bucket's name and the folder below it, which is "" or ends in a slash.
func Split(address string) (bucket, folder string) {
	bucket, folder, _ = strings.Cut(strings.TrimPrefix(address, Scheme), "/")
	if folder = strings.TrimLeft(folder, "/"); folder != "" && !strings.HasSuffix(folder, "/") {
		folder += "/"
	}
	return bucket, folder
}

// ErrCredentials means that the environment has no AWS credentials.
var ErrCredentials = errors.New("no AWS credentials")

// Open prepares access to a bucket with the credentials of the SDK's default chain: environment, shared files, machine
// role. If region is "", the environment's region is used. A custom endpoint from the environment (AWS_ENDPOINT_URL or
// AWS_ENDPOINT_URL_S3) gets path-style addresses, as most other servers need them. Open does not send a request.
func Open(ctx context.Context, bucket, region string) (*Bucket, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	cfg.Credentials = remembered{cfg.Credentials}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	b := &Bucket{name: bucket, config: cfg}
	b.connect()
	return b, nil
}

func (b *Bucket) connect() {
	b.client = s3.NewFromConfig(b.config, func(o *s3.Options) {
		o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL") != "" || os.Getenv("AWS_ENDPOINT_URL_S3") != ""
		o.DisableLogOutputChecksumValidationSkipped = true
	})
}

// List returns the folders and files directly in a folder.
func (b *Bucket) List(ctx context.Context, folder string) (folders, files []string, err error) {
	input := &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &folder, Delimiter: aws.String("/")}
	for range maxPages {
		page, err := withRegion(b, func() (*s3.ListObjectsV2Output, error) { return b.client.ListObjectsV2(ctx, input) })
		if err != nil {
			return nil, nil, b.explain(folder, err)
		}
		for _, p := range page.CommonPrefixes {
			name := strings.TrimSuffix(strings.TrimPrefix(aws.ToString(p.Prefix), folder), "/")
			if name != "" {
				folders = append(folders, name)
			}
		}
		for _, o := range page.Contents {
			// Consoles create keys that equal the folder itself.
			if name := strings.TrimPrefix(aws.ToString(o.Key), folder); name != "" {
				files = append(files, name)
			}
		}
		if !aws.ToBool(page.IsTruncated) || aws.ToString(page.NextContinuationToken) == "" {
			return folders, files, nil
		}
		input.ContinuationToken = page.NextContinuationToken
	}
	// Thousands of access logs, whose names begin with a digit, may come before the folder that matters most.
	if exists, err := b.exists(ctx, folder+logs+"/"); err != nil {
		return nil, nil, err
	} else if exists && !slices.Contains(folders, logs) {
		folders = append(folders, logs)
	}
	return folders, files, nil
}

// logs is the folder to which AWS delivers logs.
const logs = "AWSLogs"

func (b *Bucket) exists(ctx context.Context, folder string) (bool, error) {
	page, err := withRegion(b, func() (*s3.ListObjectsV2Output, error) {
		return b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &folder, MaxKeys: aws.Int32(1)})
	})
	if err != nil {
		return false, b.explain(folder, err)
	}
	return len(page.Contents) > 0, nil
}

// Head returns at most the first n bytes of a file.
func (b *Bucket) Head(ctx context.Context, file string, n int) ([]byte, error) {
	limit := fmt.Sprintf("bytes=0-%d", n-1)
	object, err := withRegion(b, func() (*s3.GetObjectOutput, error) {
		return b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &file, Range: &limit})
	})
	if err != nil {
		return nil, b.explain(file, err)
	}
	defer object.Body.Close()
	head, err := io.ReadAll(io.LimitReader(object.Body, int64(n)))
	if err != nil {
		return nil, b.explain(file, err)
	}
	return head, nil
}

// withRegion makes a call, and repeats it in the bucket's own region if S3 reports that this is another one.
func withRegion[T any](b *Bucket, call func() (T, error)) (T, error) {
	result, err := call()
	var response *smithyhttp.ResponseError
	if err == nil || !errors.As(err, &response) {
		return result, err
	}
	region := response.HTTPResponse().Header.Get("X-Amz-Bucket-Region")
	if region == "" || region == b.config.Region {
		return result, err
	}
	b.config.Region = region
	b.connect()
	return call()
}

// explain returns an error with the address and S3's message, without the text that the SDK adds.
func (b *Bucket) explain(key string, err error) error {
	where := Scheme + b.name + "/" + key
	var fault smithy.APIError
	if errors.As(err, &fault) {
		text := fault.ErrorMessage()
		var response *smithyhttp.ResponseError
		if text == "" && errors.As(err, &response) {
			text = fmt.Sprintf("HTTP status %d", response.HTTPStatusCode())
		}
		return fmt.Errorf("%s: %s: %s", where, fault.ErrorCode(), redact.Fault(text))
	}
	return fmt.Errorf("%s: %w", where, err)
}

// remembered makes package redact remove the credentials that it provides.
type remembered struct{ aws.CredentialsProvider }

// Retrieve returns credentials and remembers them for redaction.
func (r remembered) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := r.CredentialsProvider.Retrieve(ctx)
	redact.Remember(c.SecretAccessKey, c.SessionToken)
	return c, err
}
