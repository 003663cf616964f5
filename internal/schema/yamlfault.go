package schema

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/yamlword"
	"github.com/egret-hunt/egret/source"
)

// fileError holds the formatted faults of a schema file, each with its position.
type fileError struct{ text string }

func (f *fileError) Error() string { return f.text }

var (
	faultLine   = lazyre.New(`^(?:yaml: )?line ([0-9]+): (.*)$`)
	faultField  = lazyre.New(`^field (.+) not found in type (.+)$`)
	faultType   = lazyre.New("^cannot unmarshal (!!\\w+)(?: `(.*)`)? into (.+)$")
	faultRepeat = lazyre.New(`^mapping key "(.+)" already defined at line ([0-9]+)$`)
)

// yamlFault converts an error of the YAML library to diagnostics.
func yamlFault(name string, text []byte, err error) error {
	file := source.NewFile(name, string(text))
	if errors.Is(err, io.EOF) {
		return &fileError{schemaSyntax(source.Span{File: file}, "the file is empty, expected a schema", "")}
	}
	messages := []string{err.Error()}
	var faults *yaml.TypeError
	if errors.As(err, &faults) {
		messages = faults.Errors
	}
	texts := make([]string, 0, len(messages))
	for _, message := range messages {
		if strings.HasPrefix(message, "yaml: ") {
			if line, plain := yamlword.Syntax(string(text), err); line > 0 {
				message = fmt.Sprintf("yaml: line %d: %s", line, plain)
			}
		}
		texts = append(texts, lineFault(file, message))
	}
	return &fileError{strings.Join(texts, "\n")}
}

// lineFault converts one message of the library. It points to the key or value that the message names, or else to the
// line.
func lineFault(file *source.File, message string) string {
	line, syntax := 1, strings.HasPrefix(message, "yaml: ")
	if found := faultLine.FindStringSubmatch(message); found != nil {
		line, _ = strconv.Atoi(found[1]) // only digits, so Atoi returns the largest int on overflow: the last line
		message = found[2]
	}
	line = max(1, min(line, file.Lines()))
	start, end := file.Offset(line, 1), len(file.Text)
	if line < file.Lines() {
		end = file.Offset(line+1, 1)
	}
	whole := strings.TrimSpace(file.Text[start:end])
	at := func(part string) source.Span {
		if i := strings.Index(file.Text[start:end], part); i >= 0 && part != "" {
			return source.Span{File: file, Start: start + i, End: start + i + len(part)}
		}
		i := strings.Index(file.Text[start:end], whole)
		return source.Span{File: file, Start: start + i, End: start + i + len(whole)}
	}
	if found := faultField.FindStringSubmatch(message); found != nil {
		return schemaSyntax(at(found[1]), fmt.Sprintf("key %q is not defined here", found[1]), keyHelp(found[1], found[2]))
	}
	if found := faultType.FindStringSubmatch(message); found != nil {
		value := strings.TrimSuffix(found[2], "...")
		return schemaSyntax(at(value), fmt.Sprintf("expected %s, found %s", goKind(found[3]), yamlKind(found[1])), "")
	}
	if found := faultRepeat.FindStringSubmatch(message); found != nil {
		return schemaSyntax(at(found[1]), fmt.Sprintf("duplicate key %q, first used in line %s", found[1], found[2]), "")
	}
	if message = strings.TrimPrefix(message, "yaml: "); syntax {
		message = "not valid YAML: " + message
	}
	return schemaSyntax(at(""), message, "")
}

func schemaSyntax(span source.Span, message, help string) string {
	d := diag.Diagnostic{Code: "schema-syntax", Span: span, Message: message, Help: help}
	return strings.TrimRight(d.String(), "\n")
}

func yamlKind(tag string) string {
	switch tag {
	case "!!str":
		return "a string"
	case "!!map":
		return "a map"
	case "!!seq":
		return "a list"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	}
	return "a value of another type"
}

func goKind(name string) string {
	switch {
	case name == "[]string":
		return "a list of strings"
	case name == "[][]string":
		return "a list of lists of strings"
	case strings.HasPrefix(name, "[]"):
		return "a list"
	case strings.HasPrefix(name, "map["), strings.HasPrefix(name, "struct"), strings.HasPrefix(name, "schema."):
		return "a map"
	case name == "string":
		return "a string"
	case name == "bool":
		return "true or false"
	}
	return "a number"
}

// section is a part of a schema file: a struct that its maps are read into.
type section struct {
	// name is the key that leads to it, "" for the file itself.
	name string
	keys []string
}

// keyHelp returns the help for a key that a section, by the name of its Go type, does not have: the nearest key of that
// section, or the section that has a key of this name.
func keyHelp(key, typeName string) string {
	all := sections()
	here := all[typeName]
	if near := diag.Near(key, here.keys); near != "" {
		return fmt.Sprintf("the nearest name is %q", near)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		other := all[name]
		if name == typeName || !slices.Contains(other.keys, key) {
			continue
		}
		if other.name == "" {
			return fmt.Sprintf("%s: belongs at the beginning of a line", key)
		}
		return fmt.Sprintf("%s: belongs below %s:", key, other.name)
	}
	return "keys here: " + strings.Join(here.keys, ", ")
}

// sections returns the sections of a schema file by the names of their Go types.
func sections() map[string]section {
	found := map[string]section{}
	var walk func(t reflect.Type, name string)
	walk = func(t reflect.Type, name string) {
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || len(found[t.String()].keys) > 0 {
			return
		}
		s := section{name: name}
		for field := range t.Fields() {
			if key, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); key != "" && key != "-" {
				s.keys = append(s.keys, key)
			}
		}
		if len(s.keys) == 0 {
			return
		}
		found[t.String()] = s
		for field := range t.Fields() {
			key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			walk(field.Type, key)
		}
	}
	walk(reflect.TypeFor[file](), "")
	return found
}
