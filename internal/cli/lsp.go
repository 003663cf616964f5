package cli

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/lsp"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// lspCommand returns egret lsp.
func (a *app) lspCommand() *cobra.Command {
	options := lsp.Options{Version: version(), Now: time.Now}
	stdio := false
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Serve an editor: diagnostics, fixes, completion and more for Sigma rules",
		Long: `Serve an editor by the Language Server Protocol on stdin and stdout. Editors start this command themselves; docs/lsp.md has
the settings of Neovim, Helix, VS Code and Emacs.

Rules are judged as by egret check, with the nearest egret.yaml, while they are typed. The editor also gets fixes, hover texts,
completion, places of rules, formatting, and how many test events each rule matches.

Exit codes: 0 the editor has shut the server down, 1 it left without doing so, 4 it sent what cannot be read.`,
		Example: `  egret lsp
  egret lsp --config team/egret.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if term.IsTerminal(a.stdin) {
				return command.Usage("docs/lsp.md has the settings of editors", errors.New("egret lsp is started by an editor and reads its messages from stdin"))
			}
			if options.Config != "" || options.SchemaFolder != "" { // a fault in what the user names stops the command
				if _, err := a.loadSchemas(options.SchemaFolder, options.Config); err != nil {
					return err
				}
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			switch err := lsp.Serve(ctx, cmd.InOrStdin(), cmd.OutOrStdout(), options); {
			case err == nil || ctx.Err() != nil:
				return nil
			case errors.Is(err, lsp.ErrNoShutdown):
				return &command.ExitError{Code: command.ExitFindings, Err: err} // the code that the protocol demands
			default:
				return &setup.Error{Kind: setup.Input, Err: err}
			}
		},
	}
	cmd.Flags().StringVar(&options.Config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	cmd.Flags().StringVar(&options.SchemaFolder, "schema-folder", "", "`DIR` with schemas of your own")
	cmd.Flags().BoolVar(&stdio, "stdio", false, "speak on stdin and stdout, which is what the command does anyway")
	_ = cmd.Flags().MarkHidden("stdio") // the flag exists; many editors add it
	return cmd
}
