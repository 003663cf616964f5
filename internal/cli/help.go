package cli

import (
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/help"
	"github.com/egret-hunt/egret/internal/term"
)

// Help uses the width of the terminal within limits: lines of more than a hundred columns are hard to read, and fewer
// than forty columns are too narrow.
const (
	helpNarrow = 40
	helpWide   = 110
)

// helpWidth returns the number of columns for help: of the terminal that it is written to, or else COLUMNS, or else
// of the terminal of stderr, which is the user's if stdout goes to a pager.
func (a *app) helpWidth() int {
	columns := term.Columns(a.stdout)
	if columns == 0 {
		columns, _ = strconv.Atoi(os.Getenv("COLUMNS")) // 0 for anything else
	}
	if columns <= 0 {
		columns = term.Columns(a.stderr)
	}
	if columns <= 0 {
		columns = help.Usual
	}
	return min(max(columns, helpNarrow), helpWide)
}

// noCommand returns an error for an unknown command with the nearest one.
func (a *app) noCommand(cmd *cobra.Command, args []string) error { return help.NoCommand(cmd, args) }
