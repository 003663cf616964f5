package inquiry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// Places are all that inquiries may read. They are set when a server starts and do not change. They are safe for concurrent use.
type Places struct {
	// Logs are files, folders, globs and addresses of buckets; nil if there are none.
	Logs []string
	// Lake is the name of a lake in the configuration, "" for none. Limits are the limits of one hunt in it.
	Lake   string
	Limits setup.Limits
	// Rules are folders and files, or setup.Starter; if empty those of the configuration count, or else the embedded pack.
	Rules []string
	// Config is the configuration, never nil, and Schemas are the log sources.
	Config  *setup.Config
	Schemas []*schema.Schema
	// Remote reads the Logs that are in buckets, nil if none are.
	Remote event.Remote
	// Threads is the number of workers, at least 1. Version is the version of egret.
	Threads int
	Version string
	// Reread, if not nil, reads the configuration again for each inquiry, so that changes count.
	Reread func() (*setup.Config, error)
	// Now is the clock, required.
	Now func() time.Time
}

// LoadRules reads the rules of the places, tuned by the configuration. The options may choose among them, and add the rules of a
// text as Stdin; other names in the options count for nothing.
func (p *Places) LoadRules(ctx context.Context, o setup.RuleOptions) (*setup.RuleSet, error) {
	c, err := p.config()
	if err != nil {
		return nil, err
	}
	o.Names = p.names(c)
	if o.Stdin != nil {
		o.Names = append(o.Names, "-")
	}
	if o.Schemas == nil {
		o.Schemas = p.Schemas
	}
	return setup.LoadRules(ctx, c, o)
}

// config returns the configuration as it is now.
func (p *Places) config() (*setup.Config, error) {
	if p.Reread == nil {
		return p.Config, nil
	}
	return p.Reread()
}

// RuleNames returns the folders, files and setup.Starter of which LoadRules reads the rules.
func (p *Places) RuleNames() []string { return p.names(p.Config) }

func (p *Places) names(c *setup.Config) []string {
	if len(p.Rules) > 0 {
		return slices.Clone(p.Rules)
	}
	var names []string
	for _, name := range c.Settings.Rules {
		if name.Value == setup.Starter {
			names = append(names, name.Value)
		} else {
			names = append(names, c.Beside(name.Value))
		}
	}
	if len(names) == 0 {
		return []string{setup.Starter}
	}
	return names
}

// LoadText reads the rules of a text alone.
func (p *Places) LoadText(ctx context.Context, o setup.RuleOptions) (*setup.RuleSet, error) {
	o.Names = []string{"-"}
	if o.Schemas == nil {
		o.Schemas = p.Schemas
	}
	return setup.LoadRules(ctx, p.Config, o)
}

// Check reports whether there is what a question wants to read.
func (p *Places) Check(inLake bool) error {
	switch {
	case inLake && p.Lake == "":
		return setup.UsageError("start the server with --lake NAME", errors.New("no lake was given at the start"))
	case !inLake && len(p.Logs) == 0:
		return setup.UsageError("start the server with --logs PATH", errors.New("no logs were given at the start"))
	}
	return nil
}

// CheckLake finds the lake of the places, without connecting to it. A lake that bills needs a budget, since questions come from
// programs and browsers.
func (p *Places) CheckLake() error {
	if p.Lake == "" {
		if p.Limits.Budget != "" || p.Limits.Price != "" || len(p.Limits.Accounts) > 0 {
			return setup.UsageError("as in --lake prod --budget 200GB", errors.New("a budget, a price and accounts go with a lake"))
		}
		return nil
	}
	found, err := p.findLake()
	if err != nil {
		return err
	}
	var o lake.Options
	if err := p.Limits.Apply(found, &o); err != nil {
		return err
	}
	if o.Price > 0 && o.Budget == 0 {
		return setup.UsageError("as in --budget 200GB, or budget: in egret.yaml", fmt.Errorf("reading lake %s is billed, and there is no budget", found.Name()))
	}
	return nil
}

// findLake finds the lake of the places, without connecting to its engine.
func (p *Places) findLake() (*setup.Lake, error) {
	found, list, err := setup.FindLake(setup.LakeOptions{Lake: p.Lake, Schemas: p.Schemas}, func() (*setup.Config, error) { return p.Config, nil })
	if err != nil && len(list) > 0 {
		err = fmt.Errorf("%w: %s", err, list[0].Message)
	}
	return found, err
}
