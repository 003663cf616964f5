package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	pathpkg "path"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/ruleset"
)

// stdinName is what messages call the rules that came over stdin.
const stdinName = "stdin.yml"

// streamRules reads rules from a pipe or device that the user named, such as a shell's <(command).
func streamRules(path string) (ruleset.Folder, error) {
	file, err := os.Open(path)
	if err != nil {
		return ruleset.Folder{}, usage("", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, ruleset.MaxFileSize+1))
	if err != nil {
		return ruleset.Folder{}, &failure{code: exitInput, err: err}
	}
	dir, name := filepath.Split(path)
	if ext := strings.ToLower(filepath.Ext(name)); ext != ".yml" && ext != ".yaml" {
		name += ".yml"
	}
	return ruleset.Folder{Name: dir, FS: textFile{name, string(text)}}, nil
}

// stdinRules reads rules from stdin.
func stdinRules(stdin io.Reader) (ruleset.Folder, error) {
	text, err := io.ReadAll(io.LimitReader(stdin, ruleset.MaxFileSize+1))
	if err != nil {
		return ruleset.Folder{}, &failure{code: exitInput, err: fmt.Errorf("stdin: %w", err)}
	}
	return ruleset.Folder{FS: textFile{stdinName, string(text)}}, nil
}

// narrowed leaves of a folder the files whose names the pattern matches. A file that was named stays.
func (f *ruleFlags) narrowed(folder ruleset.Folder) ruleset.Folder {
	switch folder.FS.(type) {
	case oneFile, textFile:
		return folder
	}
	if f.pattern != "" {
		folder.FS = patternFS{folder.FS, f.pattern}
	}
	return folder
}

// patternFS shows of a file system the folders, and the files whose base names match a pattern of path.Match.
type patternFS struct {
	fs.FS
	pattern string
}

// ReadDir lists what is shown of a folder.
func (p patternFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(p.FS, name)
	shown := entries[:0]
	for _, entry := range entries {
		matched, bad := pathpkg.Match(p.pattern, entry.Name())
		if bad != nil {
			return nil, bad
		}
		folder := entry.IsDir()
		if entry.Type()&fs.ModeSymlink != 0 {
			info, err := fs.Stat(p.FS, pathpkg.Join(name, entry.Name()))
			folder = err == nil && info.IsDir()
		}
		if matched || folder {
			shown = append(shown, entry)
		}
	}
	return shown, err
}

// Stat says what lies at a name without opening it, which may wait for ever.
func (p patternFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(p.FS, name) }
