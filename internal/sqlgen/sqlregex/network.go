package sqlregex

import (
	"fmt"
	"net/netip"
	"strings"
)

// IPv4 matches the addresses of an IPv4 network, also in IPv4-mapped IPv6 form: five groups of zeros and one of ones
// first.
func IPv4(network netip.Prefix) string {
	address := network.Addr().As4()
	dotted := dottedText(address[:], network.Bits())
	groups := groupTexts(address[:], network.Bits())
	mapped := `(?:` + zeroGroups(4) + `)ffff:(?:` + dotted + `|` + groups[0].text + `:` + groups[1].text + `)`
	// After the ones, :: is possible only if it does not occur before them.
	var rest []string
	if groups[0].zero {
		rest = append(rest, `:`+groups[1].text)
	}
	if groups[1].zero {
		rest = append(rest, groups[0].text+`::`)
	}
	if groups[0].zero && groups[1].zero {
		rest = append(rest, `:`)
	}
	if len(rest) > 0 {
		mapped += `|` + repeated(`0{1,4}:`, 5, 5) + `ffff:(?:` + strings.Join(rest, `|`) + `)`
	}
	return dotted + `|` + mapped
}

// zeroGroups matches n+1 groups of zeros, each followed by a colon. :: may replace some of them: k groups come before
// it, the others after.
func zeroGroups(n int) string {
	const zero = `0{1,4}:`
	all := repeated(zero, n+1, n+1) + `|::` + repeated(zero, 0, n)
	for k := 1; k <= n; k++ {
		all += `|` + repeated(zero, k, k) + `:` + repeated(zero, 0, n-k)
	}
	return all
}

// IPv6 matches the addresses of an IPv6 network.
func IPv6(network netip.Prefix) string {
	address := network.Addr().As16()
	groups := groupTexts(address[:], network.Bits())
	last := `(?:` + groups[6].text + `:` + groups[7].text + `|` + dottedText(address[12:], network.Bits()-96) + `)`
	// first is the number of groups that every form contains before any ::.
	first := 0
	for first < 8 && !groups[first].zero {
		first++
	}
	first = min(first, 6)
	forms := []string{sequenceText(groups[first:6]) + last}
	for i := first; i < 8; i++ {
		// The :: comes after i groups and replaces at least one; the remaining groups number from least to most.
		nonzero := i
		for nonzero < 8 && groups[nonzero].zero {
			nonzero++
		}
		least, most := 8-nonzero, 7-i
		if least > most {
			continue
		}
		form := sequenceText(groups[first:i]) + `:`
		if i == 0 {
			form = `::`
		}
		forms = append(forms, form+groupsBehind(groups, last, least, most))
	}
	return sequenceText(groups[:first]) + `(?:` + strings.Join(forms, `|`) + `)`
}

// groupsBehind matches the last groups of an address, from least to most of them; last matches the last two groups.
func groupsBehind(groups []groupText, last string, least, most int) string {
	var forms []string
	if most >= 2 {
		must := 8 - max(least, 2)
		forms = append(forms, optionalText(groups[8-most:must])+sequenceText(groups[min(must, 6):6])+last)
	}
	if least <= 1 && most >= 1 {
		forms = append(forms, groups[7].text)
	}
	switch {
	case len(forms) == 0:
		return ``
	case least == 0:
		return `(?:` + strings.Join(forms, `|`) + `)?`
	default:
		return `(?:` + strings.Join(forms, `|`) + `)`
	}
}

// groupText matches a group of four hexadecimal digits whose leading zeros may be omitted. zero reports whether the
// group may be zero.
type groupText struct {
	text string
	zero bool
}

// sequenceText matches groups that are each followed by a colon.
func sequenceText(groups []groupText) string {
	all := ``
	for i := 0; i < len(groups); {
		n := 1
		for i+n < len(groups) && groups[i+n] == groups[i] {
			n++
		}
		all += repeated(groups[i].text+`:`, n, n)
		i += n
	}
	return all
}

// optionalText matches groups that are each followed by a colon; the first ones may be missing.
func optionalText(groups []groupText) string {
	all := ``
	for i := 0; i < len(groups); {
		n := 1
		for i == 0 && n < len(groups) && groups[n] == groups[0] {
			n++
		}
		if i == 0 {
			all = repeated(groups[0].text+`:`, 0, n)
		} else {
			all = repeated(all+groups[i].text+`:`, 0, 1)
		}
		i += n
	}
	return all
}

// repeated returns an expression repeated from least to most times.
func repeated(text string, least, most int) string {
	if most == 0 || least == 1 && most == 1 {
		return text[:most*len(text)]
	}
	if class := text[0] == '[' && strings.IndexByte(text, ']') == len(text)-1; !class && len(text) > 1 {
		text = `(?:` + text + `)`
	}
	switch {
	case least == 0 && most == 1:
		return text + `?`
	case least == most:
		return fmt.Sprintf(`%s{%d}`, text, least)
	default:
		return fmt.Sprintf(`%s{%d,%d}`, text, least, most)
	}
}

// groupTexts returns the groups of an address whose first bits are fixed.
func groupTexts(address []byte, bits int) []groupText {
	var groups []groupText
	for i := 0; i < len(address); i += 2 {
		digits := make([]string, 4)
		zeros := 0 // the number of leading digits that may all be zero
		for d := range 4 {
			value := int(address[i+d/2]>>(4-d%2*4)) & 15
			free := 1 << min(4, max(0, 4*(d+1)-(bits-8*i))) // the number of values of the digit
			digits[d] = hexDigits(value, value+free-1)
			if value == 0 && zeros == d {
				zeros++
			}
		}
		groups = append(groups, groupText{digitsText(digits, zeros), zeros == 4})
	}
	return groups
}

// digitsText matches the four digits of a group. Leading digits may be omitted, but never the last one.
func digitsText(digits []string, zeros int) string {
	same := 0
	for same < min(zeros, 3) && digits[same] == digits[0] {
		same++
	}
	if zeros == 4 && same == 3 && digits[3] == digits[0] {
		return repeated(digits[0], 1, 4)
	}
	text := repeated(digits[0], 0, same)
	for d, digit := range digits[same:] {
		if text += digit; same+d < min(zeros, 3) {
			text = repeated(text, 0, 1)
		}
	}
	return text
}

// hexDigits returns a class of hexadecimal digits.
func hexDigits(lo, hi int) string {
	switch {
	case lo == hi:
		return fmt.Sprintf(`%x`, lo)
	case hi < 10 || lo > 9:
		return fmt.Sprintf(`[%x-%x]`, lo, hi)
	default:
		return fmt.Sprintf(`[%x-9a-%x]`, lo, hi)
	}
}

// dottedText matches four numbers separated by dots, whose first bits are fixed.
func dottedText(address []byte, bits int) string {
	text := ``
	for i, b := range address {
		free := 1 << min(8, max(0, 8*(i+1)-bits)) // the number of values of the number
		if free == 256 {
			rest := len(address) - i
			if i == 0 {
				return repeated(anyNumber+`\.`, rest-1, rest-1) + anyNumber
			}
			return text + repeated(`\.`+anyNumber, rest, rest)
		}
		if i > 0 {
			text += `\.`
		}
		text += decimals(int(b), int(b)+free-1)
	}
	return text
}

// anyNumber matches the numbers from 0 to 255.
const anyNumber = `(?:25[0-5]|(?:2[0-4]|1[0-9]|[1-9])?[0-9])`

// decimals matches the numbers from lo to hi, at most 255, without leading zeros.
func decimals(lo, hi int) string {
	if lo == hi {
		return fmt.Sprint(lo)
	}
	var forms []string
	for lo <= hi {
		// Take the widest range from lo that one form can express: tens within a hundred, or ones within a ten.
		end := min(hi, lo/10*10+9)
		ten := ``
		if lo >= 10 {
			ten = fmt.Sprint(lo / 10)
		}
		if tens := (min(hi, lo/100*100+99) + 1) / 10; lo >= 10 && lo%10 == 0 && tens > lo/10+1 {
			end = tens*10 - 1
			ten = ten[:len(ten)-1] + fmt.Sprintf(`[%d-%d]`, lo/10%10, (tens-1)%10)
		}
		switch {
		case lo%10 == end%10:
			forms = append(forms, ten+fmt.Sprint(lo%10))
		default:
			forms = append(forms, ten+fmt.Sprintf(`[%d-%d]`, lo%10, end%10))
		}
		lo = end + 1
	}
	return `(?:` + strings.Join(forms, `|`) + `)`
}
