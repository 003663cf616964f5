package schema_test

import (
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

func TestDateFormats(t *testing.T) {
	at := time.Date(2023, 7, 9, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		format, text, parts string
		sorted              bool
		// not lists strings that the format does not read.
		not []string
	}{
		{"yyyy/MM/dd", "2023/07/09", "yMd", true, []string{"2023-07-09", "2023/7/9", "2023/13/01", "2023/02/30", "2023/07/09/", ""}},
		{"yyyyMMdd", "20230709", "yMd", true, []string{"2023079", "202307091", "20230700"}},
		{"yyyy-M-d", "2023-7-9", "yMd", false, []string{"2023-07-09", "2023-7-09", "2023-7-32"}},
		{"yyyy-MM-dd'T'HH", "2023-07-09T05", "yMdH", true, []string{"2023-07-09T24", "2023-07-09 05"}},
		{"yyyy/M/d/H", "2023/7/9/5", "yMdH", false, []string{"2023/7/9/05"}},
		{"dd-MM-yyyy", "09-07-2023", "dMy", false, []string{"2023-07-09"}},
		{"yyyy-MM", "2023-07", "yM", true, []string{"2023-7"}},
		{"yyyy", "2023", "y", true, []string{"23", "02023", "-123"}},
		{"MM", "07", "M", true, []string{"7", "00", "13"}},
		{"M", "7", "M", false, []string{"07", "0", "13", "+7"}},
		{"d", "9", "d", false, []string{"09", "32", "0"}},
		{"'day 'd", "day 9", "d", false, []string{"9"}},
	} {
		f, err := schema.ParseDateFormat(c.format)
		if err != nil {
			t.Errorf("%s: %v", c.format, err)
			continue
		}
		if got := f.Write(at); got != c.text || !f.Reads(got) || f.Parts() != c.parts || f.Sorted() != c.sorted {
			t.Errorf("%s: %q, parts %s, sorted %t", c.format, got, f.Parts(), f.Sorted())
		}
		for _, text := range c.not {
			if f.Reads(text) {
				t.Errorf("%s reads %q", c.format, text)
			}
		}
	}
	for _, text := range []string{"", "/", "yy", "yyyy-mm", "yyyyMd", "dd dd", "yyyy'", "YYYY", "yyyy7", "MMM", "yyyy\n"} {
		if _, err := schema.ParseDateFormat(text); err == nil {
			t.Errorf("%q was accepted as a format", text)
		}
	}
}
