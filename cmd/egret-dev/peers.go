package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/egret-hunt/egret/internal/testkit/peertest"
)

// peers lists how queries differ from those of sigma-cli: egret-dev peers [-shared DIR] [-limit N] [CASE...]. Without cases it
// prints the figures of all.
func peers(args []string, out, _ io.Writer) error {
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	shared := flags.String("shared", os.Getenv("EGRET_SHARED"), "folder of the public test data")
	limit := flags.Int("limit", 20, "differences to list for each case; 0 lists all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, c := range peertest.Cases {
		named := false
		for _, name := range flags.Args() {
			named = named || name == c.File || name == c.Target
		}
		if flags.NArg() > 0 && !named {
			continue
		}
		if why := c.Missing(); why != "" {
			fmt.Fprintf(out, "%s: not compared, %s\n", c.File, why)
			continue
		}
		result, err := peertest.Compare(context.Background(), *shared, c, 1)
		if err != nil {
			return fmt.Errorf("%s (%s): %w", c.File, strings.Join(c.Pipelines, ", "), err)
		}
		if flags.NArg() == 0 {
			result.Differences = nil
		}
		peertest.Write(out, c, result, *limit)
	}
	return nil
}
