// Package rulepack holds egret's starter pack: Sigma rules for AWS CloudTrail and threat documents for several
// vendors, written for egret.
//
// The rules are in data/<service>/<rule>.yml and are embedded in the binary. A file holds one detection rule, or the
// base rules of a correlation followed by the correlation. Next to each file is <rule>.events.json with sample events
// that must and must not match; the tests use them, and the binary does not contain them.
//
// data/threats has threat documents (docs/threats.md), and samples for each vendor next to them. For AWS they name rules of
// the other folders, which so have findings once.
//
// Levels say what to do: critical means wake someone, high means act now, medium means look today, low and informational
// are background for an investigation that has already begun. Critical is what has happened and cannot wait: data handed to
// others, logging ended, files encrypted, an administrator made by someone who made none before. What was only tried is
// less severe (egret.level in a rule, docs/guide/severity.md). Rules for special cases fold the general ones. Rules describe the behaviour of an intruder. They never match a tool by its
// user agent or by the resources it leaves, since both are easily changed.
package rulepack

import (
	"embed"
	"io/fs"
)

//go:embed data/*/*.yml
var data embed.FS

// FS returns the rule files of the starter pack as <service>/<rule>.yml, without other files. It is read-only and safe
// for concurrent use.
func FS() fs.FS {
	rules, err := fs.Sub(data, "data")
	if err != nil {
		panic("egret bug: embedded rules without their folder: " + err.Error()) // the embed directive fixes the folder
	}
	return rules
}
