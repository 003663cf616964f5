package term

import (
	"regexp"
	"strings"
)

// Refill breaks a text with paragraphs and lists into lines of at most width columns. A line that begins with spaces
// is a list item. If two spaces separate its name from its description, continuation lines are indented to the
// description.
func Refill(text string, width int) string {
	var out []string
	start, words := "", ""
	flush := func() {
		if start != "" || words != "" {
			out = append(out, Hang(start, words, width))
		}
		start, words = "", ""
	}
	for line := range strings.SplitSeq(text, "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case strings.TrimSpace(line) == "":
			flush()
			out = append(out, "")
		case indent > 0 && start != "" && indent >= Width(start):
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

// itemName matches the name of a list item and the spaces after it.
var itemName = regexp.MustCompile(`^\S+(?: \S+)*  +`)

// Hang returns words after a prefix, in lines of at most width columns; continuation lines are indented by the width
// of the prefix.
func Hang(start, words string, width int) string {
	indent := Width(start)
	if width-indent < 20 {
		indent = min(indent, 8)
	}
	var b strings.Builder
	b.WriteString(start)
	used, fresh := Width(start), true
	for word := range strings.FieldsSeq(words) {
		length := Width(word)
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

// remark matches the comment after the command of an example: "egret hunt logs/     hunt with the embedded starter
// pack".
var remark = regexp.MustCompile(`^(\s*\S.*?)\s{3,}(\S.*)$`)

// FitExamples breaks shell commands into lines of at most width columns that can still be copied: comments move above
// the commands, and lines continue after a backslash.
func FitExamples(examples string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(examples) {
		line = strings.TrimRight(line, "\n")
		if Width(line) > width {
			if m := remark.FindStringSubmatch(line); m != nil {
				b.WriteString(Hang("  # ", m[2], width) + "\n")
				line = m[1]
			}
		}
		b.WriteString(FoldShell(line, width, " \\\n      ") + "\n")
	}
	return b.String()
}

// FoldShell breaks a shell command between words, never inside quotes. fold is inserted at each break: the end of a
// line, a line break, and the start of the next line.
func FoldShell(line string, width int, fold string) string {
	end, next, _ := strings.Cut(fold, "\n")
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var b strings.Builder
	b.WriteString(indent)
	used := len(indent)
	words := shellWords(line[len(indent):], width-len(next)-len(end))
	for i, word := range words {
		length := Width(word)
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

// shellWords splits a line at spaces outside quotes. A flag stays with its value if both fit into the width.
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
			if pair := words[i] + " " + words[i+1]; Width(pair) <= width {
				joined = append(joined, pair)
				i++
				continue
			}
		}
		joined = append(joined, words[i])
	}
	return joined
}
