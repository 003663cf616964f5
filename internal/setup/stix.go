package setup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixhunt"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/stix"
)

// STIXOptions name STIX patterns and indicators.
type STIXOptions struct {
	// Patterns are patterns, or files with one.
	Patterns []string
	// Indicators are files with a bundle or a list of patterns.
	Indicators []string
	Version    stix.Version
	// OASIS is as in stixhunt.Options.
	OASIS bool
	// Loose is as in stixhunt.Options.
	Loose bool
	// Parts is as in stixhunt.Options.
	Parts bool
	// Mappings are folders with mappings of the user.
	Mappings []string
}

// asked reports whether there are any.
func (o *STIXOptions) asked() bool { return len(o.Patterns)+len(o.Indicators) > 0 }

// stixRules makes the rules of patterns and indicators, nil without any.
func stixRules(c *Config, o *RuleOptions) (*stixhunt.Rules, diag.List, error) {
	schemas := o.Schemas
	var err error
	if !slices.ContainsFunc(schemas, func(s *schema.Schema) bool { return len(s.Products()) > 0 }) {
		if schemas, err = Schemas(c, ""); err != nil {
			return nil, nil, err
		}
	}
	o.mapped = schemas
	if o.mappings, err = c.stixMappings(o.STIX.Mappings, schemas); err != nil || !o.STIX.asked() {
		return nil, nil, err
	}
	var all []*stixhunt.Indicator
	var diagnostics diag.List
	for _, text := range o.STIX.Patterns {
		i, err := patternOrFile(text, o.STIX.Version)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, i)
	}
	for n, path := range o.STIX.Indicators {
		if slices.Contains(o.STIX.Indicators[:n], path) {
			continue
		}
		loaded, list, err := stixhunt.Load(path, o.STIX.Version)
		if err != nil {
			return nil, nil, UsageError("a bundle of STIX 2.0 or 2.1 as JSON, or a list with one pattern a line", err)
		}
		all, diagnostics = append(all, loaded.Indicators...), append(diagnostics, list...)
	}
	rules, list := stixhunt.Make(all, stixhunt.Options{Schemas: schemas, Mappings: o.mappings, OASIS: o.STIX.OASIS, Loose: o.STIX.Loose, Parts: o.STIX.Parts})
	return rules, append(diagnostics, list...), nil
}

// STIXMappings returns the mappings of the configuration, of plug-ins and of egret, nil for the last alone. They describe the log sources
// of schemas.
func (c *Config) STIXMappings(schemas []*schema.Schema) ([]*stixmap.Mapping, error) {
	return c.stixMappings(nil, schemas)
}

// stixMappings returns the mappings of folders, of the configuration, of plug-ins and of egret, nil for the last alone.
func (c *Config) stixMappings(folders []string, schemas []*schema.Schema) ([]*stixmap.Mapping, error) {
	var names []string
	for _, s := range schemas {
		names = append(names, s.Name)
	}
	own, err := mappings(c, names)
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		list, err := stixmap.Read(folder, names)
		if err != nil {
			return nil, UsageError("expected a folder of mappings; see docs/stix/format.md", err)
		}
		own = stixmap.With(own, list)
	}
	if own == nil {
		return nil, nil
	}
	return stixmap.With(stixmap.All(), own), nil
}

// patternOrFile returns the pattern in an argument: the argument itself if it begins with a bracket or a parenthesis, or else the text
// of a file.
func patternOrFile(arg string, version stix.Version) (*stixhunt.Indicator, error) {
	if text := strings.TrimSpace(arg); strings.HasPrefix(text, "[") || strings.HasPrefix(text, "(") {
		return stixhunt.Alone("<pattern>", arg, version), nil
	}
	f, err := os.Open(arg)
	if errors.Is(err, os.ErrNotExist) {
		return nil, UsageError("a pattern begins with [ or (", fmt.Errorf("--stix %s is no pattern, and there is no such file", arg))
	}
	if err != nil {
		return nil, &Error{Kind: Input, Err: err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPatternFile+1))
	switch {
	case err != nil:
		return nil, &Error{Kind: Input, Err: err}
	case len(text) > maxPatternFile:
		return nil, UsageError("--indicators reads bundles and lists", fmt.Errorf("%s is larger than %d MB", arg, maxPatternFile>>20))
	}
	i := stixhunt.Alone(arg, string(text), version)
	i.Path = arg
	return i, nil
}

// maxPatternFile is the maximum size of a file with one pattern, in bytes.
const maxPatternFile = 16 << 20
