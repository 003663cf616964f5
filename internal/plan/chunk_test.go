package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

const day = 24 * time.Hour

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// partitioned returns a copy of a layout with other partitions.
func partitioned(p *schema.Layout, partitions ...schema.Partition) *schema.Layout {
	q := *p
	q.Partitions, q.PartitionedBy = nil, nil
	for _, column := range partitions {
		q.Partitions = append(q.Partitions, column)
		q.PartitionedBy = append(q.PartitionedBy, schema.Column{Name: column.Column, Type: schema.Type{Kind: column.Type}})
	}
	return &q
}

// Chunks are ranges of partition days, so that no day is read twice. The newest chunk includes the days of late records.
func TestChunksSplitByPartitionDays(t *testing.T) {
	trail := layoutOf(t, "cloudtrail/athena")
	text := func(format string, late int) *schema.Layout {
		return partitioned(trail, schema.Partition{Column: "p", Type: schema.Text, Format: format, LateDays: late})
	}
	for _, test := range []struct {
		name     string
		layout   *schema.Layout
		from, to string
		length   time.Duration
		want     []string
	}{
		{
			"three days", trail, "2026-02-06T00:00:00Z", "2026-02-09T00:00:00Z", day,
			[]string{"2026-02-08 to 2026-02-09", "2026-02-07", "2026-02-06"},
		},
		{
			"one day", trail, "2026-02-06T00:00:00Z", "2026-02-07T00:00:00Z", day,
			[]string{"2026-02-06 to 2026-02-07"},
		},
		{
			"24 hours", trail, "2026-02-06T13:00:00Z", "2026-02-07T13:00:00Z", time.Hour,
			[]string{"2026-02-07 to 2026-02-08", "2026-02-06"},
		},
		{
			"a week at a time", trail, "2026-02-01T00:00:00Z", "2026-02-11T00:00:00Z", 7 * day,
			[]string{"2026-02-08 to 2026-02-11", "2026-02-01 to 2026-02-07"},
		},
		{
			"filed up to four days late", text("yyyy-MM-dd", 4), "2026-02-06T00:00:00Z", "2026-02-08T00:00:00Z", 2 * day,
			[]string{"2026-02-10 to 2026-02-11", "2026-02-08 to 2026-02-09", "2026-02-06 to 2026-02-07"},
		},
		{
			"partitioned by the time itself", layoutOf(t, "cloudtrail/lake"), "2026-02-06T12:00:00Z", "2026-02-07T12:00:00Z", day,
			[]string{"2026-02-07", "2026-02-06"},
		},
		{
			"months", text("yyyy/MM", 1), "2025-12-30T00:00:00Z", "2026-02-28T23:00:00Z", day,
			[]string{"2026-02-01 to 2026-03-31", "2026-01-01 to 2026-01-31", "2025-12-01 to 2025-12-31"},
		},
		{
			"no partitions", partitioned(trail), "2026-02-06T13:00:00Z", "2026-02-08T00:00:00Z", day,
			[]string{"2026-02-07", "2026-02-06T13:00:00Z to 2026-02-07T00:00:00Z"},
		},
		{
			"no partitions, by hours", partitioned(trail), "2026-02-06T13:30:00Z", "2026-02-06T15:00:00Z", time.Hour,
			[]string{"2026-02-06T14:30:00Z to 2026-02-06T15:00:00Z", "2026-02-06T13:30:00Z to 2026-02-06T14:30:00Z"},
		},
		{
			// Its days are listed one by one, so that it is cut by partitions as well.
			"a format that does not sort", text("dd/MM/yyyy", 1), "2026-02-06T00:00:00Z", "2026-02-08T00:00:00Z", day,
			[]string{"2026-02-07 to 2026-02-08", "2026-02-06"},
		},
		{"no length", trail, "2026-02-06T00:00:00Z", "2026-02-09T00:00:00Z", 0, []string{"2026-02-06 to 2026-02-08"}},
		{"no beginning", trail, "", "2026-02-09T00:00:00Z", day, []string{"before 2026-02-09"}},
		{"no end", trail, "2026-02-06T00:00:00Z", "", day, []string{"from 2026-02-06"}},
		{"no bounds", trail, "", "", day, []string{"all time"}},
	} {
		var opt plan.Options
		if test.from != "" {
			opt.From = at(test.from)
		}
		if test.to != "" {
			opt.To = at(test.to)
		}
		s := plan.Build(rulesOf(t, selects("eventName: A")), test.layout, athena(opt)).Statements[0]
		var got []string
		keys := map[string]bool{}
		for _, chunk := range s.Chunks(test.length) {
			got = append(got, chunk.String())
			keys[chunk.Key()] = true
			if !chunk.PartitionFrom.IsZero() && (!chunk.From.Equal(opt.From) || !chunk.To.Equal(opt.To)) {
				t.Errorf("%s: a chunk by partitions has events from %s to %s, want the whole range", test.name, chunk.From, chunk.To)
			}
		}
		if !slices.Equal(got, test.want) || len(keys) != len(test.want) {
			t.Errorf("%s: got %q with %d keys, want %q", test.name, got, len(keys), test.want)
		}
	}
}

// Counts counts events near each other, so its chunks are ranges of event times.
func TestChunksOfCountsSplitByEventTime(t *testing.T) {
	opt := athena(plan.Options{From: at("2026-02-01T06:00:00Z"), To: at("2026-02-10T00:00:00Z"), CountFrom: 2})
	p := plan.Build(loadOnly(t, counting(`type: event_count, rules: [base], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 50}`)), layoutOf(t, "cloudtrail/athena"), opt)
	if len(p.Statements) != 1 || p.Statements[0].Kind != plan.Counts {
		t.Fatal("got no Counts statement")
	}
	if got := p.Statements[0].Label(); got != "counts for 1 correlation" {
		t.Errorf("label %q", got)
	}
	var got []string
	for _, chunk := range p.Statements[0].Chunks(7 * day) {
		got = append(got, chunk.String())
	}
	if want := []string{"2026-02-08 to 2026-02-09", "2026-02-01T06:00:00Z to 2026-02-08T00:00:00Z"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Lookup reads only the days of the wanted events, not the range of the hunt.
func TestLookupReadsDaysOfWantedEvents(t *testing.T) {
	opt := athena(plan.Options{From: at("2026-01-01T00:00:00Z"), To: at("2026-03-01T00:00:00Z")})
	p := plan.Build(rulesOf(t, selects("eventName: A")), layoutOf(t, "cloudtrail/athena"), opt)
	s := p.Lookup([]string{"one", "two"}, at("2026-02-06T13:00:00Z"), at("2026-02-07T14:00:00Z"))[0]
	list := s.Chunks(day)
	if len(list) != 2 || list[0].String() != "2026-02-07 to 2026-02-08" || list[1].String() != "2026-02-06" {
		t.Errorf("%v", list)
	}
	if got := s.Label(); got != "2 events by id" {
		t.Errorf("label %q", got)
	}
	if all := p.Lookup([]string{"one"}, time.Time{}, time.Time{})[0].Chunks(0)[0]; !all.From.Equal(opt.From) || !all.To.Equal(opt.To) {
		t.Errorf("without bounds: %v", all)
	}
}

// If year, month and day are separate columns, a chunk reads exactly its days and does not list the days of whole months and
// years.
func TestLongRangesDoNotListDays(t *testing.T) {
	p := layoutOf(t, "cloudtrail/athena-partitioned")
	s := plan.Build(rulesOf(t, selects("eventName: A")), p, plan.Options{Dialect: sqlgen.DialectByName("athena")}).Statements[0]
	where := s.Select(plan.Chunk{PartitionFrom: at("2024-11-30T00:00:00Z"), PartitionTo: at("2026-02-03T00:00:00Z")}).Where
	want := `("year" = '2024' AND "month" = '11' AND "day" IN ('30') OR "year" = '2024' AND "month" = '12' OR "year" = '2025'` +
		` OR "year" = '2026' AND "month" = '01' OR "year" = '2026' AND "month" = '02' AND "day" IN ('01', '02')) AND lower(eventname) = 'a'`
	if got := flat(sqlgen.DialectByName("athena").PrintExpr(where)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Statements have no conditions on partition columns that the table does not have.
func TestMissingPartitionColumnsAreNotUsed(t *testing.T) {
	p := layoutOf(t, "cloudtrail/athena-partitioned")
	var columns []string
	for _, c := range p.Columns {
		columns = append(columns, c.Name)
	}
	day := time.Date(2026, 2, 6, 0, 0, 0, 0, time.UTC)
	opt := athena(plan.Options{Columns: columns, From: day, To: day.AddDate(0, 0, 2)})
	for _, s := range plan.Build(rulesOf(t, selects("eventName: A")), p, opt).Statements {
		chunks := s.Chunks(24 * time.Hour)
		if len(chunks) != 2 {
			t.Errorf("got %d chunks of two days, want 2", len(chunks))
		}
		for _, chunk := range chunks {
			text := s.SQL(chunk)
			for _, by := range p.Partitions {
				if strings.Contains(text, `"`+by.Column+`"`) {
					t.Errorf("got a condition on missing column %s in\n%s", by.Column, text)
				}
			}
			if !strings.Contains(text, "eventtime") {
				t.Errorf("got no time range in\n%s", text)
			}
		}
	}
}

// Conditions on timestamps include fractions of the last second of a day.
func TestPartitionTimestampsIncludeFractions(t *testing.T) {
	opt := athena(plan.Options{From: at("2026-02-06T12:00:00Z"), To: at("2026-02-07T12:00:00Z")})
	s := plan.Build(rulesOf(t, selects("eventName: A")), layoutOf(t, "cloudtrail/security-lake-v2"), opt).Statements[0]
	for _, chunk := range []plan.Chunk{s.Chunks(day)[1], {From: at("2026-02-06T12:00:00Z"), To: at("2026-02-07T00:00:00Z")}} {
		if text := s.SQL(chunk); !strings.Contains(text, "time_dt < TIMESTAMP '2026-02-07 00:00:00'") || !strings.Contains(text, "time_dt >= TIMESTAMP '2026-02-06 00:00:00'") {
			t.Errorf("%s: %s", chunk, text)
		}
	}
}

// Prompt does not read the days of late events. A range that ends at midnight does not include the following day.
func TestPromptReadsOnlyDaysOfRange(t *testing.T) {
	for to, want := range map[string]string{
		"2026-02-07T00:00:00Z": "2026-02-06T00:00:00Z to 2026-02-07T00:00:00Z",
		"2026-02-07T00:00:01Z": "2026-02-06T00:00:00Z to 2026-02-08T00:00:00Z",
	} {
		opt := athena(plan.Options{From: at("2026-02-06T13:00:00Z"), To: at(to)})
		s := plan.Build(rulesOf(t, selects("eventName: A")), layoutOf(t, "cloudtrail/athena"), opt).Statements[0].Prompt()
		list := s.Chunks(day)
		if len(list) != 1 {
			t.Fatalf("%s: %v", to, list)
		}
		if got := list[0].PartitionFrom.Format(time.RFC3339) + " to " + list[0].PartitionTo.Format(time.RFC3339); got != want {
			t.Errorf("%s: got partitions %s, want %s", to, got, want)
		}
	}
}
