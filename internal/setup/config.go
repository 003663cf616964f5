package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine/registry"
)

// Config is a configuration and its location.
type Config struct {
	// Settings are never nil; they are empty without a configuration.
	Settings *config.Config
	// Place has the path, "" if there is no configuration, and the paths of configurations that were skipped because
	// they are inside the evidence.
	config.Place
	// Diagnostics are the sorted diagnostics of the file.
	Diagnostics diag.List
}

// FindConfig returns the location of the configuration at a path or, without a path, of the nearest one that applies
// to the working directory. It skips configurations inside the evidence (the files and folders to hunt), because
// those are untrusted. Paths below the working directory are relative.
func FindConfig(path string, evidence []string) (config.Place, error) {
	if path != "" {
		return config.Place{Path: path}, nil
	}
	userDir, err := os.UserConfigDir()
	if err != nil {
		userDir = "" // no home directory, as in a container
	}
	place, err := config.Find(".", userDir, evidence)
	if err != nil {
		return config.Place{}, err
	}
	for i := range place.PassedOver {
		place.PassedOver[i] = relative(place.PassedOver[i])
	}
	place.Path = relative(place.Path)
	return place, nil
}

// relative makes a path below the working directory relative to it and returns other paths unchanged.
func relative(path string) string {
	if wd, err := os.Getwd(); err == nil && path != "" {
		if relative, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(relative, "..") {
			return relative
		}
	}
	return path
}

// ReadConfig reads the configuration that FindConfig finds; the settings are empty if there is none. A configuration
// with errors gives an error, since using half of it would change the findings; the Config is still returned with its
// diagnostics. The Config is nil if the file cannot be found or read.
func ReadConfig(path string, evidence []string) (*Config, error) {
	place, err := FindConfig(path, evidence)
	if err != nil {
		return nil, UsageError("", err)
	}
	if place.Path == "" {
		return &Config{Settings: &config.Config{}, Place: place}, nil
	}
	settings, list, err := config.Load(place.Path, registry.Config())
	if err != nil {
		return nil, UsageError("", err)
	}
	c := &Config{settings, place, list}
	if list.HasErrors() {
		return c, UsageError("", fmt.Errorf("%s: %s", place.Path, list.Summary()))
	}
	return c, nil
}
