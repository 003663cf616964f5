package schema_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

const ownSource = `
name: own
title: Own
logsource: {products: [own]}
detect: [{has: [a, b]}]
roots: [""]
first_key: [lower, capital]
also: [older]
fields:
  status:
    at: [ResultStatus]
    values: {success: [Succeeded, "True"]}
never:
  - {field: x.y, values: ["*z"], why: because}
time: [t, {at: n, format: epoch_ms}, {at: s, format: epoch_s}, {at: l, format: "M/d/yyyy h:mm:ss a"}, {at: o, format: epoch_object}]
id: [[a]]
`

func TestTimesInOtherForms(t *testing.T) {
	s, err := schema.Load([]byte(ownSource))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2024-03-01T10:00:00.5Z":                    "2024-03-01T10:00:00.5Z",
		"2024-03-01 10:00:00":                       "2024-03-01T10:00:00Z",
		"1685465626150":                             "2023-05-30T16:53:46.150Z", // date -u -d @1685465626.150
		"1.685465626150e12":                         "2023-05-30T16:53:46.150Z",
		"1685465626":                                "2023-05-30T16:53:46Z",
		"1685465626.25":                             "2023-05-30T16:53:46.25Z",
		"3/24/2022 2:42:35 PM":                      "2022-03-24T14:42:35Z",
		"12/1/2022 12:00:00 AM":                     "2022-12-01T00:00:00Z",
		`{"epochSecond":1638034465,"nano":1000000}`: "2021-11-27T17:34:25.001000000Z",
		`{ "nano" : 0, "epochSecond" : 1638034465}`: "2021-11-27T17:34:25.000000000Z",
		"5": "", "": "", "x": "", "24/3/2022 2:42:35 PM": "", `{"epochSecond":5}`: "", "99999999999999999999": "", "1e400": "", "NaN": "",
	} {
		got := ""
		if at, ok := s.ParseTime([]byte(text)); ok {
			got = at.String()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestFirstKeysInOtherCases(t *testing.T) {
	s, err := schema.Load([]byte(ownSource))
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{
		"aB.cD": "aB.cD ab.cD AB.cD", "status": "ResultStatus resultstatus", "Own": "Own own", "plain.Key": "plain.Key Plain.Key",
	} {
		var got []string
		for _, path := range s.Paths(field) {
			got = append(got, path.Text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
}

func TestFaultsOfSources(t *testing.T) {
	for text, want := range map[string]string{
		"format: epoch_ms}":                                  "format: epoch_mss}",
		`{at: l, format: "M/d/yyyy h:mm:ss a"}`:              `{at: l, format: "h:mm:ss"}`,
		"first_key: [lower, capital]":                        "first_key: [upper]",
		"why: because":                                       "why: ''",
		`values: {success: [Succeeded, "True"]}`:             `values: {success: []}`,
		`at: [ResultStatus]`:                                 `paths: [ResultStatus]`,
		"time: [t, {at: n, format: epoch_ms}":                "time: [t, {path: n, format: epoch_ms}",
		"    at: [ResultStatus]\n    values: {success: [Suc": "    at: []\n    values: {success: ['', Suc",
	} {
		if !strings.Contains(ownSource, text) {
			t.Fatalf("%q is not in the source", text)
		}
		if _, err := schema.Load([]byte(strings.Replace(ownSource, text, want, 1))); err == nil {
			t.Errorf("no fault in %s", want)
		}
	}
}
