package sigma

import (
	"slices"
	"strings"
	"testing"
)

// appendixModifiers is every modifier of the Sigma Modifiers Appendix 2.1.0, in its order.
const appendixModifiers = "all startswith endswith contains exists cased neq windash re i m s base64 base64offset " +
	"utf16le utf16be utf16 wide lt lte gt gte minute hour day week month year cidr expand fieldref"

func TestEveryModifierOfTheAppendixIsKnown(t *testing.T) {
	names := strings.Fields(appendixModifiers)
	for _, name := range names {
		if info := FindModifier(name); info == nil || info.Name != name || info.Meaning == "" {
			t.Errorf("modifier %q is not in the table", name)
		}
	}
	if len(names) != len(Modifiers) {
		t.Errorf("%d modifiers in the appendix, %d in the table", len(names), len(Modifiers))
	}
	if !slices.IsSortedFunc(Modifiers, func(a, b ModifierInfo) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table is not sorted")
	}
	if FindModifier("") != nil || FindModifier("zzz") != nil {
		t.Error("FindModifier finds what is not there")
	}
}

func TestCompanionsAreSymmetric(t *testing.T) {
	for a := range companions {
		for b := range companions {
			if companions[a]>>b&1 != companions[b]>>a&1 {
				t.Errorf("kinds %d and %d disagree", a, b)
			}
		}
	}
}

func TestModifiers(t *testing.T) {
	for line, want := range map[string]string{
		"f|contains: x":                            "",
		"f|contains|all: [x, y]":                   "",
		"f|all|contains: [x, y]":                   "",
		"f|contains|all: x":                        "warning all-with-one-value all",
		"f|contains|all: [x]":                      "warning all-with-one-value all",
		"f|startswith|cased|neq: x":                "",
		"f|windash|contains|all: [-a, -b]":         "",
		"f|wide|base64offset|contains: x":          "",
		"f|base64|base64: x":                       "",
		"f|utf16be|base64|endswith: x":             "",
		"f|re: '^x'":                               "",
		"f|re|i|m|s: '^x'":                         "",
		"f|re|neq: x":                              "",
		"f|expand|re: '%x%'":                       "",
		"f|cidr: 192.0.2.0/24":                     "",
		"f|cidr|all: [192.0.2.0/24, 192.0.2.0/25]": "",
		"f|gt: 5":                                  "",
		"f|lte: 5.25":                              "",
		"f|gte|expand: '%min%'":                    "",
		"f|hour: 5":                                "",
		"f|hour|gte: 18":                           "",
		"f|week: 53":                               "",
		"f|exists: true":                           "",
		"f|exists|neq: false":                      "",
		"f|fieldref: g":                            "",
		"f|fieldref|startswith|cased|neq: g":       "",
		"f|neq: null":                              "",
		"f: null":                                  "",
		"f|contains: 5":                            "",
		"f|contains: true":                         "",
		"'|all': [a, b]":                           "",
		"'|re|i': a":                               "",
		"'|contains': a":                           "",
		"f | contains : x":                         "",
		"f|contain: x":                             "error unknown-modifier contain",
		"f|Contains: x":                            "error unknown-modifier Contains",
		"f|: x":                                    "error unknown-modifier ",
		"f|contains|startswith: x":                 "error modifier-conflict startswith",
		"f|re|contains: x":                         "error modifier-conflict contains",
		"f|re|cidr: x":                             "error modifier-conflict cidr",
		"f|gt|lt: 5":                               "error modifier-conflict lt",
		"f|base64|re: x":                           "error modifier-conflict re",
		"f|windash|re: x":                          "error modifier-conflict re",
		"f|exists|all: true":                       "error modifier-conflict all",
		"f|fieldref|cidr: g":                       "error modifier-conflict cidr",
		"f|hour|contains: 5":                       "error modifier-conflict contains",
		"f|cased|gt: 5":                            "error modifier-conflict gt",
		"f|re|cased: x":                            "warning redundant-modifier cased",
		"f|i: x":                                   "error flag-without-re i",
		"f|i|re: x":                                "error flag-without-re i",
		"f|contains|contains: x":                   "warning repeated-modifier contains",
		"f|exists: yes":                            "error invalid-value yes",
		"f|exists: [true, false]":                  "error invalid-value f|exists: [true, false",
		"f|gt: many":                               "error invalid-value many",
		"f|gt: '5'":                                "warning quoted-number '5'",
		"f|gt: 0x5":                                "error invalid-value 0x5",
		"f|minute: 60":                             "warning time-part-range 60",
		"f|month: 0":                               "warning time-part-range 0",
		"f|day: 1.5":                               "warning time-part-range 1.5",
		"f|fieldref: 5":                            "error invalid-value 5",
		"f|fieldref: ''":                           "error invalid-value ''",
		"f|contains: null":                         "error null-with-modifier null",
		"f: [a, null]":                             "warning null-in-list null",
		"f: []":                                    "error empty-values []",
		"f: {g: h}":                                "error nested-value {g: h",
		"f: [[a]]":                                 "error nested-value [a",
		"'|all': [a, null]":                        "error null-keyword null",
		"'|exists': true":                          "error modifier-needs-field exists",
		"'|startswith': a":                         "error modifier-needs-field startswith",
		"'|gt': 5":                                 "error modifier-needs-field gt",
		"f: !!binary aGk=":                         "warning unusable-tag aGk=",
	} {
		collection, list := parseText("title: t\nlogsource: {product: p}\ndetection:\n  s:\n    " + line + "\n  condition: s\n")
		got := ""
		if len(list) > 0 {
			got = list[0].Severity.String() + " " + list[0].Code + " " + list[0].Span.Text()
		}
		if got != want || len(list) > 1 {
			t.Errorf("%s gives %q, want %q (%s)", line, got, want, codes(list))
		}
		if loaded := len(collection.Rules) == 1; loaded == strings.HasPrefix(want, "error") {
			t.Errorf("%s: loaded is %v", line, loaded)
		}
	}
}
