package cli

import (
	"os"

	"golang.org/x/term"
)

// The values of --color. A mode that is asked for wins over NO_COLOR (no-color.org: what a user says on the command line
// overrides the variable).
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

var colorModes = []string{colorAuto, colorAlways, colorNever}

// colors tells whether a stream should get colours.
func (a *app) colors(stream any) bool {
	switch {
	case a.noColor || a.color == colorNever:
		return false
	case a.color == colorAlways:
		return true
	}
	return isTerminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// paintErr colours a text for stderr.
func (a *app) paintErr(sgr, text string) string {
	if a.colors(a.stderr) {
		return "\x1b[" + sgr + "m" + text + "\x1b[0m"
	}
	return text
}

// fileOf is the file behind a stream, nil where there is none.
func fileOf(stream any) *os.File {
	switch s := stream.(type) {
	case *os.File:
		return s
	case *screen:
		return s.file
	case *redacted:
		return fileOf(s.w)
	}
	return nil
}

// isTerminal tells whether a stream is a terminal.
func isTerminal(stream any) bool {
	file := fileOf(stream)
	return file != nil && term.IsTerminal(int(file.Fd()))
}

// width is the width of a terminal in columns, 0 where the stream is none.
func width(stream any) int {
	file := fileOf(stream)
	if file == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
