package ruledraft

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// maxConditions is the largest number of fields that a draft asks for.
const maxConditions = 8

// choose returns the action that the samples share, and the candidates that leave the fewest other events, as few as possible.
// Fields that name people and places are left out. Without other events these are the kinds of actions.
func (s *Samples) choose() []int {
	var chosen []int
	if len(s.candidates) > 0 && s.candidates[0].rank == actionRank {
		chosen = []int{0}
	}
	fixed := len(chosen)
	left := s.remaining(chosen)
	for _, worst := range []int{kindRank + listRank, identityRank - 1} {
		for left > 0 && len(chosen) < maxConditions {
			best, bestLeft := -1, left
			for i, c := range s.candidates {
				if c.rank > worst || slices.Contains(chosen, i) {
					continue
				}
				if n := s.remaining(append(slices.Clone(chosen), i)); n < bestLeft {
					best, bestLeft = i, n
				}
			}
			if best < 0 {
				break
			}
			chosen, left = append(chosen, best), bestLeft
		}
	}
	if len(chosen) == 0 || s.others == 0 {
		chosen = nil
		for i, c := range s.candidates {
			if c.rank <= kindRank+listRank && len(chosen) < maxConditions {
				chosen = append(chosen, i)
			}
		}
	}
	if len(chosen) == 0 {
		chosen = []int{0}
	}
	// An early choice may be needless after later ones.
	for at := fixed; at < len(chosen) && len(chosen) > 1; {
		fewer := slices.Delete(slices.Clone(chosen), at, at+1)
		if s.others > 0 && s.remaining(fewer) == left {
			chosen = fewer
			continue
		}
		at++
	}
	slices.Sort(chosen)
	return chosen
}

// remaining counts the other events that meet all of some candidates.
func (s *Samples) remaining(chosen []int) int64 {
	var n int64
	for p, count := range s.rest { // a sum does not depend on the order
		all := true
		for _, i := range chosen {
			all = all && p.has(i)
		}
		if all {
			n += count
		}
	}
	return n
}

// Head is what a draft says beside its selection.
type Head struct{ Title, ID, Date string }

// Rule returns the text of the rule.
func (s *Samples) Rule(h Head) (string, error) {
	source, _ := s.schema.Whole(s.options.Schemas)
	if source == (schema.LogSource{}) {
		if products := s.schema.Products(); len(products) > 0 {
			source.Product = products[0]
		}
	}
	chosen := s.choose()
	selection := &yaml.Node{Kind: yaml.MappingNode}
	byField := map[string]bool{}
	for _, i := range chosen {
		c := s.candidates[i]
		key := c.field
		// A list may have to hold several values.
		if n := s.sameField(chosen, c.field); n > 1 {
			if byField[c.field] {
				continue
			}
			key += "|contains|all"
		}
		byField[c.field] = true
		selection.Content = append(selection.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, s.valueNode(chosen, c, strings.HasSuffix(key, "|all")))
	}
	logsource := &yaml.Node{Kind: yaml.MappingNode}
	for _, part := range [][2]string{{"product", source.Product}, {"category", source.Category}, {"service", source.Service}} {
		if part[1] != "" {
			logsource.Content = append(logsource.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: part[0]}, text(part[1]))
		}
	}
	root := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key string, value *yaml.Node) {
		root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	}
	add("title", text(h.Title))
	add("id", text(h.ID))
	add("status", text("experimental"))
	add("description", text("FILL IN what it finds, and why that matters"))
	add("date", &yaml.Node{Kind: yaml.ScalarNode, Value: h.Date, Style: yaml.SingleQuotedStyle})
	add("logsource", logsource)
	detection := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: "selection"}, selection, {Kind: yaml.ScalarNode, Value: "condition"}, text("selection"),
	}}
	add("detection", detection)
	add("falsepositives", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{text("FILL IN")}})
	add("level", text("medium"))
	var out strings.Builder
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(4)
	if err := encoder.Encode(root); err != nil {
		return "", err
	}
	if err := encoder.Close(); err != nil {
		return "", err
	}
	return out.String() + s.hints(chosen), nil
}

// sameField counts the chosen candidates of a field.
func (s *Samples) sameField(chosen []int, field string) int {
	n := 0
	for _, i := range chosen {
		if s.candidates[i].field == field {
			n++
		}
	}
	return n
}

// valueNode returns the values that a field must have.
func (s *Samples) valueNode(chosen []int, c candidate, all bool) *yaml.Node {
	values := c.values
	if all {
		values = nil
		for _, i := range chosen {
			if s.candidates[i].field == c.field {
				values = append(values, s.candidates[i].values...)
			}
		}
	}
	if len(values) == 1 {
		return scalar(values[0])
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, v := range values {
		list.Content = append(list.Content, scalar(v))
	}
	return list
}

// hints lists, as comments, what the samples share beside the selection.
func (s *Samples) hints(chosen []int) string {
	const most = 12
	var lines []string
	for i, c := range s.candidates {
		if slices.Contains(chosen, i) || len(c.values) > 1 || len(lines) >= most {
			continue
		}
		line := fmt.Sprintf("#     %s: %s", c.field, strings.TrimSpace(yamlText(scalar(c.values[0]))))
		if s.others > 0 {
			line += fmt.Sprintf(" # with it %d of the other events would match", s.remaining(append(slices.Clone(chosen), i)))
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return ""
	}
	return "# All samples also share:\n" + strings.Join(lines, "\n") + "\n"
}

func yamlText(n *yaml.Node) string {
	out, err := yaml.Marshal(n)
	if err != nil {
		panic("egret bug: " + err.Error()) // a scalar node
	}
	return string(out)
}

// text returns a string, quoted where YAML would read something else.
func text(s string) *yaml.Node {
	var n yaml.Node
	n.SetString(s)
	return &n
}

var escaper = strings.NewReplacer(`\*`, `\\\*`, `\?`, `\\\?`, `*`, `\*`, `?`, `\?`, `\\`, `\\\\`)

// scalar returns a value as a rule writes it: wildcards are escaped.
func scalar(l leaf) *yaml.Node {
	if l.kind != value.String {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: l.text}
	}
	return text(escaper.Replace(l.text))
}
