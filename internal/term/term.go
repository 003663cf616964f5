// Package term has the terminal output functions that commands share: terminal detection, width, colors, text width
// in columns, formatted counts and sizes, a progress line, and a screen that yields to a pager.
//
// The functions take and return text. The package knows nothing about rules, events or commands. It does not make
// untrusted text safe to print; diag.Safe does.
package term

import (
	"io"
	"os"

	xterm "golang.org/x/term"
)

// File returns the file of a stream, nil if there is none. It follows the Unwrap methods of writers.
func File(stream any) *os.File {
	for {
		switch s := stream.(type) {
		case *os.File:
			return s
		case interface{ Unwrap() io.Writer }:
			stream = s.Unwrap()
		default:
			return nil
		}
	}
}

// IsTerminal reports whether a stream, an io.Reader or io.Writer, is a terminal.
func IsTerminal(stream any) bool {
	file := File(stream)
	return file != nil && xterm.IsTerminal(int(file.Fd()))
}

// Columns returns the width of a terminal in columns, 0 if the stream is not a terminal.
func Columns(stream any) int {
	columns, _ := size(stream)
	return columns
}

// Rows returns the height of a terminal in lines, 0 if the stream is not a terminal.
func Rows(stream any) int {
	_, rows := size(stream)
	return rows
}

func size(stream any) (columns, rows int) {
	file := File(stream)
	if file == nil {
		return 0, 0
	}
	columns, rows, err := xterm.GetSize(int(file.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}
