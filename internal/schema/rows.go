package schema

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	_ "embed"

	"github.com/egret-hunt/egret/internal/value"
)

//go:embed rows.yaml
var rowsYAML []byte

// rowShape recognizes rows of a table among JSON objects.
type rowShape struct {
	layout string // FullName
	detect []signature
}

var rowShapes = sync.OnceValue(func() []rowShape {
	shapes, err := loadRows(rowsYAML)
	if err != nil {
		panic("egret bug: rows.yaml: " + err.Error())
	}
	return shapes
})

// yamlRow is an entry of rows.yaml.
type yamlRow struct {
	Layout string          `yaml:"layout"`
	Detect []yamlSignature `yaml:"detect"`
}

func loadRows(text []byte) ([]rowShape, error) {
	var list []yamlRow
	if err := decodeEmbedded(text, &list); err != nil {
		return nil, err
	}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var shapes []rowShape
	for _, y := range list {
		shapes = append(shapes, rowShape{y.Layout, loadSignatures(y.Detect, fault)})
	}
	return shapes, joined(faults)
}

// rowAnchors are keys of which every row that RowLayout recognizes has one.
var rowAnchors = [][]byte{[]byte(`"class_uid"`), []byte(`"eventsource"`), []byte(`\"class_uid\"`), []byte(`\"eventsource\"`)}

// PromisingRow reports whether JSON text may contain a row that RowLayout recognizes.
func PromisingRow(text []byte) bool {
	for _, anchor := range rowAnchors {
		if bytes.Contains(text, anchor) {
			return true
		}
	}
	return false
}

// RowLayout returns the layout of a table of which the node is a row, nil if it is none that egret knows. Call it for
// objects in which Detect found nothing.
func (d *Detector) RowLayout(doc *value.Doc, n value.Node) *Layout {
	if doc.Get(n, "class_uid") == value.None && doc.Get(n, "eventsource") == value.None {
		return nil
	}
	for _, shape := range rowShapes() {
		if anySignature(shape.detect, doc, n) {
			return d.layout(shape.layout)
		}
	}
	return nil
}

// layout returns a layout of one of the detector's log sources by its full name, nil if there is none.
func (d *Detector) layout(name string) *Layout {
	source, _, _ := strings.Cut(name, "/")
	for _, s := range d.all {
		if s.Name != source {
			continue
		}
		for _, p := range s.Layouts() {
			if p.FullName() == name {
				return p
			}
		}
	}
	return nil
}

// Schemas returns the log sources that the detector was made for.
func (d *Detector) Schemas() []*Schema { return d.all }
