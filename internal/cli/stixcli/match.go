package stixcli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/stix"
)

type matchFlags struct {
	version, format string
	oasis           bool
}

func matchCommand(host Host) *cobra.Command {
	f := matchFlags{}
	cmd := &cobra.Command{
		Use:   "match PATTERN|FILE OBSERVED-DATA...",
		Short: "Match a pattern with observed data",
		Long: `Print the observations that take part in a match of a STIX pattern. PATTERN|FILE is the pattern itself or a file that
holds one. OBSERVED-DATA are files of STIX 2.0 or 2.1 with observed-data: bundles, lists of objects or JSON lines; - is
stdin. All files together are searched, so that observations from several files may match together.

The exit code is 1 if the pattern matches and 0 if it does not.`,
		Example: `  egret stix match "[ipv4-addr:value ISSUBSET '192.0.2.0/24']" bundle.json
  egret stix match pattern.txt monday.jsonl tuesday.jsonl --format json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return match(cmd, &f, args, host) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.version, "stix-version", stix.V21.String(), "`VERSION` of the pattern's grammar: 2.0 or 2.1")
	flags.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text or json")
	flags.BoolVar(&f.oasis, "oasis", false, "refuse AND between different object types in one bracket, which OASIS's matcher never matches")
	return cmd
}

func match(cmd *cobra.Command, f *matchFlags, args []string, host Host) error {
	version, ok := stix.ParseVersion(f.version)
	switch {
	case !ok:
		return setup.UsageError("it takes 2.0 or 2.1", fmt.Errorf("--stix-version does not take %q", f.version))
	case f.format != "text" && f.format != "json":
		return setup.UsageError("it takes text or json", fmt.Errorf("--format does not take %q", f.format))
	case len(args) < 2:
		return setup.UsageError(`such as: egret stix match "[ipv4-addr:value = '192.0.2.1']" bundle.json`, errors.New("want a pattern and files with observed data"))
	}
	file, err := read(cmd.InOrStdin(), args[0])
	if err != nil {
		return err
	}
	parsed, list := stix.Parse(file, version)
	var pattern *stixmatch.Pattern
	if parsed != nil {
		pattern, list = stixmatch.Compile(parsed, stixmatch.Options{OASIS: f.oasis})
	}
	if err := host.Diagnose(list); err != nil {
		return err
	}
	if pattern == nil {
		return setup.UsageError("", errors.New("the pattern cannot be used"))
	}
	var observations []stixmatch.Observation
	for _, path := range args[1:] {
		found, err := observed(cmd.InOrStdin(), path)
		if err != nil {
			return &setup.Error{Kind: setup.Input, Err: err}
		}
		observations = append(observations, found...)
	}
	found, err := pattern.Match(observations)
	if err != nil {
		return setup.UsageError("shorten the pattern or the time", err)
	}
	if err := printMatches(cmd.OutOrStdout(), f.format, observations, found); err != nil {
		return err
	}
	if len(found) > 0 {
		host.Found()
	}
	return nil
}

// observed reads a file of observed data.
func observed(stdin io.Reader, path string) ([]stixmatch.Observation, error) {
	if path == "-" {
		return stixmatch.ReadObservations(stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := stixmatch.ReadObservations(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// matchedObservation is an observation as printed in JSON.
type matchedObservation struct {
	ID    string    `json:"id"`
	First time.Time `json:"first_observed"`
	Last  time.Time `json:"last_observed"`
}

func printMatches(w io.Writer, format string, list []stixmatch.Observation, found []int) error {
	matched := make([]matchedObservation, len(found))
	for i, n := range found {
		matched[i] = matchedObservation{list[n].ID, list[n].First.UTC(), list[n].Last.UTC()}
	}
	if format == "json" {
		return json.NewEncoder(w).Encode(map[string]any{"matched": len(found) > 0, "observations": matched, "searched": len(list)})
	}
	for _, m := range matched {
		if _, err := fmt.Fprintf(w, "%s  %s  %s\n", m.First.Format(time.RFC3339Nano), m.Last.Format(time.RFC3339Nano), diag.Safe(m.ID)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s of %d\n", term.Plural(len(matched), "observation"), len(list))
	return err
}
