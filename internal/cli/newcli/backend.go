package newcli

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/textgen"
)

// backendName matches the names of text languages.
var backendName = lazyre.New(`^[a-z][a-z0-9_]{0,39}$`)

func backendCommand() *cobra.Command {
	var output string
	var schema bool
	cmd := &cobra.Command{
		Use:   "backend NAME",
		Short: "Write the spec of a new text language for egret convert",
		Long: `Write a commented spec of a text language. It works as it is, with egret convert -t NAME --backend-folder DIR, and with
"backends:" in egret.yaml; docs/backends/format.md explains every key. With -o its tests stand in a file beside it, and fail until they
are filled in.`,
		Example: "  egret new backend tiny -o backends/tiny.yaml   also writes backends/tiny.test.yaml\n  egret test backends/tiny.yaml\n  egret convert rule.yml -t tiny --backend-folder backends",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				text, err := json.MarshalIndent(textgen.JSONSchema(), "", "  ")
				return errors.Join(err, write(cmd, output, string(text)+"\n"))
			}
			if len(args) == 0 {
				return setup.UsageError("as in: egret new backend tiny", errors.New("egret new backend needs a NAME"))
			}
			if !backendName.MatchString(args[0]) {
				return setup.UsageError("lower-case letters, digits and _, as in my_siem", fmt.Errorf("%q is not a name of a language", args[0]))
			}
			if textgen.FindTarget(args[0]) != nil {
				return setup.UsageError("choose another name", fmt.Errorf("there is a target %s already", args[0]))
			}
			return writeTested(cmd, output, textgen.Draft(args[0]), textgen.DraftTests(args[0]))
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to a new `FILE` instead of stdout")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of such files instead, for editors")
	return cmd
}
