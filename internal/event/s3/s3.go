// Package s3 gives package event the log files of buckets of Amazon S3, and of stores that speak its protocol.
//
// In go addresses (s3://bucket/key of an object, a folder, a prefix, or a glob) and a range of time; out come the objects
// with their sizes, and their bytes. It only reads: ListObjectsV2, GetObject, and HeadObject where listing is denied. It
// is a leaf: it imports AWS's SDK, and nothing imports it but the command line.
//
// Folders are listed level by level, many at a time, so that days outside the range, digests and Insights cost no request
// of their own. A throttled or failing request is tried again with growing pauses; a connection that is cut goes on where
// it ended, with If-Match, so that the bytes are always of one version. Large objects come in pieces, a few ahead.
//
// Keys and answers come from strangers: keys never name anything on this machine, listings are bounded, and messages are
// shortened.
package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
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

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/redact"
)

// Options say how S3 is reached. The zero value takes everything from the environment and AWS's shared files.
type Options struct {
	// Profile is a profile of the shared files, "" for that of the environment.
	Profile string
	// Region is where buckets are looked for first, "" for that of the environment or profile; S3 tells the bucket's own.
	Region string
	// RequestPayer says that the caller pays for requests to buckets that ask for it.
	RequestPayer bool
	// Pause is how long to wait before a request is tried again, by the number of the trial from 1; nil: a random part of
	// a time that doubles up to five seconds.
	Pause func(trial int) time.Duration
	// Stall is how long a connection may give nothing before it counts as cut; 0: one minute.
	Stall time.Duration
}

const (
	// trials is how many times a request is sent at most, unless AWS_MAX_ATTEMPTS says otherwise.
	trials = 12
	// longestPause is the longest wait between two of them.
	longestPause = 5 * time.Second
	// connections is how many stay open to one server for the next request: enough for the fetches, the pieces of large
	// objects and the listings, also on large machines.
	connections = 512
	// defaultRegion is asked where neither the caller nor the environment names one.
	defaultRegion = "us-east-1"
)

// Store is an event.Remote of all buckets that the credentials open. It is safe for concurrent use.
type Store struct {
	options Options
	config  aws.Config
	pause   func(trial int) time.Duration

	buffers sync.Pool // *[pieceSize]byte: those of pieces, for the next object

	mu      sync.Mutex
	buckets map[string]*bucket
}

var _ event.Remote = (*Store)(nil)

// ErrCredentials says that nothing on this machine gives access to AWS.
var ErrCredentials = errors.New("no credentials of AWS")

// ErrConfig says that AWS's shared files or environment cannot be read, such as for want of the profile.
var ErrConfig = errors.New("configuration of AWS")

// Open prepares access with the credentials of the SDK's usual chain: environment, shared files, role of the machine. No
// bucket is asked yet. An endpoint of the environment or profile (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, endpoint_url)
// is addressed by path, as servers other than AWS's mostly want it. Errors are ErrCredentials or ErrConfig.
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
		config.WithLogger(logging.Nop{}), // which otherwise writes to stderr
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
	// What comes over TLS is what was sent, and the reader hashes it: the SDK need not hash it too.
	cfg.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	s := &Store{options: options, config: cfg, pause: options.Pause, buckets: map[string]*bucket{}}
	backoff := retry.NewExponentialJitterBackoff(longestPause)
	if s.pause == nil {
		s.pause = func(trial int) time.Duration {
			d, err := backoff.BackoffDelay(trial-1, nil)
			if err != nil {
				return longestPause
			}
			return d
		}
	}
	s.config.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = trials
			o.RateLimiter = ratelimit.None // a quota shared by all objects would fail some for the trouble of others
			o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) { return s.pause(attempt), nil })
		})
	}
	return s, nil
}

// bucket is what is known of one bucket: the region that it is in.
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

// move makes a region that of the bucket.
func (b *bucket) move(region string) *s3.Client {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.region != region {
		b.region, b.client = region, b.store.client(region)
	}
	return b.client
}

// regionName is the form of a region; the name becomes part of the address of a server.
var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{1,12}){1,3}-[0-9]{1,2}$`)

// ask asks, and asks once more in the bucket's own region where S3 says that it is another one.
func ask[T any](b *bucket, call func(*s3.Client) (T, error)) (T, error) {
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

// Bucket is the name of the bucket in an address, "" if it names none.
func Bucket(address string) string {
	name, _ := split(address)
	return name
}

// split takes an address apart: the bucket's name and the key, which may begin with a slash.
func split(address string) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(address, event.RemoteScheme), "/")
	return bucket, key
}

func (b *bucket) address(key string) string { return event.RemoteScheme + b.name + "/" + key }

// remembered keeps the credentials that it gives out of all texts.
type remembered struct{ aws.CredentialsProvider }

// Retrieve gives credentials.
func (r remembered) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := r.CredentialsProvider.Retrieve(ctx)
	redact.Remember(c.SecretAccessKey, c.SessionToken)
	return c, err
}
