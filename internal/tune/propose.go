package tune

import (
	"cmp"
	"crypto/sha1" //nolint:gosec // a UUID version 5 is made of SHA-1
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/ruleset"
)

// maxPairs is the largest number of comparisons in a selection.
const maxPairs = 6

// A Proposal is a filter.
type Proposal struct {
	// ID is that of the filter, which follows from its content, and Text its YAML.
	ID, Text string
	// Others are the ids of events that are neither false nor true positives, and that the filter drops too.
	Others []string
}

// A selection is a list of comparisons that must all hold, sorted by preference.
type selection []pair

func (s selection) holds(e *Event) bool {
	return !slices.ContainsFunc(s, func(p pair) bool { return !e.has(p) })
}

// Propose returns a filter for a rule that drops the events with the ids in drop, and keeps those in keep. The other events that the rule
// matches are kept too where that is possible. The error is a *CollisionError if no filter can do so.
func Propose(rule *ruleset.Rule, events []*Event, drop, keep []string) (*Proposal, error) {
	var bad, good, others []*Event
	for _, e := range events {
		switch {
		case slices.Contains(drop, e.ID):
			bad = append(bad, e)
		case slices.Contains(keep, e.ID):
			good = append(good, e)
		default:
			others = append(others, e)
		}
	}
	w := newWeights(events)
	selections, err := w.choose(bad, append(slices.Clone(good), others...))
	if err != nil && len(others) > 0 {
		selections, err = w.choose(bad, good)
	}
	if err != nil {
		return nil, err
	}
	p := &Proposal{}
	for _, e := range others {
		if slices.ContainsFunc(selections, func(s selection) bool { return s.holds(e) }) {
			p.Others = append(p.Others, e.ID)
		}
	}
	return p, p.write(rule, selections, w)
}

// weights say how good comparisons are for a filter.
type weights struct {
	// events is the number of matched events that have a comparison.
	events map[pair]int
	// spelling is how the first event with a comparison writes the value.
	spelling map[pair]string
}

func newWeights(events []*Event) *weights {
	w := &weights{map[pair]int{}, map[pair]string{}}
	for _, e := range events {
		for p, text := range e.pairs { // each has its own key
			if w.events[p]++; w.spelling[p] == "" {
				w.spelling[p] = text
			}
		}
	}
	return w
}

// rank returns how well a comparison explains why an event is known, the lower the better: who did something, with what, from where, on
// what; and last what only a single event has.
func (w *weights) rank(p pair) int {
	field, r := strings.ToLower(p.field), 6
	for i, words := range [][]string{
		{"issuer.arn", "useridentity.arn", "actor", "principal", "username", "user.name", "email"},
		{"useragent", "user_agent", "agent"},
		{"account", "tenant"},
		{"ipaddress", "ip_address", "src_ip", "clientip", "ip"},
		{"invokedby"},
		{"requestparameters", "resource", "target"},
	} {
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(field, word) }) {
			r = i
			break
		}
	}
	if w.events[p] == 1 {
		r += 10
	}
	return r
}

// order compares comparisons by preference.
func (w *weights) order(a, b pair) int {
	return cmp.Or(cmp.Compare(w.rank(a), w.rank(b)), cmp.Compare(len(a.field), len(b.field)), cmp.Compare(a.field, b.field), cmp.Compare(a.value, b.value))
}

// choose returns selections of which one holds for each event in bad, and none for any in good.
func (w *weights) choose(bad, good []*Event) ([]selection, error) {
	if s, left := w.separate(bad, good); len(left) == 0 && len(s) > 0 {
		return []selection{s}, nil
	}
	var list []selection
	var collisions [][2]string
	open := slices.Clone(bad)
	for len(open) > 0 {
		first := open[0]
		s, left := w.separate(open[:1], good)
		switch {
		case len(left) > 0:
			for _, e := range left {
				collisions = append(collisions, [2]string{first.ID, e.ID})
			}
			open = open[1:]
			continue
		case len(s) == 0:
			return nil, errNothing
		}
		// What this selection leaves out of comparisons, the others need not have either.
		list = append(list, s)
		open = slices.DeleteFunc(open, s.holds)
	}
	if collisions != nil {
		return nil, &CollisionError{collisions}
	}
	return list, nil
}

// separate returns comparisons that all events in bad have and no event in good has all of. left are the events in good that cannot be told
// apart so.
func (w *weights) separate(bad, good []*Event) (s selection, left []*Event) {
	shared := slices.SortedFunc(maps.Keys(bad[0].pairs), w.order)
	for _, e := range bad[1:] {
		shared = slices.DeleteFunc(shared, func(p pair) bool { return !e.has(p) })
	}
	left = good
	for len(left) > 0 && len(s) < maxPairs {
		var best pair
		most, found := 0, false
		for _, p := range shared { // of equal ones the preferred one comes first
			n := 0
			for _, e := range left {
				if !e.has(p) {
					n++
				}
			}
			if better := n > 0 && (!found || w.rank(p) < w.rank(best)-5 || n > most && w.rank(p) < w.rank(best)+5); better {
				best, most, found = p, n, true
			}
		}
		if !found {
			return s, left
		}
		s = append(s, best)
		left = slices.DeleteFunc(slices.Clone(left), func(e *Event) bool { return !e.has(best) })
	}
	if len(s) == 0 && len(shared) > 0 { // nothing to keep: say at least who did it
		s = selection{shared[0]}
	}
	return w.shorten(s, good), left
}

// shorten drops comparisons that are not needed.
func (w *weights) shorten(s selection, good []*Event) selection {
	for i := len(s) - 1; i >= 0 && len(s) > 1; i-- {
		without := slices.Delete(slices.Clone(s), i, i+1)
		if !slices.ContainsFunc(good, without.holds) {
			s = without
		}
	}
	slices.SortFunc(s, w.order)
	return s
}

// namespace is that of the ids of proposed filters.
var namespace = [16]byte{0x8e, 0x0d, 0x6f, 0x1c, 0x52, 0x7a, 0x4b, 0x39, 0x9d, 0x7e, 0x3a, 0x61, 0x0b, 0xc4, 0x5f, 0x28}

// write makes the YAML of the filter.
func (p *Proposal) write(rule *ruleset.Rule, selections []selection, w *weights) error {
	body := &yaml.Node{Kind: yaml.MappingNode}
	add := func(m *yaml.Node, key string, value *yaml.Node) { m.Content = append(m.Content, text(key), value) }
	add(body, "rules", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{text(rule.ID)}})
	sum := sha1.New() //nolint:gosec // as above
	sum.Write(namespace[:])
	fmt.Fprintf(sum, "%s\x00", rule.ID)
	for i, s := range selections {
		fields := &yaml.Node{Kind: yaml.MappingNode}
		values := map[string][]string{}
		var names []string
		for _, c := range s {
			if values[c.field] == nil {
				names = append(names, c.field)
			}
			values[c.field] = append(values[c.field], w.spelling[c])
			fmt.Fprintf(sum, "%d\x00%s\x00%s\x00", i, c.field, c.value)
		}
		for _, name := range names {
			if len(values[name]) == 1 {
				add(fields, name, text(literal(values[name][0])))
				continue
			}
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for _, v := range values[name] {
				list.Content = append(list.Content, text(literal(v)))
			}
			add(fields, name+"|all", list)
		}
		add(body, fmt.Sprintf("known_%d", i+1), fields)
	}
	condition := "not known_1"
	if len(selections) > 1 {
		condition = "not 1 of known_*"
	}
	add(body, "condition", text(condition))
	id := sum.Sum(nil)[:16]
	id[6], id[8] = id[6]&0x0f|0x50, id[8]&0x3f|0x80
	p.ID = fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	root := &yaml.Node{Kind: yaml.MappingNode}
	add(root, "title", text("Known events of "+rule.Title))
	add(root, "id", text(p.ID))
	source := &yaml.Node{Kind: yaml.MappingNode}
	for _, part := range [][2]string{{"category", rule.LogSource.Category}, {"product", rule.LogSource.Product}, {"service", rule.LogSource.Service}} {
		if part[1] != "" {
			add(source, part[0], text(part[1]))
		}
	}
	add(root, "logsource", source)
	add(root, "filter", body)
	var b strings.Builder
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := encoder.Encode(root)
	p.Text = b.String()
	return err
}

// literal returns a text as a value of a rule that has no wildcards.
func literal(s string) string { return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`).Replace(s) }

func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	if n.Style == 0 && n.Tag == "!!str" && needsQuotes(s) {
		n.Style = yaml.SingleQuotedStyle
	}
	return n
}

// needsQuotes reports whether YAML would read a plain text as something else.
func needsQuotes(s string) bool {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(s), &n); err != nil || n.Kind == 0 {
		return true
	}
	return n.Content[0].Kind != yaml.ScalarNode || n.Content[0].Tag != "!!str"
}
