package textgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// attackTags returns the tags of ATT&CK, without their namespace, and the other tags.
func attackTags(tags []string) (attack, other []string) {
	for _, tag := range tags {
		if namespace, name, ok := strings.Cut(tag, "."); ok && namespace == "attack" {
			attack = append(attack, name)
		} else {
			other = append(other, tag)
		}
	}
	return attack, other
}

// tagTexts returns tags as Elastic's rules have them: the namespace, a hyphen and the name.
func tagTexts(tags []string) *pyprint.List {
	list := pyprint.NewList()
	for _, tag := range tags {
		list.Items = append(list.Items, strings.Replace(tag, ".", "-", 1))
	}
	return list
}

// otherTags returns the tags that threats does not use.
func otherTags(tags []string) *pyprint.List {
	attack, other := attackTags(tags)
	if len(attack) < 2 {
		return tagTexts(tags)
	}
	return tagTexts(other)
}

// threats returns the tactics and techniques of a rule as Elastic's rules have them. The first tactic belongs to the first
// technique, and so on.
func threats(tags []string) *pyprint.List {
	list := pyprint.NewList()
	attack, _ := attackTags(tags)
	if len(attack) < 2 {
		return list
	}
	return list
}
