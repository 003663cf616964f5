// Command egret-dev holds the chores of egret's maintainers; it is not part of a release.
//
//	egret-dev bench                              measures what docs/performance.md lists
//	egret-dev incident -out examples/incident    writes the sample logs again
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

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
	{"incident", "write the sample logs of examples/incident", writeIncident},
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
		fmt.Fprintf(stderr, "  egret-dev %-10s %s\n", c.name, c.help)
	}
	return errors.New("expected the name of a chore")
}

func writeIncident(args []string, _, stderr io.Writer) error {
	flags := flag.NewFlagSet("egret-dev incident", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "", "folder to write to, such as examples/incident")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" || flags.NArg() > 0 {
		return errors.New("incident: expected -out DIR and nothing else")
	}
	return incident.Write(*out)
}
