package tablerow

import (
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// listMark stands in the keys of flat maps after each list on the way.
const listMark = "[]"

// texts returns what a map keeps for a path, as for schema.Joined, and calls used with each of its keys.
func (c *Converter) texts(from cell, path string, used func(key string)) (list []string) {
	c.keys(from, "", func(key string, v cell) {
		switch {
		case key == path:
			list = append(list, v.doc.String(v.node))
		case strings.Contains(key, listMark) && strings.ReplaceAll(key, listMark, "") == path:
			list = append(list, strings.Split(v.doc.String(v.node), ",")...)
		default:
			return
		}
		used(key)
	})
	return list
}

// entry returns the JSON text of a leaf of a map. The keys of one path that differ only in their marks are one list.
func (c *Converter) entry(from cell, key string, v cell) []byte {
	if !strings.Contains(key, listMark) || v.doc.Kind(v.node) != value.String {
		return v.doc.AppendJSON(nil, v.node)
	}
	return appendList(c.texts(from, strings.ReplaceAll(key, listMark, ""), func(string) {}))
}

func appendList(list []string) []byte {
	dst := []byte{'['}
	for i, text := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = value.AppendQuoted(dst, []byte(text))
	}
	return append(dst, ']')
}

// joined returns what a map keeps for a path, as for schema.Joined, as cells.
func (c *Converter) joined(column string, from cell, path string) []cell {
	list := c.texts(from, path, func(key string) { c.known[column+"."+key] = true })
	if len(list) == 0 {
		return nil
	}
	if c.used == len(c.lists) {
		c.lists = append(c.lists, value.Parser{})
	}
	doc, err := c.lists[c.used].Parse(appendList(list))
	if err != nil {
		return nil
	}
	c.used++
	var cells []cell
	for e := doc.First(0); e != value.None; e = doc.Next(0, e) {
		cells = append(cells, cell{doc, e})
	}
	return cells
}
