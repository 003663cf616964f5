package athena

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// Options configure where statements run, and as whom. Empty options are taken from the environment, as in AWS's own
// tools.
type Options struct {
	// OnPause, if not nil, is called before each pause with the reason for retrying a call and the length of the pause.
	// It may be called from several goroutines.
	OnPause func(err error, pause time.Duration) `json:"-"`
	// Region is the region of Athena, such as "eu-west-1".
	Region string
	// Credentials replace those of the profile and the environment, nil for none; see Keys.
	Credentials aws.CredentialsProvider `json:"-"`
	// Profile is a profile of AWS's shared configuration files.
	Profile string
	// Role is the ARN of a role to assume, with the credentials of the profile or the environment. ExternalID is its
	// external id, "" for none.
	Role, ExternalID string
	// Workgroup defaults to "primary", Catalog to "AwsDataCatalog". Database is the database of tables without one.
	Workgroup, Catalog, Database string
	// Output is the location of results, s3://bucket/prefix/; "" for the workgroup's.
	Output string
	// Encryption of results is SSE_S3, SSE_KMS or CSE_KMS, in any case, also with hyphens; "" for the bucket's
	// default. KMSKey is the ARN or id of the key for the last two.
	Encryption, KMSKey string
	// ExpectedBucketOwner is the account that must own the bucket of results, "" for any.
	ExpectedBucketOwner string
	// Reuse is the maximum age of a result that Athena returns again without reading, in whole minutes, at most seven
	// days; 0 for none.
	Reuse time.Duration
	// CutOff declares that the workgroup is used by egret alone: its limit of bytes for a query is set to
	// Statement.MaxBytes.
	CutOff bool

	// Endpoint, S3Endpoint and STSEndpoint replace the public addresses. S3 is then addressed by path.
	Endpoint, S3Endpoint, STSEndpoint string
	// Dialect is the dialect of the SQL that runs there, "" for "athena"; tests run other engines with the same API.
	Dialect string
	// HTTP makes the calls to Athena and S3; nil means a client with timeouts.
	HTTP aws.HTTPClient
	// MaxBackoff is the longest pause before a call is retried; 0 means 20 s. The first pause is a 40th of it.
	MaxBackoff time.Duration
	// Poll is the first pause between two status calls; 0 means 200 ms. Pauses grow to twenty times as much.
	Poll time.Duration
	// Random returns numbers in [0, 1) for the length of pauses; nil means a random source.
	Random func() float64
}

// name is the engine's name in egret.yaml and errors.
const name = "athena"

const (
	defaultWorkgroup = "primary"
	defaultCatalog   = "AwsDataCatalog"
	// maxReuse is the maximum age of results that Athena accepts.
	maxReuse = 7 * 24 * time.Hour
)

// regionForm keeps invalid regions out of host names.
var regionForm = lazyre.New(`^[a-z]{2,10}(-[a-z0-9]{1,20}){1,4}$`)

// settle sets defaults and rejects invalid options.
func (o *Options) settle() error {
	o.Encryption = strings.ToUpper(strings.ReplaceAll(o.Encryption, "-", "_"))
	if o.Workgroup == "" {
		o.Workgroup = defaultWorkgroup
	}
	if o.Catalog == "" {
		o.Catalog = defaultCatalog
	}
	if o.Dialect == "" {
		o.Dialect = name
	}
	if o.MaxBackoff == 0 {
		o.MaxBackoff = 20 * time.Second
	}
	if o.Poll == 0 {
		o.Poll = 200 * time.Millisecond
	}
	needsKey := o.Encryption == string(types.EncryptionOptionSseKms) || o.Encryption == string(types.EncryptionOptionCseKms)
	switch bucket, _ := splitLocation(o.Output); {
	case o.Region != "" && !regionForm.MatchString(o.Region):
		return misconfigured("region", "use a region such as eu-west-1", fmt.Errorf("%.60q is not a region", o.Region))
	case o.Role != "" && !strings.HasPrefix(o.Role, "arn:"):
		return misconfigured("role", "use the role's ARN, such as arn:aws:iam::111122223333:role/hunt", fmt.Errorf("%.200q is not an ARN", o.Role))
	case o.ExternalID != "" && o.Role == "":
		return misconfigured("external id", "an external id needs a role", errors.New("no role is set"))
	case o.Output != "" && bucket == "":
		return misconfigured("output", "use a location such as s3://bucket/prefix/", fmt.Errorf("%.200q is not an S3 location", o.Output))
	case o.Encryption != "" && !needsKey && o.Encryption != string(types.EncryptionOptionSseS3):
		return misconfigured("encryption", "use sse-s3, sse-kms or cse-kms", fmt.Errorf("%.60q is not an encryption of results", o.Encryption))
	case needsKey && o.KMSKey == "":
		return misconfigured("encryption", "name the key", errors.New("encryption with KMS needs a key"))
	case o.Reuse < 0 || o.Reuse > maxReuse:
		return misconfigured("reuse", "results can be reused for at most 7 days", fmt.Errorf("%v is not a valid age of results", o.Reuse))
	}
	return nil
}

func misconfigured(thing, help string, err error) error {
	return &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: thing, Help: help, Err: err}
}

// splitLocation splits an address s3://bucket/key; bucket is "" if it is invalid.
func splitLocation(location string) (bucket, key string) {
	rest, ok := strings.CutPrefix(location, "s3://")
	if !ok {
		return "", ""
	}
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key
}
