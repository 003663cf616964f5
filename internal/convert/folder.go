package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// ManifestName is the name of the file that describes the queries in a folder.
const ManifestName = "manifest.json"

// manifest is the content of manifest.json.
type manifest struct {
	Egret  string `json:"egret"`
	Target string `json:"target"`
	Schema string `json:"schema"`
	// Table is the value of --table, "" for the layout's default name.
	Table string         `json:"table,omitempty"`
	From  *time.Time     `json:"from,omitempty"`
	To    *time.Time     `json:"to,omitempty"`
	Rules []manifestRule `json:"rules"`
}

// A manifestRule is a rule with its file, or with the reason why it was refused.
type manifestRule struct {
	Entry
	Level string `json:"level,omitempty"`
	File  string `json:"file,omitempty"`
}

// EachFile calls write for each file of a folder of queries: one for each rule or packed statement, and the manifest last.
// opt are the options of the conversion, and version is the version of egret.
func (o *Outcome) EachFile(format Format, opt *sqlgen.Options, version string, write func(name, text string) error) error {
	names := fileNames(o.Results)
	m := manifest{Egret: version, Target: opt.Dialect.Name, Schema: opt.Layout.FullName(), Table: opt.Table, Rules: []manifestRule{}}
	if !opt.From.IsZero() {
		m.From = &opt.From
	}
	if !opt.To.IsZero() {
		m.To = &opt.To
	}
	for i := range o.Results {
		r := &o.Results[i]
		entry := manifestRule{Entry: r.Entry(), Level: r.Level}
		if r.Query != "" {
			entry.File, entry.Query = names[i], nil
			if !packedBefore(o.Results, i) {
				if err := write(names[i], format.Text(r.Query)); err != nil {
					return err
				}
			}
		}
		m.Rules = append(m.Rules, entry)
	}
	var text bytes.Buffer
	encoder := finding.NewSafeEncoder(&text)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(m); err != nil {
		return err
	}
	return write(ManifestName, text.String())
}

// OldFiles returns the files in the manifest of an earlier run that still exist.
func OldFiles(folder string) []string {
	text, err := os.ReadFile(filepath.Join(folder, ManifestName))
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

// fileNames returns the file names of results, by index. The name is that of the rule's file, followed by the rule's id if
// several rules would have the same name, and by a number if that is still ambiguous. Names that differ only in case count
// as equal, as on some systems. A packed statement has the name pack and its number.
func fileNames(results []Result) []string {
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

// maxName is the maximum length in bytes of a file name or id as part of a name.
const maxName = 100

// safeName replaces all characters of a text that some systems do not allow in file names. It keeps ASCII letters and digits,
// dots, hyphens and underscores, and removes dots and hyphens at the start.
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

// reservedNames are names of devices on Windows, with any extension (learn.microsoft.com, "Naming Files, Paths, and
// Namespaces").
var reservedNames = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}
