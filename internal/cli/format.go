package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/report"
)

// extensions are the formats of findings that the name of a file means.
var extensions = map[string]string{".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}

// formatFor is the format of findings: the one that is asked for, else the one that the name of the output means, else the
// first. The clash says that the two differ, "" if they do not: the flag wins, but a table named findings.json is seldom
// what was meant.
func formatFor(asked, output string) (format, clash string, err error) {
	meant := extensions[strings.ToLower(filepath.Ext(output))]
	switch {
	case asked == "" && meant != "":
		return meant, "", nil
	case asked == "":
		return report.Formats[0].Name, "", nil
	}
	if err := oneOf("format", asked, report.Names()); err != nil {
		return "", "", err
	}
	if meant != "" && meant != asked {
		clash = fmt.Sprintf("%s gets the format %s, as --format says, not the %s of its name", output, asked, meant)
	}
	return asked, clash, nil
}

// warn prints a warning.
func (a *app) warn(text string) {
	fmt.Fprintf(a.stderr, "%s: %s\n", a.paintErr("1;33", "warning"), diag.Safe(text))
}
