// Command egret-dev holds the chores of egret's maintainers; it is not part of a release.
//
//	egret-dev bench                              measures what docs/performance.md lists
//	egret-dev bench-lake                         measures what a hunt costs a Trino server
//	egret-dev diagnostics -out docs/diagnostics.md    writes the page of diagnostic codes again
//	egret-dev incident -out examples/incident    writes the sample logs again
//	egret-dev notices -out THIRD_PARTY_NOTICES   writes the licenses of what is linked into egret again
//	egret-dev sources -out docs/sources          writes the pages of log sources again
//	egret-dev trino -cache DIR -- COMMAND        runs a command beside a Trino server
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

// chore is one command of egret-dev.
type chore struct {
	name, help string
	run        func(args []string, stdout, stderr io.Writer) error
}

// chores are all commands, sorted by name.
var chores = []chore{
	{"bench", "measure what docs/performance.md lists", bench},
	{"bench-lake", "measure what a hunt costs a Trino server", benchLake},
	{"diagnostics", "write the page of diagnostic codes", writeDiagnostics},
	{"incident", "write the sample logs of examples/incident", writeIncident},
	{"notices", "write the licenses of what is linked into egret", writeNotices},
	{"sources", "write the pages of log sources", writeSources},
	{"trino", "run a command beside a Trino server", trino},
}

// run finds and runs the chore that args name.
func run(args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		for _, c := range chores {
			if c.name == args[0] {
				return c.run(args[1:], stdout, stderr)
			}
		}
	}
	for _, c := range chores {
		fmt.Fprintf(stderr, "  egret-dev %-12s %s\n", c.name, c.help)
	}
	return errors.New("expected the name of a chore")
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

// outFlag reads the one flag of the chores that write something.
func outFlag(chore string, args []string, stderr io.Writer) (string, error) {
	flags := flag.NewFlagSet("egret-dev "+chore, flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "", "file or folder to write")
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if *out == "" || flags.NArg() > 0 {
		return "", fmt.Errorf("%s: expected -out and nothing else", chore)
	}
	return *out, nil
}

// diagnosticsPage is the catalogue of diagnostic codes as a document.
func diagnosticsPage() string {
	var b strings.Builder
	b.WriteString(`# Diagnostics

What egret says about a rule or a configuration has a code, a place and, where there is one, a way out. An error keeps a
rule from being loaded; a warning does not. This page is written by ` + "`make generate`" + `.

| code | meaning |
|---|---|
`)
	for _, c := range diag.Codes {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Code, c.Meaning)
	}
	return b.String()
}
