package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
)

// Choose returns the checks that lists of words select: ids, groups, names of pySigma's validators, or all. Without a list to select
// all are. own are checks besides those of All. It returns an error for a word that names nothing, with the nearest one.
func Choose(selected, ignored []string, own []*Check) (map[*Check]bool, error) {
	on := map[*Check]bool{}
	if len(selected) == 0 {
		selected = []string{"all"}
	}
	for i, words := range [][]string{selected, ignored} {
		for _, word := range words {
			list, err := Named(word, own)
			if err != nil {
				return nil, err
			}
			for _, c := range list {
				on[c] = i == 0
			}
		}
	}
	return on, nil
}

// Named returns the checks that a word names: an id, a group, the name of a validator of pySigma, or all. own are checks besides those
// of All. Without own checks their group is empty.
func Named(word string, own []*Check) ([]*Check, error) {
	word = strings.TrimSpace(word)
	if word == "all" {
		return slices.Concat(All(), own), nil
	}
	if c := Find(word); c != nil {
		return []*Check{c}, nil
	}
	if c := findIn(own, word); c != nil {
		return []*Check{c}, nil
	}
	if word == string(Own) {
		return own, nil
	}
	if list := ForValidator(word); list != nil {
		return list, nil
	}
	var list []*Check
	names := []string{"all"}
	for _, c := range slices.Concat(All(), own) {
		if string(c.Group) == word {
			list = append(list, c)
		}
		names = append(append(names, c.ID), c.PySigma...)
	}
	if list != nil {
		return list, nil
	}
	for _, g := range Groups {
		names = append(names, string(g.Name))
	}
	slices.Sort(names)
	if near := diag.Near(word, names); near != "" {
		return nil, fmt.Errorf("there is no check %q, the nearest is %s", word, near)
	}
	return nil, fmt.Errorf("there is no check %q", word)
}
