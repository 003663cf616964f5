// Package ioc reads lists of indicators of compromise and makes rules of them: addresses and networks, access keys, user
// agents and account ids, one a line.
//
// It turns files into rules in the form of package ir, one for each list and log source, which run like any other, and into the
// text that findings show: which indicator an event has, and its comment. A line that cannot be read gives a diagnostic with
// its place, and the rest goes on.
package ioc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/netset"
	"github.com/egret-hunt/egret/source"
)

const (
	// MaxSize is the maximum size of a list in bytes.
	MaxSize = 64 << 20
	// MaxEntries is the maximum number of indicators in a list.
	MaxEntries = 1_000_000
	// maxValue and maxComment are maximum lengths in bytes.
	maxValue, maxComment = 1024, 200
	// maxFaults is how many lines of a list get their own diagnostic.
	maxFaults = 20
)

// The kinds of indicators, as schema.IndicatorKinds names them.
const (
	address = "address" // also a network
	key     = "key"
	agent   = "agent"
	account = "account"
)

// An Indicator is one entry of a list.
type Indicator struct {
	// Value is as looked for: without defanging, a network with its length.
	Value string
	// Comment is what stands behind the value in the list.
	Comment string
	// Line is its line, from 1.
	Line int
	kind string
}

// A List is a file of indicators. It is not changed after Load.
type List struct {
	// Path is the path as the user named it.
	Path string
	// Unread is the number of lines that could not be read.
	Unread  int
	entries []Indicator
	// The following have indexes of entries.
	networks netset.Set[int] // single addresses are networks of full length
	exact    map[string]int  // of access keys and accounts by kind and value, and of agents without stars in lower case
	patterns []pattern       // agents with stars
}

// pattern is an agent with stars.
type pattern struct {
	parts []string // between the stars, in lower case
	entry int
}

// Kind returns the kind, one of schema.IndicatorKinds.
func (i *Indicator) Kind() string { return i.kind }

// All returns the indicators in the order of the list. The slice must not be changed.
func (l *List) All() []Indicator { return l.entries }

// Len returns the number of indicators.
func (l *List) Len() int { return len(l.entries) }

// Load reads a list. Bad lines are diagnostics, warnings all of them; an error means that the file cannot be used.
func Load(path string) (*List, diag.List, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("indicators %s: no such file", path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("indicators: %w", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, nil, fmt.Errorf("indicators %s: a folder, not a file", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("indicators %s: %w", path, err)
	case len(text) > MaxSize:
		return nil, nil, fmt.Errorf("indicators %s: larger than %d MB", path, MaxSize>>20)
	case bytes.IndexByte(text, 0) >= 0:
		return nil, nil, fmt.Errorf("indicators %s: not a text file in UTF-8", path)
	}
	return Parse(source.NewFile(path, strings.ToValidUTF8(string(text), "\ufffd")))
}

// Parse reads the text of a list.
func Parse(file *source.File) (*List, diag.List, error) {
	p := parser{list: &List{Path: file.Name, exact: map[string]int{}}, file: file}
	offset, number := 0, 0
	for line := range strings.Lines(file.Text) {
		number++
		if number == 1 {
			trimmed := strings.TrimPrefix(line, "\ufeff")
			offset += len(line) - len(trimmed)
			line = trimmed
		}
		p.line(line, offset, number)
		offset += len(line)
		if len(p.list.entries) > MaxEntries {
			return nil, nil, fmt.Errorf("indicators %s: more than %d", file.Name, MaxEntries)
		}
	}
	if more := p.list.Unread - maxFaults; more > 0 {
		p.diagnostics.Add(diag.Diagnostic{
			Code: "indicator", Severity: diag.Warning, Span: source.Span{File: file},
			Message: fmt.Sprintf("%d more lines are no indicators", more),
		})
	}
	return p.list, p.diagnostics, nil
}

// Empty is the diagnostic of a list without indicators.
func Empty(path string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "indicator", Severity: diag.Warning, Span: source.Span{File: source.NewFile(path, "")}, Message: "no indicator in the list",
	}
}

type parser struct {
	list        *List
	file        *source.File
	diagnostics diag.List
}

func (p *parser) line(line string, offset, number int) {
	value, comment := split(line)
	start := offset + strings.Index(line, value)
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	kind, text, fault := recognize(value)
	if fault != "" {
		if p.list.Unread++; p.list.Unread <= maxFaults {
			p.diagnostics.Add(diag.Diagnostic{
				Code: "indicator", Severity: diag.Warning, Span: source.Span{File: p.file, Start: start, End: start + len(value)},
				Message: fault, Help: "write one of " + strings.Join(kinds, ", ") + " with a colon in front to say what it is",
			})
		}
		return
	}
	p.list.add(kind, text, Indicator{Value: text, Comment: comment, Line: number, kind: kind})
}

// split returns the parts of a line before and behind the mark of a comment: a tab, or # at the start or behind a space.
func split(line string) (value, comment string) {
	line = strings.TrimRight(line, "\r\n")
	trimmed := strings.TrimLeft(line, " \t")
	for i := range len(trimmed) {
		if trimmed[i] == '\t' || trimmed[i] == '#' && (i == 0 || trimmed[i-1] == ' ') {
			comment = strings.TrimSpace(strings.TrimLeft(trimmed[i:], "\t# "))
			if len(comment) > maxComment {
				end := maxComment
				for !utf8.RuneStart(comment[end]) {
					end--
				}
				comment = comment[:end] + "…"
			}
			return trimmed[:i], comment
		}
	}
	return trimmed, ""
}

// add adds an entry unless the list has it.
func (l *List) add(kind, text string, entry Indicator) {
	n := len(l.entries)
	switch {
	case kind == address:
		network, _ := netset.Parse(text)
		if !l.networks.Add(network, n) {
			return
		}
	case kind == agent && strings.Contains(text, "*"):
		l.patterns = append(l.patterns, pattern{strings.Split(strings.ToLower(text), "*"), n})
	default:
		name := exactName(kind, text)
		if _, ok := l.exact[name]; ok {
			return
		}
		l.exact[name] = n
	}
	l.entries = append(l.entries, entry)
}

// exactName is the key of a value in List.exact. Values are compared ignoring case, as rules do.
func exactName(kind, text string) string { return kind + ":" + strings.ToLower(text) }
