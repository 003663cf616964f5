// Package s3 provides log files in buckets of Amazon S3, and of compatible stores, to package event.
//
// The input is addresses (s3://bucket/key of an object, a folder, a prefix, or a glob) and a time range; the output is
// the objects with their sizes, and their bytes. It only reads: ListObjectsV2, GetObject, and HeadObject if listing is
// denied. It is a leaf: it imports the AWS SDK, and only the command line imports it.
//
// Folders are listed level by level, many at a time, so that days outside the range, digests and Insights cost no extra
// request. A throttled or failed request is retried with growing pauses. A broken connection is resumed with If-Match,
// so that all bytes belong to the same version. Large objects are read in pieces, a few of them ahead.
//
// Keys and answers are untrusted: keys never become local paths, listings are bounded, and messages are shortened.
package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/redact"
)

// Options control the access to S3. The zero value takes everything from the environment and AWS's shared files.
type Options struct {
	// Profile is a profile of the shared files, "" for the environment's.
	Profile string
	// Region is the region to try first, "" for that of the environment or profile; S3 reports the bucket's region.
	Region string
	// RequestPayer means that the caller pays for requests to requester-pays buckets.
	RequestPayer bool
	// Pause returns the wait before a retry, by the number of the attempt from 1. The default is half a second that
	// doubles up to five seconds, minus up to half of it at random.
	Pause func(trial int) time.Duration
	// Stall is how long a connection may deliver nothing before it counts as broken; 0 means one minute.
	Stall time.Duration
}

const (
	// trials is the maximum number of attempts for a request, unless AWS_MAX_ATTEMPTS is set.
	trials = 12
	// firstPause is the wait after the first failure, longestPause the maximum.
	firstPause   = 500 * time.Millisecond
	longestPause = 5 * time.Second
	// connections is how many idle connections to one server are kept: enough for the fetches, the pieces of large
	// objects and the listings, also on large machines.
	connections = 512
	// defaultRegion is used if neither the caller nor the environment sets one.
	defaultRegion = "us-east-1"
)

// A Store is an event.Remote for all buckets that the credentials can access. It is safe for concurrent use.
type Store struct {
	options Options
	config  aws.Config
	pause   func(trial int) time.Duration

	buffers sync.Pool // *[pieceSize]byte: memory of pieces, for reuse

	mu      sync.Mutex
	buckets map[string]*bucket
}

var _ event.Remote = (*Store)(nil)

// ErrCredentials means that the environment has no AWS credentials.
var ErrCredentials = errors.New("no AWS credentials")

// ErrConfig means that AWS's shared files or environment cannot be read, for example because a profile is missing.
var ErrConfig = errors.New("AWS configuration")

// Open prepares access with the credentials of the SDK's default chain: environment, shared files, machine role. It
// sends no request. A custom endpoint of the environment or profile (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3,
// endpoint_url) gets path-style addresses, as most other servers need them. Errors are ErrCredentials or ErrConfig.
func Open(ctx context.Context, options Options) (*Store, error) {
	if options.Stall <= 0 {
		options.Stall = time.Minute
	}
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = connections, connections
		t.ResponseHeaderTimeout = options.Stall
	})
	load := []func(*config.LoadOptions) error{
		config.WithHTTPClient(client),
		config.WithLogger(logging.Nop{}), // the default logger writes to stderr
	}
	if options.Region != "" {
		load = append(load, config.WithRegion(options.Region))
	}
	if options.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(options.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrConfig, clean(err.Error()))
	}
	cfg.Credentials = remembered{cfg.Credentials}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrCredentials, clean(err.Error()))
	}
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	// TLS protects the content and the reader hashes it, so the SDK need not hash it too.
	cfg.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	s := &Store{options: options, config: cfg, pause: options.Pause, buckets: map[string]*bucket{}}
	if s.pause == nil {
		s.pause = backoff.Policy{First: firstPause, Max: longestPause}.Pause
	}
	s.config.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = trials
			o.RateLimiter = ratelimit.None // a quota shared by all objects would fail some because of others
			o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) { return s.pause(attempt), nil })
		})
	}
	return s, nil
}

// bucket holds what is known of one bucket: its region.
type bucket struct {
	name  string
	store *Store

	mu     sync.Mutex
	region string
	client *s3.Client
}

func (s *Store) bucket(name string) *bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[name]
	if b == nil {
		b = &bucket{name: name, store: s, region: s.config.Region, client: s.client(s.config.Region)}
		s.buckets[name] = b
	}
	return b
}

func (s *Store) client(region string) *s3.Client {
	cfg := s.config.Copy()
	cfg.Region = region
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil
		o.DisableLogOutputChecksumValidationSkipped = true
	})
}

func (s *Store) payer() types.RequestPayer {
	if s.options.RequestPayer {
		return types.RequestPayerRequester
	}
	return ""
}

func (b *bucket) current() (*s3.Client, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.client, b.region
}

// move sets the region of the bucket.
func (b *bucket) move(region string) *s3.Client {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.region != region {
		b.region, b.client = region, b.store.client(region)
	}
	return b.client
}

// regionName matches regions; the name becomes part of a server's address.
var regionName = lazyre.New(`^[a-z]{2,4}(-[a-z]{1,12}){1,3}-[0-9]{1,2}$`)

// withRegion makes a call, and repeats it in the bucket's own region if S3 reports that this is another one.
func withRegion[T any](b *bucket, call func(*s3.Client) (T, error)) (T, error) {
	client, region := b.current()
	result, err := call(client)
	var response *smithyhttp.ResponseError
	if err == nil || !errors.As(err, &response) || response.Response == nil {
		return result, err
	}
	actual := response.HTTPResponse().Header.Get("X-Amz-Bucket-Region")
	if actual == region || !regionName.MatchString(actual) {
		return result, err
	}
	return call(b.move(actual))
}

// Bucket returns the name of the bucket in an address, "" if there is none.
func Bucket(address string) string {
	name, _ := split(address)
	return name
}

// split splits an address into the bucket's name and the key, which may begin with a slash.
func split(address string) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(address, event.RemoteScheme), "/")
	return bucket, key
}

func (b *bucket) address(key string) string { return event.RemoteScheme + b.name + "/" + key }

// remembered makes package redact remove the credentials that it provides.
type remembered struct{ aws.CredentialsProvider }

// Retrieve returns credentials and remembers them for redaction.
func (r remembered) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := r.CredentialsProvider.Retrieve(ctx)
	redact.Remember(c.SecretAccessKey, c.SessionToken)
	return c, err
}
