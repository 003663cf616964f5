// Package pivot has the commands that look at events without rules: search lists those of a principal, key, address or
// resource, summary tells what each principal did, metrics counts.
//
// A command reads its own flags and makes a Job of them. The Host, which is the command line around it, adds the flags that
// egret hunt has too, reads files or a lake, and closes with the ledger. So all commands read the same inputs in the
// same way.
package pivot

import (
	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/report"
)

// A Host is the command line that the commands belong to.
type Host interface {
	// Reading adds the flags of egret hunt that choose what is read and where results go. The returned function runs a
	// job on what the flags and paths name, after they were parsed.
	Reading(cmd *cobra.Command, formats []report.Format) func(paths []string, job *inquiry.Job) error
}

// Commands returns the commands.
func Commands(host Host) []*cobra.Command {
	return []*cobra.Command{searchCommand(host), summaryCommand(host), metricsCommand(host)}
}
