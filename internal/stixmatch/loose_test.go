package stixmatch_test

import (
	"encoding/json"
	"testing"

	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// TestLoose compares as the other connector's SQL does: both sides in lower case, and as text.
func TestLoose(t *testing.T) {
	o := &stixmatch.Observation{Objects: map[string]stixmatch.Object{"0": {
		"type": "t", "text": "CreateUser", "port": json.Number("3389"), "digits": "22", "flag": true, "list": []any{"TCP", json.Number("6")},
	}}}
	for text, want := range map[string][2]bool{ // strictly, loosely
		"[t:text = 'createuser']":             {false, true},
		"[t:text != 'createuser']":            {true, false},
		"[t:text NOT IN ('x', 'CREATEUSER')]": {true, false},
		"[t:text LIKE 'create%']":             {false, true},
		"[t:text MATCHES '^create[a-z]+$']":   {false, true},
		"[t:text > 'createa']":                {false, true},
		"[t:port = '3389']":                   {false, true},
		"[t:port = '3389.0']":                 {false, true},
		"[t:port LIKE '33__']":                {false, true},
		"[t:digits = 22]":                     {false, true},
		"[t:digits < 100]":                    {false, true},
		"[t:digits < '100']":                  {false, true},
		"[t:flag = 'TRUE']":                   {false, true},
		"[t:list[*] = 'tcp']":                 {false, true},
		"[t:list[*] IN ('udp', '6')]":         {false, true},
		"[t:text = 'CreateUser']":             {true, true},
		"[t:missing = 'x']":                   {false, false},
		"[t:missing != 'x']":                  {false, false},
		"[t:text = 'create user']":            {false, false},
		"[t:port = 'x']":                      {false, false},
		"[t:text = 22 OR t:digits != '22']":   {false, false},
	} {
		p, list := stix.Parse(source.NewFile("pattern", text), stix.V21)
		if p == nil {
			t.Fatal(list)
		}
		for i, loose := range []bool{false, true} {
			compiled, list := stixmatch.Compile(p, stixmatch.Options{Loose: loose})
			if compiled == nil {
				t.Fatal(list)
			}
			if got, err := compiled.Holds(0, o); err != nil || got != want[i] {
				t.Errorf("%s, loose %v: got %v %v", text, loose, got, err)
			}
		}
	}
}
