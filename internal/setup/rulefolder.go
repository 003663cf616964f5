package setup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	pathpkg "path"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// stdinName is the name of rules from stdin in messages.
const stdinName = "stdin.yml"

// ruleFolder opens the rules of a plug-in, or what the function of the same name opens.
func (c *Config) ruleFolder(name, base string) (ruleset.Folder, error) {
	if strings.HasPrefix(name, PluginPrefix) {
		path, err := c.pluginRules(name)
		if err != nil {
			return ruleset.Folder{}, err
		}
		return ruleset.Folder{Name: path, FS: os.DirFS(path)}, nil
	}
	return ruleFolder(name, base)
}

// ruleFolder opens a folder or file of rules, or the starter pack. Relative names start at base.
func ruleFolder(name, base string) (ruleset.Folder, error) {
	if name == Starter {
		return ruleset.Folder{Name: Starter, FS: rulepack.FS(), Pack: true}, nil
	}
	path := name
	if base != "" && base != "." && !filepath.IsAbs(path) {
		path = filepath.Join(base, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		help := "expected a folder, a file, or the word starter"
		if near := diag.Near(name, []string{Starter}); near != "" {
			help = "the nearest is " + near
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("rules %s: no such file or folder", path)
		}
		return ruleset.Folder{}, UsageError(help, err)
	}
	if info.IsDir() {
		return ruleset.Folder{Name: path, FS: os.DirFS(path)}, nil
	}
	if !info.Mode().IsRegular() {
		return streamRules(path)
	}
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".yml" && ext != ".yaml" {
		return ruleset.Folder{}, UsageError("rule files end in .yml or .yaml", fmt.Errorf("rules %s: not a rule file", path))
	}
	dir := filepath.Dir(path)
	return ruleset.Folder{Name: dir, FS: oneFile{os.DirFS(dir), filepath.Base(path)}}, nil
}

// filterFolders opens the filters of a configuration and its overlay.
func filterFolders(settings *config.Config) ([]ruleset.Folder, error) {
	var folders []ruleset.Folder
	for _, filter := range settings.Filters {
		path := filter.File().Name
		if filter.Inline != nil {
			dir, name := filepath.Split(path)
			folders = append(folders, ruleset.Folder{Name: dir, FS: textFile{name, filter.Inline.Text}})
			continue
		}
		folder, err := ruleFolder(filter.Path.Value, filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		folders = append(folders, folder)
	}
	return folders, nil
}

// streamRules reads rules from a pipe or device that the user named, such as a shell's <(command).
func streamRules(path string) (ruleset.Folder, error) {
	file, err := os.Open(path)
	if err != nil {
		return ruleset.Folder{}, UsageError("", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, ruleset.MaxFileSize+1))
	if err != nil {
		return ruleset.Folder{}, unreadable(err)
	}
	dir, name := filepath.Split(path)
	if ext := strings.ToLower(filepath.Ext(name)); ext != ".yml" && ext != ".yaml" {
		name += ".yml"
	}
	return ruleset.Folder{Name: dir, FS: textFile{name, string(text)}}, nil
}

// TextFolder returns a folder with one file of rules, whose text is given instead of being read. path is that of the file.
func TextFolder(path, text string) ruleset.Folder {
	dir, name := filepath.Split(path)
	return ruleset.Folder{Name: filepath.Clean(dir), FS: textFile{name, text}}
}

// stdinRules reads rules from stdin.
func stdinRules(stdin io.Reader) (ruleset.Folder, error) {
	text, err := io.ReadAll(io.LimitReader(stdin, ruleset.MaxFileSize+1))
	if err != nil {
		return ruleset.Folder{}, unreadable(fmt.Errorf("stdin: %w", err))
	}
	return ruleset.Folder{FS: textFile{stdinName, string(text)}}, nil
}

// narrowed keeps the files of a folder whose names match a pattern; "" matches all. A file that the user named is
// kept.
func narrowed(folder ruleset.Folder, pattern string) ruleset.Folder {
	switch folder.FS.(type) {
	case oneFile, textFile:
		return folder
	}
	if pattern != "" {
		folder.FS = patternFS{folder.FS, pattern}
	}
	return folder
}

// patternFS is a view of a file system with its folders and the files whose base names match a pattern of path.Match.
type patternFS struct {
	fs.FS
	pattern string
}

// ReadDir lists the visible entries of a folder.
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

// Stat describes a file without opening it, since opening may block for ever.
func (p patternFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(p.FS, name) }
