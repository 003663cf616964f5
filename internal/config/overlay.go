package config

import (
	"cmp"
	"path/filepath"
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// OverlayName is the name of the overlay: what users change about rules by command, beside egret.yaml.
const OverlayName = "egret-overlay.yaml"

// overlayKeys are the keys of an overlay, with the meaning that they have in egret.yaml.
var overlayKeys = []string{"disabled", "filters", "levels"}

// OverlayPath returns the path of the overlay that belongs to the configuration at a path. Without a configuration, path being "", it
// is in egret below userDir, the user's configuration folder, or "" without such a folder.
func OverlayPath(path, userDir string) string {
	switch {
	case path != "":
		return filepath.Join(filepath.Dir(path), OverlayName)
	case userDir != "":
		return filepath.Join(userDir, "egret", OverlayName)
	}
	return ""
}

// ParseOverlay reads the text of an overlay. The Config has its disabled ids, levels and filters, and nothing else.
func ParseOverlay(file *source.File) (*Config, diag.List) {
	return parse(&parser{file: file, keys: overlayKeys, config: &Config{}})
}

// LoadOverlay reads the overlay at a path. It returns nil if the file does not exist, and an error if it cannot be read; faults in the
// text are in the list.
func LoadOverlay(path string) (*Config, diag.List, error) {
	if ok, err := isFile(path); err != nil || !ok {
		return nil, nil, err
	}
	text, err := read("overlay", path)
	if err != nil {
		return nil, nil, err
	}
	c, list := ParseOverlay(source.NewFile(path, text))
	return c, list, nil
}

// FindOverlay returns the path of the overlay that belongs to the configuration at a place, "" if there is none. Like
// configurations, an overlay within evidence is passed over; the place then names it.
func FindOverlay(place *Place, userDir string, evidence []string) (string, error) {
	path := OverlayPath(place.Path, userDir)
	if path == "" {
		return "", nil
	}
	if ok, err := isFile(path); err != nil || !ok {
		return "", err
	}
	if evidenceRoots(evidence).contain(path) {
		place.PassedOver = append(place.PassedOver, path)
		return "", nil
	}
	return path, nil
}

// Add adds an overlay. Its levels replace those of the same rules.
func (c *Config) Add(overlay *Config) {
	c.Disabled = append(slices.Clone(c.Disabled), overlay.Disabled...)
	c.Levels = append(slices.Clone(c.Levels), overlay.Levels...)
	c.Filters = append(slices.Clone(c.Filters), overlay.Filters...)
}

// File returns the file that has the filter.
func (f *Filter) File() *source.File { return cmp.Or(f.Inline, f.Path.Span.File) }
