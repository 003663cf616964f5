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
	// sessionName is what CloudTrail shows of whoever takes on a role.
	sessionName = "egret"
	// sessionLasts is within what every role allows, also one that is taken on from another.
	sessionLasts = time.Hour
	// renewBefore is how long before their end credentials are replaced: a call may wait for its turn.
	renewBefore = 5 * time.Minute
	// answerWithin is how long a call may take to its first byte, so that a connection that died is noticed.
	answerWithin = time.Minute
)

// Open reads AWS's configuration and prepares the calls. It calls nobody: Ping does.
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
		// The SDK logs to standard error otherwise, and nobody filters that.
		config.WithLogger(logging.Nop{}),
	}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, unreadable(err, &o)
	}
	if cfg.Region == "" {
		return nil, misconfigured("region", "name it as region: in egret.yaml, or set AWS_REGION", errors.New("nothing names one"))
	}
	if !regionForm.MatchString(cfg.Region) {
		return nil, misconfigured("region", "a region is such as eu-west-1", errors.New("AWS's configuration names something that is no region"))
	}
	o.Region = cfg.Region
	e = &Engine{options: o, keys: &witness{inner: cfg.Credentials}, idle: func() {}, exhausted: map[[32]byte]bool{}, layouts: map[string]*parted{}}
	cfg.Credentials = e.keys
	if o.Role != "" {
		e.takeOn(&cfg)
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
		// Servers other than AWS's mostly have no host names for buckets.
		to.UsePathStyle = o.S3Endpoint != "" || os.Getenv("AWS_ENDPOINT_URL") != "" || os.Getenv("AWS_ENDPOINT_URL_S3") != ""
		// Checksums cover whole objects, and a broken connection goes on in the middle.
		to.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		to.DisableLogOutputChecksumValidationSkipped = true
	})
	return e, nil
}

// takeOn replaces the credentials by those of the role.
func (e *Engine) takeOn(cfg *aws.Config) {
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
	e.keys = &witness{below: e.keys, inner: aws.NewCredentialsCache(role, func(c *aws.CredentialsCacheOptions) {
		c.ExpiryWindow = renewBefore
	})}
	cfg.Credentials = e.keys
}

// newHTTP is a client of the engine's own with the SDK's settings, which know of proxies and certificates.
func newHTTP(configured aws.HTTPClient) *http.Client {
	built, ok := configured.(*awshttp.BuildableClient)
	if !ok {
		built = awshttp.NewBuildableClient()
	}
	transport := built.GetTransport()
	transport.ResponseHeaderTimeout = answerWithin
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		// A signature holds for one address; S3's redirects are errors with a meaning.
		return http.ErrUseLastResponse
	}}
}

// unreadable is the error for AWS's configuration files.
func unreadable(err error, o *Options) error {
	var profile config.SharedConfigProfileNotExistError
	if errors.As(err, &profile) {
		return misconfigured("profile "+profile.Profile, "`aws configure list-profiles` shows those that there are", errors.New("AWS's configuration files have none of that name"))
	}
	var file config.SharedConfigLoadError
	if errors.As(err, &file) {
		return misconfigured("file "+file.Filename, "", errors.New("it cannot be read as a configuration of AWS"))
	}
	var device config.AssumeRoleTokenProviderNotSetError
	if errors.As(err, &device) {
		return misconfigured("profile "+o.Profile, "take the role on first, for example with `aws configure export-credentials`", errors.New("its role asks for a code of an MFA device"))
	}
	var role config.SharedConfigAssumeRoleError
	if errors.As(err, &role) {
		return misconfigured("profile "+role.Profile, "", errors.New("its role or source profile is incomplete"))
	}
	// What else the SDK says may hold a line of the file, and so a key.
	return &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: "configuration of AWS",
		Help: "`aws configure list` shows what is wrong", Err: errors.New("environment and shared files cannot be read together")}
}
