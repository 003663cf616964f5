package athenatest

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// Text returns a cell as Athena writes it in results, and false for NULL. Strings are unchanged; numbers are written as
// Java does; times as 2006-01-02 15:04:05.000, with six fractional digits if needed, and without the time in a column
// of type date; arrays as [a, b]; rows and maps as {name=value}, sorted by name.
func Text(columnType string, cell any) (string, bool) {
	switch v := cell.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	case *big.Int:
		return v.String(), true
	case float64:
		return double(v), true
	case time.Time:
		if columnType == "date" {
			return v.UTC().Format(time.DateOnly), true
		}
		return timestamp(v.UTC()), true
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = inner(e)
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+"="+inner(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}", true
	case sqltest.Pairs:
		var parts []string
		for _, p := range v {
			parts = append(parts, p.Key+"="+inner(p.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}", true
	default:
		return fmt.Sprint(v), true
	}
}

// inner returns a value inside another value, where NULL is written as a word.
func inner(v any) string {
	text, ok := Text("", v)
	if !ok {
		return "null"
	}
	return text
}

func timestamp(at time.Time) string {
	if at.Nanosecond()%int(time.Millisecond) != 0 {
		return at.Format("2006-01-02 15:04:05.000000")
	}
	return at.Format("2006-01-02 15:04:05.000")
}

// double formats a number like Java's Double.toString: without an exponent from a thousandth to ten million, else with
// one, and always with a digit after the point.
func double(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if size := math.Abs(f); size == 0 || size >= 1e-3 && size < 1e7 {
		text := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	power, err := strconv.Atoi(exponent)
	if err != nil { // FormatFloat always writes a number here
		panic("egret bug: exponent " + exponent)
	}
	return mantissa + "E" + strconv.Itoa(power)
}

// typeOf returns the type of a result column with this value, "" for NULL. A midnight may be a date or a timestamp;
// engines of sqltest do not distinguish them, and it counts as a timestamp.
func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return ""
	case bool:
		return "boolean"
	case int64, int:
		return "bigint"
	case *big.Int:
		return "decimal"
	case float64:
		return "double"
	case time.Time:
		return "timestamp"
	case []any:
		return "array"
	case map[string]any:
		return "row"
	case sqltest.Pairs:
		return "map"
	default:
		return "varchar"
	}
}
