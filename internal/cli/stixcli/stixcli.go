// Package stixcli has the commands for STIX patterns.
package stixcli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// maxFile is the maximum size of a file with a pattern.
const maxFile = 16 << 20

// A Host is the command line that the commands belong to.
type Host interface {
	// Diagnose prints diagnostics.
	Diagnose(list diag.List) error
	// Found gives the command the exit code of findings.
	Found()
	// Schemas returns the built-in log sources and those of a folder, "" for none, and of a configuration, "" for the nearest.
	Schemas(folder, config string) ([]*schema.Schema, error)
	// Config returns the configuration at a path, "" for the nearest.
	Config(path string) (*setup.Config, error)
}

// mappings returns the STIX objects of log sources with those of the configuration and of plug-ins, nil for egret's alone.
func mappings(host Host) ([]*stixmap.Mapping, error) {
	schemas, err := host.Schemas("", "")
	if err != nil {
		return nil, err
	}
	c, err := host.Config("")
	if err != nil {
		return nil, err
	}
	return c.STIXMappings(schemas)
}

// Command returns egret stix and its subcommands.
func Command(host Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stix",
		Short: "Read STIX patterns and match them with observed data",
		Long:  `Work with patterns of STIX 2.0 and 2.1.`,
	}
	cmd.AddCommand(parseCommand(host), matchCommand(host), translateCommand(host), transmitCommand(host), executeCommand(host), modulesCommand(),
		configsCommand(host), mappingCommand(host))
	return cmd
}

func parseCommand(host Host) *cobra.Command {
	version := stix.V21.String()
	cmd := &cobra.Command{
		Use:   "parse PATTERN|FILE",
		Short: "Print the tree of a pattern as JSON",
		Long: `Read a STIX pattern and print its tree as JSON, with the pattern in canonical form. PATTERN|FILE is the
pattern itself, a file that holds one, or - for stdin.

A pattern that the grammar does not allow is an error: the message points at the character and says what was
expected, and the exit code is 3. What the grammar allows although nothing can match, such as a date that does not
exist, is reported too, but the tree is printed.`,
		Example: `  egret stix parse "[ipv4-addr:value = '192.0.2.1']"
  egret stix parse pattern.txt
  egret stix parse --stix-version 2.0 - < pattern.txt`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return setup.UsageError(`such as: egret stix parse "[ipv4-addr:value = '192.0.2.1']"`, fmt.Errorf("got %d arguments, want one pattern or file", len(args)))
			}
			v, ok := stix.ParseVersion(version)
			if !ok {
				return setup.UsageError("it takes 2.0 or 2.1", fmt.Errorf("--stix-version does not take %q", version))
			}
			file, err := read(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			return printTree(cmd.OutOrStdout(), file, v, host)
		},
	}
	cmd.Flags().StringVar(&version, "stix-version", version, "`VERSION` of the grammar: 2.0 or 2.1")
	return cmd
}

// printTree prints the tree of a pattern, and its faults.
func printTree(w io.Writer, file *source.File, version stix.Version, host Host) error {
	pattern, list := stix.Parse(file, version)
	if pattern != nil {
		list = append(list, stix.Check(pattern)...)
	}
	if err := host.Diagnose(list); err != nil {
		return err
	}
	if pattern == nil {
		return setup.UsageError("", errors.New("the pattern cannot be read"))
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(pattern)
}

// read returns the text of an argument: a pattern, whose first character is a bracket or a parenthesis, or else a file if there
// is one of that name.
func read(stdin io.Reader, arg string) (*source.File, error) {
	if arg == "-" {
		return limited("<stdin>", stdin)
	}
	if text := strings.TrimSpace(arg); !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "(") {
		f, err := os.Open(arg)
		if err == nil {
			defer f.Close()
			return limited(arg, f)
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, &setup.Error{Kind: setup.Input, Err: err}
		}
	}
	return source.NewFile("<pattern>", arg), nil
}

func limited(name string, r io.Reader) (*source.File, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, &setup.Error{Kind: setup.Input, Err: err}
	}
	if len(text) > maxFile {
		return nil, setup.UsageError("", fmt.Errorf("%s is larger than %d MB", name, maxFile>>20))
	}
	return source.NewFile(name, string(text)), nil
}
