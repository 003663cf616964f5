package sqltest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestBounds(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT day FROM t": "",
		"SELECT a FROM t WHERE day = 1 AND (b = 'x' OR lower(c) IN (d)) ORDER BY e":           "day and b or lower c in d = 1",
		`SELECT a FROM (SELECT b FROM t WHERE "Day" > 1) AS x LEFT JOIN y ON z = 1`:           "day > 1",
		"WITH a AS (SELECT b FROM t WHERE c = 1), d AS (SELECT day FROM a) SELECT day FROM d": "c = 1",
		"SELECT a FROM t WHERE b = 1 UNION ALL SELECT day FROM t":                             "b = 1",
		`SELECT a FROM t WHERE "where" = 1 AND 'day' = """x"`:                                 `where = 1 and "x`,
		"SELECT a FROM t WHERE x = 'it''s day' AND y":                                         "x = and y",
		"WHERE": "", "": "", ")": "", "'": "", `"`: "", "WHERE 'x": "", `WHERE "x`: "x", "WHERE )))) day (((": "",
	} {
		got := slices.DeleteFunc(slices.Sorted(maps.Keys(Bounds(sql))), func(name string) bool { return name == " " || name == "\n" })
		expected := strings.Fields(want)
		slices.Sort(expected)
		if !slices.Equal(got, slices.Compact(expected)) {
			t.Errorf("%q: found %q, expected %q", sql, got, expected)
		}
	}
}
