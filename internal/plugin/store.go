package plugin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/archive"
	"github.com/egret-hunt/egret/internal/datadir"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// indexName is the file in a store's folder that lists the installed plug-ins.
const indexName = "installed.json"

// maxIndex is the largest index, in bytes.
const maxIndex = 4 << 20

// A Store is a folder with installed plug-ins. Several processes may use it; of two that change it at the same moment one may
// win, and then the other's change is missing.
type Store struct {
	// Dir is the folder; it need not exist.
	Dir string
	// Egret is the version of this binary.
	Egret string
}

// Dir returns the folder of the user's plug-ins: that of the environment variable EGRET_PLUGINS, or else plugins in the data folder;
// "" if there is none.
func Dir() string {
	if dir := os.Getenv("EGRET_PLUGINS"); dir != "" {
		return dir
	}
	dir, err := datadir.Dir()
	if err != nil {
		return "" // no home directory, as in a container
	}
	return filepath.Join(dir, "plugins")
}

// An Installed is an entry of the index.
type Installed struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Folder is the name of its folder in the store.
	Folder string `json:"folder"`
	// Digest is that of its files when it was installed.
	Digest string `json:"digest"`
	// Source is the absolute path from which it was installed, or the address.
	Source string `json:"source"`
	// Time is when it was installed, in UTC.
	Time time.Time `json:"time"`
}

// An Entry is an installed plug-in with what it is worth.
type Entry struct {
	Installed
	// Plugin is nil if its manifest cannot be read.
	Plugin *Plugin
	// Fault is why it cannot be used, nil if it can.
	Fault error
}

type index struct {
	Plugins []Installed `json:"plugins"`
}

var folderForm = lazyre.New(`^[a-z][a-z0-9_-]{0,39}-[0-9a-f]{16}$`)

// index reads the index; it is empty if there is none.
func (s *Store) index() (index, error) {
	var x index
	path := filepath.Join(s.Dir, indexName)
	text, err := readFile(path, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &x)
	}
	if err != nil {
		return index{}, fmt.Errorf("the list of plug-ins %s cannot be read: %w", path, err)
	}
	for _, i := range x.Plugins {
		if !folderForm.MatchString(i.Folder) || !ValidName(i.Name) {
			return index{}, fmt.Errorf("the list of plug-ins %s has a wrong name: %.80q in %.80q", path, i.Name, i.Folder)
		}
	}
	return x, nil
}

// write replaces the index in one step.
func (s *Store) write(x index) error {
	slices.SortFunc(x.Plugins, func(a, b Installed) int { return strings.Compare(a.Name, b.Name) })
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.Dir, ".new-*.json")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.Dir, indexName))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error says more
	}
	return err
}

// List returns the installed plug-ins, sorted by name, each with the fault that keeps it from being used. A name that two
// plug-ins add is a fault of the later one.
func (s *Store) List() ([]Entry, error) {
	if s.Dir == "" {
		return nil, nil
	}
	x, err := s.index()
	if err != nil {
		return nil, err
	}
	var list []Entry
	taken := map[string]string{} // kind and name to the plug-in
	for _, installed := range x.Plugins {
		e := Entry{Installed: installed}
		e.Plugin, e.Fault = Load(filepath.Join(s.Dir, installed.Folder), s.Egret)
		switch {
		case e.Fault != nil:
		case e.Plugin.Name != installed.Name:
			e.Fault = fmt.Errorf("its manifest has the name %s", e.Plugin.Name)
		case e.Plugin.Digest != installed.Digest:
			e.Fault = errors.New("its files were changed after it was installed; install it again")
		default:
			e.Fault = claim(taken, e.Plugin)
		}
		list = append(list, e)
	}
	return list, nil
}

// claim takes the names of a plug-in, or none and returns an error if another plug-in has one of them.
func claim(taken map[string]string, p *Plugin) error {
	var keys []string
	for _, kind := range p.Kinds {
		for _, name := range p.Names[kind] {
			key := string(kind) + " " + name
			if other := taken[key]; other != "" {
				return fmt.Errorf("plug-in %s also has %s in %s", other, name, kind)
			}
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		taken[key] = p.Name
	}
	return nil
}

// InstallOptions are choices of Install.
type InstallOptions struct {
	// Checksum is that of the archive, "sha256:" and 64 hexadecimal digits; "" if none is given. A folder takes none.
	Checksum string
	// Source is kept as where the plug-in comes from, "" for the path: the address that an archive was downloaded from.
	Source string
	// Replace says that a plug-in of the same name may be replaced, by any version.
	Replace bool
	// Upgrade says that a plug-in of the same name must exist and be replaced, by a later version or by other files of the
	// same version.
	Upgrade bool
	// Now is the time of the installation.
	Now time.Time
}

// Change is what Install did.
type Change struct {
	Plugin *Plugin
	// Before is the version that was replaced, "" if there was none.
	Before string
	// Same is set if exactly this plug-in was installed already.
	Same bool
}

// Install installs the plug-in in a folder or archive. Until everything of it has been checked and stored, nothing changes for
// other processes; after an error nothing has changed.
func (s *Store) Install(ctx context.Context, source string, o InstallOptions) (*Change, error) {
	if s.Dir == "" {
		return nil, errors.New("no folder for plug-ins: set EGRET_PLUGINS")
	}
	x, err := s.index()
	if err != nil {
		return nil, err
	}
	source, err = filepath.Abs(source)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, err
	}
	s.sweep(x)
	fresh, err := os.MkdirTemp(s.Dir, ".new-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(fresh) }() // what remains, sweep removes
	folder, err := unpack(ctx, source, fresh, o.Checksum)
	if err != nil {
		return nil, err
	}
	p, err := Load(folder, s.Egret)
	if err != nil {
		return nil, err
	}
	change, err := judge(x, p, o)
	if err != nil || change.Same {
		return change, err
	}
	name := p.Name + "-" + strings.TrimPrefix(p.Digest, archive.DigestPrefix)[:16]
	final := filepath.Join(s.Dir, name)
	if err := s.place(folder, final); err != nil {
		return nil, err
	}
	p.Folder = final
	old := ""
	x.Plugins = slices.DeleteFunc(x.Plugins, func(i Installed) bool {
		if i.Name == p.Name {
			old = i.Folder
		}
		return i.Name == p.Name
	})
	x.Plugins = append(x.Plugins, Installed{p.Name, p.Version, name, p.Digest, cmp.Or(o.Source, source), o.Now.UTC().Truncate(time.Second)})
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if err := s.write(x); err != nil {
		return nil, err
	}
	if old != "" && old != name {
		_ = os.RemoveAll(filepath.Join(s.Dir, old)) // what remains, sweep removes
	}
	return change, nil
}

// judge compares a plug-in with the one of the same name that is installed.
func judge(x index, p *Plugin, o InstallOptions) (*Change, error) {
	at := slices.IndexFunc(x.Plugins, func(i Installed) bool { return i.Name == p.Name })
	if at < 0 {
		if o.Upgrade {
			return nil, &NotInstalledError{Name: p.Name}
		}
		return &Change{Plugin: p}, nil
	}
	old := x.Plugins[at]
	change := &Change{Plugin: p, Before: old.Version, Same: old.Digest == p.Digest && old.Version == p.Version}
	switch {
	case o.Replace:
		change.Same = false // its files may have been changed
	case change.Same:
	case o.Upgrade && CompareVersions(p.Version, old.Version) < 0:
		return nil, fmt.Errorf("%s %s is installed, which is later than %s", p.Name, old.Version, p.Version)
	case !o.Upgrade:
		return nil, &AlreadyInstalledError{Name: p.Name, Version: old.Version}
	}
	return change, nil
}

// place moves a folder to its final place. What is there was left by an earlier installation and is replaced.
func (s *Store) place(folder, final string) error {
	if _, err := os.Lstat(final); err == nil {
		aside, err := os.MkdirTemp(s.Dir, ".old-*")
		if err != nil {
			return err
		}
		if err := os.Rename(final, filepath.Join(aside, "old")); err != nil {
			return err
		}
	}
	return os.Rename(folder, final)
}

// A NotInstalledError says that no plug-in has a name.
type NotInstalledError struct{ Name string }

func (e *NotInstalledError) Error() string { return fmt.Sprintf("no plug-in %q is installed", e.Name) }

// An AlreadyInstalledError says that another version, or other files of this version, are installed.
type AlreadyInstalledError struct{ Name, Version string }

func (e *AlreadyInstalledError) Error() string {
	return fmt.Sprintf("%s %s is installed already", e.Name, e.Version)
}

// Remove removes a plug-in from the index, and then its folder.
func (s *Store) Remove(name string) error {
	x, err := s.index()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(x.Plugins, func(i Installed) bool { return i.Name == name })
	if at < 0 {
		return &NotInstalledError{name}
	}
	folder := x.Plugins[at].Folder
	x.Plugins = slices.Delete(x.Plugins, at, at+1)
	if err := s.write(x); err != nil {
		return err
	}
	_ = os.RemoveAll(filepath.Join(s.Dir, folder)) // what remains, sweep removes
	return nil
}

// young is the age below which another process may still be installing a folder.
const young = time.Hour

// sweep removes what the index does not name: folders of removed versions, and those that a killed process left.
func (s *Store) sweep(x index) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return // the next change tries again
	}
	for _, e := range entries {
		used := slices.ContainsFunc(x.Plugins, func(i Installed) bool { return i.Folder == e.Name() })
		own := folderForm.MatchString(e.Name()) || strings.HasPrefix(e.Name(), ".new-") || strings.HasPrefix(e.Name(), ".old-")
		if used || !own {
			continue
		}
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < young {
			continue
		}
		_ = os.RemoveAll(filepath.Join(s.Dir, e.Name())) // as above
	}
}

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", filepath.Base(path))
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s: larger than %d KB", filepath.Base(path), limit>>10)
	}
	return text, err
}
