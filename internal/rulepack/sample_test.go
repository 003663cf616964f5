package rulepack_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
)

// samples is the content of <rule>.events.json: cases that the file's rule must find and cases that it must not. A case
// of a detection rule is an event. A case of a correlation is a list of events, in which {"repeat", "seconds", "event"}
// stands for that many copies of an event at that interval in seconds, with `{i}` in their strings replaced by the
// number of the copy from 0. Base has the cases of the base rules by name; all of them are single events.
type samples struct {
	Match   []json.RawMessage `json:"match"`
	NoMatch []json.RawMessage `json:"no_match"`
	Base    map[string]struct {
		Match   []json.RawMessage `json:"match"`
		NoMatch []json.RawMessage `json:"no_match"`
	} `json:"base"`
}

// head has the fields of an event that its delivery needs.
type head struct {
	ID   string    `json:"eventID"`
	Time time.Time `json:"eventTime"`
}

// repeated is an entry of a sequence that stands for several events.
type repeated struct {
	Repeat  int             `json:"repeat"`
	Seconds int             `json:"seconds"`
	Event   json.RawMessage `json:"event"`
}

func readSamples(t *testing.T, rule string) samples {
	t.Helper()
	name := filepath.Join("data", strings.TrimSuffix(rule, ".yml")+".events.json")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var s samples
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// deliveries returns the events of a case.
func deliveries(t *testing.T, sample json.RawMessage) []testkit.Delivery {
	t.Helper()
	entries := []json.RawMessage{sample}
	if strings.HasPrefix(strings.TrimSpace(string(sample)), "[") {
		decode(t, sample, &entries)
	}
	var out []testkit.Delivery
	for _, entry := range entries {
		var many repeated
		decode(t, entry, &many)
		if many.Repeat == 0 {
			many = repeated{Repeat: 1, Event: entry}
		}
		var first head
		decode(t, many.Event, &first)
		if s := otherLog(t, many.Event); s != nil {
			for i := range many.Repeat {
				out = append(out, otherDelivery(t, s, &many, i))
			}
			continue
		}
		for i := range many.Repeat {
			text := string(many.Event)
			event := head{ID: first.ID, Time: first.Time.Add(time.Duration(i*many.Seconds) * time.Second)}
			if many.Repeat > 1 {
				event.ID = fmt.Sprintf("%s-%d", first.ID, i)
				text = strings.NewReplacer(
					"{i}", strconv.Itoa(i),
					strconv.Quote(first.ID), strconv.Quote(event.ID),
					first.Time.Format(time.RFC3339), event.Time.Format(time.RFC3339),
				).Replace(text)
			}
			out = append(out, testkit.Delivery{
				ID: event.ID, Time: event.Time, Text: text, Source: sigma.LogSource{Product: "aws", Service: "cloudtrail"},
			})
		}
	}
	return out
}

// otherLog returns the log source of an event that is not CloudTrail's, else nil.
func otherLog(t *testing.T, event json.RawMessage) *schema.Schema {
	t.Helper()
	doc, err := new(value.Parser).Parse(event)
	if err != nil {
		t.Fatal(err)
	}
	s := schema.Detect(doc, 0)
	if s == nil {
		return nil
	}
	if _, other := otherLogs[s.Name]; !other {
		return nil
	}
	return s
}

// otherDelivery returns a copy of an event of another log: its time is in the log's own form, and its id is that of its
// content.
func otherDelivery(t *testing.T, s *schema.Schema, many *repeated, i int) testkit.Delivery {
	t.Helper()
	var walker value.Walker
	parse := func(text []byte) *value.Doc {
		doc, err := new(value.Parser).Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	doc := parse(many.Event)
	first, ok := s.EventTime(&walker, doc)
	if !ok {
		t.Fatalf("no time in %s", many.Event)
	}
	at := first.UTC().Add(time.Duration(i*many.Seconds) * time.Second)
	was, is := s.Time.Text(&walker, doc), at.Format(time.RFC3339)
	switch s.TimeFormat {
	case value.EpochSeconds:
		is = strconv.FormatInt(at.Unix(), 10)
	case value.CommonLog:
		is = at.Format("02/Jan/2006:15:04:05 -0700")
	}
	if i == 0 {
		is = was // whatever its form is
	}
	text := strings.NewReplacer("{i}", strconv.Itoa(i), was, is).Replace(string(many.Event))
	id, ok := s.AppendEventID(nil, &walker, parse([]byte(text)))
	if !ok {
		t.Fatalf("no id in %s", text)
	}
	if many.Repeat > 1 {
		id = append(id, '#')
		id = strconv.AppendInt(id, int64(i), 10)
	}
	return testkit.Delivery{ID: string(id), Time: at, Text: text, Source: otherLogs[s.Name]}
}

func decode(t *testing.T, text json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// options returns the fields of CloudTrail that hold JSON, for the naive evaluator.
func options() testkit.Options {
	cloudtrail := schema.ByName("cloudtrail")
	return testkit.Options{JSONField: func(field string) testkit.JSONKind {
		for _, path := range cloudtrail.Paths(field + ".x") {
			for _, embedded := range path.Embedded {
				if embedded.Length == len(field) {
					return testkit.URLEncodedJSON
				}
			}
		}
		return testkit.PlainText
	}}
}

// found counts the findings of a file's reporting rule in a case, and the findings of each base rule.
func found(t *testing.T, file *ruleFile, sample json.RawMessage) (reports int, base map[string]int) {
	t.Helper()
	outcome, err := testkit.Hunt(file.collection, deliveries(t, sample), options())
	if err != nil {
		t.Fatalf("%s: %v", file.name, err)
	}
	for _, reason := range outcome.Refused {
		t.Fatalf("%s: got %v", file.name, reason)
	}
	base = map[string]int{}
	for rule, ids := range outcome.Matches {
		if outcome.Reporting[rule] {
			reports += len(ids)
		}
		base[rule.Name] = len(ids)
	}
	for correlation, bursts := range outcome.Bursts {
		if outcome.Reporting[correlation] {
			reports += len(bursts)
		}
	}
	return reports, base
}

func TestSamples(t *testing.T) {
	for _, file := range ruleFiles(t) {
		if file.mapped() {
			continue
		}
		t.Run(strings.TrimSuffix(file.name, ".yml"), func(t *testing.T) {
			s := readSamples(t, file.name)
			if len(s.Match) == 0 || len(s.NoMatch) == 0 {
				t.Error("want at least one matching and one other sample")
			}
			for _, sample := range s.Match {
				if n, _ := found(t, file, sample); n == 0 {
					t.Errorf("got no finding for %.300s", sample)
				}
			}
			for _, sample := range s.NoMatch {
				if n, _ := found(t, file, sample); n != 0 {
					t.Errorf("found: %.300s", sample)
				}
			}
			if len(file.collection.Correlations) == 0 {
				return
			}
			for _, rule := range file.collection.Rules {
				base := s.Base[rule.Name]
				if len(base.Match) == 0 || len(base.NoMatch) == 0 {
					t.Errorf("base rule %q: want at least one matching and one other sample", rule.Name)
				}
				for _, sample := range base.Match {
					if _, n := found(t, file, sample); n[rule.Name] == 0 {
						t.Errorf("base rule %q does not match: %.300s", rule.Name, sample)
					}
				}
				for _, sample := range base.NoMatch {
					if _, n := found(t, file, sample); n[rule.Name] != 0 {
						t.Errorf("base rule %q matches: %.300s", rule.Name, sample)
					}
				}
			}
		})
	}
}

var (
	addresses     = regexp.MustCompile(`\b[0-9]{1,3}(\.[0-9]{1,3}){3}\b`)
	documentation = []netip.Prefix{
		netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	}
)

// TestSamplesUseDocumentationNames rejects real accounts, keys and addresses in the samples.
func TestSamplesUseDocumentationNames(t *testing.T) {
	for _, file := range ruleFiles(t) {
		s := readSamples(t, file.name)
		for _, sample := range append(append([]json.RawMessage{}, s.Match...), s.NoMatch...) {
			for _, delivery := range deliveries(t, sample) {
				if delivery.Source.Service != "cloudtrail" {
					for _, address := range addresses.FindAllString(delivery.Text, -1) {
						at := netip.MustParseAddr(address)
						if !at.IsPrivate() && !slices.ContainsFunc(documentation, func(p netip.Prefix) bool { return p.Contains(at) }) {
							t.Errorf("%s: address %s", file.name, address)
						}
					}
					continue
				}
				var event struct {
					SourceIPAddress    string
					RecipientAccountID string                       `json:"recipientAccountId"`
					UserIdentity       struct{ AccessKeyID string } `json:"userIdentity"`
				}
				decode(t, json.RawMessage(delivery.Text), &event)
				address, account, key := event.SourceIPAddress, event.RecipientAccountID, event.UserIdentity.AccessKeyID
				documented := strings.HasSuffix(address, ".amazonaws.com") || strings.HasPrefix(address, "192.0.2.") ||
					strings.HasPrefix(address, "198.51.100.") || strings.HasPrefix(address, "203.0.113.")
				if !documented || account != "111122223333" || key != "" && !strings.HasSuffix(key, "EXAMPLE") {
					t.Errorf("%s: address %q, account %q, key %q", file.name, address, account, key)
				}
			}
		}
	}
}
