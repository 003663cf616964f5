package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// A tag is a tag of a rule.
type tag struct {
	namespace, name string
	node            *sigma.Outline
}

func (t *tag) String() string { return t.namespace + "." + t.name }

// tags returns the tags of a document that have a namespace.
func (d *Document) tags() []tag {
	n := d.outline.Find("tags")
	if n == nil || n.Kind != sigma.ListNode {
		return nil
	}
	list := make([]tag, 0, len(n.Children))
	for i := range n.Children {
		child := &n.Children[i]
		if child.Kind != sigma.TextNode {
			continue
		}
		if namespace, name, found := strings.Cut(child.Text, "."); found {
			list = append(list, tag{namespace, name, child})
		}
	}
	return list
}

// eachTag returns a check of each tag of a namespace, "" for all.
func eachTag(namespace string, judge func(r *reporter, d *Document, t *tag)) func(*reporter, *Document) {
	return func(r *reporter, d *Document) {
		list := d.tags()
		for i := range list {
			if namespace == "" || list[i].namespace == namespace {
				judge(r, d, &list[i])
			}
		}
	}
}

// pattern returns a check that the names of a namespace match a regular expression.
func tagPattern(namespace, expression, form string) func(*reporter, *Document) {
	compiled := regexp.MustCompile(expression)
	return eachTag(namespace, func(r *reporter, _ *Document, t *tag) {
		if !compiled.MatchString(t.name) {
			r.report(t.node.Span, fmt.Sprintf("expected a tag of the form %s, found %q", form, t.String()))
		}
	})
}

// tagIn returns a check that the names of a namespace are in a list.
func tagIn(namespace string, names ...string) func(*reporter, *Document) {
	return eachTag(namespace, func(r *reporter, _ *Document, t *tag) {
		// A kind with characters behind it that no tag may have is tag-format's matter.
		misspelt := namespace == "detection" && !tagForm.MatchString(t.String()) &&
			slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(t.name, name) })
		if !misspelt && !slices.Contains(names, t.name) {
			d := r.report(t.node.Span, fmt.Sprintf("%q is not one of %s", t.String(), strings.Join(names, ", ")))
			if near := diag.Near(t.name, names); near != "" {
				d.Help = "the nearest is " + namespace + "." + near
				d.Fixes = []diag.Fix{t.replaced(namespace + "." + near)}
			}
		}
	})
}

// replaced returns an edit that writes another tag in place of this one.
func (t *tag) replaced(text string) diag.Fix {
	span := t.node.Span
	if t.node.Quoted {
		span.Start, span.End = span.Start+1, span.End-1
	}
	return diag.Fix{Span: span, Text: text}
}

var (
	tagForm       = lazyre.New(`^[a-z0-9_-]+\.[a-z0-9._-]+$`)
	techniqueForm = lazyre.New(`^t[0-9]{4}(\.[0-9]{3})?$`)
)

var namespaces = []string{"attack", "car", "cve", "d3fend", "detection", "stp", "tlp"}

func tagChecks() []*Check {
	return []*Check{
		{
			ID: "tag-format", Level: Medium, Group: Core, PySigma: []string{"tag_format"},
			Title: "a tag has characters that are not allowed",
			Why:   "Tools compare tags letter by letter, so a tag in capitals or with blanks is not found.",
			document: eachTag("", func(r *reporter, _ *Document, t *tag) {
				if tagForm.MatchString(t.String()) {
					return
				}
				d := r.report(t.node.Span, fmt.Sprintf("expected a tag of lower-case letters, digits, -, _ and dots, found %q", t.String()))
				if lower := strings.ToLower(strings.TrimSpace(t.String())); tagForm.MatchString(lower) && t.writable() {
					d.Help, d.Fixes = "write "+lower, []diag.Fix{t.replaced(lower)}
				}
			}),
		},
		{
			ID: "tag-namespace", Level: Medium, Group: Core, PySigma: []string{"namespace_tag"},
			Title: "a tag has a namespace that is not defined",
			Why:   "Tools look for tags in the namespaces of the specification; a misspelt namespace hides the tag from them.",
			document: eachTag("", func(r *reporter, _ *Document, t *tag) {
				if slices.Contains(namespaces, t.namespace) {
					return
				}
				d := r.report(t.node.Span, fmt.Sprintf("namespace %q is not one of %s", t.namespace, strings.Join(namespaces, ", ")))
				if near := diag.Near(t.namespace, namespaces); near != "" {
					d.Help = "the nearest is " + near
					if t.writable() {
						d.Fixes = []diag.Fix{t.replaced(near + "." + t.name)}
					}
				}
			}),
		},
		{
			ID: "attack-tag", Level: Medium, Group: Core, PySigma: []string{"attacktag"},
			Title: "a tag names nothing in ATT&CK",
			Why: "Coverage and filters work by these tags. ATT&CK 19 has split the tactic defense-evasion and moved its techniques; rules with " +
				"the old names drop out of a matrix of version 19.",
			Differs: "The ids of groups, software, mitigations and data sources are those of ATT&CK 17, in every version. " +
				"What version 19 has replaced is reported with its replacement.",
			document: eachTag("attack", attackTag),
		},
		{
			ID: "car-tag", Level: Medium, Group: Core, PySigma: []string{"cartag"},
			Title:    "a tag is not the id of an analytic of CAR",
			Why:      "The tag names an analytic of MITRE's Cyber Analytics Repository.",
			Differs:  "The validator accepts digits of other scripts; egret does not.",
			document: tagPattern("car", `^[0-9]{4}-[0-9]{2}-[0-9]{3}$`, "car.2016-04-005"),
		},
		{
			ID: "cve-tag", Level: Medium, Group: Core, PySigma: []string{"cvetag"},
			Title:    "a tag is not the id of a CVE",
			Why:      "The tag names a vulnerability by year and number, joined by a dash.",
			Differs:  "The validator accepts digits of other scripts, and a line break at the end; egret does not.",
			document: tagPattern("cve", `^[0-9]+-[0-9]+$`, "cve.2021-44228"),
		},
		{
			ID: "d3fend-tag", Level: Medium, Group: Core, PySigma: []string{"d3_fendtag"},
			Title:   "a tag names nothing in D3FEND",
			Why:     "The tag names a tactic, a technique or an artifact of MITRE D3FEND.",
			Differs: "The validator compares with mixed case (D3-MFA) and so refuses what tag-format demands; egret ignores the letter case.",
			document: eachTag("d3fend", func(r *reporter, _ *Document, t *tag) {
				if !attack.IsD3FEND(strings.ToLower(t.name)) {
					r.report(t.node.Span, fmt.Sprintf("%q is not a tactic, technique or artifact of D3FEND", t.String())).Help =
						"techniques are written like d3fend.d3-mfa, tactics like d3fend.harden"
				}
			}),
		},
		{
			ID: "detection-tag", Level: Medium, Group: Core, PySigma: []string{"detection_tag"},
			Title:    "a tag does not name a kind of detection",
			Why:      "The kinds that the specification defines decide which packages of SigmaHQ a rule is in.",
			Differs:  "The validator accepts every name that begins with one of the kinds, such as dfir-notes; egret compares the whole name.",
			document: tagIn("detection", "dfir", "emerging-threats", "threat-hunting"),
		},
		{
			ID: "stp-tag", Level: Medium, Group: Core, PySigma: []string{"stptag"},
			Title:    "a tag is not a score of the Summiting the Pyramid scale",
			Why:      "The score is a level from 1 to 5 and may have one of the letters a, u and k.",
			Differs:  "The validator accepts a line break at the end; egret does not.",
			document: tagPattern("stp", `^[1-5][auk]?$`, "stp.4a"),
		},
		{
			ID: "tlp-tag", Level: Medium, Group: Core, PySigma: []string{"tlptag"},
			Title:    "a tag is not a colour of the Traffic Light Protocol",
			Why:      "Who may see a rule must be beyond doubt.",
			document: tagIn("tlp", "amber", "amber-strict", "clear", "green", "red", "white"),
		},
		{
			ID: "tlpv1-tag", Level: Medium, Group: Core, PySigma: []string{"tlpv1_tag"},
			Title:    "a tag is not a colour of the Traffic Light Protocol 1",
			Why:      "For teams that still use version 1. Ignore this check if yours uses version 2.",
			document: tagIn("tlp", "amber", "green", "red", "white"),
		},
		{
			ID: "tlpv2-tag", Level: Medium, Group: Core, PySigma: []string{"tlpv2_tag"},
			Title:    "a tag is not a colour of the Traffic Light Protocol 2",
			Why:      "Version 2 renamed white to clear and added amber-strict.",
			document: tagIn("tlp", "amber", "amber-strict", "clear", "green", "red"),
		},
		{
			ID: "duplicate-tag", Level: Medium, Group: Core, PySigma: []string{"duplicate_tag"},
			Title:    "a rule has a tag twice",
			Why:      "The second one has no effect.",
			document: duplicateTags,
		},
		{
			ID: "sigmahq-tags-unique-detection", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_tags_unique_detection"},
			Title:    "a rule has several tags of the namespace detection",
			Why:      "The tag decides which one of SigmaHQ's folders a rule belongs to.",
			document: uniqueNamespace("detection"),
		},
		{
			ID: "sigmahq-tags-unique-tlp", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_tags_unique_tlp"},
			Title:    "a rule has several tags of the namespace tlp",
			Why:      "A rule can be shared in one way only.",
			document: uniqueNamespace("tlp"),
		},
		{
			ID: "sigmahq-tags-tlp", Level: High, Group: SigmaHQ, PySigma: []string{"sigmahq_tags_tlp"},
			Title: "a rule has a tag of the namespace tlp that SigmaHQ does not accept",
			Why:   "SigmaHQ is public, so only tlp.clear goes with it.",
			document: func(r *reporter, d *Document) {
				allowed := r.words("allowed_tlp", []string{"clear"})
				for _, t := range d.tags() {
					if t.namespace == "tlp" && !slices.Contains(allowed, t.name) {
						r.report(t.node.Span, fmt.Sprintf("%q is not allowed", t.String())).Help = "allowed is tlp." + strings.Join(allowed, ", tlp.")
						return
					}
				}
			},
		},
		{
			ID: "sigmahq-tags-detection", Level: Low, Group: SigmaHQ, PySigma: []string{"sigmahq_tags_detection"},
			Title: "a rule in one of SigmaHQ's special folders lacks the tag of that folder",
			Why:   "Rules in rules-dfir, rules-emerging-threats and rules-threat-hunting have a tag such as detection.dfir.",
			document: func(r *reporter, d *Document) {
				for _, name := range r.words("Folder_tag", []string{"dfir", "emerging-threats", "threat-hunting"}) {
					if !strings.Contains(d.file.Name, "rules-"+name) {
						continue
					}
					if !slices.ContainsFunc(d.tags(), func(t tag) bool { return t.namespace == "detection" && t.name == name }) {
						r.report(d.place("tags"), "a rule in rules-"+name+" has the tag detection."+name)
						return
					}
				}
			},
		},
		{
			ID: "sigmahq-tags-techniques-without-tactics", Level: Medium, Group: SigmaHQ, PySigma: []string{"sigmahq_tags_techniques_without_tactics"},
			Title:    "a rule names a technique of ATT&CK without all of its tactics",
			Why:      "SigmaHQ lists every tactic of a technique, so that a search for a tactic finds the rule.",
			document: missingTactics,
		},
		{
			ID: "technique-without-tactic", Level: Medium, Group: Meaning,
			Title:    "a rule names a technique of ATT&CK, and only tactics that the technique does not belong to",
			Why:      "The technique or the tactic is wrong, or one of them was moved in a new version of ATT&CK.",
			document: strayTechniques,
		},
	}
}

// writable reports whether the tag stands in the file as it is, so that an edit can replace it.
func (t *tag) writable() bool { return strings.Trim(t.node.Span.Text(), `"'`) == t.node.Text }

// attackTag judges a tag of the namespace attack.
func attackTag(r *reporter, _ *Document, t *tag) {
	version := r.run.Attack
	if attack.IsTactic(t.name, version) || attack.IsOther(t.name) {
		return
	}
	technique := attack.FindTechnique(t.name)
	isID := technique != nil && strings.HasPrefix(t.name, "t")
	if isID && technique.In(version) {
		return
	}
	d := r.report(t.node.Span, "")
	switch {
	case isID && version == attack.V19:
		d.Message = fmt.Sprintf("ATT&CK %s has no %s (%s)", version, technique.ID, technique.Name(attack.V17))
		if by := attack.FindTechnique(technique.ReplacedBy); by != nil {
			d.Help = fmt.Sprintf("it is now %s (%s)", by.ID, by.Name(version))
			if t.writable() {
				d.Fixes = []diag.Fix{t.replaced("attack." + strings.ToLower(by.ID))}
			}
		} else {
			d.Help = "it was divided; choose the technique that fits"
		}
	case isID:
		d.Message = fmt.Sprintf("ATT&CK %s does not have %s (%s) yet", version, technique.ID, technique.Name(attack.V19))
	case attack.IsTactic(t.name, attack.V17) || attack.IsTactic(t.name, attack.V19):
		d.Message = fmt.Sprintf("ATT&CK %s has no tactic %s", version, t.name)
		if version == attack.V19 {
			d.Help = "it is now divided into " + strings.Join(attack.NewTactics(t.name), " and ")
			d.Fixes = newTactics(r.doc, t)
		}
	default:
		d.Message = fmt.Sprintf("%q names no tactic, technique, group, software, mitigation or data source of ATT&CK %s", t.String(), version)
		if near := nearTactic(t.name, version); near != "" {
			d.Help = "the nearest is attack." + near
			if t.writable() {
				d.Fixes = []diag.Fix{t.replaced("attack." + near)}
			}
		}
	}
}

// nearTactic returns the tactic that a misspelt name means: with underscores, with blanks, or one letter away.
func nearTactic(name string, version attack.Version) string {
	var names []string
	for _, tactic := range attack.Tactics(version) {
		names = append(names, tactic.Name(version))
	}
	dashed := strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(name))
	if slices.Contains(names, dashed) {
		return dashed
	}
	return diag.Near(dashed, names)
}

// newTactics returns the edit that replaces the old tactic by those of the rule's techniques, nil if these do not decide it.
func newTactics(d *Document, t *tag) []diag.Fix {
	var wanted, have []string
	for _, other := range d.tags() {
		if other.namespace != "attack" {
			continue
		}
		have = append(have, other.name)
		technique := attack.FindTechnique(other.name)
		if technique == nil {
			continue
		}
		if by := attack.FindTechnique(technique.ReplacedBy); by != nil {
			technique = by
		}
		for _, tactic := range technique.Tactics(attack.V19) {
			if slices.Contains(attack.NewTactics(t.name), tactic) && !slices.Contains(wanted, tactic) {
				wanted = append(wanted, tactic)
			}
		}
	}
	wanted = slices.DeleteFunc(wanted, func(name string) bool { return slices.Contains(have, name) })
	if len(wanted) != 1 || !t.writable() {
		return nil
	}
	return []diag.Fix{t.replaced("attack." + wanted[0])}
}

func duplicateTags(r *reporter, d *Document) {
	seen := map[string]source.Span{}
	reported := map[string]bool{}
	list := d.tags()
	for i := range list {
		t := &list[i]
		first, found := seen[t.String()]
		if !found {
			seen[t.String()] = t.node.Span
			continue
		}
		if reported[t.String()] {
			continue
		}
		reported[t.String()] = true
		out := r.report(t.node.Span, fmt.Sprintf("the tag %q is listed twice", t.String()))
		out.Labels = []diag.Label{{Span: first, Text: "the first one"}}
		out.Fixes = removeRepeated(list[i:], func(t *tag) *sigma.Outline { return t.node }, func(other *tag) bool { return other.String() == t.String() })
	}
}

// removeRepeated returns edits that remove entries of a list.
func removeRepeated[T any](list []T, node func(*T) *sigma.Outline, wanted func(*T) bool) []diag.Fix {
	var fixes []diag.Fix
	for i := range list {
		if wanted(&list[i]) {
			fix, ok := removeEntry(node(&list[i]).Span)
			if !ok {
				return nil
			}
			fixes = append(fixes, fix)
		}
	}
	return fixes
}

func uniqueNamespace(namespace string) func(*reporter, *Document) {
	return func(r *reporter, d *Document) {
		var found []tag
		for _, t := range d.tags() {
			if t.namespace == namespace {
				found = append(found, t)
			}
		}
		if len(found) > 1 {
			out := r.report(found[1].node.Span, fmt.Sprintf("the rule has %d tags of the namespace %s, expected one", len(found), namespace))
			out.Labels = []diag.Label{{Span: found[0].node.Span, Text: "the first one"}}
		}
	}
}

// techniqueTags returns the tags that name techniques of a version, and the names of all tactics among the tags.
func techniqueTags(d *Document, version attack.Version) (techniques []tag, tactics []string) {
	for _, t := range d.tags() {
		if t.namespace != "attack" {
			continue
		}
		if technique := attack.FindTechnique(t.name); technique != nil && technique.In(version) && strings.HasPrefix(t.name, "t") {
			techniques = append(techniques, t)
		} else if !techniqueForm.MatchString(t.name) {
			tactics = append(tactics, t.name)
		}
	}
	return techniques, tactics
}

func missingTactics(r *reporter, d *Document) {
	techniques, tactics := techniqueTags(d, r.run.Attack)
	reported := map[string]bool{}
	for i := range techniques {
		t := &techniques[i]
		for _, tactic := range attack.FindTechnique(t.name).Tactics(r.run.Attack) {
			if slices.Contains(tactics, tactic) || reported[tactic] {
				continue
			}
			reported[tactic] = true
			out := r.report(t.node.Span, fmt.Sprintf("%s belongs to %s, which the tags do not name", t.String(), tactic))
			out.Help = "add the tag attack." + tactic
			if fix, ok := insertBefore(t.node.Span, "attack."+tactic); ok {
				out.Fixes = []diag.Fix{fix}
			}
		}
	}
}

func strayTechniques(r *reporter, d *Document) {
	techniques, tactics := techniqueTags(d, r.run.Attack)
	var known []string
	for _, name := range tactics {
		if attack.IsTactic(name, r.run.Attack) {
			known = append(known, name)
		}
	}
	if len(known) == 0 {
		return // techniques alone are a choice of the author
	}
	for i := range techniques {
		t := &techniques[i]
		its := attack.FindTechnique(t.name).Tactics(r.run.Attack)
		if !slices.ContainsFunc(its, func(tactic string) bool { return slices.Contains(known, tactic) }) {
			r.report(t.node.Span, fmt.Sprintf("%s (%s) belongs to %s, but the tags name %s", t.String(), attack.FindTechnique(t.name).Name(r.run.Attack),
				strings.Join(its, ", "), strings.Join(known, ", ")))
		}
	}
}
