package value

// A Shape is the list of members of documents that are made of the columns of a line. It is immutable and safe for
// concurrent use.
type Shape struct {
	text  []byte // the word null and the keys
	nodes []node // the root and one null for each member
}

// NewShape returns the shape of objects with these keys, which must differ, in this order.
func NewShape(keys []string) *Shape {
	s := &Shape{text: []byte("null"), nodes: []node{{kind: Object, skip: Node(len(keys) + 1)}}}
	for i, key := range keys {
		n := node{kind: Null, end: uint32(len("null")), key: uint32(len(s.text)), klen: uint32(len(key)), skip: Node(i + 2)}
		s.text = append(s.text, key...)
		s.nodes = append(s.nodes, n)
	}
	return s
}

// A Row makes one document after the other from lines, and reuses its memory. It is not safe for concurrent use.
type Row struct {
	doc Doc
}

// Begin starts the document of a line, in which every member is null. It copies the line.
func (r *Row) Begin(shape *Shape, line []byte) {
	if r.doc.shape != shape {
		r.doc.shape = shape
		r.doc.src = append(r.doc.src[:0], shape.text...)
	}
	r.doc.src = append(r.doc.src[:len(shape.text)], line...)
	r.doc.nodes = append(r.doc.nodes[:0], shape.nodes...)
}

// Append adds a text after the line and returns its position, for SetText and SetNumber.
func (r *Row) Append(text []byte) (start, end int) {
	start = len(r.doc.src) - len(r.doc.shape.text)
	r.doc.src = append(r.doc.src, text...)
	return start, start + len(text)
}

// SetText makes the member with an index the string at [start, end) of the line. plain means that the string is ASCII
// without control characters, quotes and backslashes; false is always right.
func (r *Row) SetText(member, start, end int, plain bool) {
	base := len(r.doc.shape.text)
	m := &r.doc.nodes[member+1]
	m.kind, m.start, m.end = String, uint32(base+start), uint32(base+end)
	if !plain {
		// Text with this flag is checked and quoted wherever it is used.
		m.flags = flagNonASCII
	}
}

// SetNumber makes the member with an index the number at [start, end) of the line. It returns false and sets nothing if
// there is no number as JSON writes it.
func (r *Row) SetNumber(member, start, end int) bool {
	base := len(r.doc.shape.text)
	text := r.Text(start, end)
	if len(text) == 0 || !isNumber(text) {
		return false
	}
	m := &r.doc.nodes[member+1]
	m.kind, m.start, m.end = Number, uint32(base+start), uint32(base+end)
	return true
}

// isNumber reports whether a text is a JSON number.
func isNumber(text []byte) bool {
	if text[0] != '0' && digits(text, 0) == len(text) {
		return true
	}
	return ScanNumber(text, 0) == len(text)
}

// Doc returns the document. It is valid until the next Begin.
func (r *Row) Doc() *Doc { return &r.doc }

// Plain reports whether a text is ASCII without control characters, quotes and backslashes.
func Plain(text []byte) bool { return plainPrefix(text) == len(text) }

// Shape returns the shape of a document made by a Row, nil for any other. The members of documents with one shape have
// the same nodes.
func (d *Doc) Shape() *Shape { return d.shape }

// Text returns the text at [start, end) of the line.
func (r *Row) Text(start, end int) []byte {
	base := len(r.doc.shape.text)
	return r.doc.src[base+start : base+end]
}
