package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/egret-hunt/egret/internal/check"
)

// examples is where the examples of checks are, from the root of the repository.
const examples = "internal/check/testdata/example"

func writeChecks(args []string, _, stderr io.Writer) error {
	out, err := outFlag("checks", args, stderr)
	if err != nil {
		return err
	}
	pages, err := checkPages(examples)
	if err != nil {
		return err
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(out, name), []byte(page), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// checkPages returns the pages of all checks and their index, by file name.
func checkPages(folder string) (map[string]string, error) {
	pages := map[string]string{"README.md": checkIndex()}
	for _, c := range check.All() {
		archive, err := txtar.ParseFile(filepath.Join(folder, c.ID+".txtar"))
		if errors.Is(err, fs.ErrNotExist) {
			archive, err = &txtar.Archive{}, nil
		}
		if err != nil {
			return nil, err
		}
		pages[c.ID+".md"] = checkPage(c, archive)
	}
	return pages, nil
}

func checkPage(c *check.Check, archive *txtar.Archive) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n\n| level | group | validators of pySigma |\n|---|---|---|\n| `%s` | `%s` | %s |\n", c.ID, upper(c.Title), c.Level, c.Group,
		validatorNames(c))
	for _, side := range []struct{ folder, heading string }{{"avoid/", "Avoid"}, {"prefer/", "Prefer"}} {
		files := 0
		for _, f := range archive.Files {
			name, found := strings.CutPrefix(f.Name, side.folder)
			if !found {
				continue
			}
			if files == 0 {
				fmt.Fprintf(&b, "\n## %s\n", side.heading)
			}
			files++
			fmt.Fprintf(&b, "\n`%s`:\n\n```yaml\n%s```\n", name, f.Data)
		}
	}
	if len(archive.Files) == 0 {
		b.WriteString("\n## Avoid\n\nNo small rule shows this.\n")
	}
	fmt.Fprintf(&b, "\n## Why\n\n%s\n\n## Options\n\nIts level can be changed, and it can be switched off, as for [every check](../guide/check.md).\n", c.Why)
	if c.Differs != "" {
		fmt.Fprintf(&b, "\n## Differences from pySigma\n\n%s\n", c.Differs)
	}
	b.WriteString("\n## Related\n\n[All checks](README.md)\n")
	return b.String()
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func validatorNames(c *check.Check) string {
	if len(c.PySigma) == 0 {
		return "none"
	}
	return "`" + strings.Join(c.PySigma, "`, `") + "`"
}

func checkIndex() string {
	var b strings.Builder
	b.WriteString("# Checks\n\n`egret check` runs these checks; see [checking rules](../guide/check.md). `make generate` writes this page and those of the checks.\n")
	for _, g := range check.Groups {
		if g.Name == check.Own {
			b.WriteString("\n## Own\n\nGroup `own`: [checks of your own and of plug-ins](../own-checks.md).\n")
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\nGroup `%s`: %s.\n\n| check | level | reports |\n|---|---|---|\n", upper(string(g.Name)), g.Name, g.About)
		for _, c := range check.All() {
			if c.Group == g.Name {
				fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", c.ID, c.ID, c.Level, c.Title)
			}
		}
	}
	b.WriteString(`
## Differences from pySigma's validators

Each validator of pySigma 1.5.1 and pySigma-validators-sigmahq 0.21.0 has a check. Where a validator judges by accident, egret judges by
what is meant:

| check | difference |
|---|---|
`)
	for _, c := range check.All() {
		if c.Differs != "" {
			fmt.Fprintf(&b, "| [%s](%s.md) | %s |\n", c.ID, c.ID, c.Differs)
		}
	}
	b.WriteString(`| [empty-values](empty-values.md) | pySigma accepts a field with an empty list, and its validators report side effects of it, such as ` + "`sigmahq_invalid_all_modifier`" + `; egret refuses the rule |
| [null-keyword](null-keyword.md), [null-with-modifier](null-with-modifier.md) | pySigma accepts null where a text is searched and leaves the value out; egret refuses the rule |
| [modifier-conflict](modifier-conflict.md) | pySigma applies contains after startswith, so that one of them has no effect, and accepts exists with all or a list; egret refuses the rule |
| [modifier-value](modifier-value.md) | pySigma encodes a single character with base64offset, which leaves nothing to search at some offsets, and searches bytes that are no text with wide and utf16 alone; egret refuses the rule |
| [nested-value](nested-value.md) | pySigma reads a list inside a list of a search identifier as alternatives; the specification's schema does not have it, so egret refuses the rule |
| [condition-letter-case](condition-letter-case.md) | pySigma takes THEM for a name, and reports that nothing has it; egret reads them and reports the letter case |

## Lints of rsigma

Each lint of rsigma that follows from the Sigma specification has a check. Its lints of array matching, ` + "`sigma-version`" + ` and alerting strategies
(` + "`ads_…`" + `) are about extensions of rsigma, whose keys are reported as unknown.

| lint | check |
|---|---|
`)
	for _, row := range lints {
		fmt.Fprintf(&b, "| `%s` | [%s](%s.md) |\n", row[0], row[1], row[1])
	}
	return b.String()
}

// lints maps lints of rsigma to checks.
var lints = [][2]string{
	{"all_with_re", "invalid-modifier-combinations"}, {"condition_references_unknown", "unknown-search"}, {"condition_value_not_numeric", "invalid-value"},
	{"deprecated_aggregation_syntax", "old-aggregation"}, {"deprecated_without_related", "deprecated-without-related"},
	{"description_too_long", "text-too-long"}, {"duplicate_fields", "duplicate-fields"}, {"duplicate_references", "duplicate-references"},
	{"duplicate_tags", "duplicate-tag"}, {"empty_correlation_rules", "missing-in-correlation"}, {"empty_detection", "empty-detection"},
	{"empty_title", "missing-title"}, {"empty_value_list", "empty-values"}, {"falsepositive_too_short", "short-entry"}, {"file_read_error", "unreadable-file"},
	{"filter_has_level", "filter-metadata"}, {"filter_has_status", "filter-metadata"}, {"gap_without_session", "correlation-key"},
	{"generate_not_boolean", "wrong-type"}, {"incompatible_modifiers", "modifier-conflict"}, {"invalid_condition_operator", "unknown-operator"},
	{"invalid_correlation_type", "unknown-correlation-type"}, {"invalid_date", "invalid-date"}, {"invalid_gap_format", "correlation-key"},
	{"invalid_id", "invalid-id"}, {"invalid_level", "unknown-level"}, {"invalid_modified", "invalid-date"}, {"invalid_related_id", "related-incomplete"},
	{"invalid_related_type", "unknown-relation"}, {"invalid_status", "unknown-status"}, {"invalid_tag", "tag-format"},
	{"invalid_timespan_format", "invalid-timespan"}, {"invalid_window_mode", "correlation-key"}, {"logsource_value_not_lowercase", "logsource-letter-case"},
	{"missing_author", "sigmahq-author-existence"}, {"missing_condition", "missing-condition"}, {"missing_condition_field", "missing-field"},
	{"missing_correlation", "not-a-rule"}, {"missing_correlation_condition", "missing-in-correlation"}, {"missing_correlation_rules", "missing-in-correlation"},
	{"missing_correlation_timespan", "missing-in-correlation"}, {"missing_correlation_type", "missing-in-correlation"},
	{"missing_description", "sigmahq-description-existence"}, {"missing_detection", "not-a-rule"}, {"missing_filter", "not-a-rule"},
	{"missing_filter_condition", "missing-condition"}, {"missing_filter_logsource", "missing-logsource"}, {"missing_filter_rules", "filter-without-rules"},
	{"missing_filter_selection", "empty-detection"}, {"missing_group_by", "sigmahq-correlation-group-by-existence"}, {"missing_level", "sigmahq-level-existence"},
	{"missing_logsource", "missing-logsource"}, {"missing_session_gap", "correlation-key"}, {"missing_title", "missing-title"},
	{"modified_before_date", "sigmahq-modified-date-order"}, {"name_too_long", "text-too-long"}, {"non_lowercase_key", "key-letter-case"},
	{"not_a_mapping", "not-a-rule"}, {"null_in_value_list", "null-in-list"}, {"related_missing_required", "related-incomplete"},
	{"schema_violation", "wrong-type"}, {"scope_too_short", "short-entry"}, {"single_value_all_modifier", "sigmahq-invalid-all-modifier"},
	{"taxonomy_too_long", "text-too-long"}, {"title_too_long", "text-too-long"}, {"unknown_key", "unknown-key"}, {"unknown_rule_reference", "unknown-rule"},
	{"unknown_tag_namespace", "tag-namespace"}, {"wildcard_only_value", "wildcard-only-value"}, {"yaml_parse_error", "yaml-syntax"},
}
