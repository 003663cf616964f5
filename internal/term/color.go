package term

import "os"

// The modes of color for --color. An explicit mode overrides NO_COLOR, as no-color.org asks of command-line options.
const (
	ColorAuto   = "auto"
	ColorAlways = "always"
	ColorNever  = "never"
)

// ColorModes lists the modes in the order of the help texts.
var ColorModes = []string{ColorAuto, ColorAlways, ColorNever}

// Colors reports whether a stream gets colors in a mode. Auto means that it is a terminal, NO_COLOR is not set and
// TERM is not dumb.
func Colors(mode string, stream any) bool {
	switch mode {
	case ColorNever:
		return false
	case ColorAlways:
		return true
	}
	return IsTerminal(stream) && os.Getenv("NO_COLOR") == "" && !IsDumb()
}

// IsDumb reports whether the process's terminal does not support control sequences.
func IsDumb() bool { return os.Getenv("TERM") == "dumb" }

// Styles of messages, as parameters of the terminal's SGR sequence.
const (
	Bold    = "1"
	Dim     = "2"
	Error   = "1;31"
	Warning = "1;33"
	Note    = "1;36"
	Help    = "1;32"
)

// Paint returns a text in a style, which is given as parameters of the SGR sequence, such as "1;31". It returns the
// text unchanged if color is false or the text is empty.
func Paint(color bool, style, text string) string {
	if !color || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}
