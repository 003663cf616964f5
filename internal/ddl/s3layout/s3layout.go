// Package s3layout lets ddl.Inspect look into a bucket of Amazon S3.
//
// In go an address and what the environment says of credentials and region; out come names of folders and the first bytes
// of files. It is a leaf: no other package imports AWS's SDK for it. It only reads: ListObjectsV2 with a delimiter, and
// GetObject of a range.
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

// Scheme is what addresses of buckets begin with.
const Scheme = "s3://"

// maxPages is how many pages of up to a thousand names are read of one folder. Folders of days have a few names; only one
// that holds files by the thousand has more, and those are alike.
const maxPages = 20

// defaultRegion is asked where neither the caller nor the environment names one. S3 then tells the bucket's own.
const defaultRegion = "us-east-1"

// Bucket is a ddl.Lister of a bucket. It is for one goroutine.
type Bucket struct {
	name   string
	client *s3.Client
	config aws.Config
}

// Split takes an address apart: the bucket's name, and the folder below it, "" or with a slash at its end.
func Split(address string) (bucket, folder string) {
	bucket, folder, _ = strings.Cut(strings.TrimPrefix(address, Scheme), "/")
	if folder = strings.TrimLeft(folder, "/"); folder != "" && !strings.HasSuffix(folder, "/") {
		folder += "/"
	}
	return bucket, folder
}

// ErrCredentials says that nothing on this machine gives access to AWS.
var ErrCredentials = errors.New("no credentials of AWS")

// Open prepares access to a bucket with the credentials of the SDK's usual chain: environment, shared files, role of the
// machine. The region is "" for that of the environment. An endpoint of the environment (AWS_ENDPOINT_URL or
// AWS_ENDPOINT_URL_S3) is addressed by path, as servers other than AWS's mostly want it. The bucket is not asked yet.
func Open(ctx context.Context, bucket, region string) (*Bucket, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("configuration of AWS: %w", err)
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

// List gives the folders and files directly in a folder.
func (b *Bucket) List(ctx context.Context, folder string) (folders, files []string, err error) {
	input := &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &folder, Delimiter: aws.String("/")}
	for range maxPages {
		page, err := ask(b, func() (*s3.ListObjectsV2Output, error) { return b.client.ListObjectsV2(ctx, input) })
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
			// A key that is the folder itself is what consoles leave behind.
			if name := strings.TrimPrefix(aws.ToString(o.Key), folder); name != "" {
				files = append(files, name)
			}
		}
		if !aws.ToBool(page.IsTruncated) || aws.ToString(page.NextContinuationToken) == "" {
			return folders, files, nil
		}
		input.ContinuationToken = page.NextContinuationToken
	}
	// Thousands of access logs, whose names begin with a digit, may stand before the folder that matters most.
	if exists, err := b.exists(ctx, folder+logs+"/"); err != nil {
		return nil, nil, err
	} else if exists && !slices.Contains(folders, logs) {
		folders = append(folders, logs)
	}
	return folders, files, nil
}

// logs is the folder that AWS delivers logs to.
const logs = "AWSLogs"

func (b *Bucket) exists(ctx context.Context, folder string) (bool, error) {
	page, err := ask(b, func() (*s3.ListObjectsV2Output, error) {
		return b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &folder, MaxKeys: aws.Int32(1)})
	})
	if err != nil {
		return false, b.explain(folder, err)
	}
	return len(page.Contents) > 0, nil
}

// Head gives the first bytes of a file, at most n.
func (b *Bucket) Head(ctx context.Context, file string, n int) ([]byte, error) {
	limit := fmt.Sprintf("bytes=0-%d", n-1)
	object, err := ask(b, func() (*s3.GetObjectOutput, error) {
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

// ask asks, and asks once more in the bucket's own region where S3 says that it is another one.
func ask[T any](b *Bucket, call func() (T, error)) (T, error) {
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

// explain names what was asked for, and says in S3's own words what was wrong, without the SDK's around them.
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

// remembered keeps the credentials that it gives out of all texts.
type remembered struct{ aws.CredentialsProvider }

// Retrieve gives credentials.
func (r remembered) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := r.CredentialsProvider.Retrieve(ctx)
	redact.Remember(c.SecretAccessKey, c.SessionToken)
	return c, err
}
