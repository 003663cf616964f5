package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// FileName is the name of the configuration file.
const FileName = "egret.yaml"

// maxSize is the largest accepted configuration file, in bytes. People write these files by hand.
const maxSize = 4 << 20

// A Place is the result of Find.
type Place struct {
	// Path is the path of the configuration file, "" if there is none.
	Path string
	// PassedOver are the configuration files that were ignored because they lie within evidence, the nearest first.
	PassedOver []string
}

// Find returns the configuration that applies to a folder: the egret.yaml in it or in the nearest folder above, else
// egret/egret.yaml in userDir, the user's configuration folder. userDir may be "".
//
// evidence are the files, folders and globs to be hunted. They are untrusted input: an egret.yaml among them could
// disable the rules that would find its author. Find ignores such a file, even if it is reached through a link.
func Find(dir, userDir string, evidence []string) (Place, error) {
	var place Place
	roots := evidenceRoots(evidence)
	dir, err := filepath.Abs(dir)
	if err != nil {
		return place, err
	}
	try := func(path string) (bool, error) {
		ok, err := isFile(path)
		switch {
		case err != nil || !ok:
			return false, err
		case roots.contain(path):
			place.PassedOver = append(place.PassedOver, path)
			return false, nil
		}
		place.Path = path
		return true, nil
	}
	for {
		if ok, err := try(filepath.Join(dir, FileName)); ok || err != nil {
			return place, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	if userDir != "" {
		if _, err := try(filepath.Join(userDir, "egret", FileName)); err != nil {
			return place, err
		}
	}
	return place, nil
}

// roots are the real paths of evidence files and folders.
type roots []string

// evidenceRoots returns the real paths of the evidence. For a glob, unless a file has that very name, it is the folder
// before the first wildcard.
func evidenceRoots(paths []string) roots {
	var list roots
	for _, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			if at := strings.IndexAny(path, "*?["); at >= 0 {
				path = filepath.Dir(path[:at] + "x")
			}
		}
		if actual, ok := realPath(path); ok {
			list = append(list, actual)
		}
	}
	return list
}

// contain reports whether a file is evidence or lies within it, before or after following links.
func (r roots) contain(path string) bool {
	if len(r) == 0 {
		return false
	}
	paths := []string{}
	if actual, ok := realPath(path); ok {
		paths = append(paths, actual)
	}
	if folder, ok := realPath(filepath.Dir(path)); ok {
		paths = append(paths, filepath.Join(folder, filepath.Base(path)))
	}
	info, _ := os.Stat(path)
	for _, root := range r {
		for _, path := range paths {
			if path == root || strings.HasPrefix(path, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator)) {
				return true
			}
		}
		if other, err := os.Stat(root); err == nil && info != nil && os.SameFile(info, other) {
			return true
		}
	}
	return false
}

func realPath(path string) (string, bool) {
	actual, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", false
	}
	actual, err = filepath.Abs(actual)
	return actual, err == nil
}

// isFile reports whether path is a regular file. A file in an unreadable folder counts as missing.
func isFile(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return false, nil
	case err != nil:
		return false, err
	}
	return info.Mode().IsRegular(), nil
}

// Load reads the configuration file at path. engines are the engines that its lakes may use. Load returns an error if it
// cannot read the file; faults in the text are in the list.
func Load(path string, engines []Engine) (*Config, diag.List, error) {
	text, err := read("configuration", path)
	if err != nil {
		return nil, nil, err
	}
	config, list := Parse(source.NewFile(path, text), engines)
	return config, list, nil
}

// read reads a file of a kind, whose size is limited.
func read(kind, path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s %s: no such file", kind, path)
	case err != nil:
		return "", err
	case info.Size() > maxSize:
		return "", fmt.Errorf("%s %s: larger than %d MB", kind, path, maxSize>>20)
	}
	text, err := os.ReadFile(path)
	return string(text), err
}
