package setup

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/datadir"
	"github.com/egret-hunt/egret/internal/rulestore"
)

// PackagePrefix begins the name of an installed package, in place of a folder of rules: package:sigmahq/core.
const PackagePrefix = "package:"

// Packages returns the store of installed packages.
func Packages() (*rulestore.Store, error) {
	dir, err := datadir.Dir()
	if err != nil {
		return nil, UsageError("set "+datadir.Variable+" to a folder", fmt.Errorf("there is no folder for packages of rules: %w", err))
	}
	return rulestore.In(dir), nil
}

// IsInstalled reports whether a file is one of an installed package.
func IsInstalled(path string) bool {
	store, err := Packages()
	if err != nil {
		return false
	}
	dir, err := filepath.EvalSymlinks(store.Dir)
	if err != nil {
		return false // nothing is installed
	}
	if path, err = filepath.Abs(path); err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return strings.HasPrefix(path, dir+string(filepath.Separator))
}

// LockPath returns where the lock file of the configuration is, or would be: beside it, or in the working directory without one.
func (c *Config) LockPath() string {
	if c.Path == "" {
		return rulestore.LockName
	}
	return relative(filepath.Join(filepath.Dir(c.Path), rulestore.LockName))
}

// ResolvePackages returns paths of rules with the folders of installed packages in place of their names. A package that is not
// installed, or of which the lock file demands another version, is an error.
func (c *Config) ResolvePackages(paths []string) ([]string, error) {
	resolved := make([]string, len(paths))
	for i, path := range paths {
		resolved[i] = path
		if name, ok := strings.CutPrefix(path, PackagePrefix); ok {
			dir, err := c.packageFolder(name)
			if err != nil {
				return nil, err
			}
			resolved[i] = dir
		}
	}
	return resolved, nil
}

// packageFolder returns the folder of an installed package.
func (c *Config) packageFolder(name string) (string, error) {
	store, err := Packages()
	if err != nil {
		return "", err
	}
	lock, err := rulestore.ReadLock(c.LockPath())
	if err != nil {
		return "", UsageError("", err)
	}
	p, err := store.Find(name, lock)
	var locked *rulestore.LockError
	switch {
	case errors.As(err, &locked):
		return "", UsageError("egret rules update --locked installs that version; egret rules update puts the latest one into the lock file", err)
	case errors.Is(err, rulestore.ErrNone):
		help := "egret rules update installs packages, and egret rules status lists those that are installed"
		if lock.Find(sourceOf(name)) != nil {
			help = "egret rules update --locked installs what " + lock.Path + " names"
		}
		return "", UsageError(help, fmt.Errorf("package %s: %w", name, err))
	case err != nil:
		return "", UsageError("such as package:sigmahq/core; egret rules status lists those that are installed", fmt.Errorf("package %s: %w", name, err))
	}
	return store.Path(p), nil
}

// sourceOf returns the source and the package in the name of a package.
func sourceOf(name string) (source, pkg string) {
	name, _, _ = strings.Cut(name, "@")
	source, pkg, _ = strings.Cut(name, "/")
	return source, pkg
}
