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

// partitioned is a profile with other partitions.
func partitioned(p *schema.Profile, partitions ...schema.Partition) *schema.Profile {
	q := *p
	q.Partitions, q.PartitionedBy = nil, nil
	for _, column := range partitions {
		q.Partitions = append(q.Partitions, column)
		q.PartitionedBy = append(q.PartitionedBy, schema.Column{Name: column.Column, Type: schema.Type{Kind: column.Type}})
	}
	return &q
}

// TestSlices: a slice asks for days of partitions, so that no day is read twice; late days go with the newest slice.
func TestSlices(t *testing.T) {
	trail := profileOf(t, "cloudtrail/athena")
	text := func(format string, late int) *schema.Profile {
		return partitioned(trail, schema.Partition{Column: "p", Type: schema.Text, Format: format, LateDays: late})
	}
	for _, test := range []struct {
		name     string
		profile  *schema.Profile
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
			"partitioned by the time itself", profileOf(t, "cloudtrail/lake"), "2026-02-06T12:00:00Z", "2026-02-07T12:00:00Z", day,
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
		s := plan.Build(rulesOf(t, selects("eventName: A")), test.profile, athena(opt)).Statements[0]
		var got []string
		keys := map[string]bool{}
		for _, slice := range s.Slices(test.length) {
			got = append(got, slice.String())
			keys[slice.Key()] = true
			if !slice.PartitionFrom.IsZero() && (!slice.From.Equal(opt.From) || !slice.To.Equal(opt.To)) {
				t.Errorf("%s: a slice by partitions asks for events from %s to %s", test.name, slice.From, slice.To)
			}
		}
		if !slices.Equal(got, test.want) || len(keys) != len(test.want) {
			t.Errorf("%s: %q with %d keys, want %q", test.name, got, len(keys), test.want)
		}
	}
}

// TestSlicesOfHits: these look around in time, so that they are cut by it.
func TestSlicesOfHits(t *testing.T) {
	opt := athena(plan.Options{From: at("2026-02-01T06:00:00Z"), To: at("2026-02-10T00:00:00Z"), CountFrom: 2})
	p := plan.Build(loadOnly(t, counting(`type: event_count, rules: [base], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 50}`)), profileOf(t, "cloudtrail/athena"), opt)
	if len(p.Statements) != 1 || p.Statements[0].Kind != plan.Hits {
		t.Fatal("no statement of hits")
	}
	if got := p.Statements[0].Label(); got != "counts for 1 correlation" {
		t.Errorf("label %q", got)
	}
	var got []string
	for _, slice := range p.Statements[0].Slices(7 * day) {
		got = append(got, slice.String())
	}
	if want := []string{"2026-02-08 to 2026-02-09", "2026-02-01T06:00:00Z to 2026-02-08T00:00:00Z"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestLookupReadsTheDaysOfTheWanted: not the whole hunt.
func TestLookupReadsTheDaysOfTheWanted(t *testing.T) {
	opt := athena(plan.Options{From: at("2026-01-01T00:00:00Z"), To: at("2026-03-01T00:00:00Z")})
	p := plan.Build(rulesOf(t, selects("eventName: A")), profileOf(t, "cloudtrail/athena"), opt)
	s := p.Lookup([]string{"one", "two"}, at("2026-02-06T13:00:00Z"), at("2026-02-07T14:00:00Z"))[0]
	list := s.Slices(day)
	if len(list) != 2 || list[0].String() != "2026-02-07 to 2026-02-08" || list[1].String() != "2026-02-06" {
		t.Errorf("%v", list)
	}
	if got := s.Label(); got != "2 events by id" {
		t.Errorf("label %q", got)
	}
	if all := p.Lookup([]string{"one"}, time.Time{}, time.Time{})[0].Slices(0)[0]; !all.From.Equal(opt.From) || !all.To.Equal(opt.To) {
		t.Errorf("without bounds: %v", all)
	}
}

// TestPartitionsOfLongRanges: where year, month and day have columns of their own, a slice asks for its days and no others,
// whole months and years without listing their days.
func TestPartitionsOfLongRanges(t *testing.T) {
	p := profileOf(t, "cloudtrail/athena-partitioned")
	s := plan.Build(rulesOf(t, selects("eventName: A")), p, plan.Options{Dialect: sqlgen.DialectByName("athena")}).Statements[0]
	where := s.Select(plan.Slice{PartitionFrom: at("2024-11-30T00:00:00Z"), PartitionTo: at("2026-02-03T00:00:00Z")}).Where
	want := `("year" = '2024' AND "month" = '11' AND "day" IN ('30') OR "year" = '2024' AND "month" = '12' OR "year" = '2025'` +
		` OR "year" = '2026' AND "month" = '01' OR "year" = '2026' AND "month" = '02' AND "day" IN ('01', '02')) AND lower(eventname) = 'a'`
	if got := flat(sqlgen.DialectByName("athena").PrintExpr(where)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestPartitionsThatTheTableLacks: a statement over them would not run; without them it reads more, which others see.
func TestPartitionsThatTheTableLacks(t *testing.T) {
	p := profileOf(t, "cloudtrail/athena-partitioned")
	var columns []string
	for _, c := range p.Columns {
		columns = append(columns, c.Name)
	}
	day := time.Date(2026, 2, 6, 0, 0, 0, 0, time.UTC)
	opt := athena(plan.Options{Columns: columns, From: day, To: day.AddDate(0, 0, 2)})
	for _, s := range plan.Build(rulesOf(t, selects("eventName: A")), p, opt).Statements {
		slices := s.Slices(24 * time.Hour)
		if len(slices) != 2 {
			t.Errorf("%d slices of two days", len(slices))
		}
		for _, slice := range slices {
			text := s.SQL(slice)
			for _, by := range p.Partitions {
				if strings.Contains(text, `"`+by.Column+`"`) {
					t.Errorf("%s is asked for in\n%s", by.Column, text)
				}
			}
			if !strings.Contains(text, "eventtime") {
				t.Errorf("no time range in\n%s", text)
			}
		}
	}
}

// TestPartitionsOfPointsInTime: the last second of a day has fractions.
func TestPartitionsOfPointsInTime(t *testing.T) {
	opt := athena(plan.Options{From: at("2026-02-06T12:00:00Z"), To: at("2026-02-07T12:00:00Z")})
	s := plan.Build(rulesOf(t, selects("eventName: A")), profileOf(t, "cloudtrail/security-lake-v2"), opt).Statements[0]
	for _, slice := range []plan.Slice{s.Slices(day)[1], {From: at("2026-02-06T12:00:00Z"), To: at("2026-02-07T00:00:00Z")}} {
		if text := s.SQL(slice); !strings.Contains(text, "time_dt < TIMESTAMP '2026-02-07 00:00:00'") || !strings.Contains(text, "time_dt >= TIMESTAMP '2026-02-06 00:00:00'") {
			t.Errorf("%s: %s", slice, text)
		}
	}
}
