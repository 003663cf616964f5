package stixcli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/connector"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

func executeCommand(host Host) *cobra.Command {
	rows, cleanUp := 10, false
	cmd := &cobra.Command{
		Use:   "execute MODULE MODULE[:DIALECT] IDENTITY CONNECTION CONFIGURATION PATTERN",
		Short: "Translate, run and read a pattern on Athena, for scripts of stix-shifter",
		Long: `Translate a pattern, run the query of each service with a table in the connection, wait, and print a bundle of the rows. The
arguments are those of the aws_athena connector of stix-shifter. A failure is an answer with "success": false and exit
code 0, as with egret stix transmit.`,
		Example: `  egret stix execute aws_athena aws_athena "$IDENTITY" "$CONNECTION" "$CONFIGURATION" "[ipv4-addr:value = '192.0.2.1']" -r 100`,
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return execute(cmd, args, rows, cleanUp, host) },
	}
	cmd.Flags().IntVarP(&rows, "results", "r", rows, "maximum `N` of rows of each service")
	cmd.Flags().BoolVar(&cleanUp, "cleanup", false, "delete the files of a result from S3 once its last row was read")
	return cmd
}

func execute(cmd *cobra.Command, args []string, rows int, cleanUp bool, host Host) error {
	if len(args) != 6 {
		return setup.UsageError("such as: egret stix execute aws_athena aws_athena IDENTITY CONNECTION CONFIGURATION PATTERN", fmt.Errorf("got %d arguments, want 6", len(args)))
	}
	if rows < 1 {
		return setup.UsageError("it takes a number from 1 on", fmt.Errorf("--results does not take %d", rows))
	}
	if _, err := module(args[0]); err != nil {
		return err
	}
	dialects, err := module(args[1])
	if err != nil {
		return err
	}
	identity, err := connector.Identity(args[2])
	if err != nil {
		return setup.UsageError("", err)
	}
	session, done, err := session(cmd, args[3], args[4], host)
	if err != nil {
		var syntax *connector.SyntaxError
		if errors.As(err, &syntax) {
			return setup.UsageError("", err)
		}
		return answer(cmd.OutOrStdout(), connector.Refuse(err))
	}
	defer done()
	session.CleanUp = cleanUp
	var progress func(service, state string)
	if stderr := cmd.ErrOrStderr(); term.IsTerminal(stderr) {
		progress = func(service, state string) { fmt.Fprintf(stderr, "\r\x1b[K%s: %s", service, state) }
		defer fmt.Fprint(stderr, "\r\x1b[K")
	}
	out := session.Execute(cmd.Context(), identity, args[5], dialects, rows, progress).Without(session.Connection.Role)
	return answer(cmd.OutOrStdout(), out)
}
