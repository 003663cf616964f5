package lsp

import (
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/source"
)

// Limits of open files.
const (
	maxText      = 4 << 20  // bytes of one text
	maxAllText   = 64 << 20 // bytes of all open texts
	maxDocuments = 1000
	maxRewritten = 1 << 30 // bytes that the changes of one notification may move
)

// A document is an open file at one moment. It never changes: a change of the text makes another one.
type document struct {
	uri, language string
	// path is that of the file, "" for a text without one.
	path    string
	version int
	lines   lines
	// lost says why the text is not known, "" if it is.
	lost    string
	project *project
}

func (d *document) text() string { return d.lines.text }

// name is what diagnostics call the file.
func (d *document) name() string {
	if d.path != "" {
		return d.path
	}
	return d.uri
}

func (d *document) file() *source.File { return source.NewFile(d.name(), d.text()) }

// with returns the document with another text.
func (d *document) with(version int, text string) *document {
	next := *d
	next.version, next.lines, next.lost = version, newLines(text), ""
	if len(text) > maxText {
		next.lines, next.lost = newLines(""), "the file is larger than 4 MB"
	}
	return &next
}

// changed applies the changes of a notification, in their order.
func (d *document) changed(version int, changes []contentChange, by encoding) *document {
	current, moved := d, 0
	for _, change := range changes {
		if moved += len(current.text()) + len(change.Text); moved > maxRewritten {
			next := d.with(version, "")
			next.lost = "a notification has too many changes"
			return next
		}
		switch {
		case change.Range == nil:
			current = current.with(version, change.Text)
		case current.lost != "":
		default:
			start, end := current.lines.offset(change.Range.Start, by), current.lines.offset(change.Range.End, by)
			if start > end {
				start, end = end, start
			}
			text := current.text()
			current = current.with(version, text[:start]+change.Text+text[end:])
		}
	}
	next := *current
	next.version = version
	return &next
}

// A kind is what a document holds.
type kind uint8

const (
	otherFile kind = iota
	ruleFile
	configFile
	testFile
)

// ruleKeys begin lines that only rules have.
var ruleKeys = []string{"logsource:", "detection:", "correlation:", "filter:"}

// kind tells rules from other YAML files: by the language of the editor, the keys, or a title in a file with the name of a rule.
func (d *document) kind() kind {
	switch base := strings.ToLower(filepath.Base(d.path)); {
	case base == "egret.yaml":
		return configFile
	case d.path != "" && (strings.HasSuffix(base, ".test.yml") || strings.HasSuffix(base, ".test.yaml")):
		return testFile
	case d.language == "sigma":
		return ruleFile
	case d.path != "" && !setup.IsRuleFile(d.path):
		return otherFile
	}
	title, other := false, false
	for line := range strings.Lines(d.text()) {
		for _, key := range ruleKeys {
			if strings.HasPrefix(line, key) {
				return ruleFile
			}
		}
		title = title || strings.HasPrefix(line, "title:")
		if key, _, found := strings.Cut(line, ":"); found && line[0] >= 'a' && line[0] <= 'z' && !knownKey(key) {
			other = true
		}
	}
	if title && !other || threat.IsDocument(d.text()) {
		return ruleFile
	}
	return otherFile
}
