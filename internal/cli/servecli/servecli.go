// Package servecli has the command egret serve.
package servecli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/event/s3"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/memlimit"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/scratch"
	"github.com/egret-hunt/egret/internal/serve"
	"github.com/egret-hunt/egret/internal/serve/guard"
	"github.com/egret-hunt/egret/internal/serve/hunts"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
)

// A Host is the command line that the command belongs to.
type Host interface {
	// Config returns the configuration at a path, "" for the nearest.
	Config(path string) (*setup.Config, error)
	// Schemas returns the built-in log sources and those of a folder, "" for none, and of a configuration, "" for the nearest.
	Schemas(folder, config string) ([]*schema.Schema, error)
	// Version is the version of egret.
	Version() string
}

// tokenVariable is the variable of the environment with the token.
const tokenVariable = "EGRET_SERVE_TOKEN" //nolint:gosec // the name, not the token

// flags are the flags of egret serve.
type flags struct {
	listen, lake, config, schemaFolder string
	state                              string
	limits                             setup.Limits
	logs, rules, hosts                 []string
}

// Command returns egret serve.
func Command(host Host) *cobra.Command {
	f := flags{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Convert, check, match and hunt in a browser",
		Long: `Serve pages for a browser, and an API in JSON: convert rules as you type, check them, and match them with events; hunt over
--logs or --lake and keep what is found; see what the rules cover, read them and change them. Everything comes from this
process; pages load nothing from elsewhere.

By default only this machine can reach the server. With any other address in --listen a token is demanded: that of
` + tokenVariable + `, or a new one that is printed once. There is no encryption, so put a proxy with TLS before it, or use ssh -L.

The page does not choose files: requests reach the folders that --logs, --rules and egret.yaml name, and nothing else.
Ctrl-C ends the server.`,
		Example: `  egret serve
  egret serve --rules rules/ --logs logs/
  egret serve --lake prod --budget 200GB
  egret serve --listen 127.0.0.1:0                 any free port
  EGRET_SERVE_TOKEN=$(openssl rand -hex 24) egret serve --listen 0.0.0.0:7733 --allow-host converter.example.com`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd, &f, host) },
	}
	set := cmd.Flags()
	set.SortFlags = false
	set.StringVar(&f.listen, "listen", "127.0.0.1:7733", "`ADDRESS` to listen on, host:port; port 0 takes a free one")
	set.StringVar(&f.lake, "lake", "", "lake of this `NAME` in egret.yaml, for hunts")
	set.StringArrayVar(&f.logs, "logs", nil, "`PATH` of logs to hunt; repeatable")
	set.StringArrayVar(&f.rules, "rules", nil, "rules: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	set.StringVar(&f.limits.Budget, "budget", "", "stop each hunt in the lake at this `AMOUNT`: 200GB, 5USD")
	set.StringVar(&f.limits.Price, "price-per-tb", "", "what reading a TB of the lake costs, in `USD`")
	set.StringArrayVar(&f.limits.Accounts, "account", nil, "in the lake only the partitions of the account of this `ID`; repeatable")
	set.StringVar(&f.state, "state", "", "keep hunts in `DIR` instead of the user's state folder")
	set.StringArrayVar(&f.hosts, "allow-host", nil, "another `NAME` by which browsers reach the server, such as that of a proxy; repeatable")
	set.StringVar(&f.schemaFolder, "schema-folder", "", "also schemas and layouts of the files in `DIR`")
	set.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	return cmd
}

// workspace checks the flags and returns what the server works on.
func (f *flags) workspace(ctx context.Context, host Host) (*workspace.Workspace, error) {
	config, err := host.Config(f.config)
	if err != nil {
		return nil, err
	}
	schemas, err := host.Schemas(f.schemaFolder, f.config)
	if err != nil {
		return nil, err
	}
	for _, path := range f.logs {
		if _, err := os.Stat(path); err != nil && !strings.Contains(path, "://") {
			return nil, &setup.Error{Kind: setup.Input, Err: fmt.Errorf("--logs: %w", err)}
		}
	}
	for _, path := range f.rules {
		if _, err := os.Stat(path); err != nil && path != setup.Starter {
			return nil, setup.UsageError("expected a folder, a file, or the word starter", fmt.Errorf("--rules: %w", err))
		}
	}
	w := &workspace.Workspace{
		Config: config, Schemas: schemas, Rules: f.rules, Logs: f.logs, Lake: f.lake, Limits: f.limits, Version: host.Version(), Now: time.Now,
		ReadConfig: func() (*setup.Config, error) { return setup.ReadConfig(f.config, f.logs) },
	}
	if err := f.openRemote(ctx, w); err != nil {
		return nil, err
	}
	dir, err := f.stateDir()
	if err != nil {
		return nil, err
	}
	places := w.Places()
	if err := places.CheckLake(); err != nil {
		return nil, err
	}
	w.Hunts = hunts.New(dir, places)
	return w, nil
}

// stateDir returns the folder of hunts.
func (f *flags) stateDir() (string, error) {
	if f.state != "" {
		return filepath.Abs(f.state)
	}
	dir, err := journal.DefaultDir()
	if err != nil {
		return "", setup.UsageError("name a folder with --state", err)
	}
	return filepath.Join(filepath.Dir(dir), "served"), nil
}

// openRemote opens the store of logs in buckets, if there are any.
func (f *flags) openRemote(ctx context.Context, w *workspace.Workspace) error {
	if !slices.ContainsFunc(f.logs, event.IsRemote) {
		return nil
	}
	store, err := s3.Open(ctx, s3.Options{})
	if err != nil {
		return &setup.Error{Kind: setup.Input, Err: err, Help: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"}
	}
	w.Remote = store
	return nil
}

// token returns the token for the address, "" if none is needed.
func (f *flags) token() (string, error) {
	token := os.Getenv(tokenVariable)
	switch {
	case token != "" && len(token) < guard.MinToken:
		return "", setup.UsageError("as in EGRET_SERVE_TOKEN=$(openssl rand -hex 24)",
			fmt.Errorf("%s has %d characters, expected at least %d", tokenVariable, len(token), guard.MinToken))
	case token == "" && !guard.IsLoopback(f.listen):
		token = guard.NewToken()
	}
	return token, nil
}

func run(cmd *cobra.Command, f *flags, host Host) error {
	if _, port, err := net.SplitHostPort(f.listen); err != nil || port == "" {
		return setup.UsageError("as in --listen 127.0.0.1:7733", fmt.Errorf("--listen: %q is not host:port", f.listen))
	} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return setup.UsageError("as in --listen 127.0.0.1:7733", fmt.Errorf("--listen: %q is not a port", port))
	}
	token, err := f.token()
	if err != nil {
		return err
	}
	w, err := f.workspace(cmd.Context(), host)
	if err != nil {
		return err
	}
	scratch.Sweep(os.TempDir()) // leftovers of killed hunts
	defer w.Hunts.Close()
	defer memlimit.Limit(memlimit.FilesMemory)()
	defer memlimit.CollectSeldom(memlimit.FilesGC)()
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the next signal kills
	stderr := cmd.ErrOrStderr()
	var mu sync.Mutex
	say := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(stderr, text)
	}
	fromEnvironment := os.Getenv(tokenVariable) != ""
	err = serve.Run(ctx, w, serve.Options{
		Listen: f.listen, Token: token, Hosts: f.hosts,
		Started: func(address string) {
			if fromEnvironment { // who set it knows it, and the terminal may be a log
				address, _, _ = strings.Cut(address, "?")
				redact.Remember(token)
			}
			say("egret serves " + address + "   (Ctrl-C ends it)")
		},
		Log: say,
	})
	var opErr *net.OpError
	if errors.As(err, &opErr) && opErr.Op == "listen" {
		return setup.UsageError("another program may use the port; try --listen 127.0.0.1:0", fmt.Errorf("--listen: %w", err))
	}
	if err == nil && ctx.Err() != nil {
		say("stopped")
	}
	return err
}
