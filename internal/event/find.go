package event

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// found is one input: a file to read, or something to list in the ledger.
type found struct {
	file    *File
	open    string // the path or address to open, "" for standard input
	size    int64
	regular bool // a file on disk, whose reads do not wait for anyone
	remote  *remoteInput
	members []*File
	packs   bool // a regular file of which the path is all that needs to be kept while it waits
	listed  bool // kept in finder.list until the end
}

// NotListed is the reason of an Unread folder that may contain more files than the run has seen.
const NotListed = "the run ended before this folder was listed to its end"

// finder collects inputs.
type finder struct {
	reader *Reader
	list   []*found
	count  int     // number of all inputs, listed or not
	seen   pathSet // real paths of folders and files
	cut    bool    // the run ended before all folders were listed
}

// find lists the inputs for the paths: files in the order of the paths, those of a folder sorted. A file that is
// reachable by two paths is listed once. Inputs are queued as soon as they are known, so that reading begins before a
// large tree is listed completely. If the run ends early, listing continues for listingGrace to count the files that
// were not reached.
func (r *Reader) find(paths []string) []*found {
	f := &finder{reader: r, seen: pathSet{}}
	for _, path := range paths {
		switch {
		case r.listing.Err() != nil:
			f.name(path, Unread, "not reached before the run ended")
		case path == "-":
			f.append(&found{file: &File{Path: cmp.Or(r.options.StdinName, "<stdin>")}})
		case IsRemote(path) && r.options.Remote != nil:
			f.remote(path)
		default:
			f.path(path)
		}
	}
	r.allFound.Store(true)
	return f.list
}

// append lists an input and queues it if it is to be read.
func (f *finder) append(input *found) {
	r := f.reader
	f.count++
	input.file.open.Store(1)
	// A local file without other state is kept as its path only; see backlog.
	input.listed = input.remote != nil
	if r.options.Done == nil || input.listed {
		f.list = append(f.list, input)
	}
	r.found.Add(1)
	r.total.Add(input.size)
	if input.file.Status != "" {
		r.done.Add(1)
		r.release(input)
		return
	}
	if input.remote != nil {
		r.fetcher.add(input)
		return
	}
	input.packs = input.regular && r.options.Done != nil
	r.backlog.add(input)
}

func (f *finder) name(path string, status Status, reason string) {
	f.append(&found{file: &File{Path: path, Status: status, Reason: reason}})
}

func (f *finder) path(path string) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path, "*?[") {
		matches, globErr := Glob(filepath.Clean(path))
		if globErr != nil {
			f.name(path, Failed, "the pattern is malformed")
			return
		}
		if len(matches) == 0 {
			f.name(path, Failed, "no file matches the pattern")
		}
		for _, match := range matches {
			f.one(match, false)
		}
		return
	}
	f.one(path, true)
}

// one lists a file or folder. named means that the user gave this path, and not a pattern that matches it.
func (f *finder) one(path string, named bool) {
	info, err := os.Stat(path)
	if err != nil {
		f.name(path, Failed, pathFault(err))
		return
	}
	actual, err := filepath.EvalSymlinks(path)
	if err == nil {
		actual, err = filepath.Abs(actual)
	}
	switch {
	case err != nil && named && mayWait(info.Mode()):
		actual = path // /dev/stdin and a shell's <(command) link to something without a path
	case err != nil:
		f.name(path, Failed, pathFault(err))
		return
	}
	if info.IsDir() {
		before, known := f.count, f.seen.has(actual)
		f.folder(path, actual)
		switch {
		case f.cut:
			f.name(path, Unread, NotListed)
		case f.count == before && !known:
			f.name(path, Failed, "nothing to read in this folder")
		}
		f.cut = false
		return
	}
	f.add(path, actual, info, named)
}

// MayWait reports whether reading a path may block for a writer, and gives its content only once.
func MayWait(path string) bool {
	info, err := os.Stat(path)
	return err == nil && mayWait(info.Mode())
}

// mayWait reports whether reading a file may block for a writer: a pipe or a terminal.
func mayWait(mode fs.FileMode) bool { return mode&(fs.ModeNamedPipe|fs.ModeDevice) != 0 }

// add lists a file unless it is listed already. Files that may block or never end are read only if the user named them:
// a pipe in a folder of logs would block the hunt forever.
func (f *finder) add(path, actual string, info fs.FileInfo, named bool) {
	mode := info.Mode()
	if !mode.IsRegular() && (!named || !mayWait(mode)) {
		f.name(path, Skipped, specialFile(mode))
		return
	}
	if !f.seen.add(actual) {
		return
	}
	if guard := f.reader.options.Guard; guard != nil {
		if err := guard(path, info); err != nil {
			f.reader.cancel(err)
			return
		}
	}
	if reason := LeftOut(filepath.Base(path)); reason != "" {
		f.name(path, Skipped, reason)
		return
	}
	if mode.IsRegular() {
		f.append(&found{file: &File{Path: path, Bucket: parseBucket(path)}, open: path, size: info.Size(), regular: true})
		return
	}
	f.append(&found{file: &File{Path: path}, open: path})
}

// specialFile returns why a file that is not regular is skipped.
func specialFile(mode fs.FileMode) string {
	what := "not a regular file"
	switch {
	case mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	default:
		return what
	}
	return what + ": read only if it is named on the command line"
}

// folder lists the content of a folder. actual is its path without symbolic links, for the detection of loops.
func (f *finder) folder(path, actual string) {
	if f.reader.listing.Err() != nil {
		f.cut = true
		return
	}
	if !f.seen.add(actual) {
		return
	}
	if reason := LeftOut(filepath.Base(actual)); reason != "" {
		f.name(path, Skipped, reason)
		return
	}
	if days, ok := FolderDays(filepath.ToSlash(actual)); ok && days.Unit == "day" &&
		days.Outside(f.reader.options.From, f.reader.options.To) {
		f.name(path, Skipped, days.Reason())
		return
	}
	f.entries(path, actual)
}

// entries lists the content of a folder in the order of the names. If the order is not visible, files are read in the
// order of the system, so that a folder of a million files takes no memory; links and folders are always sorted.
func (f *finder) entries(path, actual string) {
	if f.reader.options.Done == nil {
		entries, err := os.ReadDir(path)
		if err != nil {
			f.name(path, Failed, pathFault(err))
		}
		f.below(path, actual, entries)
		return
	}
	dir, err := os.Open(path)
	if err != nil {
		f.name(path, Failed, pathFault(err))
		return
	}
	defer dir.Close()
	var rest []fs.DirEntry
	for err == nil && !f.cut {
		var entries []fs.DirEntry
		entries, err = dir.ReadDir(entriesAtOnce)
		entries = slices.DeleteFunc(entries, func(entry fs.DirEntry) bool {
			if entry.Type().IsRegular() {
				return false
			}
			rest = append(rest, entry)
			return true
		})
		f.below(path, actual, entries)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		f.name(path, Failed, pathFault(err))
	}
	slices.SortFunc(rest, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	f.below(path, actual, rest)
}

// entriesAtOnce is how many entries of a folder are read at a time.
const entriesAtOnce = 512

// below lists entries of a folder.
func (f *finder) below(path, actual string, entries []fs.DirEntry) {
	for _, entry := range entries {
		if f.reader.listing.Err() != nil {
			f.cut = true
			return
		}
		below, actualBelow := filepath.Join(path, entry.Name()), filepath.Join(actual, entry.Name())
		info, err := entry.Info()
		if err == nil && entry.Type()&fs.ModeSymlink != 0 {
			if info, err = os.Stat(below); err == nil {
				actualBelow, err = filepath.EvalSymlinks(below)
			}
			if err == nil {
				actualBelow, err = filepath.Abs(actualBelow)
			}
		}
		switch {
		case err != nil:
			f.name(below, Failed, pathFault(err))
		case !info.IsDir():
			f.add(below, actualBelow, info, false)
		case entry.Name() == ".git":
			f.name(below, Skipped, "folder of a version control system")
		default:
			f.folder(below, actualBelow)
		}
	}
}

// pathFault returns why a path cannot be read, without the path, which the message already has.
func pathFault(err error) string {
	var pathError *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file or folder"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &pathError):
		return pathError.Err.Error()
	}
	return err.Error()
}

// Glob is filepath.Glob with the additional element ** for any number of folders. Matches are sorted.
func Glob(pattern string) ([]string, error) {
	before, after, deep := strings.Cut(filepath.ToSlash(pattern), "**/")
	if !deep {
		matches, err := filepath.Glob(pattern)
		slices.Sort(matches)
		return matches, err
	}
	roots := []string{"."}
	if before = strings.TrimSuffix(before, "/"); before != "" {
		var err error
		if roots, err = Glob(filepath.FromSlash(before)); err != nil {
			return nil, err
		}
	} else if strings.HasPrefix(pattern, "/") {
		roots = []string{"/"}
	}
	var matches []string
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return nil //nolint:nilerr // a folder that cannot be read matches nothing
			}
			more, err := Glob(filepath.Join(escapeGlob(path), filepath.FromSlash(after)))
			matches = append(matches, more...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(matches)
	return slices.Compact(matches), nil
}

// escapeGlob returns a pattern that matches only the path itself.
func escapeGlob(path string) string {
	return strings.NewReplacer("[", `\[`, "*", `\*`, "?", `\?`).Replace(path)
}
