package event

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/value"
)

// CSV as RFC 4180 has it, with the liberties that exports take: other delimiters, line breaks of any kind, and quotes
// within a field that does not begin with one. Package encoding/csv would read a field whose quote is never closed to
// the end of the file; here such a record fails and reading continues with the next line.

// maxColumns is the maximum number of columns of a CSV file.
const maxColumns = 2000

// delimiters are those of CSV files, the usual one first. The last one is the default of Hive and of Athena's UNLOAD.
const delimiters = ",;\t|\x01"

// csvDelimiter returns the delimiter of text that is CSV with a header, 0 for other text. A header has distinct names,
// and the line after it as many fields, or JSON text in a single one.
func csvDelimiter(head []byte, eof bool) byte {
	for i := range len(delimiters) {
		header, next, _ := csvFields(nil, head, delimiters[i], eof)
		if next == 0 || len(header) > maxColumns || !isHeaderRow(header) {
			continue
		}
		row, after, _ := csvFields(nil, head[next:], delimiters[i], eof)
		switch {
		case len(header) >= 4 && (after == 0 || len(row) == len(header) || laterRow(head[next:], len(header), delimiters[i], eof)):
			return delimiters[i]
		case len(header) > 1 && len(row) == len(header), len(header) == 1 && len(row) == 1:
			if slices.ContainsFunc(row, func(cell []byte) bool { return looksLikeJSON(bytes.TrimSpace(cell)) }) {
				return delimiters[i]
			}
		}
	}
	return 0
}

// laterRow reports whether one of the lines after the first has a number of fields, since the first may be damaged.
func laterRow(text []byte, columns int, delimiter byte, eof bool) bool {
	for range 5 {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return false
		}
		text = text[end+1:]
		if row, next, closed := csvFields(nil, text, delimiter, eof); next > 0 && closed && len(row) == columns {
			return true
		}
	}
	return false
}

// isHeaderRow reports whether fields can be the names of columns.
func isHeaderRow(fields [][]byte) bool {
	seen := map[string]bool{}
	for _, field := range fields {
		name := strings.TrimSpace(string(field))
		if name == "" || len(name) > 256 || seen[name] || !utf8.ValidString(name) || strings.ContainsAny(name, "{}\n\r\"\x00") || strings.Trim(name, "0123456789.-:/") == "" {
			return false
		}
		seen[name] = true
	}
	return len(fields) > 0
}

// csvFields appends the fields of the record with which text begins, without quotes, and returns where the next record
// begins: 0 if the record does not end in the text, unless eof is set. closed is false if a quote is never closed.
func csvFields(fields [][]byte, text []byte, delimiter byte, eof bool) (_ [][]byte, next int, closed bool) {
	i := 0
	for {
		var field []byte
		if i < len(text) && text[i] == '"' {
			start := i + 1
			for i = start; ; i++ {
				j := bytes.IndexByte(text[i:], '"')
				if j < 0 {
					return fields, 0, false
				}
				i += j
				if i+1 < len(text) && text[i+1] == '"' {
					field = append(append(field, text[start:i]...), '"')
					i++
					start = i + 1
					continue
				}
				if i+1 == len(text) && !eof {
					return fields, 0, false
				}
				if end := i + 1; end == len(text) || text[end] == delimiter || text[end] == '\n' || text[end] == '\r' {
					break
				}
			}
			if field == nil {
				field = text[start:i:i]
			} else {
				field = append(field, text[start:i]...)
			}
			i++
		} else {
			start := i
			for i < len(text) && text[i] != delimiter && text[i] != '\n' {
				i++
			}
			if i == len(text) && !eof {
				return fields, 0, true
			}
			field = bytes.TrimSuffix(text[start:i:i], []byte{'\r'})
		}
		fields = append(fields, field)
		if i < len(text) && text[i] == '\r' {
			i++
		}
		switch {
		case i >= len(text):
			if !eof {
				return fields, 0, true
			}
			return fields, len(text), true
		case text[i] == '\n':
			return fields, i + 1, true
		}
		if i++; len(fields) > maxColumns {
			if end := bytes.IndexByte(text[i:], '\n'); end >= 0 {
				return fields, i + end + 1, true
			}
			return fields, len(text), true
		}
	}
}

// csvSource reads the rows of a CSV file.
type csvSource struct {
	p         *producer // its buffer holds the text that is not read yet
	delimiter byte
	names     [][]byte // the columns as JSON keys, with quotes
	header    []string
	fields    [][]byte
	unclosed  int   // records whose quote is never closed
	at        int   // position in the buffer
	line      int64 // number of the line at that position, from 0
}

// csv produces the rows of a CSV file.
func (p *producer) csv(delimiter byte) {
	s := &csvSource{p: p, delimiter: delimiter}
	if fields, fault, ok := s.record(); ok && fault == "" {
		for _, field := range fields {
			name := strings.TrimSpace(string(field))
			s.header = append(s.header, name)
			s.names = append(s.names, value.AppendQuoted(nil, []byte(name)))
		}
	}
	table := p.w.reader.fit(s.header)
	if table != nil {
		p.file.addFormat("CSV of " + table.Layout.FullName())
	} else {
		p.file.addFormat("CSV")
	}
	rows := &producer{w: p.w, file: p.file, inline: p.inline}
	rows.rows(s, table, "CSV whose columns fit no known table")
	if rows.err != nil {
		p.err = rows.err
	}
	p.w.reader.put(p.c)
}

// record returns the fields of the next record, valid until the next call. ok is false at the end; fault says why a
// record cannot be read.
func (s *csvSource) record() (fields [][]byte, fault string, ok bool) {
	p := s.p
	limit := p.w.reader.limits.Record
	for {
		text := p.c.buf[s.at:p.n]
		eof := p.err != nil
		if len(text) == 0 && eof {
			return nil, "", false
		}
		var next int
		var closed bool
		s.fields, next, closed = csvFields(s.fields[:0], text, s.delimiter, eof)
		if next > 0 && next <= limit {
			s.line += int64(bytes.Count(text[:next], []byte{'\n'}))
			s.at += next
			return s.fields, "", true
		}
		if next > limit || eof || len(text) >= limit { // continue with the next line
			fault = tooLong(limit)
			if !closed && len(text) < limit {
				fault = "a quote in it is never closed"
			}
			s.unclosed++
			s.skip()
			return nil, fault, true
		}
		s.more()
	}
}

// more reads more text behind what is not read yet.
func (s *csvSource) more() {
	p := s.p
	p.drop(s.at)
	s.at = 0
	if p.n == len(p.c.buf) {
		p.grow(2 * p.w.reader.limits.Record)
	}
	p.fill()
}

// skip drops the rest of the line.
func (s *csvSource) skip() {
	p := s.p
	for {
		if i := bytes.IndexByte(p.c.buf[s.at:p.n], '\n'); i >= 0 {
			s.at += i + 1
			s.line++
			return
		}
		s.at = p.n
		if p.err != nil || p.over() {
			return
		}
		s.more()
	}
}

func (s *csvSource) next(dst []byte) (row []byte, at rowPlace, fault string, done bool) {
	for {
		at = rowPlace{s.line, s.p.base + int64(s.at)}
		fields, fault, ok := s.record()
		switch {
		case !ok:
			return dst, at, "", true
		case fault != "":
			// Each costs a look at all text up to the limit, or to the end of the file.
			return dst, at, fmt.Sprintf("line %d: %s", at.number+1, fault), s.unclosed > maxResyncs
		case len(fields) == 1 && len(bytes.TrimSpace(fields[0])) == 0, s.again(fields):
			continue // an empty line, or the header of the next file of an export
		case len(fields) != len(s.names):
			s.rewind(at)
			return dst, at, fmt.Sprintf("line %d: %d columns, the header has %d", at.number+1, len(fields), len(s.names)), false
		}
		dst = append(dst, '{')
		first := true
		for i, field := range fields {
			if len(field) == 0 {
				continue // a missing value
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(append(dst, s.names[i]...), ':')
			dst = value.AppendQuoted(dst, field)
		}
		return append(dst, '}'), at, "", false
	}
}

// rewind goes back to the second line of a record of several lines whose columns are wrong: its first line may have a
// quote that is not closed.
func (s *csvSource) rewind(to rowPlace) {
	start := int(to.offset - s.p.base)
	if s.line == to.number+1 || start < 0 || s.unclosed > maxResyncs {
		return
	}
	s.unclosed++
	s.at, s.line = start+bytes.IndexByte(s.p.c.buf[start:s.at], '\n')+1, to.number+1
}

// again reports whether a record repeats the header.
func (s *csvSource) again(fields [][]byte) bool {
	if len(fields) != len(s.header) {
		return false
	}
	for i, field := range fields {
		if strings.TrimSpace(string(field)) != s.header[i] {
			return false
		}
	}
	return true
}
