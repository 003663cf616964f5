package pipeline

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// collections parses files and applies a pipeline to them.
func collections(t *testing.T, pipeline string, texts ...string) ([]*sigma.Collection, *Results, diag.List) {
	t.Helper()
	files := make([]*sigma.Collection, len(texts))
	for i, text := range texts {
		c, list := sigma.Parse(source.NewFile("rule.yml", text))
		if list.HasErrors() {
			t.Fatalf("%v", list)
		}
		files[i] = c
	}
	results, lists := NewChain(nil, mustLoad(t, pipeline, Options{})).Collections(files)
	var all diag.List
	for _, list := range lists {
		all.Add(list...)
	}
	return files, results, all
}

const filterText = `title: No deployments
logsource:
    product: windows
filter:
    rules: any
    user:
        User|startswith: deploy
    host_a:
        Host: a
    condition: not (user or 1 of host_*)
`

// Filters are part of a rule before the first step, also for conditions on its items.
func TestFiltersAreMerged(t *testing.T) {
	files, _, list := collections(t, "transformations:\n- type: field_name_prefix\n  prefix: x.\n  rule_conditions:\n  - type: contains_field\n    field: User\n",
		ruleText(simple), filterText)
	want := `sel:
    x.EventID: 1
    x.Image|endswith: '\a.exe'
_filt_1_user:
    x.User|startswith: 'deploy'
_filt_1_host_a:
    x.Host: 'a'
condition: sel and not (_filt_1_user or 1 of _filt_1_host_*)`
	if got := detectionOf(files[0].Rules[0]); got != want || len(list) > 0 {
		t.Errorf("got\n%s\nwant\n%s\n%v", got, want, list)
	}
	if len(files[1].Filters) != 0 {
		t.Error("the filter is still there, and would be applied twice")
	}
	other := strings.Replace(filterText, "windows", "linux", 1)
	if files, _, _ = collections(t, "transformations: []\n", ruleText(simple), other); len(files[1].Filters) != 1 {
		t.Error("a filter of another log source is gone")
	}
}

const correlationText = `title: Many starts
name: many
correlation:
    type: value_count
    rules: [odd]
    group-by: [User, host]
    timespan: 10m
    aliases:
        host:
            odd: Computer
    condition:
        field: Image
        gte: 5
`

// Correlations are changed after the rules that they count, whose log sources count for conditions.
func TestCorrelation(t *testing.T) {
	const pipeline = `
transformations:
- type: change_logsource
  product: other
  rule_conditions:
  - type: is_sigma_rule
- type: field_name_mapping
  mapping:
    User: [user, account]
    Computer: computer
    Image: process
    host: wrong
  rule_conditions:
  - type: logsource
    product: other
- type: set_state
  key: index
  val: counted
  rule_conditions:
  - type: is_sigma_correlation_rule
`
	files, results, list := collections(t, pipeline, correlationText, strings.Replace(ruleText(simple), "title:", "name: odd\ntitle:", 1))
	if len(list) > 0 {
		t.Fatal(list)
	}
	c := files[0].Correlations[0]
	for _, want := range []string{"'user'", "'account'", "'host'", "'odd': 'computer'", "field: 'process'"} {
		if !strings.Contains(strings.ReplaceAll(c.String(), "\"", "'"), want) && !strings.Contains(c.String(), strings.ReplaceAll(want, "'", "")) {
			t.Errorf("%s is missing in\n%s", want, c)
		}
	}
	if state := results.Of(c).State["index"]; state != "counted" {
		t.Errorf("got %v in the state of the correlation", state)
	}
	if state := results.Of(files[1].Rules[0]).State; len(state) != 0 {
		t.Errorf("got %v in the state of the rule, want none", state)
	}
	_, _, list = collections(t, "transformations:\n- type: field_name_mapping\n  mapping: {Image: [a, b]}\n", correlationText, strings.Replace(ruleText(simple), "title:", "name: odd\ntitle:", 1))
	if len(list) != 1 || list[0].Message != "the condition of a correlation takes one field, but Image is mapped to 2" {
		t.Errorf("got %v, want a fault about two fields", list)
	}
}
