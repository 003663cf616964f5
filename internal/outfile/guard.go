package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/egret-hunt/egret/internal/event"
)

// Guard keeps outputs from replacing files that a command reads, which may be the only copy of evidence. It compares
// files by identity, so links and other spellings of a path make no difference. The zero value checks nothing.
type Guard struct {
	outputs []guarded
}

// guarded is an existing file that would be replaced.
type guarded struct {
	flag, path string
	info       fs.FileInfo
}

// NewGuard returns a guard for outputs, given as pairs of flag and path; "" and "-" mean stdout. It returns an error
// if two outputs go to one file.
func NewGuard(pairs ...[2]string) (*Guard, error) {
	g := &Guard{}
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
				return nil, conflict("use a different file for each", fmt.Errorf("%s and %s both write to %s", other, flag, path))
			}
			places[place] = flag
		}
		if err != nil {
			continue // does not exist yet
		}
		for _, other := range g.outputs {
			if os.SameFile(other.info, info) {
				return nil, conflict("use a different file for each", fmt.Errorf("%s and %s both write to %s", other.flag, flag, path))
			}
		}
		g.outputs = append(g.outputs, guarded{flag, path, info})
	}
	return g, nil
}

// placeOf returns the real path of a file that may not exist yet.
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

// Stream adds stdout if it is a file, since a shell's >> appends to it.
func (g *Guard) Stream(stdout any) {
	if file, ok := stdout.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			g.outputs = append(g.outputs, guarded{"stdout", "", info})
		}
	}
}

// File returns an error if an output would replace the input file. It is safe for concurrent use.
func (g *Guard) File(path string, info fs.FileInfo) error {
	for _, out := range g.outputs {
		if !os.SameFile(out.info, info) {
			continue
		}
		where := out.flag
		if out.path != "" {
			where += " " + out.path
		}
		return conflict("choose another file; input files are never replaced", fmt.Errorf("%s would replace %s, which is read", where, path))
	}
	return nil
}

// Inputs checks the inputs named on the command line: files, and all files in folders and globs.
func (g *Guard) Inputs(paths ...string) error {
	if len(g.outputs) == 0 {
		return nil
	}
	for _, path := range paths {
		matches := []string{path}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			matches, _ = event.Glob(path) // the reader of the pattern reports an invalid one
		}
		for _, match := range matches {
			if err := g.below(match); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *Guard) below(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil //nolint:nilerr // nothing is there to be replaced
	}
	if !info.IsDir() {
		return g.File(path, info)
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
				return conflict("choose another file; input files are never replaced",
					fmt.Errorf("%s %s would replace a file in %s, which is read", out.flag, out.path, folder))
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return nil
}

// Files checks files that were read and skips missing ones.
func (g *Guard) Files(paths ...string) error {
	if len(g.outputs) == 0 {
		return nil
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			if err := g.File(path, info); err != nil {
				return err
			}
		}
	}
	return nil
}

// ConflictError is the error for an output that would replace an input or another output.
type ConflictError struct {
	Err error
	// Help suggests a solution.
	Help string
}

// Error returns the text of the cause.
func (e *ConflictError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ConflictError) Unwrap() error { return e.Err }

func conflict(help string, err error) error { return &ConflictError{err, help} }
