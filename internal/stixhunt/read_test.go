package stixhunt_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixhunt"
	"github.com/egret-hunt/egret/stix"
)

// bundle has an indicator for each way of being good or bad.
const bundle = `{"type":"bundle","id":"bundle--1","objects":[
{"type":"identity","id":"identity--1"},
{"type":"indicator","spec_version":"2.1","id":"indicator--good","name":"C2","description":"of case 12","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix",
 "valid_from":"2026-01-01T00:00:00Z","valid_until":"2026-02-01T00:00:00Z","confidence":40,"kill_chain_phases":[{"kill_chain_name":"mitre-attack","phase_name":"exfiltration"}],
 "external_references":[{"source_name":"x","url":"https://example.com/r"}]},
{"type":"indicator","id":"indicator--revoked","pattern":"[ipv4-addr:value = '192.0.2.2']","revoked":true},
{"type":"indicator","id":"indicator--yara","pattern":"rule x {}","pattern_type":"yara"},
{"type":"indicator","id":"indicator--none"},
{"type":"indicator","id":"indicator--time","pattern":"[a:b = 1]","valid_from":"yesterday"},
{"type":"indicator","id":"indicator--order","pattern":"[a:b = 1]","valid_from":"2026-01-02T00:00:00Z","valid_until":"2026-01-01T00:00:00Z"},
{"type":"indicator","id":"indicator--sure","pattern":"[a:b = 1]","confidence":101},
{"type":"indicator","id":"indicator--type","pattern":7},
{"type":"indicator","id":"indicator--syntax","pattern":"[ipv4-addr:value = "},
{"type":"indicator","id":"indicator--path","pattern":"[email-addr:value = 'x']"}
]}`

func TestBundles(t *testing.T) {
	loaded, list, err := stixhunt.Read("b.json", strings.NewReader(bundle), stix.V21)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Indicators) != 4 || loaded.Others != 1 || len(list) != 6 {
		t.Fatalf("got %d indicators, %d others, %d diagnostics: %v", len(loaded.Indicators), loaded.Others, len(list), list)
	}
	for _, name := range []string{"yara", "none", "time", "order", "sure", "type"} {
		if !strings.Contains(fmt.Sprint(list), "indicator--"+name) {
			t.Errorf("indicator--%s is not named", name)
		}
	}
	rules, list := stixhunt.Make(loaded.Indicators, stixhunt.Options{Schemas: schema.All()})
	if rules.Used != 2 || rules.Refused != 2 || len(list) != 2 {
		t.Fatalf("got %d used, %d refused, %v; want 2, 2", rules.Used, rules.Refused, list)
	}
	for _, text := range []string{"indicator--syntax", "indicator--path", "email-addr:value"} {
		if !strings.Contains(fmt.Sprint(list), text) {
			t.Errorf("%s is not named: %v", text, list)
		}
	}
	statuses := map[string]int{}
	for _, r := range rules.Lowered.Rules {
		statuses[r.Indicator+" "+r.Title+" "+r.Level+" "+r.Status+" "+strings.Join(r.Tags, ",")]++
	}
	for _, want := range []string{"indicator--good C2 medium stable stix,attack.exfiltration", "indicator--revoked [ipv4-addr:value = '192.0.2.2'] high deprecated stix"} {
		if statuses[want] == 0 {
			t.Errorf("no rule is %q, but %v", want, statuses)
		}
	}
}

func TestLists(t *testing.T) {
	loaded, list, err := stixhunt.Read("l.txt", strings.NewReader("\ufeff# a list\n\n[ipv4-addr:value = '192.0.2.1']\r\n  [a:b = 1] AND [a:c = 2]\nnonsense\n"), stix.V21)
	if err != nil || len(list) > 0 || len(loaded.Indicators) != 3 {
		t.Fatal(loaded, list, err)
	}
	_, list = stixhunt.Make(loaded.Indicators, stixhunt.Options{Schemas: schema.All()})
	if !strings.Contains(fmt.Sprint(list), "l.txt line 5") || !strings.Contains(fmt.Sprint(list), "l.txt line 4") {
		t.Errorf("got %v, want lines 4 and 5", list)
	}
	if _, list, _ := stixhunt.Read("l.txt", strings.NewReader(" \n"), stix.V21); len(list) != 1 {
		t.Errorf("an empty list: got %v", list)
	}
}

// FuzzRead checks that no file of indicators makes reading or making rules fail otherwise than with diagnostics, whose positions lie in
// the pattern.
func FuzzRead(f *testing.F) {
	f.Add(bundle)
	f.Add("[ipv4-addr:value IN ('192.0.2.1','')] REPEATS 99999999999 TIMES WITHIN 1e9 SECONDS\n[url:value LIKE '%x_']")
	f.Add(`[{"type":"indicator","pattern":"[ipv4-addr:value ISSUBSET '::ffff:1.2.3.4/100' OR x-oca-event:user_ref.user_id = t'2026-01-01T00:00:00Z']"}]`)
	f.Add("([t:a = 1] OR [t:b = 2]) REPEATS 5 TIMES")
	f.Fuzz(func(t *testing.T, text string) {
		loaded, _, err := stixhunt.Read("f", strings.NewReader(text), stix.V21)
		if err != nil {
			return
		}
		if len(loaded.Indicators) > 50 {
			loaded.Indicators = loaded.Indicators[:50]
		}
		_, list := stixhunt.Make(loaded.Indicators, stixhunt.Options{Schemas: schema.All()})
		for _, d := range list {
			if s := d.Span; !s.IsZero() && (s.Start < 0 || s.End > len(s.File.Text) || s.Start > s.End) {
				t.Errorf("span %d to %d of %d bytes", s.Start, s.End, len(s.File.Text))
			}
		}
	})
}
