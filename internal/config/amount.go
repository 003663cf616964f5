package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Budget limits what a hunt may read or cost. The zero value sets no limit. At most one of the two fields is set.
type Budget struct {
	// Bytes is the limit in bytes read, counted as the engine bills them.
	Bytes int64
	// Dollars is the limit in USD.
	Dollars float64
}

// BytesAt returns the budget in bytes, or 0 if there is none. It converts a budget in USD with the price of a TB (10^12 bytes).
func (b Budget) BytesAt(pricePerTB float64) int64 {
	if b.Dollars > 0 && pricePerTB > 0 {
		return max(1, int64(min(b.Dollars/pricePerTB*1e12, 1<<62)))
	}
	return b.Bytes
}

// byteUnits maps units to bytes. As in price lists, KB, MB and so on are decimal; KiB, MiB and so on are binary.
var byteUnits = map[string]float64{
	"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "pb": 1e15,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "pib": 1 << 50,
}

// ParseBudget reads an amount of bytes or money: "200GB", "1.5 TiB", "5USD", "$5".
func ParseBudget(text string) (Budget, error) {
	if dollars, err := parseDollars(text, false); err == nil {
		return Budget{Dollars: dollars}, nil
	}
	number, unit := splitUnit(text)
	n, ok := positive(number)
	bytes := n * byteUnits[strings.ToLower(unit)]
	if !ok || bytes < 1 || bytes >= 1<<62 {
		return Budget{}, fmt.Errorf("expected bytes or money, found %q", text)
	}
	return Budget{Bytes: int64(bytes)}, nil
}

// ParsePrice reads the price of a TB in USD: "5", "5USD", "$5.00".
func ParsePrice(text string) (float64, error) {
	dollars, err := parseDollars(text, true)
	if err != nil {
		return 0, fmt.Errorf("expected a price in USD, found %q", text)
	}
	return dollars, nil
}

// parseDollars reads an amount of USD. With bare it accepts a number without a currency.
func parseDollars(text string, bare bool) (float64, error) {
	rest, sign := strings.CutPrefix(strings.TrimSpace(text), "$")
	number, unit := splitUnit(rest)
	n, ok := positive(number)
	named := strings.EqualFold(unit, "usd")
	if !ok || !named && unit != "" || !named && !sign && !bare || named && sign {
		return 0, fmt.Errorf("expected an amount of money, found %q", text)
	}
	return n, nil
}

// positive reads a decimal number above 0 and rejects exponents.
func positive(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && n > 0 && !math.IsInf(n, 0) && strings.Trim(text, "0123456789.") == ""
}

// splitUnit splits a text into the number and the letters after it.
func splitUnit(text string) (number, unit string) {
	text = strings.TrimSpace(text)
	number = strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return strings.TrimSpace(number), text[len(number):]
}
