package ruleset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/threat"
)

// A Folder contains rule files: every file in it, at any depth, that ends in .yml or .yaml.
type Folder struct {
	// Name is the folder as the user named it. Messages show it before the paths of the files. It may be empty.
	Name string
	FS   fs.FS
	// Pack means that the rules are for several log sources: those for other logs than Options.Schemas are left out and are
	// no fault.
	Pack bool
}

// MaxFileSize is the maximum size of a rule file in bytes. The largest public rule has 200 KB.
const MaxFileSize = 4 << 20

// Load reads all rule files of the folders and links them to a Set. Faults in rules are diagnostics. Load returns an error if
// it cannot list a folder or the context ends.
func Load(ctx context.Context, folders []Folder, opt Options) (*Set, diag.List, error) {
	var files []*loadedFile
	var left []LeftOut
	for _, folder := range folders {
		names, leftHere, err := ruleFiles(ctx, folder)
		if err != nil {
			return nil, nil, fmt.Errorf("rules in %s: %w", folder.Name, err)
		}
		for _, name := range names {
			files = append(files, &loadedFile{folder: folder, name: name})
		}
		left = append(left, leftHere...)
	}
	if err := parseFiles(ctx, files, opt); err != nil {
		return nil, nil, err
	}
	set, list := link(files, opt)
	if len(left) == 0 {
		return set, list, nil
	}
	set.LeftOut = left
	for _, l := range left {
		list.Add(l.diagnostic())
	}
	list.Sort()
	return set, list, nil
}

// A loadedFile is a rule file with its parsed content.
type loadedFile struct {
	folder  Folder
	name    string
	entries []*entry // rules before correlations
	filters []*loadedFilter
	refused []brokenCorrelation // correlations that could not be parsed
	threats []*threat.Threat    // those of which the entries are
	list    diag.List
}

// path returns the path of the file as the user can find it.
func (f *loadedFile) path() string { return path.Join(f.folder.Name, f.name) }

// parseFiles parses and lowers files on all processors.
func parseFiles(ctx context.Context, files []*loadedFile, opt Options) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				files[i].parse(opt)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return ctx.Err()
	case <-ctx.Done(): // do not wait for files in progress; their goroutines end after them
		return ctx.Err()
	}
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if info.Size() > MaxFileSize {
		return nil, fmt.Errorf("the file has %d bytes; the limit for rule files is %d", info.Size(), MaxFileSize)
	}
	return fs.ReadFile(fsys, name)
}
