// Package newcli has the commands that write first versions of files: egret new rule, correlation, filter, schema, pipeline, backend,
// check and plugin.
package newcli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/draft"
	"github.com/egret-hunt/egret/internal/setup"
)

// maxSample is how much of a file of events is read.
const maxSample = 64 << 20

// Command returns egret new and its subcommands.
func Command(host Host) *cobra.Command {
	cmd := &cobra.Command{Use: "new", Short: "Write first versions of files"}
	cmd.AddCommand(ruleCommand(host), correlationCommand(), filterCommand(), schemaCommand(), pipelineCommand(), backendCommand(), checkCommand(), pluginCommand())
	return cmd
}

func schemaCommand() *cobra.Command {
	var from, name, output string
	cmd := &cobra.Command{
		Use:   "schema --from EVENTS",
		Short: "Draft the schema of a log source from sample events",
		Long: `Draft a schema for a log that egret does not know: what identifies its events, where their time, id, principal
and address are, the names of their fields, and a table layout. EVENTS is JSON: lines, an array, or an object with a
list of events; gzip is unpacked, and - is stdin.

Everything is guessed from names and values. Lines marked "check" say what to look at; the file works as it is, in
every command that has --schema-folder, and with "schemas:" in egret.yaml.`,
		Example: `  egret new schema --from app.jsonl                       print the draft
  egret new schema --from app.jsonl --name webapp -o schemas/webapp.yaml
  egret hunt logs/ --schema-folder schemas --rules rules`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				return setup.UsageError("such as: egret new schema --from app.jsonl", errors.New("--from is missing"))
			}
			text, cut, err := read(cmd.InOrStdin(), from)
			if err != nil {
				return err
			}
			sample, err := draft.Read(text)
			if err != nil {
				return fmt.Errorf("%s: %w", from, err)
			}
			if name == "" {
				name = draft.Name(from)
			}
			schema, err := sample.YAML(name)
			if err != nil {
				return setup.UsageError("--name gives another name; docs/sources/format.md describes the file", fmt.Errorf("%s: %w", from, err))
			}
			if cut {
				fmt.Fprintf(cmd.ErrOrStderr(), "egret: note: only the first %d MiB of %s were read\n", maxSample>>20, from)
			}
			return write(cmd, output, schema)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "`FILE` with sample events, or - for stdin")
	cmd.Flags().StringVar(&name, "name", "", "`NAME` of the log source (default: that of the file)")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to a new `FILE` instead of stdout")
	return cmd
}

// read returns the beginning of a file, up to the last whole line if it is too long.
func read(stdin io.Reader, path string) (text []byte, cut bool, err error) {
	from := stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, false, err
		}
		defer file.Close()
		from = file
	}
	if text, err = io.ReadAll(io.LimitReader(from, maxSample+1)); err != nil {
		return nil, false, err
	}
	if bytes.HasPrefix(text, []byte("\x1f\x8b")) {
		unpacked, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", path, err)
		}
		text, err = io.ReadAll(io.LimitReader(unpacked, maxSample+1))
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, false, fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(text) > maxSample {
		return text[:bytes.LastIndexByte(text[:maxSample], '\n')+1], true, nil
	}
	return text, false, nil
}

// write writes a draft to a new file, whose folder it makes, or to stdout.
func write(cmd *cobra.Command, path, text string) error {
	if path == "" || path == "-" {
		_, err := io.WriteString(cmd.OutOrStdout(), text)
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return setup.UsageError("drafts replace no file", fmt.Errorf("%s exists", path))
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, text)
	return errors.Join(err, file.Close())
}
