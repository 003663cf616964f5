package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/scratch"
)

// latest is the word for the hunt that was changed last.
const latest = "latest"

// unfinished are the hunts that can be resumed, for completion.
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

// settings are the flags of a hunt as its journal keeps them, so that --resume needs no other.
type settings struct {
	Flags map[string][]string `json:"flags"`
	From  time.Time           `json:"from,omitzero"`
	To    time.Time           `json:"to,omitzero"`
	// Sizes are those of the tables: what engines estimate changes from day to day.
	Sizes []lake.Size `json:"sizes,omitempty"`
	// Spellings are those of the tables' partitions: tables get new ones.
	Spellings []lake.Spelling `json:"spellings,omitempty"`
	// Dir is the working folder, where relative paths of the flags start.
	Dir string `json:"dir"`
}

// notKept are flags that each run has its own of.
var notKept = []string{"resume", "state", "dry-run", "help", "from", "to", "last", "color", "no-color"}

// keep takes the flags that were set.
func keep(flags *pflag.FlagSet, from, to time.Time) (settings, error) {
	s := settings{Flags: map[string][]string{}, From: from, To: to}
	flags.Visit(func(f *pflag.Flag) {
		if slices.Contains(notKept, f.Name) {
			return
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			s.Flags[f.Name] = list.GetSlice()
		} else {
			s.Flags[f.Name] = []string{f.Value.String()}
		}
	})
	var err error
	s.Dir, err = os.Getwd()
	return s, err
}

// restore sets the flags of an earlier run that this one does not set itself.
func (s settings) restore(flags *pflag.FlagSet) error {
	for _, name := range slices.Sorted(maps.Keys(s.Flags)) {
		values := s.Flags[name]
		f := flags.Lookup(name)
		if f == nil || f.Changed {
			continue
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			if err := list.Replace(values); err != nil {
				return err
			}
			f.Changed = true
			continue
		}
		for _, value := range values {
			if err := flags.Set(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// absolute makes paths start at this run's folder, if the flag was set: the hunt goes on in that of its first run.
func absolute(f *pflag.Flag) {
	if f == nil || !f.Changed {
		return
	}
	whole := func(path string) string {
		if path == "" || path == "-" || f.Name == "rules" && path == starter {
			return path
		}
		if abs, err := filepath.Abs(path); err == nil {
			return abs
		}
		return path
	}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		paths := list.GetSlice()
		for i := range paths {
			paths[i] = whole(paths[i])
		}
		_ = list.Replace(paths) // texts take every text
		return
	}
	_ = f.Value.Set(whole(f.Value.String())) // as above
}

// resumeJournal opens the journal of a hunt that is to go on, and takes its flags.
func (f *huntLakeFlags) resumeJournal(flags *pflag.FlagSet, h *lakeHunt) error {
	for _, name := range []string{"output", "ledger", "config", "schema-folder", "rules"} {
		absolute(flags.Lookup(name))
	}
	for _, name := range []string{"from", "to", "last", "lake", "engine", "table"} {
		if flags.Changed(name) {
			return usage("a hunt that is resumed keeps its lake, tables and time range", fmt.Errorf("--%s does not go with --resume", name))
		}
	}
	dir, err := f.dir()
	if err != nil {
		return usage("name a folder with --state", err)
	}
	id := f.resume
	if id == latest {
		entry, err := journal.Latest(dir)
		if err != nil {
			return usage("", err)
		}
		if entry == nil {
			return usage("", fmt.Errorf("no hunt in %s can be resumed", dir))
		}
		id = entry.ID
	}
	j, err := journal.Open(dir, id)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return usage("the hunts are in "+dir, fmt.Errorf("no hunt %s is known", id))
	case err != nil:
		return usage("", err)
	}
	h.journal = j
	if j.Finished() {
		return usage("run it again without --resume", fmt.Errorf("hunt %s came to its end", id))
	}
	var s settings
	if err := json.Unmarshal(j.Header().Settings, &s); err != nil {
		return usage("run it again without --resume", fmt.Errorf("hunt %s: its settings cannot be read: %w", id, err))
	}
	if dir, err := os.Getwd(); err == nil && dir != s.Dir && s.Dir != "" {
		if err := os.Chdir(s.Dir); err != nil {
			return usage("", fmt.Errorf("hunt %s was started in %s: %w", id, s.Dir, err))
		}
	}
	if err := s.restore(flags); err != nil {
		return usage("run it again without --resume", fmt.Errorf("hunt %s: %w", id, err))
	}
	h.from, h.to, h.sizes, h.spellings = s.From, s.To, s.Sizes, s.Spellings
	return nil
}

// keepHunts is how long hunts that were not finished can be resumed.
const keepHunts = 30 * 24 * time.Hour

// openJournal makes the journal of a new hunt, or checks that of one that goes on.
func (f *huntLakeFlags) openJournal(a *app, flags *pflag.FlagSet, l *lakeHunt) error {
	fingerprint := l.lake.Fingerprint()
	if l.journal != nil {
		if l.journal.Header().Fingerprint != fingerprint {
			return usage("run it again without --resume, or with the rules, schemas and version of egret that it had",
				fmt.Errorf("hunt %s asked something else: rules, tables or egret have changed since", l.journal.ID()))
		}
		l.lake.Use(l.journal)
		return nil
	}
	s, err := keep(flags, l.from, l.to)
	if err != nil {
		return usage("", err)
	}
	s.Sizes, s.Spellings = l.lake.Sizes(), l.lake.Spellings()
	text, err := json.Marshal(s)
	if err != nil {
		return usage("", err)
	}
	dir, err := f.dir()
	if f.state == "" && !l.engine.Info().Remote {
		// What this machine has read for nothing is as quickly read again.
		if l.temporary, err = scratch.NewFolder("hunt"); err == nil {
			dir = l.temporary.Path
		}
	}
	if err != nil {
		return usage("name a folder with --state", err)
	}
	// What was given up long ago is log data of others that nobody needs any more.
	if _, err := journal.Prune(dir, keepHunts, time.Now()); err != nil && !errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(a.stderr, "%s: old hunts cannot be removed: %s\n", a.paintErr("1;33", "warning"), diag.Safe(err.Error()))
	}
	l.journal, err = journal.Create(dir, journal.Header{
		Created: time.Now().UTC(), Version: version(), Command: a.command(), Settings: text, Fingerprint: fingerprint,
	})
	if err != nil {
		return &failure{code: exitInput, err: err, help: "name another folder with --state"}
	}
	l.lake.Use(l.journal)
	return nil
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./~:@%+=,-]+$`)

// shellWord is a text as one word of a shell's command line.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// finish closes the journal of a hunt that came to its end, and says how another can go on.
func (a *app) finish(l *lakeHunt, ledger *finding.Ledger) error {
	if l.lake == nil {
		return nil
	}
	if fault := l.lake.Fault(); fault != nil {
		a.complain(engineFailure(fault))
	}
	if !ledger.Partial && ledger.Lake.Left.Total == 0 {
		return l.journal.Finish()
	}
	if l.temporary != nil {
		return nil
	}
	resume := "egret hunt --resume " + l.journal.ID()
	dir := filepath.Dir(l.journal.Path())
	if usual, err := journal.DefaultDir(); err != nil || dir != usual {
		resume += " --state " + shellWord(dir)
	}
	fmt.Fprintf(a.stderr, "%s %s\n", a.paintErr("1;32", "to go on:"), safeLines(resume))
	if ledger.Lake.BudgetUsed {
		fmt.Fprintf(a.stderr, "  %s the budget is that of all runs together: say a larger one with --budget\n", a.paintErr("1;32", "help:"))
	}
	return nil
}
