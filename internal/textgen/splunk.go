package textgen

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/crypto/blake2s"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/textrule"
)

// splunkDeferred moves regular expressions and comparisons of two fields behind the search, since the search command has
// neither. Under an OR they become a field of their own that the search then tests.
//
// A NOT of a group with such a part is written as the peer writes it, unless nothing of the group is left in the search: then,
// and with --exact, the part becomes a field too.
var splunkDeferred = &strategy{
	name: "splunk-deferred",
	help: "writes regular expressions and comparisons of two fields as commands after the search of Splunk, under an OR as fields that the search tests",
	node: func(c *converter, n textrule.Node) (piece, bool, error) {
		not, ok := n.(*textrule.Not)
		if !ok || c.notes["splunk.fields"] == true {
			return piece{}, false, nil
		}
		later, here := splunkParts(not.Arg)
		if _, isMatch := not.Arg.(*textrule.Match); isMatch || later == nil {
			return piece{}, false, nil
		}
		if here && !c.exact {
			c.depart("deferred-in-not", later.Span)
			return piece{}, false, nil
		}
		c.note("splunk.fields", true)
		p, err := c.node(n)
		c.note("splunk.fields", false)
		return p, true, err
	},
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		switch v := m.Value.(type) {
		case *textrule.Regex:
			return c.splunkRegex(m, v)
		case *textrule.FieldRef:
			if v.Start || v.End {
				return piece{}, true, c.refuse(m.Span, "comparisons with a part of another field")
			}
			c.depart("field-reference", m.Span)
			return c.splunkFieldRef(m, v)
		}
		return piece{}, false, nil
	},
	finish: func(c *converter, query string) (string, error) {
		var before, after []*deferred
		for _, d := range c.deferred {
			if d.kind == "splunk.field" {
				before = append(before, d)
			} else {
				after = append(after, d)
			}
		}
		if len(before) == 0 {
			return query, nil
		}
		c.deferred = after
		var out strings.Builder
		for _, d := range before {
			out.WriteString(c.Spec.Deferred.Start + d.text(d.negated))
		}
		return out.String() + splunkSearch + query, nil
	},
	text: func(c *converter, format *Format, query string) (string, error) {
		if format.Name != "default" {
			return query, nil
		}
		return c.splunkFirst(query), nil
	},
}

// splunkSearch begins the search after the commands that make fields.
const splunkSearch = "\n| search "

// splunkParts returns the first part of a group that follows the search unless it is under an OR, and whether the group has
// another part too.
func splunkParts(n textrule.Node) (later *textrule.Match, here bool) {
	switch n := n.(type) {
	case *textrule.Match:
		switch n.Value.(type) {
		case *textrule.Regex, *textrule.FieldRef:
			if !n.UnderOr {
				return n, false
			}
		}
		return nil, true
	case *textrule.Not:
		return splunkParts(n.Arg)
	case *textrule.And:
		return splunkAllParts(n.Args)
	case *textrule.Or:
		return splunkAllParts(n.Args)
	}
	return nil, false
}

func splunkAllParts(args []textrule.Node) (later *textrule.Match, here bool) {
	for _, arg := range args {
		l, h := splunkParts(arg)
		if later == nil {
			later = l
		}
		here = here || h
	}
	return later, here
}

// note sets a note of a strategy.
func (c *converter) note(name string, value any) {
	if c.notes == nil {
		c.notes = map[string]any{}
	}
	c.notes[name] = value
}

func (c *converter) splunkRegex(m *textrule.Match, v *textrule.Regex) (piece, bool, error) {
	c.depart("regex", m.Span)
	regex := c.regex(v)
	field := m.Field
	if m.Keyword {
		field = "_raw"
	}
	if !m.UnderOr && c.notes["splunk.fields"] != true {
		d := &deferred{kind: "splunk.regex", text: func(negated bool) string {
			operator := "="
			if negated {
				operator = "!="
			}
			return "regex " + c.splunkName(field) + operator + `"` + regex + `"`
		}}
		c.deferred = append(c.deferred, d)
		return piece{deferred: d}, true, nil
	}
	suffix := c.splunkSuffix(field)
	group, condition := splunkGroup(field, "Match"+suffix), splunkLast(field)+"Condition"+suffix
	p := c.splunkField(condition, fmt.Sprintf(`rex field=%s "(?<%s>%s)"`+"\n"+`| eval %s=if(isnotnull(%s), "true", "false")`,
		c.splunkName(field), group, regex, condition, group))
	return p, true, nil
}

func (c *converter) splunkFieldRef(m *textrule.Match, v *textrule.FieldRef) (piece, bool, error) {
	comparison := "'" + m.Field + "'='" + v.Field + "'"
	if c.exact {
		comparison = "lower('" + m.Field + "')=lower('" + v.Field + "')"
	}
	if strings.Contains(m.Field+v.Field, "'") {
		return piece{}, true, unsupported(m.Span, "Splunk cannot compare fields whose names have a quote")
	}
	if m.UnderOr || c.notes["splunk.fields"] == true {
		condition := splunkLast(m.Field) + "Condition" + c.splunkSuffix(m.Field)
		return c.splunkField(condition, fmt.Sprintf(`eval %s=if(%s, "true", "false")`, condition, comparison)), true, nil
	}
	d := &deferred{kind: "splunk.where", text: func(negated bool) string {
		if negated {
			return "where NOT " + comparison
		}
		return "where " + comparison
	}}
	c.deferred = append(c.deferred, d)
	return piece{deferred: d}, true, nil
}

// splunkField adds commands before the search that set a field to true or false, and returns its test.
func (c *converter) splunkField(condition, commands string) piece {
	c.deferred = append(c.deferred, &deferred{kind: "splunk.field", text: func(bool) string { return commands }})
	made, _ := c.notes["splunk.conditions"].(map[string]bool)
	if made == nil {
		made = map[string]bool{}
		c.note("splunk.conditions", made)
	}
	made[condition] = true
	return textPiece(c.field(condition) + `="true"`)
}

// splunkSuffix returns the number of a made field after the first of the same field.
func (c *converter) splunkSuffix(field string) string {
	counts, _ := c.notes["splunk.counts"].(map[string]int)
	if counts == nil {
		counts = map[string]int{}
		c.note("splunk.counts", counts)
	}
	counts[field]++
	if counts[field] == 1 {
		return ""
	}
	return fmt.Sprint(counts[field])
}

// splunkName returns a field for the commands regex and rex: quoted if the name would end early.
func (c *converter) splunkName(field string) string {
	if strings.ContainsAny(field, " \t\r\n\"'|=,()[]") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(field) + `"`
	}
	return field
}

// splunkLast returns the part of a field's name after the last dot, since names of groups have no dots. Other characters that
// such a name cannot have become `_`.
func splunkLast(field string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return '_'
	}, field[strings.LastIndexByte(field, '.')+1:])
}

// maxGroup is the maximum length of the name of a group in Splunk's regular expressions (PCRE).
const maxGroup = 32

// splunkGroup returns the name of a group for a field. A long name is cut and made unique by a hash.
func splunkGroup(field, suffix string) string {
	name := []rune(splunkLast(field))
	if len(name)+len(suffix) <= maxGroup {
		return string(name) + suffix
	}
	hash := blake2s.Sum256([]byte(string(name)))
	digest := hex.EncodeToString(hash[:])[:8]
	return string(name[:max(maxGroup-len(suffix)-len(digest), 0)]) + digest + suffix
}

// splunkTerm matches a comparison of a field with a value at the start of a search.
var splunkTerm = lazyre.New(`^([\w.\p{L}\p{N}]+)(?:="[^"]*"|=[^\s")]+)\s*`)

// splunkFirst moves comparisons at the start of a search that follows made fields before the commands that make them, so that
// Splunk reads fewer events.
func (c *converter) splunkFirst(query string) string {
	made, _ := c.notes["splunk.conditions"].(map[string]bool)
	commands, search, found := strings.Cut(query, splunkSearch)
	if !found || len(made) == 0 {
		return query
	}
	var first []string
	for {
		m := splunkTerm.FindStringSubmatch(search)
		if m == nil || made[m[1]] {
			break
		}
		first = append(first, strings.TrimSpace(m[0]))
		search = search[len(m[0]):]
	}
	if len(first) == 0 {
		return query
	}
	return strings.Join(first, " ") + commands + splunkSearch + search
}

// splunkDataModel writes a query of a data model with the command tstats.
var splunkDataModel = &strategy{
	name: "splunk-data-model",
	help: "writes the format data_model of Splunk: a search of a data model with the command tstats",
	text: func(c *converter, format *Format, query string) (string, error) {
		if format.Name != "data_model" {
			return query, nil
		}
		model, _ := c.rule.State["data_model_set"].(string)
		if model == "" {
			return "", c.wholeFault("the format data_model needs a pipeline that names a data model, such as splunk_cim")
		}
		names, ok := stateList(c.rule.State["fields"])
		if !ok {
			return "", c.wholeFault("the format data_model needs a pipeline that names fields, such as splunk_cim")
		}
		name, set, ok := strings.Cut(model, ".")
		if ok && (name == "" || set == "" || strings.Contains(set, ".")) {
			return "", c.wholeFault(fmt.Sprintf("expected a data model and its set, as in Endpoint.Processes, found %q", model))
		}
		commands, where, made := strings.Cut(query, splunkSearch)
		if !made {
			commands, where = "", query
		}
		if i := strings.Index(where, "\n| "); i >= 0 {
			commands += where[i:]
			where = where[:i]
		}
		if made {
			commands += splunkSearch + where
		}
		text := `| tstats summariesonly=false allow_old_summaries=true fillnull_value="null" count min(_time) as firstTime max(_time) as lastTime` +
			" from datamodel=" + model + " where " + where + " by " + strings.Join(names, " ") + commands + "\n| `drop_dm_object_name(" + set + ")`\n" +
			`| convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(firstTime)` + "\n" + `| convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(lastTime)` + "\n"
		return strings.ReplaceAll(text, "\n", " "), nil
	},
}

func (c *converter) wholeFault(message string) error { return unsupported(c.rule.Span, "%s", message) }

// stateList returns a list of texts from the state of a pipeline.
func stateList(v any) ([]string, bool) {
	switch v := v.(type) {
	case []string:
		return v, true
	case *pyprint.List:
		var out []string
		for _, item := range v.Items {
			out = append(out, fmt.Sprint(item))
		}
		return out, true
	}
	return nil, false
}
