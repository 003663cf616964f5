package setup

import (
	"slices"
	"strings"
)

// Choices returns the ids and names of the rules for shell completion and, with tags set, their tags and techniques
// too. An id or name is followed by a tab and the rule's title.
func (l *RuleSet) Choices(tags bool) []string {
	var words, short []string
	for _, rule := range l.Set.References() {
		info := l.Set.Info(rule)
		title := strings.NewReplacer("\n", " ", "\t", " ").Replace(info.Title)
		words = append(words, info.ID+"\t"+title)
		if info.Name != "" {
			words = append(words, info.Name+"\t"+title)
		}
		for _, tag := range info.Tags {
			tag = strings.TrimPrefix(strings.ToLower(tag), "attack.")
			short = append(short, tag)
			if technique, sub, ok := strings.Cut(tag, "."); ok && isTechnique(technique) && sub != "" {
				short = append(short, technique)
			}
		}
	}
	slices.Sort(words)
	if !tags {
		return slices.Compact(words)
	}
	for i, tag := range short {
		if isTechnique(tag[:min(2, len(tag))]) {
			short[i] = strings.ToUpper(tag) // as ATT&CK writes it
		}
	}
	slices.Sort(short)
	return append(slices.Compact(short), slices.Compact(words)...)
}

// isTechnique reports whether a tag begins like an ATT&CK technique: t1078.
func isTechnique(tag string) bool {
	return len(tag) > 1 && tag[0] == 't' && tag[1] >= '0' && tag[1] <= '9'
}
