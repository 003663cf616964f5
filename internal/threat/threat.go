// Package threat reads threat documents. A threat document describes a threat once: title, reason, ATT&CK, threshold, window
// and grouping. For each vendor of logs it names the log source, the fields and the conditions. docs/threats.md describes the
// format.
//
// Parse expands a document to Sigma rules and correlations, one set for each vendor, so everything that works with rules works
// with threats. The package does not load, run or convert rules; package ruleset takes the trees like those of rule files. The
// expanded trees point into the document, so a fault in a condition is reported where it is written. Ids depend on the ids of
// threat, vendor and detection only.
package threat

import (
	"strings"

	"github.com/google/uuid"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// A Threat is what a document says of a threat as a whole. It is immutable.
type Threat struct {
	// ID is the word under `threat`, such as password-spraying.
	ID, Title string
	// Why says why it matters, as written.
	Why string
	// Tags are the tags of its rules, such as attack.t1110.003.
	Tags []string
	// Level is as written, "" for none.
	Level string
	// Path is the name of the file.
	Path string
	// Span covers the id.
	Span source.Span
	// Vendors are in the order of the document.
	Vendors []Vendor
	// Made are the ids of rules that are not of a single vendor: of a correlation across all.
	Made []string
}

// A Vendor is what a document says of the logs of one vendor.
type Vendor struct {
	// ID is the key of the vendor, such as okta, and Name the name in titles.
	ID, Name string
	// Made are the ids of the rules that the document makes for the vendor; a correlation comes last.
	Made []string
	// Rules are ids or names of rules of other files whose findings belong to the threat.
	Rules []sigma.Text
}

// namespace is the UUID namespace of ids of expanded rules.
var namespace = uuid.MustParse("0f8b6d5c-53f7-5a34-8b0e-1c6d0b2f9a17")

// ruleID returns the id of an expanded rule. The parts are the ids of threat, vendor and detection; a rule that reports has no
// detection.
func ruleID(parts ...string) string {
	return uuid.NewSHA1(namespace, []byte(strings.Join(parts, "\x00"))).String()
}

// IsDocument reports whether a text may hold a threat document: it has the key `threat` at the start of a line. Parse decides
// for each YAML document.
func IsDocument(text string) bool {
	return strings.HasPrefix(text, "threat:") || strings.Contains(text, "\nthreat:")
}

// Parse reads a file of threat documents and expands them. Documents without the key `threat` are read as rules. Of a document
// with an error nothing is kept, and it is not among the threats; of a vendor whose detections have an error none of its rules.
// The list is sorted, and its positions are in the file.
func Parse(file *source.File) (*sigma.Collection, []*Threat, diag.List) {
	p := &parser{documents: sigma.ReadDocuments(file)}
	collection := &sigma.Collection{}
	var threats []*Threat
	for _, root := range p.documents.Roots {
		entries, isMap := root.Entries()
		if !isMap || !isThreat(entries) {
			add(collection, p.documents.Rules([]sigma.Node{root}))
			continue
		}
		before := p.errors()
		d := p.document(root, entries)
		if p.errors() > before {
			continue
		}
		d.threat.Path = file.Name
		p.expand(d, collection)
		threats = append(threats, &d.threat)
	}
	return collection, threats, distinct(p.documents.Faults())
}

// isThreat reports whether a document is one of a threat. A rule with a key of its own named threat is a rule.
func isThreat(entries []sigma.Entry) bool {
	threat := false
	for _, e := range entries {
		switch e.Key.Value {
		case "threat":
			threat = true
		case "detection", "filter", "logsource":
			return false
		}
	}
	return threat
}

func add(to, from *sigma.Collection) {
	to.Rules = append(to.Rules, from.Rules...)
	to.Correlations = append(to.Correlations, from.Correlations...)
	to.Filters = append(to.Filters, from.Filters...)
	to.Refused = append(to.Refused, from.Refused...)
}

// distinct returns a sorted list without copies. What a document says once becomes a part of many rules, and so do its faults.
func distinct(list diag.List) diag.List {
	type key struct {
		code, message string
		start         int
	}
	seen := map[key]bool{}
	var out diag.List
	for _, d := range list {
		k := key{d.Code, d.Message, d.Span.Start}
		if !seen[k] {
			seen[k] = true
			out = append(out, d)
		}
	}
	return out
}
