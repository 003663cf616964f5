package testcli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// watchEvery is how often files are looked at. Looking takes about 20 ms for 4,000 files.
const watchEvery = 500 * time.Millisecond

// watched are the times and sizes of files.
type watched map[string]string

// look returns the files of paths that tests depend on: rules, tests and events. What cannot be read is left out, since it may be
// about to be written.
func look(paths []string) watched {
	w := watched{}
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error { // faults are left out
			if err != nil {
				return nil //nolint:nilerr // as above
			}
			if entry.IsDir() {
				if name != path && strings.HasPrefix(entry.Name(), ".") {
					return fs.SkipDir
				}
				return nil
			}
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				w[name] = fmt.Sprint(info.ModTime().UnixNano(), info.Size())
			}
			return nil
		})
	}
	return w
}

// changed returns a file that differs between two looks, the first by name, "" if there is none.
func (w watched) changed(before watched) string {
	first := ""
	note := func(name string) {
		if first == "" || name < first {
			first = name
		}
	}
	// Iteration order does not matter: the result is the first by name.
	for name, state := range w {
		if before[name] != state {
			note(name)
		}
	}
	// Iteration order does not matter: the result is the first by name.
	for name := range before {
		if _, ok := w[name]; !ok {
			note(name)
		}
	}
	return first
}

// watch runs tests now and after each change of a file, until ctx ends. Errors are printed, and the next change runs again.
func watch(ctx context.Context, paths []string, out io.Writer, every time.Duration, test func() error, complain func(error)) {
	before := look(paths)
	again := func() {
		if err := test(); err != nil && ctx.Err() == nil {
			complain(err)
		}
		if ctx.Err() == nil {
			fmt.Fprintln(out, "Waiting for changes; Ctrl-C ends.")
		}
	}
	again()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			now := look(paths)
			name := now.changed(before)
			if before = now; name != "" {
				fmt.Fprintf(out, "\n%s changed.\n", filepath.ToSlash(name))
				again()
			}
		}
	}
}
