package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/term"
)

// extensions maps file name extensions to formats of findings.
var extensions = map[string]string{".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".html": "html", ".htm": "html", ".md": "markdown"}

// formatFor returns the format of results: the requested one, or else the one for the output's file name, or else
// the first, on a terminal the one for terminals. clash describes a conflict between the first two, "" if there is none. The flag wins, but a table named
// findings.json is usually a mistake.
func formatFor(formats []report.Format, asked, output string, terminal bool) (format report.Format, clash string, err error) {
	names := report.NamesOf(formats)
	meant := extensions[strings.ToLower(filepath.Ext(output))]
	if !slices.Contains(names, meant) {
		meant = ""
	}
	switch {
	case asked == "" && meant != "":
		asked = meant
	case asked == "":
		asked = names[0]
		if i := slices.IndexFunc(formats, func(f report.Format) bool { return f.Terminal }); i >= 0 && terminal && (output == "" || output == "-") {
			asked = names[i]
		}
	}
	if err := command.OneOf("format", asked, names); err != nil {
		return report.Format{}, "", err
	}
	format = formats[slices.Index(names, asked)]
	if extension := strings.ToLower(filepath.Ext(output)); meant != "" && meant != asked && extension != format.Extension {
		clash = fmt.Sprintf("%s gets the format %s, as --format says, not the %s of its name", output, asked, meant)
	}
	return format, clash, nil
}

// warn prints a warning.
func (a *app) warn(text string) {
	fmt.Fprintf(a.stderr, "%s: %s\n", a.paintErr(term.Warning, "warning"), diag.Safe(text))
}

// colors reports whether a stream gets colors.
func (a *app) colors(stream any) bool {
	if a.noColor {
		return false
	}
	return term.Colors(a.color, stream)
}

// paintErr colors a text for stderr.
func (a *app) paintErr(style, text string) string { return term.Paint(a.colors(a.stderr), style, text) }
