package setup

import (
	"path/filepath"

	"github.com/egret-hunt/egret/internal/origin"
)

// Origins returns what the hunt knows of addresses and user agents: the databases of paths, or else those of the
// configuration, and the networks and agents of one's own. It returns nil if there is nothing of these. The caller closes
// the result.
func Origins(c *Config, paths []string) (*origin.Finder, error) {
	if len(paths) == 0 {
		for _, name := range c.Settings.GeoIP {
			paths = append(paths, beside(c, name.Value))
		}
	}
	if len(paths) == 0 && len(c.Settings.Known) == 0 {
		return nil, nil //nolint:nilnil // a nil Finder knows nothing
	}
	var known origin.Known
	for _, k := range c.Settings.Known {
		for _, network := range k.Networks {
			known.AddNetwork(network.Prefix, k.Label.Value)
		}
		for _, agent := range k.Agents {
			known.AddAgent(agent.Value, k.Label.Value)
		}
	}
	finder, err := origin.NewFinder(paths, &known)
	if err != nil {
		return nil, UsageError("--geoip takes a city, country or ASN database (.mmdb) of MaxMind, DB-IP or IPinfo", err)
	}
	return finder, nil
}

// beside resolves a path of the configuration: relative paths start at its folder.
func beside(c *Config, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Path), path)
}
