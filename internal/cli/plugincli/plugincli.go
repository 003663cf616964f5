// Package plugincli has the command egret plugin: install, list, show, upgrade, remove and checksum.
package plugincli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/archive"
	"github.com/egret-hunt/egret/internal/plugin"
	"github.com/egret-hunt/egret/internal/rulestore/fetch"
	"github.com/egret-hunt/egret/internal/setup"
)

// A Host is the command line that the commands belong to.
type Host interface {
	// Version is the version of egret.
	Version() string
	// UntilSignal returns a context that ends with Ctrl-C.
	UntilSignal(ctx context.Context) (context.Context, func())
	// Found gives the command the exit code of findings.
	Found()
}

// Command returns egret plugin and its subcommands.
func Command(host Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "Install, list and remove plug-ins, which are folders of data",
		Long: `A plug-in adds text languages for egret convert, processing pipelines, log sources, STIX mappings and rules. It is a
folder or an archive (zip, tar.gz) with a manifest, plugin.yaml, and holds data only: egret runs nothing of it.
docs/plugins.md describes the files.

Installed plug-ins are used by all commands, as if egret.yaml named their folders. Their rules run only when asked for:
--rules plugin:NAME. A plug-in with a fault is skipped and named in a warning; everything else works.

Plug-ins are kept in egret's data folder, or in the folder that EGRET_PLUGINS names.`,
		Example: "  egret plugin install acme-1.2.0.tar.gz\n  egret plugin list\n  egret hunt logs/ --rules plugin:acme",
	}
	cmd.AddCommand(installCommand(host), listCommand(host), showCommand(host), upgradeCommand(host), removeCommand(host), checksumCommand())
	return cmd
}

func store(host Host) *plugin.Store { return &plugin.Store{Dir: plugin.Dir(), Egret: host.Version()} }

func installCommand(host Host) *cobra.Command {
	var o plugin.InstallOptions
	cmd := &cobra.Command{
		Use:   "install FOLDER|ARCHIVE|URL",
		Short: "Install the plug-in in a folder or an archive",
		Long: `Install the plug-in in a folder or an archive (zip, tar.gz), which may be at an https address. All of it is checked before
anything changes: paths, links and sizes of an archive, the manifest, the versions of egret it is for, its checksum, and every spec,
check, pipeline, schema and mapping. --checksum makes sure that a download is what its author published.`,
		Example: `  egret plugin install acme/
  egret plugin install https://example.com/acme-1.2.0.tar.gz --checksum sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  egret plugin install acme-1.2.0.tar.gz --checksum sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
		Args: one("FOLDER|ARCHIVE|URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := install(cmd, host, args[0], o)
			if err != nil {
				return err
			}
			return tell(cmd, change)
		},
	}
	cmd.Flags().StringVar(&o.Checksum, "checksum", "", "`SUM` that the archive must have: sha256: and 64 hexadecimal digits")
	cmd.Flags().BoolVar(&o.Replace, "replace", false, "replace a plug-in of the same name, whatever its version")
	return cmd
}

// install installs one source.
func install(cmd *cobra.Command, host Host, source string, o plugin.InstallOptions) (*plugin.Change, error) {
	ctx, stop := host.UntilSignal(cmd.Context())
	defer stop()
	o.Now = time.Now()
	path := source
	if strings.Contains(source, "://") {
		file, err := download(ctx, source, fetch.Options{Agent: "egret/" + host.Version()})
		defer func() { _ = os.Remove(file) }() // it was not made if there is an error
		if err != nil {
			return nil, err
		}
		source = plain(source)
		path, o.Source = file, source
	}
	change, err := store(host).Install(ctx, path, o)
	if err == nil {
		return change, nil
	}
	help := "docs/plugins.md describes plug-ins"
	var already *plugin.AlreadyInstalledError
	var missing *plugin.NotInstalledError
	switch {
	case errors.As(err, &already):
		help = "egret plugin upgrade takes a later version, and --replace any"
	case errors.As(err, &missing):
		help = "egret plugin install installs it"
	case errors.Is(err, os.ErrNotExist), ctx.Err() != nil:
		help = ""
	}
	return nil, setup.UsageError(help, fmt.Errorf("%s: %w", source, err))
}

// plain returns an address without its user and query, which may be secret.
func plain(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the address"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// download writes what is at an address to a temporary file and returns its path, which the caller removes.
func download(ctx context.Context, address string, o fetch.Options) (path string, err error) {
	if _, err := fetch.Check(address); err != nil {
		return "", setup.UsageError("such as https://example.com/acme-1.2.0.tar.gz", fmt.Errorf("%s: %w", diag.Safe(plain(address)), err))
	}
	file, err := os.CreateTemp("", "egret-plugin-*")
	if err != nil {
		return "", err
	}
	o.MaxBytes = plugin.Limits().Archive
	_, err = fetch.Get(ctx, address, file, o)
	if err := errors.Join(err, file.Close()); err != nil {
		return file.Name(), &setup.Error{Kind: setup.Input, Err: err, Help: "nothing was changed; egret plugin install takes an archive that you have"}
	}
	return file.Name(), nil
}

func tell(cmd *cobra.Command, change *plugin.Change) error {
	p := change.Plugin
	var err error
	switch {
	case change.Same:
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s is installed already.\n", p.Name, p.Version)
	case change.Before != "":
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "Replaced %s %s by %s: %s.\n", p.Name, change.Before, p.Version, types(p))
	default:
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "Installed %s %s: %s.\n", p.Name, p.Version, types(p))
	}
	return err
}

func upgradeCommand(host Host) *cobra.Command {
	var checksum string
	cmd := &cobra.Command{
		Use:   "upgrade [FOLDER|ARCHIVE|NAME...]",
		Short: "Replace installed plug-ins by later versions",
		Long: `Replace installed plug-ins by the versions in folders and archives. NAME stands for the folder, archive or address from which a
plug-in was installed; without arguments all of these are looked at, and those that are gone are named. An older
version never replaces a later one: egret plugin install --replace does that.`,
		Example: "  egret plugin upgrade acme-1.3.0.tar.gz\n  egret plugin upgrade acme\n  egret plugin upgrade",
		RunE: func(cmd *cobra.Command, args []string) error {
			entries, err := store(host).List()
			if err != nil {
				return err
			}
			if checksum != "" && len(args) != 1 {
				return setup.UsageError("as in: egret plugin upgrade acme.zip --checksum sha256:…", errors.New("--checksum is for one archive"))
			}
			if len(args) == 0 {
				for _, e := range entries {
					args = append(args, e.Name)
				}
			}
			var faults []error
			for _, arg := range args {
				source := arg
				if at := slices.IndexFunc(entries, func(e plugin.Entry) bool { return e.Name == arg }); at >= 0 {
					source = entries[at].Source
				}
				change, err := install(cmd, host, source, plugin.InstallOptions{Upgrade: true, Checksum: checksum})
				if err == nil {
					err = tell(cmd, change)
				}
				faults = append(faults, err)
			}
			return all(faults)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return names(host), cobra.ShellCompDirectiveDefault // files are fine too
		},
	}
	cmd.Flags().StringVar(&checksum, "checksum", "", "`SUM` that the archive must have: sha256: and 64 hexadecimal digits")
	return cmd
}

// all joins errors as one with the help of the first.
func all(faults []error) error {
	faults = slices.DeleteFunc(faults, func(err error) bool { return err == nil })
	if len(faults) < 2 {
		return errors.Join(faults...)
	}
	var lines []string
	for _, err := range faults {
		lines = append(lines, err.Error())
	}
	return setup.UsageError("", errors.New(strings.Join(lines, "\n")))
}

func removeCommand(host Host) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME...", Aliases: []string{"uninstall"}, Short: "Remove installed plug-ins",
		Example: "  egret plugin remove acme",
		Args:    one("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range args {
				err := store(host).Remove(name)
				var missing *plugin.NotInstalledError
				if errors.As(err, &missing) {
					return unknown(host, err, name)
				}
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "Removed %s.\n", name); err != nil {
					return err
				}
			}
			return nil
		},
		ValidArgsFunction: complete(host),
	}
}

// unknown returns the error for a name that no plug-in has.
func unknown(host Host, err error, name string) error {
	help := "egret plugin list shows the plug-ins"
	if near := diag.Near(name, names(host)); near != "" {
		help = "the nearest is " + near
	}
	return setup.UsageError(help, err)
}

func checksumCommand() *cobra.Command {
	return &cobra.Command{
		Use: "checksum FOLDER", Short: "Print the checksum of a plug-in for its manifest",
		Long: `Print the checksum of all files of a plug-in but the manifest and names that begin with a dot. The author of a plug-in
writes it to the key checksum of plugin.yaml; egret then refuses the plug-in if a file was changed or lost.`,
		Example: "  egret plugin checksum acme/",
		Args:    one("FOLDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			digest, err := plugin.Checksum(args[0])
			var refused *archive.Error
			if errors.As(err, &refused) || errors.Is(err, os.ErrNotExist) {
				return setup.UsageError("it takes the folder of a plug-in", fmt.Errorf("%s: %w", args[0], err))
			}
			if err == nil {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), digest)
			}
			return err
		},
	}
}

// names returns the names of the installed plug-ins, none if they cannot be read.
func names(host Host) []string {
	entries, err := store(host).List()
	if err != nil {
		return nil
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name)
	}
	return list
}

func complete(host Host) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return names(host), cobra.ShellCompDirectiveNoFileComp
	}
}

// one wants an argument; what says which.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		several := strings.HasSuffix(cmd.Use, "...")
		if len(args) == 1 || several && len(args) > 1 {
			return nil
		}
		return setup.UsageError("see "+cmd.CommandPath()+" --help", fmt.Errorf("%s needs a %s, found %d arguments", cmd.CommandPath(), what, len(args)))
	}
}
