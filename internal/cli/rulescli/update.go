package rulescli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/rulestore"
	"github.com/egret-hunt/egret/internal/rulestore/fetch"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// updateFlags are the flags of egret rules update.
type updateFlags struct {
	packages                              []string
	from, version, sha256, key, signature string
	config, lock, format                  string
	locked, quiet                         bool
	// releases is where SigmaHQ's releases are, client what downloads them, nil for the usual one.
	releases string
	client   *http.Client
}

// maxSignature is the largest signature or key file, in bytes.
const maxSignature = 64 << 10

func updateCommand(host Host) *cobra.Command {
	f := updateFlags{releases: rulestore.ReleasesURL}
	cmd := &cobra.Command{
		Use:   "update [SOURCE]",
		Short: "Install packages of rules, or newer versions of them",
		Long: `Install the latest version of packages of rules. SOURCE is sigmahq, whose packages are ` + strings.Join(rulestore.SigmaHQPackages(), ", ") + `.
Without --package those that are installed are updated, or else core is installed. With --from the package comes from an archive (zip or
tar.gz), a folder or an https address, and SOURCE and --package are any names.

Rules of a package are package:SOURCE/PACKAGE for --rules and in egret.yaml. Until a version is installed completely, the one before
stays in use. egret-rules.lock, beside egret.yaml or in the working directory, says which version a team uses; --locked installs that one and
refuses any other.`,
		Example: `  egret rules update
  egret rules update sigmahq --package core++ --package emerging-threats
  egret rules update --locked
  egret rules update ours --package main --from https://example.com/rules.tar.gz --minisign-key ours.pub
  egret hunt logs/ --rules package:sigmahq/core`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, host, strings.Join(args, ""))
		},
		ValidArgs: []string{rulestore.SigmaHQ},
	}
	set := cmd.Flags()
	set.SortFlags = false
	set.StringSliceVar(&f.packages, "package", nil, "`NAMES` of packages: "+strings.Join(rulestore.SigmaHQPackages(), ", ")+"; with --from any name")
	set.StringVar(&f.from, "from", "", "install this `FILE|URL|DIR` instead of a release of SigmaHQ")
	set.StringVar(&f.version, "version", "", "`VERSION` of SigmaHQ's release, such as r2025-10-01, instead of the latest; with --from the version to note")
	set.StringVar(&f.sha256, "sha256", "", "`SUM` that the archive must have, in hexadecimal")
	set.StringVar(&f.key, "minisign-key", "", "`KEY|FILE` of the publisher; the archive must have a valid signature of minisign")
	set.StringVar(&f.signature, "signature", "", "`FILE|URL` of the signature; without it that of the archive with .minisig behind")
	set.StringVar(&f.lock, "lock", "", "`FILE` to use as the lock file")
	set.BoolVar(&f.locked, "locked", false, "install what the lock file names, and nothing else")
	set.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	set.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text, json")
	set.BoolVar(&f.quiet, "quiet", false, "no progress")
	command.Complete(cmd, "package", rulestore.SigmaHQPackages())
	command.Complete(cmd, "format", formats)
	return cmd
}

// updated is what an update came to, as JSON.
type updated struct {
	*rulestore.Package
	Before    string `json:"before,omitempty"`
	Unchanged bool   `json:"unchanged"`
}

// update is one run of egret rules update.
type update struct {
	*updateFlags
	ctx   context.Context
	host  Host
	store *rulestore.Store
	path  string // of the lock file
	lock  *rulestore.Lock
}

func (f *updateFlags) run(cmd *cobra.Command, host Host, source string) error {
	if err := words("format", []string{f.format}, formats); err != nil {
		return err
	}
	c, err := host.Config(f.config)
	if err != nil {
		return err
	}
	store, err := setup.Packages()
	if err != nil {
		return err
	}
	ctx, stop := host.UntilSignal(cmd.Context())
	defer stop()
	u := &update{updateFlags: f, ctx: ctx, host: host, store: store, path: cmp.Or(f.lock, c.LockPath())}
	if u.lock, err = rulestore.ReadLock(u.path); err != nil {
		return setup.UsageError("", err)
	}
	requests, err := u.requests(source)
	if err != nil {
		return err
	}
	var results []updated
	for _, r := range requests {
		result, err := u.install(r)
		if err != nil {
			return fmt.Errorf("package %s/%s: %w", r.Source, r.Name, err)
		}
		done := updated{Package: result.Package, Unchanged: result.Unchanged}
		if result.Before != nil {
			done.Before = result.Before.Version
		}
		results = append(results, done)
	}
	if !f.locked {
		if err := u.relock(results); err != nil {
			return err
		}
	}
	if f.format == "json" {
		return encode(cmd.OutOrStdout(), results)
	}
	return u.tell(cmd.OutOrStdout(), results)
}

// requests returns what to install.
func (u *update) requests(source string) ([]*rulestore.Request, error) {
	if u.locked {
		return u.lockedRequests(source)
	}
	source = cmp.Or(source, rulestore.SigmaHQ)
	names := slices.Clone(u.packages)
	if len(names) == 0 && u.from == "" {
		packages, err := u.store.Packages()
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			if p.Source == source {
				names = append(names, p.Name)
			}
		}
	}
	if len(names) == 0 {
		names = []string{rulestore.SigmaHQPackages()[0]}
	}
	if u.from != "" && len(names) > 1 {
		return nil, setup.UsageError("give one --package", errors.New("--from has one package"))
	}
	if len(names) > 1 && (u.sha256 != "" || u.signature != "") {
		return nil, setup.UsageError("give one --package", errors.New("--sha256 and --signature are those of one archive"))
	}
	var list []*rulestore.Request
	for _, name := range names {
		if err := errors.Join(rulestore.CheckName(source), rulestore.CheckName(name)); err != nil {
			return nil, setup.UsageError("", err)
		}
		r := &rulestore.Request{Source: source, Name: name, Path: u.from, Version: u.version, SHA256: u.sha256}
		if u.from == "" {
			if source != rulestore.SigmaHQ {
				return nil, setup.UsageError("--from names its archive, folder or address", fmt.Errorf("egret knows no address of %s", diag.Safe(source)))
			}
			address, ok := rulestore.SigmaHQURL(u.releases, name, u.version)
			if !ok {
				return nil, words("package", []string{name}, rulestore.SigmaHQPackages())
			}
			r.Path = address
		}
		list = append(list, r)
	}
	return list, nil
}

// lockedRequests returns what the lock file names.
func (u *update) lockedRequests(source string) ([]*rulestore.Request, error) {
	if u.lock == nil {
		return nil, setup.UsageError("egret rules update writes it", fmt.Errorf("there is no lock file %s", u.path))
	}
	if u.version != "" || u.sha256 != "" {
		return nil, setup.UsageError("the lock file says them", errors.New("--locked does not go with --version and --sha256"))
	}
	var list []*rulestore.Request
	for i := range u.lock.Packages {
		p := &u.lock.Packages[i]
		if source != "" && p.Source != source || len(u.packages) > 0 && !slices.Contains(u.packages, p.Package) {
			continue
		}
		list = append(list, &rulestore.Request{
			Source: p.Source, Name: p.Package, Path: cmp.Or(u.from, p.URL), Version: p.Version, SHA256: p.SHA256, Content: p.Content,
		})
	}
	if len(list) == 0 {
		return nil, setup.UsageError("it names other packages", fmt.Errorf("%s names no such package", u.path))
	}
	if u.from != "" && len(list) > 1 {
		return nil, setup.UsageError("give one --package", errors.New("--from has one package"))
	}
	return list, nil
}

// install downloads what is at an address, and installs it.
func (u *update) install(r *rulestore.Request) (*rulestore.Result, error) {
	r.Now = time.Now()
	if u.locked {
		if p, _, err := u.store.Versions(r.Source, r.Name); err == nil && p.Content == r.Content {
			if ok, err := u.store.Intact(p); err == nil && ok {
				return &rulestore.Result{Package: p, Before: p, Unchanged: true}, nil
			}
		}
		if r.Path == "" {
			return nil, setup.UsageError("--from names its archive or folder", errors.New("the lock file has no address of it"))
		}
	}
	if u.key != "" {
		key, err := u.text(u.key, true)
		if err != nil {
			return nil, err
		}
		r.Key = key
		if r.Signature, err = u.text(cmp.Or(u.signature, r.Path+".minisig"), false); err != nil {
			return nil, fmt.Errorf("the signature: %w", err)
		}
	}
	if strings.Contains(r.Path, "://") {
		file, err := u.download(r)
		if file != "" {
			defer os.Remove(file)
		}
		if err != nil {
			return nil, err
		}
	} else if info, err := os.Stat(r.Path); err == nil && info.IsDir() && u.locked {
		r.SHA256 = "" // the checksum of the files decides
	}
	result, err := u.store.Install(u.ctx, *r)
	if err != nil {
		var s *setup.Error
		if errors.As(err, &s) {
			return nil, err
		}
		return nil, &setup.Error{Kind: setup.Input, Err: err, Help: "the rules that were installed before are as they were"}
	}
	return result, nil
}

// text returns the content of a file or address; of a text that is no file itself if itself is set.
func (u *update) text(name string, itself bool) (string, error) {
	var b strings.Builder
	if strings.Contains(name, "://") {
		_, err := fetch.Get(u.ctx, name, &b, fetch.Options{Client: u.client, Agent: u.agent(), MaxBytes: maxSignature})
		return b.String(), inputError(err)
	}
	file, err := os.Open(name)
	if err != nil {
		if itself && errors.Is(err, os.ErrNotExist) {
			return name, nil
		}
		return "", inputError(err)
	}
	defer file.Close()
	_, err = io.Copy(&b, io.LimitReader(file, maxSignature))
	return b.String(), inputError(err)
}

func inputError(err error) error {
	if err == nil {
		return nil
	}
	return &setup.Error{Kind: setup.Input, Err: err}
}

func (u *update) agent() string { return "egret/" + u.host.Version() }

// download writes what is at the address of a request to a temporary file, whose path the request gets.
func (u *update) download(r *rulestore.Request) (path string, err error) {
	address := r.Path
	if _, err := fetch.Check(address); err != nil {
		return "", setup.UsageError("such as https://example.com/rules.zip", fmt.Errorf("%s: %w", diag.Safe(strings.SplitN(address, "?", 2)[0]), err))
	}
	file, err := os.CreateTemp("", "egret-rules-*")
	if err != nil {
		return "", inputError(err)
	}
	r.Path = file.Name()
	var done, total atomic.Int64
	bar := u.host.Bar()
	if u.quiet {
		bar = &term.Progress{}
	}
	bar.Start(true, func() term.State {
		return term.State{Text: "Downloading " + r.Source + "/" + r.Name, Done: done.Load(), Total: max(0, total.Load())}
	})
	d, err := fetch.Get(u.ctx, address, file, fetch.Options{
		Client: u.client, Agent: u.agent(), MaxBytes: rulestore.MaxArchive,
		Progress: func(n, all int64) { done.Store(n); total.Store(all) },
	})
	bar.Stop()
	if err := errors.Join(err, file.Close()); err != nil {
		return file.Name(), &setup.Error{Kind: setup.Input, Err: err, Help: "the rules that were installed before are as they were; --from installs an archive that you have"}
	}
	r.URL, r.Version = d.URL, cmp.Or(r.Version, d.Version)
	return file.Name(), nil
}

// relock writes what was installed to the lock file.
func (u *update) relock(results []updated) error {
	if u.lock == nil {
		u.lock = &rulestore.Lock{Path: u.path}
	}
	changed := false
	for _, r := range results {
		if locked := u.lock.Find(r.Source, r.Name); locked == nil || locked.Content != r.Content || locked.SHA256 != r.SHA256 {
			u.lock.Set(r.Package)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	return inputError(u.lock.Write())
}

// tell says what was installed.
func (u *update) tell(w io.Writer, results []updated) error {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "%s: version %s, %s", r.ID(), diag.Safe(r.Version), term.Plural(r.Rules, "rule"))
		if r.Failed > 0 {
			fmt.Fprintf(&b, ", %s with faults", term.Plural(r.Failed, "file"))
		}
		switch {
		case r.Unchanged:
			b.WriteString(", was installed already")
		case r.Before != "":
			fmt.Fprintf(&b, ", instead of %s", diag.Safe(r.Before))
		}
		if r.SignedBy != "" {
			b.WriteString(", signed by " + r.SignedBy)
		}
		b.WriteString("\n")
	}
	if !u.locked {
		fmt.Fprintf(&b, "lock file: %s\n", filepath.ToSlash(u.path))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
