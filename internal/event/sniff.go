package event

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/value"
)

// shape is the form of a file, or of a layer of one.
type shape uint8

const (
	foreignShape shape = iota // only named, not read
	emptyShape
	gzipShape
	zstdShape
	zipShape
	tarShape
	utf16Shape // with the byte order in the detected name
	linesShape
	valuesShape
	parquetShape
	csvShape // with the delimiter as the detected name
)

// magic lists formats by their first bytes, to name files that egret does not read. Sources: the formats'
// specifications.
var magic = []struct{ prefix, name string }{
	{"ElfFile\x00", "Windows event log (evtx): export it to JSON first, for instance with `evtx_dump -o jsonl FILE`"},
	{"LfLe", "Windows event log (evt)"},
	{"PARE", "Parquet file with an encrypted footer"},
	{"Obj\x01", "Avro file: export it to JSON lines first"},
	{"ORC", "ORC file: export it to JSON lines first"},
	{"SQLite format 3\x00", "SQLite database"},
	{"\xd4\xc3\xb2\xa1", "packet capture (pcap)"}, {"\xa1\xb2\xc3\xd4", "packet capture (pcap)"},
	{"\x4d\x3c\xb2\xa1", "packet capture (pcap)"}, {"\x0a\x0d\x0d\x0a", "packet capture (pcapng)"},
	{"BZh", "bzip2 data: decompress it first"},
	{"\xfd7zXZ\x00", "xz data: decompress it first"},
	{"7z\xbc\xaf\x27\x1c", "7-Zip archive: extract it first"},
	{"Rar!\x1a\x07", "RAR archive: extract it first"},
	{"\x04\x22\x4d\x18", "LZ4 data: decompress it first"},
	{"\xff\x06\x00\x00sNaPpY", "Snappy data: decompress it first"},
	{"\x89PNG", "image (PNG)"}, {"\xff\xd8\xff", "image (JPEG)"}, {"GIF8", "image (GIF)"},
	{"%PDF", "PDF document"},
	{"\x7fELF", "program (ELF)"}, {"MZ", "program (Windows)"},
	{"\xff\xfe\x00\x00", "UTF-32 text: convert it to UTF-8 first"}, {"\x00\x00\xfe\xff", "UTF-32 text: convert it to UTF-8 first"},
	{"regf", "Windows registry hive"},
	{"<?xml", "XML"}, {"<Event", "XML"}, {"<!DOCTYPE", "HTML"}, {"<html", "HTML"},
	{"---", "YAML"},
	{"LPKSHHRH", "systemd journal: export it to JSON first"},
}

// sniff detects the shape of content from its first bytes; eof means that there are no more. The name is for the file's
// format or, for the foreign shape, the reason why it is not read.
func sniff(head []byte, eof bool) (shape, string) {
	switch {
	case len(head) == 0 || len(bytes.TrimSpace(head)) == 0 && eof:
		return emptyShape, "empty"
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return gzipShape, "gzip"
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")), isSkippableZstd(head):
		return zstdShape, "zstd"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipShape, "zip"
	case bytes.HasPrefix(head, []byte("PAR1")):
		return parquetShape, "Parquet"
	case len(head) >= 512 && string(head[257:262]) == "ustar":
		return tarShape, "tar"
	}
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return foreignShape, m.name
		}
	}
	if order := utf16Order(head); order != "" {
		return utf16Shape, order
	}
	return sniffText(bytes.TrimPrefix(head, utf8Mark), eof)
}

var utf8Mark = []byte("\xef\xbb\xbf")

func isSkippableZstd(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18"
}

// utf16Order returns the byte order of UTF-16 text, detected from its mark or from the zero half of a leading bracket.
func utf16Order(head []byte) string {
	if len(head) < 4 {
		return ""
	}
	bracket := func(b byte) bool { return b == '{' || b == '[' }
	switch {
	case head[0] == 0xff && head[1] == 0xfe, bracket(head[0]) && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return "UTF-16LE"
	case head[0] == 0xfe && head[1] == 0xff, head[0] == 0 && bracket(head[1]) && head[2] == 0 && head[3] != 0:
		return "UTF-16BE"
	}
	return ""
}

// These names describe content that is neither JSON nor known by its first bytes.
const (
	noJSON     = "text of unknown form"
	binaryData = "binary data of an unknown format"
)

func sniffText(head []byte, eof bool) (shape, string) {
	i := skipBlank(head, 0)
	if i == len(head) {
		return valuesShape, ""
	}
	// The byte after a bracket distinguishes JSON from other text in brackets, such as the times of error logs.
	inside := byte('"')
	if j := skipBlank(head, i+1); j < len(head) {
		inside = head[j]
	}
	switch {
	case head[i] == 0x1e: // JSON text sequence, RFC 7464
		return valuesShape, ""
	case head[i] == '[' && strings.IndexByte(`{["]`, inside) >= 0:
		return valuesShape, ""
	case head[i] == '"' && looksLikeJSON(head[i:]): // JSON text as a JSON string
		return valuesShape, ""
	case head[i] == '{' && (inside == '"' || inside == '}'):
		return sniffObject(head, i, eof)
	}
	if bytes.IndexByte(head[:min(len(head), 512)], 0) >= 0 {
		return foreignShape, binaryData
	}
	first, rest, _ := bytes.Cut(head[i:], []byte("\n"))
	if eventInLine(first) != nil {
		return linesShape, "CloudWatch Logs text"
	}
	// an export tool's heading or a broken first line above JSON lines
	for range 2 {
		second, more, _ := bytes.Cut(rest, []byte("\n"))
		rest = more
		if line := bytes.TrimSpace(second); bytes.HasPrefix(line, []byte(`{"`)) && balanced(line, 0) == len(line) {
			return linesShape, "JSON lines"
		}
	}
	if delimiter := csvDelimiter(head, eof); delimiter != 0 {
		return csvShape, string(rune(delimiter))
	}
	if isDatabaseAudit(first) {
		return foreignShape, "audit log of a database in Amazon RDS or Aurora"
	}
	if bytes.Count(first, []byte(",")) >= 3 {
		return foreignShape, "CSV without a header, or other text of unknown form"
	}
	if bytes.Count(first, []byte{1}) >= 3 {
		return foreignShape, "text that is delimited by \\001 and has no header, as Athena unloads it by default: unload it as JSON or Parquet"
	}
	return foreignShape, noJSON
}

// auditOperations are the operations in audit logs of MySQL and MariaDB in Amazon RDS and Aurora.
var auditOperations = []string{"CONNECT", "DISCONNECT", "FAILED_CONNECT", "CHANGEUSER", "QUERY", "QUERY_DDL", "QUERY_DML", "QUERY_DCL", "READ", "WRITE", "TABLE", "CREATE", "ALTER", "RENAME", "DROP"}

// isDatabaseAudit reports whether a line is of such a log: time, server, user, host, connection, query, operation, database,
// object, result.
func isDatabaseAudit(line []byte) bool {
	cells := bytes.Split(line, []byte(","))
	return len(cells) >= 9 && slices.Contains(auditOperations, string(cells[6]))
}

// sniffObject distinguishes JSON lines, whose first line is one complete object and not a container, from other
// documents.
func sniffObject(head []byte, i int, eof bool) (shape, string) {
	line := head[i:]
	end := bytes.IndexByte(line, '\n')
	if end < 0 {
		return valuesShape, "" // one line, complete or not: the framer finds its records
	}
	line = bytes.TrimRight(line[:end], " \t\r,")
	var f framer
	spans := f.feed(line, nil)
	if !f.seen && len(spans) == 1 && spans[0].end == len(line) {
		if rest := skipBlank(head, i+end); rest == len(head) && eof {
			return valuesShape, "" // a single object
		}
		return linesShape, "JSON lines"
	}
	return valuesShape, ""
}

// eventInLine returns the JSON object in a text line after a header, or nil if there is none. The header is a time, as
// in exports of CloudWatch Logs and of shippers, optionally followed by a stream name, or a syslog header.
func eventInLine(line []byte) []byte {
	brace := bytes.IndexByte(line[:min(len(line), maxHead)], '{')
	if brace < 0 || !isHeader(line[:brace]) {
		return nil
	}
	return line[brace:]
}

// isHeader reports whether text begins like a log line: with an RFC 3339 time, with a syslog time (RFC 3164, "Jan  2
// 03:04:05 "), or with a syslog priority, "<134>".
func isHeader(head []byte) bool {
	if end := bytes.IndexAny(head, " \t"); end > 0 {
		if _, ok := value.ParseTime(head[:end]); ok {
			return true
		}
	}
	if len(head) > len(time.Stamp) && head[len(time.Stamp)] == ' ' {
		if _, err := time.Parse(time.Stamp, string(head[:len(time.Stamp)])); err == nil {
			return true
		}
	}
	digits, _, ok := bytes.Cut(head, []byte(">"))
	return ok && len(digits) >= 2 && len(digits) <= 4 && digits[0] == '<' && len(bytes.Trim(digits[1:], "0123456789")) == 0
}
