package pipelines

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/pipeline"
)

// ListCommands returns the commands for egret list: pipelines, transformations and conditions.
func ListCommands(host Host) []*cobra.Command {
	var format string
	lists := []struct {
		name, short string
		rows        func() ([]Row, error)
	}{
		{"pipelines", "List the embedded processing pipelines and your own", func() ([]Row, error) { return pipelineRows(host) }},
		{"transformations", "List the kinds of transformations, post-processing steps and finalizers of pipelines", func() ([]Row, error) { return transformationRows(), nil }},
		{"conditions", "List the kinds of conditions of pipelines", func() ([]Row, error) { return conditionRows(), nil }},
	}
	var commands []*cobra.Command
	for _, list := range lists {
		cmd := &cobra.Command{
			Use: list.name, Short: list.short, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				rows, err := list.rows()
				if err != nil {
					return err
				}
				return host.List(format, rows)
			},
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

// pipelineRows returns the embedded pipelines and those of the user, sorted by name. One of the user's that cannot be read is listed
// with the reason.
func pipelineRows(host Host) ([]Row, error) {
	own, err := host.OwnPipelines()
	if err != nil {
		return nil, err
	}
	names := append(pipeline.Names(), slices.Collect(maps.Keys(own))...)
	slices.Sort(names)
	var rows []Row
	for _, name := range slices.Compact(names) {
		p := pipeline.Embedded(name)
		if path := own[name]; path != "" {
			read, list, err := pipeline.LoadFile(path, nil)
			if err != nil || read == nil || list.HasErrors() {
				read = &pipeline.Pipeline{Name: "cannot be read: " + path}
			}
			p = read
		}
		entry := pipelineJSON{ID: name, Title: p.Name, Priority: p.Priority, Backends: p.Backends}
		if entry.Backends == nil {
			entry.Backends = []string{}
		}
		rows = append(rows, Row{ID: name, Title: p.Name, JSON: entry})
	}
	return rows, nil
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
