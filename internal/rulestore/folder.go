package rulestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/egret-hunt/egret/internal/archive"
)

// copy copies the user's folder without hidden files and folders. Links are refused.
func (in *installation) copy(ctx context.Context) error {
	if in.Key != "" {
		return errors.New("a folder has no signature; sign an archive of it")
	}
	max := limits(0)
	files, left := 0, max.Total
	return fs.WalkDir(os.DirFS(in.Path), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.Mkdir(filepath.Join(in.fresh, filepath.FromSlash(name)), 0o755)
		case !entry.Type().IsRegular():
			return &archive.Error{Entry: name, Reason: "neither a file nor a folder"}
		}
		if files++; files > max.Entries {
			return fmt.Errorf("%s has more than %d files", in.Path, max.Entries)
		}
		n, err := copyFile(filepath.Join(in.Path, filepath.FromSlash(name)), filepath.Join(in.fresh, filepath.FromSlash(name)), left)
		if left -= n; err == nil && left < 0 {
			err = fmt.Errorf("%s has more than %d MB", in.Path, max.Total>>20)
		}
		return err
	})
}

// copyFile copies a file, and at most one byte more than limit.
func copyFile(from, to string, limit int64) (n int64, err error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(out, io.LimitReader(in, limit+1))
	return n, errors.Join(err, out.Close())
}

// collisions returns an error if two paths are one on file systems that ignore letter case or how accents are written.
func collisions(files []string) error {
	seen := map[string]string{}
	for _, file := range files {
		for name := file; name != "."; name = path.Dir(name) {
			key := strings.ToLower(norm.NFC.String(name))
			if other, ok := seen[key]; ok && other != name {
				return &archive.Error{Entry: name, Reason: fmt.Sprintf("%q has the same name on systems that ignore letter case", other)}
			}
			seen[key] = name
		}
	}
	return nil
}
