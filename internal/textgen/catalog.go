package textgen

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed data/*.yaml
var data embed.FS

//go:embed draft.yaml
var draft string

//go:embed draft.test.yaml
var draftTests string

// A Target is an embedded spec, or one of a folder of the user.
type Target struct {
	// Name and Title are those of the spec. Aliases are other names.
	Name, Title string
	Aliases     []string
	// NeedsPipeline is as in Spec.
	NeedsPipeline bool
	// Pipeline and FormatsOf are as in Spec.
	Pipeline, FormatsOf string
	// file is the name of the spec for messages, and text its content.
	file string
	text []byte
}

// Targets returns the embedded targets, sorted by name.
var Targets = sync.OnceValue(func() []*Target {
	entries, err := data.ReadDir("data")
	if err != nil {
		panic("egret bug: " + err.Error())
	}
	var targets []*Target
	for _, e := range entries {
		text, err := data.ReadFile(path.Join("data", e.Name()))
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		t, err := NewTarget(e.Name(), text)
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		targets = append(targets, t)
	}
	slices.SortFunc(targets, func(a, b *Target) int { return strings.Compare(a.Name, b.Name) })
	return targets
})

// TargetNames returns the names of the embedded targets, sorted. It parses no spec: the file of a target has its name.
func TargetNames() []string {
	entries, err := data.ReadDir("data")
	if err != nil {
		panic("egret bug: " + err.Error())
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// NewTarget returns the target of a spec. It reads only what lists need; Backend checks the rest.
func NewTarget(file string, text []byte) (*Target, error) {
	if len(text) > maxSpec {
		return nil, fmt.Errorf("%s: the spec has %d bytes; the limit is %d", file, len(text), maxSpec)
	}
	// The head of a spec ends before its first nested key, so that listing targets need not parse them all.
	var head struct {
		Name     string   `yaml:"name"`
		Title    string   `yaml:"title"`
		Aliases  []string `yaml:"aliases"`
		Needs    bool     `yaml:"needs_pipeline"`
		Pipeline string   `yaml:"pipeline"`
		Of       string   `yaml:"formats_of"`
	}
	lines := strings.SplitAfter(string(text), "\n")
	end := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "operators:") })
	if end < 0 {
		end = len(lines)
	}
	if err := yaml.Unmarshal([]byte(strings.Join(lines[:end], "")), &head); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if head.Name == "" {
		return nil, fmt.Errorf("%s: `name` is missing before `operators`", file)
	}
	return &Target{
		Name: head.Name, Title: head.Title, Aliases: head.Aliases, NeedsPipeline: head.Needs, Pipeline: head.Pipeline, FormatsOf: head.Of,
		file: file, text: text,
	}, nil
}

// Backend returns the back end of the target.
func (t *Target) Backend(opt Options) (*Backend, error) { return New(t.file, t.text, opt) }

// FindTarget returns the embedded target with a name or alias, nil if there is none.
func FindTarget(name string) *Target {
	for _, t := range Targets() {
		if t.Name == name || slices.Contains(t.Aliases, name) {
			return t
		}
	}
	return nil
}

// FormatsOf returns the embedded targets whose formats an SQL target also has.
func FormatsOf(sqlTarget string) []*Target {
	var targets []*Target
	for _, t := range Targets() {
		if t.FormatsOf != "" && t.FormatsOf == sqlTarget {
			targets = append(targets, t)
		}
	}
	return targets
}

// FindFormat returns the embedded target for the name of a target and of one of its formats: FindTarget, or the text target that
// writes a format of an SQL target. It is nil if there is none.
func FindFormat(target, format string) *Target {
	if t := FindTarget(target); t != nil {
		return t
	}
	for _, t := range FormatsOf(target) {
		if b, err := t.Backend(Options{}); err == nil && slices.Contains(b.Spec.FormatNames(), format) {
			return t
		}
	}
	return nil
}

// Strategies returns the names of the strategies that the target uses, nil if its spec is faulty.
func (t *Target) Strategies() []string {
	b, err := t.Backend(Options{})
	if err != nil {
		return nil
	}
	return b.Spec.Strategies
}
