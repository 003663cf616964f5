package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// traceFolder is the folder below dataFolder that has a folder for each embedded schema with a trace.
const traceFolder = "trace"

// yamlTrace are the sections of a schema that make its Trace.
type yamlTrace struct {
	Links      []yamlLink          `yaml:"links"`
	Things     []yamlThing         `yaml:"things"`
	Automation map[string][]string `yaml:"automation"`
	Topics     map[string][]string `yaml:"topics"`
	Services   []string            `yaml:"services"`
	Shared     []string            `yaml:"shared"`
	Machines   []string            `yaml:"machines"`
	Contain    []yamlContainment   `yaml:"contain"`
}

type yamlContainment struct {
	Kind       string   `yaml:"kind"`
	Principals []string `yaml:"principals"`
	Keys       []string `yaml:"keys"`
	Text       string   `yaml:"text"`
	Command    string   `yaml:"command"`
}

type yamlLink struct {
	yamlSelection `yaml:",inline"`

	Link     string   `yaml:"link"`
	Identity []string `yaml:"identity"`
	As       string   `yaml:"as"`
	Key      []string `yaml:"key"`
	From     []string `yaml:"from"`
}

type yamlThing struct {
	Thing    string           `yaml:"thing"`
	Text     string           `yaml:"text"`
	Services []string         `yaml:"services"`
	Made     yamlThingEvent   `yaml:"made"`
	Removed  []yamlThingEvent `yaml:"removed"`
	Command  string           `yaml:"command"`
	Advice   string           `yaml:"advice"`
	Urgency  int              `yaml:"urgency"`
}

type yamlThingEvent struct {
	yamlSelection `yaml:",inline"`

	Name     []string `yaml:"name"`
	Part     []string `yaml:"part"`
	Except   []string `yaml:"except"`
	Replaces bool     `yaml:"replaces"`
}

// embeddedTrace reads a schema's trace on first use. The files are part of the program, so a fault in one is a bug.
func (s *Schema) embeddedTrace(fsys fs.FS) func() *Trace {
	return sync.OnceValue(func() *Trace {
		trace, err := s.loadEmbeddedTrace(fsys)
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		return trace
	})
}

// loadEmbeddedTrace reads the files of the schema's folder of traces in the order of their names; the folder may be
// missing.
func (s *Schema) loadEmbeddedTrace(fsys fs.FS) (*Trace, error) {
	folder := dataFolder + "/" + traceFolder + "/" + s.Name
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	all := yamlTrace{Automation: map[string][]string{}, Topics: map[string][]string{}}
	for _, entry := range entries {
		name := folder + "/" + entry.Name()
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var f yamlTrace
		if err := decodeEmbedded(text, &f); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		all.Links, all.Things = append(all.Links, f.Links...), append(all.Things, f.Things...)
		all.Services, all.Shared = append(all.Services, f.Services...), append(all.Shared, f.Shared...)
		all.Machines, all.Contain = append(all.Machines, f.Machines...), append(all.Contain, f.Contain...)
		// Iteration order does not matter: other maps are filled.
		for key, texts := range f.Automation {
			all.Automation[key] = append(all.Automation[key], texts...)
		}
		// Iteration order does not matter: other maps are filled.
		for key, texts := range f.Topics {
			all.Topics[key] = append(all.Topics[key], texts...)
		}
	}
	var faults []string
	loader := factLoader{s, func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }}
	trace := loader.trace(&all)
	if err := joined(faults); err != nil {
		return nil, fmt.Errorf("schema %s: %w", folder, err)
	}
	return trace, nil
}

// trace loads the sections links, things, automation and topics.
func (l *factLoader) trace(y *yamlTrace) *Trace {
	t := &Trace{Topics: map[Topic][]Pattern{}}
	for i := range y.Links {
		t.Links = append(t.Links, l.link(&y.Links[i]))
	}
	for i := range y.Things {
		t.Things = append(t.Things, l.thing(&y.Things[i]))
	}
	t.Machines, t.Services, t.Shared = y.Machines, patterns(y.Services), patterns(y.Shared)
	for i := range y.Contain {
		c := &y.Contain[i]
		if c.Kind != "key" && c.Kind != "sessions" || len(c.Principals) == 0 || c.Text == "" {
			l.fault("contain: an entry needs kind (key or sessions), principals and text")
		}
		l.parts("contain", c.Text+c.Command, "name", "key")
		t.Contain = append(t.Contain, Containment{Kind: c.Kind, Principals: patterns(c.Principals), Keys: patterns(c.Keys), Text: c.Text, Command: c.Command})
	}
	// Iteration order does not matter: the list is sorted.
	for name, texts := range y.Automation {
		t.Automation = append(t.Automation, Automation{Name: name, Agents: patterns(texts)})
	}
	slices.SortFunc(t.Automation, func(a, b Automation) int { return strings.Compare(a.Name, b.Name) })
	// Iteration order does not matter: a map is filled, and faults are sorted.
	for name, texts := range y.Topics {
		if !slices.Contains(topics, Topic(name)) {
			l.fault("topics: got %q, expected sharing or logging", name)
		}
		t.Topics[Topic(name)] = patterns(texts)
	}
	return t
}

func (l *factLoader) link(y *yamlLink) Link {
	what := "links " + y.Link
	if !slices.Contains(LinkKinds, y.Link) {
		l.fault("links: got %q, expected one of %q", y.Link, LinkKinds)
	}
	if len(y.Actions) == 0 {
		l.fault("%s: no actions, so every event would count", what)
	}
	return Link{
		On: l.selection(what, &y.yamlSelection), Kind: y.Link, As: y.As, Identity: l.paths(what+": identity", y.Identity),
		Key: l.paths(what+": key", y.Key), From: l.paths(what+": from", y.From),
	}
}

func (l *factLoader) thing(y *yamlThing) Thing {
	what := "things " + y.Thing
	if y.Thing == "" {
		l.fault("things: an entry without thing")
	}
	event := func(what string, y *yamlThingEvent, services []string) ThingEvent {
		if len(y.Actions) == 0 || len(y.Name) == 0 {
			l.fault("%s: an event needs actions and name", what)
		}
		if y.Services == nil {
			y.Services = services
		}
		return ThingEvent{
			On: l.selection(what, &y.yamlSelection), Name: l.paths(what+": name", y.Name), Part: l.paths(what+": part", y.Part),
			Except: patterns(y.Except), Replaces: y.Replaces,
		}
	}
	t := Thing{Kind: y.Thing, Made: event(what+": made", &y.Made, y.Services), Command: y.Command, Advice: y.Advice, Urgency: y.Urgency}
	for i := range y.Removed {
		t.Removed = append(t.Removed, event(what+": removed", &y.Removed[i], y.Services))
	}
	if t.Text = y.Text; t.Text == "" {
		t.Text = y.Thing + " {name}"
	}
	l.parts(what+": text, command, advice", t.Text+y.Command+y.Advice, "name", "part", "region", "account")
	return t
}

// parts checks the parts of a template.
func (l *factLoader) parts(what, template string, known ...string) {
	for _, part := range templatePart.FindAllStringSubmatch(template, -1) {
		if !slices.Contains(known, part[1]) {
			l.fault("%s: got %s, expected one of %q in braces", what, part[0], known)
		}
	}
}
