package cli

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

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
	format, configFile := "text", ""
	cmd := &cobra.Command{
		Use: "checks", Short: "List the checks of egret check and your own, with the names of pySigma's validators", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := command.OneOf("format", format, []string{"text", "json"}); err != nil {
				return err
			}
			config, err := a.loadConfig(configFile)
			if err != nil {
				return err
			}
			own, err := setup.Checks(config)
			if err != nil {
				return err
			}
			list := []listedCheck{}
			for _, c := range slices.Concat(check.All(), own) {
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
	command.Complete(cmd, "format", []string{"text", "json"})
	return cmd
}
