package textgen

import (
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/lazyre"
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

// techniqueName matches the name of a tag that is a technique, at its start.
var techniqueName = lazyre.New(`^[tT][0-9]{4}`)

// mitre is the address at which ATT&CK describes tactics and techniques.
const mitre = "https://attack.mitre.org/"

// threats returns the tactics and techniques of a rule as Elastic's rules have them. The first tactic belongs to the first
// technique, and so on, as with sigma-cli. Tactics and techniques that ATT&CK 19 does not have are left out.
func threats(tags []string) *pyprint.List {
	list := pyprint.NewList()
	names, _ := attackTags(tags)
	if len(names) < 2 {
		return list
	}
	var ids, tactics []string
	for _, name := range names {
		if techniqueName.MatchString(name) {
			ids = append(ids, strings.ToUpper(name))
		} else {
			tactics = append(tactics, strings.ToLower(name))
		}
	}
	for i := range min(len(ids), len(tactics)) {
		if threat := threat(tactics[i], ids[i]); threat != nil {
			list.Items = append(list.Items, threat)
		}
	}
	return list
}

// threat returns one entry of threats, nil if ATT&CK does not have the tactic or technique.
func threat(tactic, id string) *pyprint.Dict {
	subs := pyprint.NewList()
	if strings.Contains(id, ".") {
		sub := attack.FindTechnique(id)
		if sub == nil || !sub.In(attack.V19) {
			return nil
		}
		subs.Items = append(subs.Items, pyprint.NewDict(
			"id", id, "reference", mitre+"techniques/"+strings.ReplaceAll(id, ".", "/"), "name", sub.Name(attack.V19)))
		id = id[:5]
	}
	technique := attack.FindTechnique(id)
	tacticID := tacticID(strings.ReplaceAll(tactic, "_", "-"))
	if technique == nil || !technique.In(attack.V19) || tacticID == "" {
		return nil
	}
	return pyprint.NewDict(
		"tactic", pyprint.NewDict("id", tacticID, "reference", mitre+"tactics/"+tacticID, "name", strings.ReplaceAll(titleCase(tactic), "_", " ")),
		"framework", "MITRE ATT&CK",
		"technique", pyprint.NewList(pyprint.NewDict(
			"id", id, "reference", mitre+"techniques/"+id, "name", technique.Name(attack.V19), "subtechnique", subs)))
}

// tacticID returns the id of a tactic of ATT&CK 19 by its short name, "" if there is none.
func tacticID(name string) string {
	for _, t := range attack.Tactics(attack.V19) {
		if t.Name(attack.V19) == name {
			return t.ID
		}
	}
	return ""
}

// titleCase makes the first letter of each word upper case and the others lower case; every character that is no letter ends a
// word.
func titleCase(text string) string {
	before := false
	return strings.Map(func(r rune) rune {
		within := before
		before = unicode.IsLetter(r)
		if within {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, text)
}
