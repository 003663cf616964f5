package hunt_test

import (
	"bytes"
	"cmp"
	"context"
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

// The exercise took two hours. Here it takes six days: its events are cut into five parts in the order of time, and each is
// moved to have a midnight in its middle, so that what belongs together lies in two partitions. Of every seventh event the
// record is filed a day late.

const (
	spreadParts = 5
	spreadDays  = spreadParts + 1
)

// spreadTrail is the exercise on its days.
type spreadTrail struct {
	// docs are the events in the order of time, late the same with the time by which they are filed.
	docs, late []*value.Doc
	// file holds the events for a hunt in files.
	file string
}

var eventTimeMember = regexp.MustCompile(`"eventTime"\s*:\s*"[^"]*"`)

func spread(t *testing.T) *spreadTrail {
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
				t.Errorf("an event with other than one time: %.300s", r.Raw)
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
	s := &spreadTrail{file: filepath.Join(t.TempDir(), "trail.jsonl")}
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

// rows are those of a profile's table. Partitions are by the day on which a record is filed.
func (s *spreadTrail) rows(p *schema.Profile, rowOf func(*schema.Profile, *value.Doc) []any) [][]any {
	var rows [][]any
	for i, doc := range s.docs {
		row := rowOf(p, doc)
		rows = append(rows, append(row[:len(p.Columns):len(p.Columns)], rowOf(p, s.late[i])[len(p.Columns):]...))
	}
	return rows
}

// days is a range of the spread trail, in hours since its first midnight.
func spreadRange(from, to int) (time.Time, time.Time) {
	return theDay.Add(time.Duration(from) * time.Hour), theDay.Add(time.Duration(to) * time.Hour)
}

// recorded is an engine that remembers what was started.
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

// huntTables hunts in tables of a lake, a day at a time, after the guard has let it pass.
func huntTables(t *testing.T, set *ruleset.Set, e engine.Engine, from, to time.Time, tables ...lake.Table) ([]string, *finding.Ledger, *lake.Outline) {
	t.Helper()
	l, err := lake.Describe(t.Context(), lake.Options{
		Engine: e, Tables: tables, Set: set, Slice: 24 * time.Hour, From: from, To: to, Backoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	outline, err := l.Outline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, ledger := huntIn(t, set, l, from, to)
	return got, ledger, outline
}

// huntOnce hunts in tables of a lake with a single slice.
func huntOnce(t *testing.T, set *ruleset.Set, e engine.Engine, from, to time.Time, tables ...lake.Table) ([]string, *finding.Ledger) {
	t.Helper()
	l, err := lake.Describe(t.Context(), lake.Options{
		Engine: e, Tables: tables, Set: set, Slice: 1000 * 24 * time.Hour, From: from, To: to, Backoff: time.Millisecond,
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
	got, ledger := lines(t, hunt.Options{Set: set, Lake: l, From: from, To: to})
	if ledger.Lake.Left.Total+int64(len(ledger.Records.Failed.Reasons)) > 0 {
		t.Errorf("left %+v, failed %+v", ledger.Lake.Left, ledger.Records.Failed)
	}
	return got, ledger
}

// compareLines tells the differences of two lists of findings.
func compareLines(t *testing.T, got, want []string, least int) {
	t.Helper()
	if len(want) < least {
		t.Errorf("only %d findings to compare, expected %d at least", len(want), least)
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %.600s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("too many: %.600s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d findings, expected %d", len(got), len(want))
	}
}

// overMidnight counts the findings of correlations that begin on one day and end on another.
func overMidnight(got []string) int {
	n := 0
	for _, line := range got {
		if first, last := member(line, "first"), member(line, "last"); len(first) > 10 && len(last) > 10 && first[:10] != last[:10] {
			n++
		}
	}
	return n
}

// member is the text of a member of a line, "" without it.
func member(line, name string) string {
	_, rest, _ := strings.Cut(line, `"`+name+`":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// disjoint complains about partitions that two slices of one statement of rows read, by what the hunt says of them.
func disjoint(t *testing.T, o *lake.Outline) {
	t.Helper()
	for _, s := range o.Statements {
		if s.Kind != "rows" {
			continue
		}
		seen := map[string]bool{}
		for _, slice := range s.Slices {
			first, last, ok := strings.Cut(slice.Slice, " to ")
			if !ok {
				last = first
			}
			from, err := time.Parse(time.DateOnly, first)
			to, err2 := time.Parse(time.DateOnly, last)
			if err != nil || err2 != nil {
				t.Errorf("slice %q is not of days", slice.Slice)
				continue
			}
			for ; !from.After(to); from = from.AddDate(0, 0, 1) {
				day := from.Format(time.DateOnly)
				if seen[day] {
					t.Errorf("%s is in two slices", day)
				}
				seen[day] = true
			}
		}
	}
}

// spreadRanges are the ranges that are hunted, in hours: everything, and one that begins and ends within what belongs
// together.
var spreadRanges = []struct{ from, to, least int }{{0, spreadDays * 24, 150}, {24, 72, 40}}

// parquetFolders writes a table as a folder of Parquet files, one folder for each partition, and tells its glob.
func parquetFolders(t *testing.T, p *schema.Profile, rows [][]any) string {
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
	set := publicRules(t)
	trail := spread(t)
	for _, name := range []string{"cloudtrail/athena", "cloudtrail/athena-org"} {
		p := profileOf(t, name)
		table := parquetFolders(t, p, trail.rows(p, sqltest.Row))
		e, err := duckdb.Open(t.Context(), duckdb.Options{Tables: map[string]*schema.Profile{table: p}})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for _, r := range spreadRanges {
			from, to := spreadRange(r.from, r.to)
			want, _ := lines(t, hunt.Options{Set: set, Paths: []string{trail.file}, From: from, To: to})
			got, ledger, outline := huntTables(t, set, e, from, to, lake.Table{Name: table, Profile: p})
			compareLines(t, got, want, r.least)
			disjoint(t, outline)
			if n := overMidnight(got); n == 0 {
				t.Error("no correlation over midnight")
			} else {
				t.Logf("%s: %d findings, %d over midnight; %d queries, %d rows", name, len(got), n, ledger.Lake.Queries, ledger.Lake.Rows)
			}
		}
	}
}
