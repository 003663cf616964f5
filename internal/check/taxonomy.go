package check

import (
	_ "embed"
	"strings"
	"sync"
)

// This file reads the tables of SigmaHQ's conventions: log sources and their fields, prefixes of file names, and fields that a
// category of Windows makes redundant.

//go:embed data/taxonomy.tsv
var taxonomyData string

//go:embed data/filenames.tsv
var filenameData string

//go:embed data/windows.tsv
var windowsData string

// columns returns the columns of each line of a table, padded to three.
func columns(data string) [][]string {
	var rows [][]string
	for line := range strings.Lines(data) {
		if line = strings.TrimRight(line, "\n"); line != "" && line[0] != '#' {
			rows = append(rows, append(strings.Split(line, "\t"), "", "")[:3])
		}
	}
	return rows
}

// A source lists the fields of a log source.
type logFields struct {
	// known has the names of fields, and folded their names in lower case. Both are empty if the taxonomy does not list them.
	known, folded map[string]string
	redundant     map[string]bool
}

var taxonomy = sync.OnceValue(func() map[string]*logFields {
	sources := map[string]*logFields{}
	for _, row := range columns(taxonomyData) {
		s := &logFields{known: map[string]string{}, folded: map[string]string{}, redundant: map[string]bool{}}
		for name := range strings.SplitSeq(row[1], ";") {
			if name != "" {
				s.known[name], s.folded[strings.ToLower(name)] = name, name
			}
		}
		for name := range strings.SplitSeq(row[2], ";") {
			if name != "" {
				s.redundant[name] = true
			}
		}
		sources[row[0]] = s
	}
	return sources
})

var filenamePrefixes = sync.OnceValue(func() map[string]string {
	prefixes := map[string]string{}
	for _, row := range columns(filenameData) {
		prefixes[row[0]] = row[1]
	}
	return prefixes
})

// A windowsCategory is a category of Windows.
type windowsCategory struct {
	// withoutID is set if the category implies the id of its events.
	withoutID bool
	providers []string
}

var windowsCategories = sync.OnceValue(func() map[string]windowsCategory {
	categories := map[string]windowsCategory{}
	for _, row := range columns(windowsData) {
		c := windowsCategory{withoutID: row[1] == "+"}
		if row[2] != "" {
			c.providers = strings.Split(row[2], ",")
		}
		categories[row[0]] = c
	}
	return categories
})

// sourceKey returns the key of a document's log source in the tables. Values are as written, since tools compare them exactly.
func (d *Document) sourceKey() string {
	return d.text("logsource", "product") + "|" + d.text("logsource", "category") + "|" + d.text("logsource", "service")
}
