package coverage

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// FromRules returns the rules and correlations of a Sigma file or threat document, and the diagnostics of its documents that
// cannot be read, which have no mark. Filters have none either.
func FromRules(name string, text []byte) ([]*Mark, diag.List) {
	file := source.NewFile(name, string(text))
	collection, faults := sigma.Parse(file)
	if threat.IsDocument(file.Text) {
		collection, _, faults = threat.Parse(file)
	}
	var marks []*Mark
	add := func(m *sigma.Meta, s LogSource) {
		mark := &Mark{Title: m.Title, ID: m.ID, Path: name, Level: m.Level, Status: m.Status, LogSource: s}
		for _, tag := range m.Tags {
			if space, tag, ok := strings.Cut(strings.ToLower(tag), "."); ok && space == "attack" {
				mark.Tags = append(mark.Tags, tag)
			}
		}
		marks = append(marks, mark)
	}
	for _, r := range collection.Rules {
		if !r.Base { // the correlation that counts it has its tags
			add(&r.Meta, LogSource{r.LogSource.Category, r.LogSource.Product, r.LogSource.Service})
		}
	}
	for _, c := range collection.Correlations {
		add(&c.Meta, LogSource{})
	}
	return marks, faults
}

// Metadata of signatures as Emerging Threats writes it.
var (
	sigSeverity = lazyre.New(`(?i)\bsignature_severity\s+(\w+)`)
	sigTag      = lazyre.New(`(?i)\bmitre_(?:technique_id\s+(T\d{4}(?:[._]\d{3})?)|tactic_name\s+(\w+))`)
)

// severities are the values of signature_severity that Emerging Threats uses, as levels.
var severities = map[string]string{"informational": "informational", "minor": "low", "major": "high", "critical": "critical"}

// maxSignature is the longest line of a file of signatures, in bytes.
const maxSignature = 1 << 20

// FromSuricata returns the signatures of a file of Suricata's rules. Comments, and so signatures that are switched off, have no
// mark. It fails at a line of more than maxSignature bytes.
func FromSuricata(name string, text []byte) ([]*Mark, error) {
	var marks []*Mark
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxSignature)
	joined := ""
	for lines.Scan() {
		line := joined + strings.TrimSpace(lines.Text())
		if joined = ""; strings.HasSuffix(line, `\`) && len(line) < maxSignature {
			joined = strings.TrimSuffix(line, `\`)
			continue
		}
		if line == "" || line[0] == '#' || !strings.Contains(line, "(") {
			continue
		}
		m := &Mark{Path: name}
		for option, value := range options(line) {
			switch option {
			case "msg":
				m.Title = value
			case "sid":
				m.ID = value
			case "metadata":
				if severity := sigSeverity.FindStringSubmatch(value); severity != nil {
					m.Level = severities[strings.ToLower(severity[1])]
				}
				for _, tag := range sigTag.FindAllStringSubmatch(value, -1) {
					m.Tags = append(m.Tags, strings.ToLower(strings.ReplaceAll(tag[1], "_", ".")+strings.ReplaceAll(tag[2], "_", "-")))
				}
			}
		}
		if m.Title == "" {
			m.Title = "signature " + m.ID
		}
		marks = append(marks, m)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: a line is longer than %d bytes", name, maxSignature)
	}
	return marks, nil
}

// options returns the options of a signature in their order, with their values unquoted: https://docs.suricata.io/en/latest/rules/intro.html
func options(signature string) iter.Seq2[string, string] {
	_, rest, _ := strings.Cut(signature, "(")
	return func(yield func(string, string) bool) {
		var option strings.Builder
		quoted := false
		for i := 0; i < len(rest); i++ {
			switch c := rest[i]; {
			case c == '\\' && i+1 < len(rest):
				i++
				option.WriteByte(rest[i])
			case c == '"':
				quoted = !quoted
			case c == ';' && !quoted:
				name, value, _ := strings.Cut(option.String(), ":")
				option.Reset()
				if !yield(strings.TrimSpace(name), strings.TrimSpace(value)) {
					return
				}
			default:
				option.WriteByte(c)
			}
		}
	}
}

// FromFindings returns a mark for each rule that has findings, in the order in which they come: JSON lines as egret hunt writes
// them. A folded finding counts for its rule. It fails at a line that is no finding, with its number.
func FromFindings(name string, r io.Reader) ([]*Mark, error) {
	type rule struct {
		ID, Title, Level string
		Attack           []string
	}
	var marks []*Mark
	byID := map[string]*Mark{}
	add := func(r rule) {
		m := byID[r.ID]
		if m == nil {
			m = &Mark{Title: r.Title, ID: r.ID, Path: name}
			byID[r.ID] = m
			marks = append(marks, m)
		}
		if m.Level == "" || rank(r.Level) > rank(m.Level) { // a rule may give other levels to other outcomes
			m.Level = r.Level
		}
		for _, id := range r.Attack {
			if tag := strings.ToLower(id); !slices.Contains(m.Tags, tag) {
				m.Tags = append(m.Tags, tag)
			}
		}
	}
	d := json.NewDecoder(r)
	for n := 1; ; n++ {
		var f struct {
			Rule *rule
			Also []rule
		}
		err := d.Decode(&f)
		switch {
		case errors.Is(err, io.EOF):
			return marks, nil
		case err != nil:
			return nil, fmt.Errorf("%s: finding %d: %w", name, n, err)
		case f.Rule == nil:
			return nil, fmt.Errorf("%s: finding %d has no rule; want what egret hunt --format jsonl writes", name, n)
		}
		add(*f.Rule)
		for _, r := range f.Also {
			add(r)
		}
	}
}
