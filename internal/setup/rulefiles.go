package setup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/rulepack"
)

// A RuleFile is a file of rules, for commands that look at rules file by file and do not run them.
type RuleFile struct {
	// Name is the path as the user can find it.
	Name string
	// Read returns the content. It may be called from any goroutine, once.
	Read func() ([]byte, error)
}

// maxRuleFile is the size in bytes of which one more is read at most, so that readers can tell that a file is too large.
const maxRuleFile = 5 << 20

// FindRules returns the rule files that paths name, each once, in the order of the paths: files, folders with all below them, "-" for
// stdin, and the starter pack by its name. In folders, pattern, which may be "", selects files by name instead of the ending.
// Without a path or a file it fails; example is a command that the error shows.
func FindRules(paths []string, pattern string, stdin io.Reader, example string) ([]RuleFile, error) {
	if len(paths) == 0 {
		return nil, UsageError("such as: "+example, errors.New("want a path, or rules in egret.yaml"))
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, UsageError("such as *.yml", fmt.Errorf("--file-pattern does not take %q", pattern))
	}
	w := ruleWalk{pattern: pattern, seen: map[string]bool{}}
	for _, p := range paths {
		if err := w.add(p, stdin); err != nil {
			return nil, err
		}
	}
	if len(w.inputs) == 0 {
		return nil, &Error{Kind: Input, Err: fmt.Errorf("no rule files in %s", strings.Join(paths, ", ")), Help: "rule files end in .yml or .yaml"}
	}
	return w.inputs, nil
}

// ruleWalk collects rule files.
type ruleWalk struct {
	pattern string
	inputs  []RuleFile
	// seen are the real paths of folders and files that were read, so that links do not lead in circles.
	seen map[string]bool
}

func (w *ruleWalk) add(p string, stdin io.Reader) error {
	switch p {
	case "-":
		w.inputs = append(w.inputs, RuleFile{Name: "<stdin>", Read: func() ([]byte, error) { return io.ReadAll(io.LimitReader(stdin, maxRuleFile)) }})
		return nil
	case Starter:
		if _, err := os.Stat(p); err != nil {
			return w.pack()
		}
	}
	info, err := os.Stat(p)
	if err != nil {
		return &Error{Kind: Input, Err: err}
	}
	if !info.IsDir() {
		w.file(p)
		return nil
	}
	return w.folder(p)
}

// pack adds the files of the embedded pack.
func (w *ruleWalk) pack() error {
	pack := rulepack.FS()
	return fs.WalkDir(pack, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && IsRuleFile(name) {
			w.inputs = append(w.inputs, RuleFile{Name: path.Join(Starter, name), Read: func() ([]byte, error) { return fs.ReadFile(pack, name) }})
		}
		return err
	})
}

func (w *ruleWalk) file(p string) {
	if real, err := filepath.EvalSymlinks(p); err == nil {
		if w.seen[real] {
			return
		}
		w.seen[real] = true
	}
	w.inputs = append(w.inputs, RuleFile{Name: p, Read: func() ([]byte, error) { return readRule(p) }})
}

// folder adds the rule files of a folder and of those below it. It follows links, each once.
func (w *ruleWalk) folder(dir string) error {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		if w.seen[real] {
			return nil
		}
		w.seen[real] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &Error{Kind: Input, Err: err}
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
		case IsRuleFile(name):
			w.file(p)
		}
	}
	return nil
}

// IsRuleFile reports whether a file in a folder is one of rules, by its name. Tests of rules and configurations are not.
func IsRuleFile(name string) bool {
	name = strings.ToLower(path.Base(filepath.ToSlash(name)))
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	return (ext == ".yml" || ext == ".yaml") && !strings.HasSuffix(stem, ".test") && stem != "egret" && stem != "egret-overlay" && !strings.HasPrefix(name, ".")
}

// readRule reads a file that is not larger than rule files are.
func readRule(p string) ([]byte, error) {
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
	text := make([]byte, 0, min(info.Size(), maxRuleFile)+1)
	for {
		n, err := f.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case errors.Is(err, io.EOF) || len(text) > maxRuleFile:
			return text, nil
		case err != nil:
			return nil, err
		case len(text) == cap(text):
			text = append(text, 0)[:len(text)]
		}
	}
}
