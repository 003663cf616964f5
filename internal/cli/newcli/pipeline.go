package newcli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/setup"
)

// pipelineName matches the names of pipelines.
var pipelineName = lazyre.New(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)

func pipelineCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "pipeline NAME",
		Short: "Write a processing pipeline for egret convert",
		Long: `Write a commented processing pipeline. It works as it is, with egret convert -p NAME.yml; docs/pipelines.md explains every
key and kind. With -o its tests stand in a file beside it, and fail until they are filled in.`,
		Example: "  egret new pipeline our_lake -o our_lake.yml   also writes our_lake.test.yaml\n  egret test our_lake.yml\n  egret explain rule.yml --stage pipeline -p our_lake.yml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if !pipelineName.MatchString(name) {
				return setup.UsageError("letters, digits, _ and -, as in our_lake", fmt.Errorf("%q is not a name of a pipeline", name))
			}
			if slices.Contains(pipeline.Names(), name) {
				return setup.UsageError("choose another name", fmt.Errorf("there is an embedded pipeline %s already", name))
			}
			return writeTested(cmd, output, pipeline.Draft(name), pipeline.DraftTests(name))
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to a new `FILE` instead of stdout")
	return cmd
}
