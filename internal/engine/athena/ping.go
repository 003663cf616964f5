package athena

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/egret-hunt/egret/internal/engine"
)

// Ping checks the workgroup, and the region of the bucket of results. An output or encryption that the workgroup would
// ignore is an error of kind Misconfigured.
func (e *Engine) Ping(ctx context.Context) error {
	g, err := e.Workgroup(ctx)
	if err != nil {
		return err
	}
	if err := e.fits(&g); err != nil || g.Managed {
		return err
	}
	output := e.options.Output
	if g.Enforced || output == "" {
		output = g.Output
	}
	bucket, _ := splitLocation(output)
	about := subject{action: "s3:GetBucketLocation", thing: "bucket " + bucket}
	location, err := ask(ctx, e, about, func(ctx context.Context) (*s3.GetBucketLocationOutput, error) {
		in := &s3.GetBucketLocationInput{Bucket: &bucket}
		if e.options.ExpectedBucketOwner != "" {
			in.ExpectedBucketOwner = &e.options.ExpectedBucketOwner
		}
		return e.s3.GetBucketLocation(ctx, in)
	})
	if engine.KindOf(err) == engine.Denied && e.options.ExpectedBucketOwner == "" {
		// Policies can restrict the bucket to calls through Athena. If they do not, the first query reports it.
		return nil
	}
	if err != nil {
		return err
	}
	if region := regionOf(location.LocationConstraint); region != e.options.Region {
		return misconfigured("bucket "+bucket, "results must be in the region of the workgroup",
			fmt.Errorf("it is in %.60s, and the workgroup in %s", region, e.options.Region))
	}
	return nil
}

// regionOf returns the region of a bucket; two of the oldest have special names.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html.
func regionOf(constraint s3types.BucketLocationConstraint) string {
	switch constraint {
	case "":
		return "us-east-1"
	case s3types.BucketLocationConstraintEu:
		return "eu-west-1"
	default:
		return string(constraint)
	}
}
