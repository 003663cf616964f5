package report_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
)

func TestAddressText(t *testing.T) {
	for want, o := range map[string]finding.Origin{
		"192.0.2.7":                               {},
		"192.0.2.7 (new network; IE)":             {New: "network", Country: "IE"},
		"192.0.2.7 (office)":                      {Known: "office"},
		"192.0.2.7 (Dublin, IE)":                  {City: "Dublin", Country: "IE", CountryName: "Ireland"},
		"192.0.2.7 (Ireland)":                     {CountryName: "Ireland"},
		"192.0.2.7 (Dublin)":                      {City: "Dublin"},
		"192.0.2.7 (AS64500)":                     {ASN: 64500},
		"192.0.2.7 (office; IE; AS64500 Example)": {Known: "office", Country: "IE", ASN: 64500, Organization: "Example"},
	} {
		o.Address = "192.0.2.7"
		if got := report.Address(&o); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Texts of a database are not trusted on a terminal, nor in a spreadsheet.
func TestOriginsAreSafe(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	f.Facts.Addresses = []string{f.Address}
	f.Facts.Origins = []finding.Origin{{Address: f.Address, City: "\x1b[31mred\u202e", Organization: "=cmd()"}}
	for _, format := range report.Names() {
		text := render(t, format, report.Options{}, f)
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%s prints an escape: %q", format, text)
		}
		if format == "csv" && !strings.Contains(text, ",'=cmd(),") {
			t.Errorf("csv does not guard a formula: %q", text)
		}
	}
}
