package athena

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// pricePerTB is Athena's price in most regions, in USD for each TB (https://aws.amazon.com/athena/pricing/).
const pricePerTB = 5

// Driver returns the engine's entry in the registry.
func Driver() engine.Driver {
	return engine.Driver{
		Name: name, Title: "Amazon Athena", Attaches: true, PricePerTB: pricePerTB,
		New: func() engine.Settings { return &Settings{} },
	}
}

// Settings are the keys of a lake in Athena. Empty keys are taken from the environment, as in AWS's own tools.
type Settings struct {
	Region config.Text
	// Profile is a profile of AWS's configuration files; Role is the ARN of a role to assume, with ExternalID.
	Profile, Role, ExternalID    config.Text
	Workgroup, Catalog, Database config.Text
	// Output is the location of results: s3://bucket/prefix/. Encryption is sse-s3, sse-kms or cse-kms, the latter two
	// with the ARN or id of KMSKey. BucketOwner is the account that must own the bucket.
	Output, Encryption, KMSKey, BucketOwner config.Text
	// Reuse is the maximum age of a result that may be reused, 0 for none.
	Reuse time.Duration
	// CutOff declares that the workgroup is used by egret alone, so that egret may set its limit of bytes for a query.
	CutOff bool
	// Endpoint, S3Endpoint and STSEndpoint replace the public addresses.
	Endpoint, S3Endpoint, STSEndpoint config.Text
}

var (
	roleForm    = lazyre.New(`^arn:[a-z-]+:iam::[0-9]{12}:role/\S+$`)
	outputForm  = lazyre.New(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?$`)
	accountForm = lazyre.New(`^[0-9]{12}$`)
	encryptions = []string{"sse-s3", "sse-kms", "cse-kms"}
)

// Keys returns the keys of egret.yaml, in the order in which to document them.
func (s *Settings) Keys() []config.Key {
	return []config.Key{
		config.FormKey("region", &s.Region, "a region such as eu-west-1", config.IsRegion),
		config.TextKey("profile", &s.Profile, "a profile of AWS's configuration files"),
		config.FormKey("role", &s.Role, "the ARN of a role", roleForm.MatchString),
		config.TextKey("external_id", &s.ExternalID, "the external id of the role"),
		config.TextKey("workgroup", &s.Workgroup, "a workgroup"),
		config.TextKey("catalog", &s.Catalog, "a data catalog"),
		config.TextKey("database", &s.Database, "a database"),
		config.FormKey("output", &s.Output, "a location such as s3://bucket/prefix/", outputForm.MatchString),
		config.FormKey("encryption", &s.Encryption, "one of "+strings.Join(encryptions, ", "),
			func(text string) bool { return slices.Contains(encryptions, text) }),
		config.TextKey("kms_key", &s.KMSKey, "the ARN or id of a key"),
		config.FormKey("bucket_owner", &s.BucketOwner, "an account id of 12 digits", accountForm.MatchString),
		config.DurationKey("reuse", &s.Reuse),
		config.BoolKey("cutoff", &s.CutOff),
		config.AddressKey("endpoint", &s.Endpoint),
		config.AddressKey("s3_endpoint", &s.S3Endpoint),
		config.AddressKey("sts_endpoint", &s.STSEndpoint),
	}
}

// Check rejects a KMS key without an encryption that uses it.
func (s *Settings) Check() diag.List {
	if s.KMSKey.Value == "" || strings.HasSuffix(s.Encryption.Value, "-kms") {
		return nil
	}
	return diag.List{{
		Code: "config-value", Severity: diag.Error, Span: s.KMSKey.Span, Message: "kms_key goes with encryption sse-kms or cse-kms",
	}}
}

// Options returns the settings in the form that Open takes.
func (s *Settings) Options(o engine.Opening) Options {
	return Options{
		OnPause: o.OnPause,
		Region:  s.Region.Value, Profile: s.Profile.Value, Role: s.Role.Value, ExternalID: s.ExternalID.Value,
		Workgroup: s.Workgroup.Value, Catalog: s.Catalog.Value, Database: s.Database.Value,
		Output: s.Output.Value, Encryption: s.Encryption.Value, KMSKey: s.KMSKey.Value, ExpectedBucketOwner: s.BucketOwner.Value,
		Reuse: s.Reuse, CutOff: s.CutOff, Endpoint: s.Endpoint.Value, S3Endpoint: s.S3Endpoint.Value, STSEndpoint: s.STSEndpoint.Value,
	}
}

// Open prepares the calls to Athena. Credentials are found as by AWS's own tools.
func (s *Settings) Open(ctx context.Context, o engine.Opening) (engine.Engine, error) {
	e, err := Open(ctx, s.Options(o))
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Address returns the region and the workgroup of the settings.
func (s *Settings) Address() engine.Address {
	return engine.Address{Region: s.Region.Value, Workgroup: s.Workgroup.Value}
}
