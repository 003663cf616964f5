package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func writeNotices(args []string, _, stderr io.Writer) error {
	out, err := outFlag("notices", args, stderr)
	if err != nil {
		return err
	}
	text, err := notices(".")
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(text), 0o644)
}

// builds lists the released builds that link different modules.
var builds = []struct{ system, tags, cgo string }{{"linux", "duckdb", "1"}, {"darwin", "", "0"}, {"windows", "", "0"}}

// linkedModule is a module with packages in egret. Dir is its folder in the module cache.
type linkedModule struct{ Path, Version, Dir string }

// linkedModules returns the modules that are part of any build of egret, by path, as the module cache has them.
func linkedModules(dir string) (map[string]linkedModule, error) {
	modules := map[string]linkedModule{}
	for _, b := range builds {
		command := exec.Command("go", "list", "-deps", "-tags", b.tags, "-json=Module", "./cmd/egret")
		command.Dir = dir
		command.Env = append(os.Environ(), "GOOS="+b.system, "GOARCH=amd64", "CGO_ENABLED="+b.cgo, "GOFLAGS=", "GOPROXY=off")
		output, err := command.Output()
		if err != nil {
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return nil, fmt.Errorf("go list for %s: %w: %s", b.system, err, exit.Stderr)
			}
			return nil, err
		}
		for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
			var p struct {
				Module *struct {
					linkedModule
					Main bool
				}
			}
			if err := decoder.Decode(&p); err != nil {
				return nil, err
			}
			if p.Module != nil && !p.Module.Main {
				modules[p.Module.Path] = p.Module.linkedModule
			}
		}
	}
	return modules, nil
}

// notices returns the license and notice texts of everything that is linked into egret: first Go itself, then the
// modules sorted by path.
func notices(dir string) (string, error) {
	modules, err := linkedModules(dir)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString("Third-party notices\n\negret is built with Go and contains packages of the modules below, under the licenses printed with\n" +
		"them. This file is written by `make generate` from the module cache.\n")
	add := func(title, dir string) error {
		fmt.Fprintf(&text, "\n%s\n%s\n", strings.Repeat("=", 80), title)
		names, err := legalFiles(dir)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			return fmt.Errorf("%s: no license file found", title)
		}
		for _, name := range names {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, "%s\n%s\n\n", strings.Repeat("-", 80), name)
			for line := range strings.Lines(strings.TrimSpace(strings.ReplaceAll(string(content), "\r\n", "\n")) + "\n") {
				text.WriteString(strings.TrimRight(line, " \t\n") + "\n")
			}
		}
		return nil
	}
	if err := add("The Go standard library", runtime.GOROOT()); err != nil { //nolint:staticcheck // the command runs with an installed Go toolchain
		return "", err
	}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		if err := add(path+" "+modules[path].Version, modules[path].Dir); err != nil {
			return "", err
		}
	}
	// Not a module: make editor writes these texts beside the bundle.
	editor, err := os.ReadFile(filepath.Join(dir, "internal", "serve", "site", "editor", "LICENSES"))
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&text, "\n%s\nCodeMirror, the editor of egret serve, with what it is made of\n%s\n%s", strings.Repeat("=", 80), strings.Repeat("-", 80), editor)
	return text.String(), nil
}

// legalFiles returns the license and notice files at a module's root, sorted.
func legalFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		name := strings.ToUpper(entry.Name())
		for _, word := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE"} {
			if !entry.IsDir() && strings.HasPrefix(name, word) && !strings.HasSuffix(name, ".GO") {
				names = append(names, entry.Name())
				break
			}
		}
	}
	return names, nil
}
