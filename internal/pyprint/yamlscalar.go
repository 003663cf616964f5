package pyprint

import (
	"fmt"
	"regexp"
	"strings"
)

// analysis says in which styles YAML can write a text.
type analysis struct {
	empty, multiline         bool
	blockPlain, singleQuoted bool
}

const breaks = "\n\u0085\u2028\u2029"

func isBreak(r rune) bool { return strings.ContainsRune(breaks, r) }

func isBlankOrBreak(r rune) bool { return strings.ContainsRune("\x00 \t\r"+breaks, r) }

// analyze looks at a text as PyYAML's emitter does before it chooses a style.
func analyze(s string, allowUnicode bool) analysis {
	if s == "" {
		return analysis{empty: true, blockPlain: true, singleQuoted: true}
	}
	text := []rune(s)
	blockIndicator := strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...")
	var lineBreaks, special, edgeBlank, breakBlank, blankBreak, wasBlank, wasBreak bool
	afterBlank := true
	for i, r := range text {
		beforeBlank := i+1 >= len(text) || isBlankOrBreak(text[i+1])
		if isBlockIndicator(r, i, afterBlank, beforeBlank) {
			blockIndicator = true
		}
		if isBreak(r) {
			lineBreaks = true
		}
		if isSpecial(r, allowUnicode) {
			special = true
		}
		switch {
		case r == ' ':
			breakBlank = breakBlank || wasBreak
			wasBlank, wasBreak = true, false
		case isBreak(r):
			blankBreak = blankBreak || wasBlank
			wasBlank, wasBreak = false, true
		default:
			wasBlank, wasBreak = false, false
		}
		if (wasBlank || wasBreak) && (i == 0 || i == len(text)-1) {
			edgeBlank = true
		}
		afterBlank = isBlankOrBreak(r)
	}
	unquotable := blankBreak || special
	return analysis{
		multiline:    lineBreaks,
		blockPlain:   !edgeBlank && !breakBlank && !unquotable && !lineBreaks && !blockIndicator,
		singleQuoted: !breakBlank && !unquotable,
	}
}

// isBlockIndicator reports whether a character at index i would mean something else than text in a plain scalar.
func isBlockIndicator(r rune, i int, afterBlank, beforeBlank bool) bool {
	if i == 0 {
		return strings.ContainsRune("#,[]{}&*!|>'\"%@`", r) || strings.ContainsRune("?:-", r) && beforeBlank
	}
	return r == ':' && beforeBlank || r == '#' && afterBlank
}

// isSpecial reports whether a character needs an escape.
func isSpecial(r rune, allowUnicode bool) bool {
	if r == '\n' || r >= ' ' && r <= '~' {
		return false
	}
	printable := r == '\u0085' || r >= 0xa0 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd && r != 0xfeff || r >= 0x10000 && r < 0x10ffff
	return !printable || !allowUnicode
}

// The plain texts that YAML 1.1 reads as another type than text, as PyYAML's resolver has them.
var resolvers = []struct {
	first string
	re    *regexp.Regexp
}{
	{"yYnNtTfFoO", regexp.MustCompile(`^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$`)},
	{"-+0123456789.", regexp.MustCompile(`^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?` +
		`|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)},
	{"-+0123456789", regexp.MustCompile(`^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+` +
		`|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)},
	{"<", regexp.MustCompile(`^<<$`)},
	{"~nN", regexp.MustCompile(`^(?:~|null|Null|NULL)$`)},
	{"0123456789", regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?` +
		`:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?)$`)},
	{"=", regexp.MustCompile(`^=$`)},
	{"!&*", regexp.MustCompile(`^[!&*]$`)},
}

// resolvesToText reports whether YAML 1.1 reads the plain text as a text. The empty text would be null.
func resolvesToText(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range resolvers {
		if strings.IndexByte(r.first, s[0]) >= 0 && r.re.MatchString(s) {
			return false
		}
	}
	return true
}

func (w *yamlWriter) plain(text []rune, root, split bool) {
	if root {
		w.openEnded = true
	}
	if !w.whitespace {
		w.run([]rune{' '})
	}
	w.whitespace, w.indention = false, false
	start, blanks := 0, false
	for end := 0; end <= len(text); end++ {
		atEnd := end == len(text)
		switch {
		case blanks && (atEnd || text[end] != ' '):
			if start+1 == end && w.column > w.width && split {
				w.writeIndent()
				w.whitespace, w.indention = false, false
			} else {
				w.run(text[start:end])
			}
			start = end
		case !blanks && (atEnd || text[end] == ' '):
			w.run(text[start:end])
			start = end
		}
		blanks = !atEnd && text[end] == ' '
	}
}

func (w *yamlWriter) singleQuoted(text []rune, split bool) {
	w.indicator("'", true, false, false)
	start, blanks, lines := 0, false, false
	for end := 0; end <= len(text); end++ {
		atEnd := end == len(text)
		r := rune(-1)
		if !atEnd {
			r = text[end]
		}
		switch {
		case blanks:
			if r != ' ' {
				if start+1 == end && w.column > w.width && split && start != 0 && !atEnd {
					w.writeIndent()
				} else {
					w.run(text[start:end])
				}
				start = end
			}
		case lines:
			if atEnd || !isBreak(r) {
				w.breaks(text[start:end])
				start = end
			}
		case atEnd || r == ' ' || r == '\'' || isBreak(r):
			w.run(text[start:end])
			start = end
		}
		if r == '\'' {
			w.run([]rune("''"))
			start = end + 1
		}
		blanks, lines = r == ' ', !atEnd && isBreak(r)
	}
	w.indicator("'", false, false, false)
}

// breaks writes line breaks inside single quotes: the first one twice, since YAML folds a single one into a blank.
func (w *yamlWriter) breaks(text []rune) {
	if text[0] == '\n' {
		w.lineBreak("\n")
	}
	for _, r := range text {
		w.lineBreak(string(r))
	}
	w.writeIndent()
}

var yamlEscapes = map[rune]string{
	0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", '"': `"`, '\\': `\`,
	0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
}

func yamlEscape(r rune) string {
	if s, ok := yamlEscapes[r]; ok {
		return `\` + s
	}
	switch {
	case r <= 0xff:
		return fmt.Sprintf(`\x%02X`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04X`, r)
	}
	return fmt.Sprintf(`\U%08X`, r)
}

func (w *yamlWriter) doubleQuoted(text []rune, split bool) {
	w.indicator(`"`, true, false, false)
	start := 0
	for end := 0; end <= len(text); end++ {
		if end == len(text) || w.mustEscape(text[end]) {
			if start < end {
				w.run(text[start:end])
				start = end
			}
			if end < len(text) {
				w.run([]rune(yamlEscape(text[end])))
				start = end + 1
			}
		}
		if end > 0 && end < len(text)-1 && (text[end] == ' ' || start >= end) && w.column+(end-start) > w.width && split {
			if start < end {
				w.run(text[start:end])
				start = end
			}
			w.run([]rune{'\\'})
			w.writeIndent()
			w.whitespace, w.indention = false, false
			if text[start] == ' ' {
				w.run([]rune{'\\'})
			}
		}
	}
	w.indicator(`"`, false, false, false)
}

func (w *yamlWriter) mustEscape(r rune) bool {
	if strings.ContainsRune("\"\\\u0085\u2028\u2029\ufeff", r) {
		return true
	}
	return !(r >= ' ' && r <= '~' || w.o.Unicode && (r >= 0xa0 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd))
}
