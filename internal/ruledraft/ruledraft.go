// Package ruledraft drafts a Sigma rule from sample events: its selection asks for what all samples share and few other events
// have.
//
// It reads files of sample events and, if there are any, files of the rest of the log, and returns the text of a rule and how many
// events of each kind it matches, which Measure counts with the matcher that hunts use. The draft asks for kinds of actions, not
// for people, addresses, times or ids: those would only find the same events again. It is a start for a person who knows the log.
//
// The package writes no file and knows no flags. Memory grows with the samples, not with the rest of the log.
package ruledraft

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// maxSamples is the largest number of samples, and maxSampleBytes their largest size together.
const (
	maxSamples     = 2000
	maxSampleBytes = 64 << 20
)

// Options say how events are read.
type Options struct {
	// Schemas are the log sources to look for.
	Schemas []*schema.Schema
	// Stdin is read for the path "-".
	Stdin io.Reader
	// Parquet is as in event.Options.
	Parquet func(from io.ReaderAt, size int64) (event.TableFile, error)
	// Workers is the number of goroutines that read.
	Workers int
}

// Samples are sample events of one log source.
type Samples struct {
	options Options
	schema  *schema.Schema
	// texts are the events in JSON, in the order of the files, each once.
	texts []string
	ids   map[string]bool
	// candidates are the conditions that all samples meet, the best kinds first.
	candidates []candidate
	// rest counts the other events by the candidates that they meet.
	rest map[pattern]int64
	// others is the number of the other events of the log source.
	others int64
}

// Schema returns the log source of the samples.
func (s *Samples) Schema() *schema.Schema { return s.schema }

// Texts returns the samples as JSON, each once.
func (s *Samples) Texts() []string { return s.texts }

// Read reads sample events, which must be of one log source. The error says which others there are.
func Read(ctx context.Context, paths []string, o Options) (*Samples, error) {
	s := &Samples{options: o, ids: map[string]bool{}, rest: map[pattern]int64{}}
	kinds := map[string]int{}
	seen := map[string]bool{}
	var all leafCounter
	size := 0
	files, err := s.run(ctx, paths, 1, func(_ int, r *event.Record) error {
		text := string(r.JSON())
		if seen[text] {
			return nil
		}
		seen[text] = true
		if size += len(text); len(s.texts) >= maxSamples || size > maxSampleBytes {
			return fmt.Errorf("more than %d samples or %d MB of them: give fewer, and the rest of the log with --against", maxSamples, maxSampleBytes>>20)
		}
		if kinds[r.Schema.Name]++; s.schema == nil {
			s.schema = r.Schema
		}
		if s.schema == r.Schema {
			s.texts = append(s.texts, text)
			s.ids[s.id(r)] = true
			all.add(r.Doc)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	switch {
	case len(kinds) == 0:
		return nil, fmt.Errorf("no events of a known log source%s", reasons(files))
	case len(kinds) > 1:
		var list []string
		for _, name := range slices.Sorted(maps.Keys(kinds)) {
			list = append(list, fmt.Sprintf("%s (%d)", name, kinds[name]))
		}
		return nil, fmt.Errorf("the samples are of several log sources: %s; a rule is for one", strings.Join(list, ", "))
	}
	s.candidates = all.candidates(s.schema, len(s.texts))
	if len(s.candidates) == 0 {
		return nil, errors.New("the samples share no value that a rule could ask for")
	}
	return s, nil
}

// run reads files and calls handle with each event, from several goroutines for different workers.
func (s *Samples) run(ctx context.Context, paths []string, workers int, handle func(worker int, r *event.Record) error) ([]*event.File, error) {
	reader := event.NewReader(event.Options{Schemas: s.options.Schemas, Stdin: s.options.Stdin, Parquet: s.options.Parquet, NoHash: true})
	err := reader.Run(ctx, paths, max(1, workers), func(worker int, b *event.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			if err := handle(worker, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	files := reader.Files()
	for _, f := range files {
		if f.Events == 0 && f.Reason != "" && len(files) == 1 {
			return files, fmt.Errorf("%s: %s", f.Path, f.Reason)
		}
	}
	return files, nil
}

// reasons says why files gave no events.
func reasons(files []*event.File) string {
	for _, f := range files {
		if f.OtherRecords > 0 {
			return fmt.Sprintf(": %s has %d of unknown log sources; --schema-folder names schemas of your own", f.Path, f.OtherRecords)
		}
	}
	return ""
}

// id returns what tells an event from others: its id in the log or its whole text.
func (s *Samples) id(r *event.Record) string {
	var walker value.Walker
	if id, ok := r.Schema.AppendEventID(nil, &walker, r.Doc); ok && !r.Schema.Bulk {
		return string(r.Schema.AppendPart(id, r.Doc))
	}
	return string(r.JSON())
}

// Compare reads the rest of the log, in which the samples may be. Events of other log sources do not count.
func (s *Samples) Compare(ctx context.Context, paths []string) error {
	type part struct {
		rest   map[pattern]int64
		tester *tester
	}
	parts := make([]part, max(1, s.options.Workers))
	for i := range parts {
		parts[i] = part{map[pattern]int64{}, newTester(s.candidates)}
	}
	_, err := s.run(ctx, paths, len(parts), func(worker int, r *event.Record) error {
		if r.Schema == s.schema && !s.ids[s.id(r)] {
			parts[worker].rest[parts[worker].tester.test(r.Doc)]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range parts {
		for pattern, n := range p.rest { // sums do not depend on the order
			s.rest[pattern] += n
			s.others += n
		}
	}
	return nil
}

// Counts are how many events a rule matches.
type Counts struct {
	// Samples is the number of samples, and Found that of those that the rule matches.
	Samples, Found int
	// Others is the number of other events of the log source, and Rest that of those that the rule matches.
	Others, Rest int64
	// Near is the JSON of an event among Others that the rule does not match but shares most with the samples, "" for none.
	Near string
}

// Measure counts the events that the first rule of a set matches, among the samples and in the rest of the log.
func (s *Samples) Measure(ctx context.Context, set *ruleset.Set, paths []string) (Counts, error) {
	c := Counts{Samples: len(s.texts)}
	compiled := set.Compile(s.schema)
	matcher := compiled.Program.NewMatcher()
	var parser value.Parser
	for _, text := range s.texts {
		doc, err := parser.Parse([]byte(text))
		if err != nil {
			return c, err
		}
		if len(matcher.Match(doc)) > 0 {
			c.Found++
		}
	}
	if len(paths) == 0 {
		return c, nil
	}
	workers := max(1, s.options.Workers)
	matchers, testers := make([]*match.Matcher, workers), make([]*tester, workers)
	for i := range matchers {
		matchers[i], testers[i] = compiled.Program.NewMatcher(), newTester(s.candidates)
	}
	var mu sync.Mutex
	nearest := -1
	_, err := s.run(ctx, paths, workers, func(worker int, r *event.Record) error {
		if r.Schema != s.schema || s.ids[s.id(r)] {
			return nil
		}
		found := len(matchers[worker].Match(r.Doc)) > 0
		shared := testers[worker].test(r.Doc).count()
		mu.Lock()
		defer mu.Unlock()
		c.Others++
		if found {
			c.Rest++
		} else if text := r.JSON(); shared > nearest || shared == nearest && string(text) < c.Near { // the same in any order
			nearest, c.Near = shared, string(text)
		}
		return nil
	})
	return c, err
}
