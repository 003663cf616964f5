package rulescli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/rulestore"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// packageStatus is a package as egret rules status tells it.
type packageStatus struct {
	*rulestore.Package
	Path string `json:"path,omitempty"`
	// Lock is agrees, differs, or absent if the lock file does not name the package.
	Lock string `json:"lock"`
	// LockedVersion is the version of the lock file, "" without one.
	LockedVersion string `json:"locked_version,omitempty"`
	// Files is intact, changed, or missing if the package is locked but not installed.
	Files    string `json:"files"`
	Previous string `json:"previous,omitempty"`
}

// The words of a status.
const (
	lockAgrees, lockDiffers, lockAbsent     = "agrees", "differs", "absent"
	filesIntact, filesChanged, filesMissing = "intact", "changed", "missing"
)

func statusCommand(host Host) *cobra.Command {
	var config, lockPath string
	format := "text"
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the installed packages, and whether the lock file agrees",
		Long: `Show the installed packages with their versions and numbers of rules, whether egret-rules.lock agrees, and whether their files are those that
were installed. The exit code is 1 if a package differs from the lock file, is missing, or has changed files.`,
		Example: "  egret rules status\n  egret rules status --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := words("format", []string{format}, formats); err != nil {
				return err
			}
			c, err := host.Config(config)
			if err != nil {
				return err
			}
			list, bad, err := packageStatuses(cmp.Or(lockPath, c.LockPath()))
			if err != nil {
				return err
			}
			if bad {
				host.Found()
			}
			if format == "json" {
				return encode(cmd.OutOrStdout(), list)
			}
			if len(list) == 0 {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "no packages are installed; egret rules update installs one")
				return err
			}
			rows := [][]string{{"PACKAGE", "VERSION", "RULES", "INSTALLED", "LOCK", "FILES", "PREVIOUS"}}
			for _, s := range list {
				lock, installed := s.Lock, s.Installed.Format(time.DateOnly)
				if s.Lock == lockDiffers {
					lock += " (" + diag.Safe(s.LockedVersion) + ")"
				}
				if s.Files == filesMissing {
					installed = "-"
				}
				rows = append(rows, []string{s.ID(), diag.Safe(s.Version), term.Count(s.Rules), installed, lock, s.Files, diag.Safe(cmp.Or(s.Previous, "-"))})
			}
			return writeTable(cmd.OutOrStdout(), rows)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "`FORMAT`: text, json")
	cmd.Flags().StringVar(&lockPath, "lock", "", "`FILE` to use as the lock file")
	cmd.Flags().StringVar(&config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	command.Complete(cmd, "format", formats)
	return cmd
}

// packageStatuses returns the state of the packages that are installed or locked; bad is set if one is not as it should be.
func packageStatuses(lockPath string) (list []*packageStatus, bad bool, err error) {
	store, err := setup.Packages()
	if err != nil {
		return nil, false, err
	}
	lock, err := rulestore.ReadLock(lockPath)
	if err != nil {
		return nil, false, setup.UsageError("", err)
	}
	packages, err := store.Packages()
	if err != nil {
		return nil, false, inputError(err)
	}
	list = []*packageStatus{}
	for _, p := range packages {
		s := &packageStatus{Package: p, Path: store.Path(p), Lock: lockAbsent, Files: filesIntact}
		if locked := lock.Find(p.Source, p.Name); locked != nil {
			s.Lock, s.LockedVersion = lockAgrees, locked.Version
			if !lock.Agrees(p) {
				s.Lock, bad = lockDiffers, true
			}
		}
		ok, err := store.Intact(p)
		if err != nil {
			return nil, false, inputError(err)
		}
		if !ok {
			s.Files, bad = filesChanged, true
		}
		if _, previous, err := store.Versions(p.Source, p.Name); err == nil && previous != nil {
			s.Previous = previous.Version
		}
		list = append(list, s)
	}
	if lock == nil {
		return list, bad, nil
	}
	for _, locked := range lock.Packages {
		if _, _, err := store.Versions(locked.Source, locked.Package); errors.Is(err, rulestore.ErrNone) {
			bad = true
			list = append(list, &packageStatus{
				Package: &rulestore.Package{Source: locked.Source, Name: locked.Package, Version: locked.Version, SHA256: locked.SHA256, Content: locked.Content, Rules: locked.Rules},
				Lock:    lockDiffers, LockedVersion: locked.Version, Files: filesMissing,
			})
		}
	}
	return list, bad, nil
}

// installed splits the name of a package, with or without the prefix that --rules needs.
func installed(name string) (source, pkg string, err error) {
	source, pkg, ok := strings.Cut(strings.TrimPrefix(name, setup.PackagePrefix), "/")
	if !ok || rulestore.CheckName(source) != nil || rulestore.CheckName(pkg) != nil {
		return "", "", setup.UsageError("such as sigmahq/core; egret rules status lists them", fmt.Errorf("%q is no package", name))
	}
	return source, pkg, nil
}

// changeCommand is a command that changes an installed package and the lock file.
func changeCommand(host Host, cmd *cobra.Command, do func(store *rulestore.Store, lock *rulestore.Lock, source, pkg string) (string, error)) *cobra.Command {
	var config, lockPath string
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return setup.UsageError("such as: "+cmd.CommandPath()+" sigmahq/core", errors.New("want one package"))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		source, pkg, err := installed(args[0])
		if err != nil {
			return err
		}
		c, err := host.Config(config)
		if err != nil {
			return err
		}
		store, err := setup.Packages()
		if err != nil {
			return err
		}
		lock, err := rulestore.ReadLock(cmp.Or(lockPath, c.LockPath()))
		if err != nil {
			return setup.UsageError("", err)
		}
		text, err := do(store, lock, source, pkg)
		if errors.Is(err, rulestore.ErrNone) {
			return setup.UsageError("egret rules status lists what is", fmt.Errorf("package %s/%s: %w", source, pkg, err))
		}
		if err != nil {
			return inputError(err)
		}
		if lock != nil {
			if err := lock.Write(); err != nil {
				return inputError(err)
			}
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
		return err
	}
	cmd.Flags().StringVar(&lockPath, "lock", "", "`FILE` to use as the lock file")
	cmd.Flags().StringVar(&config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		if store, err := setup.Packages(); err == nil {
			packages, _ := store.Packages() // completion cannot show messages
			for _, p := range packages {
				names = append(names, p.ID())
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

func rollbackCommand(host Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rollback SOURCE/PACKAGE",
		Short:   "Make the version before the installed one again",
		Long:    "Make the version before the installed one again, also in the lock file if there is one. A second rollback takes that back.",
		Example: "  egret rules rollback sigmahq/core",
	}
	return changeCommand(host, cmd, func(store *rulestore.Store, lock *rulestore.Lock, source, pkg string) (string, error) {
		now, before, err := store.Rollback(source, pkg)
		if err != nil {
			if errors.Is(err, rulestore.ErrNone) {
				err = fmt.Errorf("an earlier version is %w", err)
			}
			return "", err
		}
		if lock.Find(source, pkg) != nil {
			lock.Set(now)
		}
		return fmt.Sprintf("%s: version %s, %s, instead of %s", now.ID(), diag.Safe(now.Version), term.Plural(now.Rules, "rule"), diag.Safe(before.Version)), nil
	})
}

func removeCommand(host Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "remove SOURCE/PACKAGE",
		Short:   "Remove an installed package",
		Long:    "Remove an installed package, also from the lock file if there is one. The overlay stays.",
		Example: "  egret rules remove sigmahq/core",
	}
	return changeCommand(host, cmd, func(store *rulestore.Store, lock *rulestore.Lock, source, pkg string) (string, error) {
		if err := store.Remove(source, pkg); err != nil {
			return "", err
		}
		if lock != nil {
			lock.Drop(source, pkg)
		}
		return source + "/" + pkg + ": removed", nil
	})
}
