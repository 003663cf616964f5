package cli_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile holds characters that act on terminals: C0 and C1 controls, marks of direction, breaks, annotations and tags.
const hostile = "a\x1b[2Jb\u009b31mc\u202ed\u2066e\u2029f\ufeffg\ufff9h\U000e0041i"

// acting finds such characters, written out here and not taken from the code under test.
func acting(text string) string {
	for _, r := range text {
		switch {
		case r < 0x20 && r != '\n', r >= 0x7f && r < 0xa0, r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e,
			r >= 0x2066 && r <= 0x2069, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f, r == utf8.RuneError:
			return string(r)
		}
	}
	return ""
}

// TestNothingActsOnTerminals: whatever logs, tables and rules hold, no output does anything to a terminal.
func TestNothingActsOnTerminals(t *testing.T) {
	evidenceFolder(t)
	quoted, _ := json.Marshal(hostile) // texts always marshal
	put(t, "logs/a.jsonl", strings.Replace(rootLogin, `"192.0.2.7"`, string(quoted), 1))
	put(t, "rules/r.yml", strings.Replace(rootLoginRule, "Root console login", string(quoted), 1)+"fields:\n  - "+string(quoted)+"\n")
	lines := [][]string{
		{"convert", "-t", "athena", "rules"}, {"convert", "-t", "athena", "rules", "--json"}, {"list", "rules", "--rules", "rules"},
		{"list", "rules", "--rules", "rules", "--format", "json"},
		{"explain", "rules/r.yml"}, {"explain", "rules/r.yml", "--event", "logs/a.jsonl"}, {"explain", "rules/r.yml", "--stage", "tree"},
		{"explain", "rules/r.yml", "--stage", "ir"}, {"explain", "rules/r.yml", "--stage", "match"}, {"explain", "rules/r.yml", "--stage", "sql"},
		{"hunt", "logs", "--rules", "rules", "--lake", hostile}, {"hunt", hostile}, {hostile}, {"hunt", "logs", "--" + "x" + hostile},
	}
	for _, format := range []string{"timeline", "story", "markdown", "table", "csv", "json", "jsonl"} {
		lines = append(lines, []string{"hunt", "logs", "--rules", "rules", "--format", format})
	}
	if hasDuckDB {
		sql := "SELECT '" + strings.ReplaceAll(hostile, "\x1b", "") + "' AS \"" + hostile[5:] + "\", {'k': '" + hostile[5:] + "'} AS s"
		r := inProcess("query", "start", "--engine", "duckdb", "--state", "state", sql)
		var started struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal([]byte(r.stdout), &started); err != nil || started.ID == "" {
			t.Fatalf("%+v", r)
		}
		for _, format := range []string{"json", "jsonl", "csv"} {
			lines = append(lines, []string{"query", "results", "--engine", "duckdb", "--state", "state", started.ID, "--format", format})
		}
		lines = append(lines, []string{"query", "status", "--engine", "duckdb", "--state", "state", started.ID},
			[]string{"query", "start", "--engine", "duckdb", "--state", "state", "SELECT " + hostile})
	}
	for _, args := range lines {
		r := inProcess(args...)
		if found := acting(r.stdout + r.stderr); found != "" {
			t.Errorf("%q: %q in\n%q\n%q", args, found, r.stdout, r.stderr)
		}
		if strings.Contains(strings.Join(args, " "), "json") {
			for line := range strings.Lines(r.stdout) {
				if args[len(args)-1] == "jsonl" && !json.Valid([]byte(line)) {
					t.Errorf("%q: no JSON: %q", args, line)
				}
			}
		}
	}
	inProcess("convert", "-t", "athena", "rules", "-o", "out/")
	names, _ := filepath.Glob("out/*") // the pattern is well-formed
	for _, name := range append(names, "out/manifest.json") {
		text := read(t, name)
		if found := acting(text + name); found != "" {
			t.Errorf("%s: %q in\n%q", name, found, text)
		}
	}
}

// TestNoCellIsAFormula: not at its beginning, nor behind a semicolon, at which sheets in much of Europe begin a new cell.
func TestNoCellIsAFormula(t *testing.T) {
	evidenceFolder(t)
	for _, value := range []string{"=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "a;=1", "a; =1", ";+1", "a;b;@x", "a;\t=1", `a;"=1`, "a;\r=1"} {
		quoted, _ := json.Marshal(value) // texts always marshal
		put(t, "logs/a.jsonl", strings.Replace(rootLogin, `"192.0.2.7"`, string(quoted), 1))
		texts := []string{inProcess("hunt", "logs", "--rules", "rules", "--format", "csv").stdout}
		if hasDuckDB {
			r := inProcess("query", "start", "--engine", "duckdb", "--state", "state", "SELECT 'x' AS a, '"+value+"' AS b")
			var started struct {
				ID string `json:"id"`
			}
			if err := json.Unmarshal([]byte(r.stdout), &started); err != nil {
				t.Fatalf("%+v", r)
			}
			texts = append(texts, inProcess("query", "results", "--engine", "duckdb", "--state", "state", started.ID, "--format", "csv").stdout)
		}
		for _, text := range texts {
			if cell := formulaIn(text); cell != "" || text == "" {
				t.Errorf("%q: cell %q in\n%s", value, cell, text)
			}
		}
	}
}

// formulaIn reads a sheet as one with semicolons and as one with commas or tabs, with and without quotes, and gives a cell
// that would be a formula.
func formulaIn(text string) string {
	for _, cell := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(";,\t\r\n", r) }) {
		bare := strings.TrimLeft(cell, ` "`)
		if bare != "" && strings.ContainsAny(bare[:1], "=+-@") {
			return cell
		}
	}
	return ""
}
