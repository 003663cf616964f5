package tablecli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/ddl"
	"github.com/egret-hunt/egret/internal/ddl/s3layout"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/term"
)

// layout settles the layout, which is what was named if exact, else one of its schema that fits. With --inspect the
// layout fills in the options that are not given, and may settle the schema.
func (a *commands) layout(ctx context.Context, f *ddlFlags, named *schema.Layout, exact bool, kind ddl.Kind) (*schema.Layout, error) {
	asked := f.options
	candidates := []*schema.Layout{named}
	if !exact && named != nil {
		candidates = named.Schema.Layouts()
	}
	if f.inspect != "" {
		layout, err := a.inspectBucket(ctx, f, named)
		if err != nil {
			return nil, err
		}
		f.options.Fill(&layout.Options)
		if !exact {
			wanted := layout.Layout
			if wanted == "" || kind != ddl.AnyKind {
				wanted = layout.Schema
			}
			found, err := schema.FindLayout(schema.All(), wanted)
			if err != nil {
				return nil, err
			}
			candidates = found.Schema.Layouts()
			if strings.Contains(wanted, "/") {
				candidates = []*schema.Layout{found}
			}
		}
	}
	p, err := ddl.Choose(candidates, kind, f.options)
	if err != nil {
		return nil, refused(err)
	}
	if f.inspect != "" {
		taken := ddl.Takes(p, f.options)
		if !asked.From.IsZero() {
			taken.From = asked.From
		}
		if len(asked.Format) > 0 {
			taken.Format = asked.Format
		}
		f.options = taken
	}
	return p, nil
}

// inspectBucket reads the layout and says on stderr what it concluded.
func (a *commands) inspectBucket(ctx context.Context, f *ddlFlags, named *schema.Layout) (*ddl.Inspection, error) {
	name := ""
	if named != nil {
		name = named.Schema.Name
	}
	var lister ddl.Lister
	var start, bucket string
	local := false
	if strings.HasPrefix(f.inspect, s3layout.Scheme) {
		bucket, start = s3layout.Split(f.inspect)
		if bucket == "" {
			return nil, command.Usage("as in --inspect s3://my-logs/", fmt.Errorf("--inspect %s names no bucket", f.inspect))
		}
		opened, err := s3layout.Open(ctx, bucket, f.region)
		if err != nil {
			help := ""
			if errors.Is(err, s3layout.ErrCredentials) {
				help = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role gives access"
			}
			return nil, &command.ExitError{Code: command.ExitInput, Err: err, Help: help}
		}
		lister = opened
	} else {
		lister, start = ddl.OpenDir(f.inspect)
		local = true
	}
	layout, err := ddl.Inspect(ctx, lister, start, name, f.options)
	var r *ddl.RefusedError
	switch {
	case errors.As(err, &r):
		return nil, refused(err)
	case errors.Is(err, ddl.ErrNothing):
		return nil, &command.ExitError{Code: command.ExitInput, Err: fmt.Errorf("%s: %w", f.inspect, err),
			Help: "the layouts that are known are AWSLogs/ as AWS delivers it, and S3 access logs"}
	case err != nil:
		return nil, &command.ExitError{Code: command.ExitInput, Err: err}
	}
	layout.Options.Bucket = bucket
	for _, note := range layout.Notes {
		fmt.Fprintf(a.stderr, "%s: %s\n", term.Paint(a.host.Colors(a.stderr), term.Note, "note"), command.SafeLines(note))
	}
	if local && layout.Options.Base != "" {
		fmt.Fprintf(a.stderr, "%s: %s\n", term.Paint(a.host.Colors(a.stderr), term.Warning, "warning"),
			"the table expects the logs in the bucket below AWSLogs, as AWS delivers them, not as they lie here")
	}
	if local {
		layout.Options.Base = ""
		if f.options.Bucket == "" {
			return nil, command.Usage("--bucket my-logs: the bucket that the folder was copied from", errors.New("a folder does not tell the bucket"))
		}
	}
	return layout, nil
}
