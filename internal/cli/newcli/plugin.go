package newcli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/plugin"
	"github.com/egret-hunt/egret/internal/setup"
)

func pluginCommand() *cobra.Command {
	var output string
	var schema bool
	cmd := &cobra.Command{
		Use:   "plugin NAME",
		Short: "Write the folder of a new plug-in",
		Long: `Write the folder of a plug-in: a commented manifest, a pipeline, a rule, and a test of the rule that fails until it is
filled in. docs/plugins.md describes what else a plug-in may hold.`,
		Example: "  egret new plugin acme                write the folder acme\n  egret test acme/rules\n  egret plugin install acme/",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				return write(cmd, output, plugin.JSONSchema())
			}
			if len(args) == 0 {
				return setup.UsageError("as in: egret new plugin acme", errors.New("egret new plugin needs a NAME"))
			}
			if !plugin.ValidName(args[0]) {
				return setup.UsageError("lower-case letters, digits, - and _, as in acme", fmt.Errorf("%q is not a name of a plug-in", args[0]))
			}
			if output == "" {
				output = args[0]
			}
			return pluginFolder(cmd, args[0], output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the new folder `DIR` (default: the name)")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of manifests instead, for editors")
	return cmd
}

// pluginFolder writes the files of a plug-in into a new folder.
func pluginFolder(cmd *cobra.Command, name, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return setup.UsageError("choose another folder with -o", err)
	}
	rule, err := newRule(ruleDraft{title: "Example of " + name})
	if err != nil {
		return err
	}
	snake := strings.ReplaceAll(name, "-", "_")
	for _, file := range []struct{ path, text string }{
		{plugin.ManifestName, strings.ReplaceAll(pluginDraft, "NAME", name)},
		{filepath.Join("pipelines", snake+"_fields.yml"), strings.ReplaceAll(pluginPipeline, "NAME", name)},
		{filepath.Join("rules", snake+".yml"), rule},
		{filepath.Join("rules", snake+".test.yaml"), ruleTest},
	} {
		path := filepath.Join(dir, file.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(file.text), 0o644); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), path); err != nil {
			return err
		}
	}
	return nil
}

const pluginDraft = `# The manifest of a plug-in; egret's docs/plugins.md explains the keys.
name: NAME
version: 0.1.0
description: FILL IN what the plug-in adds, in one line
# egret: ">=0.5, <2"        # versions of egret that it works with
state: devel                # stable, testing, devel, broken, orphaned
# checksum: sha256:…        # egret plugin checksum NAME prints it
# author: …
# license: …
# homepage: https://…
`

const pluginPipeline = `# A processing pipeline; egret's docs/pipelines.md explains it. Try it with
#
#   egret convert rule.yml -t splunk -p NAME_fields.yml
name: Fields of NAME
priority: 50
transformations:
- id: names
  type: field_name_mapping
  mapping:
    # Field of the rule: field of the log. Fields that are not here keep their names.
    CommandLine: process.command_line
`
