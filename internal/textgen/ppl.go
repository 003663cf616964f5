package textgen

import (
	"strings"
)

// pplSource puts the command that reads an index before the condition. The index is that of the rule's attributes, of the option
// custom_logsource, or the parts of the log source. Correlations need the word search, which a query alone only has with times.
var pplSource = &strategy{
	name: "ppl-source",
	help: "reads the index that the log source of a rule names, in the times of the options min_time and max_time (PPL)",
	finish: func(c *converter, query string) (string, error) {
		custom, _ := c.rule.Attributes["custom"].(map[string]any)
		setting := func(attribute, option string) string {
			if text, ok := custom[attribute].(string); ok && text != "" {
				return text
			}
			return c.options[option]
		}
		index := setting("opensearch_ppl_index", "custom_logsource")
		if index == "" {
			index = pplIndex(c)
		}
		times := ""
		if from := setting("opensearch_ppl_min_time", "min_time"); from != "" {
			times += "earliest=" + pplTime(from) + " "
		}
		if to := setting("opensearch_ppl_max_time", "max_time"); to != "" {
			times += "latest=" + pplTime(to) + " "
		}
		return "search " + times + "source=" + index + " | where " + query, nil
	},
	text: func(_ *converter, _ *Format, query string) (string, error) {
		if rest, ok := strings.CutPrefix(query, "search "); ok && strings.HasPrefix(rest, "source=") {
			return rest, nil
		}
		return query, nil
	},
}

// pplIndex returns the indexes that a log source names: product, category and service, joined by hyphens.
func pplIndex(c *converter) string {
	var parts []string
	for _, part := range []string{c.rule.LogSource.Product, c.rule.LogSource.Category, c.rule.LogSource.Service} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(append(parts, "*"), "-")
}

// pplTime writes a time: `now` and offsets as they are, other times in quotes.
func pplTime(text string) string {
	switch {
	case strings.EqualFold(text, "now"):
		return "now"
	case !strings.Contains(text, "@") && (text[0] == '-' || text[0] == '+'):
		return text
	case strings.Contains(text, "@"):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, "T", " "), "'", "''") + "'"
}
