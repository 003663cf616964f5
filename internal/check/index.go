package check

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// An Index keeps the rules of many files in memory, for programs that judge a file again with each change of its text. A change reads
// that file alone; the checks over several files compare its rules with what was kept of the others. It is safe for concurrent use.
type Index struct {
	run *run
	// alone is the same without the checks over several files.
	alone *run
	mutex sync.Mutex
	files map[string]*checked
	// names are the sorted names of the files, nil after a change.
	names []string
	bytes int
}

// NewIndex returns an empty index. The options are those of Run; Progress is not used.
func NewIndex(opt Options) *Index {
	alone := opt
	alone.Alone = true
	return &Index{run: newRun(opt), alone: newRun(alone), files: map[string]*checked{}}
}

// Put adds a file or replaces the one of its name. Only files that are judged can be given to Diagnostics; the rules of others are
// compared with them. Files of more than 4 MB have a diagnostic and no rules.
func (x *Index) Put(file *source.File, judged bool) {
	c := x.run.parsed(file)
	for _, d := range c.documents {
		if judged {
			x.run.judge(d, &c.out)
		} else {
			d.items = nil
		}
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.forget(file.Name)
	x.files[file.Name] = c
	x.bytes += len(file.Text)
}

// parsed reads the documents of a file.
func (r *run) parsed(file *source.File) *checked {
	c := &checked{file: file}
	if len(file.Text) > maxFile {
		r.read(c, diag.List{{Code: "unreadable-file", Message: errTooLarge.Error(), Span: source.Span{File: file}}}, nil)
		return c
	}
	c.ignores = ignores(file)
	r.parse(c)
	return c
}

// Remove removes the file of a name, if there is one.
func (x *Index) Remove(name string) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.forget(name)
}

func (x *Index) forget(name string) {
	if old := x.files[name]; old != nil {
		x.bytes -= len(old.file.Text)
		delete(x.files, name)
	}
	x.names = nil
}

// Size returns the number of files and of bytes of their texts.
func (x *Index) Size() (files, bytes int) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	return len(x.files), x.bytes
}

// all returns the files, sorted by name.
func (x *Index) all() []*checked {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if x.names == nil {
		x.names = slices.Sorted(maps.Keys(x.files))
	}
	list := make([]*checked, len(x.names))
	for i, name := range x.names {
		list[i] = x.files[name]
	}
	return list
}

// Diagnostics returns what Run reports about the files of some names when it checks all files of the index: for each name a sorted list,
// which is nil for a name without a file. With alone set the checks over several files are left out. The error is that of the context.
func (x *Index) Diagnostics(ctx context.Context, names []string, alone bool) (map[string][]*Diagnostic, error) {
	focus := map[*source.File]bool{}
	var files []checked
	var documents []*Document
	for _, c := range x.all() {
		documents = append(documents, c.documents...)
		if slices.Contains(names, c.file.Name) {
			focus[c.file] = true
			files = append(files, checked{file: c.file, documents: c.documents, out: slices.Clone(c.out), ignores: ignores(c.file)})
		}
	}
	r := x.run
	if alone {
		r = x.alone
	}
	found, err := r.together(ctx, documents, focus)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]*Diagnostic, len(names))
	for _, d := range r.result(files, found).Diagnostics {
		out[d.Span.File.Name] = append(out[d.Span.File.Name], d)
	}
	return out, nil
}

// Alone returns what is found in a text by itself, without the checks over several files. The index does not change.
func (x *Index) Alone(file *source.File) []*Diagnostic {
	c := x.alone.parsed(file)
	for _, d := range c.documents {
		x.alone.judge(d, &c.out)
	}
	return x.alone.result([]checked{*c}, nil).Diagnostics
}

// A Known rule is a rule, correlation or filter of an index.
type Known struct {
	ID, Name, Title, Level string
	// Kind is rule, correlation or filter.
	Kind string
	// Place is its title, else its id, else the whole document.
	Place source.Span
}

// Known returns the rules of the index, in the order of the files' names.
func (x *Index) Known() []Known {
	var list []Known
	for _, c := range x.all() {
		for _, d := range c.documents {
			list = append(list, d.entry())
		}
	}
	return list
}

// Lookup returns the rule or correlation with an id, in any letter case, or a name; false if there is none.
func (x *Index) Lookup(reference string) (Known, bool) {
	if reference == "" {
		return Known{}, false
	}
	for _, c := range x.all() {
		for _, d := range c.documents {
			if d.kind&judged != 0 && (d.Name == reference || strings.EqualFold(d.ID, reference)) {
				return d.entry(), true
			}
		}
	}
	return Known{}, false
}

func (d *Document) entry() Known {
	k := Known{ID: d.ID, Name: d.Name, Title: d.Title, Level: d.Level, Kind: "rule", Place: d.TitleSpan}
	switch {
	case d.correlation != nil:
		k.Kind = "correlation"
	case d.filter != nil:
		k.Kind = "filter"
	}
	if k.Place.IsZero() {
		k.Place = d.IDSpan
	}
	if k.Place.IsZero() {
		k.Place = source.Span{File: d.file, Start: d.Span.Start, End: d.Span.Start}
	}
	return k
}
