package stixcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/connector"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/stixmap"
)

// operations are those of transmit with the number of their arguments.
var operations = []struct {
	name        string
	least, most int
	usage       string
}{
	{"ping", 0, 0, ""},
	{"query", 1, 1, "QUERY"},
	{"status", 1, 2, "SEARCH-ID"},
	{"results", 3, 4, "SEARCH-ID OFFSET LENGTH [METADATA]"},
	{"results_stix", 4, 5, "SEARCH-ID OFFSET LENGTH IDENTITY [METADATA]"},
	{"delete", 1, 1, "SEARCH-ID"},
	{"is_async", 0, 0, ""},
}

func transmitCommand(host Host) *cobra.Command {
	cleanUp := false
	cmd := &cobra.Command{
		Use:   "transmit MODULE CONNECTION CONFIGURATION OPERATION [ARGUMENT...]",
		Short: "Run a translated query on Athena, for scripts of stix-shifter",
		Long: `Make one call of the aws_athena connector of stix-shifter: the same arguments, and the same JSON on stdout. A call that
fails is an answer with "success": false, a code and a message, and the exit code is 0; it is 3 for arguments that
cannot be read.

CONNECTION and CONFIGURATION are JSON. Without keys in CONFIGURATION the credentials of the environment are used, as by
AWS's own tools. No answer and no message contains keys, the role or the external id.

Operations:
  ping                                        whether Athena can be used
  query QUERY                                 start a query, such as {"vpcflow": "…"} of egret stix translate
  status SEARCH-ID                            how far it is
  results SEARCH-ID OFFSET LENGTH [METADATA]  the next rows; METADATA is that of the answer before
  results_stix SEARCH-ID OFFSET LENGTH IDENTITY [METADATA]  the same as a bundle
  delete SEARCH-ID                            stop it
  is_async                                    true`,
		Example: `  egret stix transmit aws_athena '{"region": "eu-west-1", "s3_bucket_location": "s3://results/"}' '{"auth": {}}' ping
  egret stix transmit aws_athena "$CONNECTION" "$CONFIGURATION" results "$ID" 0 1000`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return transmit(cmd, args, cleanUp, host) },
	}
	cmd.Flags().BoolVar(&cleanUp, "cleanup", false, "delete the files of a result from S3 once its last row was read")
	return cmd
}

// module checks the name of the module and returns the dialects behind it.
func module(arg string) ([]string, error) {
	name, rest, some := strings.Cut(arg, ":")
	if name != connector.Module {
		return nil, setup.UsageError("the only one is "+connector.Module, fmt.Errorf("there is no module %.60q", name))
	}
	if !some {
		return nil, nil
	}
	return strings.Split(rest, ":"), nil
}

func transmit(cmd *cobra.Command, args []string, cleanUp bool, host Host) error {
	if len(args) < 4 {
		return setup.UsageError("such as: egret stix transmit aws_athena CONNECTION CONFIGURATION ping", errors.New("want a module, a connection, a configuration and an operation"))
	}
	if _, err := module(args[0]); err != nil {
		return err
	}
	operation, rest := args[3], args[4:]
	var names []string
	found := false
	for _, o := range operations {
		names = append(names, o.name)
		if o.name == operation {
			found = true
			if len(rest) < o.least || len(rest) > o.most {
				return setup.UsageError(strings.TrimSpace("want "+o.name+" "+o.usage), fmt.Errorf("got %d arguments of %s", len(rest), o.name))
			}
		}
	}
	if !found {
		return setup.UsageError("it takes "+strings.Join(names, ", "), fmt.Errorf("there is no operation %.60q", operation))
	}
	session, done, err := session(cmd, args[1], args[2], host)
	if err != nil {
		var syntax *connector.SyntaxError
		if errors.As(err, &syntax) {
			return setup.UsageError("", err)
		}
		return answer(cmd.OutOrStdout(), connector.Refuse(err))
	}
	defer done()
	session.CleanUp = cleanUp
	ctx, stop := context.WithTimeout(cmd.Context(), session.Connection.Options.Timeout)
	defer stop()
	var identity map[string]any
	if operation == "results_stix" {
		if identity, err = connector.Identity(rest[3]); err != nil {
			return setup.UsageError("", err)
		}
	}
	out := call(ctx, session, operation, rest, identity).Without(session.Connection.Role)
	return answer(cmd.OutOrStdout(), out)
}

// call makes the call of an operation, whose arguments were counted.
func call(ctx context.Context, s *connector.Session, operation string, args []string, identity map[string]any) connector.Answer {
	switch operation {
	case "ping":
		return s.Ping(ctx)
	case "query":
		return s.Query(ctx, args[0])
	case "status":
		return s.Status(ctx, args[0])
	case "results":
		return s.Results(ctx, args[0], args[2], strings.Join(args[3:], ""))
	case "results_stix":
		return s.ResultsSTIX(ctx, args[0], args[2], strings.Join(args[4:], ""), identity)
	case "delete":
		return s.Delete(ctx, args[0])
	}
	return connector.IsAsync()
}

// session prepares calls with a connection and a configuration.
func session(cmd *cobra.Command, connection, configuration string, host Host) (*connector.Session, func(), error) {
	c, err := connector.ParseConnection(connection, configuration)
	if err != nil {
		return nil, nil, err
	}
	if c.Options.Mappings, err = mappings(host); err != nil {
		return nil, nil, err
	}
	made := &calls{connection: c}
	stderr := cmd.ErrOrStderr()
	s := &connector.Session{Connection: c, Calls: made, Now: time.Now, Warn: func(text string) { fmt.Fprintf(stderr, "egret: %s\n", text) }}
	return s, made.Close, nil
}

// answer prints an answer.
func answer(w io.Writer, a connector.Answer) error {
	text, err := a.JSON()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func modulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "modules [MODULE]",
		Short:   "Print the modules and dialects, for scripts of stix-shifter",
		Long:    `Print the modules of egret stix translate and transmit with their dialects, as JSON.`,
		Example: `  egret stix modules`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return static(cmd, args, func() (connector.Answer, error) { return connector.Modules(), nil })
		},
	}
}

func configsCommand(host Host) *cobra.Command {
	return &cobra.Command{
		Use:     "configs [MODULE]",
		Short:   "Print the keys of connections, for scripts of stix-shifter",
		Long:    `Print the keys of connections, their options and configurations with types, limits and presets, as JSON.`,
		Example: `  egret stix configs aws_athena`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return static(cmd, args, func() (connector.Answer, error) { return described(host, connector.Configs) })
		},
	}
}

func mappingCommand(host Host) *cobra.Command {
	return &cobra.Command{
		Use:   "mapping MODULE",
		Short: "Print which fields STIX objects have, for scripts of stix-shifter",
		Long: `Print egret's mappings of vpcflow, guardduty and ocsf as JSON, in the form of the maps of stix-shifter: properties of
objects with the fields of the log that they are compared with, and fields with the properties that they give.`,
		Example: `  egret stix mapping aws_athena`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return static(cmd, args, func() (connector.Answer, error) { return described(host, connector.Mapping) })
		},
	}
}

// described returns what is said of mappings.
func described(host Host, of func([]*stixmap.Mapping) connector.Answer) (connector.Answer, error) {
	list, err := mappings(host)
	if err != nil {
		return connector.Answer{}, err
	}
	return of(list), nil
}

// static prints what does not depend on arguments besides the module.
func static(cmd *cobra.Command, args []string, of func() (connector.Answer, error)) error {
	if len(args) > 1 {
		return setup.UsageError("want one module or none", fmt.Errorf("got %d arguments", len(args)))
	}
	for _, arg := range args {
		if _, err := module(arg); err != nil {
			return err
		}
	}
	out, err := of()
	if err != nil {
		return err
	}
	return answer(cmd.OutOrStdout(), out)
}
