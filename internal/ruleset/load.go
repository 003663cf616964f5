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
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// Folder is a place with rule files: every file below it that ends in .yml or .yaml is one.
type Folder struct {
	// Name is the folder as the user named it; it stands before the paths of its files in messages. It may be empty.
	Name string
	FS   fs.FS
}

// MaxFileSize bounds a rule file. The largest public rule has 200 KB.
const MaxFileSize = 4 << 20

// Load reads all rule files of the folders and resolves them to a Set. Faults of rules are diagnostics; the error is of
// the outside world: a folder that cannot be listed, or the context's end.
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

// loadedFile is a rule file on its way into the set.
type loadedFile struct {
	folder     Folder
	name       string
	collection *sigma.Collection
	queries    []*ir.Query // by collection.Rules; nil where lowering found an error
	faults     []diag.List // by collection.Rules: what lowering found
	filters    []ir.Expr   // by collection.Filters
	list       diag.List
}

// path is the file as the user can find it.
func (f *loadedFile) path() string { return path.Join(f.folder.Name, f.name) }

// parseFiles parses and lowers files, on all processors.
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
	case <-ctx.Done(): // nobody waits for the files at hand; their goroutines end with them
		return ctx.Err()
	}
}

func (f *loadedFile) parse(opt Options) {
	f.collection = &sigma.Collection{}
	text, err := readFile(f.folder.FS, f.name)
	if err != nil {
		f.list.Add(diag.Diagnostic{Code: "unreadable-file", Span: source.Span{File: source.NewFile(f.path(), "")}, Message: err.Error()})
		return
	}
	f.collection, f.list = sigma.Parse(source.NewFile(f.path(), string(text)))
	options := lower.Options{Placeholders: opt.Placeholders, Budget: &lower.Budget{}}
	for _, rule := range f.collection.Rules {
		query, list := lower.Rule(rule, options)
		f.queries = append(f.queries, query)
		f.faults = append(f.faults, list)
	}
	for _, filter := range f.collection.Filters {
		where, list := lower.Detection(&filter.Detection, options)
		f.filters = append(f.filters, where)
		f.list.Add(list...)
	}
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	if info.Size() > MaxFileSize {
		return nil, fmt.Errorf("the file has %d bytes; rule files have at most %d", info.Size(), MaxFileSize)
	}
	return fs.ReadFile(fsys, name)
}
