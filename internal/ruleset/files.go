package ruleset

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// LeftOut describes a file or link in a folder of rules that was not read.
type LeftOut struct {
	// Path is the path of the file, starting with the folder as the user named it.
	Path string
	// Reason explains why the file was not read.
	Reason string
}

func (l LeftOut) diagnostic() diag.Diagnostic {
	return diag.Diagnostic{
		Code: "left-out-file", Severity: diag.Warning, Span: source.Span{File: source.NewFile(l.Path, "")},
		Message: "not read: " + l.Reason,
	}
}

// isRuleFile reports whether a file name is that of a rule file.
func isRuleFile(name string) bool {
	name = strings.ToLower(name)
	ext := path.Ext(name)
	return (ext == ".yml" || ext == ".yaml") && !strings.HasSuffix(strings.TrimSuffix(name, ext), ".test")
}

// A ruleWalk collects the rule files of a folder.
type ruleWalk struct {
	ctx     context.Context
	folder  Folder
	names   []string
	left    []LeftOut
	folders []string // folders that were read
	links   []string // links to folders that were not read yet
}

// ruleFiles returns the sorted rule files of a folder. It follows links to folders last and skips folders that it has read
// before, so that neither a loop of links nor two links to one folder load a rule twice. It leaves out files that are not
// regular, since reading them may block forever.
func ruleFiles(ctx context.Context, folder Folder) ([]string, []LeftOut, error) {
	w := &ruleWalk{ctx: ctx, folder: folder}
	if err := w.walk("."); err != nil {
		return nil, nil, err
	}
	if len(w.links) > 0 {
		if err := w.follow(); err != nil {
			return nil, nil, err
		}
	}
	slices.Sort(w.names)
	return w.names, w.left, nil
}

func (w *ruleWalk) walk(dir string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(w.folder.FS, dir)
	if err != nil {
		return err
	}
	w.folders = append(w.folders, dir)
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		switch mode := entry.Type(); {
		case entry.IsDir():
			if strings.HasPrefix(entry.Name(), ".") {
				continue
			}
			if err := w.walk(name); err != nil {
				return err
			}
		case mode&fs.ModeSymlink != 0:
			w.link(name)
		default:
			w.file(name, mode)
		}
	}
	return nil
}

func (w *ruleWalk) file(name string, mode fs.FileMode) {
	switch {
	case !isRuleFile(name):
	case mode.IsRegular():
		w.names = append(w.names, name)
	default:
		w.leave(name, "it is a pipe, device or socket")
	}
}

func (w *ruleWalk) link(name string) {
	info, err := fs.Stat(w.folder.FS, name)
	switch {
	case err != nil && isRuleFile(name):
		w.names = append(w.names, name) // reading the file reports the error
	case err != nil:
		w.leave(name, "the target of the link cannot be read")
	case !info.IsDir():
		w.file(name, info.Mode())
	case !strings.HasPrefix(path.Base(name), "."):
		w.links = append(w.links, name)
	}
}

// follow reads the linked folders in the order of their names.
func (w *ruleWalk) follow() error {
	var read []fs.FileInfo
	for len(w.links) > 0 {
		for _, name := range w.folders {
			if info, err := fs.Stat(w.folder.FS, name); err == nil {
				read = append(read, info)
			}
		}
		slices.Sort(w.links)
		name := w.links[0]
		w.links, w.folders = w.links[1:], nil
		info, err := fs.Stat(w.folder.FS, name)
		if err != nil {
			w.leave(name, "the target of the link cannot be read")
			continue
		}
		if slices.ContainsFunc(read, func(other fs.FileInfo) bool { return os.SameFile(info, other) }) {
			continue
		}
		if err := w.walk(name); err != nil {
			if w.ctx.Err() != nil {
				return err
			}
			w.leave(name, fmt.Sprintf("the linked folder cannot be read: %v", err))
		}
	}
	return nil
}

func (w *ruleWalk) leave(name, reason string) {
	w.left = append(w.left, LeftOut{Path: path.Join(w.folder.Name, name), Reason: reason})
}
