package pipeline

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// newReplacement returns a function that replaces the matches of an expression by a template as Python's re.sub does: \1 and
// \g<1> are groups by number, \g<name> by name, \0 to \0377 octal characters, and \n, \t and others control characters.
func newReplacement(re *regexp.Regexp, template string) (func(string) string, error) {
	if re == nil {
		return nil, nil
	}
	type piece struct {
		text  string
		group int // -1 for text
	}
	var pieces []piece
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			pieces = append(pieces, piece{text.String(), -1})
			text.Reset()
		}
	}
	group := func(number int) error {
		if number > re.NumSubexp() {
			return fmt.Errorf("the expression has no group %d", number)
		}
		flush()
		pieces = append(pieces, piece{group: number})
		return nil
	}
	for i := 0; i < len(template); i++ {
		if template[i] != '\\' {
			text.WriteByte(template[i])
			continue
		}
		i++
		if i == len(template) {
			return nil, fmt.Errorf("a backslash at the end")
		}
		switch c := template[i]; {
		case c == 'g':
			end := strings.IndexByte(template[i:], '>')
			if i+1 >= len(template) || template[i+1] != '<' || end < 0 {
				return nil, fmt.Errorf(`expected a group as in \g<1>`)
			}
			name := template[i+2 : i+end]
			number, err := strconv.Atoi(name)
			if err != nil || number < 0 {
				if number = re.SubexpIndex(name); number < 0 {
					return nil, fmt.Errorf("the expression has no group %q", name)
				}
			}
			if err := group(number); err != nil {
				return nil, err
			}
			i += end
		case c == '0':
			digits := octal(template[i:], 3)
			n, _ := strconv.ParseUint(digits, 8, 16)
			text.WriteRune(rune(n & 0xff))
			i += len(digits) - 1
		case c >= '1' && c <= '9':
			digits := template[i : i+1]
			if i+1 < len(template) && template[i+1] >= '0' && template[i+1] <= '9' {
				digits = template[i : i+2]
			}
			number, _ := strconv.Atoi(digits)
			if err := group(number); err != nil {
				return nil, err
			}
			i += len(digits) - 1
		case strings.IndexByte("ntrvfab\\", c) >= 0:
			text.WriteByte("\n\t\r\v\f\a\b\\"[strings.IndexByte("ntrvfab\\", c)])
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return nil, fmt.Errorf(`\%c has no meaning`, c)
		default:
			text.WriteByte('\\')
			text.WriteByte(c)
		}
	}
	flush()
	return func(s string) string {
		var out strings.Builder
		last := 0
		for _, match := range re.FindAllStringSubmatchIndex(s, -1) {
			out.WriteString(s[last:match[0]])
			for _, p := range pieces {
				if p.group < 0 {
					out.WriteString(p.text)
				} else if match[2*p.group] >= 0 {
					out.WriteString(s[match[2*p.group]:match[2*p.group+1]])
				}
			}
			last = match[1]
			if out.Len() > 2*maxText {
				break // the callers refuse texts of this size
			}
		}
		out.WriteString(s[last:])
		return out.String()
	}, nil
}

func octal(text string, most int) string {
	n := 0
	for n < len(text) && n < most && text[n] >= '0' && text[n] <= '7' {
		n++
	}
	return text[:n]
}
