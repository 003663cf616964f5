package hunt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// Creators of tables choose how partition values are spelled. Whatever the spelling, a hunt must find the event of
// each day of its range, read no other day, and report where it follows the table rather than its layout.

// spelling describes a table with a partition for each day from 28 June to 12 July 2023.
type spelling struct {
	name, layout string
	// columns are the partition columns, with types as in schema files; of returns their values for a day.
	columns [][2]string
	of      func(day time.Time) []any
	// refused is "" if the hunt must find all events, otherwise part of the error with which it is refused.
	refused string
}

func text(layouts ...string) func(time.Time) []any {
	return func(day time.Time) []any {
		var list []any
		for _, layout := range layouts {
			list = append(list, day.Format(layout))
		}
		return list
	}
}

var spellings = []spelling{
	{"as in the layout", "cloudtrail/athena-partitioned", split("string"), text("2006", "01", "02"), ""},
	{"no zeros", "cloudtrail/athena-partitioned", split("string"), text("2006", "1", "2"), ""},
	{"no zeros in some", "cloudtrail/athena-partitioned", split("string"), func(day time.Time) []any {
		if day.Day()%2 == 0 {
			return text("2006", "1", "2")(day)
		}
		return text("2006", "01", "02")(day)
	}, ""},
	{"numbers", "cloudtrail/athena-partitioned", split("int"), func(day time.Time) []any {
		return []any{int64(day.Year()), int64(day.Month()), int64(day.Day())}
	}, ""},
	{"slashes", "cloudtrail/athena", one("string"), text("2006/01/02"), ""},
	{"hyphens", "cloudtrail/athena", one("string"), text("2006-01-02"), ""},
	{"no zeros in whole days", "cloudtrail/athena", one("string"), text("2006-1-2"), ""},
	{"digits", "cloudtrail/athena", one("string"), text("20060102"), ""},
	{"hours", "cloudtrail/athena", one("string"), func(day time.Time) []any { return []any{day.Format("2006-01-02") + "-10"} }, ""},
	{"a number", "cloudtrail/athena", one("bigint"), func(day time.Time) []any {
		return []any{int64(day.Year()*10000 + int(day.Month())*100 + day.Day())}
	}, ""},
	{"a date", "cloudtrail/athena", one("date"), func(day time.Time) []any { return []any{day} }, ""},
	{"months", "cloudtrail/athena", one("string"), text("2006-01"), ""},
	{"day first", "cloudtrail/athena", one("string"), text("02-01-2006"), "01-07-2023"},
	{"words", "cloudtrail/athena", one("string"), text("Jan_2"), "Jul 1"},
}

func split(typ string) [][2]string { return [][2]string{{"year", typ}, {"month", typ}, {"day", typ}} }

func one(typ string) [][2]string { return [][2]string{{"timestamp", typ}} }

// spelledDays returns the days of the tables.
func spelledDays() []time.Time {
	var days []time.Time
	for at := time.Date(2023, 6, 28, 0, 0, 0, 0, time.UTC); at.Day() != 13; at = at.AddDate(0, 0, 1) {
		days = append(days, at)
	}
	return days
}

// spelledTable returns the columns of a layout with other partition columns, and rows for them: one event at ten
// o'clock of each day.
func spelledTable(t *testing.T, s *spelling) (columns []schema.Column, by []schema.Column, rows [][]any) {
	t.Helper()
	p := layoutOf(t, s.layout)
	for _, c := range s.columns {
		typ, err := schema.ParseType(c[1])
		if err != nil {
			t.Fatal(err)
		}
		by = append(by, schema.Column{Name: c[0], Type: typ})
	}
	for _, day := range spelledDays() {
		at := day.Add(10 * time.Hour)
		row := sqltest.SyntheticRow(p, at, map[string]string{
			"eventVersion": "1.08", "eventID": day.Format("2006-01-02"), "eventTime": at.Format(time.RFC3339), "eventSource": "iam.amazonaws.com",
			"eventName": "DeleteUser", "userAgent": "tool",
		})
		rows = append(rows, append(row[:len(p.Columns)], s.of(day)...))
	}
	return slices.Concat(p.Columns, by), by, rows
}

const spelledRule = "title: Deletion\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection: {eventName: DeleteUser}\n  condition: selection\n"

// huntSpelled hunts from 3 July to 11 July in chunks of a day, and checks what is found.
func huntSpelled(t *testing.T, s *spelling, e engine.Engine, table string) {
	t.Helper()
	set, p := setOfRules(t, spelledRule), layoutOf(t, s.layout)
	from, to := time.Date(2023, 7, 3, 0, 0, 0, 0, time.UTC), time.Date(2023, 7, 11, 0, 0, 0, 0, time.UTC)
	number := slices.IndexFunc(spellings, func(o spelling) bool { return o.name == s.name })
	for i, opt := range []lake.Options{{Chunk: 24 * time.Hour, From: from, To: to}, {From: from, To: to}, {From: from}, {To: to}} {
		if i%2 != number%2 && !testkit.Long() {
			continue // two of the ranges for a table, the other two for the next
		}
		opt.Engine, opt.Tables, opt.Set, opt.AllTime = e, []lake.Table{{Name: table, Layout: p}}, set, true
		slice := opt.Chunk
		if slice == 0 && e.Info().Remote {
			slice = 24 * time.Hour
		}
		opt.Sizes = []lake.Size{{Chunk: slice}}
		l, err := lake.Open(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if e.Info().Remote && s.refused != "" && !opt.From.IsZero() && !opt.To.IsZero() {
			asked := opt
			asked.AllTime = false
			if _, err := lake.Open(t.Context(), asked); err == nil || !strings.Contains(err.Error(), s.refused) {
				t.Errorf("got error %v, want one with %s", err, s.refused)
			}
		}
		j, err := journal.Create(t.TempDir(), journal.Header{Created: time.Now(), Fingerprint: l.Fingerprint()})
		if err != nil {
			t.Fatal(err)
		}
		l.Use(j)
		list, ledger := spelledLines(t, hunt.Options{Set: set, Source: hunt.Tables(l), From: opt.From, To: opt.To})
		_ = j.Close()
		var want []string
		for _, day := range spelledDays() {
			if !day.Before(opt.From) && (opt.To.IsZero() || day.Before(opt.To)) {
				want = append(want, day.Format("2006-01-02"))
			}
		}
		if !slices.Equal(list, want) {
			t.Errorf("from %v to %v: got %q, want %q", opt.From, opt.To, list, want)
		}
		reported := slices.ContainsFunc(ledger.Notes, func(note string) bool { return strings.Contains(note, "are not readable as dates") })
		if reported != (s.refused != "") || ledger.Records.Duplicate > 0 {
			t.Errorf("got notes %q and %d duplicates", ledger.Notes, ledger.Records.Duplicate)
		}
	}
}

// spelledLines returns the ids of the events found, sorted, each as often as it was found.
func spelledLines(t *testing.T, opt hunt.Options) ([]string, *finding.Ledger) {
	t.Helper()
	opt.Threads = 1
	result, err := hunt.Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	var ids []string
	if _, err := result.Each(t.Context(), 0, nil, func(f *finding.Finding) error {
		ids = append(ids, f.EventIDs...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids, &result.Ledger
}

func TestSpellingsOnDuckDB(t *testing.T) {
	needsDuckDB(t)
	for i := range spellings {
		s := &spellings[i]
		t.Run(s.name, func(t *testing.T) {
			columns, by, rows := spelledTable(t, s)
			db := sqltest.DuckDB(t)
			name := fmt.Sprintf("spelled_%d", i)
			if err := db.Load(t.Context(), name, columns, rows); err != nil {
				t.Fatal(err)
			}
			folder := filepath.Join(t.TempDir(), "logs")
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, c := range by {
				names = append(names, sqltest.QuoteIdentifier(c.Name))
			}
			sql := "COPY " + name + " TO " + sqltest.QuoteText(folder) + " (FORMAT parquet, PARTITION_BY (" + strings.Join(names, ", ") + "), OVERWRITE_OR_IGNORE)"
			if err := db.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
			table := folder + "/**/*.parquet"
			e, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{table: layoutOf(t, s.layout)}})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			huntSpelled(t, s, e, table)
		})
	}
}

// TestSpellingsOnAthena hunts on a fake Athena endpoint: with partitions in the catalog and, if a Java date format can
// express the spelling, with partition projection.
func TestSpellingsOnAthena(t *testing.T) {
	needsDuckDB(t)
	for i := range spellings {
		s := &spellings[i]
		t.Run(s.name, func(t *testing.T) {
			columns, by, rows := spelledTable(t, s)
			db := sqltest.DuckDB(t)
			name := fmt.Sprintf("spelled_%d", i)
			if err := db.Load(t.Context(), name, columns, rows); err != nil {
				t.Fatal(err)
			}
			table := athenatest.Table{Database: "security", Name: name}
			for _, c := range by {
				table.PartitionKeys = append(table.PartitionKeys, athenatest.Column{Name: c.Name, Type: sqltest.HiveType(c.Type)})
			}
			for _, row := range rows {
				var parts []string
				for j, c := range by {
					value := fmt.Sprint(row[len(row)-len(by)+j])
					if at, ok := row[len(row)-len(by)+j].(time.Time); ok {
						value = at.Format(time.DateOnly)
					}
					parts = append(parts, c.Name+"="+strings.ReplaceAll(value, "/", "%2F"))
				}
				table.Partitions = append(table.Partitions, strings.Join(parts, "/"))
			}
			e := standIn(t, db, table, layoutOf(t, s.layout))
			huntSpelled(t, s, e, name)
			if format := map[string]string{"hyphens": "yyyy-MM-dd", "no zeros in whole days": "yyyy-M-d", "digits": "yyyyMMdd"}[s.name]; format != "" {
				table.Partitions = nil
				table.Parameters = map[string]string{"projection.enabled": "true", "projection.timestamp.type": "date", "projection.timestamp.format": format}
				huntSpelled(t, s, standIn(t, db, table, layoutOf(t, s.layout)), name)
			}
			if s.name == "no zeros" {
				table.Partitions = nil
				table.Parameters = map[string]string{
					"projection.enabled": "true", "projection.year.type": "integer", "projection.year.range": "2020,2030",
					"projection.month.type": "integer", "projection.month.range": "1,12", "projection.day.type": "enum", "projection.day.values": "1,2,3,4,5,10,31",
				}
				huntSpelled(t, s, standIn(t, db, table, layoutOf(t, s.layout)), name)
			}
		})
	}
}

// standIn opens the engine on an endpoint whose table has the columns of a layout and its own partition keys.
func standIn(t *testing.T, db sqltest.Engine, table athenatest.Table, p *schema.Layout) engine.Engine {
	t.Helper()
	own := *p
	own.PartitionedBy = nil
	_, e := onAthena(t, athenatest.Options{Backend: athenatest.SQL(db)}, table, &own, "duckdb")
	return e
}

// TestSpellingsInHiveIntegration hunts on a real server, in hive tables.
func TestSpellingsInHiveIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	e := trinoEngine(t)
	for i := range spellings {
		s := &spellings[i]
		t.Run(s.name, func(t *testing.T) {
			columns, by, rows := spelledTable(t, s)
			name := fmt.Sprintf("spelled_%d", i)
			if err := db.Load(t.Context(), name, columns, rows); err != nil {
				t.Fatal(err)
			}
			huntSpelled(t, s, e, inCatalog(t, db, "hive", name, "*", "format = 'PARQUET', "+partitionedBy(by)))
		})
	}
}
