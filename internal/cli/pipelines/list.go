package pipelines

import (
	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/pipeline"
)

// ListCommands returns the commands for egret list: pipelines, transformations and conditions.
func ListCommands(host Host) []*cobra.Command {
	var format string
	lists := []struct {
		name, short string
		rows        func() []Row
	}{
		{"pipelines", "List the embedded processing pipelines", pipelineRows},
		{"transformations", "List the kinds of transformations, post-processing steps and finalizers of pipelines", transformationRows},
		{"conditions", "List the kinds of conditions of pipelines", conditionRows},
	}
	var commands []*cobra.Command
	for _, list := range lists {
		cmd := &cobra.Command{
			Use: list.name, Short: list.short, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return host.List(format, list.rows()) },
		}
		cmd.Flags().StringVar(&format, "format", "text", "`FORMAT` of the list: text, json")
		if err := cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic("egret bug: " + err.Error())
		}
		commands = append(commands, cmd)
	}
	return commands
}

type pipelineJSON struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Priority int      `json:"priority"`
	Backends []string `json:"backends"`
}

func pipelineRows() []Row {
	var rows []Row
	for _, name := range pipeline.Names() {
		p := pipeline.Embedded(name)
		entry := pipelineJSON{ID: name, Title: p.Name, Priority: p.Priority, Backends: p.Backends}
		if entry.Backends == nil {
			entry.Backends = []string{}
		}
		rows = append(rows, Row{ID: name, Title: p.Name, JSON: entry})
	}
	return rows
}

type kindJSON struct {
	pipeline.Kind
	// Key is the key of a pipeline or step that takes the kind.
	Key string `json:"key"`
}

func kindRows(key string, kinds []pipeline.Kind) []Row {
	var rows []Row
	for i := range kinds {
		kind := kinds[i]
		if kind.Params == nil {
			kind.Params = []pipeline.Param{}
		}
		rows = append(rows, Row{ID: kind.Name, Title: kind.Help, JSON: kindJSON{kind, key}})
	}
	return rows
}

func transformationRows() []Row {
	rows := kindRows("transformations", pipeline.Transformations())
	for _, list := range []struct {
		key, title string
		kinds      []pipeline.Kind
	}{{"postprocessing", "post-processing", pipeline.Postprocessings()}, {"finalizers", "finalizer", pipeline.Finalizers()}} {
		for _, row := range kindRows(list.key, list.kinds) {
			row.Title = list.title + ": " + row.Title
			rows = append(rows, row)
		}
	}
	return rows
}

func conditionRows() []Row {
	var rows []Row
	for _, list := range pipeline.Conditions() {
		for _, row := range kindRows(list.Key, list.Kinds) {
			row.Title = list.Level + ": " + row.Title
			rows = append(rows, row)
		}
	}
	return rows
}
