package stixhunt

import (
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// An Indicator is a pattern with what is known about it.
type Indicator struct {
	// ID is the id of the indicator in STIX, "" for a pattern alone.
	ID string
	// Name and Description are as in the indicator. Name may be "".
	Name, Description string
	// File has the text of the pattern.
	File *source.File
	// Path is the file that the user named, "" for a pattern on the command line.
	Path    string
	Version stix.Version
	// From and Until are the half-open range in which the indicator is valid; zero times are open ends.
	From, Until time.Time
	// Confidence is from 0 to 100, -1 if it is unknown.
	Confidence int
	Revoked    bool
	// Phases are kill-chain phases as "chain.phase", such as "mitre-attack.exfiltration".
	Phases []string
	// References are the URLs of external references.
	References []string

	pattern *stix.Pattern
	// id is ruleID("").
	id string
}

// Alone returns the indicator of a pattern without further information. file is the name of the text for messages.
func Alone(name, text string, version stix.Version) *Indicator {
	return &Indicator{File: source.NewFile(name, text), Version: version, Confidence: -1}
}

// title returns the title of the rule of an indicator.
func (i *Indicator) title() string {
	if i.Name != "" {
		return i.Name
	}
	text := strings.Join(strings.Fields(i.File.Text), " ")
	const longest = 120
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + " …"
	}
	return text
}

// level returns the level of findings: high, unless the indicator has a confidence, of which STIX 2.1, appendix A, says what is low
// and high.
func (i *Indicator) level() string {
	switch {
	case i.Confidence < 0 || i.Confidence >= 70:
		return "high"
	case i.Confidence >= 30:
		return "medium"
	case i.Confidence > 0:
		return "low"
	}
	return "informational"
}

// Tag is the tag of all rules of this package, by which --include and --exclude choose them.
const Tag = "stix"

func (i *Indicator) tags() []string {
	tags := []string{Tag}
	for _, phase := range i.Phases {
		if name, ok := strings.CutPrefix(phase, "mitre-attack."); ok {
			phase = "attack." + name
		}
		tags = append(tags, phase)
	}
	return tags
}

// parse reads the pattern.
func (i *Indicator) parse() diag.List {
	var list diag.List
	i.pattern, list = stix.Parse(i.File, i.Version)
	return list
}
