package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// checkHost is the app as the commands egret check, egret coverage, egret rules and egret test see it.
type checkHost struct{ *app }

// Colors implements checkcli.Host.
func (h checkHost) Colors(stream io.Writer) bool { return h.colors(stream) }

// Version implements checkcli.Host.
func (checkHost) Version() string { return version() }

// Bar implements checkcli.Host.
func (h checkHost) Bar() *term.Progress { return term.NewProgress(h.stderr, h.screen, time.Now) }

// Schemas implements checkcli.Host.
func (h checkHost) Schemas(folder, config string) ([]*schema.Schema, error) {
	return h.loadSchemas(folder, config)
}

// Config implements checkcli.Host.
func (h checkHost) Config(path string) (*setup.Config, error) { return h.loadConfig(path) }

// UntilSignal implements checkcli.Host.
func (h checkHost) UntilSignal(ctx context.Context) (context.Context, func()) {
	return h.untilSignal(ctx)
}

// CompletePlaces implements rulescli.Host.
func (checkHost) CompletePlaces(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return rulePlaces(word)
}

// listedCheck is a check as egret list checks prints it in JSON.
type listedCheck struct {
	ID      string   `json:"id"`
	Level   string   `json:"level"`
	Title   string   `json:"title"`
	Group   string   `json:"group"`
	PySigma []string `json:"pysigma"`
}

// listChecks returns egret list checks.
func (a *app) listChecks() *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use: "checks", Short: "List the checks of egret check, with the names of pySigma's validators", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("format", format, []string{"text", "json"}); err != nil {
				return err
			}
			list := []listedCheck{}
			for _, c := range check.All() {
				list = append(list, listedCheck{c.ID, c.Level.String(), c.Title, string(c.Group), append([]string{}, c.PySigma...)})
			}
			if format == "json" {
				encoder := json.NewEncoder(a.stdout)
				encoder.SetEscapeHTML(false)
				encoder.SetIndent("", "  ")
				return encoder.Encode(list)
			}
			for _, c := range list {
				if _, err := fmt.Fprintf(a.stdout, "%s  %s  %s\n", term.Pad(c.ID, 42), term.Pad(c.Level, 13), c.Title); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "`FORMAT` of the list: text, json")
	complete(cmd, "format", []string{"text", "json"})
	return cmd
}
