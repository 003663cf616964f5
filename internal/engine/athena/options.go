package athena

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/egret-hunt/egret/internal/engine"
)

// Options say where statements run, and as whom. What is empty is left to the environment, as AWS's own tools do.
type Options struct {
	// Waits, unless it is nil, is told before each wait why a call is made again, and after how long. It may be called from
	// several goroutines.
	Waits func(err error, pause time.Duration) `json:"-"`
	// Region is where Athena is asked, such as "eu-west-1".
	Region string
	// Profile is one of AWS's shared configuration files.
	Profile string
	// Role is the ARN of a role to take on, with the credentials that the profile or the environment gives. ExternalID goes
	// with it, "" for none.
	Role, ExternalID string
	// Workgroup is "primary" if it is empty, Catalog "AwsDataCatalog". Database holds for tables that name none.
	Workgroup, Catalog, Database string
	// Output is where results go, s3://bucket/prefix/; "" for the workgroup's own place.
	Output string
	// Encryption of results is SSE_S3, SSE_KMS or CSE_KMS, in any case, also with hyphens; "" for the bucket's own. KMSKey is
	// the ARN or id of the key of the last two.
	Encryption, KMSKey string
	// ExpectedBucketOwner is the account that the bucket of results must belong to, "" for any.
	ExpectedBucketOwner string
	// Reuse is how old a result may be that Athena gives again without reading, in whole minutes, at most seven days; 0 for
	// none.
	Reuse time.Duration
	// CutOff says that the workgroup is egret's own: its limit of bytes a query follows Statement.MaxBytes.
	CutOff bool

	// Endpoint, S3Endpoint and STSEndpoint are addresses in the stead of the public ones. S3 is then addressed by path.
	Endpoint, S3Endpoint, STSEndpoint string
	// Dialect is that of the SQL that runs there, "" for "athena"; tests run other engines behind the same API.
	Dialect string
	// HTTP makes the calls to Athena and S3, nil for a client with timeouts.
	HTTP aws.HTTPClient
	// MaxBackoff is the longest pause before a call is tried again, 20 s if it is 0; the first is an 80th of it.
	MaxBackoff time.Duration
	// Poll is the first pause between two looks at a query, 200 ms if it is 0. Pauses grow to twenty times as much.
	Poll time.Duration
	// Random gives numbers in [0, 1) for the length of pauses, nil for true chance.
	Random func() float64
}

// name is the engine's name in egret.yaml and errors.
const name = "athena"

const (
	defaultWorkgroup = "primary"
	defaultCatalog   = "AwsDataCatalog"
	// maxReuse is the greatest age of results that Athena takes.
	maxReuse = 7 * 24 * time.Hour
)

// regionForm keeps what is no name of a region out of host names.
var regionForm = regexp.MustCompile(`^[a-z]{2,10}(-[a-z0-9]{1,20}){1,4}$`)

// settle fills in what is empty and refuses what cannot work.
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
		return misconfigured("region", "a region is such as eu-west-1", fmt.Errorf("%.60q is no region", o.Region))
	case o.Role != "" && !strings.HasPrefix(o.Role, "arn:"):
		return misconfigured("role", "a role is named by its ARN, such as arn:aws:iam::111122223333:role/hunt", fmt.Errorf("%.200q is no ARN", o.Role))
	case o.ExternalID != "" && o.Role == "":
		return misconfigured("external id", "an external id belongs to a role", errors.New("there is no role"))
	case o.Output != "" && bucket == "":
		return misconfigured("output", "a place of results is such as s3://bucket/prefix/", fmt.Errorf("%.200q is no address of S3", o.Output))
	case o.Encryption != "" && !needsKey && o.Encryption != string(types.EncryptionOptionSseS3):
		return misconfigured("encryption", "there are sse-s3, sse-kms and cse-kms", fmt.Errorf("%.60q is no encryption of results", o.Encryption))
	case needsKey && o.KMSKey == "":
		return misconfigured("encryption", "name the key", errors.New("encryption with KMS needs a key"))
	case o.Reuse < 0 || o.Reuse > maxReuse:
		return misconfigured("reuse", "results are reused for at most 7 days", fmt.Errorf("%v is no age of results", o.Reuse))
	}
	return nil
}

func misconfigured(thing, help string, err error) error {
	return &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: thing, Help: help, Err: err}
}

// splitLocation takes an address s3://bucket/key apart; bucket is "" where it is none.
func splitLocation(location string) (bucket, key string) {
	rest, ok := strings.CutPrefix(location, "s3://")
	if !ok {
		return "", ""
	}
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key
}
