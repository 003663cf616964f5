// Package archtest defines the allowed dependencies between packages as a table and checks them in a test.
//
// ARCHITECTURE.md explains the table. The input is the import graph of `go list`; the output lists the imports that the
// table forbids, each with the reason. A package that is missing from the table, or an entry without a package, is an
// error too, so that the table stays complete.
package archtest

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
)

// Module is the import path of egret.
const Module = "github.com/egret-hunt/egret"

// A Layer is a row of the table: packages at the same level.
type Layer struct {
	// Number orders the layers from the bottom up; two rows may share a number.
	Number int
	// Below is the highest number of a layer from which the packages may import; -1 means none.
	Below int
	// Packages are paths relative to the module; "." is the root package. One that ends in /* stands for all packages directly
	// below that have no row of their own.
	Packages []string
	// Reason explains the position of the row; it is printed with each forbidden import.
	Reason string
}

// An Edge is an import of one package by another, both relative to the module, with the reason why it is allowed or
// forbidden against the general rule.
type Edge struct {
	From, To string
	Reason   string
}

// Importers lists the only packages that may import a package, all relative to the module, with the reason.
type Importers struct {
	Package string
	By      []string
	Reason  string
}

// A Package is one package of the import graph.
type Package struct {
	// ImportPath is the full path.
	ImportPath string
	// Imports has the full paths of its imports, without those of tests.
	Imports []string
}

// Check compares packages with the table. It returns a sorted list of faults, nil if there are none.
func Check(packages []Package, layers []Layer, allowed, forbidden []Edge, narrow []Importers) []string {
	place := map[string]Layer{}
	var faults []string
	for _, l := range layers {
		for _, p := range l.Packages {
			if _, twice := place[p]; twice {
				faults = append(faults, fmt.Sprintf("%s is in the table twice", p))
			}
			place[p] = l
		}
	}
	exists := map[string]bool{}
	used := map[Edge]bool{}
	layerOf := func(p string) (Layer, bool) {
		if l, ok := place[p]; ok {
			return l, true
		}
		l, ok := place[path.Dir(p)+"/*"]
		return l, ok
	}
	for _, p := range packages {
		from := relative(p.ImportPath)
		exists[from], exists[path.Dir(from)+"/*"] = true, true
		layer, ok := layerOf(from)
		if !ok {
			faults = append(faults, fmt.Sprintf("%s is not in the table, expected a layer for it", from))
			continue
		}
		for _, imported := range p.Imports {
			if imported != Module && !strings.HasPrefix(imported, Module+"/") {
				continue
			}
			to := relative(imported)
			if e, found := find(forbidden, from, to); found {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", from, to, e.Reason))
				continue
			}
			if i := slices.IndexFunc(narrow, func(n Importers) bool { return n.Package == to }); i >= 0 && !slices.Contains(narrow[i].By, from) {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", from, to, narrow[i].Reason))
				continue
			}
			if e, found := find(allowed, from, to); found {
				used[e] = true
				continue
			}
			target, known := layerOf(to)
			if known && target.Number > layer.Below {
				faults = append(faults, fmt.Sprintf("%s (layer %d) imports %s (layer %d), but may only import up to layer %d: %s",
					from, layer.Number, to, target.Number, layer.Below, layer.Reason))
			}
		}
	}
	for p := range place {
		if !exists[p] {
			faults = append(faults, fmt.Sprintf("%s is in the table, but the package does not exist", p))
		}
	}
	for _, e := range allowed {
		if !used[e] {
			faults = append(faults, fmt.Sprintf("the exception that %s imports %s is not needed", e.From, e.To))
		}
	}
	sort.Strings(faults)
	return faults
}

// relative returns a path relative to the module.
func relative(path string) string {
	if path == Module {
		return "."
	}
	return strings.TrimPrefix(path, Module+"/")
}

// find returns the edge between two packages. A To that ends in /... stands for every package below it.
func find(edges []Edge, from, to string) (Edge, bool) {
	for _, e := range edges {
		if e.From == from && (e.To == to || strings.HasSuffix(e.To, "/...") && strings.HasPrefix(to, strings.TrimSuffix(e.To, "..."))) {
			return e, true
		}
	}
	return Edge{}, false
}
