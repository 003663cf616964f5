package checkcli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/setup"
)

// find returns the rule files that paths name, each once, in the order of the paths.
func find(paths []string, pattern string, stdin io.Reader) ([]check.Input, error) {
	if len(paths) == 0 {
		return nil, setup.UsageError("such as: egret check rules/", errors.New("want a path, or rules in egret.yaml"))
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, setup.UsageError("such as *.yml", fmt.Errorf("--file-pattern does not take %q", pattern))
	}
	w := walk{pattern: pattern, seen: map[string]bool{}}
	for _, p := range paths {
		if err := w.add(p, stdin); err != nil {
			return nil, err
		}
	}
	if len(w.inputs) == 0 {
		return nil, &setup.Error{Kind: setup.Input, Err: fmt.Errorf("no rule files in %s", strings.Join(paths, ", ")), Help: "rule files end in .yml or .yaml"}
	}
	return w.inputs, nil
}

// walk collects rule files.
type walk struct {
	pattern string
	inputs  []check.Input
	// seen are the real paths of folders and files that were read, so that links do not lead in circles.
	seen map[string]bool
}

func (w *walk) add(p string, stdin io.Reader) error {
	switch p {
	case "-":
		w.inputs = append(w.inputs, check.Input{Name: "<stdin>", Read: func() ([]byte, error) { return io.ReadAll(io.LimitReader(stdin, 5<<20)) }})
		return nil
	case setup.Starter:
		if _, err := os.Stat(p); err != nil {
			return w.pack()
		}
	}
	info, err := os.Stat(p)
	if err != nil {
		return &setup.Error{Kind: setup.Input, Err: err}
	}
	if !info.IsDir() {
		w.file(p)
		return nil
	}
	return w.folder(p)
}

// pack adds the files of the embedded pack.
func (w *walk) pack() error {
	pack := rulepack.FS()
	return fs.WalkDir(pack, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && isRule(name) {
			w.inputs = append(w.inputs, check.Input{Name: path.Join(setup.Starter, name), Read: func() ([]byte, error) { return fs.ReadFile(pack, name) }})
		}
		return err
	})
}

func (w *walk) file(p string) {
	if real, err := filepath.EvalSymlinks(p); err == nil {
		if w.seen[real] {
			return
		}
		w.seen[real] = true
	}
	w.inputs = append(w.inputs, check.Input{Name: p, Read: func() ([]byte, error) { return read(p) }})
}

// folder adds the rule files of a folder and of those below it. It follows links, each once.
func (w *walk) folder(dir string) error {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		if w.seen[real] {
			return nil
		}
		w.seen[real] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &setup.Error{Kind: setup.Input, Err: err}
	}
	for _, entry := range entries {
		name, mode := entry.Name(), entry.Type()
		p := filepath.Join(dir, name)
		if mode&fs.ModeSymlink != 0 {
			info, err := os.Stat(p)
			if err != nil {
				w.file(p) // reading it says what is wrong
				continue
			}
			mode = info.Mode().Type()
		}
		switch {
		case mode.IsDir():
			if !strings.HasPrefix(name, ".") {
				if err := w.folder(p); err != nil {
					return err
				}
			}
		case !mode.IsRegular():
		case w.pattern != "":
			if match, _ := path.Match(w.pattern, name); match {
				w.file(p)
			}
		case isRule(name):
			w.file(p)
		}
	}
	return nil
}

// isRule reports whether a file in a folder is one of rules, by its name. Tests of rules and configurations are not.
func isRule(name string) bool {
	name = strings.ToLower(path.Base(filepath.ToSlash(name)))
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	return (ext == ".yml" || ext == ".yaml") && !strings.HasSuffix(stem, ".test") && stem != "egret" && !strings.HasPrefix(name, ".")
}

// read reads a file that is not larger than rule files are.
func read(p string) ([]byte, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a folder")
	}
	text := make([]byte, 0, min(info.Size(), 5<<20)+1)
	for {
		n, err := f.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case errors.Is(err, io.EOF) || len(text) > 5<<20:
			return text, nil
		case err != nil:
			return nil, err
		case len(text) == cap(text):
			text = append(text, 0)[:len(text)]
		}
	}
}
