package hunt_test

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	eventpkg "github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// The exercise took two hours. These tests spread it over six days: its events are divided into five parts in the
// order of time, and each part is moved so that midnight is in its middle, which puts related events into two
// partitions. The record of every seventh event arrives a day late.

const (
	spreadParts = 5
	spreadDays  = spreadParts + 1
)

// spreadTrail is the exercise, spread over days.
type spreadTrail struct {
	// docs are the events in the order of time, late the same events with the time by which they are partitioned.
	docs, late []*value.Doc
	// file contains the events for a hunt in files.
	file string
}

var eventTimeMember = regexp.MustCompile(`"eventTime"\s*:\s*"[^"]*"`)

// newSpread reads the exercise and writes the file of its events.
func newSpread(t *testing.T, file string) *spreadTrail {
	t.Helper()
	type raw struct {
		text []byte
		at   time.Time
	}
	var events []raw
	err := eventpkg.NewReader(eventpkg.Options{NoHash: true}).Run(t.Context(), []string{testkit.Shared(t, "data/invictus")}, 1, func(_ int, b *eventpkg.Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			var walker value.Walker
			at, ok := r.Schema.EventTime(&walker, r.Doc)
			if !ok || len(eventTimeMember.FindAll(r.Raw, -1)) != 1 {
				t.Errorf("event does not have exactly one time: %.300s", r.Raw)
				continue
			}
			events = append(events, raw{bytes.Clone(r.Raw), at.UTC()})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(events, func(a, b raw) int { return cmp.Or(a.at.Compare(b.at), bytes.Compare(a.text, b.text)) })
	s := &spreadTrail{file: file}
	var text bytes.Buffer
	parse := func(e *raw, at time.Time) *value.Doc {
		moved := eventTimeMember.ReplaceAll(e.text, []byte(`"eventTime":"`+at.Format(time.RFC3339)+`"`))
		doc, err := new(value.Parser).Parse(moved)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	for part := range spreadParts {
		list := events[part*len(events)/spreadParts : (part+1)*len(events)/spreadParts]
		by := theDay.AddDate(0, 0, part+1).Sub(list[len(list)/2].at)
		for i := range list {
			at := list[i].at.Add(by)
			doc := parse(&list[i], at)
			filed := doc
			if i%7 == 0 {
				filed = parse(&list[i], at.AddDate(0, 0, 1))
			}
			s.docs, s.late = append(s.docs, doc), append(s.late, filed)
			text.Write(doc.AppendJSON(nil, 0))
			text.WriteByte('\n')
		}
	}
	if err := os.WriteFile(s.file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// rows returns the rows of a layout's table. Partitions are by the day on which a record arrived.
func (s *spreadTrail) rows(p *schema.Layout, rowOf func(*schema.Layout, *value.Doc) []any) [][]any {
	var rows [][]any
	for i, doc := range s.docs {
		row := rowOf(p, doc)
		rows = append(rows, append(row[:len(p.Columns):len(p.Columns)], rowOf(p, s.late[i])[len(p.Columns):]...))
	}
	return rows
}

// spreadRange returns a range of the spread trail, given in hours since its first midnight.
func spreadRange(from, to int) (time.Time, time.Time) {
	return theDay.Add(time.Duration(from) * time.Hour), theDay.Add(time.Duration(to) * time.Hour)
}

// recorded is an engine that records the statements it starts.
type recorded struct {
	engine.Engine
	mutex   sync.Mutex
	started []string
}

func (r *recorded) Start(ctx context.Context, s engine.Statement) (engine.Query, error) {
	r.mutex.Lock()
	r.started = append(r.started, s.SQL)
	r.mutex.Unlock()
	return r.Engine.Start(ctx, s)
}

// sizesOf returns chunks of one length for all tables.
func sizesOf(tables []lake.Table, slice time.Duration) []lake.Size {
	return slices.Repeat([]lake.Size{{Chunk: slice}}, len(tables))
}

// huntTables hunts in tables of a lake, a day at a time, after checking that time prunes them.
func huntTables(t *testing.T, set *ruleset.Set, e engine.Engine, from, to time.Time, tables ...lake.Table) ([]string, *finding.Ledger, *lake.Outline) {
	t.Helper()
	l, err := lake.Open(t.Context(), lake.Options{
		Engine: e, Tables: tables, Set: set, Sizes: sizesOf(tables, 24*time.Hour), From: from, To: to, Backoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	outline, err := l.Outline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, ledger := huntIn(t, set, l, from, to)
	return got, ledger, outline
}

// huntOnce hunts in tables of a lake in a single chunk.
func huntOnce(t *testing.T, set *ruleset.Set, e engine.Engine, from, to time.Time, tables ...lake.Table) ([]string, *finding.Ledger) {
	t.Helper()
	l, err := lake.Open(t.Context(), lake.Options{
		Engine: e, Tables: tables, Set: set, Sizes: sizesOf(tables, 1000*24*time.Hour), AllTime: true, From: from, To: to, Backoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return huntIn(t, set, l, from, to)
}

func huntIn(t *testing.T, set *ruleset.Set, l *lake.Lake, from, to time.Time) ([]string, *finding.Ledger) {
	t.Helper()
	j, err := journal.Create(t.TempDir(), journal.Header{Created: time.Now(), Fingerprint: l.Fingerprint()})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	l.Use(j)
	got, ledger := lines(t, hunt.Options{Set: set, Source: hunt.Tables(l), From: from, To: to})
	if ledger.Lake.Left.Total+int64(len(ledger.Records.Failed.Reasons)) > 0 {
		t.Errorf("left %+v, failed %+v", ledger.Lake.Left, ledger.Records.Failed)
	}
	return got, ledger
}

// compareLines reports the differences of two lists of findings.
func compareLines(t *testing.T, got, want []string, least int) {
	t.Helper()
	if len(want) < least {
		t.Errorf("got only %d findings to compare, want at least %d", len(want), least)
	}
	found := map[string]int{}
	for _, line := range got {
		found[line]++
	}
	for _, line := range want {
		if found[line] == 0 {
			t.Errorf("missing: %.1200s", line)
			continue
		}
		if found[line]--; found[line] == 0 {
			delete(found, line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(found)) {
		t.Errorf("unexpected: %.1200s", line)
	}
	if len(got) != len(want) {
		t.Errorf("got %d findings, want %d", len(got), len(want))
	}
}

// overMidnight returns the number of findings of correlations that begin on one day and end on another.
func overMidnight(got []string) int {
	n := 0
	for _, line := range got {
		if first, last := member(line, "first"), member(line, "last"); len(first) > 10 && len(last) > 10 && first[:10] != last[:10] {
			n++
		}
	}
	return n
}

// member returns the text of a member of a line, "" without it.
func member(line, name string) string {
	_, rest, _ := strings.Cut(line, `"`+name+`":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// checkDisjoint fails if two chunks of one statement for rows read the same partition, according to the outline.
func checkDisjoint(t *testing.T, o *lake.Outline) {
	t.Helper()
	for _, s := range o.Statements {
		if s.Kind != "rows" {
			continue
		}
		seen := map[string]bool{}
		for _, slice := range s.Chunks {
			first, last, ok := strings.Cut(slice.Chunk, " to ")
			if !ok {
				last = first
			}
			from, err := time.Parse(time.DateOnly, first)
			to, err2 := time.Parse(time.DateOnly, last)
			if err != nil || err2 != nil {
				t.Errorf("slice %q is not of days", slice.Chunk)
				continue
			}
			for ; !from.After(to); from = from.AddDate(0, 0, 1) {
				day := from.Format(time.DateOnly)
				if seen[day] {
					t.Errorf("got %s in two chunks", day)
				}
				seen[day] = true
			}
		}
	}
}

// spreadRanges are the ranges to hunt, in hours: everything, and a range that begins and ends among related events.
var spreadRanges = []struct{ from, to, least int }{{0, spreadDays * 24, 150}, {24, 72, 40}}

// parquetFolders writes a table as Parquet files, one folder for each partition, and returns their glob.
func parquetFolders(t *testing.T, p *schema.Layout, rows [][]any) string {
	t.Helper()
	db := sqltest.DuckDB(t)
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	var by []string
	for _, c := range p.PartitionedBy {
		by = append(by, sqltest.QuoteIdentifier(c.Name))
	}
	dir := t.TempDir()
	if err := db.Exec(t.Context(), "COPY trail TO "+sqltest.QuoteText(dir)+" (FORMAT parquet, PARTITION_BY ("+strings.Join(by, ", ")+"), OVERWRITE_OR_IGNORE)"); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, strings.Repeat("*/", len(by))+"*.parquet")
}

func TestDaysOnDuckDB(t *testing.T) {
	needsDuckDB(t)
	set := publicRules(t)
	trail := spread(t)
	for _, name := range []string{"cloudtrail/athena", "cloudtrail/athena-org"} {
		p := layoutOf(t, name)
		table := parquetFolders(t, p, trail.rows(p, sqltest.Row))
		e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{table: p}})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for span, r := range spreadRanges {
			if span == 0 && !testkit.Long() {
				continue // all days take longer
			}
			from, to := spreadRange(r.from, r.to)
			want := spreadFindings(t, span)
			got, ledger, outline := huntTables(t, set, e, from, to, lake.Table{Name: table, Layout: p})
			compareLines(t, got, want, r.least)
			checkDisjoint(t, outline)
			if n := overMidnight(got); n == 0 {
				t.Error("got no correlation over midnight")
			} else {
				t.Logf("%s: %d findings, %d over midnight; %d queries, %d rows", name, len(got), n, ledger.Lake.Queries, ledger.Lake.Rows)
			}
		}
	}
}
