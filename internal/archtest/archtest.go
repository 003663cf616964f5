// Package archtest holds the direction of dependencies as a table and checks it in a test.
//
// The table is the one that ARCHITECTURE.md explains. In goes the import graph as `go list` prints it; out come the
// edges that the table forbids, each with the reason. A package that the table does not name, or a name without a
// package, is an error too, so that the table stays complete.
package archtest

import (
	"fmt"
	"sort"
	"strings"
)

// Module is the import path of egret.
const Module = "github.com/egret-hunt/egret"

// Layer is a row of the table: packages that stand on the same height.
type Layer struct {
	// Number orders the layers, from the ground up; two rows may share a number.
	Number int
	// Below is the number up to which the packages of the row may import others of egret; -1 means none.
	Below int
	// Packages are paths relative to the module; "." is the root package.
	Packages []string
	// Reason says why the row stands where it stands; it is printed with each forbidden edge.
	Reason string
}

// Edge is an import of one package by another, both relative to the module, with the reason why it is allowed or
// forbidden against the general rule.
type Edge struct {
	From, To string
	Reason   string
}

// Package is one package of the import graph.
type Package struct {
	// ImportPath is the full path.
	ImportPath string
	// Imports are the full paths that its files, tests left out, import.
	Imports []string
}

// Check compares packages with the table. The result is sorted; nil means that all is well.
func Check(packages []Package, layers []Layer, allowed, forbidden []Edge) []string {
	place := map[string]Layer{}
	var faults []string
	for _, l := range layers {
		for _, p := range l.Packages {
			if _, twice := place[p]; twice {
				faults = append(faults, fmt.Sprintf("%s stands in the table twice", p))
			}
			place[p] = l
		}
	}
	exists := map[string]bool{}
	used := map[Edge]bool{}
	for _, p := range packages {
		from := relative(p.ImportPath)
		exists[from] = true
		layer, ok := place[from]
		if !ok {
			faults = append(faults, fmt.Sprintf("%s is not in the table: give it a layer", from))
			continue
		}
		for _, path := range p.Imports {
			if path != Module && !strings.HasPrefix(path, Module+"/") {
				continue
			}
			to := relative(path)
			if e, found := find(forbidden, from, to); found {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", from, to, e.Reason))
				continue
			}
			if e, found := find(allowed, from, to); found {
				used[e] = true
				continue
			}
			target, known := place[to]
			if known && target.Number > layer.Below {
				faults = append(faults, fmt.Sprintf("%s (layer %d) imports %s (layer %d), and may import up to layer %d: %s",
					from, layer.Number, to, target.Number, layer.Below, layer.Reason))
			}
		}
	}
	for p := range place {
		if !exists[p] {
			faults = append(faults, fmt.Sprintf("%s is in the table, but there is no such package", p))
		}
	}
	for _, e := range allowed {
		if !used[e] {
			faults = append(faults, fmt.Sprintf("the exception %s imports %s is not needed", e.From, e.To))
		}
	}
	sort.Strings(faults)
	return faults
}

// relative is a path without the module.
func relative(path string) string {
	if path == Module {
		return "."
	}
	return strings.TrimPrefix(path, Module+"/")
}

// find looks an edge up. A To of an edge that ends in /... stands for every package below it.
func find(edges []Edge, from, to string) (Edge, bool) {
	for _, e := range edges {
		if e.From == from && (e.To == to || strings.HasSuffix(e.To, "/...") && strings.HasPrefix(to, strings.TrimSuffix(e.To, "..."))) {
			return e, true
		}
	}
	return Edge{}, false
}
