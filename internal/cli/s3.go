package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/event/s3"
	"github.com/egret-hunt/egret/internal/event/textlog"
	"github.com/egret-hunt/egret/internal/schema"
)

// s3Flags set how buckets are accessed, and how flow logs are read. As for AWS's own tools, the environment supplies the rest: AWS_ENDPOINT_URL
// for stores other than AWS, AWS_REGION if a store does not report a bucket's region.
type s3Flags struct {
	profile      string
	requestPayer bool
	flowFormat   string
}

func (f *s3Flags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.profile, "profile", "", "for s3://: the `NAME` of a profile in AWS's shared files")
	flags.BoolVar(&f.requestPayer, "request-payer", false, "for s3://: pay for requests to buckets that ask for it")
	flags.StringVar(&f.flowFormat, "flow-format", "", "for flow logs without a first line that names their columns: the `LIST` of columns in order")
}

// columns returns the columns of flow logs in text for hunt.Files, nil if the flag is not set.
func (f *s3Flags) columns(schemas []*schema.Schema, paths []string) (map[string][]string, error) {
	switch {
	case f.flowFormat == "":
		return nil, nil
	case len(paths) == 0:
		return nil, command.Usage("", errors.New("--flow-format is for files"))
	}
	if schemas == nil {
		schemas = schema.All()
	}
	columns, err := textlog.FlowOrder(schemas, f.flowFormat)
	if err != nil {
		return nil, command.Usage(`as in --flow-format "srcaddr dstaddr srcport dstport action start"`, fmt.Errorf("--flow-format: %w", err))
	}
	return columns, nil
}

// accessHelp lists where AWS's SDK finds credentials.
const accessHelp = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role gives access"

// remote returns the reader for paths that are bucket addresses, nil if there are none.
func (f *s3Flags) remote(ctx context.Context, paths []string) (event.Remote, error) {
	if !slices.ContainsFunc(paths, event.IsRemote) {
		if f.profile != "" || f.requestPayer {
			return nil, command.Usage("", errors.New("--profile and --request-payer are for paths that begin with s3://"))
		}
		return nil, nil
	}
	for _, path := range paths {
		if event.IsRemote(path) && s3.Bucket(path) == "" {
			return nil, command.Usage("as in s3://my-logs/AWSLogs/", fmt.Errorf("%s names no bucket", path))
		}
	}
	store, err := s3.Open(ctx, s3.Options{Profile: f.profile, RequestPayer: f.requestPayer})
	switch {
	case errors.Is(err, s3.ErrConfig):
		return nil, command.Usage("", err)
	case err != nil:
		return nil, &command.ExitError{Code: command.ExitInput, Err: err, Help: accessHelp}
	}
	return store, nil
}
