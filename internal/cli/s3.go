package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/event/s3"
)

// s3Flags say how buckets are reached. What AWS's own tools take from the environment comes from there: AWS_ENDPOINT_URL
// for stores other than AWS's, AWS_REGION where a store does not tell a bucket's region.
type s3Flags struct {
	profile      string
	requestPayer bool
}

func (f *s3Flags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.profile, "profile", "", "for s3://: the `NAME` of a profile in AWS's shared files")
	flags.BoolVar(&f.requestPayer, "request-payer", false, "for s3://: pay for requests to buckets that ask for it")
}

// accessHelp says how AWS's SDK finds credentials.
const accessHelp = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role gives access"

// remote is what reads the paths that are addresses of buckets, nil where none is.
func (f *s3Flags) remote(ctx context.Context, paths []string) (event.Remote, error) {
	if !slices.ContainsFunc(paths, event.IsRemote) {
		if f.profile != "" || f.requestPayer {
			return nil, usage("", errors.New("--profile and --request-payer are for paths that begin with s3://"))
		}
		return nil, nil
	}
	for _, path := range paths {
		if event.IsRemote(path) && s3.Bucket(path) == "" {
			return nil, usage("as in s3://my-logs/AWSLogs/", fmt.Errorf("%s names no bucket", path))
		}
	}
	store, err := s3.Open(ctx, s3.Options{Profile: f.profile, RequestPayer: f.requestPayer})
	switch {
	case errors.Is(err, s3.ErrConfig):
		return nil, usage("", err)
	case err != nil:
		return nil, &failure{code: exitInput, err: err, help: accessHelp}
	}
	return store, nil
}
