// Package settings keeps the flags of a run in its journal, and sets them again when it is resumed.
//
// It turns parsed flags into settings that can be stored as JSON, and settings into flags. The package knows no command.
package settings

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/setup"
)

// Settings are the flags of a hunt as stored in its journal, so that --resume needs no other flags.
type Settings struct {
	// Command is the command that was run, "" for hunt.
	Command string              `json:"command,omitempty"`
	Flags   map[string][]string `json:"flags"`
	From    time.Time           `json:"from,omitzero"`
	To      time.Time           `json:"to,omitzero"`
	// Sizes are those of the tables; the estimates of engines change from day to day.
	Sizes []lake.Size `json:"sizes,omitempty"`
	// Spellings are those of the tables' partitions, since new partitions are added.
	Spellings []lake.Spelling `json:"spellings,omitempty"`
	// Dir is the working directory, the base of relative paths in the flags.
	Dir string `json:"dir"`
}

// notKept are flags that each run sets anew.
var notKept = []string{"resume", "state", "dry-run", "help", "from", "to", "last", "color", "no-color"}

// Keep returns the flags that were set.
func Keep(flags *pflag.FlagSet, from, to time.Time) (Settings, error) {
	s := Settings{Flags: map[string][]string{}, From: from, To: to}
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

// Restore sets the flags of an earlier run, except those that this run sets itself.
func (s Settings) Restore(flags *pflag.FlagSet) error {
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

// Absolute makes the paths in a flag that was set absolute, since a resumed hunt runs in the directory of its first
// run.
func Absolute(f *pflag.Flag) {
	if f == nil || !f.Changed {
		return
	}
	whole := func(path string) string {
		if path == "" || path == "-" || f.Name == "rules" && (path == setup.Starter || strings.HasPrefix(path, setup.PackagePrefix) || strings.HasPrefix(path, setup.PluginPrefix)) {
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
		_ = list.Replace(paths) // text flags accept any text
		return
	}
	_ = f.Value.Set(whole(f.Value.String())) // as above
}

var plainWord = lazyre.New(`^[A-Za-z0-9_./~:@%+=,-]+$`)

// ShellWord quotes a text as one word of a shell command.
func ShellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// CurrentName returns the name of a flag that may be given under its old name: --schema for --layout, --slice for --chunk.
func CurrentName(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	switch name {
	case "schema":
		name = "layout"
	case "slice":
		name = "chunk"
	}
	return pflag.NormalizedName(name)
}
