package sqlgen

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/sqlgen/sqlnumber"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// jsonNumber is a JSON number by the grammar of RFC 8259, section 6.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// equalsAny tells by exact arithmetic whether a text is a JSON number of one of some values.
func equalsAny(text string, values []string) bool {
	if strings.Contains(text, "\n") || !jsonNumber.MatchString(text) {
		return false
	}
	number, ok := new(big.Rat).SetString(text)
	return ok && slices.ContainsFunc(values, func(value string) bool {
		want, _ := new(big.Rat).SetString(value)
		return number.Cmp(want) == 0
	})
}

// spellings are texts that are a value, or nearly so.
func spellings(rng *rand.Rand, value string) []string {
	sign := ""
	if strings.HasPrefix(value, "-") {
		sign, value = "-", value[1:]
	}
	texts := []string{
		value, value + ".0", value + "e0", value + "E+00", value + "e-0", value + "0", value + "0e-1", "0" + value, "+" + value, " " + value,
		value + " ", value + "\n", value + ".", "." + value, value + "e", value + "e1", value + "e-1", value + "x", "0x" + value, value + "_0",
		value + "e999", value + "e-999", value + "e99999999999", value + ".0.0", value + "0000000000000001e-16",
	}
	whole, fraction, _ := strings.Cut(value, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	for range 6 { // the point moved, and the exponent with it
		shift := rng.IntN(len(digits)+4) + 1
		exponent := shift - len(fraction)
		padded := strings.Repeat("0", max(0, shift-len(digits)+1)) + digits
		text := padded[:len(padded)-shift] + "." + padded[len(padded)-shift:]
		texts = append(texts, fmt.Sprintf("%se%d", text, exponent), fmt.Sprintf("%se%d", text, exponent+1), text+"0", text+"00e"+fmt.Sprint(exponent))
	}
	// One digit beyond what a double tells apart.
	texts = append(texts, whole+"."+fraction+"0000000000000000000000001", whole+"."+fraction+"00000000000000000000000000")
	for i := range texts {
		texts[i] = sign + texts[i]
	}
	return append(texts, "-"+texts[0])
}

func TestEqualNumbersAreExactIntegration(t *testing.T) {
	sets := [][]string{
		{"4625"}, {"4624", "4625"}, {"80"}, {"0"}, {"-1"}, {"1.5"}, {"0.001"}, {"100", "10", "1"}, {"-0.25", "0", "7"}, {"9007199254740993"},
		{"9007199254740992", "9007199254740993", "3"}, {"9223372036854775807"}, {"-9223372036854775808"}, {"1234567890123456789"},
		{"123456789012345.12345678901234567"}, {"0.1", "0.2", "0.30000000000000004"}, {"10000000000000000000"},
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var many []string
	for range 250 {
		many = append(many, fmt.Sprint(rng.IntN(70000)))
	}
	sets = append(sets, many)
	texts := []string{"", "-", "e", "1e", "NaN", "Infinity", "-Infinity", "null", "true", "१", "1,000", "-0", "-0.0", "0e5", "-0e-3", "00", "0.0e99"}
	for _, values := range sets {
		for _, value := range values[:min(3, len(values))] {
			texts = append(texts, spellings(rng, value)...)
		}
	}
	onEngines(t, func(t *testing.T, engine sqltest.Engine, d *sqltree.Dialect) {
		loadTexts(t, engine, texts)
		query := &sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Name{"id"}}}, From: sqltree.Source{Table: []string{"texts"}}}
		for _, values := range sets {
			query.Columns = append(query.Columns, sqltree.Column{Of: sqltree.Fn("COALESCE", sqlnumber.Equals(d, sqltree.Name{"x"}, values), sqltree.Bool(false))})
		}
		_, rows, err := engine.Query(t.Context(), d.Print(query))
		if err != nil {
			t.Fatalf("%.2000s", err)
		}
		held := 0
		for _, row := range rows {
			text := texts[row[0].(int64)]
			for i, values := range sets {
				want := equalsAny(text, values)
				if want {
					held++
				}
				if row[i+1] != want {
					t.Errorf("%q is one of %.60v: SQL says %v, want %v", text, values, row[i+1], want)
				}
			}
		}
		if len(rows) != len(texts) || held < 200 {
			t.Errorf("%d rows of %d texts, %d pairs held", len(rows), len(texts), held)
		}
	})
}
