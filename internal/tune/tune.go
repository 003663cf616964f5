// Package tune proposes Sigma filters that take false positives away from a rule and keep its true positives.
//
// It takes the events that the rule matches and the ids of those that are false and true positives, and returns a filter, or an error that
// names the events which no filter can tell apart. A filter is a guess from what the events have in common: whoever proposes it to a
// user runs the rule with it first.
package tune

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// An Event is an event that a rule matches.
type Event struct {
	// ID is the event's id, as findings have it.
	ID string
	// pairs are the comparisons that hold for the event, each with the value as the event writes it.
	pairs map[pair]string
}

// A pair is a comparison of a field with a value, which is a text in lower case.
type pair struct{ field, value string }

const (
	// maxEvents is the largest number of matched events.
	maxEvents = 100_000
	// maxValue is the longest text that a filter may compare with, in bytes.
	maxValue = 512
	// maxDepth is how deep fields are looked for in events.
	maxDepth = 12
)

// Match reads logs and returns the events that a rule matches, each id once, in the order of the logs.
func Match(ctx context.Context, rule *ruleset.Rule, schemas []*schema.Schema, logs []string) ([]*Event, error) {
	only := &ruleset.Set{Rules: []*ruleset.Rule{rule}}
	matchers := map[*schema.Schema]*match.Matcher{}
	seen := map[string]bool{}
	var list []*Event
	var walker value.Walker
	reader := event.NewReader(event.Options{NoHash: true, Schemas: schemas, Parquet: parquetrow.Reader})
	err := reader.Run(ctx, logs, 1, func(_ int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			matcher := matchers[r.Schema]
			if matcher == nil {
				matcher = only.Compile(r.Schema).Program.NewMatcher()
				matchers[r.Schema] = matcher
			}
			if len(matcher.Match(r.Doc)) == 0 {
				continue
			}
			id, ok := r.Schema.AppendEventID(nil, &walker, r.Doc)
			if !ok || seen[string(id)] {
				continue
			}
			seen[string(id)] = true
			if len(list) == maxEvents {
				return fmt.Errorf("the rule matches more than %d events", maxEvents)
			}
			e, err := newEvent(string(id), r.JSON())
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, file := range reader.Files() {
		if file.Status != event.Read && file.Reason != "" && len(list) == 0 {
			return nil, fmt.Errorf("%s: %s", file.Path, file.Reason)
		}
	}
	return list, nil
}

func newEvent(id string, text []byte) (*Event, error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, err
	}
	e := &Event{ID: id, pairs: map[pair]string{}}
	e.collect("", root, 0)
	return e, nil
}

// collect notes the values below a path. Lists have the values of their elements, as a field of a rule has.
func (e *Event) collect(path string, v any, depth int) {
	if depth > maxDepth {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			at := key
			if path != "" {
				at = path + "." + key
			}
			e.collect(at, v[key], depth+1)
		}
	case []any:
		for _, element := range v {
			e.collect(path, element, depth+1)
		}
	case string:
		e.note(path, v)
	case json.Number:
		e.note(path, v.String())
	case bool:
		e.note(path, fmt.Sprint(v))
	}
}

func (e *Event) note(path, text string) {
	if path == "" || text == "" || len(text) > maxValue || strings.ContainsAny(path, "|\n") || strings.EqualFold(text, e.ID) || perEvent(path) {
		return
	}
	e.pairs[pair{path, strings.ToLower(text)}] = text
}

// has reports whether a comparison holds for the event.
func (e *Event) has(p pair) bool {
	_, ok := e.pairs[p]
	return ok
}

// perEvent reports whether a field tells single events apart, so that a filter on it would be a list of events: ids of requests, times,
// and passing keys.
func perEvent(path string) bool {
	name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	for _, end := range []string{"time", "date", "timestamp", "requestid", "eventid", "uuid", "accesskeyid", "sessiontoken", "token", "published"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// A CollisionError says that no filter can tell events apart.
type CollisionError struct {
	// Pairs are ids of a false positive and of a true positive that has everything that the false positive has.
	Pairs [][2]string
}

func (e *CollisionError) Error() string {
	p := e.Pairs[0]
	text := fmt.Sprintf("no filter can drop %s and keep %s: the second event has every value of the first", p[0], p[1])
	if n := len(e.Pairs) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more such pairs)", n)
	}
	return text
}

var errNothing = errors.New("the events have no value that a filter could compare with")
