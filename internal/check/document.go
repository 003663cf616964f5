package check

import (
	"path"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// kind is a set of kinds of documents.
type kind uint8

const (
	rules kind = 1 << iota
	correlations
	filters

	judged     = rules | correlations
	detections = rules | filters // both have search identifiers
	all        = judged | filters
)

// A Document is a rule, correlation or filter that could be read.
type Document struct {
	file *source.File
	// base is the last part of the path.
	base string
	kind kind
	// Meta is the metadata of any kind of document.
	*sigma.Meta
	// outline is the document as written, never nil.
	outline *sigma.Outline
	// One of them is set.
	rule        *sigma.Rule
	correlation *sigma.Correlation
	filter      *sigma.Filter
	// detection is that of a rule or filter, nil for a correlation.
	detection *sigma.Detection
	logSource *sigma.LogSource
	// where is the lowered detection, nil if it cannot be lowered.
	where ir.Expr
	// items are the items of all search identifiers, in the order of the file.
	items []Item
	// subject returns the rule as it is compared with others; only rules with a lowered detection have one.
	subject func() *subject
}

// fileName returns the last part of the path.
func (d *Document) fileName() string { return d.base }

func baseName(name string) string { return path.Base(strings.ReplaceAll(name, `\`, "/")) }

// find returns the outline of a key, nil if the document does not have it or its value is null.
func (d *Document) find(key ...string) *sigma.Outline {
	n := d.outline.Find(key...)
	if n == nil || n.Kind == sigma.NullNode {
		return nil
	}
	return n
}

// place returns the span of the value of a key, else that of the title, else the start of the document.
func (d *Document) place(key ...string) source.Span {
	if n := d.outline.Find(key...); n != nil {
		if n.Kind == sigma.NullNode || n.Kind == sigma.MapNode || n.Kind == sigma.ListNode {
			return n.KeySpan
		}
		return n.Span
	}
	if !d.TitleSpan.IsZero() {
		return d.TitleSpan
	}
	return source.Span{File: d.file, Start: d.Span.Start, End: d.Span.Start}
}

// text returns the value of a key as written, "" if it is absent.
func (d *Document) text(key ...string) string {
	if n := d.find(key...); n != nil {
		return n.Text
	}
	return ""
}

// list returns the entries of a list, or the value itself if it is a scalar. It is nil if the key is absent.
func (d *Document) list(key ...string) []sigma.Outline {
	n := d.find(key...)
	switch {
	case n == nil:
		return nil
	case n.Kind == sigma.ListNode:
		return n.Children
	case n.Kind == sigma.MapNode:
		return nil
	}
	return []sigma.Outline{*n}
}

// custom returns the spans of top-level keys that the specification does not define.
func (d *Document) custom() []sigma.Unknown { return d.Unknown }

// An Item is an item of a detection with what its checks need.
type Item struct {
	*sigma.Item
	document *Document
	search   *sigma.Search
	// values are the values after their modifiers, read when they are needed.
	values []value
	read   bool
}

// has reports whether the item has a modifier.
func (item *Item) has(name string) bool {
	for _, m := range item.Modifiers {
		if m.Name == name {
			return true
		}
	}
	return false
}

// itemsOf collects the items of a detection.
func itemsOf(d *Document) []Item {
	var items []Item
	for _, search := range d.detection.Searches {
		sigma.WalkSearch(search.Expr, func(e sigma.SearchExpr) bool {
			if item, ok := e.(*sigma.Item); ok {
				items = append(items, Item{Item: item, document: d, search: search})
			}
			return true
		})
	}
	return items
}

// wordKind is the type of a value after its modifiers.
type wordKind uint8

const (
	textWord wordKind = iota
	numberWord
	regexWord
	otherWord // a network, the name of a field, a boolean, null
)

// A value is a value of an item after its modifiers, as pySigma has it.
type value struct {
	kind wordKind
	// pattern is that of a text.
	pattern ir.Pattern
	// encoded is set if the text is no longer that of the author, or is several texts.
	encoded bool
	// key is equal for equal values.
	key string
	at  source.Span
}

// words returns the values of an item after their modifiers, as far as checks judge them.
func (item *Item) words() []value {
	if item.read {
		return item.values
	}
	item.read = true
	for i := range item.Values {
		v := &item.Values[i]
		out := value{at: v.Span, key: v.Text}
		switch {
		case v.Kind == sigma.NumberValue:
			out.kind, out.key = numberWord, plainNumber(v.Text)
			if slices.ContainsFunc([]string{"gt", "gte", "lt", "lte"}, item.has) {
				out.kind = otherWord
			}
		case v.Kind != sigma.StringValue:
			out.kind = otherWord
		default:
			out.pattern = lower.ParsePattern(v.Text)
			for _, m := range item.Modifiers {
				item.modify(&out, m.Name)
			}
		}
		item.values = append(item.values, out)
	}
	return item.values
}

// plainNumber returns a number without zeros at the end of its decimals, so that equal numbers have equal texts.
func plainNumber(text string) string {
	if !strings.Contains(text, ".") || strings.ContainsAny(text, "eE") {
		return text
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// placeholderName matches the placeholder of a pipeline in a text.
var placeholderName = lazyre.New(`%\w+%`)

// expand puts placeholders in place of their names, since their values are not known here.
func expand(pattern ir.Pattern) ir.Pattern {
	var out ir.Pattern
	for _, part := range pattern {
		if part.Kind != ir.Literal {
			out = append(out, part)
			continue
		}
		at := 0
		for _, name := range placeholderName.FindAllStringIndex(part.Text, -1) {
			if at < name[0] {
				out = append(out, ir.Part{Kind: ir.Literal, Text: part.Text[at:name[0]]})
			}
			out = append(out, ir.Part{Kind: ir.Placeholder, Text: part.Text[name[0]+1 : name[1]-1]})
			at = name[1]
		}
		if at < len(part.Text) {
			out = append(out, ir.Part{Kind: ir.Literal, Text: part.Text[at:]})
		}
	}
	return out
}

func (item *Item) modify(v *value, modifier string) {
	run := ir.Part{Kind: ir.AnyRun}
	switch modifier {
	case "contains", "startswith", "endswith":
		if v.kind != textWord {
			return
		}
		if n := len(v.pattern); modifier != "startswith" && (n == 0 || v.pattern[0].Kind != ir.AnyRun) {
			v.pattern = append(ir.Pattern{run}, v.pattern...)
		}
		if n := len(v.pattern); modifier != "endswith" && (n == 0 || v.pattern[n-1].Kind != ir.AnyRun) {
			v.pattern = append(v.pattern[:n:n], run)
		}
	case "re":
		v.kind = regexWord
	case "expand":
		v.pattern = expand(v.pattern)
	case "cidr", "fieldref", "exists", "gt", "gte", "lt", "lte":
		v.kind = otherWord
	case "windash":
		v.encoded, v.key = true, dashKey(v.pattern)
	case "base64", "base64offset", "wide", "utf16", "utf16le", "utf16be":
		v.encoded = true
	}
}
