package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// FileName is the name of the configuration.
const FileName = "egret.yaml"

// maxSize bounds what is read: a configuration is written by hand.
const maxSize = 4 << 20

// Find is the path of the configuration that holds for a folder: in it or the nearest folder above, else
// egret/egret.yaml in the user's configuration folder. It is "" if there is none. userDir may be "".
func Find(dir, userDir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, FileName)
		if ok, err := isFile(path); ok || err != nil {
			return path, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	if userDir != "" {
		path := filepath.Join(userDir, "egret", FileName)
		if ok, err := isFile(path); ok || err != nil {
			return path, err
		}
	}
	return "", nil
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
