package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// counting returns a file with a rule and a correlation that counts it.
func counting(correlation string) fstest.MapFS {
	return fstest.MapFS{"c.yml": {Data: []byte(`title: Base
name: base
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: GetObject}
  condition: selection
---
title: Many
correlation: {` + correlation + "}\n")}}
}

// flat returns text on one line.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// For random events, delivered as late as the layout allows, the chunks of random ranges return each event of the range
// once, and no two chunks read the same partition.
func TestChunksCoverEachEventOnce(t *testing.T)            { testChunks(t, sqltest.DuckDB(t)) }
func TestChunksCoverEachEventOnceIntegration(t *testing.T) { testChunks(t, sqltest.Trino(t)) }

func testChunks(t *testing.T, engine sqltest.Engine) {
	trail := layoutOf(t, "cloudtrail/athena")
	column := func(name string, kind schema.Kind, format string, late int) schema.Partition {
		return schema.Partition{Column: name, Type: kind, Format: format, LateDays: late}
	}
	layouts := map[string]*schema.Layout{
		"whole numbers":      partitioned(trail, column("p", schema.Integer, "yyyyMMdd", 2)),
		"dates":              partitioned(trail, column("p", schema.Date, "", 3)),
		"times of delivery":  partitioned(trail, column("p", schema.Timestamp, "", 1)),
		"hours":              partitioned(trail, column("p", schema.Text, "yyyy/MM/dd/HH", 1)),
		"numbered parts":     partitioned(trail, column("y", schema.Integer, "yyyy", 1), column("m", schema.Integer, "MM", 1), column("d", schema.Integer, "dd", 1)),
		"months":             partitioned(trail, column("p", schema.Text, "yyyy-MM", 2)),
		"months in two":      partitioned(trail, column("y", schema.Text, "yyyy", 1), column("m", schema.Text, "MM", 1)),
		"years":              partitioned(trail, column("y", schema.Text, "yyyy", 1)),
		"two columns":        partitioned(trail, column("p", schema.Text, "yyyyMM", 1), column("q", schema.Date, "", 1)),
		"delivery and time":  partitioned(trail, column("p", schema.Date, "", 2), column("q", schema.Timestamp, "", 0)),
		"does not sort":      partitioned(trail, column("p", schema.Text, "dd.MM.yyyy", 1)),
		"never late":         partitioned(trail, column("p", schema.Date, "", 0)),
		"not by time at all": partitioned(trail, column("p", schema.Text, "HH", 1)),
	}
	rounds := testkit.Rounds(2, 2, len(chunkedLengths))
	for _, s := range schema.All() {
		for _, p := range s.Layouts() {
			if engine.Dialect() == "trino" && p.Schema.Name != "cloudtrail" {
				rounds = 2 // queries are slow in Trino
				continue
			}
			if len(p.Columns) > 0 && p.Time != nil && len(p.PartitionedBy)+len(p.Partitions) > 0 {
				layouts[p.FullName()] = p
			}
		}
	}
	if len(layouts) < 20 {
		t.Errorf("got %d layouts, want at least 20", len(layouts))
	}
	for n, name := range slices.Sorted(maps.Keys(layouts)) {
		// Fewer rounds take other lengths for each layout.
		lengths := slices.Concat(chunkedLengths[n%len(chunkedLengths):], chunkedLengths[:n%len(chunkedLengths)])
		t.Run(name, func(t *testing.T) { testChunksOfLayout(t, engine, layouts[name], lengths[:rounds]) })
	}
}

// chunkedLengths are the lengths of ranges to divide.
var chunkedLengths = []time.Duration{3 * day, 250 * day, time.Hour, 30 * day, 100 * day, 400 * day}

func testChunksOfLayout(t *testing.T, engine sqltest.Engine, p *schema.Layout, lengths []time.Duration) {
	r := rand.New(rand.NewPCG(7, 11))
	var events []time.Time
	var rows [][]any
	seconds := map[int]bool{}
	for len(events) < 400 {
		second := r.IntN(500 * 86400)
		if r.IntN(8) == 0 {
			second -= second % 86400 // midnight
		}
		if seconds[second] {
			continue
		}
		seconds[second] = true
		e := at("2025-01-10T00:00:00Z").Add(time.Duration(second) * time.Second)
		_, late := sqlgen.Partitioned(p)
		delivered := e.Truncate(day).AddDate(0, 0, r.IntN(late+1)).Add(time.Duration(r.IntN(86400)) * time.Second)
		row := make([]any, len(sqltest.Columns(p)))
		for _, path := range p.Schema.Time {
			for _, place := range p.PathLocations(path) {
				if place.Time != nil {
					set(p, row, place, timeCell(*place.Time, e))
				} else if place.Type.Kind == schema.Text {
					set(p, row, place, timeCell(schema.TimeText, e))
				}
			}
		}
		for _, column := range p.Partitions {
			follows := delivered
			if column.LateDays == 0 {
				follows = e
			}
			set(p, row, schema.Location{Column: column.Column}, partitionCell(column, follows))
		}
		set(p, row, p.Time.Location, timeCell(p.Time.Format, e))
		if whole := slices.IndexFunc(p.Columns, func(c schema.Column) bool { return c.Name == "eventjson" }); whole >= 0 {
			row[whole] = fmt.Sprintf(`{"eventTime":%q}`, e.Format(time.RFC3339)) // the statement reads only this column
		}
		events, rows = append(events, e), append(rows, row)
	}
	if err := engine.Load(t.Context(), "chunked", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	unit, late := sqlgen.Partitioned(p)
	for _, length := range lengths { // in up to ten chunks
		from := at("2025-01-10T00:00:00Z").Add(time.Duration(r.Int64N(int64(500*day - length)))).Truncate(time.Second)
		opt := plan.Options{Dialect: sqlgen.DialectByName(engine.Dialect()), Table: "chunked", From: from, To: from.Add(length)}
		s := anything(t, p, opt)
		if s == nil {
			t.Skip("no field that every engine can compare")
		}
		step := max(length/time.Duration(1+r.IntN(10)), day)
		got, asked := map[int64]int{}, map[int64]int{}
		list := s.Chunks(step)
		for _, chunk := range list {
			take(t, engine, s, p.Schema, chunk, got)
			if unit != sqlgen.NoUnit {
				take(t, engine, s, p.Schema, plan.Chunk{PartitionFrom: chunk.PartitionFrom, PartitionTo: chunk.PartitionTo}, asked)
			}
		}
		for _, e := range events {
			want := 0
			if !e.Before(opt.From) && e.Before(opt.To) {
				want = 1
			}
			if n := got[e.Unix()]; n != want {
				t.Fatalf("event at %s: got %d chunks, want %d: %v", e, n, want, list)
			}
			if n := asked[e.Unix()]; n > 1 {
				t.Fatalf("event at %s: its partition is read %d times, want at most once: %v", e, n, list)
			}
			if unit == sqlgen.DayUnit && want == 0 && asked[e.Unix()] > 0 &&
				(e.Before(opt.From.AddDate(0, 0, -late-1)) || e.After(opt.To.AddDate(0, 0, late+1))) {
				t.Fatalf("event at %s: its partition is read although it is far outside of the range", e)
			}
		}
	}
}

// anything returns a statement for all events.
func anything(t *testing.T, p *schema.Layout, opt plan.Options) *plan.Statement {
	s := p.Schema
	for _, paths := range []schema.Paths{s.Action, s.Account, s.Address, s.Region, s.ID[0]} {
		for _, path := range paths {
			rule := fmt.Sprintf("title: All\nlogsource: {product: %q}\ndetection:\n  never: {%q: nobody writes this}\n  condition: not never\n", s.Products()[0], path.Text)
			built := plan.Build(loadOnly(t, fstest.MapFS{"r.yml": {Data: []byte(rule)}}), p, opt)
			if len(built.Statements) == 1 {
				return built.Statements[0]
			}
		}
	}
	return nil
}

// take counts the events that a statement returns, by the time of the row or event.
func take(t *testing.T, engine sqltest.Engine, s *plan.Statement, source *schema.Schema, chunk plan.Chunk, into map[int64]int) {
	t.Helper()
	_, rows, err := engine.Query(t.Context(), s.SQL(chunk))
	if err != nil {
		t.Fatalf("%v\n%s", err, s.SQL(chunk))
	}
	rebuild := plan.NewRebuilder(s.Columns)
	for _, row := range rows {
		at, ok := rebuild.Time(row)
		if !ok {
			event, err := rebuild.Append(nil, row)
			if err != nil {
				t.Fatal(err)
			}
			at = timeIn(t, source, string(event))
		}
		into[at.Unix()]++
	}
}

// timeIn returns the time in an event.
func timeIn(t *testing.T, source *schema.Schema, event string) time.Time {
	t.Helper()
	doc := parse(t, event)
	var walker value.Walker
	for _, path := range source.Time {
		if leaves := walker.Leaves(nil, doc, 0, &path); len(leaves) > 0 {
			if at, ok := value.ParseTime(leaves[0].Doc.AppendText(nil, leaves[0].Node)); ok {
				return at.UTC()
			}
		}
	}
	t.Fatalf("the event has no time: %s", event)
	return time.Time{}
}

// set sets a cell or a member of a struct in it. It creates missing structs.
func set(p *schema.Layout, row []any, place schema.Location, v any) {
	at := slices.IndexFunc(sqltest.Columns(p), func(c schema.Column) bool { return c.Name == place.Column })
	if len(place.Steps) == 0 {
		row[at] = v
		return
	}
	object, _ := row[at].(map[string]any)
	if object == nil {
		object = map[string]any{}
		row[at] = object
	}
	for _, step := range place.Steps[:len(place.Steps)-1] {
		inner, _ := object[step.Name].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
			object[step.Name] = inner
		}
		object = inner
	}
	object[place.Steps[len(place.Steps)-1].Name] = v
}

// timeCell returns the cell for the time of an event in a format.
func timeCell(format schema.TimeFormat, at time.Time) any {
	switch format {
	case schema.TimeType:
		return at
	case schema.EpochSecond:
		return at.Unix()
	case schema.EpochMilli:
		return at.UnixMilli()
	case schema.CommonLog:
		return at.Format("02/Jan/2006:15:04:05 -0700")
	case schema.TimeText:
	}
	return at.Format(time.RFC3339)
}

// partitionCell returns the cell of a partition column for a time.
func partitionCell(p schema.Partition, at time.Time) any {
	switch p.Type {
	case schema.Timestamp:
		return at
	case schema.Date:
		return at.Truncate(day)
	case schema.Integer:
		var number int64
		fmt.Sscan(strings.TrimLeft(at.Format(javaFormat.Replace(p.Format)), "0"), &number)
		return number
	}
	if p.Format == "" {
		return "else"
	}
	return at.Format(javaFormat.Replace(p.Format))
}

var javaFormat = strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02", "HH", "15")
