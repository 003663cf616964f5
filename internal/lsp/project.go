package lsp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/source"
)

// Limits of the rules that are compared with one another.
const (
	maxProjects  = 32
	maxRules     = 10_000    // files
	maxRuleBytes = 128 << 20 // of their texts
	maxEntries   = 200_000   // files and folders that are looked at
)

// A project is a folder of the editor, or else all files with the same egret.yaml, with their settings and rules.
type project struct {
	// root is the folder, "" if the project is no folder of the editor.
	root    string
	config  *setup.Config
	schemas []*schema.Schema
	index   *check.Index
	// paths are the rules of egret.yaml, or else the folder; schemaPaths the user's schemas.
	paths, schemaPaths []string
	// fault is why the settings are those without egret.yaml, "" if they are not.
	fault string
	// loaded is closed when all rules are in the index.
	loaded chan struct{}
}

// ready reports whether all rules are in the index, so that they can be compared.
func (p *project) ready() bool {
	select {
	case <-p.loaded:
		return true
	default:
		return false
	}
}

// wait waits a while until the rules are in the index. What is known then has to do.
func (p *project) wait(ctx context.Context) {
	select {
	case <-p.loaded:
	case <-ctx.Done():
	case <-time.After(10 * time.Second):
	}
}

// contains reports whether a path is one of the project's rules.
func (p *project) contains(path string) bool {
	for _, folder := range p.paths {
		if within(folder, path) {
			return true
		}
	}
	return false
}

// projectOf returns the project of a folder of the editor or of a file, and begins to read its rules when it is new.
func (s *server) projectOf(path string) *project {
	s.mutex.Lock()
	key := ""
	for _, folder := range s.folders {
		if path != "" && within(folder, path) {
			key = folder
			break
		}
	}
	s.mutex.Unlock()
	root := key
	var place string
	if key == "" {
		place, key = s.findConfig(filepath.Dir(path)), "egret.yaml "
		key += place
	} else {
		place = s.findConfig(root)
	}
	s.mutex.Lock()
	p := s.projects[key]
	if p == nil && len(s.projects) >= maxProjects {
		p = s.projects["egret.yaml "]
	}
	s.mutex.Unlock()
	if p != nil {
		return p
	}
	p = s.newProject(root, place)
	s.mutex.Lock()
	s.projects[key] = p
	s.mutex.Unlock()
	if p.fault != "" {
		s.warnf("%s", p.fault)
	}
	s.run(func() { s.load(p) })
	return p
}

// findConfig returns the path of the configuration for a folder, "" if there is none.
func (s *server) findConfig(folder string) string {
	if s.options.Config != "" {
		if path, err := filepath.Abs(s.options.Config); err == nil {
			return path
		}
		return s.options.Config
	}
	userDir, err := os.UserConfigDir()
	if err != nil {
		userDir = ""
	}
	if !filepath.IsAbs(folder) { // a text without a file
		return ""
	}
	place, err := config.Find(folder, userDir, nil)
	if err != nil {
		return ""
	}
	return place.Path
}

// newProject reads settings. With faults in them the built-in ones count, and fault says so.
func (s *server) newProject(root, place string) *project {
	p := &project{root: root, loaded: make(chan struct{}), config: &setup.Config{Settings: &config.Config{}}}
	var err error
	if place != "" {
		c, readErr := setup.ReadConfig(place, nil)
		if err = readErr; err == nil {
			p.config = c
		}
	}
	options := check.Options{Today: s.options.Now()}
	if err == nil {
		err = p.configure(s.options.SchemaFolder, &options)
	}
	if err != nil {
		p.fault = fmt.Sprintf("%v; rules are checked without these settings", err)
		p.config = &setup.Config{Settings: &config.Config{}}
		options = check.Options{Today: s.options.Now()}
		p.schemas, p.paths = schema.All(), nil
	}
	options.Schemas = p.schemas
	p.index = check.NewIndex(options)
	if len(p.paths) == 0 && root != "" {
		p.paths = []string{root}
	}
	for _, text := range p.config.Settings.Schemas {
		path := text.Value
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(p.config.Place.Path), path)
		}
		p.schemaPaths = append(p.schemaPaths, path)
	}
	return p
}

// configure applies the settings of egret.yaml as egret check does.
func (p *project) configure(folder string, options *check.Options) error {
	selected, ignored, err := setup.CheckOptions(p.config, options)
	if err != nil {
		return err
	}
	if options.On, err = check.Choose(selected, ignored, options.Own); err != nil {
		return err
	}
	if p.paths, err = p.config.ResolvePackages(setup.RulePaths(p.config)); err != nil {
		return err
	}
	p.schemas, err = setup.Schemas(p.config, folder)
	return err
}

// load reads the rules of a project into its index.
func (s *server) load(p *project) {
	done := s.progress("reading rules")
	full := false
	for _, path := range p.paths {
		if err := s.loadPath(p, path); err != nil {
			full = full || errors.Is(err, errFull)
		}
		if s.work.Err() != nil {
			return
		}
	}
	close(p.loaded)
	files, _ := p.index.Size()
	done(fmt.Sprintf("%d files of rules", files))
	if full {
		s.warnf("there are more than %d files of rules, or they have more than %d MB; the rest is not compared", maxRules, maxRuleBytes>>20)
	}
	s.touchAll()
}

var errFull = errors.New("too many rules")

// loadPath reads the rules of a file or folder, or of the starter pack.
func (s *server) loadPath(p *project, path string) error {
	if path == setup.Starter {
		files, err := setup.FindRules([]string{path}, "", nil, "")
		for _, f := range files {
			if text, err := f.Read(); err == nil {
				p.index.Put(source.NewFile(f.Name, string(text)), false)
			}
		}
		return err
	}
	entries, full := 0, false
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		entries++
		files, bytes := p.index.Size()
		switch {
		case s.work.Err() != nil:
			return context.Canceled
		case files >= maxRules || bytes >= maxRuleBytes || entries > maxEntries:
			full = true
			return fs.SkipAll
		case err != nil:
			return nil //nolint:nilerr // what cannot be read is no rule to compare with; egret check says so
		case entry.IsDir() && name != path && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir() || !setup.IsRuleFile(name) && name != path || s.isOpen(name):
			return nil
		}
		if text, err := readRule(name); err == nil {
			p.index.Put(source.NewFile(name, text), false)
		}
		return nil
	})
	if full {
		return errFull
	}
	return err
}

// isOpen reports whether the editor has a file open.
func (s *server) isOpen(path string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	// Iteration order does not matter: any one will do.
	for _, d := range s.documents {
		if d.path == path {
			return true
		}
	}
	return false
}

// reload reads the settings and rules of all projects anew.
func (s *server) reload() {
	s.mutex.Lock()
	s.projects = map[string]*project{}
	folders := slices.Clone(s.folders)
	s.mutex.Unlock()
	for _, folder := range folders {
		s.projectOf(folder)
	}
	for _, d := range s.open() {
		p := s.projectOf(d.path)
		s.mutex.Lock()
		if now := s.documents[d.uri]; now != nil {
			next := *now
			next.project = p
			s.documents[d.uri] = &next
		}
		s.mutex.Unlock()
	}
	s.touchAll()
}

// progress shows that something is under way, if the editor can, and returns what ends it.
func (s *server) progress(title string) func(message string) {
	s.mutex.Lock()
	show := s.canShow
	s.calls++
	token := fmt.Sprintf("egret-%d", s.calls)
	s.mutex.Unlock()
	if !show || s.call("window/workDoneProgress/create", map[string]any{"token": token}) != nil {
		return func(string) {}
	}
	type object = map[string]any
	s.notify("$/progress", object{"token": token, "value": object{"kind": "begin", "title": "egret: " + title}})
	return func(message string) {
		s.notify("$/progress", object{"token": token, "value": object{"kind": "end", "message": message}})
	}
}
