package main

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// release is an archive of a Trino server.
type release struct {
	version string
	// sha256 is the checksum of the archive in hexadecimal.
	sha256 string
	// plugins lists the plugins to keep; each one costs time at every start.
	plugins []string
}

// trinoRelease is the release closest to Athena's engine version 3; the tests run on it.
var trinoRelease = release{
	version: "476",
	// computed from the archive whose SHA-1, as Maven Central publishes it, is c9b38be4017ebd2f7095455aaac772fb40247ebe
	sha256:  "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f",
	plugins: []string{"exchange-filesystem", "hive", "iceberg", "memory", "spooling-filesystem", "tpch"},
}

// install downloads and unpacks the release into folder unless it exists, and returns the unpacked folder. base is the
// address of a Maven repository; if it is "", the command mvn downloads the archive from its configured repository.
func (r *release) install(ctx context.Context, base, folder string, stderr io.Writer) (unpacked string, err error) {
	unpacked = filepath.Join(folder, "egret-"+r.version)
	if _, err := os.Stat(unpacked); err == nil {
		return unpacked, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	archive := filepath.Join(folder, "trino-server-"+r.version+".tar.gz")
	if _, err := os.Stat(archive); err != nil {
		if err := r.fetch(ctx, base, archive, stderr); err != nil {
			return "", err
		}
	}
	if err := r.verify(archive); err != nil {
		return "", err
	}
	// Another run may be unpacking too. Each uses its own folder, and the first to finish wins.
	fresh, err := os.MkdirTemp(folder, "unpacking-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	fmt.Fprintf(stderr, "unpacking %s\n", archive)
	if err := r.unpack(ctx, archive, fresh); err != nil {
		return "", fmt.Errorf("%s: %w", archive, err)
	}
	if err := os.Rename(fresh, unpacked); err != nil {
		if _, other := os.Stat(unpacked); other != nil {
			return "", err
		}
	}
	return unpacked, nil
}

// fetch downloads the archive from a Maven repository.
func (r *release) fetch(ctx context.Context, base, archive string, stderr io.Writer) (err error) {
	if base != "" {
		url := strings.TrimSuffix(base, "/") + path.Join("/io/trino/trino-server", r.version, filepath.Base(archive))
		fmt.Fprintf(stderr, "downloading %s\n", url)
		return download(ctx, url, archive)
	}
	artifact := "io.trino:trino-server:" + r.version + ":tar.gz"
	fmt.Fprintf(stderr, "downloading %s with mvn\n", artifact)
	folder, err := os.MkdirTemp(filepath.Dir(archive), "download-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	mvn := exec.CommandContext(ctx, "mvn", "-B", "-q", "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+folder)
	mvn.Stdout, mvn.Stderr = stderr, stderr
	if err := mvn.Run(); err != nil {
		return fmt.Errorf("mvn cannot fetch %s (EGRET_MAVEN may name the address of a Maven repository instead): %w", artifact, err)
	}
	return os.Rename(filepath.Join(folder, filepath.Base(archive)), archive)
}

// download writes the response of a URL to a file, which appears only when it is complete.
func download(ctx context.Context, url, file string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	part, err := os.CreateTemp(filepath.Dir(file), "download-")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = io.Copy(part, response.Body)
	if err := errors.Join(err, part.Close()); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return os.Rename(part.Name(), file)
}

// verify compares a file with the checksum. It removes a file that differs, so that the next run downloads it again.
func (r *release) verify(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return err
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != r.sha256 {
		os.Remove(file)
		return fmt.Errorf("%s: expected SHA-256 %s, found %s; the file is removed", file, r.sha256, sum)
	}
	return nil
}

// unpack writes the content of the archive's single top folder to a folder. Equal jars are stored once and hard-linked,
// also between plugins that are kept and others, so unpack extracts everything first and removes the rest afterwards.
func (r *release) unpack(ctx context.Context, archive, folder string) (err error) {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	// os.Root rejects names that lead out of the folder.
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for entries := tar.NewReader(unzipped); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if err := unpackEntry(root, header, entries); err != nil {
			return fmt.Errorf("entry %q: %w", header.Name, err)
		}
	}
	plugins, err := os.ReadDir(filepath.Join(folder, "plugin"))
	if err != nil {
		return err
	}
	for _, p := range plugins {
		if !slices.Contains(r.plugins, p.Name()) {
			if err := os.RemoveAll(filepath.Join(folder, "plugin", p.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpackEntry writes one file, folder or link.
func unpackEntry(root *os.Root, header *tar.Header, content io.Reader) error {
	name := withoutFirst(header.Name)
	if name == "" {
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeLink:
		return root.Link(withoutFirst(header.Linkname), name)
	case tar.TypeReg:
		f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, header.FileInfo().Mode().Perm())
		if err != nil {
			return err
		}
		_, err = io.Copy(f, content)
		return errors.Join(err, f.Close())
	default:
		return fmt.Errorf("unexpected type %q", header.Typeflag)
	}
}

// withoutFirst returns an archive path without its first element.
func withoutFirst(name string) string {
	_, rest, _ := strings.Cut(name, "/")
	return strings.TrimSuffix(rest, "/")
}
