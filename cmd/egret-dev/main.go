// Command egret-dev runs maintenance commands for egret; it is not part of a release.
//
//	egret-dev api -out docs/api.md                  writes the page of the API of egret serve
//	egret-dev bench                                 measures what docs/performance.md lists
//	egret-dev bench-lake                            measures what a hunt costs a Trino server
//	egret-dev checks -out docs/checks               writes the pages of checks
//	egret-dev diagnostics -out docs/diagnostics.md  writes the page of diagnostic codes
//	egret-dev incident -out examples/incident       writes the sample logs
//	egret-dev man -out dist/man                     writes a man page for each command
//	egret-dev notices -out THIRD_PARTY_NOTICES      writes the licenses of everything that is linked into egret
//	egret-dev peers -shared DIR [CASE...]           lists how text queries differ from those of sigma-cli
//	egret-dev sbom -binary egret -out FILE          writes which modules are linked into a binary, as CycloneDX
//	egret-dev sources -out docs/sources             writes the pages of log sources
//	egret-dev stix -out docs/stix                   writes the pages of STIX mappings
//	egret-dev trino -cache DIR -- COMMAND           runs a command with a Trino server
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/incident"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "egret-dev:", err)
		}
		os.Exit(3)
	}
}

// subcommand is one command of egret-dev.
type subcommand struct {
	name, help string
	run        func(args []string, stdout, stderr io.Writer) error
}

// subcommands lists all commands, sorted by name.
var subcommands = []subcommand{
	{"api", "write the page of the API of egret serve", writeAPI},
	{"bench", "measure what docs/performance.md lists", bench},
	{"bench-lake", "measure what a hunt costs a Trino server", benchLake},
	{"checks", "write the pages of checks", writeChecks},
	{"diagnostics", "write the page of diagnostic codes", writeDiagnostics},
	{"incident", "write the sample logs of examples/incident", writeIncident},
	{"man", "write a man page for each command", writeMan},
	{"notices", "write the licenses of everything that is linked into egret", writeNotices},
	{"peers", "list how text queries differ from those of sigma-cli", peers},
	{"sbom", "write which modules are linked into a binary", writeSBOM},
	{"sources", "write the pages of log sources", writeSources},
	{"stix", "write the pages of STIX mappings", writeSTIX},
	{"trino", "run a command with a Trino server", trino},
}

// run runs the subcommand that args name.
func run(args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		for _, c := range subcommands {
			if c.name == args[0] {
				return c.run(args[1:], stdout, stderr)
			}
		}
	}
	for _, c := range subcommands {
		fmt.Fprintf(stderr, "  egret-dev %-12s %s\n", c.name, c.help)
	}
	return errors.New("expected the name of a command")
}

func writeIncident(args []string, _, stderr io.Writer) error {
	out, err := outFlag("incident", args, stderr)
	if err != nil {
		return err
	}
	return incident.Write(out)
}

func writeDiagnostics(args []string, _, stderr io.Writer) error {
	out, err := outFlag("diagnostics", args, stderr)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(diagnosticsPage()), 0o644)
}

// outFlag parses the -out flag of the subcommands that write files.
func outFlag(subcommand string, args []string, stderr io.Writer) (string, error) {
	flags := flag.NewFlagSet("egret-dev "+subcommand, flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "", "file or folder to write")
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if *out == "" || flags.NArg() > 0 {
		return "", fmt.Errorf("%s: expected only the flag -out", subcommand)
	}
	return *out, nil
}

// diagnosticsPage returns the catalogue of diagnostic codes as Markdown.
func diagnosticsPage() string {
	var b strings.Builder
	b.WriteString(`# Diagnostics

Each diagnostic about a rule or a configuration has a code, a position and, if possible, a suggestion. A rule with an error
is not loaded; a rule with only warnings is. ` + "`make generate`" + ` writes this page.

| code | meaning |
|---|---|
`)
	for _, c := range diag.Codes {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Code, c.Meaning)
	}
	return b.String()
}
