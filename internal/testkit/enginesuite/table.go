package enginesuite

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// cellColumns are the columns of the table of cells; n numbers its rows from 0.
var cellColumns = []schema.Column{
	{Name: "n", Type: schema.Type{Kind: schema.Integer}},
	{Name: "txt", Type: schema.Type{Kind: schema.Text}},
	{Name: "whole", Type: schema.Type{Kind: schema.Integer}},
	{Name: "dbl", Type: schema.Type{Kind: schema.Double}},
	{Name: "flag", Type: schema.Type{Kind: schema.Boolean}},
	{Name: "moment", Type: schema.Type{Kind: schema.Timestamp}},
}

// cellRows has one of each kind of cell that result readers are known to get wrong. Times are in whole milliseconds,
// which all engines store.
func cellRows() [][]any {
	at := time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC)
	return [][]any{
		{int64(0), nil, nil, nil, nil, nil},
		{int64(1), "", int64(0), 0.0, false, time.Unix(0, 0).UTC()},
		{int64(2), "plain", int64(math.MaxInt64), math.MaxFloat64, true, at},
		{int64(3), `"quoted", 'single' and \back\slash \n`, int64(math.MinInt64), -math.MaxFloat64, true, time.Date(1969, 12, 31, 23, 59, 59, 500e6, time.UTC)},
		{int64(4), "two\nlines\r\nand\ta tab, with a comma", int64(1<<53 + 1), 0.1, false, time.Date(2024, 2, 29, 23, 59, 59, 999e6, time.UTC)},
		{int64(5), "grüße 你好 \U0001F426 e\u0301 \u200b\u202e \ufeff", int64(-1), 1e-7, nil, at},
		{int64(6), "\x01\x02\x1b[31m\x7f", int64(42), 5e-324, true, nil},
		{int64(7), "NULL", nil, -0.25, nil, at},
		{int64(8), "null", int64(7), nil, false, time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)},
		{int64(9), "  spaces  ", int64(10), 123456789.125, true, time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)},
		{int64(10), `{"a":["b",null,1.50]}`, int64(11), 1e21, true, at},
		{int64(11), `""`, int64(12), 1e20, true, at},
		{int64(12), "a\n\"b\"\n,\n", int64(13), 1.0, true, at},
		{int64(13), strings.Repeat("0123456789", 2000), int64(14), 100.0, true, at},
	}
}

// digitColumns are the columns of a table of the ten digits, which statements join to get any number of rows.
var digitColumns = []schema.Column{{Name: "d", Type: schema.Type{Kind: schema.Integer}}}

func digitRows() [][]any {
	var rows [][]any
	for d := range 10 {
		rows = append(rows, []any{int64(d)})
	}
	return rows
}

// numbers returns a statement for the numbers below 10^places in order, each with a string.
func (s *suite) numbers(places int) string {
	var terms, sources []string
	for i := range places {
		alias := string(rune('a' + i))
		terms = append(terms, alias+".d * 1"+strings.Repeat("0", i))
		sources = append(sources, s.digits+" "+alias)
	}
	sum := strings.Join(terms, " + ")
	return "SELECT " + sum + " AS n, concat('row ', CAST(" + sum + " AS VARCHAR)) AS txt FROM " + strings.Join(sources, " CROSS JOIN ") + " ORDER BY n"
}

// slow returns a statement that would run for days before its first row.
func (s *suite) slow() string {
	var terms, sources []string
	for i := range 16 {
		alias := "t" + strconv.Itoa(i)
		terms = append(terms, alias+".d")
		sources = append(sources, s.digits+" "+alias)
	}
	return "SELECT count(*) AS n FROM " + strings.Join(sources, " CROSS JOIN ") + " WHERE (" + strings.Join(terms, " + ") + ") % 7 = 3"
}
