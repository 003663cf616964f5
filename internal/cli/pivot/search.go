package pivot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/search"
	"github.com/egret-hunt/egret/internal/setup"
)

func searchCommand(host Host) *cobra.Command {
	var terms search.Terms
	cmd := &cobra.Command{ //nolint:gosec // the keys are AWS's examples
		Use:   "search PATH... [TEXT] | --lake NAME [TEXT]",
		Short: "Show every event of a principal, a key, an address, a resource",
		Long: `Read logs as egret hunt does and print the events that match, in order: everything that this key, user, address
or bucket did. No rules run.

Several values of one flag are alternatives; different flags must all hold. Values ignore letter case and take the
wildcards * and ?. With a time range alone, every event in it is printed.

--principal takes an ARN, a name or an id of who acted; a role also stands for its sessions. --key finds the events that
the key signed, and those that name it: where it was made, handed out, changed or deleted. --ip takes addresses and
networks. --event takes the name of a call, also as iam:CreateUser. --resource finds a name, an id or an ARN among the things
that calls were about. TEXT is looked for in every string of an event, --regex too, with letter case. The last
argument is TEXT if it names no file.

With --lake or --engine the question is asked of tables instead, in one scan.

Exit codes: 0 no event matches, 1 events match, 3 usage or configuration, 4 an input failed, 5 stopped early.`,
		Example: `  egret search logs/ --key AKIAIOSFODNN7EXAMPLE
  egret search logs/ --principal svc-backup --event 'Create*' --event 'Delete*'
  egret search logs/ --ip 198.51.100.0/24 --from 2023-07-10 --to 2023-07-11 --format table
  egret search logs/ --resource customer-exports --format csv -o exports.csv
  egret search logs/ AccessDenied
  egret search logs/ --regex 'snap-0[0-9a-f]{16}' --format jsonl
  egret search --lake prod --last 30d --principal arn:aws:iam::111122223333:role/admin`,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&terms.Principals, "principal", nil, "events of this principal: an `ARN|NAME|ID`; repeatable")
	flags.StringArrayVar(&terms.Keys, "key", nil, "events of this access key or session, and those that name it: a `KEY`; repeatable")
	flags.StringArrayVar(&terms.Addresses, "ip", nil, "events from this `ADDRESS|CIDR`; repeatable")
	flags.StringArrayVar(&terms.Actions, "event", nil, "events of this call: a `NAME`, such as CreateUser or iam:Create*; repeatable")
	flags.StringArrayVar(&terms.Resources, "resource", nil, "events about this resource: a `NAME|ARN`; repeatable")
	flags.StringArrayVar(&terms.Texts, "text", nil, "events with this `TEXT` in any string; repeatable")
	flags.StringArrayVar(&terms.Regexes, "regex", nil, "events with a string that this RE2 expression `RE` matches; repeatable")
	run := host.Reading(cmd, report.EventFormats)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		paths, text, err := split(args, inLake(cmd))
		if err != nil {
			return err
		}
		if text != "" && !cmd.Flags().Changed("resume") {
			if err := flags.Set("text", text); err != nil { // so that a resumed search has it too
				return err
			}
		}
		switch {
		case len(paths) == 0 && !inLake(cmd):
			return setup.UsageError("as in: egret search logs/ --key AKIAIOSFODNN7EXAMPLE   or, in a lake: egret search --lake prod --last 7d --key …",
				errors.New("egret search needs a PATH or a lake"))
		case cmd.Flags().Changed("resume"):
			return nil // the journal has the terms
		case terms.Empty() && !slices.ContainsFunc([]string{"from", "to", "last"}, cmd.Flags().Changed):
			return setup.UsageError("name what to look for: --principal, --key, --ip, --event, --resource, --text or --regex; or a time range",
				errors.New("egret search has nothing to search for"))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		paths, _, err := split(args, inLake(cmd))
		if err != nil {
			return err
		}
		return run(paths, inquiry.Search(&terms))
	}
	return cmd
}

// inLake reports whether flags choose a lake.
func inLake(cmd *cobra.Command) bool {
	return slices.ContainsFunc([]string{"lake", "engine", "resume"}, cmd.Flags().Changed)
}

// logEndings are endings of names that only files have.
var logEndings = []string{".json", ".jsonl", ".ndjson", ".log", ".csv", ".gz", ".zst", ".zip", ".tar", ".tgz", ".evtx", ".parquet"}

// split tells the paths of a search from its text, which is the last argument if it names no file. An argument that looks
// like a path is never taken for a text: a mistyped path would then be searched for in the other files.
func split(args []string, lake bool) (paths []string, text string, err error) {
	if lake {
		if len(args) > 1 {
			return nil, "", setup.UsageError("for several texts repeat --text; a search reads either files or a lake", fmt.Errorf("got %d arguments, expected at most one TEXT", len(args)))
		}
		return nil, strings.Join(args, ""), nil
	}
	if len(args) < 2 {
		return args, "", nil
	}
	last := args[len(args)-1]
	switch {
	case last == "-" || event.IsRemote(last) || named(last):
		return args, "", nil
	case looksLikePath(last):
		return nil, "", setup.UsageError("to search for this text: --text", fmt.Errorf("%s: no such file or folder", last))
	}
	return args[:len(args)-1], last, nil
}

// named reports whether a file, a folder or a glob has this name.
func named(path string) bool {
	if _, err := os.Lstat(path); err == nil {
		return true
	}
	found, err := filepath.Glob(path)
	return err == nil && len(found) > 0
}

// looksLikePath reports whether a text has the form of a path: it ends like a log file, or its folder exists.
func looksLikePath(text string) bool {
	if slices.Contains(logEndings, strings.ToLower(filepath.Ext(text))) {
		return true
	}
	if dir := filepath.Dir(text); dir != "." {
		info, err := os.Stat(dir)
		return err == nil && info.IsDir()
	}
	return false
}
