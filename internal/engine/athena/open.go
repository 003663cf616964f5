package athena

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/egret-hunt/egret/internal/engine"
)

const (
	// sessionName is the name of assumed roles' sessions, which CloudTrail shows.
	sessionName = "egret"
	// sessionLasts is a duration that every role allows, including one that is assumed from another role.
	sessionLasts = time.Hour
	// renewBefore is how long before their expiry credentials are replaced: a call may be queued.
	renewBefore = 5 * time.Minute
	// answerWithin is the maximum time to the first byte of an answer, so that a dead connection is noticed.
	answerWithin = time.Minute
)

// Open reads AWS's configuration and prepares the calls. It makes no calls; use Ping for that.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if err := o.settle(); err != nil {
		return nil, err
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	var e *Engine
	reached := func() bool { return e != nil && e.reached.Load() }
	load := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer { return newRetryer(&o, reached) }),
		// Otherwise the SDK logs to standard error without a filter.
		config.WithLogger(logging.Nop{}),
	}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Credentials != nil {
		load = append(load, config.WithCredentialsProvider(o.Credentials))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, unreadable(err, &o)
	}
	if cfg.Region == "" {
		return nil, misconfigured("region", "set region in egret.yaml, or AWS_REGION", errors.New("none is set"))
	}
	if !regionForm.MatchString(cfg.Region) {
		return nil, misconfigured("region", "use a region such as eu-west-1", errors.New("AWS's configuration contains an invalid region"))
	}
	o.Region = cfg.Region
	e = &Engine{options: o, keys: &credentialsWatcher{inner: cfg.Credentials}, idle: func() {}, exhausted: map[[32]byte]bool{}, layouts: map[string]*partitioning{}}
	cfg.Credentials = e.keys
	if o.Role != "" {
		e.assumeRole(&cfg)
	}
	if o.HTTP != nil {
		cfg.HTTPClient = o.HTTP
	} else {
		client := newHTTP(cfg.HTTPClient)
		cfg.HTTPClient, e.idle = client, client.CloseIdleConnections
	}
	e.athena = athena.NewFromConfig(cfg, func(to *athena.Options) {
		if o.Endpoint != "" {
			to.BaseEndpoint = &o.Endpoint
		}
	})
	e.s3 = s3.NewFromConfig(cfg, func(to *s3.Options) {
		if o.S3Endpoint != "" {
			to.BaseEndpoint = &o.S3Endpoint
		}
		// Most other servers have no host names for buckets.
		to.UsePathStyle = o.S3Endpoint != "" || os.Getenv("AWS_ENDPOINT_URL") != "" || os.Getenv("AWS_ENDPOINT_URL_S3") != ""
		// Checksums cover whole objects, but broken connections are resumed in the middle.
		to.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		to.DisableLogOutputChecksumValidationSkipped = true
	})
	return e, nil
}

// assumeRole replaces the credentials by those of the role.
func (e *Engine) assumeRole(cfg *aws.Config) {
	o := &e.options
	client := sts.NewFromConfig(*cfg, func(to *sts.Options) {
		if o.STSEndpoint != "" {
			to.BaseEndpoint = &o.STSEndpoint
		}
	})
	role := stscreds.NewAssumeRoleProvider(client, o.Role, func(a *stscreds.AssumeRoleOptions) {
		a.RoleSessionName, a.Duration = sessionName, sessionLasts
		if o.ExternalID != "" {
			a.ExternalID = &o.ExternalID
		}
	})
	e.keys = &credentialsWatcher{below: e.keys, inner: aws.NewCredentialsCache(role, func(c *aws.CredentialsCacheOptions) {
		c.ExpiryWindow = renewBefore
	})}
	cfg.Credentials = e.keys
}

// newHTTP returns a separate client with the SDK's settings, which include proxies and certificates.
func newHTTP(configured aws.HTTPClient) *http.Client {
	built, ok := configured.(*awshttp.BuildableClient)
	if !ok {
		built = awshttp.NewBuildableClient()
	}
	transport := built.GetTransport()
	transport.ResponseHeaderTimeout = answerWithin
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		// A signature is valid for one address; S3's redirects are meaningful errors.
		return http.ErrUseLastResponse
	}}
}

// unreadable returns the error for AWS's configuration files.
func unreadable(err error, o *Options) error {
	var profile config.SharedConfigProfileNotExistError
	if errors.As(err, &profile) {
		return misconfigured("profile "+profile.Profile, "`aws configure list-profiles` lists the profiles", errors.New("AWS's configuration files do not contain it"))
	}
	var file config.SharedConfigLoadError
	if errors.As(err, &file) {
		return misconfigured("file "+file.Filename, "", errors.New("it is not a readable AWS configuration"))
	}
	var device config.AssumeRoleTokenProviderNotSetError
	if errors.As(err, &device) {
		return misconfigured("profile "+o.Profile, "assume the role first, for example with `aws configure export-credentials`", errors.New("its role asks for a code of an MFA device"))
	}
	var role config.SharedConfigAssumeRoleError
	if errors.As(err, &role) {
		return misconfigured("profile "+role.Profile, "", errors.New("its role or source profile is incomplete"))
	}
	// Other messages of the SDK may contain a line of the file, and so a key.
	return &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: "configuration of AWS",
		Help: "`aws configure list` shows what is wrong", Err: errors.New("the environment and the shared files cannot be combined")}
}
