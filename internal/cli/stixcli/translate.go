package stixcli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/connector"
	"github.com/egret-hunt/egret/internal/setup"
)

func translateCommand(host Host) *cobra.Command {
	var validator bool
	cmd := &cobra.Command{
		Use:   "translate MODULE[:DIALECT] query|results|parse IDENTITY DATA [OPTIONS]",
		Short: "Translate patterns to queries and rows to STIX, for scripts of stix-shifter",
		Long: `Translate as the aws_athena connector of stix-shifter does: the same arguments, and the same JSON on stdout. A call that
fails is an answer with "success": false, a code and a message, and the exit code is 0; it is 3 for arguments that
cannot be read.

  query    DATA is a pattern; prints queries for egret stix transmit, one for each service that can answer it
  results  DATA are rows of egret stix transmit; prints a bundle of observed data
  parse    DATA is a pattern as a JSON string; prints its comparisons and the time range

DIALECT is vpcflow, guardduty or ocsf; without one all count. IDENTITY is the STIX identity of the data source as JSON, {} for
queries. Without DATA it is read from stdin.`,
		Example: `  egret stix translate aws_athena query '{}' "[ipv4-addr:value = '192.0.2.1']"
  egret stix translate aws_athena:vpcflow results "$IDENTITY" "$ROWS" '{"stix_2.1": true}'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return translate(cmd, args, host) },
	}
	cmd.Flags().BoolVarP(&validator, "stix-validator", "x", false, "accepted for scripts: bundles are valid")
	return cmd
}

func translate(cmd *cobra.Command, args []string, host Host) error {
	if len(args) < 3 || len(args) > 6 {
		return setup.UsageError("such as: egret stix translate aws_athena query '{}' PATTERN", errors.New("want a module, query, results or parse, an identity, and data"))
	}
	dialects, err := module(args[0])
	if err != nil {
		return err
	}
	data := ""
	if len(args) > 3 {
		data = args[3]
	}
	if data == "" {
		text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxRows+1))
		if err != nil {
			return &setup.Error{Kind: setup.Input, Err: err}
		}
		if len(text) > maxRows {
			return setup.UsageError("", fmt.Errorf("the data is larger than %d MB", maxRows>>20))
		}
		data = string(text)
	}
	identity, err := connector.Identity(args[2])
	if err != nil {
		return setup.UsageError("", err)
	}
	options := strings.Join(args[min(4, len(args)):min(5, len(args))], "")
	o, err := connector.ParseOptions(options)
	if err != nil {
		return answer(cmd.OutOrStdout(), connector.Refuse(err))
	}
	if o.Mappings, err = mappings(host); err != nil {
		return err
	}
	var out connector.Answer
	switch args[1] {
	case "results":
		out, err = results(identity, data, o, dialects)
	case "query":
		out = connector.Translate(data, o, dialects, time.Now())
	case "parse":
		out, err = connector.Parse(data, o, time.Now())
	default:
		return setup.UsageError("it takes query, results or parse", fmt.Errorf("translate does not take %.60q", args[1]))
	}
	var syntax *connector.SyntaxError
	if errors.As(err, &syntax) {
		return setup.UsageError("", err)
	}
	if err != nil {
		out = connector.Refuse(err)
	}
	return answer(cmd.OutOrStdout(), out)
}

// maxRows is the maximum size of rows on stdin.
const maxRows = 1 << 30

func results(identity map[string]any, data string, o connector.Options, dialects []string) (connector.Answer, error) {
	rows, err := connector.Rows(data)
	if err != nil {
		return connector.Answer{}, err
	}
	observer, err := connector.NewObserver(o, dialects, time.Now)
	if err != nil {
		return connector.Answer{}, err
	}
	return observer.Bundle(identity, rows), nil
}
