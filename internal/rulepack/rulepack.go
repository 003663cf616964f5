// Package rulepack holds egret's starter pack: Sigma rules of our own for AWS CloudTrail.
//
// The rules lie under data/<service>/<rule>.yml and are embedded in the binary. A file holds one detection rule, or the
// base rules of a correlation followed by the correlation itself. Beside each file stands <rule>.events.json with
// sample events that must and must not match; the tests run them, the binary does not carry them.
//
// Levels say what to do: high means act now, medium means look today, low and informational are context for an
// investigation that has already begun. Rules describe what an intruder does and never name a tool by its user agent or
// by the resources it leaves, since both are changed at will.
package rulepack

import (
	"embed"
	"io/fs"
)

//go:embed data/*/*.yml
var data embed.FS

// FS returns the rule files of the starter pack as <service>/<rule>.yml, and nothing else. It is read-only and safe for
// concurrent use.
func FS() fs.FS {
	rules, err := fs.Sub(data, "data")
	if err != nil {
		panic("egret bug: embedded rules without their folder: " + err.Error()) // the directive above fixes the folder
	}
	return rules
}
