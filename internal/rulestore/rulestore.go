// Package rulestore installs packages of rules in the data folder, so that at each moment, also after a kill or with a full disk, one
// complete version of each package is installed.
//
// It takes an archive or a folder that nobody vouches for, with the checksum and the signature that it must have, and returns a folder
// of rules and a description of the package, or an error that says what is wrong. A version is unpacked into a folder of its own, made
// durable, and only then named in the state file of its package, which is replaced as a whole; nothing else decides which version is
// installed. The version before stays for comparison and for a step back.
//
// The package downloads nothing, and does not tune or run rules.
package rulestore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/archive"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/specfile"
)

// A Store is the folder with the installed packages.
type Store struct {
	// Dir is the folder. It may not exist.
	Dir string
}

// In returns the store of a data folder.
func In(dataDir string) *Store { return &Store{filepath.Join(dataDir, "rules")} }

// A Package is an installed version of a package.
type Package struct {
	// Source is who publishes the package, such as sigmahq, and Name its name, such as core++.
	Source string `json:"source"`
	Name   string `json:"package"`
	// Version is the publisher's word for the version, or the first digits of the checksum where there is none.
	Version string `json:"version"`
	// URL is the address that the archive came from, "" for a file or folder.
	URL string `json:"url,omitempty"`
	// SHA256 is the checksum of the archive in hexadecimal, for a folder that of its content.
	SHA256 string `json:"sha256"`
	// Content is the checksum of the unpacked files, see archive.Digest.
	Content string `json:"content"`
	// Rules is the number of rules, correlations and filters, and Failed that of the files with a fault.
	Rules  int `json:"rules"`
	Failed int `json:"failed"`
	// SignedBy is the id of the minisign key whose signature was checked, "" if none was.
	SignedBy string `json:"signed_by,omitempty"`
	// Installed is the time of the installation, in UTC.
	Installed time.Time `json:"installed"`
	// Folder is the name of the version's folder in that of the package.
	Folder string `json:"folder"`
}

// ID returns the source and the name of the package, such as sigmahq/core.
func (p *Package) ID() string { return p.Source + "/" + p.Name }

// state is the content of a state file.
type state struct {
	Current  *Package `json:"current"`
	Previous *Package `json:"previous,omitempty"`
}

const (
	stateName = "state.json"
	lockName  = ".lock"
	// newPrefix begins the names of folders that are being written.
	newPrefix = ".new-"
	// maxState is the largest state file, in bytes.
	maxState = 1 << 20
)

var nameForm = lazyre.New(`^[a-z0-9][a-z0-9+._-]{0,63}$`)

// CheckName returns an error unless a text can be the name of a source or package.
func CheckName(name string) error {
	if !nameForm.MatchString(name) || strings.HasSuffix(name, ".") {
		return fmt.Errorf("%q is no name: it takes lower-case letters, digits, and + . _ - behind the first of them", name)
	}
	return nil
}

// ErrNone is returned if a package, or a version of it, is not installed.
var ErrNone = errors.New("not installed")

func (s *Store) packageDir(source, name string) string { return filepath.Join(s.Dir, source, name) }

// read returns the state of a package; ErrNone if it is not installed.
func (s *Store) read(source, name string) (*state, error) {
	path := filepath.Join(s.packageDir(source, name), stateName)
	text, err := specfile.Read(path, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	var st state
	if err := json.Unmarshal(text, &st); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if st.Current == nil {
		return nil, fmt.Errorf("%s: it names no version", path)
	}
	for _, p := range []*Package{st.Current, st.Previous} {
		if p != nil && (!nameForm.MatchString(p.Folder) || p.Source != source || p.Name != name) {
			return nil, fmt.Errorf("%s: it is not the state of %s/%s", path, source, name)
		}
	}
	return &st, nil
}

// Packages returns the installed versions of all packages, sorted by source and name.
func (s *Store) Packages() ([]*Package, error) {
	var list []*Package
	sources, err := folders(s.Dir)
	if err != nil {
		return nil, err
	}
	for _, source := range sources {
		names, err := folders(filepath.Join(s.Dir, source))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			st, err := s.read(source, name)
			if errors.Is(err, ErrNone) {
				continue
			}
			if err != nil {
				return nil, err
			}
			list = append(list, st.Current)
		}
	}
	return list, nil
}

// folders returns the names of the folders in a folder that names of packages may have, sorted; none if it does not exist.
func folders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && nameForm.MatchString(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// Versions returns the installed version of a package and the one before, nil if there is none. It returns ErrNone if the package is not
// installed.
func (s *Store) Versions(source, name string) (current, previous *Package, err error) {
	st, err := s.read(source, name)
	if err != nil {
		return nil, nil, err
	}
	return st.Current, st.Previous, nil
}

// Path returns the folder of a version.
func (s *Store) Path(p *Package) string {
	return filepath.Join(s.packageDir(p.Source, p.Name), p.Folder)
}

// Intact reports whether the files of a version are those that were installed.
func (s *Store) Intact(p *Package) (bool, error) {
	digest, err := archive.Digest(os.DirFS(s.Path(p)), limits(0), nil)
	var refused *archive.Error
	if errors.As(err, &refused) || errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return digest == p.Content, err
}

// Find returns the version that a name means: SOURCE/PACKAGE, or SOURCE where only one package of it is installed. "@previous" or "@" and a
// version behind the name chooses that version. Otherwise lock, which may be nil, decides if it has the package.
func (s *Store) Find(name string, lock *Lock) (*Package, error) {
	id, version, chosen := strings.Cut(name, "@")
	source, pkg, _ := strings.Cut(id, "/")
	if err := CheckName(source); err != nil {
		return nil, err
	}
	if pkg != "" {
		if err := CheckName(pkg); err != nil {
			return nil, err
		}
	}
	if pkg == "" {
		names, err := folders(filepath.Join(s.Dir, source))
		if err != nil {
			return nil, err
		}
		names = slices.DeleteFunc(names, func(name string) bool { _, err := s.read(source, name); return errors.Is(err, ErrNone) })
		switch len(names) {
		case 0:
			return nil, ErrNone
		case 1:
			pkg = names[0]
		default:
			return nil, fmt.Errorf("several packages of %s are installed: %s", source, strings.Join(names, ", "))
		}
	}
	st, err := s.read(source, pkg)
	if err != nil {
		return nil, err
	}
	if !chosen {
		if locked := lock.Find(source, pkg); locked != nil {
			for _, p := range []*Package{st.Current, st.Previous} {
				if p != nil && locked.agrees(p) {
					return p, nil
				}
			}
			return nil, &LockError{Lock: lock, Want: locked, Have: st.Current}
		}
		return st.Current, nil
	}
	switch {
	case version == "previous" && st.Previous != nil:
		return st.Previous, nil
	case version == st.Current.Version:
		return st.Current, nil
	case st.Previous != nil && version == st.Previous.Version:
		return st.Previous, nil
	}
	return nil, fmt.Errorf("version %q is %w", version, ErrNone)
}
