package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/tablecli"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// host is the app as the packages of commands see it, each through an interface of its own.
type host struct{ *app }

// Colors implements the interfaces of commands.
func (h host) Colors(stream io.Writer) bool { return h.colors(stream) }

// Version implements the interfaces of commands.
func (host) Version() string { return version() }

// Bar implements the interfaces of commands.
func (h host) Bar() *term.Progress { return term.NewProgress(h.stderr, h.screen, time.Now) }

// Schemas implements the interfaces of commands.
func (h host) Schemas(folder, config string) ([]*schema.Schema, error) {
	return h.loadSchemas(folder, config)
}

// Config implements the interfaces of commands.
func (h host) Config(path string) (*setup.Config, error) { return h.loadConfig(path) }

// OwnChecks implements checkcli.Host.
func (host) OwnChecks() []string {
	var ids []string
	own, _ := setup.Checks(quietConfig("")) // completion cannot show messages
	for _, c := range own {
		ids = append(ids, c.ID)
	}
	return ids
}

// UntilSignal implements the interfaces of commands.
func (h host) UntilSignal(ctx context.Context) (context.Context, func()) {
	return h.untilSignal(ctx)
}

// CompletePlaces implements the interfaces of commands.
func (host) CompletePlaces(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return rulePlaces(word)
}

// Layouts implements lakeflags.Host.
func (host) Layouts(folder, config string) []string { return layoutNames(folder, config) }

// OnPause implements lakeflags.Host.
func (h host) OnPause() func(err error, pause time.Duration) { return h.pauseReporter() }

// Complain implements the interfaces of commands.
func (h host) Complain(err error) { h.complain(err) }

// Fail implements the interfaces of commands.
func (h host) Fail(code int) { h.code = max(h.code, code) }

// Streams implements the interfaces of commands.
func (h host) Streams() (stdin io.Reader, stdout, stderr io.Writer) {
	return h.stdin, h.stdout, h.stderr
}

// LoadRules implements querycli.Host.
func (h host) LoadRules(ctx context.Context, name, config string, schemas []*schema.Schema) (*setup.RuleSet, error) {
	return h.loadQuiet(ctx, &ruleFlags{rules: []string{name}, config: config, stdin: h.stdin, schemas: schemas})
}

// RuleFlags implements tablecli.Host.
func (h host) RuleFlags(cmd *cobra.Command) tablecli.Rules {
	f := &ruleFlags{}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.rules, "rules", nil, "rules that are to run: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	f.register(flags)
	flags.BoolVar(&h.noColor, "no-color", false, "the same as --color never")
	h.completeRules(cmd, f)
	return tablecli.Rules{
		Check:  f.check,
		Config: func() string { return f.config },
		Load: func(ctx context.Context, schemas []*schema.Schema) (*setup.RuleSet, error) {
			f.schemas = schemas
			return h.loadQuiet(ctx, f)
		},
	}
}

// loadQuiet loads rules and prints the diagnostics about them, without notes.
func (a *app) loadQuiet(ctx context.Context, f *ruleFlags) (*setup.RuleSet, error) {
	loaded, err := a.loadRules(ctx, f)
	if err != nil {
		return nil, err
	}
	return loaded, a.Diagnose(printed(loaded, false))
}
