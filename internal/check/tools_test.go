package check

import (
	"slices"
	"strings"
	"testing"
)

const soundRule = `title: Odd Use Of A Tool
id: 7c1f7a5e-4a7b-4c1e-9d3c-0c7e5c1d2a10
status: experimental
description: Shows an odd use of a tool that pulls a file from a remote host.
references:
    - https://docs.example.org/notes
author: Test Bench
date: 2024-03-11
tags:
    - attack.command-and-control
    - attack.t1105
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: \certutil.exe
    condition: selection
falsepositives:
    - Unlikely
level: high
`

// TestJudgesAsTools changes a sound rule in one place. What pySigma's validators say of it was recorded by running pySigma 1.5.1 with
// the validators of SigmaHQ 0.21.0; a check stands for each of them, and for pySigma's refusal.
func TestJudgesAsTools(t *testing.T) {
	const item, id = `Image|endswith: \certutil.exe`, "7c1f7a5e-4a7b-4c1e-9d3c-0c7e5c1d2a10"
	const sysmon, process = "service: sysmon", "category: process_creation"
	if got := ids(t, soundRule); len(got) > 0 {
		t.Fatalf("the sound rule is reported: %v", got)
	}
	for name, row := range map[string]struct {
		replace []string // pairs of an old and a new text
		fires   string   // the check that reports it, "" for none
		silent  string   // a check that does not
	}{
		"an event id with a decimal point":       {[]string{process, sysmon, item, "EventID: 1.0"}, "specific-instead-of-generic-logsource", ""},
		"a comparison of event ids":              {[]string{process, sysmon, item, "EventID|gt: 1"}, "", "specific-instead-of-generic-logsource"},
		"equal numbers":                          {[]string{item, "ProcessId: [1, 1.0]"}, "sigmahq-field-duplicate-value", ""},
		"numbers that differ":                    {[]string{item, "ProcessId: [1, 10]"}, "", "sigmahq-field-duplicate-value"},
		"options with two kinds of dashes":       {[]string{item, "CommandLine|windash|contains: [-a, /a]"}, "sigmahq-field-duplicate-value", ""},
		"options with other letters":             {[]string{item, "CommandLine|windash|contains: [-a, -b]"}, "", "sigmahq-field-duplicate-value"},
		"a placeholder for hashes":               {[]string{item, "Hashes|expand: '%hashes%'"}, "", "sigmahq-invalid-hash-kv"},
		"a placeholder with a wrong hash":        {[]string{item, "Hashes|expand: '%hashes%x'"}, "sigmahq-invalid-hash-kv", ""},
		"an encoded user":                        {[]string{item, "User|base64: AUTORI"}, "", "sigmahq-field-user"},
		"a user":                                 {[]string{item, "User|contains: AUTORI"}, "sigmahq-field-user", ""},
		"a blank before a field":                 {[]string{item, "' Image': a"}, "sigmahq-space-field-name", ""},
		"a blank behind a field":                 {[]string{item, "Image |contains: a"}, "sigmahq-space-field-name", ""},
		"a blank in a value":                     {[]string{item, "Image|contains: ' a '"}, "", "sigmahq-space-field-name"},
		"a blank before a modifier":              {[]string{item, "Image| contains: a"}, "unknown-modifier", "sigmahq-space-field-name"},
		"a modifier with a capital":              {[]string{item, "Image|Contains: a"}, "unknown-modifier", ""},
		"a number for a placeholder":             {[]string{item, "ProcessId|expand: 1"}, "modifier-on-number", ""},
		"a field that is a number":               {[]string{item, "1: a"}, "invalid-key", ""},
		"a field that is a number in quotes":     {[]string{item, "'1': a"}, "", "invalid-key"},
		"a day":                                  {[]string{item, "Image: 2024-01-01"}, "invalid-value", ""},
		"a day in quotes":                        {[]string{item, "Image: '2024-01-01'"}, "", "invalid-value"},
		"a day as title":                         {[]string{"Odd Use Of A Tool", "2024-01-01"}, "wrong-type", ""},
		"a repetition in the wrong order":        {[]string{item, "Image|re: a{2,1}"}, "invalid-regex", ""},
		"a long repetition":                      {[]string{item, "Image|re: a{1,2000}"}, "", "invalid-regex"},
		"an empty id":                            {[]string{id, "''"}, "invalid-id", ""},
		"an empty date":                          {[]string{"2024-03-11", "''"}, "invalid-date", ""},
		"an empty level":                         {[]string{"level: high", "level: ''"}, "unknown-level", ""},
		"an empty status":                        {[]string{"experimental", "''"}, "unknown-status", ""},
		"no value as status":                     {[]string{"experimental", ""}, "sigmahq-status-existence", "unknown-status"},
		"null among tags":                        {[]string{"- attack.t1105", "- attack.t1105\n    - null"}, "wrong-type", ""},
		"an empty false positive":                {[]string{"- Unlikely", "- ''"}, "empty-text", ""},
		"a kind of detection in capitals":        {[]string{"- attack.t1105", "- attack.t1105\n    - detection.DFIR"}, "detection-tag", ""},
		"a small letter without a capital":       {[]string{"- Unlikely", "- ßa"}, "sigmahq-falsepositives-capital", ""},
		"a word that begins with a raised digit": {[]string{"A Tool", "²x"}, "", "sigmahq-title-case"},
	} {
		got := ids(t, strings.NewReplacer(row.replace...).Replace(soundRule))
		if row.fires != "" && !slices.Contains(got, row.fires) {
			t.Errorf("%s: got %v, expected %s", name, got, row.fires)
		}
		if row.silent != "" && slices.Contains(got, row.silent) {
			t.Errorf("%s: got %v, expected no %s", name, got, row.silent)
		}
	}
}

// TestJudgesValuesOfFilters: a filter becomes a part of the rules that it names, so its values are judged like theirs.
func TestJudgesValuesOfFilters(t *testing.T) {
	filter := `---
title: Own Tools
id: 1d0ad1d1-9a0e-4f0e-8a59-6a1c2f1b7c11
description: Leaves out what the own tools do on purpose.
date: 2024-03-11
logsource:
    product: windows
    category: process_creation
filter:
    rules:
        - 7c1f7a5e-4a7b-4c1e-9d3c-0c7e5c1d2a10
    own:
        User: VALUE
    condition: not own
`
	for value, want := range map[string]string{"'a**b'": "double-wildcard", "'12'": "number-as-string", "[a, A]": "sigmahq-field-duplicate-value", "deploy": ""} {
		got := ids(t, soundRule+strings.Replace(filter, "VALUE", value, 1))
		if want == "" && len(got) > 0 || want != "" && !slices.Contains(got, want) {
			t.Errorf("%s: got %v, expected %q", value, got, want)
		}
	}
}

// TestJudgesWithGlobalDocuments: what a global document says belongs to each rule of its file, and is reported once.
func TestJudgesWithGlobalDocuments(t *testing.T) {
	head, detection, _ := strings.Cut(soundRule, "detection:\n")
	detection, tail, _ := strings.Cut(detection, "falsepositives:\n")
	text := "action: global\n" + strings.Replace(head, "- attack.t1105", "- attack.t1105\n    - misc.x", 1) + "falsepositives:\n" + tail + "---\ndetection:\n" + detection + "---\ndetection:\n" +
		strings.Replace(detection, "certutil", "bitsadmin", 1)
	if got := ids(t, text); strings.Join(got, " ") != "duplicate-title tag-namespace" {
		t.Errorf("got %v", got)
	}
}

// ids returns the checks that report something about a file.
func ids(t *testing.T, text string) []string {
	t.Helper()
	result := runChecks(t, []Input{{Name: "proc_creation_win_tool.yml", Read: func() ([]byte, error) { return []byte(text), nil }}}, Options{})
	var list []string
	for _, d := range result.Diagnostics {
		list = append(list, d.Check.ID)
	}
	return list
}
