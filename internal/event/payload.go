package event

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// payload decodes strings of records that contain JSON text: plain, base64, or base64 of gzip, as subscriptions of
// CloudWatch Logs, Kinesis and Firehose deliver them. It has a buffer for each layer of text.
type payload struct {
	texts  [maxTexts][]byte
	packed []byte
	gzip   *gzip.Reader
	memory bytes.Reader
	opened int64 // decoded bytes of the current record
}

// gzipHead is the base64 of the first bytes of gzip data: its magic number and the only compression method.
var gzipHead = []byte("H4sI")

// jsonHeads are the base64 of the first bytes of JSON text: {" and [{ with and without white space after the bracket.
var jsonHeads = [][]byte{[]byte("eyJ"), []byte("eyA"), []byte("ewo"), []byte("ew0"), []byte("W3s"), []byte("Wwo"), []byte("Ww0"), []byte("WyB")}

// minPacked is the minimum length of a string that may be the base64 of an event.
const minPacked = 32

// open returns the JSON text in a string. It returns nil if there is none, and a fault if it cannot be read. The text
// is valid until the next call for the same layer.
func (p *payload) open(doc *value.Doc, n value.Node, layer int, limits *Limits, detector *schema.Detector) (text []byte, fault string) {
	raw := doc.Raw(n)
	if !mayBeText(raw) {
		return nil, ""
	}
	if p.opened += int64(len(raw)); p.opened > 4*int64(limits.Record) {
		return nil, "it contains too much nested text"
	}
	buf := doc.AppendText(p.texts[layer][:0], n)
	p.texts[layer] = buf
	switch {
	case isPacked(raw, gzipHead):
		return p.unpack(buf, layer, limits)
	case isPackedJSON(raw):
		decoded, ok := p.decode(buf)
		if !ok {
			return nil, "" // not base64, for example a signed token
		}
		p.texts[layer] = append(buf[:0], decoded...)
		buf = p.texts[layer]
	}
	if text = bytes.TrimSpace(bytes.TrimPrefix(buf, utf8Mark)); looksLikeJSON(text) {
		return text, ""
	}
	if object := eventInLine(text); object != nil {
		return object, ""
	}
	// After other words only a possible event counts, since programs log objects of their own.
	if brace := bytes.Index(text[:min(len(text), maxHead)], []byte(`{"`)); brace > 0 && detector.Promising(text[brace:]) {
		return text[brace:], ""
	}
	return nil, ""
}

// maxHead is the maximum offset of JSON text within a string, which may follow a time and the name of a stream.
const maxHead = 512

// mayBeText reports whether the raw text of a string is worth decoding.
func mayBeText(raw []byte) bool {
	return bytes.IndexByte(raw[:min(len(raw), maxHead)], '{') >= 0 || isPacked(raw, gzipHead) || isPackedJSON(raw)
}

func isPacked(raw, head []byte) bool { return len(raw) >= minPacked && bytes.HasPrefix(raw, head) }

func isPackedJSON(raw []byte) bool {
	for _, head := range jsonHeads {
		if isPacked(raw, head) {
			return true
		}
	}
	return false
}

// reset prepares the payload for another record and frees the memory of a large one.
func (p *payload) reset() {
	p.opened = 0
	for i := range p.texts {
		if cap(p.texts[i]) > keepChunk {
			p.texts[i] = nil
		}
	}
	if cap(p.packed) > keepChunk {
		p.packed = nil
	}
}

// decode decodes base64, in either alphabet, with or without padding.
func (p *payload) decode(text []byte) ([]byte, bool) {
	text = bytes.TrimRight(text, "=\r\n ")
	if size := base64.RawStdEncoding.DecodedLen(len(text)); cap(p.packed) < size {
		p.packed = make([]byte, size)
	}
	out := p.packed[:cap(p.packed)]
	encoding := base64.RawStdEncoding
	if bytes.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	n, err := encoding.Decode(out, text)
	return out[:n], err == nil
}

// unpack decodes base64 and decompresses the result. It reports a fault for gzip data that was cut off; other bytes
// that only begin like gzip data are not a payload.
func (p *payload) unpack(text []byte, layer int, limits *Limits) (_ []byte, fault string) {
	decoded, whole := p.decode(text)
	if len(decoded) == 0 {
		return nil, ""
	}
	p.memory.Reset(decoded)
	var err error
	if p.gzip == nil {
		p.gzip, err = gzip.NewReader(&p.memory)
	} else {
		err = p.gzip.Reset(&p.memory)
	}
	if err != nil {
		return nil, "the gzip data in it cannot be read: " + faultOf(err)
	}
	limit := min(int64(limits.Record), limits.Ratio*int64(len(decoded)), 4*int64(limits.Record)-p.opened)
	out, err := readUpTo(p.gzip, p.texts[layer][:0], limit+1)
	p.texts[layer] = out
	p.opened += int64(len(out))
	switch {
	case int64(len(out)) > limit:
		return nil, "the gzip data in it is too large: it decompresses to more than " + size(limit)
	case err != nil:
		return nil, "the gzip data in it cannot be read: " + faultOf(err)
	case !whole:
		return nil, "the gzip data in it is cut off"
	}
	if out = bytes.TrimSpace(out); looksLikeJSON(out) {
		return out, ""
	}
	return nil, ""
}

// readUpTo appends at most limit bytes of a reader; the end of the reader is not an error.
func readUpTo(from io.Reader, dst []byte, limit int64) ([]byte, error) {
	start := len(dst)
	for {
		if int64(len(dst)-start) >= limit {
			return dst, nil
		}
		if len(dst) == cap(dst) {
			dst = append(dst, make([]byte, max(4096, len(dst)))...)[:len(dst)]
		}
		room := dst[len(dst):cap(dst)]
		room = room[:min(int64(len(room)), limit-int64(len(dst)-start))]
		n, err := from.Read(room)
		dst = dst[:len(dst)+n]
		switch {
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return dst, err
		}
	}
}
