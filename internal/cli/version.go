package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/finding"
)

// release is the version of a released binary, set by the linker; "" in others.
var release string

// version is the version of this binary: the release, else that of the module, else "devel" with the commit.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	version := "devel"
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			version += "-" + setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			version += "+changes"
		}
	}
	return version
}

func (a *app) versionCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.printVersion(format) },
	}
	cmd.Flags().StringVar(&format, "format", "text", "`FORMAT` of the version: text, json")
	command.Complete(cmd, "format", []string{"text", "json"})
	return cmd
}

func (a *app) printVersion(format string) error {
	if err := command.OneOf("format", format, []string{"text", "json"}); err != nil {
		return err
	}
	var err error
	if format == "json" {
		err = finding.NewSafeEncoder(a.stdout).Encode(map[string]string{
			"version": version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "go": runtime.Version(),
		})
	} else {
		_, err = fmt.Fprintf(a.stdout, "egret %s %s/%s %s\n", version(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	}
	return err
}
