package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/ddl"
	"github.com/egret-hunt/egret/internal/ddl/s3layout"
	"github.com/egret-hunt/egret/internal/schema"
)

// tableProfile settles the profile, which is what was named if exact, else one of its schema that fits. With --inspect the
// layout fills in the options that are not given, and may settle the schema.
func (a *app) tableProfile(ctx context.Context, f *tableFlags, named *schema.Profile, exact bool, kind ddl.Kind) (*schema.Profile, error) {
	asked := f.options
	candidates := []*schema.Profile{named}
	if !exact && named != nil {
		candidates = named.Schema.Profiles()
	}
	if f.inspect != "" {
		layout, err := a.inspectLayout(ctx, f, named)
		if err != nil {
			return nil, err
		}
		f.fill(&layout.Options)
		if !exact {
			wanted := layout.Profile
			if wanted == "" || kind != ddl.AnyKind {
				wanted = layout.Schema
			}
			found, err := schema.FindProfile(schema.All(), wanted)
			if err != nil {
				return nil, err
			}
			candidates = found.Schema.Profiles()
			if strings.Contains(wanted, "/") {
				candidates = []*schema.Profile{found}
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

// fill takes from a layout what the flags do not give.
func (f *tableFlags) fill(found *ddl.Options) {
	o := &f.options
	o.Base = found.Base
	for _, v := range []struct{ given, found *string }{
		{&o.Bucket, &found.Bucket}, {&o.Prefix, &found.Prefix}, {&o.Organization, &found.Organization}, {&o.WebACL, &found.WebACL},
	} {
		if *v.given == "" {
			*v.given = *v.found
		}
	}
	for _, v := range []struct{ given, found *[]string }{
		{&o.Accounts, &found.Accounts}, {&o.Regions, &found.Regions}, {&o.VPCs, &found.VPCs}, {&o.Format, &found.Format},
	} {
		if len(*v.given) == 0 {
			*v.given = *v.found
		}
	}
	if o.From.IsZero() {
		o.From = found.From
	}
}

// inspectLayout reads the layout and says on stderr what it concluded.
func (a *app) inspectLayout(ctx context.Context, f *tableFlags, named *schema.Profile) (*ddl.Layout, error) {
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
			return nil, usage("as in --inspect s3://my-logs/", fmt.Errorf("--inspect %s names no bucket", f.inspect))
		}
		opened, err := s3layout.Open(ctx, bucket, f.region)
		if err != nil {
			help := ""
			if errors.Is(err, s3layout.ErrCredentials) {
				help = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role gives access"
			}
			return nil, &failure{code: exitInput, err: err, help: help}
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
		return nil, &failure{code: exitInput, err: fmt.Errorf("%s: %w", f.inspect, err),
			help: "the layouts that are known are AWSLogs/ as AWS delivers it, and S3 access logs"}
	case err != nil:
		return nil, &failure{code: exitInput, err: err}
	}
	layout.Options.Bucket = bucket
	for _, note := range layout.Notes {
		fmt.Fprintf(a.stderr, "%s: %s\n", a.paintErr("1;36", "note"), safeLines(note))
	}
	if local && layout.Options.Base != "" {
		fmt.Fprintf(a.stderr, "%s: %s\n", a.paintErr("1;33", "warning"),
			"the table expects the logs in the bucket below AWSLogs, as AWS delivers them, not as they lie here")
	}
	if local {
		layout.Options.Base = ""
		if f.options.Bucket == "" {
			return nil, usage("--bucket my-logs: the bucket that the folder was copied from", errors.New("a folder does not tell the bucket"))
		}
	}
	return layout, nil
}
