package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
)

// manifestName is the file beside the queries of a folder that says what each is.
const manifestName = "manifest.json"

// manifest is the content of manifest.json.
type manifest struct {
	Egret  string `json:"egret"`
	Target string `json:"target"`
	Schema string `json:"schema"`
	// Table is what --table names, "" for the profile's own.
	Table string         `json:"table,omitempty"`
	From  *time.Time     `json:"from,omitempty"`
	To    *time.Time     `json:"to,omitempty"`
	Rules []manifestRule `json:"rules"`
}

// manifestRule is a rule with its file, or with what refused it.
type manifestRule struct {
	convertedRule
	Level string `json:"level,omitempty"`
	File  string `json:"file,omitempty"`
}

// writeFolder writes one file a rule and the manifest. All files are written under other names first and get their own
// once everything is on disk, the manifest last.
func (a *app) writeFolder(ctx context.Context, f *convertFlags, p *convertPlan, l *loaded, outcome *convert.Outcome) error {
	if err := os.MkdirAll(p.folder, 0o755); err != nil {
		return err
	}
	old := oldFiles(p.folder)
	names := fileNames(outcome.Results)
	m := manifest{Egret: version(), Target: p.sql.Dialect.Name, Schema: p.sql.Profile.FullName(), Table: p.sql.Table, Rules: []manifestRule{}}
	if !p.sql.From.IsZero() {
		m.From = &p.sql.From
	}
	if !p.sql.To.IsZero() {
		m.To = &p.sql.To
	}
	var outputs []*output
	write := func(name, text string) error {
		path := filepath.Join(p.folder, name)
		if err := f.guard(l, path); err != nil { // it may be a link to a rule
			return err
		}
		out, err := openOutput(ctx, path, nil)
		if err != nil {
			return err
		}
		outputs = append(outputs, out)
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
		return out.settle()
	}
	err := func() error {
		for i := range outcome.Results {
			r := &outcome.Results[i]
			entry := manifestRule{convertedRule: converted(r), Level: r.Level}
			if r.Query != "" {
				entry.File, entry.Query = names[i], nil
				if packedBefore(outcome.Results, i) {
					m.Rules = append(m.Rules, entry)
					continue
				}
				if err := write(names[i], p.format.text(r.Query)); err != nil {
					return err
				}
			}
			m.Rules = append(m.Rules, entry)
		}
		var text bytes.Buffer
		encoder := newJSONEncoder(&text)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(m); err != nil {
			return err
		}
		return write(manifestName, text.String())
	}()
	for _, out := range outputs {
		if err == nil {
			err = out.close()
		} else {
			err = errors.Join(err, out.abandon())
		}
	}
	if err != nil {
		return err
	}
	if gone := slices.DeleteFunc(old, func(name string) bool { return slices.Contains(names, name) }); len(gone) > 0 && !f.quiet {
		more := ""
		if n := len(gone) - maxStale; n > 1 {
			gone, more = gone[:maxStale], fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(a.stderr, "%s: of an earlier run there still is %s%s\n", a.paintErr("1;33", "warning"),
			diag.Safe(filepath.Join(p.folder, strings.Join(gone, ", "))), more)
	}
	return nil
}

// maxStale is how many files of an earlier run are named.
const maxStale = 5

// oldFiles are the files that the manifest of an earlier run names and that are still there.
func oldFiles(folder string) []string {
	text, err := os.ReadFile(filepath.Join(folder, manifestName))
	if err != nil {
		return nil
	}
	var m manifest
	if json.Unmarshal(text, &m) != nil {
		return nil
	}
	var names []string
	for _, rule := range m.Rules {
		if rule.File == "" || rule.File != filepath.Base(rule.File) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(folder, rule.File)); err == nil {
			names = append(names, rule.File)
		}
	}
	return names
}

// fileNames are the names of the files for results, by index: that of the rule's file, with the rule's id behind it where
// several rules would have the same name, and a number where that does not tell them apart either. Names that differ
// only in case are the same, since they are on some systems. A statement of many rules is a pack with its number.
func fileNames(results []convert.Result) []string {
	count := map[string]int{}
	stems := make([]string, len(results))
	for i := range results {
		base := filepath.Base(filepath.FromSlash(results[i].Path))
		stems[i] = safeName(strings.TrimSuffix(base, filepath.Ext(base)))
		count[strings.ToLower(stems[i])]++
	}
	taken := map[string]bool{}
	names := make([]string, len(results))
	for i, stem := range stems {
		if count[strings.ToLower(stem)] > 1 {
			stem += "-" + safeName(results[i].ID)
		}
		name := stem
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s-%d", stem, n)
		}
		taken[strings.ToLower(name)] = true
		names[i] = name + ".sql"
	}
	for i := range results {
		if n := results[i].Pack; n > 0 {
			names[i] = fmt.Sprintf("pack-%d.sql", n)
		}
	}
	return names
}

// maxName is how many bytes of a file's name or an id become part of a name.
const maxName = 100

// safeName keeps of a text what can stand in the name of a file on every system: ASCII letters and digits, dots, hyphens
// and underscores, no dot or hyphen in front.
func safeName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, text)
	name = strings.TrimLeft(name[:min(len(name), maxName)], ".-")
	if name == "" || reservedNames[strings.ToLower(strings.SplitN(name, ".", 2)[0])] {
		return "_" + name
	}
	return name
}

// reservedNames are devices on Windows, whatever stands behind the dot (learn.microsoft.com, "Naming Files, Paths, and
// Namespaces").
var reservedNames = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}
