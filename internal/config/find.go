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

// FileName is the name of the configuration.
const FileName = "egret.yaml"

// maxSize bounds what is read: a configuration is written by hand.
const maxSize = 4 << 20

// Place says where the configuration of a folder was found.
type Place struct {
	// Path is that of the configuration, "" if there is none.
	Path string
	// PassedOver are configurations that lie within evidence, the nearest first.
	PassedOver []string
}

// Find looks for the configuration that holds for a folder: in it or the nearest folder above, else egret/egret.yaml in the
// user's configuration folder. userDir may be "".
//
// evidence are the files, folders and globs that are about to be hunted. They come from strangers, and so may an egret.yaml
// among them, which could switch off the rules that would find its author: it is passed over, also where a link leads to it.
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
		case roots.hold(path):
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

// roots are the real paths of evidence, each a file or a folder with all that is in it.
type roots []string

// evidenceRoots are the places of what is hunted. Of a pattern it is the folder before its first wildcard, unless it is the
// name of a file that is there.
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

// hold tells whether a file is evidence or lies within it, by its own path or by that to which links lead.
func (r roots) hold(path string) bool {
	if len(r) == 0 {
		return false
	}
	places := []string{}
	if actual, ok := realPath(path); ok {
		places = append(places, actual)
	}
	if folder, ok := realPath(filepath.Dir(path)); ok {
		places = append(places, filepath.Join(folder, filepath.Base(path)))
	}
	info, _ := os.Stat(path)
	for _, root := range r {
		for _, place := range places {
			if place == root || strings.HasPrefix(place, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator)) {
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

// isFile tells whether a regular file is there. A folder above that may not be read is as if it had none.
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

// Load reads the configuration at a path. The error is that of reading the file; what its text does wrong is in the
// list.
func Load(path string) (*Config, diag.List, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("configuration %s: no such file", path)
	}
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > maxSize {
		return nil, nil, fmt.Errorf("%s: larger than %d MB, no configuration", path, maxSize>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	config, list := Parse(source.NewFile(path, string(text)))
	return config, list, nil
}
