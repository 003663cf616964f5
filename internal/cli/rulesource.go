package cli

import (
	"fmt"
	"io"
	"io/fs"
	pathpkg "path"

	"github.com/egret-hunt/egret/internal/ruleset"
)

// stdinName is what messages call the rules that came over stdin.
const stdinName = "stdin.yml"

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
		if matched || entry.IsDir() {
			shown = append(shown, entry)
		}
	}
	return shown, err
}
