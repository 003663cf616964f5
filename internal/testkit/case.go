package testkit

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// A Case is one archive of testdata/case/<topic>/<name>.txtar. The comment of the archive cites the rule in
// docs/meaning.md that the case tests; the expected findings are derived from that rule by hand. Its files:
//
//	rule.yml           one or several Sigma documents
//	events.jsonl       one event per line, with "id" and "time" (RFC 3339) at the root; an id may occur twice
//	want               the expected findings: one event id per line for reporting detection rules, and one JSON
//	                   object per line for each burst of a reporting correlation:
//	                   {"group":{…},"first":…,"last":…,"count":n,"ids":[…]}
//	placeholders.json  optional: name to list of values, for the modifier expand
//	source.json        optional: product, service and category of the events; the default is {"product":"test"}
//	refused            optional: the first rule must be rejected with a diagnostic; the file has the reason
type Case struct {
	Topic, Name string
	Comment     string
	Path        string // of the archive
	Rule        *source.File
	Events      []Delivery
	// WantIDs are sorted, without duplicates.
	WantIDs []string
	// WantBursts are in the order of Burst.
	WantBursts []Burst
	// Refused is the reason why the rule must be rejected, "" if it must run.
	Refused string
	Options Options
}

// burstText is a burst in the file `want`.
type burstText struct {
	Group map[string]string `json:"group"`
	First time.Time         `json:"first"`
	Last  time.Time         `json:"last"`
	Count int               `json:"count"`
	IDs   []string          `json:"ids"`
}

// String returns a burst in the form of the file `want`.
func (b Burst) String() string {
	text, err := json.Marshal(burstText{b.Group, b.First.UTC(), b.Last.UTC(), b.Count, b.IDs})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// CaseJSONField is the schema's JSON information for the cases: the fields `doc` and `urldoc`, on any level, contain
// JSON text and URL-encoded JSON text.
func CaseJSONField(path string) JSONKind {
	switch path[strings.LastIndexByte(path, '.')+1:] {
	case "doc":
		return JSONText
	case "urldoc":
		return URLEncodedJSON
	}
	return PlainText
}

// CasePaths binds fields for the case archive: every field is at the root, and the strings that CaseJSONField names
// contain JSON.
func CasePaths(field string) []value.Path {
	path := value.Path{Text: field}
	for i := range len(field) {
		if field[i] != '.' {
			continue
		}
		switch CaseJSONField(field[:i]) {
		case JSONText:
			path.Embedded = append(path.Embedded, value.Embedded{Length: i, Encoding: value.JSONText})
		case URLEncodedJSON:
			path.Embedded = append(path.Embedded, value.Embedded{Length: i, Encoding: value.URLEncodedJSON})
		case PlainText:
		}
	}
	return []value.Path{path}
}

// Cases loads all archives in the order of their paths.
func Cases(t testing.TB) []Case {
	t.Helper()
	root := filepath.Join(Root(t), "testdata", "case")
	var cases []Case
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".txtar" {
			return err
		}
		c, err := loadCase(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		cases = append(cases, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func loadCase(path string) (Case, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return Case{}, err
	}
	c := Case{
		Topic: filepath.Base(filepath.Dir(path)), Name: strings.TrimSuffix(filepath.Base(path), ".txtar"), Path: path,
		Comment: strings.TrimSpace(string(archive.Comment)), Options: Options{JSONField: CaseJSONField},
	}
	events := sigma.LogSource{Product: "test"}
	for _, file := range archive.Files {
		text := string(file.Data)
		var err error
		switch file.Name {
		case "rule.yml":
			c.Rule = source.NewFile(c.Topic+"/"+c.Name+"/rule.yml", text)
		case "events.jsonl":
			err = c.readEvents(text)
		case "want":
			err = c.readWant(text)
		case "placeholders.json":
			err = json.Unmarshal(file.Data, &c.Options.Placeholders)
		case "source.json":
			err = json.Unmarshal(file.Data, &events)
		case "refused":
			c.Refused = strings.TrimSpace(text)
		default:
			err = fmt.Errorf("unknown file %q", file.Name)
		}
		if err != nil {
			return c, fmt.Errorf("%s: %w", file.Name, err)
		}
	}
	for i := range c.Events {
		c.Events[i].Source = events
	}
	if c.Rule == nil || len(c.Events) == 0 || c.Comment == "" {
		return c, fmt.Errorf("expected a comment, rule.yml and events.jsonl in a case")
	}
	return c, c.checkIDs()
}

func (c *Case) readEvents(text string) error {
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var head struct {
			ID   string    `json:"id"`
			Time time.Time `json:"time"`
		}
		if err := json.Unmarshal([]byte(line), &head); err != nil {
			return err
		}
		c.Events = append(c.Events, Delivery{ID: head.ID, Time: head.Time, Text: line})
	}
	return nil
}

func (c *Case) readWant(text string) error {
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == '{':
			var b burstText
			if err := json.Unmarshal([]byte(line), &b); err != nil {
				return err
			}
			if b.Group == nil {
				b.Group = map[string]string{}
			}
			c.WantBursts = append(c.WantBursts, Burst{Group: b.Group, First: b.First, Last: b.Last, Count: b.Count, IDs: b.IDs})
		default:
			c.WantIDs = append(c.WantIDs, line)
		}
	}
	slices.Sort(c.WantIDs)
	slices.SortFunc(c.WantBursts, func(a, b Burst) int { return strings.Compare(a.key(), b.key()) })
	return nil
}

// checkIDs finds typing errors: an expected id that no event has.
func (c *Case) checkIDs() error {
	known := map[string]bool{}
	for _, e := range c.Events {
		known[e.ID] = true
	}
	wanted := slices.Clone(c.WantIDs)
	for _, b := range c.WantBursts {
		wanted = append(wanted, b.IDs...)
		if b.Count != len(b.IDs) {
			return fmt.Errorf("want: count is %d for %d ids", b.Count, len(b.IDs))
		}
	}
	for _, id := range wanted {
		if !known[id] {
			return fmt.Errorf("want: no event has the id %q", id)
		}
	}
	return nil
}
