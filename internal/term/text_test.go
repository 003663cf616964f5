package term

import (
	"strings"
	"testing"
	"time"
)

func TestWidthCountsColumns(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "plain": 5, "\x1b[1;31mred\x1b[0m": 3, "a\x1b[2mb\x1b[0mc": 3,
		"日本": 4, "한글": 4, "ａ": 2, "é": 1, "e\u0301": 1, "→…×": 3, "🔥": 2, "\x1b[1m日\x1b[0m": 2,
	} {
		if got := Width(text); got != want {
			t.Errorf("Width(%q): got %d, want %d", text, got, want)
		}
	}
}

func TestPadFillsColumns(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{{"ab", 4, "ab  "}, {"日本", 5, "日本 "}, {"abc", 2, "abc"}, {"", 1, " "}} {
		if got := Pad(c.text, c.columns); got != c.want {
			t.Errorf("Pad(%q, %d): got %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

func TestHeadAndTailCutNoCharacterInTwo(t *testing.T) {
	for _, c := range []struct {
		text       string
		columns    int
		head, tail string
	}{
		{"abcdef", 3, "abc", "def"}, {"abc", 3, "abc", "abc"}, {"abc", 9, "abc", "abc"}, {"abc", 0, "", ""},
		{"日本語", 3, "日", "語"}, {"e\u0301x", 1, "e\u0301", "x"}, {"xe\u0301", 1, "x", "e\u0301"},
	} {
		if got := Head(c.text, c.columns); got != c.head {
			t.Errorf("Head(%q, %d): got %q, want %q", c.text, c.columns, got, c.head)
		}
		if got := Tail(c.text, c.columns); got != c.tail {
			t.Errorf("Tail(%q, %d): got %q, want %q", c.text, c.columns, got, c.tail)
		}
	}
}

func TestCountsAndPlurals(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1: "-1", -999: "-999", -1000: "-1,000"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d): got %q, want %q", n, got, want)
		}
	}
	for _, c := range []struct {
		n          int
		noun, want string
	}{
		{0, "rule", "0 rules"}, {1, "rule", "1 rule"}, {2, "rule", "2 rules"}, {1200, "rule", "1,200 rules"},
		{1, "query", "1 query"}, {2, "query", "2 queries"}, {2, "day", "2 days"},
	} {
		if got := Plural(c.n, c.noun); got != c.want {
			t.Errorf("Plural(%d, %q): got %q, want %q", c.n, c.noun, got, c.want)
		}
	}
}

func TestSizesPricesAndTimes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 1500: "1.5 kB", 2_500_000: "2.5 MB", 3e9: "3.0 GB", 4e12: "4.0 TB",
		5e15: "5.0 PB", 6e18: "6000.0 PB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d): got %q, want %q", n, got, want)
		}
	}
	for dollars, want := range map[float64]string{0: "$0.00", 0.001: "under $0.01", 0.01: "$0.01", 12.345: "$12.35"} {
		if got := Dollars(dollars); got != want {
			t.Errorf("Dollars(%v): got %q, want %q", dollars, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0:00", 59*time.Second + 600*time.Millisecond: "1:00", 61 * time.Second: "1:01", time.Hour + 2*time.Minute + 3*time.Second: "1:02:03",
	} {
		if got := Clock(d); got != want {
			t.Errorf("Clock(%v): got %q, want %q", d, got, want)
		}
	}
}

func TestColorsFollowModeAndEnvironment(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	var stream strings.Builder
	for mode, want := range map[string]bool{ColorAlways: true, ColorNever: false, ColorAuto: false} {
		if got := Colors(mode, &stream); got != want {
			t.Errorf("Colors(%q) of a stream that is not a terminal: got %v, want %v", mode, got, want)
		}
	}
	if got := Paint(true, Error, "x"); got != "\x1b[1;31mx\x1b[0m" {
		t.Errorf("Paint with color: got %q", got)
	}
	if got := Paint(false, Error, "x") + Paint(true, Error, ""); got != "x" {
		t.Errorf("Paint without color, and of an empty text: got %q, want %q", got, "x")
	}
}

func TestWrapBreaksBetweenPartsFirst(t *testing.T) {
	text := "one two  three four  \x1b[31mfive\x1b[0m"
	if got := Wrap("> ", "  ", text, 0); got != "> "+text {
		t.Errorf("without a width: got %q", got)
	}
	want := "> one two\n  three four\n  \x1b[31mfive\x1b[0m"
	if got := Wrap("> ", "  ", text, 13); got != want {
		t.Errorf("in 13 columns: got %q, want %q", got, want)
	}
	for line := range strings.SplitSeq(Wrap("> ", "  ", "日本語 日本語 日本語", 9), "\n") {
		if Width(line) > 9 {
			t.Errorf("line of %d columns: %q", Width(line), line)
		}
	}
}

func TestHangAndFoldIndentFurtherLines(t *testing.T) {
	if got, want := Hang("  name  ", "aa bb cc dd", 30), "  name  aa bb cc dd"; got != want {
		t.Errorf("Hang: got %q, want %q", got, want)
	}
	if got, want := Hang("  name  ", strings.Repeat("word ", 6), 29), "  name  word word word word\n        word word"; got != want {
		t.Errorf("Hang: got %q, want %q", got, want)
	}
	got := FoldShell(`  egret hunt 'a b' --from 2026-01-01`, 20, " \\\n      ")
	if want := "  egret hunt 'a b' \\\n      --from \\\n      2026-01-01"; got != want {
		t.Errorf("FoldShell: got %q, want %q", got, want)
	}
}
