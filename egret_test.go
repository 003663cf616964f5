package egret_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret"
)

func TestLoadReadsStarterPack(t *testing.T) {
	rules, diagnostics, err := egret.Load(context.Background(), egret.Starter())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diagnostics {
		t.Errorf("%v", d)
	}
	if rules.Len() == 0 || len(rules.All()) <= rules.Len() {
		t.Errorf("got %d rules, %d with correlations, want some of both", rules.Len(), len(rules.All()))
	}
}

func TestCompileErrorNamesLogSources(t *testing.T) {
	rules, _, err := egret.Load(context.Background(), fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Compile("cloudtrial"); err == nil || !strings.Contains(err.Error(), "cloudtrail") {
		t.Errorf("unknown log source: got %v, want an error that names cloudtrail", err)
	}
	matcher, err := rules.Compile("windows")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := matcher.Clone().Match([]byte(`{"cut":`)); err == nil {
		t.Error("Match accepted truncated JSON")
	}
}

// TestProgramsInDocumentationCompile builds the programs in the package comment, the library guide and the README.
func TestProgramsInDocumentationCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the compiler")
	}
	comment, err := os.ReadFile("egret.go")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("docs/guide/library.md")
	if err != nil {
		t.Fatal(err)
	}
	programs := map[string]string{}
	var lines []string
	for line := range strings.Lines(string(comment)) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			lines = append(lines, code)
		} else if strings.TrimSpace(line) == "//" && len(lines) > 0 {
			lines = append(lines, "\n")
		} else if strings.HasPrefix(line, "package ") {
			break
		}
	}
	programs["package comment"] = strings.Join(lines, "")
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(guide)+string(readme), -1) {
		programs[fmt.Sprintf("block %d of the guide and README", i+1)] = block[1]
	}
	if len(programs) < 3 {
		t.Fatalf("got %d programs, want at least 3", len(programs))
	}
	for name, text := range programs {
		if !strings.HasPrefix(text, "package main\n") {
			t.Errorf("%s is not a complete program:\n%s", name, text)
			continue
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "main.go")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "program"), file).CombinedOutput(); err != nil {
			t.Errorf("%s does not compile: %v\n%s", name, err, out)
		}
	}
}

// sequence yields texts as events, and then err unless it is nil.
func sequence(err error, texts ...string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, text := range texts {
			if !yield([]byte(text), nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func login(id, time, extra string) string {
	return fmt.Sprintf("{\n\"eventVersion\":\"1.08\",\"eventID\":%q,\"eventTime\":%q,\"eventSource\":\"signin.amazonaws.com\",\r\n"+
		"\"eventName\":\"ConsoleLogin\",\"sourceIPAddress\":\"192.0.2.7\"%s}", id, time, extra)
}

const (
	root   = `,"userIdentity":{"type":"Root"}`
	failed = `,"userIdentity":{"type":"IAMUser"},"errorMessage":"Failed authentication"`
)

// huntTitles runs a hunt and returns its findings as "title id,id".
func huntTitles(t *testing.T, rules *egret.Rules, opt egret.HuntOptions, texts ...string) ([]string, *egret.Ledger) {
	t.Helper()
	result, err := rules.Hunt(context.Background(), sequence(nil, texts...), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	var list []string
	for f, err := range result.Findings() {
		if err != nil {
			t.Fatal(err)
		}
		var line map[string]any
		if err := json.Unmarshal(f.JSON(), &line); err != nil || line["count"] != float64(f.Count) {
			t.Errorf("got JSON %s (%v), want count %d", f.JSON(), err, f.Count)
		}
		list = append(list, f.Rule.Title+" "+strings.Join(f.EventIDs, ","))
	}
	if len(list) != result.Len() {
		t.Errorf("got Len %d, want %d", result.Len(), len(list))
	}
	again := 0
	for f, err := range result.Findings() {
		if err != nil || f.Rule.Title+" "+strings.Join(f.EventIDs, ",") != list[again] {
			t.Errorf("second reading: finding %d: got %+v (%v), want %s", again, f, err, list[again])
		}
		again++
	}
	if again != len(list) {
		t.Errorf("second reading: got %d findings, want %d", again, len(list))
	}
	return list, result.Ledger()
}

// The events include multi-line ones, duplicates, invalid ones and those of unknown log sources. Their order does not matter.
func TestHuntIgnoresOrderOfEvents(t *testing.T) {
	rules, _, err := egret.Load(context.Background(), folder(rootLogin, failedLogins))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{
		login("e1", "2026-03-10T11:00:00Z", root), login("e1", "2026-03-10T11:00:00Z", root), login("e2", "2026-03-10T11:01:00Z", failed),
		login("e3", "2026-03-10T11:02:00Z", failed), `{"eventVersion":`, `{"some":"thing"}`, login("e4", "2026-03-10T11:03:00Z", failed),
	}
	want := []string{"Sign-in as root e1", "Many failed sign-ins e2,e3,e4"}
	for range 2 {
		got, ledger := huntTitles(t, rules, egret.HuntOptions{}, texts...)
		if !slices.Equal(got, want) {
			t.Errorf("got findings %q, want %q", got, want)
		}
		if ledger.In != 6 || ledger.Evaluated != 4 || ledger.Duplicate != 1 || ledger.Failed != 1 || ledger.OtherKinds != 1 || ledger.Partial {
			t.Errorf("ledger %+v", ledger)
		}
		text, err := ledger.JSON()
		if err != nil || !strings.Contains(string(text), `"sha256":"`+rules.Fingerprint()+`"`) {
			t.Errorf("got ledger %s (%v), want the fingerprint %s", text, err, rules.Fingerprint())
		}
		slices.Reverse(texts)
	}
}

// An error of the iterator ends the hunt with that error. The end of the context ends it with a partial result.
func TestHuntEndsWithIteratorOrContext(t *testing.T) {
	rules, _, err := egret.Load(context.Background(), folder(rootLogin))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the source broke")
	if _, err := rules.Hunt(context.Background(), sequence(broken, login("e1", "2026-03-10T11:00:00Z", root)), egret.HuntOptions{}); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
	ctx, cancel := context.WithCancel(context.Background())
	endless := func(yield func([]byte, error) bool) {
		for i := 0; yield([]byte(login(fmt.Sprint("e", i), "2026-03-10T11:00:00Z", root)), nil); i++ {
			if i == 10_000 {
				cancel()
			}
		}
	}
	result, err := rules.Hunt(ctx, endless, egret.HuntOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if !result.Ledger().Partial {
		t.Errorf("ledger %+v", result.Ledger())
	}
	for range result.Findings() {
		break // callers may leave the loop early
	}

	// A blocked iterator does not keep the hunt from ending.
	ctx, cancel = context.WithCancel(context.Background())
	wait := make(chan struct{})
	t.Cleanup(func() { close(wait) })
	blocked := func(yield func([]byte, error) bool) {
		yield([]byte(login("e1", "2026-03-10T11:00:00Z", root)), nil)
		cancel()
		<-wait
	}
	result, err = rules.Hunt(ctx, blocked, egret.HuntOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	if !result.Ledger().Partial {
		t.Errorf("ledger %+v", result.Ledger())
	}
}

// Rules for a log source from LoadOptions.Schemas are matched and hunted.
func TestLoadOptionsAddSchemas(t *testing.T) {
	const door = `
name: door
title: Doors of Example Corp
logsource:
  products: [example]
  services: {door: []}
detect:
  - has: [door, result, at]
roots: [""]
time: [at]
id: [[id]]
action: [result]
`
	const rule = "title: Door forced\nlogsource: {product: example, service: door}\ndetection:\n  selection: {result: forced}\n  condition: selection\n"
	without, _, err := egret.Load(context.Background(), folder(rule))
	if err != nil || without.Len() != 0 || len(without.Skipped()) != 1 || without.Skipped()[0].Reason != "unknown-log-source" {
		t.Fatalf("without the schema: got %d rules, skipped %+v (%v), want one skipped as unknown-log-source", without.Len(), without.Skipped(), err)
	}
	rules, diagnostics, err := egret.LoadWith(context.Background(), egret.LoadOptions{
		Schemas: []fs.FS{fstest.MapFS{"door.yaml": {Data: []byte(door)}}},
	}, folder(rule))
	if err != nil || len(diagnostics) > 0 {
		t.Fatal(err, diagnostics)
	}
	if !slices.Contains(rules.Schemas(), "door") || slices.Contains(egret.Schemas(), "door") {
		t.Errorf("got schemas %q, want door only in the loaded rules", rules.Schemas())
	}
	got, _ := huntTitles(t, rules, egret.HuntOptions{}, `{"door":"D1","result":"forced","at":"2026-03-10T11:00:00Z","id":"d1"}`)
	if !slices.Equal(got, []string{"Door forced d1"}) {
		t.Errorf("got findings %q, want Door forced d1", got)
	}
	if _, err := rules.Explain("Door forced", "cloudtrail", []byte(`{}`)); err == nil {
		t.Error("Explain accepted a rule of another log source")
	}
}

func TestLoadWithChecksOptions(t *testing.T) {
	for _, opt := range []egret.LoadOptions{{MinLevel: "hihg"}, {Levels: map[string]string{"x": "urgent"}}, {Schemas: []fs.FS{fstest.MapFS{"a.yaml": {Data: []byte("schema: [")}}}}} {
		if _, _, err := egret.LoadWith(context.Background(), opt, folder(rootLogin)); err == nil {
			t.Errorf("LoadWith accepted %+v", opt)
		}
	}
	rules, _, err := egret.LoadWith(context.Background(), egret.LoadOptions{MinLevel: "High", Include: []string{"root_login"}}, folder(rootLogin, failedLogins))
	if err != nil || rules.Len() != 1 {
		t.Errorf("got %d rules (%v), want 1", rules.Len(), err)
	}
}

func TestSQLRefusesOptionsAndRules(t *testing.T) {
	rules, _, err := egret.Load(context.Background(), folder(rootLogin, failedLogins))
	if err != nil {
		t.Fatal(err)
	}
	for _, opt := range []egret.SQLOptions{{}, {Target: "oracle"}, {Target: "athena", Layout: "cloudtrail/nothing"}} {
		if _, err := rules.SQL(opt); err == nil {
			t.Errorf("SQL accepted %+v", opt)
		}
	}
	queries, err := rules.SQL(egret.SQLOptions{Target: "athena", Layout: "cloudtrail/athena"})
	if err != nil || len(queries) != 2 || queries[0].SQL == "" || !queries[1].Rule.Correlation || queries[1].SQL == "" {
		t.Errorf("got %+v (%v), want queries for a rule and a correlation", queries, err)
	}
	queries, err = rules.SQL(egret.SQLOptions{Target: "athena", Layout: "vpcflow/athena"})
	if err != nil || len(queries) != 2 || queries[0].SQL != "" || !queries[0].Diagnostics.HasErrors() {
		t.Errorf("got %+v (%v), want the rule refused for another log source", queries, err)
	}
}
