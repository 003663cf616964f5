package story

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxArgument is the maximum length of a value in a command.
const maxArgument = 512

// command fills a template of the log source: {name} and the like stand for values of the log, which strangers choose. Each
// value becomes one argument of a POSIX shell. It returns "" if a value cannot be passed safely, so that no command is
// better than one that does something else.
func command(template string, values map[string]string) string {
	var out strings.Builder
	for i, word := range strings.Split(template, " ") {
		name, isValue := strings.CutPrefix(word, "{")
		name, closed := strings.CutSuffix(name, "}")
		if !isValue || !closed || strings.ContainsAny(name, "{}\"") {
			if i > 0 {
				out.WriteByte(' ')
			}
			out.WriteString(word)
			continue
		}
		value, known := values[name]
		if !known || !safeArgument(value) {
			return ""
		}
		switch {
		case i > 0 && strings.HasPrefix(value, "-"):
			out.WriteByte('=') // behind a space it would be read as an option
		case i > 0:
			out.WriteByte(' ')
		}
		out.WriteString(Quote(value))
	}
	return out.String()
}

// safeArgument reports whether a value can be passed to the AWS CLI as it is. The CLI reads files and addresses that a
// value names with a scheme, and takes a value that begins with a bracket for JSON.
func safeArgument(value string) bool {
	if value == "" || len(value) > maxArgument || !utf8.ValidString(value) || strings.HasSuffix(value, "…") {
		return false
	}
	if strings.ContainsRune("[{@", rune(value[0])) || strings.Contains(value, "://") {
		return false
	}
	for _, r := range value {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029 {
			return false
		}
	}
	return true
}

// Quote returns a text as one word of a POSIX shell.
func Quote(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@=+,-") == "" && text[0] != '=' {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// filled returns a template for people with its values.
func filled(template string, values map[string]string) string {
	var pairs []string
	for _, name := range []string{"name", "part", "key", "region", "account"} {
		if value, ok := values[name]; ok {
			pairs = append(pairs, "{"+name+"}", value)
		}
	}
	return strings.NewReplacer(pairs...).Replace(template)
}
