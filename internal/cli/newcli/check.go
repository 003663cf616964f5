package newcli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/checkpattern"
	"github.com/egret-hunt/egret/internal/setup"
)

func checkCommand() *cobra.Command {
	var output string
	var schema bool
	cmd := &cobra.Command{
		Use:   "check ID",
		Short: "Write a check of your own for egret check",
		Long: `Write a commented check of rules, as a pattern over their comparisons. It works as it is, with "checks:" in egret.yaml and in the
folder checks of a plug-in; docs/own-checks.md explains every key.`,
		Example: "  egret new check acme-short-text -o checks/acme.yaml\n  egret list checks\n  egret check rules/ --select acme-short-text",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				return write(cmd, output, checkpattern.JSONSchema())
			}
			if len(args) == 0 {
				return setup.UsageError("as in: egret new check acme-short-text", errors.New("egret new check needs an ID"))
			}
			text := strings.ReplaceAll(checkDraft, "ID", args[0])
			if _, err := checkpattern.Parse("check", []byte(text)); err != nil {
				return setup.UsageError("lower-case words joined by dashes, as in acme-short-text", fmt.Errorf("%q is not an id of a check", args[0]))
			}
			return write(cmd, output, text)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to a new `FILE` instead of stdout")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of such files instead, for editors")
	return cmd
}

const checkDraft = `# Checks of your own for egret check; egret's docs/own-checks.md explains the keys. Use the file with "checks:" in egret.yaml.
checks:
  - id: ID
    title: a rule searches a command line for a short text
    level: medium                       # informational, low, medium, high, error
    why: Short texts are parts of many command lines.
    applies:                            # the rules that are judged; all without it
      product: windows
      level: [high, critical]
    find:                               # the comparisons that are reported
      field: ["*CommandLine"]
      operator: [contains]
      shorter_than: 4
      alone: true                       # nothing else must hold together with it
    message: "{field} contains {value}, which is found in many command lines"
    help: add another condition, or search for more of the text
`
