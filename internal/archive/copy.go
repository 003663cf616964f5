package archive

import (
	"context"
	"io/fs"
	"os"
	"strings"
)

// Copy copies the files of a folder into dir, which must exist and should be empty, under the same conditions as Extract.
// Names that begin with a dot, such as .git, are left out.
func Copy(ctx context.Context, source, dir string, limits Limits) (Extracted, error) {
	from, err := os.OpenRoot(source)
	if err != nil {
		return Extracted{}, err
	}
	defer func() { _ = from.Close() }() // nothing is written through it
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Extracted{}, err
	}
	defer func() { _ = root.Close() }() // its files are closed one by one
	w := &writer{ctx: ctx, root: root, limits: limits}
	err = fs.WalkDir(from.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || path == ".":
			return err
		case strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return w.folder(path)
		case entry.Type()&fs.ModeSymlink != 0:
			return &Error{path, "a link"}
		case !entry.Type().IsRegular():
			return &Error{path, "neither a file nor a folder"}
		}
		file, err := from.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		return w.file(path, file, -1)
	})
	return w.out, err
}
