package cli

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// refill breaks a text of paragraphs and lists into lines of at most a width. A line that begins with spaces is an item of a
// list; where two spaces part its name from what is said of it, further lines are indented to there.
func refill(text string, width int) string {
	var out []string
	start, words := "", ""
	flush := func() {
		if start != "" || words != "" {
			out = append(out, hang(start, words, width))
		}
		start, words = "", ""
	}
	for line := range strings.SplitSeq(text, "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case strings.TrimSpace(line) == "":
			flush()
			out = append(out, "")
		case indent > 0 && start != "" && indent >= utf8.RuneCountInString(start):
			words += " " + line[indent:]
		case indent > 0:
			flush()
			start, words = line[:indent], line[indent:]
			if m := itemName.FindString(words); m != "" {
				start, words = start+m, words[len(m):]
			}
		case start != "":
			flush()
			words = line
		case words != "":
			words += " " + line
		default:
			words = line
		}
	}
	flush()
	return strings.Join(out, "\n")
}

// itemName is the name of an item of a list with the spaces behind it.
var itemName = regexp.MustCompile(`^\S+(?: \S+)*  +`)

// hang writes words behind a start, in lines of at most a width; further lines are indented by the start's width.
func hang(start, words string, width int) string {
	indent := utf8.RuneCountInString(start)
	if width-indent < 20 {
		indent = min(indent, 8)
	}
	var b strings.Builder
	b.WriteString(start)
	used, fresh := utf8.RuneCountInString(start), true
	for word := range strings.FieldsSeq(words) {
		length := utf8.RuneCountInString(word)
		switch {
		case fresh && used+length <= width || fresh && used <= indent:
		case !fresh && used+1+length <= width:
			b.WriteByte(' ')
			used++
		default:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = indent
		}
		b.WriteString(word)
		used, fresh = used+length, false
	}
	return strings.TrimRight(b.String(), " ")
}

// remark is the part of an example behind its command: "egret hunt logs/     hunt with the embedded starter pack".
var remark = regexp.MustCompile(`^(\s*\S.*?)\s{3,}(\S.*)$`)

// fitExamples fits command lines into a width, so that they can still be copied: remarks move above them, and lines are
// continued with a backslash.
func fitExamples(examples string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(examples) {
		line = strings.TrimRight(line, "\n")
		if utf8.RuneCountInString(line) > width {
			if m := remark.FindStringSubmatch(line); m != nil {
				b.WriteString(hang("  # ", m[2], width) + "\n")
				line = m[1]
			}
		}
		b.WriteString(foldShell(line, width, " \\\n      ") + "\n")
	}
	return b.String()
}

// foldShell breaks a command line before its words, not within quotes, by a text that ends the line and begins the next.
func foldShell(line string, width int, fold string) string {
	end, next, _ := strings.Cut(fold, "\n")
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var b strings.Builder
	b.WriteString(indent)
	used := len(indent)
	words := shellWords(line[len(indent):], width-len(next)-len(end))
	for i, word := range words {
		length := utf8.RuneCountInString(word)
		room := width
		if i < len(words)-1 {
			room -= len(end)
		}
		switch {
		case i == 0:
		case used+1+length <= room:
			b.WriteByte(' ')
			used++
		default:
			b.WriteString(end + "\n" + next)
			used = len(next)
		}
		b.WriteString(word)
		used += length
	}
	return b.String()
}

// shellWords splits a line at spaces that are not in quotes. A flag stays with its value where both fit into a width.
func shellWords(line string, width int) []string {
	var words []string
	var quote rune
	start := 0
	for i, c := range line {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ' ':
			words = append(words, line[start:i])
			start = i + 1
		}
	}
	words = append(words, line[start:])
	var joined []string
	for i := 0; i < len(words); i++ {
		if i+1 < len(words) && len(words[i]) > 1 && words[i][0] == '-' && words[i+1] != "|" && !strings.HasPrefix(words[i+1], "-") {
			if pair := words[i] + " " + words[i+1]; utf8.RuneCountInString(pair) <= width {
				joined = append(joined, pair)
				i++
				continue
			}
		}
		joined = append(joined, words[i])
	}
	return joined
}
