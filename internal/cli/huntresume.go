package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/settings"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/scratch"
	"github.com/egret-hunt/egret/internal/term"
)

// latest is the word for the most recently changed hunt.
const latest = "latest"

// unfinished returns the hunts that can be resumed, for completion.
func (f *huntLakeFlags) unfinished() []string {
	dir, err := f.dir()
	if err != nil {
		return nil
	}
	entries, err := journal.List(dir)
	if err != nil {
		return nil
	}
	var ids []string
	for _, e := range entries {
		if !e.Finished && e.Err == nil {
			ids = append(ids, e.ID)
		}
	}
	return append(ids, latest)
}

// resumeJournal opens the journal of a hunt to resume and restores its flags.
func (f *huntLakeFlags) resumeJournal(flags *pflag.FlagSet, h *lakeHunt) error {
	for _, name := range []string{"output", "ledger", "config", "schema-folder", "rules", "geoip", "ioc"} {
		settings.Absolute(flags.Lookup(name))
	}
	for _, name := range []string{"from", "to", "last", "lake", "engine", "table"} {
		if flags.Changed(name) {
			return command.Usage("a resumed hunt keeps its lake, tables and time range", fmt.Errorf("--%s does not go with --resume", name))
		}
	}
	dir, err := f.dir()
	if err != nil {
		return command.Usage("name a folder with --state", err)
	}
	id := f.resume
	if id == latest {
		entry, err := journal.Latest(dir)
		if err != nil {
			return command.Usage("", err)
		}
		if entry == nil {
			return command.Usage("", fmt.Errorf("no hunt in %s can be resumed", dir))
		}
		id = entry.ID
	}
	j, err := journal.Open(dir, id)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return command.Usage("the hunts are in "+dir, fmt.Errorf("unknown hunt %s", id))
	case err != nil:
		return command.Usage("", err)
	}
	h.journal = j
	if j.Finished() {
		return command.Usage("run it again without --resume", fmt.Errorf("hunt %s is finished", id))
	}
	var s settings.Settings
	if err := json.Unmarshal(j.Header().Settings, &s); err != nil {
		return command.Usage("run it again without --resume", fmt.Errorf("hunt %s: its settings cannot be read: %w", id, err))
	}
	if s.Command != f.command {
		return command.Usage(fmt.Sprintf("resume it with egret %s --resume %s", cmp.Or(s.Command, "hunt"), id), fmt.Errorf("%s is of another command", id))
	}
	if dir, err := os.Getwd(); err == nil && dir != s.Dir && s.Dir != "" {
		if err := os.Chdir(s.Dir); err != nil {
			return command.Usage("", fmt.Errorf("hunt %s was started in %s: %w", id, s.Dir, err))
		}
	}
	if err := s.Restore(flags); err != nil {
		return command.Usage("run it again without --resume", fmt.Errorf("hunt %s: %w", id, err))
	}
	h.from, h.to, h.sizes, h.spellings = s.From, s.To, s.Sizes, s.Spellings
	return nil
}

// keepHunts is how long unfinished hunts can be resumed.
const keepHunts = 30 * 24 * time.Hour

// openJournal creates the journal of a new hunt, or checks that of a resumed one.
func (f *huntLakeFlags) openJournal(a *app, flags *pflag.FlagSet, l *lakeHunt) error {
	fingerprint := l.lake.Fingerprint()
	l.command = cmp.Or(f.command, "hunt")
	if l.journal != nil {
		if l.journal.Header().Fingerprint != fingerprint {
			return command.Usage("run it again without --resume, or with the rules, schemas and version of egret that it had",
				fmt.Errorf("hunt %s ran other queries: rules, tables or egret have changed since", l.journal.ID()))
		}
		l.lake.Use(l.journal)
		return nil
	}
	s, err := settings.Keep(flags, l.from, l.to)
	if err != nil {
		return command.Usage("", err)
	}
	s.Command, s.Sizes, s.Spellings = f.command, l.lake.Sizes(), l.lake.Spellings()
	text, err := json.Marshal(s)
	if err != nil {
		return command.Usage("", err)
	}
	dir, err := f.dir()
	if f.state == "" && !l.engine.Info().Remote {
		// Rereading local files is free and fast.
		if l.temporary, err = scratch.NewFolder("hunt"); err == nil {
			dir = l.temporary.Path
		}
	}
	if err != nil {
		return command.Usage("name a folder with --state", err)
	}
	// Abandoned hunts contain log data that is no longer needed.
	if _, err := journal.Prune(dir, keepHunts, time.Now()); err != nil && !errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(a.stderr, "%s: cannot remove old hunts: %s\n", a.paintErr(term.Warning, "warning"), diag.Safe(err.Error()))
	}
	l.journal, err = journal.Create(dir, journal.Header{
		Created: time.Now().UTC(), Version: version(), Command: a.command(), Settings: text, Fingerprint: fingerprint,
	})
	if err != nil {
		return &command.ExitError{Code: command.ExitInput, Err: err, Help: "name another folder with --state"}
	}
	l.lake.Use(l.journal)
	return nil
}

// finish closes the journal of a hunt. It removes that of a finished hunt and prints how to resume an unfinished one.
func (a *app) finish(l *lakeHunt, ledger *finding.Ledger) error {
	if l.lake == nil {
		return nil
	}
	if fault := l.lake.Fault(); fault != nil {
		a.complain(command.EngineFailure(fault))
	}
	if !ledger.Partial && ledger.Lake.Left.Total == 0 {
		return l.journal.Finish()
	}
	if l.temporary != nil {
		return nil
	}
	resume := "egret " + l.command + " --resume " + l.journal.ID()
	dir := filepath.Dir(l.journal.Path())
	if usual, err := journal.DefaultDir(); err != nil || dir != usual {
		resume += " --state " + settings.ShellWord(dir)
	}
	fmt.Fprintf(a.stderr, "%s %s\n", a.paintErr(term.Help, "to resume:"), command.SafeLines(resume))
	if ledger.Lake.BudgetUsed {
		fmt.Fprintf(a.stderr, "  %s the budget applies to all runs together; set a larger one with --budget\n", a.paintErr(term.Help, "help:"))
	}
	return nil
}
