package lsp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/sigma"
)

// maxItems limits the items of an answer; the editor asks again when more is typed.
const maxItems = 500

// completer collects the items for a place.
type completer struct {
	s     *server
	d     *document
	c     *cursor
	items []completionItem
	// from is where the text that an item replaces begins, within the word of the cursor.
	from int
	full bool
}

// completion implements textDocument/completion.
func (s *server) completion(_ context.Context, d *document, p *documentParams) (any, error) {
	if kind := d.kind(); kind == configFile || kind == testFile {
		return nil, nil
	}
	k := &completer{s: s, d: d, c: d.lines.at(d.lines.offset(p.Position, s.encoding))}
	k.complete()
	return completionList{IsIncomplete: k.full, Items: append([]completionItem{}, k.items...)}, nil
}

// typed is the part of the word that an item replaces, up to the cursor.
func (k *completer) typed() string { return k.c.word[k.from:] }

// add adds an item if it contains what is typed.
func (k *completer) add(label string, kind int, detail string) {
	k.insert(label, label, kind, detail)
}

// insert adds an item whose text is not its label.
func (k *completer) insert(label, text string, kind int, detail string) {
	k.choose(label, text, label, kind, detail)
}

// choose adds an item that is found by another text than its label.
func (k *completer) choose(label, text, filter string, kind int, detail string) {
	folded := strings.ToLower(k.typed())
	at := strings.Index(strings.ToLower(filter), folded)
	if at < 0 && !strings.Contains(strings.ToLower(text), folded) {
		return
	}
	if len(k.items) >= maxItems {
		k.full = true
		return
	}
	rank := "1"
	if at == 0 {
		rank = "0"
	}
	l := &k.d.lines
	k.items = append(k.items, completionItem{
		Label: label, Kind: kind, Detail: detail, SortText: fmt.Sprintf("%s%04d", rank, len(k.items)), FilterText: filter,
		TextEdit: &textEdit{textRange{l.position(k.c.start+k.from, k.s.encoding), l.position(k.c.end, k.s.encoding)}, text},
	})
}

// keys adds keys that the place may have, with a colon behind them unless one is there.
func (k *completer) keys(list []keyInfo) {
	for _, key := range list {
		k.key(key.name, kindProperty, key.meaning)
	}
}

func (k *completer) key(name string, kind int, detail string) {
	text := name
	if rest := k.d.text()[k.c.end:]; !strings.HasPrefix(rest, ":") && !strings.HasPrefix(rest, "|") {
		text += ":"
	}
	k.insert(name, text, kind, detail)
}

func (k *completer) words(words []string, kind int, detail string) {
	for _, w := range words {
		k.add(w, kind, detail)
	}
}

func (k *completer) complete() {
	c := k.c
	section := ""
	if len(c.path) > 0 {
		section = c.path[0]
	}
	switch {
	case c.inKey && section == "":
		k.keys(topKeys)
	case section == "":
		k.top()
	case section == "logsource":
		k.logSource()
	case section == "detection" || section == "filter" && (len(c.path) > 1 && c.path[1] != "rules" || len(c.path) == 1 && c.key != "rules"):
		k.detection(section)
	case section == "filter" && !c.inKey:
		k.rules(true)
	case section == "correlation":
		k.correlation()
	case section == "related":
		k.related()
	case section == "tags" && !c.inKey:
		k.tags()
	}
}

// top completes the value of a key at the top.
func (k *completer) top() {
	switch k.c.key {
	case "level":
		k.words(sigma.Levels, kindEnumMember, "level")
	case "status":
		k.words(sigma.Statuses, kindEnumMember, "status")
	case "tags":
		k.tags()
	case "generate":
		k.words([]string{"true", "false"}, kindKeyword, "")
	}
}

func (k *completer) logSource() {
	if k.c.inKey {
		if len(k.c.path) == 1 {
			k.keys(sectionKeys["logsource"])
		}
		return
	}
	part := slices.Index([]string{"product", "category", "service"}, k.c.key)
	if part < 0 {
		return
	}
	typed := k.d.lines.logSource(k.c)
	fits := func(source [3]string) bool {
		for i, name := range []string{"product", "category", "service"} {
			if i != part && typed[name] != "" && typed[name] != source[i] {
				return false
			}
		}
		return true
	}
	values := map[string]bool{}
	for _, source := range check.LogSources() {
		if fits(source) && source[part] != "" {
			values[source[part]] = true
		}
	}
	for _, sch := range k.d.project.schemas {
		if product := typed["product"]; part != 0 && product != "" && !slices.Contains(sch.Products(), product) {
			continue
		}
		for _, value := range [][]string{sch.Products(), sch.Categories(), sch.Services()}[part] {
			values[value] = true
		}
	}
	k.words(sorted(values), kindEnumMember, k.c.key)
}

// schemasOf returns the log sources of the rule.
func (d *document) schemasOf(typed map[string]string) []*schema.Schema {
	source := schema.LogSource{Product: typed["product"], Service: typed["service"], Category: typed["category"]}
	var list []*schema.Schema
	for _, sch := range d.project.schemas {
		if sch.Serves(source) {
			list = append(list, sch)
		}
	}
	return list
}

// detection completes what is below detection, or below filter without its rules.
func (k *completer) detection(section string) {
	c := k.c
	switch {
	case c.inKey && len(c.path) == 1:
		k.keys(sectionKeys[section])
	case c.inKey || c.entry && c.key == "" && len(c.path) == 2:
		k.fields()
	case len(c.path) == 1 && c.key == "condition" || c.path[len(c.path)-1] == "condition":
		k.condition()
	default:
		k.values()
	}
}

// condition completes a word of a condition.
func (k *completer) condition() {
	k.from = strings.LastIndexAny(k.c.word, " (\t|") + 1
	k.words(k.d.lines.searches(k.c), kindReference, "search identifier")
	k.words([]string{"and", "or", "not", "1 of ", "all of ", "them"}, kindKeyword, "")
}

// fields completes the name of a field, or a modifier behind it.
func (k *completer) fields() {
	if bar := strings.LastIndexByte(k.c.word, '|'); bar >= 0 {
		k.from = bar + 1
		for i := range sigma.Modifiers {
			k.key(sigma.Modifiers[i].Name, kindKeyword, sigma.Modifiers[i].Meaning)
		}
		return
	}
	typed := k.d.lines.logSource(k.c)
	seen := map[string]bool{}
	for _, sch := range k.d.schemasOf(typed) {
		for _, name := range sch.Names() {
			if !seen[name] {
				seen[name] = true
				k.key(name, kindField, sch.Title)
			}
		}
	}
	for _, name := range check.TaxonomyFields(typed["product"], typed["category"], typed["service"]) {
		if !seen[name] {
			seen[name] = true
			k.key(name, kindField, "SigmaHQ's taxonomy")
		}
	}
}

// values completes a value of the field of the line, or of the list that it belongs to.
func (k *completer) values() {
	name := k.c.key
	if name == "" || k.c.entry && len(k.c.path) > 2 {
		if name == "" {
			name = k.c.path[len(k.c.path)-1]
		}
	}
	field, modifiers, _ := strings.Cut(name, "|")
	if strings.Contains(modifiers, "exists") {
		k.words([]string{"true", "false"}, kindKeyword, "")
		return
	}
	typed := k.d.lines.logSource(k.c)
	if strings.Contains(modifiers, "fieldref") {
		for _, sch := range k.d.schemasOf(typed) {
			k.words(sch.Names(), kindField, sch.Title)
		}
		return
	}
	for _, sch := range k.d.schemasOf(typed) {
		for _, value := range sch.Values(field) {
			k.add(value.Word, kindValue, "also "+strings.Join(value.Texts[:min(3, len(value.Texts))], ", "))
		}
	}
	if typed["product"] != "aws" && typed["service"] != "cloudtrail" {
		return
	}
	switch field {
	case "eventSource":
		k.words(check.EventSources(), kindValue, "service of AWS")
	case "eventName":
		for _, service := range k.d.lines.eventSources(k.c) {
			k.words(check.Operations(service), kindValue, service)
		}
	}
}

// eventSources returns the services that the document names.
func (l *lines) eventSources(c *cursor) []string {
	var names []string
	for i := c.first; i < c.last; i++ {
		for _, word := range strings.FieldsFunc(l.lineAt(i), func(r rune) bool { return strings.ContainsRune(" \t'\"[],", r) }) {
			if strings.HasSuffix(word, ".amazonaws.com") && !slices.Contains(names, word) {
				names = append(names, word)
			}
		}
	}
	return names
}

func (k *completer) correlation() {
	c := k.c
	last := c.path[len(c.path)-1]
	switch {
	case c.inKey && len(c.path) == 1:
		k.keys(sectionKeys["correlation"])
	case c.inKey && last == "condition":
		k.keys(boundKeys)
	case c.inKey:
	case c.key == "type":
		k.words(sigma.CorrelationTypes, kindEnumMember, "type of correlation")
	case c.key == "generate":
		k.words([]string{"true", "false"}, kindKeyword, "")
	case c.key == "rules" || last == "rules":
		k.rules(false)
	}
}

// rules completes a reference to a rule.
func (k *completer) rules(filter bool) {
	if filter {
		k.add("any", kindKeyword, "all rules of the log source")
	}
	for _, known := range k.d.project.index.Known() {
		if known.Kind == "filter" || known.Place.File.Name == k.d.name() && known.Title != "" && known.Kind == "correlation" {
			continue // a correlation does not count itself
		}
		reference := known.Name
		if reference == "" {
			reference = known.ID
		}
		if reference == "" {
			continue
		}
		if known.Name == "" {
			k.insert(known.Title, reference, kindReference, known.ID)
		} else {
			k.add(reference, kindReference, known.Title)
		}
	}
}

func (k *completer) related() {
	switch {
	case k.c.inKey || k.c.entry && k.c.key == "":
		k.keys(relatedKeys)
	case k.c.key == "type":
		k.words(relatedTypes, kindEnumMember, "")
	case k.c.key == "id":
		for _, known := range k.d.project.index.Known() {
			if known.ID != "" {
				k.insert(known.Title, known.ID, kindReference, known.ID)
			}
		}
	}
}

// tags completes a tag: tactics and techniques of ATT&CK, and the other namespaces.
func (k *completer) tags() {
	for _, tactic := range attack.Tactics(attack.Current) {
		k.add("attack."+tactic.Name(attack.Current), kindValue, "tactic "+tactic.ID)
	}
	typed := strings.ToLower(k.typed())
	for _, technique := range attack.Techniques(attack.Current) {
		text, name := "attack."+strings.ToLower(technique.ID), technique.Name(attack.Current)
		filter := text
		if !strings.HasPrefix(text, typed) { // the name may be typed in place of the id
			filter = "attack." + name
		}
		k.choose(text+"  "+name, text, filter, kindValue, "")
	}
	k.words([]string{"car.", "cve.", "d3fend.", "detection.dfir", "detection.emerging-threats", "detection.threat-hunting", "stp.", "tlp."}, kindModule, "")
}
