package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	pathpkg "path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// starter is the word that names the embedded rules where a folder is expected.
const starter = "starter"

// ruleFlags are the flags that choose and tune rules. Commands register --rules themselves, in words of their own.
type ruleFlags struct {
	rules, include, exclude, statuses []string
	minLevel, config                  string
	// schemas are the log sources that rules may be about, nil for those that come with egret.
	schemas []*schema.Schema
	// pattern chooses among the files of folders by name, "" for all.
	pattern string
	// stdin is what "-" among the rules stands for; nil where it stands for nothing.
	stdin io.Reader
}

// statuses are those whose rules are normally off.
var statuses = []string{"deprecated", "unsupported"}

func (f *ruleFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.include, "include", nil, "only rules of this `ID|TAG`; repeatable")
	flags.StringSliceVar(&f.exclude, "exclude", nil, "no rules of this `ID|TAG`; repeatable")
	flags.StringVar(&f.minLevel, "min-level", "", "only rules of this `LEVEL` and above: "+strings.Join(finding.Levels, ", "))
	flags.StringSliceVar(&f.statuses, "status", nil, "also rules of this `STATUS`: "+strings.Join(statuses, ", ")+"; repeatable")
	flags.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
}

func (f *ruleFlags) check() error {
	if f.minLevel != "" {
		if err := oneOf("min-level", f.minLevel, finding.Levels); err != nil {
			return err
		}
	}
	for _, status := range f.statuses {
		if err := oneOf("status", status, statuses); err != nil {
			return err
		}
	}
	return nil
}

// loaded is what loadRules brings.
type loaded struct {
	set *ruleset.Set
	// names are the rule sources as the user named them.
	names []string
	// list has the diagnostics of rules, sorted.
	list diag.List
	// configPath is the configuration that was used, "" if there is none; tuning counts what it changed.
	configPath string
	tuning     finding.Tuning
	// passedOver are configurations within the evidence, which were not read.
	passedOver []string
	// strangers are the ids of levels and disabled in the configuration that no rule has, in its order.
	strangers []string
}

// loadRules reads the configuration and the rules that flags and configuration name. It returns as soon as the context
// ends, also while it waits for a pipe that the user named.
func (a *app) loadRules(ctx context.Context, f *ruleFlags) (*loaded, error) {
	l, _, err := untilDone(ctx, 0, func() (*loaded, error) { return a.readRules(ctx, f) })
	return l, err
}

// untilDone calls a function that may block forever. It stops waiting when the context has ended and the grace period has
// passed, reports false then, and leaves the function to itself.
func untilDone[T any](ctx context.Context, grace time.Duration, do func() (T, error)) (value T, done bool, err error) {
	type result struct {
		value T
		err   error
	}
	results := make(chan result, 1)
	go func() {
		value, err := do()
		results <- result{value, err}
	}()
	select {
	case r := <-results:
		return r.value, true, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-results:
		return r.value, true, r.err
	case <-time.After(grace):
		return value, false, ctx.Err()
	}
}

func (a *app) readRules(ctx context.Context, f *ruleFlags) (*loaded, error) {
	settings, place, err := a.loadConfig(f.config)
	if err != nil {
		return nil, err
	}
	path := place.Path
	names, base := f.rules, ""
	if len(names) == 0 {
		base = filepath.Dir(path)
		for _, name := range settings.Rules {
			names = append(names, name.Value)
		}
	}
	if len(names) == 0 {
		names = []string{starter}
	}
	var folders []ruleset.Folder
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		var folder ruleset.Folder
		if name == "-" && f.stdin != nil {
			folder, err = stdinRules(f.stdin)
		} else {
			folder, err = ruleFolder(name, base)
		}
		if err != nil {
			return nil, err
		}
		folders = append(folders, f.narrowed(folder))
	}
	tuned, err := filterFolders(settings, path)
	if err != nil {
		return nil, err
	}
	options := ruleset.Options{
		Levels: map[string]string{}, Placeholders: map[string][]string{},
		Include: f.include, Exclude: f.exclude, MinLevel: f.minLevel, Statuses: f.statuses,
		CheckCorrelation: correlate.Check, Schemas: f.schemas,
	}
	for _, change := range settings.Levels {
		options.Levels[change.ID.Value] = change.Level.String()
		options.Levels[strings.ToLower(change.ID.Value)] = change.Level.String() // ids are mostly written so
	}
	for _, id := range settings.Disabled {
		options.Disabled = append(options.Disabled, id.Value)
	}
	for _, placeholder := range settings.Placeholders {
		options.Placeholders[placeholder.Name.Value] = placeholder.Values
	}
	restore := rareGC(800)
	set, list, err := ruleset.Load(ctx, append(folders, tuned...), options)
	restore()
	if err != nil {
		return nil, &failure{code: exitRules, err: err}
	}
	list = append(list, ruleset.UnknownFields(set, f.schemas, nil, shownFields)...)
	l := &loaded{set: set, names: names, list: list, configPath: path, passedOver: place.PassedOver}
	l.count(settings, tuned)
	return l, nil
}

// shownFields is how many unknown fields of rules are told one by one.
const shownFields = 5

// lakeGC is how far the heap grows between collections in a hunt in a lake, in percent of what stays. Such a hunt waits for
// its engine, and runs beside other things.
const lakeGC = 25

// lakeMemory is what such a hunt should stay below, in bytes; what it needs beyond that it takes, at the price of more
// collections. Go's runtime spends at most half of the processor's time on these.
const lakeMemory = 72 << 20

// filesMemory is from where on a hunt in files collects more often, so that it stays below 250 MB whatever it finds.
const filesMemory = 192 << 20

// limitMemory sets a soft limit of memory until the returned function is called. GOMEMLIMIT rules.
func limitMemory(bytes int64) func() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetMemoryLimit(bytes)
	return func() { debug.SetMemoryLimit(before) }
}

// frequentGC is the reverse of rareGC, and gives back what loading has left. GOMEMLIMIT still rules, too.
func frequentGC(percent int) func() {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before, limit := debug.SetGCPercent(percent), debug.SetMemoryLimit(-1)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(lakeMemory)
	}
	debug.FreeOSMemory()
	return func() {
		debug.SetGCPercent(before)
		debug.SetMemoryLimit(limit)
	}
}

// rareGC lets the heap grow further between collections, by a percentage of what stays, until the returned function is
// called. While rules are loaded nearly all that is allocated stays, and the heap is small: collecting it often is a
// fifth of the time. GOGC still rules.
func rareGC(percent int) func() {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	if before > percent {
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}

// count counts what the configuration changed.
func (l *loaded) count(settings *config.Config, tuned []ruleset.Folder) {
	l.tuning.Config = l.configPath
	ids := map[string]bool{}
	for _, rule := range l.set.Rules {
		ids[strings.ToLower(rule.ID)] = true
	}
	for _, correlation := range l.set.Correlations {
		ids[strings.ToLower(correlation.ID)] = true
	}
	for _, change := range settings.Levels {
		if ids[strings.ToLower(change.ID.Value)] {
			l.tuning.Levels++
		}
	}
	known := maps.Clone(ids)
	for _, skipped := range l.set.Skipped {
		known[strings.ToLower(skipped.ID)] = true
		if skipped.Reason == ruleset.Disabled {
			l.tuning.Disabled++
		}
	}
	named := slices.Clone(settings.Disabled)
	for _, change := range settings.Levels {
		named = append(named, change.ID)
	}
	slices.SortStableFunc(named, func(a, b config.Text) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	for _, id := range named {
		if !known[strings.ToLower(id.Value)] && !slices.Contains(l.strangers, id.Value) {
			l.strangers = append(l.strangers, id.Value)
		}
	}
	narrowed := map[string]bool{}
	for _, filter := range l.set.Filters {
		for _, folder := range tuned {
			if holds(folder, filter.Path) {
				l.tuning.Filters++
				for _, id := range filter.Rules {
					if ids[strings.ToLower(id)] {
						narrowed[id] = true
					}
				}
				break
			}
		}
	}
	l.tuning.Filtered = len(narrowed)
}

// holds tells whether a rule's path lies in a folder.
func holds(folder ruleset.Folder, path string) bool {
	switch f := folder.FS.(type) {
	case oneFile:
		return path == pathpkg.Join(folder.Name, f.name)
	case textFile:
		return path == pathpkg.Join(folder.Name, f.name)
	}
	return strings.HasPrefix(path, strings.TrimSuffix(folder.Name, "/")+"/")
}

// findConfig is where the configuration is that a flag names, else the nearest one outside of the evidence.
func (a *app) findConfig(path string) (config.Place, error) {
	if path != "" {
		return config.Place{Path: path}, nil
	}
	userDir, err := os.UserConfigDir()
	if err != nil {
		userDir = "" // no home folder, as in a container
	}
	place, err := config.Find(".", userDir, a.evidence)
	if err != nil {
		return config.Place{}, err
	}
	for i := range place.PassedOver {
		place.PassedOver[i] = relative(place.PassedOver[i])
	}
	place.Path = relative(place.Path)
	return place, nil
}

// relative is a path below the working folder as seen from there, any other as it is.
func relative(path string) string {
	if wd, err := os.Getwd(); err == nil && path != "" {
		if relative, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(relative, "..") {
			return relative
		}
	}
	return path
}

// passedOverNote says that a configuration was not read.
func passedOverNote(path string) string {
	return path + " was not read: it lies within what is hunted, and may come from strangers; --config " + path + " reads it"
}

// loadConfig reads the configuration that a flag names, else the nearest one. Its path is "" if there is none. Faults
// of its text are printed and end the command: half a configuration would change what a hunt finds.
func (a *app) loadConfig(path string) (*config.Config, config.Place, error) {
	if c, ok := a.configs[path]; ok {
		return c.settings, c.place, nil
	}
	settings, place, err := a.readConfig(path)
	if err == nil {
		if a.configs == nil {
			a.configs = map[string]loadedConfig{}
		}
		a.configs[path] = loadedConfig{settings, place}
	}
	return settings, place, err
}

// loadedConfig is a configuration that was read.
type loadedConfig struct {
	settings *config.Config
	place    config.Place
}

func (a *app) readConfig(path string) (*config.Config, config.Place, error) {
	place, err := a.findConfig(path)
	if err != nil {
		return nil, place, usage("", err)
	}
	if place.Path == "" {
		return &config.Config{}, place, nil
	}
	settings, list, err := config.Load(place.Path)
	if err != nil {
		return nil, place, usage("", err)
	}
	if len(list) > 0 {
		if err := list.Write(a.stderr, diag.Options{Color: a.colors(a.stderr)}); err != nil {
			return nil, place, err
		}
	}
	if list.HasErrors() {
		return nil, place, usage("", fmt.Errorf("%s: %s", place.Path, list.Summary()))
	}
	return settings, place, nil
}

// ruleFolder opens a folder or file of rules, or the starter pack. Relative names start at base.
func ruleFolder(name, base string) (ruleset.Folder, error) {
	if name == starter {
		return ruleset.Folder{Name: starter, FS: rulepack.FS()}, nil
	}
	path := name
	if base != "" && base != "." && !filepath.IsAbs(path) {
		path = filepath.Join(base, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		help := "rules are a folder, a file, or the word starter"
		if near := diag.Near(name, []string{starter}); near != "" {
			help = "the nearest is " + near
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("rules %s: no such file or folder", path)
		}
		return ruleset.Folder{}, usage(help, err)
	}
	if info.IsDir() {
		return ruleset.Folder{Name: path, FS: os.DirFS(path)}, nil
	}
	if !info.Mode().IsRegular() {
		return streamRules(path)
	}
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".yml" && ext != ".yaml" {
		return ruleset.Folder{}, usage("rule files end in .yml or .yaml", fmt.Errorf("rules %s: not a rule file", path))
	}
	dir := filepath.Dir(path)
	return ruleset.Folder{Name: dir, FS: oneFile{os.DirFS(dir), filepath.Base(path)}}, nil
}

// filterFolders opens the filters of a configuration.
func filterFolders(settings *config.Config, path string) ([]ruleset.Folder, error) {
	var folders []ruleset.Folder
	for _, filter := range settings.Filters {
		if filter.Inline != nil {
			dir, name := filepath.Split(path)
			folders = append(folders, ruleset.Folder{Name: dir, FS: textFile{name, filter.Inline.Text}})
			continue
		}
		folder, err := ruleFolder(filter.Path.Value, filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		folders = append(folders, folder)
	}
	return folders, nil
}
