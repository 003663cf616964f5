package sigma

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

var (
	errNotNormal  = errors.New("a search has a shape that YAML cannot express; call Normalize first")
	errIncomplete = errors.New("the tree has a nil node or an operator without operands")
)

// printed returns the text of a document if parsing it gives an equal tree. It returns an error for other trees,
// which no parser produces.
func printed[T any](tree T, write func(w *yamlWriter), documents func(*Collection) []T) (string, error) {
	if !complete(reflect.ValueOf(tree)) {
		return "", errIncomplete
	}
	var w yamlWriter
	write(&w)
	if w.fault != nil {
		return "", w.fault
	}
	text := w.out.String()
	collection, list := Parse(source.NewFile("printed.yml", text))
	for _, d := range list {
		if d.Severity == diag.Error {
			return "", fmt.Errorf("its YAML is invalid: %s", d.Message)
		}
	}
	if read := documents(collection); len(read) != 1 || !equalTrees(reflect.ValueOf(tree), reflect.ValueOf(read[0])) {
		return "", errors.New("parsing its YAML gives a different tree")
	}
	return text, nil
}

// lost are the fields of trees that YAML does not keep: positions, spellings and marks of transformations.
var lost = map[string]bool{"SharedID": true, "Document": true, "FromRule": true, "Base": true, "TimespanText": true, "Applied": true}

// isLost reports whether printing drops a field of a struct.
func isLost(of reflect.Type, field int) bool {
	name := of.Field(field).Name
	return lost[name] || of.Field(field).Type == reflect.TypeFor[source.Span]() ||
		name == "Text" && of == reflect.TypeFor[Condition]()
}

// equalTrees compares the fields that printing keeps. An empty slice equals nil.
func equalTrees(a, b reflect.Value) bool {
	if a.IsValid() != b.IsValid() {
		return false
	}
	if !a.IsValid() {
		return true
	}
	if a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return equalTrees(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if !isLost(a.Type(), i) && !equalTrees(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equalTrees(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.Len() != b.Len() {
			return false
		}
		for _, key := range a.MapKeys() { // any order: all must be equal
			if !equalTrees(a.MapIndex(key), b.MapIndex(key)) {
				return false
			}
		}
		return true
	default:
		return a.Equal(b)
	}
}

// complete reports whether a tree has everything that printing needs: no nil node, and a field for each rule of an
// alias. The condition of a correlation and unknown values are optional.
func complete(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && complete(v.Elem())
	case reflect.Interface:
		return !v.IsNil() && complete(v.Elem())
	case reflect.Struct:
		if alias, ok := reflect.TypeAssert[Alias](v); ok {
			return len(alias.Rules) == len(alias.Fields)
		}
		for i := range v.NumField() {
			field := v.Field(i)
			optional := v.Type() == reflect.TypeFor[Correlation]() && field.Kind() == reflect.Pointer && field.IsNil()
			if isLost(v.Type(), i) || v.Type() == reflect.TypeFor[Unknown]() || optional {
				continue
			}
			if !complete(field) {
				return false
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if !complete(v.Index(i)) {
				return false
			}
		}
	default:
	}
	return true
}
