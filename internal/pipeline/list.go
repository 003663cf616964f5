package pipeline

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/itchyny/gojq"
	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// External gets lists from outside, for pipelines that the user trusts.
type External interface {
	// Fetch returns the body of the answer to a request, or an error if it is longer than limit bytes.
	Fetch(ctx context.Context, request Request, limit int64) ([]byte, error)
	// Run returns what a command writes to stdout, or an error if that is longer than limit bytes. A command of one text with shell is for
	// /bin/sh.
	Run(ctx context.Context, command []string, shell bool, limit int64) ([]byte, error)
}

// A Request is an HTTP request. Form is nil for a request without a form.
type Request struct {
	Method, URL           string
	Headers, Params, Form map[string]string
	// JSON is the text of a JSON body, "" for none.
	JSON string
}

// listParams are the parameters of all transformations that read a list.
func listParams() []Param {
	return []Param{
		includeParam, excludeParam,
		{Name: "format", Type: "text", Default: "plaintext", Choices: listFormats, Help: "plaintext has a value a line"},
		{Name: "filter", Type: "text", Help: "regular expression (RE2) that values must match"},
		{Name: "csv_column", Type: "value", Help: "for csv: name of the column, or its number from 0"},
		{Name: "csv_has_header", Type: "boolean", Default: "true", Help: "for csv: the first row has the names of the columns"},
		{Name: "jq_expression", Type: "text", Help: "for json and yaml: jq expression that selects the values"},
	}
}

var listFormats = []string{"plaintext", "csv", "json", "yaml"}

// A list is the source of values of file, http and command placeholders. It is read at the first placeholder.
type list struct {
	read   func() ([]byte, error)
	parse  func(text []byte) ([]string, error)
	filter *regexp.Regexp

	once   sync.Once
	values []string
	err    error
}

// newList returns the step that fills placeholders from a list.
func newList(p *params, read func() ([]byte, error)) any {
	l := &list{read: read, filter: p.regex("filter")}
	switch p.choice("format", "plaintext", listFormats...) {
	case "csv":
		l.parse = csvColumn(p)
	case "json":
		l.parse = selected(p, func(text []byte) (any, error) {
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.UseNumber()
			var v any
			err := decoder.Decode(&v)
			return v, err
		})
	case "yaml":
		l.parse = selected(p, func(text []byte) (any, error) {
			var v any
			err := yaml.Unmarshal(text, &v)
			return v, err
		})
	default:
		l.parse = lines
	}
	return &fillPlaceholders{chosen: newChosen(p), values: func(*run, string) ([]string, error) {
		l.once.Do(l.load)
		return l.values, l.err
	}}
}

func (l *list) load() {
	text, err := l.read()
	if err != nil {
		l.err = err
		return
	}
	values, err := l.parse(text)
	if err != nil {
		l.err = err
		return
	}
	for _, v := range values {
		if l.filter == nil || l.filter.MatchString(v) {
			l.values = append(l.values, v)
		}
	}
	if len(l.values) == 0 {
		l.err = errors.New("the list has no values")
	}
}

func lines(text []byte) ([]string, error) {
	var out []string
	for _, line := range strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out, nil
}

// csvColumn returns a function that reads the values of a column.
func csvColumn(p *params) func([]byte) ([]string, error) {
	header := p.boolean("csv_has_header", true)
	column := p.value("csv_column")
	name, isName := column.(string)
	index, isIndex := column.(int64)
	switch {
	case !isName && !isIndex || index < 0:
		p.errorf(p.nodeOf("csv_column"), "", "the format csv needs csv_column, the name of a column or its number from 0")
	case isName && !header:
		p.errorf(p.nodeOf("csv_column"), "give the number of the column", "a column without a header has no name")
	}
	return func(text []byte) ([]string, error) {
		reader := csv.NewReader(bytes.NewReader(text))
		reader.FieldsPerRecord, reader.LazyQuotes = -1, true
		var out []string
		at := int(index)
		for first := true; ; first = false {
			row, err := reader.Read()
			switch {
			case errors.Is(err, io.EOF):
				return out, nil
			case err != nil:
				return nil, err
			case first && header:
				if isName {
					if at = indexOf(row, name); at < 0 {
						return nil, fmt.Errorf("the list has no column %q; the columns are %s", name, strings.Join(row, ", "))
					}
				}
			case at < len(row):
				out = append(out, row[at])
			}
		}
	}
}

// scalarText returns a scalar as Python's str prints it; false for lists, maps and objects.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v), true
	case nil, bool, string, int64, *big.Int, float64:
		text, err := pyprint.Str(v, maxText)
		return text, err == nil
	}
	return "", false
}

func indexOf(list []string, want string) int {
	for i, text := range list {
		if text == want {
			return i
		}
	}
	return -1
}

// Limits of jq: its results, and the time that it may take.
const (
	maxSelected = 100_000
	jqTime      = 10 * time.Second
)

// selected returns a function that reads the values that a jq expression selects.
func selected(p *params, decode func([]byte) (any, error)) func([]byte) ([]string, error) {
	text := p.text("jq_expression", "")
	if text == "" {
		p.errorf(p.node, "as in jq_expression: '.users[].name'", "the formats json and yaml need jq_expression")
		return nil
	}
	query, err := gojq.Parse(text)
	var code *gojq.Code
	if err == nil {
		code, err = gojq.Compile(query)
	}
	if err != nil {
		p.errorf(p.nodeOf("jq_expression"), "", "jq_expression: %v", err)
		return nil
	}
	return func(text []byte) ([]string, error) {
		v, err := decode(text)
		if err != nil {
			return nil, err
		}
		if v, err = jqValue(v, 0); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), jqTime)
		defer cancel()
		results := code.RunWithContext(ctx, v)
		var out []string
		for {
			v, ok := results.Next()
			if !ok {
				return out, nil
			}
			if err, failed := v.(error); failed {
				return nil, fmt.Errorf("jq_expression: %w", err)
			}
			text, ok := scalarText(v)
			switch {
			case v == nil:
			case !ok:
				return nil, errors.New("jq_expression selects a list or map; select its values, as in .items[] instead of .items")
			case len(out) == maxSelected:
				return nil, fmt.Errorf("jq_expression selects more than %d values", maxSelected)
			default:
				out = append(out, text)
			}
		}
	}
}

// jqValue converts a decoded value to the types of gojq.
func jqValue(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the list is nested more than %d deep", maxDepth)
	}
	var err error
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return int(i), nil
		}
		f, err := v.Float64()
		return f, err
	case int64:
		return int(v), nil
	case uint64:
		return float64(v), nil
	case time.Time:
		return v.Format("2006-01-02"), nil
	case []any:
		for i := range v {
			if v[i], err = jqValue(v[i], depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		// Iteration order does not matter: each value is converted on its own, and any error refuses the list.
		for key, value := range v {
			made, err := jqValue(value, depth+1)
			if err != nil {
				return nil, err
			}
			v[key] = made
		}
	case map[any]any:
		return nil, errors.New("the list has a map with keys that are no texts")
	}
	return v, nil
}

func newFileList(p *params) any {
	name := p.text("path", "")
	folder := p.opt.Folder
	if name == "" {
		p.errorf(p.nodeOf("path"), "", "path: expected the path of a file")
		return nil
	}
	if relative, err := filepath.Rel(folder, name); filepath.IsAbs(name) && err == nil && folder != "" {
		name = relative
	}
	return newList(p, func() ([]byte, error) { return readBelow(folder, name, maxExternal) })
}

// readBelow reads a file of a folder; name may not lead out of it.
func readBelow(folder, name string, limit int64) ([]byte, error) {
	if folder == "" {
		return nil, errors.New("the pipeline has no folder, and can read no files")
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("%s is not below the folder of the pipeline", name)
	}
	file, err := os.OpenInRoot(folder, filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return text, err
}

// errNotExternal is the fault of lists from outside without permission.
var errNotExternal = errors.New("lists from commands and URLs are off; --allow-external turns them on for pipelines that can be trusted")

func newHTTPList(p *params) any {
	request := Request{
		Method: strings.ToUpper(p.text("method", "GET")), URL: p.text("url", ""), Headers: p.textMap("headers"), Params: p.textMap("params"), Form: p.textMap("form_data"),
	}
	if n := p.values["json_body"]; n != nil {
		text, err := pyprint.JSON(p.any(n, p.depth+1), pyprint.JSONOptions{}, maxExternal)
		if err != nil {
			p.errorf(n, "", "json_body: %v", err)
		}
		request.JSON = text
	}
	if !strings.HasPrefix(request.URL, "http://") && !strings.HasPrefix(request.URL, "https://") {
		p.errorf(p.nodeOf("url"), "", "url: expected an http or https URL, found %q", request.URL)
	}
	limit := p.number("max_body_size", maxExternal, 1, 1<<30)
	timeout := time.Duration(p.number("timeout", 10, 1, 600)) * time.Second
	external := p.opt.External
	return newList(p, func() ([]byte, error) {
		if external == nil {
			return nil, errNotExternal
		}
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		return external.Fetch(ctx, request, limit)
	})
}

func newCommandList(p *params) any {
	command := p.texts("cmd")
	shell := p.values["cmd"] != nil && p.values["cmd"].Kind == yaml.ScalarNode
	if len(command) == 0 || command[0] == "" {
		p.errorf(p.nodeOf("cmd"), "", "cmd: expected a command")
	}
	limit := p.number("max_stdout", maxExternal, 1, 1<<30)
	timeout := time.Duration(p.number("timeout", 30, 1, 600)) * time.Second
	external := p.opt.External
	return newList(p, func() ([]byte, error) {
		if external == nil {
			return nil, errNotExternal
		}
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		return external.Run(ctx, command, shell, limit)
	})
}

// textMap returns a parameter that maps texts to scalars.
func (p *params) textMap(name string) map[string]string {
	n := p.values[name]
	if n == nil {
		return nil
	}
	out := map[string]string{}
	if n.Kind != yaml.MappingNode {
		p.errorf(n, "", "%s: expected a map, found %s", name, kindOf(n))
		return nil
	}
	for _, pair := range p.pairs(n, p.depth+1) {
		if pair.value.Kind != yaml.ScalarNode {
			p.errorf(pair.value, "", "%s: expected a text, found %s", name, kindOf(pair.value))
			continue
		}
		out[pair.name()] = pair.value.Value
	}
	return out
}
