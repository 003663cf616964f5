package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine/registry"
	"github.com/egret-hunt/egret/internal/plugin"
)

// Config is a configuration and its location.
type Config struct {
	// Settings are never nil; they are empty without a configuration.
	Settings *config.Config
	// Place has the path, "" if there is no configuration, and the paths of configurations that were skipped because
	// they are inside the evidence.
	config.Place
	// Overlay is the path of the overlay whose changes are among the settings, "" if there is none.
	Overlay string
	// Diagnostics are the sorted diagnostics of the file and of the overlay.
	Diagnostics diag.List
	// Plugins are the installed plug-ins that can be used, sorted by name; see AddPlugins.
	Plugins []*plugin.Plugin
	// skipped is told of each plug-in that is skipped; nil tells nobody.
	skipped func(name string, reason error)
}

// userDir returns the user's configuration folder, "" without a home directory, as in a container.
func userDir() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return dir
}

// OverlayPath returns where the overlay of the configuration is, or would be. It returns an error if there is no such place.
func (c *Config) OverlayPath() (string, error) {
	path := config.OverlayPath(c.Path, userDir())
	if path == "" {
		return "", UsageError("write an egret.yaml first; the overlay is beside it", errors.New("there is no configuration folder for an overlay"))
	}
	return relative(path), nil
}

// addOverlay adds the overlay of the configuration to its settings.
func (c *Config) addOverlay(evidence []string) error {
	path, err := config.FindOverlay(&c.Place, userDir(), evidence)
	if err != nil || path == "" {
		return err
	}
	path = relative(path)
	overlay, list, err := config.LoadOverlay(path)
	if err != nil {
		return err
	}
	c.Overlay, c.Diagnostics = path, append(c.Diagnostics, list...)
	c.Settings.Add(overlay)
	return nil
}

// FindConfig returns the location of the configuration at a path or, without a path, of the nearest one that applies
// to the working directory. It skips configurations inside the evidence (the files and folders to hunt), because
// those are untrusted. Paths below the working directory are relative.
func FindConfig(path string, evidence []string) (config.Place, error) {
	if path != "" {
		return config.Place{Path: path}, nil
	}
	place, err := config.Find(".", userDir(), evidence)
	if err != nil {
		return config.Place{}, err
	}
	for i := range place.PassedOver {
		place.PassedOver[i] = relative(place.PassedOver[i])
	}
	place.Path = relative(place.Path)
	return place, nil
}

// Beside resolves a path of the configuration: relative paths start at its folder.
func (c *Config) Beside(path string) string { return beside(c, path) }

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
// diagnostics. The overlay beside the configuration changes the settings. The Config is nil if the file cannot be found or read.
func ReadConfig(path string, evidence []string) (*Config, error) {
	place, err := FindConfig(path, evidence)
	if err != nil {
		return nil, UsageError("", err)
	}
	c := &Config{Settings: &config.Config{}, Place: place}
	if place.Path != "" {
		if c.Settings, c.Diagnostics, err = config.Load(place.Path, registry.Config()); err != nil {
			return nil, UsageError("", err)
		}
	}
	if err := c.addOverlay(evidence); err != nil {
		return nil, UsageError("", err)
	}
	if c.Diagnostics.HasErrors() {
		return c, UsageError("", fmt.Errorf("%s: %s", c.changers(), c.Diagnostics.Summary()))
	}
	return c, nil
}

// changers names the files that change rules.
func (c *Config) changers() string {
	return strings.Join(slices.DeleteFunc([]string{c.Path, c.Overlay}, func(path string) bool { return path == "" }), " and ")
}

// NoConfig returns an empty configuration, for callers that read none.
func NoConfig() *Config { return &Config{Settings: &config.Config{}} }
