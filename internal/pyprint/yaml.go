package pyprint

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// YAMLOptions are the arguments of yaml.safe_dump of PyYAML. The zero value stands for its defaults: block style, keys sorted,
// indents of 2, lines folded at 80 columns, characters beyond ASCII escaped.
type YAMLOptions struct {
	// Indent is the number of blanks per level, from 2 to 9; other values mean 2.
	Indent int
	// Width is the column at which texts are folded; 0 means 80.
	Width int
	// KeepOrder leaves the keys of maps in their order (sort_keys=False).
	KeepOrder bool
	// Unicode writes printable characters beyond ASCII as they are (allow_unicode=True).
	Unicode bool
}

// YAML returns yaml.safe_dump(v), default_flow_style=False. It fails for values that safe_dump refuses, and if the text is longer
// than limit bytes.
func YAML(v any, options YAMLOptions, limit int) (string, error) {
	w := &yamlWriter{writer: writer{limit: limit}, o: options, width: 80, step: 2, indent: -1, whitespace: true, indention: true}
	if options.Indent > 1 && options.Indent < 10 {
		w.step = options.Indent
	}
	if options.Width > w.step*2 {
		w.width = options.Width
	}
	w.anchors = map[any]string{}
	w.seen = map[any]int{}
	if err := w.count(v, 0); err != nil {
		return "", err
	}
	w.node(v, context{root: true})
	w.writeIndent()
	if w.openEnded {
		w.indicator("...", true, false, false)
		w.writeIndent()
	}
	return w.b.String(), w.fault
}

// yamlWriter follows PyYAML's emitter: the same state decides where blanks and line breaks stand.
type yamlWriter struct {
	writer
	o           YAMLOptions
	width, step int
	// indent is -1 outside of any collection.
	indent, column        int
	whitespace, indention bool
	openEnded             bool
	fault                 error
	// seen counts how often a list or map occurs; repeated ones get an anchor.
	seen    map[any]int
	anchors map[any]string
}

// context says where a node stands.
type context struct{ root, mapping, simpleKey bool }

func (w *yamlWriter) put(s string) {
	if w.fault == nil {
		w.fault = w.text(s)
	}
}

// count finds repeated lists and maps, and values that cannot be printed.
func (w *yamlWriter) count(v any, depth int) error {
	if depth > MaxDepth {
		return ErrTooDeep
	}
	switch v := v.(type) {
	case *List:
		w.seen[v]++
		if w.seen[v] > 1 {
			return nil
		}
		return w.countItems(v.Items, depth)
	case Tuple:
		return w.countItems(v, depth)
	case *Dict:
		w.seen[v]++
		if w.seen[v] > 1 {
			return nil
		}
		for _, e := range v.entries {
			if err := w.count(e.Key, depth+1); err != nil {
				return err
			}
			if err := w.count(e.Value, depth+1); err != nil {
				return err
			}
		}
		return nil
	case string:
		return nil
	}
	if _, ok := scalar(v); !ok {
		return fmt.Errorf("cannot represent an object of type %s in YAML", TypeName(v))
	}
	return nil
}

func (w *yamlWriter) countItems(items []any, depth int) error {
	for _, item := range items {
		if err := w.count(item, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// node writes a value and the anchor or alias before it.
func (w *yamlWriter) node(v any, c context) {
	if w.fault != nil {
		return
	}
	if w.seenTwice(v) {
		if name, ok := w.anchors[v]; ok {
			w.indicator("*"+name, true, false, false)
			return
		}
		name := fmt.Sprintf("id%03d", len(w.anchors)+1)
		w.anchors[v] = name
		w.indicator("&"+name, true, false, false)
	}
	switch v := v.(type) {
	case *List:
		w.list(v.Items, c)
	case Tuple:
		w.list(v, c)
	case *Dict:
		w.dict(v)
	default:
		w.scalarNode(v, c)
	}
}

func (w *yamlWriter) seenTwice(v any) bool {
	switch v.(type) {
	case *List, *Dict:
		return w.seen[v] > 1
	}
	return false
}

func (w *yamlWriter) list(items []any, c context) {
	if len(items) == 0 {
		w.indicator("[", true, true, false)
		w.indicator("]", false, false, false)
		return
	}
	outer := w.indent
	indentless := c.mapping && !w.indention
	if w.indent < 0 {
		w.indent = 0
	} else if !indentless {
		w.indent += w.step
	}
	for _, item := range items {
		w.writeIndent()
		w.indicator("-", true, false, true)
		w.node(item, context{})
	}
	w.indent = outer
}

func (w *yamlWriter) dict(d *Dict) {
	if d.Len() == 0 {
		w.indicator("{", true, true, false)
		w.indicator("}", false, false, false)
		return
	}
	entries := d.entries
	if !w.o.KeepOrder {
		// PyYAML keeps the order if the keys cannot be compared.
		if sorted, err := sortEntries(entries); err == nil {
			entries = sorted
		}
	}
	outer := w.indent
	if w.indent < 0 {
		w.indent = 0
	} else {
		w.indent += w.step
	}
	for _, e := range entries {
		w.writeIndent()
		if w.isSimpleKey(e.Key) {
			w.node(e.Key, context{mapping: true, simpleKey: true})
			w.indicator(":", false, false, false)
		} else {
			w.indicator("?", true, false, true)
			w.node(e.Key, context{mapping: true})
			w.writeIndent()
			w.indicator(":", true, false, true)
		}
		w.node(e.Value, context{mapping: true})
	}
	w.indent = outer
}

// isSimpleKey reports whether a key stands on one line before its colon.
func (w *yamlWriter) isSimpleKey(key any) bool {
	switch k := key.(type) {
	case Tuple:
		return len(k) == 0
	case string:
		a := analyze(k, w.o.Unicode)
		return len([]rune(k)) < 128 && !a.empty && !a.multiline
	}
	s, _ := yamlScalar(key)
	return len(s) < 128
}

// yamlScalar returns the plain text of None, booleans and numbers.
func yamlScalar(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "null", true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	case int, int64, *big.Int:
		return scalar(v)
	case float64:
		switch {
		case math.IsNaN(v):
			return ".nan", true
		case math.IsInf(v, 1):
			return ".inf", true
		case math.IsInf(v, -1):
			return "-.inf", true
		}
		s := Float(v)
		if !strings.Contains(s, ".") && strings.Contains(s, "e") {
			s = strings.Replace(s, "e", ".0e", 1)
		}
		return s, true
	}
	return "", false
}

func (w *yamlWriter) scalarNode(v any, c context) {
	outer := w.indent
	if w.indent < 0 {
		w.indent = w.step
	} else {
		w.indent += w.step
	}
	if s, ok := yamlScalar(v); ok {
		w.plain([]rune(s), c.root, false)
	} else if s, ok := v.(string); ok {
		a := analyze(s, w.o.Unicode)
		text := []rune(s)
		split := !c.simpleKey
		switch {
		case resolvesToText(s) && !(c.simpleKey && (a.empty || a.multiline)) && a.blockPlain:
			w.plain(text, c.root, split)
		case a.singleQuoted && !(c.simpleKey && a.multiline):
			w.singleQuoted(text, split)
		default:
			w.doubleQuoted(text, split)
		}
	}
	w.indent = outer
}

func (w *yamlWriter) indicator(s string, needBlank, whitespace, indention bool) {
	if !w.whitespace && needBlank {
		s = " " + s
	}
	w.whitespace = whitespace
	w.indention = w.indention && indention
	w.column += len(s)
	w.openEnded = false
	w.put(s)
}

func (w *yamlWriter) lineBreak(s string) {
	w.whitespace, w.indention = true, true
	w.column = 0
	w.put(s)
}

func (w *yamlWriter) writeIndent() {
	indent := max(w.indent, 0)
	if !w.indention || w.column > indent || (w.column == indent && !w.whitespace) {
		w.lineBreak("\n")
	}
	if w.column < indent {
		w.whitespace = true
		w.put(strings.Repeat(" ", indent-w.column))
		w.column = indent
	}
}

// run writes a part of a scalar.
func (w *yamlWriter) run(text []rune) {
	w.column += len(text)
	w.put(string(text))
}
