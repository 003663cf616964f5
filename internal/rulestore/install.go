package rulestore

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/archive"
	"github.com/egret-hunt/egret/internal/durable"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/ruleset"
)

// MaxArchive is the largest archive, in bytes.
const MaxArchive = 64 << 20

// maxRatio is how many times larger than its archive a package may be, beyond roomForSmall bytes.
const (
	maxRatio     = 100
	roomForSmall = 16 << 20
	maxTotal     = 512 << 20
	maxFiles     = 50_000
)

// limits returns those of an archive of size bytes; 0 stands for a folder.
func limits(size int64) archive.Limits {
	total := int64(maxTotal)
	if size > 0 {
		total = min(total, max(roomForSmall, size*maxRatio))
	}
	return archive.Limits{Archive: MaxArchive, Total: total, File: 16 << 20, Entries: maxFiles, Depth: 20}
}

// A Request says what to install.
type Request struct {
	// Source and Name are those of the package.
	Source, Name string
	// Path is the path of an archive or folder.
	Path string
	// URL is the address that the archive came from, "" if it is the user's file or folder.
	URL string
	// Version is the publisher's word for the version. If it is "", a file version.txt in the package or the checksum gives it.
	Version string
	// SHA256 is the checksum that the archive, or the content of a folder, must have; "" accepts any.
	SHA256 string
	// Content is the checksum that the unpacked files must have; "" accepts any.
	Content string
	// Key is the minisign key by which the archive must be signed, and Signature the signature; "" checks none.
	Key, Signature string
	// Now is the time of the installation.
	Now time.Time
	// Step, if not nil, is called before each step that changes something on disk. An error ends the installation there. Tests use it to fail
	// and to die at each point.
	Step func(name string) error
}

// A Result says what an installation came to.
type Result struct {
	*Package
	// Before is the version that was installed before, nil if there was none.
	Before *Package
	// Unchanged is set if this very content was installed already, so that nothing was done.
	Unchanged bool
}

// A FullError says that the disk of a folder is full.
type FullError struct {
	Dir string
	Err error
}

func (e *FullError) Error() string {
	return fmt.Sprintf("no space is left on the disk of %s; the installed rules are as before", e.Dir)
}

// Unwrap returns the cause.
func (e *FullError) Unwrap() error { return e.Err }

// installation is one run of Install.
type installation struct {
	*Request
	store *Store
	dir   string // of the package
	fresh string // the folder that is being written
	pkg   *Package
}

// Install installs a version of a package. Whenever it ends, and also if the process dies meanwhile, either the version before or the new
// one is installed completely.
func (s *Store) Install(ctx context.Context, r Request) (result *Result, err error) {
	if err := errors.Join(CheckName(r.Source), CheckName(r.Name)); err != nil {
		return nil, err
	}
	in := &installation{Request: &r, store: s, dir: s.packageDir(r.Source, r.Name)}
	defer func() {
		if durable.IsFull(err) {
			err = &FullError{in.dir, err}
		}
	}()
	if err := os.MkdirAll(in.dir, 0o755); err != nil {
		return nil, err
	}
	lock, err := durable.Lock(filepath.Join(in.dir, lockName))
	if err != nil {
		if errors.Is(err, durable.ErrLocked) {
			return nil, fmt.Errorf("another egret is installing %s/%s", r.Source, r.Name)
		}
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	before, err := s.read(r.Source, r.Name)
	if err != nil && !errors.Is(err, ErrNone) {
		return nil, err
	}
	if err := in.clean(before); err != nil {
		return nil, err
	}
	defer func() {
		if in.fresh != "" {
			err = errors.Join(err, os.RemoveAll(in.fresh))
		}
	}()
	if err := in.unpack(ctx); err != nil {
		return nil, err
	}
	if before != nil && before.Current.Content == in.pkg.Content {
		if ok, err := s.Intact(before.Current); err != nil || ok {
			return &Result{Package: before.Current, Before: before.Current, Unchanged: true}, err
		}
	}
	if err := in.count(ctx); err != nil {
		return nil, err
	}
	return in.finish(before)
}

func (in *installation) step(name string) error {
	if in.Step == nil {
		return nil
	}
	return in.Step(name)
}

// clean removes what killed runs left behind.
func (in *installation) clean(st *state) error {
	entries, err := os.ReadDir(in.dir)
	if err != nil {
		return err
	}
	keep := []string{stateName, lockName}
	if st != nil {
		keep = append(keep, st.Current.Folder)
		if st.Previous != nil {
			keep = append(keep, st.Previous.Folder)
		}
	}
	for _, entry := range entries {
		if !slices.Contains(keep, entry.Name()) {
			if err := os.RemoveAll(filepath.Join(in.dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpack checks the archive or folder and writes its files into a new folder.
func (in *installation) unpack(ctx context.Context) error {
	in.pkg = &Package{Source: in.Source, Name: in.Name, Version: in.Version, URL: in.URL, Installed: in.Now.UTC().Truncate(time.Second)}
	info, err := os.Stat(in.Path)
	if err != nil {
		return err
	}
	if err := in.step("create"); err != nil {
		return err
	}
	if in.fresh, err = os.MkdirTemp(in.dir, newPrefix); err != nil {
		return err
	}
	if err := os.Chmod(in.fresh, 0o755); err != nil {
		return err
	}
	if err := in.step("unpack"); err != nil {
		return err
	}
	if info.IsDir() {
		err = in.copy(ctx)
	} else {
		err = in.extract(ctx)
	}
	if err != nil {
		return err
	}
	if in.pkg.Content, err = archive.Digest(os.DirFS(in.fresh), limits(0), nil); err != nil {
		return err
	}
	if info.IsDir() {
		in.pkg.SHA256 = strings.TrimPrefix(in.pkg.Content, archive.DigestPrefix)
		if err := in.checkSum(); err != nil {
			return err
		}
	}
	if in.Request.Content != "" && in.Request.Content != in.pkg.Content {
		return fmt.Errorf("the files have the checksum %s, expected %s", in.pkg.Content, in.Request.Content)
	}
	in.pkg.Version = cmp.Or(in.Version, versionIn(in.fresh), in.pkg.SHA256[:12])
	return nil
}

// checkSum compares the checksum with the expected one.
func (in *installation) checkSum() error {
	if want := strings.ToLower(in.Request.SHA256); want != "" && want != in.pkg.SHA256 {
		return fmt.Errorf("%s has the SHA-256 %s, expected %s", in.Path, in.pkg.SHA256, want)
	}
	return nil
}

// extract unpacks an archive. It reads the file once, so that what was checked is what is unpacked.
func (in *installation) extract(ctx context.Context) error {
	file, err := os.Open(in.Path)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxArchive+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	in.pkg.SHA256 = hex.EncodeToString(sum[:])
	if err := in.checkSum(); err != nil {
		return err
	}
	if in.pkg.SignedBy, err = verify(text, in.Key, in.Signature); err != nil {
		return fmt.Errorf("%s: %w", in.Path, err)
	}
	size := int64(len(text))
	out, err := archive.ExtractFrom(ctx, bytes.NewReader(text), size, in.fresh, limits(size))
	if err != nil {
		var refused *archive.Error
		if errors.As(err, &refused) {
			return fmt.Errorf("%s: %w", in.Path, err)
		}
		return err
	}
	if err := collisions(out.Files); err != nil {
		return fmt.Errorf("%s: %w", in.Path, err)
	}
	return nil
}

var releaseForm = lazyre.New(`\br?[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[-.][0-9A-Za-z]+)?\b`)

// versionIn returns the version that a file version.txt in a folder has, "" for none.
func versionIn(dir string) string {
	file, err := os.Open(filepath.Join(dir, "version.txt"))
	if err != nil {
		return ""
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 4096))
	if err != nil {
		return ""
	}
	return releaseForm.FindString(string(text))
}

// count loads the rules, so that a package in which nothing can be read is refused.
func (in *installation) count(ctx context.Context) error {
	set, list, err := ruleset.Load(ctx, []ruleset.Folder{{FS: os.DirFS(in.fresh)}}, ruleset.Options{Statuses: []string{"deprecated", "unsupported"}})
	if err != nil {
		return err
	}
	in.pkg.Rules, in.pkg.Failed = len(set.Rules)+len(set.Correlations)+len(set.Skipped), set.Failed
	if in.pkg.Rules == 0 {
		if list.HasErrors() {
			return fmt.Errorf("%s has no rule that can be read: %s", in.Path, list.Summary())
		}
		return fmt.Errorf("%s has no rules", in.Path)
	}
	return nil
}

// finish makes the new folder durable and names it in the state file.
func (in *installation) finish(before *state) (*Result, error) {
	if err := in.step("sync"); err != nil {
		return nil, err
	}
	if err := durable.SyncTree(in.fresh); err != nil {
		return nil, err
	}
	in.pkg.Folder = "v-" + strings.TrimPrefix(in.pkg.Content, archive.DigestPrefix)[:12]
	for n := 2; ; n++ { // a folder that someone changed is not used again
		if _, err := os.Lstat(filepath.Join(in.dir, in.pkg.Folder)); err != nil {
			break
		}
		in.pkg.Folder = in.pkg.Folder[:14] + "-" + strconv.Itoa(n)
	}
	if err := in.step("rename"); err != nil {
		return nil, err
	}
	if err := os.Rename(in.fresh, filepath.Join(in.dir, in.pkg.Folder)); err != nil {
		return nil, err
	}
	in.fresh = filepath.Join(in.dir, in.pkg.Folder) // removed if the state cannot be written
	if err := durable.SyncFolder(in.dir); err != nil {
		return nil, err
	}
	after := &state{Current: in.pkg}
	result := &Result{Package: in.pkg}
	if before != nil {
		after.Previous, result.Before = before.Current, before.Current
	}
	if err := in.step("state"); err != nil {
		return nil, err
	}
	if err := in.store.write(after); err != nil {
		return nil, err
	}
	in.fresh = ""
	if err := in.step("clean"); err != nil {
		return nil, err
	}
	return result, in.clean(after)
}

// write replaces the state file of a package.
func (s *Store) write(st *state) error {
	text, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	dir := s.packageDir(st.Current.Source, st.Current.Name)
	return durable.Replace(filepath.Join(dir, stateName), append(text, '\n'))
}

// Rollback makes the version before the installed one again, and the installed one the version before. It returns the versions in that
// order, and ErrNone if there is no version before.
func (s *Store) Rollback(source, name string) (now, before *Package, err error) {
	lock, err := durable.Lock(filepath.Join(s.packageDir(source, name), lockName))
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = ErrNone
		}
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	st, err := s.read(source, name)
	if err != nil {
		return nil, nil, err
	}
	if st.Previous == nil {
		return nil, nil, ErrNone
	}
	if ok, err := s.Intact(st.Previous); err != nil || !ok {
		return nil, nil, errors.Join(fmt.Errorf("the files of version %s are not as they were installed", st.Previous.Version), err)
	}
	return st.Previous, st.Current, s.write(&state{Current: st.Previous, Previous: st.Current})
}

// Remove removes a package. It returns ErrNone if it is not installed.
func (s *Store) Remove(source, name string) error {
	if _, err := s.read(source, name); err != nil {
		return err
	}
	dir := s.packageDir(source, name)
	if err := os.Remove(filepath.Join(dir, stateName)); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
