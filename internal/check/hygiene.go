package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// unknown is a key that the specification does not define.
type unknown = sigma.Unknown

// replaceText returns the edit that writes another text in place of a scalar, nil if the scalar does not stand in the file as it is.
func replaceText(n *sigma.Outline, text string) []diag.Fix {
	span := n.Span
	switch quoted := span.Text(); {
	case quoted == n.Text:
	case len(quoted) >= 2 && quoted[1:len(quoted)-1] == n.Text:
		span.Start, span.End = span.Start+1, span.End-1
	default:
		return nil
	}
	if text == "" {
		return nil
	}
	return []diag.Fix{{Span: span, Text: text}}
}

// eachText returns a check of each text of a list.
func eachText(key string, judge func(r *reporter, n *sigma.Outline)) func(*reporter, *Document) {
	return func(r *reporter, d *Document) {
		list := d.list(key)
		for i := range list {
			if list[i].Kind == sigma.TextNode {
				judge(r, &list[i])
			}
		}
	}
}

var (
	githubFile = lazyre.New(`^https://github\.com/.*\.\w{1,3}$`)
	commitPath = lazyre.New(`/[0-9a-z]{40}/`)
)

// hygieneChecks are the checks of references, false positives, ids, names of files, and of what several rules share.
func hygieneChecks() []*Check {
	return []*Check{
		{
			ID: "duplicate-references", Level: Medium, Group: Core, PySigma: []string{"duplicate_references"},
			Title: "a rule has a reference twice", Why: "The second one has no effect.", document: duplicateReferences,
		},
		{
			ID: "sigmahq-github-link", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_github_link"},
			Title: "a reference to a file on GitHub names a branch", Why: "The file may change or disappear; a link with a commit stays.",
			Differs: "The validator's pattern also fits hosts such as githubXcom, and endings with letters of other scripts or a line break.",
			document: eachText("references", func(r *reporter, n *sigma.Outline) {
				if githubFile.MatchString(n.Text) && !commitPath.MatchString(n.Text) {
					r.report(n.Span, "the link names a branch").Help = "press y on GitHub's page to get a link with the commit"
				}
			}),
		},
		{
			ID: "sigmahq-mitre-link", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_mitre_link"},
			Title: "a reference leads to a page of ATT&CK", Why: "A tag says the same, and tools can read it.",
			document: eachText("references", func(r *reporter, n *sigma.Outline) {
				if strings.HasPrefix(n.Text, "https://attack.mitre.org/") {
					r.report(n.Span, "the link leads to a page of ATT&CK").Help = "write a tag such as attack.t1053.003"
				}
			}),
		},
		{
			ID: "sigmahq-falsepositives-capital", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_falsepositives_capital"},
			Title: "an entry of falsepositives begins with a small letter", Why: "SigmaHQ begins each entry with a capital.",
			document: eachText("falsepositives", func(r *reporter, n *sigma.Outline) {
				first, size := utf8.DecodeRuneInString(n.Text)
				if size == 0 || unicode.ToUpper(first) == first && !unicode.IsLower(first) {
					return
				}
				out := r.report(n.Span, "the entry begins with a small letter")
				if unicode.ToUpper(first) != first {
					out.Fixes = replaceText(n, string(unicode.ToUpper(first))+n.Text[size:])
				}
			}),
		},
		{
			ID: "sigmahq-falsepositives-banned-word", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_falsepositives_banned_word"},
			Title: "an entry of falsepositives has a word that SigmaHQ does not allow", Why: "Words such as none and pentest tell an analyst nothing.",
			document: falsePositiveWords([]string{"none", "pentest", "penetration"}, "SigmaHQ does not allow the word %q"),
		},
		{
			ID: "sigmahq-falsepositives-typo-word", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_falsepositives_typo_word"},
			Title: "an entry of falsepositives has a common misspelling", Why: "Tools that count the usual entries miss it.",
			Differs:  "The validator has \"legitim\" with a blank behind it in its list, which no word can equal; egret finds the word.",
			document: falsePositiveWords([]string{"unkown", "ligitimate", "legitim", "legitimeate"}, "the word %q is misspelt"), //nolint:misspell // misspelt on purpose
		},
		{
			ID: "identifier-existence", Level: Medium, Group: Core, PySigma: []string{"identifier_existence"},
			Title: "a rule has no id", Why: "Levels, filters, correlations and findings refer to rules by id.",
			document: needs("id", "write id: and a random UUID"),
		},
		{
			ID: "identifier-uniqueness", Level: High, Group: Core, PySigma: []string{"identifier_uniqueness"},
			Title: "two rules have the same id", Why: "Whatever refers to the id may mean either rule.",
			Differs: "An id of an action: global document is shared on purpose and not reported. The validator also reads ids in braces, without dashes or with " +
				"urn:uuid: before them, and compares those; egret reports them as invalid-id.",
			set: unique("id", func(d *Document) string {
				if d.SharedID {
					return "" // the specification of rule collections lets a global document give one id to several rules
				}
				return strings.ToLower(d.ID)
			}, func(d *Document) source.Span { return d.place("id") }),
		},
		{
			ID: "duplicate-title", Level: High, Group: Core, PySigma: []string{"duplicate_title"},
			Title: "two rules have the same title", Why: "Findings show titles, so nobody can tell the rules apart.",
			set: unique("title", func(d *Document) string { return d.Title }, func(d *Document) source.Span { return d.place("title") }),
		},
		{
			ID: "duplicate-filename", Level: High, Group: Core, PySigma: []string{"duplicate_filename"},
			Title: "two files have the same name", Why: "Rules are copied to one folder by many tools, where one file replaces the other.",
			set: duplicateFilenames,
		},
		{
			ID: "filename-length", Level: High, Group: Core, PySigma: []string{"filename_length"},
			Title: "the name of a file has fewer than 10 or more than 90 characters", Why: "Names of files say what the rule is about, and fit every file system.",
			document: func(r *reporter, d *Document) {
				name := d.fileName()
				least, most := r.number("min_size", 10), r.number("max_size", 90)
				if n := utf8.RuneCountInString(name); d.file.Name != stdin && (n < least || n > most) {
					r.report(d.place("title"), fmt.Sprintf("the name %s has %d characters, expected %d to %d", name, n, least, most))
				}
			},
		},
		{
			ID: "sigmahq-filename-convention", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_filename_convention"},
			Title: "the name of a file does not follow SigmaHQ", Why: "Names have 10 to 90 small letters, digits and underscores, at least one underscore, and end in .yml.",
			document: func(r *reporter, d *Document) {
				if name := d.fileName(); d.file.Name != stdin && (!conventional.MatchString(name) || !strings.Contains(name, "_")) {
					r.report(d.place("title"), fmt.Sprintf("the name %s does not follow SigmaHQ", name)).Help = "write it like proc_creation_win_whoami.yml"
				}
			},
		},
		{
			ID: "sigmahq-filename-prefix", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_filename_prefix"},
			Title: "the name of a file does not begin as SigmaHQ demands for its log source", Why: "The prefix tells the log source.",
			kinds: rules, document: filenamePrefix,
		},
		{
			ID: "sigmahq-correlation-filename-prefix", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_correlation_filename_prefix"},
			Title: "the name of a file with a correlation does not begin with correlation_", Why: "The prefix tells correlations from other rules.",
			kinds: correlations,
			document: func(r *reporter, d *Document) {
				if d.file.Name != stdin && !strings.HasPrefix(d.fileName(), "correlation_") {
					r.report(d.place("title"), fmt.Sprintf("the name %s does not begin with correlation_", d.fileName()))
				}
			},
		},
	}
}

// stdin is the name of the standard input, which is no file name.
const stdin = "<stdin>"

var conventional = lazyre.New(`^[a-z0-9_]{10,90}\.yml`)

func falsePositiveWords(list []string, message string) func(*reporter, *Document) {
	return eachText("falsepositives", func(r *reporter, n *sigma.Outline) {
		for word := range strings.SplitSeq(n.Text, " ") {
			folded := strings.ToLower(strings.TrimSpace(word))
			for _, entry := range r.words("word_list", list) {
				if folded == strings.TrimSpace(entry) {
					r.report(n.Span, fmt.Sprintf(message, word))
				}
			}
		}
	})
}

func duplicateReferences(r *reporter, d *Document) {
	list := d.list("references")
	seen := map[string]int{}
	for i := range list {
		first, found := seen[list[i].Text]
		if !found {
			seen[list[i].Text] = i
			continue
		}
		if first < 0 {
			continue
		}
		seen[list[i].Text] = -1
		out := r.report(list[i].Span, fmt.Sprintf("the reference %q is listed twice", list[i].Text))
		out.Labels = []diag.Label{{Span: list[first].Span, Text: "the first one"}}
		out.Fixes = removeRepeated(list[i:], func(n *sigma.Outline) *sigma.Outline { return n },
			func(n *sigma.Outline) bool { return n.Text == list[i].Text })
	}
}

// unique returns a check that no two rules have the same property.
func unique(what string, property func(*Document) string, place func(*Document) source.Span) func(*setReporter, []*Document) {
	return func(r *setReporter, documents []*Document) {
		groups := map[string][]*Document{}
		for _, d := range documents {
			if r.sees(d) {
				groups[property(d)] = nil
			}
		}
		for _, d := range documents {
			p := property(d)
			if group, asked := groups[p]; asked && p != "" && d.kind&judged != 0 {
				groups[p] = append(group, d)
			}
		}
		for _, d := range documents { // in the order of the files
			if !r.sees(d) || d.kind&judged == 0 {
				continue
			}
			group := groups[property(d)]
			if len(group) < 2 {
				continue
			}
			out := r.report(d, place(d), fmt.Sprintf("%d rules have this %s", len(group), what))
			for _, other := range group {
				if other != d && len(out.Labels) < 3 {
					out.Labels = append(out.Labels, diag.Label{Span: place(other), Text: "another one"})
				}
			}
		}
	}
}

func duplicateFilenames(r *setReporter, documents []*Document) {
	paths := map[string][]string{}
	for _, d := range documents {
		if r.sees(d) {
			paths[d.fileName()] = nil
		}
	}
	for _, d := range documents {
		if same, asked := paths[d.fileName()]; asked && d.kind&judged != 0 && !slices.Contains(same, d.file.Name) {
			paths[d.fileName()] = append(same, d.file.Name)
		}
	}
	var last *source.File
	for _, d := range documents {
		if !r.sees(d) || d.kind&judged == 0 || d.file == last {
			continue
		}
		same := paths[d.fileName()]
		if len(same) < 2 {
			continue
		}
		last = d.file
		others := slices.DeleteFunc(slices.Clone(same), func(p string) bool { return p == d.file.Name })
		r.report(d, d.place("title"), fmt.Sprintf("the file has the same name as %s", strings.Join(others[:min(3, len(others))], ", ")))
	}
}

// combined reports whether a file holds rules and the correlations of them.
func combined(d *Document) bool {
	text := d.file.Text
	return (strings.Contains(text, "\n---\n") || strings.HasPrefix(text, "---\n")) && strings.Contains(text, "correlation:") && strings.Contains(text, "logsource:")
}

func filenamePrefix(r *reporter, d *Document) {
	prefix, found := filenamePrefixes()[d.sourceKey()]
	if !found {
		prefix, found = filenamePrefixes()[d.text("logsource", "product")+"||"]
		found = found && d.text("logsource", "product") != ""
	}
	if found && d.file.Name != stdin && !strings.HasPrefix(d.fileName(), prefix) && !combined(d) {
		r.report(d.place("title"), fmt.Sprintf("the name %s does not begin with %s", d.fileName(), prefix)).Help =
			"SigmaHQ demands this prefix for the log source of the rule"
	}
}
