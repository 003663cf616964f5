package connector

import (
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/stixmap"
)

// tableName is the name of the table in subqueries, until Query knows it.
const tableName = "##TABLE##"

// name returns a name for an element of a list.
func (t *translation) name() string {
	t.names++
	return elementPrefix + strconv.Itoa(t.names)
}

// elementPrefix begins the names of elements; no column of a log has it.
const elementPrefix = "egret_"

// literalText returns a text as a literal. Marks that Query looks for are not in one piece.
func literalText(text string) sqltree.Expr {
	var pieces []sqltree.Expr
	start := 0
	for i := 1; i < len(text); i++ {
		if text[i-1] == '#' && text[i] == '#' {
			pieces, start = append(pieces, sqltree.Text(text[start:i])), i
		}
	}
	last := sqltree.Text(text[start:])
	if len(pieces) == 0 {
		return last
	}
	return sqltree.Concat(pieces[0], append(pieces[1:], last)...)
}

// guarded marks a condition with the columns that an expression of it reads. Tables of Security Lake have those of their log source
// only, and Query leaves out what a table cannot have.
func (t *translation) guarded(reads, where sqltree.Expr) sqltree.Expr {
	if t.service != "ocsf" || t.own {
		return where
	}
	var paths []string
	sqltree.Walk(reads, func(e sqltree.Expr) bool {
		path := ""
		for inside := e; ; {
			m, ok := inside.(sqltree.Member)
			if !ok {
				if n, ok := inside.(sqltree.Name); ok && !strings.HasPrefix(n[0], elementPrefix) {
					paths = append(paths, n[0]+path)
				}
				break
			}
			path, inside = "."+m.Name+path, m.Of
		}
		_, member := e.(sqltree.Member)
		return !member
	})
	if len(paths) == 0 {
		return where
	}
	slices.Sort(paths)
	return sqltree.Fn(guardBegin+strings.Join(slices.Compact(paths), ",")+guardEnd, where)
}

const guardBegin, guardEnd = "##IF ", "##"

// findingLists are the names of lists in findings of GuardDuty, rowLists those in rows of Security Lake.
var (
	findingLists = strings.Fields("networkinterfaces securitygroups ipv6addresses portprobedetails privateipaddresses")
	rowLists     = strings.Fields("intermediate_ips resources profiles types answers labels observables headers")
)

// column returns the text of a field of the row; NULL where the row has none.
func (t *translation) column(path string) sqltree.Expr { return t.at(nil, path) }

// at returns the field at a path, of an element of a list if that is not nil.
func (t *translation) at(element sqltree.Expr, path string) sqltree.Expr {
	keys := strings.Split(strings.TrimPrefix(path, "."), ".")
	switch {
	case t.own:
		if element == nil {
			element, keys = sqltree.Name{keys[0]}, keys[1:]
		}
		return members(element, keys)
	case t.service == "vpcflow":
		return sqltree.Name{strings.ReplaceAll(path, "-", "_")}
	case t.service == "guardduty":
		return jsonAt(element, keys)
	}
	if element == nil {
		keys = slices.DeleteFunc(keys, func(key string) bool { return key == "row" })
		element, keys = sqltree.Name{keys[0]}, keys[1:]
	}
	return members(element, keys)
}

func members(of sqltree.Expr, keys []string) sqltree.Expr {
	for _, key := range keys {
		if key != "" {
			of = sqltree.Member{Of: of, Name: key}
		}
	}
	return of
}

// jsonAt returns the text at a path into JSON text, whose keys Athena's SerDe wrote in lower case.
func jsonAt(element sqltree.Expr, keys []string) sqltree.Expr {
	if element == nil {
		element, keys = sqltree.Name{strings.ToLower(keys[0])}, keys[1:]
	}
	if len(keys) == 0 {
		return element
	}
	return sqltree.Fn("json_extract_scalar", element, jsonPath(keys))
}

// jsonPath returns a path into JSON. Its keys are those of mappings.
func jsonPath(keys []string) sqltree.Expr {
	path := "$"
	for _, key := range keys {
		if key != "" {
			path += "." + strings.ToLower(key)
		}
	}
	return sqltree.Text(path)
}

// listAt returns the list at a path.
func (t *translation) listAt(element sqltree.Expr, path string) sqltree.Expr {
	if t.service == "guardduty" && !t.own {
		keys := strings.Split(strings.TrimPrefix(path, "."), ".")
		if element == nil {
			element, keys = sqltree.Name{strings.ToLower(keys[0])}, keys[1:]
		}
		return sqltree.Cast{Of: sqltree.Fn("json_extract", element, jsonPath(keys)), Type: "ARRAY(JSON)", Try: true}
	}
	return t.at(element, path)
}

// crosses divides a path behind the first list that it goes through; ok is false if it goes through none.
func (t *translation) crosses(path string) (list, rest string, ok bool) {
	if t.own || t.service == "vpcflow" {
		return "", "", false
	}
	lists := rowLists
	if t.service == "guardduty" {
		lists = findingLists
	}
	keys := strings.Split(path, ".")
	for i, key := range keys {
		if slices.Contains(lists, strings.ToLower(key)) {
			return strings.Join(keys[:i+1], "."), strings.Join(keys[i+1:], "."), true
		}
	}
	return "", "", false
}

// comparedMap returns the mapping of a from_stix map: types with the columns that each property is compared with.
func comparedMap(d *pyprint.Dict, service string) *stixmap.Mapping {
	m := &stixmap.Mapping{Name: service, Title: service, Schemas: []string{"vpcflow"}}
	for _, e := range d.Entries() {
		kind, _ := e.Key.(string)
		of, _ := e.Value.(*pyprint.Dict)
		if of == nil {
			continue
		}
		v, _ := of.Get("fields")
		fields, _ := v.(*pyprint.Dict)
		if fields == nil {
			continue
		}
		o := &stixmap.Object{Type: kind}
		for _, f := range fields.Entries() {
			name, _ := f.Key.(string)
			name, list := strings.CutSuffix(name, "[*]")
			p := &stixmap.Property{Text: name, Path: strings.Split(strings.ReplaceAll(name, "'", ""), "."), List: list}
			columns, _ := f.Value.(*pyprint.List)
			if columns == nil {
				continue
			}
			for _, c := range columns.Items {
				p.Values = append(p.Values, &stixmap.Value{From: text(c)})
			}
			o.Properties = append(o.Properties, p)
		}
		m.Objects = append(m.Objects, o)
	}
	return m
}
