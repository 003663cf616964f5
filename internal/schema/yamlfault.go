package schema

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// fileError holds the formatted faults of a schema file, each with its position.
type fileError struct{ text string }

func (f *fileError) Error() string { return f.text }

var (
	faultLine   = regexp.MustCompile(`^(?:yaml: )?line ([0-9]+): (.*)$`)
	faultField  = regexp.MustCompile(`^field (.+) not found in type `)
	faultType   = regexp.MustCompile("^cannot unmarshal (!!\\w+)(?: `(.*)`)? into (.+)$")
	faultRepeat = regexp.MustCompile(`^mapping key "(.+)" already defined at line ([0-9]+)$`)
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
		help := ""
		if near := diag.Near(found[1], fileKeys()); near != "" {
			help = fmt.Sprintf("the nearest name is %q", near)
		}
		return schemaSyntax(at(found[1]), fmt.Sprintf("key %q is not defined here", found[1]), help)
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

// fileKeys returns all keys that a schema file may have at any level.
func fileKeys() []string {
	var keys []string
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for field := range t.Fields() {
			if key, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); key != "" && key != "-" {
				keys = append(keys, key)
			}
			walk(field.Type)
		}
	}
	walk(reflect.TypeFor[file]())
	return keys
}
