package textgen_test

import (
	"testing"

	"github.com/egret-hunt/egret/internal/textgen"
)

// The queries are those of sigma-cli 3.1.0 with -O add_line_filters=true.
func TestLokiFiltersLinesOnRequest(t *testing.T) {
	options := map[string]string{"add_line_filters": "true"}
	for _, tt := range []struct{ name, detection, want string }{
		{
			"the longest expression", `s: {A: 4625, B|endswith: '\cmd.exe', C: abcdefgh}` + "\ncondition: s",
			lokiWindows + "|~ `(?i).*\\\\cmd\\.exe` | json | A=4625 and B=~`(?i).*\\\\cmd\\.exe$` and C=~`(?i)^abcdefgh$`",
		},
		{
			"what alternatives have in common", "s: {A|cased: [helloworld, lloworxx, xxllowo]}\ncondition: s",
			lokiWindows + "|= `llowo` | json | A=`helloworld` or A=`lloworxx` or A=`xxllowo`",
		},
		{"a network", "s: {A|cidr: 10.0.0.0/8}\ncondition: s", lokiWindows + `|= ip("10.0.0.0/8") | json | A=ip("10.0.0.0/8")`},
		{"no filter beside keywords", "s: {A|cased: abc}\nk: [foo]\ncondition: s and k", lokiWindows + "|~ `(?i)foo` | json | A=`abc`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, departs := written(t, "loki", "default", tt.detection, textgen.Options{Options: options})
			if got != tt.want || !departs {
				t.Errorf("got  %s, departure %v\nwant %s", got, departs, tt.want)
			}
			if got, _ := written(t, "loki", "default", tt.detection, textgen.Options{Options: options, Exact: true}); got != "refused: inexact" {
				t.Errorf("exact: %s", got)
			}
		})
	}
}
