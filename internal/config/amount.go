package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Budget bounds what a hunt may read or cost; the zero value bounds nothing. One of the two is set at most.
type Budget struct {
	// Bytes is the most that may be read, as it is billed.
	Bytes int64
	// Dollars is the most that it may cost, in USD.
	Dollars float64
}

// byteUnits are decimal, as in price lists, where the unit does not say that it is binary.
var byteUnits = map[string]float64{
	"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "pb": 1e15,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "pib": 1 << 50,
}

// ParseBudget reads bytes or money: "200GB", "1.5 TiB", "5USD", "$5".
func ParseBudget(text string) (Budget, error) {
	if dollars, err := parseDollars(text, false); err == nil {
		return Budget{Dollars: dollars}, nil
	}
	number, unit := splitUnit(text)
	n, ok := positive(number)
	bytes := n * byteUnits[strings.ToLower(unit)]
	if !ok || bytes < 1 || bytes >= 1<<62 {
		return Budget{}, fmt.Errorf("%q is no budget", text)
	}
	return Budget{Bytes: int64(bytes)}, nil
}

// ParsePrice reads the price of a TB in USD: "5", "5USD", "$5.00".
func ParsePrice(text string) (float64, error) {
	dollars, err := parseDollars(text, true)
	if err != nil {
		return 0, fmt.Errorf("%q is no price", text)
	}
	return dollars, nil
}

// parseDollars reads an amount of USD; bare says that the number alone will do.
func parseDollars(text string, bare bool) (float64, error) {
	rest, sign := strings.CutPrefix(strings.TrimSpace(text), "$")
	number, unit := splitUnit(rest)
	n, ok := positive(number)
	named := strings.EqualFold(unit, "usd")
	if !ok || !named && unit != "" || !named && !sign && !bare || named && sign {
		return 0, fmt.Errorf("%q is no amount of money", text)
	}
	return n, nil
}

// positive reads a decimal number above 0, without exponents.
func positive(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && n > 0 && !math.IsInf(n, 0) && strings.Trim(text, "0123456789.") == ""
}

// splitUnit cuts letters off the end of a text.
func splitUnit(text string) (number, unit string) {
	text = strings.TrimSpace(text)
	number = strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return strings.TrimSpace(number), text[len(number):]
}

var durationUnits = map[string]time.Duration{
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// parseDuration reads whole numbers with units: "90s", "15m", "1h30m", "7d", "2w". It is always positive.
func parseDuration(text string) (time.Duration, error) {
	fault := fmt.Errorf("%q is no length of time", text)
	var total time.Duration
	for rest := text; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil || digits == len(rest) {
			return 0, fault
		}
		unit := durationUnits[rest[digits:digits+1]]
		if unit == 0 || n > int64((math.MaxInt64-total)/unit) {
			return 0, fault
		}
		total += time.Duration(n) * unit
		rest = rest[digits+1:]
	}
	if total == 0 {
		return 0, fault
	}
	return total, nil
}
