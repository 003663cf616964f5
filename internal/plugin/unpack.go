package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/egret-hunt/egret/internal/archive"
)

// unpack copies the plug-in in a folder, or unpacks that in an archive, into a new folder, and returns the folder with its
// manifest: the new one, or the only folder in it.
func unpack(ctx context.Context, source, into, checksum string) (string, error) {
	info, err := os.Stat(source)
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		if checksum != "" {
			return "", errors.New("a checksum is for an archive, and this is a folder")
		}
		_, err := archive.Copy(ctx, source, into, Limits())
		return into, err
	}
	if checksum != "" {
		if err := verify(source, checksum); err != nil {
			return "", err
		}
	}
	if _, err := archive.Extract(ctx, source, into, Limits()); err != nil {
		return "", err
	}
	return top(into)
}

// top returns the folder with the manifest.
func top(folder string) (string, error) {
	if _, err := os.Lstat(filepath.Join(folder, ManifestName)); err == nil {
		return folder, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	if len(entries) == 1 && entries[0].IsDir() {
		return filepath.Join(folder, entries[0].Name()), nil
	}
	return folder, nil // Load says what is missing
}

// verify compares the checksum of an archive.
func verify(path, want string) error {
	if !checksumForm.MatchString(want) {
		return fmt.Errorf("the checksum %.80q is not sha256: and 64 hexadecimal digits", want)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(f, Limits().Archive+1)); err != nil {
		return err
	}
	if got := archive.DigestPrefix + hex.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("the archive has the checksum %s, not %s", got, want)
	}
	return nil
}
