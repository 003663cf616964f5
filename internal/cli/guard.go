package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// outputGuard keeps outputs from taking the place of what a command reads, which may be the only copy of evidence. Files are
// compared as the system sees them, so that links and other spellings of a path make no difference. The zero value guards
// nothing.
type outputGuard struct {
	outputs []guardedOutput
}

// guardedOutput is a file that is there already and would be replaced.
type guardedOutput struct {
	flag, path string
	info       fs.FileInfo
}

// guardOutputs looks at outputs by their flags, in pairs of flag and path; "" and "-" are stdout. Two outputs to one file
// are an error.
func guardOutputs(pairs ...[2]string) (*outputGuard, error) {
	g := &outputGuard{}
	places := map[string]string{}
	for _, pair := range pairs {
		flag, path := pair[0], pair[1]
		if path == "" || path == "-" {
			continue
		}
		info, err := os.Stat(path)
		if err == nil && !info.Mode().IsRegular() {
			continue // a device or pipe is not replaced
		}
		place, err2 := placeOf(path)
		if err2 == nil {
			if other, ok := places[place]; ok {
				return nil, usage("give them a file each", fmt.Errorf("%s and %s both write to %s", other, flag, path))
			}
			places[place] = flag
		}
		if err != nil {
			continue // not there yet
		}
		for _, other := range g.outputs {
			if os.SameFile(other.info, info) {
				return nil, usage("give them a file each", fmt.Errorf("%s and %s both write to %s", other.flag, flag, path))
			}
		}
		g.outputs = append(g.outputs, guardedOutput{flag, path, info})
	}
	return g, nil
}

// placeOf is the real path of a file that may not be there yet.
func placeOf(path string) (string, error) {
	path, err := linkTarget(path)
	if err != nil {
		return "", err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	dir, err = filepath.Abs(dir)
	return filepath.Join(dir, filepath.Base(path)), err
}

// stream adds stdout where it is a file, to which a shell's >> would append.
func (g *outputGuard) stream(stdout any) {
	if file, ok := stdout.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			g.outputs = append(g.outputs, guardedOutput{"stdout", "", info})
		}
	}
}

// file is the error where a file that is read would be replaced. It may be called from many goroutines.
func (g *outputGuard) file(path string, info fs.FileInfo) error {
	for _, out := range g.outputs {
		if !os.SameFile(out.info, info) {
			continue
		}
		where := out.flag
		if out.path != "" {
			where += " " + out.path
		}
		return usage("name another file; what is read is never replaced", fmt.Errorf("%s would replace %s, which is read", where, path))
	}
	return nil
}

// inputs checks what is named on the command line: files, and folders and globs with all that is in them.
func (g *outputGuard) inputs(paths ...string) error {
	if len(g.outputs) == 0 {
		return nil
	}
	for _, path := range paths {
		matches := []string{path}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			matches, _ = event.Glob(path) // a pattern that cannot be read is told by those who read it
		}
		for _, match := range matches {
			if err := g.below(match); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *outputGuard) below(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil //nolint:nilerr // nothing is there to be replaced
	}
	if !info.IsDir() {
		return g.file(path, info)
	}
	folder, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil //nolint:nilerr // nothing is there to be replaced
	}
	for _, out := range g.outputs {
		if out.path == "" {
			continue
		}
		place, err := placeOf(out.path)
		if err != nil {
			continue
		}
		for dir := filepath.Dir(place); ; dir = filepath.Dir(dir) {
			if above, err := os.Stat(dir); err == nil && os.SameFile(above, info) {
				return usage("name another file; what is read is never replaced",
					fmt.Errorf("%s %s would replace a file in %s, which is read", out.flag, out.path, folder))
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return nil
}

// evidenceOf are the files and folders on this machine that a hunt reads.
func evidenceOf(f *huntFlags, paths []string) []string {
	list := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return path == "-" || event.IsRemote(path) })
	if f.lake.choice.engine != "" {
		list = append(list, f.lake.choice.tables...)
		if f.lake.choice.database != "" {
			list = append(list, f.lake.choice.database)
		}
	}
	return list
}

// guardHunt guards what a hunt reads, as far as the command line tells it; what lies in folders is checked when it is found.
func (a *app) guardHunt(f *huntFlags, paths []string) (*outputGuard, error) {
	g, err := guardOutputs([2]string{"-o", f.output}, [2]string{"--ledger", f.ledger})
	if err != nil {
		return nil, err
	}
	if f.output == "" || f.output == "-" || f.ledger == "-" {
		g.stream(a.stdout)
	}
	if file, ok := a.stdin.(*os.File); ok && slices.Contains(paths, "-") {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			if err := g.file("stdin", info); err != nil {
				return nil, err
			}
		}
	}
	named := evidenceOf(f, paths)
	if f.lake.choice.schemaFolder != "" {
		named = append(named, f.lake.choice.schemaFolder)
	}
	return g, g.inputs(named...)
}

// rules checks the files that rules and settings were read from.
func (g *outputGuard) rules(set *ruleset.Set, config string) error {
	if len(g.outputs) == 0 {
		return nil
	}
	for _, path := range append([]string{config}, set.Paths...) {
		if path == "" {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			if err := g.file(path, info); err != nil {
				return err
			}
		}
	}
	return nil
}
