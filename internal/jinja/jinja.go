// Package jinja renders templates in a subset of Jinja2 3.1, as Sigma's processing pipelines use it.
//
// It knows: output, set, for with else and loop, if, macro, call, namespace, filter blocks, with, include, import, autoescape, raw,
// comments, white space control, all operators, slices, tests, most filters, and the methods of texts, lists and maps. Values print
// as Python prints them. It has no inheritance of templates, no extensions, and never runs Python. As in Jinja's sandbox, attributes
// that begin with an underscore cannot be read.
//
// A template is hostile input: source, steps, time, output, memory and nesting have limits, and files are read below one folder only.
package jinja

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// Limits bounds the execution of a template. A zero field stands for its default.
type Limits struct {
	// Steps is the number of nodes that are evaluated, and of items and characters that builtins handle (about 16 to a step).
	// Default 2,000,000.
	Steps int
	// Output is the number of bytes of the result and of every single text. Default 10 MiB.
	Output int
	// Memory is the number of bytes of all texts and lists that are made, also those that are not kept. Default 256 MiB.
	Memory int
	// Depth is the number of macros, recursive loops and included files inside each other. Default 50.
	Depth int
	// Time is how long the template may run. Default 10 s. A template within the other limits takes less.
	Time time.Duration
}

func (l Limits) withDefaults() Limits {
	set := func(n *int, usual int) {
		if *n <= 0 {
			*n = usual
		}
	}
	set(&l.Steps, 2_000_000)
	set(&l.Output, 10<<20)
	set(&l.Memory, 256<<20)
	set(&l.Depth, 50)
	if l.Time <= 0 {
		l.Time = 10 * time.Second
	}
	return l
}

// Environment says how templates are read. The zero value reads no files and does not escape.
type Environment struct {
	// Folder is where include, import and Load find files, by slash-separated names. Links that lead outside are not followed.
	// Empty: there are no files.
	Folder string
	// Autoescape escapes values for HTML.
	Autoescape bool
}

// Template is a parsed template. It can be executed several times and side by side.
type Template struct {
	env    Environment
	name   string
	source string
	body   []stmt
}

// Parse parses a template without files. name stands in messages. Errors are *Error.
func Parse(name, text string) (*Template, error) {
	return Environment{}.Parse(name, text)
}

// Parse parses a template. name stands in messages. Errors are *Error.
func (env Environment) Parse(name, text string) (*Template, error) {
	body, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	return &Template{env: env, name: name, source: text, body: body}, nil
}

// Load reads and parses a file of the folder. It fails with an error for which errors.Is(err, fs.ErrNotExist) holds if there is no
// such file, and with *Error if the template cannot be parsed.
func (env Environment) Load(name string) (*Template, error) {
	text, err := env.read(name)
	if err != nil {
		return nil, err
	}
	return env.Parse(name, text)
}

// read returns the text of a file below the folder.
func (env Environment) read(name string) (string, error) {
	if env.Folder == "" {
		return "", fmt.Errorf("template %q: %w: the template has no folder of files", name, fs.ErrNotExist)
	}
	parts := strings.Split(name, "/")
	if slices.Contains(parts, "..") || strings.ContainsAny(name, "\\\x00") {
		return "", fmt.Errorf("template %q: %w: it is outside of the folder of templates", name, fs.ErrPermission)
	}
	clean := strings.TrimPrefix(path.Clean("/"+name), "/")
	if clean == "" {
		return "", fmt.Errorf("template %q: %w", name, fs.ErrNotExist)
	}
	f, err := os.OpenInRoot(env.Folder, clean)
	if err != nil {
		return "", fmt.Errorf("template %q: %w", name, withoutPath(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("template %q is not a file: %w", name, fs.ErrNotExist)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err != nil {
		return "", fmt.Errorf("template %q: %w", name, withoutPath(err))
	}
	return string(data), nil
}

func withoutPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// Execute renders the template with the variables. Values are those of package pyprint, usual Go maps and slices, and Func. The
// template may change lists and maps that it is given. Errors are *Error, also those of Func.
func (t *Template) Execute(vars map[string]any, limits Limits) (text string, err error) {
	r := &run{limits: limits.withDefaults(), template: t, escape: t.env.Autoescape, vars: map[string]any{}, loaded: map[string]*Template{}}
	r.stopAt = time.Now().Add(r.limits.Time) //nolint:forbidigo // the limit is one of real time
	for name, v := range vars {
		r.vars[name] = pyprint.From(v)
	}
	defer catch(&err)
	r.scope = &scope{vars: map[string]any{}}
	r.statements(t.body)
	return r.out.String(), nil
}

// Func is a function that templates can call, as a variable or as an attribute of an object.
type Func func(positional []any, named map[string]any) (any, error)
