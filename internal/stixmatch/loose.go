package stixmatch

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/stix"
)

// Fold returns the same text for all texts that loose comparisons take for equal: each code point in lower case, and numbers by value.
func Fold(text string) string {
	if n := number(text); n != nil {
		return n.RatString()
	}
	return lower(text)
}

func lower(text string) string { return strings.Map(unicode.ToLower, text) }

// LooseText returns a value as text: numbers and booleans as they are written. Other values have none.
func LooseText(value any) (string, bool) {
	text, ok := looseText(value).(string)
	return text, ok
}

func looseText(value any) any {
	switch value := value.(type) {
	case json.Number:
		return value.String()
	case bool:
		return fmt.Sprint(value)
	}
	return value
}

// compareLoosely compares numbers by value, whether they are written as text or not, and other text without letter case. It reports false
// for literals that are neither, and for values that are no text.
func (l *literal) compareLoosely(value any) (order int, comparable bool) {
	switch l.kind {
	case stix.String, stix.Integer, stix.Float, stix.Boolean:
	case stix.Timestamp, stix.Hex, stix.Binary:
		return 0, false
	}
	text, ok := LooseText(value)
	if !ok {
		return 0, false
	}
	if a, b := number(text), number(l.text); a != nil && b != nil {
		return a.Cmp(b), true
	}
	return strings.Compare(lower(text), lower(l.text)), true
}

// number returns the value of a decimal number, nil for other text and for numbers that are too large to be compared.
func number(text string) *big.Rat {
	if text == "" || strings.Trim(text, "0123456789.-") != "" || strings.ContainsAny(text[1:], "-") || strings.HasPrefix(text, ".") || len(text) > maxNumberText {
		return nil
	}
	r, _ := new(big.Rat).SetString(text)
	return r
}
