package term

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Count formats a number with commas between thousands.
func Count[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Plural formats a number with a regular English noun: "1 file", "2 files", "1,200 queries", "3 addresses".
func Plural[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && !strings.ContainsAny(stem[max(0, len(stem)-1):], "aeiou") {
		return Count(n) + " " + stem + "ies"
	}
	if strings.HasSuffix(noun, "s") {
		return Count(n) + " " + noun + "es"
	}
	return Count(n) + " " + noun + "s"
}

// Bytes formats a number of bytes in decimal units: "1 byte", "999 bytes", "1.5 kB", "2.0 PB".
func Bytes(n int64) string {
	if n < 1000 {
		return Plural(n, "byte")
	}
	size := float64(n)
	units := []string{"kB", "MB", "GB", "TB", "PB"}
	for i, unit := range units {
		size /= 1000
		if size < 1000 || i == len(units)-1 {
			return fmt.Sprintf("%.1f %s", size, unit)
		}
	}
	panic("egret bug: no unit for a number of bytes")
}

// Dollars formats a price: "$1.25", or "under $0.01" for a small price that would be rounded to zero.
func Dollars(dollars float64) string {
	if dollars > 0 && dollars < 0.01 {
		return "under $0.01"
	}
	return fmt.Sprintf("$%.2f", dollars)
}

// Clock formats a duration as minutes and seconds, or as hours, minutes and seconds: "0:05", "1:02:03".
func Clock(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
