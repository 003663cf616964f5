package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// needs returns a check that a document has a key.
func needs(key, help string) func(*reporter, *Document) {
	return func(r *reporter, d *Document) {
		if d.find(key) == nil {
			r.report(d.place(key), "the rule has no "+key).Help = help
		}
	}
}

// titleChecks are the checks of titles, descriptions, dates and the like.
func titleChecks() []*Check {
	return []*Check{
		{
			ID: "sigmahq-title-length", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_title_length"},
			Title: "a title is longer than 120 characters",
			Why:   "Titles are shown in tables and alerts, which cut long ones.",
			document: func(r *reporter, d *Document) {
				if n, most := utf8.RuneCountInString(d.Title), r.number("max_length", 120); n > most {
					r.report(d.place("title"), fmt.Sprintf("the title has %d characters, expected at most %d", n, most))
				}
			},
		},
		{
			ID: "sigmahq-title-start", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_title_start"},
			Title: "a title begins with Detect or Detects",
			Why:   "Every rule detects something; a title begins with what.",
			document: func(r *reporter, d *Document) {
				if word, _, found := strings.Cut(d.Title, " "); found && (word == "Detect" || word == "Detects") {
					r.report(d.place("title"), fmt.Sprintf("the title begins with %s", word)).Help = "begin with what is detected"
				}
			},
		},
		{
			ID: "sigmahq-title-end", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_title_end"},
			Title: "a title ends with a full stop",
			Why:   "A title is no sentence.",
			document: func(r *reporter, d *Document) {
				if !strings.HasSuffix(d.Title, ".") {
					return
				}
				out := r.report(d.place("title"), "the title ends with a full stop")
				if n := d.find("title"); n != nil {
					out.Fixes = replaceText(n, strings.TrimRight(n.Text, ". "))
				}
			},
		},
		{
			ID: "sigmahq-title-case", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_title_case"},
			Title:    "a word of a title begins with a small letter",
			Why:      "SigmaHQ writes titles in title case: all words but articles, conjunctions and prepositions begin with a capital.",
			document: titleCase,
		},
		{
			ID: "sigmahq-author-existence", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_author_existence"},
			Title: "a rule has no author", Why: "Who uses the rule may want to ask its author.",
			document: needs("author", "write author: and a name"),
		},
		{
			ID: "sigmahq-date-existence", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_date_existence"},
			Title: "a rule has no date", Why: "The age of a rule tells whether it was tried.",
			document: needs("date", "write date: and the day on which the rule was made"),
		},
		{
			ID: "sigmahq-description-existence", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_description_existence"},
			Title: "a rule has no description", Why: "Who looks at a finding needs to know what it means.",
			document: needs("description", "say what the rule detects and why it matters"),
		},
		{
			ID: "sigmahq-description-length", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_description_length"},
			Title: "a description is shorter than 16 characters", Why: "So short a text says no more than the title.",
			document: func(r *reporter, d *Document) {
				n := d.find("description")
				if n == nil {
					return
				}
				if length, least := utf8.RuneCountInString(n.Text), r.number("description_len", 16); length < least {
					r.report(d.place("description"), fmt.Sprintf("the description has %d characters, expected at least %d", length, least))
				}
			},
		},
		{
			ID: "sigmahq-link-in-description", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_link_in_description"},
			Title: "a description has a link, and the rule has no references", Why: "Tools show and follow the links in references.",
			document: func(r *reporter, d *Document) {
				if len(d.list("references")) > 0 {
					return
				}
				text := strings.ToLower(d.text("description"))
				for _, word := range r.words("word_list", []string{"http://", "https://", "internal research"}) {
					if strings.Contains(text, word) {
						r.report(d.place("description"), fmt.Sprintf("the description contains %q", word)).Help = "move it to references"
						return
					}
				}
			},
		},
		{
			ID: "sigmahq-level-existence", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_level_existence"},
			Title: "a rule has no level", Why: "Findings are sorted and filtered by level.",
			document: needs("level", "write level: informational, low, medium, high or critical"),
		},
		{
			ID: "sigmahq-status-existence", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_status_existence"},
			Title: "a rule has no status", Why: "The status says how far the rule was tried.",
			document: needs("status", "write status: experimental for a new rule"),
		},
		{
			ID: "sigmahq-status", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_status"},
			Title: "a rule is deprecated or unsupported", Why: "Such rules do not run; SigmaHQ keeps them in folders of their own.",
			document: func(r *reporter, d *Document) {
				if status := strings.ToLower(d.Status); status == "deprecated" || status == "unsupported" {
					r.report(d.place("status"), "the rule is "+status).Help = "move it to a folder that is not loaded"
				}
			},
		},
		{
			ID: "sigmahq-status-to-high", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_status_to_high"},
			Title: "a new rule has a status that only tried rules have", Why: "In SigmaHQ a rule is experimental for 60 days, or test if it comes with a log that it matches.",
			document: statusTooHigh,
		},
		{
			ID: "sigmahq-modified-without-date", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_modified_without_date"},
			Title: "a rule has modified but no date", Why: "A rule that was changed was made before.",
			document: func(r *reporter, d *Document) {
				if d.find("modified") != nil && d.find("date") == nil {
					r.report(d.place("modified"), "the rule has modified but no date")
				}
			},
		},
		{
			ID: "sigmahq-modified-date-order", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_modified_date_order"},
			Title: "a rule was modified before its date", Why: "One of the two dates is wrong.",
			document: func(r *reporter, d *Document) {
				if made, changed, ok := d.dates(); ok && changed.Before(made) {
					r.report(d.place("modified"), "modified is before date")
				}
			},
		},
		{
			ID: "sigmahq-redundant-modified", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_redundant_modified"},
			Title: "modified is the same day as date", Why: "A new rule has a date only.",
			document: func(r *reporter, d *Document) {
				made, changed, ok := d.dates()
				if !ok || !changed.Equal(made) {
					return
				}
				out := r.report(d.place("modified"), "modified is the same day as date")
				out.Help, out.Fixes = "remove modified", d.removed("modified")
			},
		},
		{
			ID: "sigmahq-fields-existence", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_fields_existence"},
			Title: "a rule has the key fields", Why: "SigmaHQ no longer uses it. In your own rules it may stay: findings show these fields.",
			document: func(r *reporter, d *Document) {
				if len(d.list("fields")) > 0 {
					r.report(d.place("fields"), "SigmaHQ's rules no longer have the key fields")
				}
			},
		},
		{
			ID: "sigmahq-unknown-field", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_unknown_field"},
			Title:   "a rule has a key that the specification does not define",
			Why:     "SigmaHQ allows no keys of one's own but regression_tests_path and simulation.",
			Differs: "egret allows its own key, egret, and the key action of rule collections.",
			document: func(r *reporter, d *Document) {
				for _, u := range d.custom() {
					if u.Key != "regression_tests_path" && u.Key != "simulation" && u.Key != "egret" {
						r.report(u.Span, fmt.Sprintf("key %q is not defined", u.Key))
					}
				}
			},
		},
		{
			ID: "custom-attributes", Level: Medium, Group: Core, PySigma: []string{"custom_attributes"},
			Title: "a key is a common misspelling of another", Why: "What stands below it is lost.",
			document: func(r *reporter, d *Document) {
				for _, u := range d.custom() {
					meant := "related"
					switch u.Key {
					case "reference":
						meant = "references"
					case "realted", "relatde", "relted", "rlated":
					default:
						continue
					}
					out := r.report(u.Span, fmt.Sprintf("key %q is not defined", u.Key))
					out.Help = "write " + meant
					if n := d.outline.Find(u.Key); d.outline.Find(meant) == nil && n != nil && len(n.Children) > 0 {
						out.Fixes = []diag.Fix{{Span: u.Span, Text: meant}}
					}
					return
				}
			},
		},
	}
}

// smallWords are the words that stay small in a title.
var smallWords = []string{
	"a", "an", "and", "as", "at", "by", "for", "from", "in", "new", "of", "on", "or", "over", "the", "through", "to", "via", "with",
	"without",
}

func titleCase(r *reporter, d *Document) {
	small := r.words("word_list", smallWords)
	for word := range strings.SplitSeq(d.Title, " ") {
		if !isLower(word) || slices.Contains(small, word) || strings.ContainsAny(word, "./_") {
			continue
		}
		first, size := utf8.DecodeRuneInString(word)
		if unicode.IsNumber(first) {
			continue
		}
		out := r.report(d.place("title"), fmt.Sprintf("the word %q begins with a small letter", word))
		out.Help = "write " + string(unicode.ToUpper(first)) + word[size:]
	}
}

// isLower reports whether a word has letters with case and all of them are small, as Python's islower does.
func isLower(word string) bool {
	lower := false
	for _, c := range word {
		if unicode.IsUpper(c) || unicode.IsTitle(c) {
			return false
		}
		lower = lower || unicode.IsLower(c)
	}
	return lower
}

var dateForm = lazyre.New(`^([1-3][0-9]{3})(?:-([01][0-9])-([0-3][0-9])|/([01]?[0-9])/([0-3]?[0-9]))$`)

// date returns the day that a key names, and false if it names none.
func (d *Document) day(key string) (time.Time, bool) {
	text := d.text(key)
	m := dateForm.FindStringSubmatch(text)
	if m == nil {
		t, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
		return t, err == nil && len(text) > len(time.DateOnly)
	}
	year, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2] + m[4])
	day, _ := strconv.Atoi(m[3] + m[5])
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == day && int(t.Month()) == month
}

// dates returns the days on which a rule was made and changed, and false if it lacks one of them.
func (d *Document) dates() (made, changed time.Time, ok bool) {
	made, ok1 := d.day("date")
	changed, ok2 := d.day("modified")
	return made, changed, ok1 && ok2
}

func statusTooHigh(r *reporter, d *Document) {
	made, ok := d.day("date")
	if !ok || r.run.Today.IsZero() {
		return
	}
	ranks := []string{"unsupported", "deprecated", "experimental", "test", "stable"}
	most, days := 2, r.number("min_days_for_nolog_rule", 60)
	if slices.ContainsFunc(d.custom(), func(u unknown) bool { return u.Key == "regression_tests_path" }) {
		most, days = 3, r.number("min_days_for_log_rule", 0)
	}
	today := r.run.Today.UTC().Truncate(24 * time.Hour)
	if slices.Index(ranks, strings.ToLower(d.Status)) > most && int(today.Sub(made).Hours()/24) <= days {
		r.report(d.place("status"), fmt.Sprintf("a rule made on %s cannot be %s yet", made.Format(time.DateOnly), d.Status)).Help =
			fmt.Sprintf("write status: %s until it is older than %d days", ranks[most], days)
	}
}

// removed returns the edit that removes a top-level key, nil if it cannot be done by lines.
func (d *Document) removed(key string) []diag.Fix {
	n := d.outline.Find(key)
	if n == nil {
		return nil
	}
	fix, ok := removeKey(n.KeySpan, n.Span)
	if !ok {
		return nil
	}
	return []diag.Fix{fix}
}
