package textcli

import (
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/textgen"
)

// DefaultTemplate is the default of --output-filename-template.
const DefaultTemplate = "{stem}.txt"

// templateNames are the names in --output-filename-template: the folder of the rule's file below the first RULE, the name of the
// file without extension, and the number of the query if the file has several.
var templateNames = []string{"path", "stem", "index"}

func checkTemplate(text string) error {
	if text == "" {
		return nil
	}
	t, err := textgen.ParseTemplate(text)
	if err == nil {
		for _, name := range t.Names() {
			if name != "path" && name != "stem" && name != "index" {
				err = fmt.Errorf("{%s} is not a name of the template", name)
			}
		}
	}
	if err != nil {
		return setup.UsageError("the names are {"+strings.Join(templateNames, "}, {")+"}", fmt.Errorf("--output-filename-template: %w", err))
	}
	return nil
}

// eachFile calls write for each file of a folder of queries. Queries of one file of rules whose names would be equal get a
// number.
func (f *Flags) eachFile(l *setup.RuleSet, o *convert.Outcome, format *textgen.Format, write func(name, text string) error) error {
	template, err := textgen.ParseTemplate(orDefault(f.Template, DefaultTemplate))
	if err != nil {
		return err
	}
	base := ""
	if len(l.Names) > 0 {
		base = filepath.ToSlash(filepath.Clean(l.Names[0]))
		if ext := path.Ext(base); ext == ".yml" || ext == ".yaml" {
			base = path.Dir(base)
		}
	}
	count := map[string]int{}
	for i := range o.Results {
		count[o.Results[i].Path] += len(o.Results[i].Values)
	}
	taken, number := map[string]bool{}, map[string]int{}
	for i := range o.Results {
		r := &o.Results[i]
		for _, v := range r.Values {
			number[r.Path]++
			index := ""
			if count[r.Path] > 1 {
				index = strconv.Itoa(number[r.Path])
			}
			name := fileName(template, r.Path, base, index)
			for n := 2; taken[strings.ToLower(name)]; n++ {
				ext := path.Ext(name)
				name = strings.TrimSuffix(fileName(template, r.Path, base, index), ext) + "-" + strconv.Itoa(n) + ext
			}
			taken[strings.ToLower(name)] = true
			if err := write(name, format.Query(v, f.Indent)); err != nil {
				return err
			}
		}
	}
	return nil
}

func orDefault(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// fileName returns the name of a file below the output folder.
func fileName(template *textgen.Template, rule, base, index string) string {
	rule = filepath.ToSlash(rule)
	relative := rule
	if base != "" && base != "." {
		relative = strings.TrimPrefix(strings.TrimPrefix(rule, base), "/")
	}
	folder := path.Dir(relative)
	if folder == "." {
		folder = ""
	}
	name := template.Fill(map[string]string{"path": folder, "stem": strings.TrimSuffix(path.Base(rule), path.Ext(rule)), "index": index})
	// A rule's path may lead out of the folder; its name here does not.
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// encoder returns a function that encodes the output.
func encoder(name string) (func(string) ([]byte, error), error) {
	switch plain := strings.ToLower(strings.ReplaceAll(name, "_", "-")); plain {
	case "", "utf-8", "utf8":
		return func(s string) ([]byte, error) { return []byte(s), nil }, nil
	case "utf-16":
		return func(s string) ([]byte, error) {
			return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
		}, nil
	default:
		found, err := htmlindex.Get(plain)
		if err != nil {
			return nil, setup.UsageError("such as utf-8, utf-16 or latin1", fmt.Errorf("--encoding does not take %q", name))
		}
		return func(s string) ([]byte, error) { return found.NewEncoder().Bytes([]byte(s)) }, nil
	}
}
