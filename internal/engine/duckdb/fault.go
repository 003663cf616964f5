//go:build duckdb && cgo

package duckdb

import (
	"errors"
	"strings"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// faultKinds classify DuckDB's errors by their beginning.
var faultKinds = []struct {
	prefix string
	kind   engine.Kind
}{
	{"Parser Error", engine.Invalid},
	{"Binder Error", engine.Invalid},
	{"Catalog Error", engine.Invalid},
	{"Syntax Error", engine.Invalid},
	{"Parameter Not Resolved Error", engine.Invalid},
	{"Not implemented Error", engine.Invalid},
	{"Conversion Error", engine.BadValue},
	{"Out of Range Error", engine.BadValue},
	{"Invalid Input Error", engine.BadValue},
	{"Mismatch Type Error", engine.BadValue},
	{"Permission Error", engine.Denied},
	{"Out of Memory Error", engine.OverLimit},
	{"INTERRUPT Error", engine.Cancelled},
}

// tooComplex are phrases in errors about statements that are too complex for DuckDB's parser or binder.
var tooComplex = []string{"memory exhausted at or near", "Max expression depth", "stack overflow", "recursion depth"}

var (
	missingTable   = lazyre.New(`^Catalog Error: Table with name (.+?) does not exist`)
	missingCatalog = lazyre.New(`^(?:Binder|Catalog) Error: (?:Catalog|Schema with name) (.+?) does not exist`)
	missingFile    = lazyre.New(`^IO Error: (?:No files found that match the pattern|Cannot open file|Could not open file) "(.+?)"`)
)

// maxFaultLength is how many bytes of an error's text are kept: it may repeat a value of the log.
const maxFaultLength = 2000

// fault converts DuckDB's message to an error.
func fault(query, message string) *engine.Error {
	// The position in the statement follows, and advice about locked settings.
	text, _, _ := strings.Cut(message, "\n\nLINE ")
	text, _, _ = strings.Cut(text, "\n\nPossible solutions:")
	text = strings.TrimSpace(strings.ReplaceAll(text, "\n", " "))
	if len(text) > maxFaultLength {
		text = strings.ToValidUTF8(text[:maxFaultLength], "") + "…"
	}
	e := &engine.Error{Engine: name, Query: query, Err: errors.New(text)}
	for _, k := range faultKinds {
		if strings.HasPrefix(text, k.prefix) {
			e.Kind = k.kind
			break
		}
	}
	for _, words := range tooComplex {
		if strings.Contains(text, words) && e.Kind == engine.Invalid {
			e.Kind = engine.TooComplex
		}
	}
	switch {
	case missingTable.MatchString(text):
		e.Kind, e.Thing = engine.Missing, "table "+missingTable.FindStringSubmatch(text)[1]
	case missingCatalog.MatchString(text):
		e.Kind, e.Thing = engine.Missing, "database "+strings.Trim(missingCatalog.FindStringSubmatch(text)[1], `"`)
	case missingFile.MatchString(text):
		e.Kind, e.Thing = engine.Missing, "file "+missingFile.FindStringSubmatch(text)[1]
	}
	if e.Kind == engine.OverLimit {
		e.Help = "give DuckDB more memory, or a folder for temporary files with more space"
	}
	if e.Kind == engine.Denied {
		e.Help = "statements may only read the files of their tables"
	}
	return e
}

// newError returns an error of the engine itself.
func newError(kind engine.Kind, thing, text string) *engine.Error {
	return &engine.Error{Kind: kind, Engine: name, Thing: thing, Err: errors.New(text)}
}

var errClosed = errors.New("the engine is closed")
