package draft

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/schema"
)

var nameForm = lazyre.New(`^[a-z][a-z0-9_-]*$`)

// Name returns a name for a log source, made of the name of a file.
func Name(file string) string {
	file = file[strings.LastIndexAny(file, `/\`)+1:]
	if i := strings.IndexByte(file, '.'); i > 0 {
		file = file[:i]
	}
	var b strings.Builder
	for _, c := range strings.ToLower(file) {
		if c >= 'a' && c <= 'z' || b.Len() > 0 && (c >= '0' && c <= '9' || c == '_' || c == '-') {
			b.WriteRune(c)
		}
	}
	if b.Len() == 0 {
		return "mylog"
	}
	return b.String()
}

// YAML returns the text of a schema for the events of a sample. It fails if no field can be the time, and if the name is
// taken or is no name.
func (s *Sample) YAML(name string) (string, error) {
	switch {
	case !nameForm.MatchString(name):
		return "", fmt.Errorf("%q cannot be the name of a log source: it must be lower-case letters, digits, hyphens and underscores, with a letter first", name)
	case schema.ByName(name) != nil:
		return "", fmt.Errorf("egret has a log source named %s already", name)
	}
	when := s.time()
	if when == "" {
		return "", errors.New("no field of these events is a time: expected text as in RFC 3339 (2026-01-02T03:04:05Z), or seconds or milliseconds since 1970 in a field named as a time")
	}
	w := &writer{sample: s, name: name, when: when}
	w.write()
	text := w.out.String()
	if err := schema.Check(name+".yaml", []byte(text)); err != nil {
		return "", fmt.Errorf("egret bug: the draft does not load: %w", err)
	}
	return text, nil
}

// writer writes the file.
type writer struct {
	sample     *Sample
	name, when string
	out        strings.Builder
}

func (w *writer) linef(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

func (w *writer) write() {
	s := w.sample
	count := strconv.Itoa(s.events)
	if s.more {
		count = "the first " + count
	}
	w.linef("# A draft, guessed from %s events. It works as it is; check the lines that say so.", count)
	w.linef("# All keys are described in docs/sources/format.md.")
	w.linef("name: %s", w.name)
	w.linef("title: %s  # check: the name for people", quote(w.name))
	w.linef("")
	w.linef("# Rules for it say: logsource: {product: %s}. A service is a part of the log, chosen by the values of fields, such as", w.name)
	w.linef("#   services: {login: [{action: [login, logout]}]}")
	w.linef("logsource:")
	w.linef("  products: [%s]", w.name)
	w.linef("")
	keys := s.detect()
	w.linef("# check: an event of a file is of this log if it has all of these keys. All of the %s events have them. Keys that no", count)
	w.linef("# other log has are best; `equals: {key: value}` is stricter.")
	w.linef("detect:")
	w.linef("  - has: [%s]", quoteAll(keys))
	w.linef("")
	w.linef("roots: [\"\"]")
	w.linef("")
	w.names()
	w.linef("")
	w.linef("# check: the time of the event, of %d fields that may be one", len(s.where(func(_ string, f *field) bool { return f.times > 0 })))
	w.linef("time: [%s]", quote(w.when))
	if f := s.paths[w.when]; f.times == 0 {
		w.linef("time_format: %s", w.epoch())
	}
	w.identity()
	w.fields()
	w.layout()
}

func (w *writer) epoch() string {
	if f := w.sample.paths[w.when]; f.seconds >= f.millis {
		return "epoch_s"
	}
	return "epoch_ms"
}

// names lists the fields.
func (w *writer) names() {
	s := w.sample
	list := s.where(func(_ string, f *field) bool { return !f.nested && f.objects == 0 })
	// A name may also be that of an object in other events.
	list = slices.DeleteFunc(list, func(path string) bool {
		return strings.Contains(path, "*") || strings.HasSuffix(path, ".") || strings.HasPrefix(path, ".") || strings.Contains(path, "..")
	})
	lower := map[string]string{}
	clash := false
	for _, path := range list {
		for i := range len(path) + 1 {
			if i < len(path) && path[i] != '.' {
				continue
			}
			if known := lower[strings.ToLower(path[:i])]; known != "" && known != path[:i] {
				clash = true
			}
			lower[strings.ToLower(path[:i])] = path[:i]
		}
	}
	if clash || len(list) > maxNames || s.cut {
		w.linef("# The events have many fields, or fields that differ by letter case only. With a list of `names`, a rule that misspells a")
		w.linef("# field gets a warning.")
		return
	}
	w.linef("# check: these are the fields that the sample has. A rule that uses another one gets a warning, so add what is missing;")
	w.linef("# `request.*` stands for anything in request.")
	w.linef("names:")
	for _, path := range list {
		w.linef("  - %s", quote(path))
	}
}

// identity writes the id.
func (w *writer) identity() {
	id := w.sample.id(w.when)
	if len(id) == 1 && id[0] != w.when {
		w.linef("# check: the id, different in each event of the sample; events with equal ids and times count once")
	} else {
		w.linef("# check: no field is an id; events that are equal in these fields count once, so add fields if that is wrong")
	}
	var parts []string
	for _, path := range id {
		parts = append(parts, "["+quote(path)+"]")
	}
	w.linef("id: [%s]", strings.Join(parts, ", "))
	if len(parts) > 1 {
		w.linef("id_separator: /")
	}
}

// fields writes what events are grouped and shown by.
func (w *writer) fields() {
	s := w.sample
	w.linef("# check: what findings are grouped and shown by; each may be left out")
	var summary []string
	for _, f := range []struct{ key, path, what string }{
		{"principal", s.principal(), "who acts"},
		{"address", s.address(), "from where"},
		{"action", s.action(), "what happens"},
		{"error", s.text("error", "errorcode", "failure"), "present only in failed calls"},
		{"agent", s.text("useragent", "agent"), "the program"},
		{"host", s.text("hostname", "host", "server", "node"), "the machine"},
	} {
		if f.path == "" {
			w.linef("# %s: []  # %s: no field of the sample is named or filled like one", f.key, f.what)
			continue
		}
		w.linef("%s: [%s]  # %s", f.key, quote(f.path), f.what)
	}
	taken := w.out.String()
	for _, path := range s.where(func(_ string, f *field) bool { return f.leaf() && f.texts > 0 && f.times == 0 && len(f.distinct) > 1 }) {
		if len(summary) < 3 && !strings.Contains(taken, "["+quote(path)+"]  #") && path != w.when {
			label := path[strings.LastIndexByte(path, '.')+1:]
			summary = append(summary, fmt.Sprintf("  - {label: %s, paths: [%s]}", quote(label), quote(path)))
		}
	}
	if len(summary) > 0 {
		w.linef("# check: what a line about an event shows")
		w.linef("summary:")
		w.linef("%s", strings.Join(summary, "\n"))
	}
}

// layout writes a layout for files that DuckDB reads as a table, with the types of the sample.
func (w *writer) layout() {
	top := w.sample.where(func(path string, _ *field) bool { return !strings.Contains(path, ".") })
	seen := map[string]bool{}
	for _, path := range top {
		if seen[strings.ToLower(path)] {
			w.linef("")
			w.linef("# No table: there is another field that differs from %s by letter case only, which SQL engines do not tell apart.", quote(path))
			return
		}
		seen[strings.ToLower(path)] = true
	}
	w.linef("")
	w.linef("# check: the table of these events as JSON lines, which DuckDB reads from the files: --engine duckdb --layout %s/files", w.name)
	w.linef("layouts:")
	w.linef("  - name: files")
	w.linef("    title: Events as JSON lines")
	w.linef("    table: %s", w.name)
	w.linef("    columns:")
	for _, path := range top {
		w.linef("      %s: %s", quote(path), quote(w.typeOf(path, 0)))
	}
	format := "text"
	if w.sample.paths[w.when].times == 0 {
		format = w.epoch()
	}
	w.linef("    time: {column: %s, format: %s}", quote(w.when), format)
}

// typeOf returns the type of a column or member.
func (w *writer) typeOf(path string, depth int) string {
	f := w.sample.paths[path]
	kinds := 0
	for _, n := range []int{f.texts, f.numbers, f.bools, f.objects, f.lists} {
		kinds += min(n, 1)
	}
	switch {
	case kinds != 1 || depth > 4:
		return "json"
	case f.texts > 0:
		return "string"
	case f.bools > 0:
		return "boolean"
	case f.numbers > 0:
		for text := range f.distinct {
			if strings.ContainsAny(text, ".eE") {
				return "double"
			}
		}
		return "bigint"
	case f.objects > 0:
		var members []string
		seen := map[string]bool{}
		for _, below := range w.sample.where(func(p string, _ *field) bool {
			rest, ok := strings.CutPrefix(p, path+".")
			return ok && !strings.Contains(rest, ".")
		}) {
			name := below[len(path)+1:]
			if seen[strings.ToLower(name)] || strings.ContainsAny(name, "`") {
				return "json"
			}
			seen[strings.ToLower(name)] = true
			members = append(members, "`"+name+"`:"+w.typeOf(below, depth+1))
		}
		if len(members) == 0 {
			return "json"
		}
		return "struct<" + strings.Join(members, ",") + ">"
	}
	return "json" // lists: their elements may differ
}

var plainScalar = lazyre.New(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// quote writes a scalar of YAML.
func quote(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf":
		return strconv.QuoteToASCII(text)
	}
	if plainScalar.MatchString(text) {
		return text
	}
	return yamlQuoted(text)
}

// yamlQuoted writes a string in double quotes; escapes of Go for characters up to U+FFFF are those of YAML.
func yamlQuoted(text string) string { return strconv.QuoteToASCII(text) }

func quoteAll(list []string) string {
	var quoted []string
	for _, text := range list {
		quoted = append(quoted, quote(text))
	}
	return strings.Join(quoted, ", ")
}
