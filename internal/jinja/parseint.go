package jinja

import (
	"math/big"
	"strings"
)

// parseInt reads a text as Python's int(text, base) does.
func parseInt(s string, base int) (*big.Int, bool) {
	s = strings.Trim(s, whiteSpace)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || len(digits) > 4300 || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return nil, false
	}
	prefix := strings.ToLower(digits[:min(2, len(digits))])
	want := map[int]string{2: "0b", 8: "0o", 16: "0x"}
	switch {
	case base == 0:
		for _, b := range []int{2, 8, 16} {
			if want[b] == prefix {
				base, digits = b, digits[2:]
				break
			}
		}
		if base == 0 {
			if strings.HasPrefix(digits, "0") && strings.Trim(digits, "0_") != "" {
				return nil, false
			}
			base = 10
		}
	case want[base] != "" && prefix == want[base]:
		digits = digits[2:]
	}
	if base < 2 || base > 36 {
		return nil, false
	}
	n, ok := new(big.Int).SetString(strings.ReplaceAll(digits, "_", ""), base)
	if ok && s[0] == '-' {
		n.Neg(n)
	}
	if strings.ContainsAny(digits, "+-") {
		return nil, false
	}
	return n, ok
}
