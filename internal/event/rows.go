package event

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/tablerow"
)

// rowSource gives the rows of a file as JSON objects, with a member for each column.
type rowSource interface {
	// next appends a row. It returns done at the end, and a fault for a row that cannot be read. A fault together
	// with done ends the file early.
	next(dst []byte) (row []byte, at rowPlace, fault string, done bool)
}

// rowPlace is where a row is: its number, from 0, and its offset in the content, in bytes.
type rowPlace struct{ number, offset int64 }

// maxRows is the maximum number of rows in one chunk.
const maxRows = 4096

// rows produces the rows of a file. table is nil if its columns fit no layout. kind names the rows that are
// no events.
func (p *producer) rows(source rowSource, table *Table, kind string) {
	p.c = p.w.reader.rowChunk(table, kind)
	for {
		start := len(p.c.buf)
		var place rowPlace
		var fault string
		var done bool
		p.c.buf, place, fault, done = source.next(p.c.buf)
		switch {
		case fault != "" && done:
			p.c.buf = p.c.buf[:start]
			p.dispatch(p.c.closed())
			p.number = place.number
			p.failRecord(place.offset, fault)
			return
		case done:
			p.dispatch(p.c.closed())
			return
		case fault != "":
			p.c.buf = p.c.buf[:start]
			p.number = place.number
			p.failRecord(place.offset, fault)
		default:
			p.c.spans = append(p.c.spans, span{start, len(p.c.buf)})
			p.c.places = append(p.c.places, place)
		}
		if len(p.c.buf) >= p.w.reader.limits.Chunk || len(p.c.spans) >= maxRows {
			p.dispatch(p.c.closed())
			p.c = p.w.reader.rowChunk(table, kind)
		}
		if p.over() {
			p.w.reader.put(p.c)
			return
		}
	}
}

// rowChunk returns an empty chunk of rows.
func (r *Reader) rowChunk(table *Table, kind string) *chunk {
	c := r.get(0)
	c.buf, c.lines, c.table, c.kind = c.buf[:0], false, table, kind
	return c
}

// closed prepares a chunk of rows for dispatch.
func (c *chunk) closed() *chunk {
	c.n = len(c.buf)
	c.buf = c.buf[:cap(c.buf)]
	return c
}

// A Table is what is known of the rows of a file: by which layout they are events, and which columns there are.
type Table struct {
	Layout *schema.Layout
	// columns are in lower case; nil if each row has its own.
	columns map[string]bool
}

// Has reports whether rows can have a value at a place of the layout.
func (t *Table) Has(at schema.Location) bool {
	return t.columns == nil || t.columns[strings.ToLower(at.Column)]
}

// fit returns the table whose layout fits columns, nil if none does. Files with equal columns have the same table.
func (r *Reader) fit(columns []string) *Table {
	layout := tablerow.Fit(r.detector.Schemas(), columns)
	if layout == nil {
		return nil
	}
	return r.table(layout, columns)
}

// table returns the table of a layout with some columns, or with nil for rows of which each has its own.
func (r *Reader) table(layout *schema.Layout, columns []string) *Table {
	key := layout.FullName()
	var has map[string]bool
	if columns != nil {
		has = map[string]bool{}
		for _, name := range columns {
			has[strings.ToLower(name)] = true
		}
		key += "\x00" + strings.Join(slices.Sorted(maps.Keys(has)), "\x00")
	}
	r.tablesMutex.Lock()
	defer r.tablesMutex.Unlock()
	t := r.tables[key]
	if t == nil {
		if r.tables == nil {
			r.tables = map[string]*Table{}
		}
		t = &Table{layout, has}
		r.tables[key] = t
	}
	return t
}

// rowReader converts rows of tables to events, for one worker.
type rowReader struct {
	converters map[*schema.Layout]*tablerow.Converter
	tables     map[*schema.Layout]*Table // of rows of which each has its own columns
	text       []byte
	whole      bool // events keep their whole rows
}

func (r *rowReader) converter(layout *schema.Layout) *tablerow.Converter {
	c := r.converters[layout]
	if c == nil {
		if r.converters == nil {
			r.converters = map[*schema.Layout]*tablerow.Converter{}
		}
		c = tablerow.New(layout)
		if r.whole {
			c.KeepRows()
		}
		r.converters[layout] = c
	}
	return c
}
