package ruletest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/source"
)

// A QueryFile has tests of a text language or of a processing pipeline: rules with the queries that they become. It stands beside the
// file that it tests, as NAME.test.yaml beside NAME.yaml.
type QueryFile struct {
	// Path is the file of tests, and Tested the spec or pipeline beside it.
	Path, Tested string
	// Pipeline is set if Tested is a pipeline.
	Pipeline bool
}

// queryKeys are the keys of a test of a query.
var queryKeys = []string{"exact", "format", "name", "pipelines", "refused", "rule", "skip", "target", "want"}

// QueryFiles finds the files of tests that paths stand for: a file of tests, the spec or pipeline that it tests, or a folder of them,
// without its subfolders. rest are the paths that stand for none, such as those of rules.
func QueryFiles(paths []string) (files []QueryFile, rest []string, err error) {
	for _, path := range paths {
		found, err := queryFiles(path)
		if err != nil {
			return nil, nil, err
		}
		if len(found) == 0 {
			rest = append(rest, path)
		}
		files = append(files, found...)
	}
	return files, rest, nil
}

func queryFiles(path string) ([]QueryFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil //nolint:nilerr // whoever reads rules says so
	}
	if !info.IsDir() {
		tested := path
		if stem, ok := testStem(path); ok {
			tested = existing(stem)
		}
		kind, err := kindOf(tested)
		if kind == "" || err != nil {
			return nil, err
		}
		stem := strings.TrimSuffix(tested, filepath.Ext(tested))
		tests := existing(stem + ".test")
		if tests == "" {
			return nil, fmt.Errorf("%s has no tests; they are in %s.test.yaml beside it", tested, filepath.Base(stem))
		}
		return []QueryFile{{tests, tested, kind == "pipeline"}}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []QueryFile
	for _, e := range entries {
		if stem, ok := testStem(filepath.Join(path, e.Name())); ok {
			tested := existing(stem)
			kind, err := kindOf(tested)
			if err != nil {
				return nil, err
			}
			if kind != "" {
				files = append(files, QueryFile{filepath.Join(path, e.Name()), tested, kind == "pipeline"})
			}
		}
	}
	return files, nil
}

// testStem returns the path of a file of tests without its ending.
func testStem(path string) (string, bool) {
	for _, end := range []string{".test.yaml", ".test.yml"} {
		if stem, ok := strings.CutSuffix(path, end); ok {
			return stem, true
		}
	}
	return "", false
}

// existing returns the path of the YAML file with a stem, "" if there is none.
func existing(stem string) string {
	for _, end := range []string{".yaml", ".yml"} {
		if info, err := os.Stat(stem + end); err == nil && info.Mode().IsRegular() {
			return stem + end
		}
	}
	return ""
}

// kindOf tells the spec of a text language ("backend") and a pipeline by their keys; it is "" for other files.
func kindOf(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := readLimited(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	roots := newReader(path, text).yaml()
	if len(roots) != 1 || roots[0].Kind != yaml.MappingNode {
		return "", nil
	}
	has := func(keys ...string) bool {
		for i := 0; i < len(roots[0].Content); i += 2 {
			if slices.Contains(keys, roots[0].Content[i].Value) {
				return true
			}
		}
		return false
	}
	switch {
	case has("detection", "correlation"):
		return "", nil
	case has("operators", "match", "extends"):
		return "backend", nil
	case has("transformations", "postprocessing", "finalizers"):
		return "pipeline", nil
	}
	return "", nil
}

func readLimited(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Size() > maxFile {
		return "", fmt.Errorf("%s has %d bytes; the limit is %d", path, info.Size(), maxFile)
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

// A queryTest is a test of a query.
type queryTest struct {
	Case

	// rule is a Sigma rule, and node its place. Target and format name what it becomes, pipelines what runs before the tested
	// pipeline.
	rule           string
	node           *yaml.Node
	target, format string
	pipelines      []string
	exact          bool
	// want is the output, and refused a part of the reason why there is none; one of them is "".
	want, refused string
	wantSpan      source.Span
}

// RunQueries runs the tests of files, in their order. The list has the faults of files of tests; an error is about a file that cannot be
// read, or that of the context.
func RunQueries(ctx context.Context, files []QueryFile) (*Report, diag.List, error) {
	report := &Report{}
	var list diag.List
	for _, file := range files {
		text, err := readLimited(file.Path)
		if err != nil {
			return nil, nil, err
		}
		r := newReader(file.Path, text)
		tests := r.queryTests(file)
		list.Add(r.list...)
		for _, t := range tests {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			result := &Result{Case: &t.Case}
			if t.Skip == "" {
				result.Failures = t.run(ctx, file)
			}
			report.Results = append(report.Results, result)
		}
	}
	return report, list, nil
}

// queryTests reads the tests of a file.
func (r *reader) queryTests(file QueryFile) []*queryTest {
	roots := r.yaml()
	if len(roots) != 1 {
		if len(r.list) == 0 {
			r.list.Add(diag.Diagnostic{Code: codeSyntax, Message: "expected one YAML document with the key tests", Span: r.start()})
		}
		return nil
	}
	var tests []*queryTest
	r.each(roots[0], "tests of queries", func(key, value *yaml.Node) {
		if key.Value != "tests" {
			r.unknown(key, []string{"tests"})
			return
		}
		for i, item := range r.items(value, "tests") {
			if t := r.queryTest(item, i, file); t != nil {
				tests = append(tests, t)
			}
		}
	})
	if len(tests) == 0 && len(r.list) == 0 {
		r.faultf(roots[0], codeValue, "", "the file has no tests")
	}
	return tests
}

func (r *reader) queryTest(n *yaml.Node, index int, file QueryFile) *queryTest {
	t := &queryTest{format: "default"}
	t.Path, t.Name, t.Span, t.wantSpan = file.Path, "test "+strconv.Itoa(index+1), r.span(n), r.span(n)
	t.Rule = filepath.Base(file.Tested)
	faults := len(r.list)
	wants := 0
	if !r.each(n, "a test", func(key, value *yaml.Node) {
		switch key.Value {
		case "name":
			t.Name = r.text(value, "the name of the test")
		case "rule":
			t.node, t.rule = value, r.ruleText(value)
		case "want":
			t.want, t.wantSpan = strings.TrimRight(r.text(value, "the query"), "\n"), r.span(value)
			wants++
		case "refused":
			t.refused, t.wantSpan = r.text(value, "a part of the reason"), r.span(value)
			wants++
		case "target":
			t.target = r.text(value, "the name of a target")
		case "format":
			t.format = r.text(value, "the name of a format")
		case "pipelines":
			for _, item := range r.items(value, "pipelines") {
				t.pipelines = append(t.pipelines, r.text(item, "the name of a pipeline"))
			}
		case "exact":
			t.exact = value.Value == "true"
			if value.Tag != "!!bool" {
				r.faultf(value, codeValue, "", "expected true or false, found %q", value.Value)
			}
		case "skip":
			t.Skip = r.text(value, "why the test does not run")
		default:
			r.unknown(key, queryKeys)
		}
	}) || len(r.list) > faults {
		return nil
	}
	switch {
	case t.node == nil:
		r.faultf(n, codeValue, "it needs rule: a Sigma rule, of which title and logsource may be left out", "the test has no rule")
	case wants != 1:
		r.faultf(n, codeValue, "want is the query, refused a part of the reason why there is none", "expected either want or refused")
	case file.Pipeline && t.target == "":
		r.faultf(n, codeValue, "such as target: splunk, or target: sigma for the changed rule", "a test of a pipeline needs a target")
	case !file.Pipeline && t.target != "":
		r.faultf(n, codeValue, "leave target out", "the test is for the target of %s", t.Rule)
	default:
		return t
	}
	return nil
}

// ruleText returns a rule as a document of its own, with a title and a log source if it has none.
func (r *reader) ruleText(n *yaml.Node) string {
	text := n.Value
	if n.Kind == yaml.MappingNode {
		block := *n
		block.Style &^= yaml.FlowStyle // keys are put before its first line
		marshalled, err := yaml.Marshal(&block)
		if err != nil {
			r.faultf(n, codeValue, "", "%v", err)
			return ""
		}
		text = string(marshalled)
	} else if n.Tag != "!!str" {
		r.faultf(n, codeValue, "", "expected a Sigma rule, found nothing of the kind")
		return ""
	}
	for _, part := range [][2]string{{"logsource", "{category: test}"}, {"title", "Test"}} {
		if !strings.HasPrefix(text, part[0]+":") && !strings.Contains(text, "\n"+part[0]+":") {
			text = part[0] + ": " + part[1] + "\n" + text
		}
	}
	return text
}

// run converts the rule of a test and compares.
func (t *queryTest) run(ctx context.Context, file QueryFile) []Failure {
	got, err := t.convert(ctx, file)
	failf := func(format string, args ...any) []Failure {
		return []Failure{{t.wantSpan, fmt.Sprintf(format, args...)}}
	}
	switch {
	case err != nil && t.refused == "":
		return failf("got no query but the error: %s", oneLine(err.Error()))
	case err != nil && !strings.Contains(err.Error(), t.refused):
		return failf("got the error %q, want one with %q", err.Error(), t.refused)
	case err == nil && t.refused != "":
		return failf("got %s, want an error with %q", oneLine(got), t.refused)
	case err == nil && got != t.want:
		return failf("got %s, want %s", oneLine(got), oneLine(t.want))
	}
	return nil
}

// oneLine returns a text as it is if it is one line, else with its line breaks written out.
func oneLine(text string) string {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return strconv.Quote(text)
	}
	return text
}

// convert returns the output for the rule of a test.
func (t *queryTest) convert(ctx context.Context, file QueryFile) (string, error) {
	target := textgen.FindTarget(t.target)
	names := slices.Clone(t.pipelines)
	if file.Pipeline {
		names = append(names, file.Tested)
		if target == nil {
			return "", fmt.Errorf("there is no text target %q", t.target)
		}
	} else {
		targets, err := textgen.ReadTargets(file.Tested)
		if err != nil {
			return "", err
		}
		target = targets[0]
	}
	chain, list, err := setup.Chain(setup.PipelineOptions{
		Names: names, Target: target.Name, Own: target.Pipeline, Vars: pipeline.TargetVars(target.Name, t.format, nil),
	})
	if list.HasErrors() {
		return "", firstError(list)
	}
	if err != nil {
		return "", err
	}
	backend, format, err := setup.TextBackend(target, setup.TextOptions{Format: t.format, Exact: t.exact, Loose: chain != nil})
	if err != nil {
		return "", err
	}
	transform, processed := chain.Recording()
	l, err := setup.LoadRules(ctx, &setup.Config{Settings: &config.Config{}}, setup.RuleOptions{ // no filter or placeholder of the user
		Texts: []setup.Text{{Name: "rule.yml", Text: t.rule}}, Schemas: []*schema.Schema{schema.Generic()}, ForText: true, Transform: transform,
		Statuses: []string{"deprecated", "unsupported"},
	})
	if err != nil {
		return "", err
	}
	opt := textconvert.Options{Context: ctx, Backend: backend, Format: format, Placeholders: l.Placeholders, Processed: processed()}
	outcome := textconvert.All(l.Set, l.Diagnostics, opt)
	for i := range outcome.Results {
		if fault := outcome.Results[i].Fault(); fault != "" && len(outcome.Results[i].Values) == 0 {
			return "", errors.New(fault)
		}
	}
	if l.Diagnostics.HasErrors() {
		return "", firstError(l.Diagnostics)
	}
	output, list := textconvert.Output(outcome, chain, opt)
	if list.HasErrors() {
		return "", firstError(list)
	}
	return strings.TrimRight(output, "\n"), nil
}

// firstError returns the first error of a list.
func firstError(list diag.List) error {
	for _, d := range list {
		if d.Severity == diag.Error {
			return errors.New(d.Message)
		}
	}
	return nil
}
