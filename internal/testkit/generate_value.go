package testkit

import (
	"math/rand/v2"
	"strings"
)

// The generators use one small vocabulary, so that random rules often match random events. It contains what engines
// disagree on: letters with a special lower case, characters with a meaning in SQL or patterns, numbers at the limit of
// 64 bits, and strings that look like numbers.

// atoms are the parts of random strings.
var atoms = []string{
	"a", "b", "c", "abc", "ABC", "aBc", "ab", "x", "run", "RUN", "1", "10", " ", " ", "-", "/", "–", "—", "-a", "/a", " -x", " /x",
	"k", "\u212A", "i", "I", "İ", "ı", "ß", "ẞ", "SS", "σ", "ς", "Σ", "s", "ſ", "é", "É", "e\u0301", "Ⅷ", "😀", "Ǆ", "\u00b5", "μ",
	"*", "?", `\`, `\\`, "%", "_", "'", `"`, "\n", "\t", "\x00", "\x7f", "\u2028", "\ufffd", "{", "}", "[", ".", "$", "%25", "%admins%",
}

// wholes are strings that are used unchanged.
var wholes = []string{
	"", "", "abc", "ABC", "abcabc", "root", "admin", "true", "True", "false", "null", "a*c", "a?c", "100%", "it's", `C:\Temp\x`, `a\b`,
	"0", "1", "1.0", "1e0", "01", "+1", " 1", "10", "-0", "2.5", "9223372036854775807", "9223372036854775808", "1e999999999",
	"192.0.2.1", "2001:DB8:0:0::1", "2024-12-30T23:59:59Z",
	"YWJj", "eGFiYw==", "eHhhYmM=", "YQBiAGMA", "//5hAGIAYwA=", "AGEAYgBj", "a\x00b\x00c\x00", "\x00a\x00b\x00c", "Ylt", `{"k":"abc"}`,
	`{"k": "abc"}`, `{"k":["x",1]}`, "cmd /x -a", "cmd –x —a", "-a -b", "/a /b", "--a",
}

// addresses and timestamps are for fields that usually have such values; some are invalid.
var (
	addresses = []string{
		"192.0.2.1", "192.0.2.77", "198.51.100.7", "::ffff:192.0.2.1", "2001:db8::1", "2001:DB8:0:0::1", "fe80::1%eth0", "192.0.2.1:80",
		"192.0.2", "0192.0.2.1", "::192.0.2.1", "192.0.2.0/24", "[2001:db8::1]",
	}
	timestamps = []string{
		"2024-12-30T23:59:59Z", "2025-01-01T00:30:00+01:00", "2021-01-01T12:05:00.5Z", "2024-12-31T12:30:00-00:30", "2027-01-03T23:05:09.123456789Z",
		"2024-02-30T00:00:00Z", "2024-12-30 23:59:59Z", "2024-12-30T23:59:59", "2024-12-30T3:59:59Z", "2024-12-30T23:59:59,5Z", "2025-01-01T00:10:00+14:30", "2024-12-31T23:05:00.25-23:59",
	}
)

// hot are the most frequent strings, so that two random strings are often equal or one contains the other.
var hot = []string{"abc", "ABC", "ab", "a", "", "k", "\u212A", "1", "10", "a*c", `a\b`, "-a", "root", "straße", "ΣΣς", "i", "İ", "192.0.2.1", "true"}

// numerals are JSON numbers as a log may write them.
var numerals = []string{
	"0", "-0", "0.0", "1", "1.0", "1e0", "10", "10.00", "1E+1", "-5", "2.5", "0.1", "100", "9223372036854775806", "9223372036854775807",
	"9223372036854775808", "-9223372036854775808", "9007199254740993", "1e400", "-1e400", "1e-400", "3", "23", "12", "2024", "53",
}

// ruleNumbers are numbers as a rule may write them: without exponents.
var ruleNumbers = []string{
	"0", "1", "1.0", "10", "-5", "2.5", "0.1", "100", "9223372036854775806", "9223372036854775807", "9223372036854775808",
	"-9223372036854775808", "9007199254740993", "3", "-0.0",
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// chance returns true once in n times.
func chance(rng *rand.Rand, n int) bool { return rng.IntN(n) == 0 }

// randomText returns a string of the vocabulary: a hot one, another whole one, or up to four atoms.
func randomText(rng *rand.Rand) string {
	switch n := rng.IntN(10); {
	case n < 5:
		return pick(rng, hot)
	case n < 8:
		return pick(rng, wholes)
	}
	var b strings.Builder
	for range 1 + rng.IntN(4) {
		b.WriteString(pick(rng, atoms))
	}
	return b.String()
}
