package ruleset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/sigma"
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
	if err := readFiles(ctx, files, opt); err != nil {
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
	// collection has the parsed documents until they are lowered; it is empty if the file cannot be read.
	collection *sigma.Collection
	// parsed has the rules and correlations before Options.Transform; nil without it. removed maps those that it removed to the
	// diagnostics about them.
	parsed  *sigma.Collection
	removed map[*sigma.Rule]diag.List
	list    diag.List
}

// path returns the path of the file as the user can find it.
func (f *loadedFile) path() string { return path.Join(f.folder.Name, f.name) }

// readFiles parses, transforms and lowers files.
func readFiles(ctx context.Context, files []*loadedFile, opt Options) error {
	if opt.Transform == nil {
		return eachFile(ctx, files, func(f *loadedFile) {
			f.parse()
			f.lower(opt)
		})
	}
	if err := eachFile(ctx, files, (*loadedFile).parse); err != nil {
		return err
	}
	collections := make([]*sigma.Collection, len(files))
	for i, f := range files {
		collections[i] = f.collection
		f.parsed = &sigma.Collection{Rules: slices.Clone(f.collection.Rules), Correlations: slices.Clone(f.collection.Correlations)}
	}
	lists := opt.Transform(collections)
	for i, f := range files {
		if lists != nil {
			f.list.Add(lists[i]...)
		}
		f.refuseRemoved()
	}
	return eachFile(ctx, files, func(f *loadedFile) { f.lower(opt) })
}

// eachFile calls do for each file, on all processors.
func eachFile(ctx context.Context, files []*loadedFile, do func(*loadedFile)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				do(files[i])
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
