package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"
)

// DigestPrefix begins each checksum and names how it was computed.
const DigestPrefix = "sha256:"

// Digest returns a checksum of the paths and contents of all files in a folder, such as "sha256:" and 64 hexadecimal digits.
// It is the SHA-256 of one line a file, sorted by path: the SHA-256 of the content in hexadecimal, two spaces, the path with
// slashes and a line feed, as sha256sum prints it. skip, if not nil, says which paths do not count. Modes, times and empty
// folders do not count. A link or another special file is an error, and so are more files or bytes than the limits allow.
func Digest(folder fs.FS, limits Limits, skip func(path string) bool) (string, error) {
	var lines []digestLine
	left := limits.Total
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case skip != nil && path != "." && skip(path):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular():
			return &Error{path, "neither a file nor a folder"}
		case strings.ContainsFunc(path, unicode.IsControl):
			return &Error{path, "control character in the path"}
		}
		if len(lines) >= limits.Entries {
			return &Error{Reason: fmt.Sprintf("more than %d files", limits.Entries)}
		}
		sum, n, err := fileSum(folder, path, left)
		if err != nil {
			return err
		}
		if left -= n; left < 0 {
			return &Error{path, fmt.Sprintf("the folder has more than %s", megabytes(limits.Total))}
		}
		lines = append(lines, digestLine{path, sum})
		return nil
	})
	if err != nil {
		return "", err
	}
	// A walk has a/b before a.yml.
	slices.SortFunc(lines, func(a, b digestLine) int { return strings.Compare(a.path, b.path) })
	all := sha256.New()
	for _, line := range lines {
		fmt.Fprintf(all, "%s  %s\n", line.sum, line.path)
	}
	return DigestPrefix + hex.EncodeToString(all.Sum(nil)), nil
}

type digestLine struct{ path, sum string }

// fileSum returns the SHA-256 of a file in hexadecimal, and its size. It reads at most one byte more than limit.
func fileSum(folder fs.FS, path string, limit int64) (sum string, n int64, err error) {
	file, err := folder.Open(path)
	if err != nil {
		return "", 0, err
	}
	hash := sha256.New()
	n, err = io.Copy(hash, io.LimitReader(file, limit+1))
	return hex.EncodeToString(hash.Sum(nil)), n, errors.Join(err, file.Close())
}
