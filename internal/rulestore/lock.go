package rulestore

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/durable"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// LockName is the name of the lock file.
const LockName = "egret-rules.lock"

// maxLock is the largest lock file, in bytes.
const maxLock = 1 << 20

// A Lock says which version of each package a team uses. Its methods may be called on nil, which locks nothing.
type Lock struct {
	// Path is the path of the file.
	Path     string
	Packages []Locked
}

// Locked is a package in a lock file, with the meaning that Package has.
type Locked struct {
	Source  string `yaml:"source"`
	Package string `yaml:"package"`
	Version string `yaml:"version"`
	URL     string `yaml:"url,omitempty"`
	SHA256  string `yaml:"sha256"`
	Content string `yaml:"content"`
	Rules   int    `yaml:"rules"`
}

// lockFile is the form of the file.
type lockFile struct {
	Packages []Locked `yaml:"packages"`
}

const lockHead = "# Written by egret rules update. Keep this file with egret.yaml, so that everyone uses the same rules.\n"

// A LockError says that the installed version of a package is not the one of the lock file.
type LockError struct {
	Lock *Lock
	Want *Locked
	Have *Package
}

func (e *LockError) Error() string {
	return fmt.Sprintf("%s asks for version %s of %s/%s, but version %s is installed", e.Lock.Path, e.Want.Version, e.Want.Source, e.Want.Package, e.Have.Version)
}

// ReadLock reads a lock file. It returns nil if the file does not exist.
func ReadLock(path string) (*Lock, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxLock {
		return nil, fmt.Errorf("%s: larger than %d MB", path, maxLock>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ParseLock(path, text)
}

var (
	sumForm     = lazyre.New(`^[0-9a-f]{64}$`)
	contentForm = lazyre.New(`^sha256:[0-9a-f]{64}$`)
)

// ParseLock reads the text of a lock file. path is for messages.
func ParseLock(path string, text []byte) (*Lock, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var f lockFile
	if err := decoder.Decode(&f); err != nil && len(bytes.TrimSpace(text)) > 0 {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	l := &Lock{Path: path, Packages: f.Packages}
	for i, p := range f.Packages {
		err := errors.Join(CheckName(p.Source), CheckName(p.Package))
		switch {
		case err != nil:
		case !sumForm.MatchString(p.SHA256):
			err = errors.New("sha256 takes 64 digits in hexadecimal")
		case !contentForm.MatchString(p.Content):
			err = errors.New("content takes sha256: and 64 digits in hexadecimal")
		case slices.ContainsFunc(f.Packages[:i], func(o Locked) bool { return o.Source == p.Source && o.Package == p.Package }):
			err = errors.New("the package appears twice")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: package %d: %w", path, i+1, err)
		}
	}
	return l, nil
}

// Find returns what the lock says about a package, nil for nothing.
func (l *Lock) Find(source, name string) *Locked {
	if l == nil {
		return nil
	}
	for i := range l.Packages {
		if p := &l.Packages[i]; p.Source == source && p.Package == name {
			return p
		}
	}
	return nil
}

// agrees reports whether a version has the locked content.
func (l *Locked) agrees(p *Package) bool { return l.Content == p.Content }

// Agrees reports whether the lock has nothing about the package of a version, or its content.
func (l *Lock) Agrees(p *Package) bool {
	locked := l.Find(p.Source, p.Name)
	return locked == nil || locked.agrees(p)
}

// Set locks a version.
func (l *Lock) Set(p *Package) {
	l.Drop(p.Source, p.Name)
	l.Packages = append(l.Packages, Locked{p.Source, p.Name, p.Version, p.URL, p.SHA256, p.Content, p.Rules})
	slices.SortFunc(l.Packages, func(a, b Locked) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Package, b.Package))
	})
}

// Drop removes a package.
func (l *Lock) Drop(source, name string) {
	l.Packages = slices.DeleteFunc(l.Packages, func(p Locked) bool { return p.Source == source && p.Package == name })
}

// Text returns the content of the file.
func (l *Lock) Text() ([]byte, error) {
	b := bytes.NewBufferString(lockHead)
	encoder := yaml.NewEncoder(b)
	encoder.SetIndent(2)
	err := encoder.Encode(lockFile{l.Packages})
	return b.Bytes(), err
}

// Write replaces the file.
func (l *Lock) Write() error {
	text, err := l.Text()
	if err != nil {
		return err
	}
	return durable.Replace(l.Path, text)
}
