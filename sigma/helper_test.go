package sigma

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// parseText parses a text under the name rule.yml.
func parseText(text string) (*Collection, diag.List) { return Parse(source.NewFile("rule.yml", text)) }

// codes lists diagnostics as "line:column severity code", which is what tables compare.
func codes(list diag.List) string {
	var lines []string
	for _, d := range list {
		place := "-"
		if d.Span.File != nil {
			p := d.Span.File.Position(d.Span.Start)
			place = fmt.Sprintf("%d:%d", p.Line, p.Column)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", place, d.Severity, d.Code))
	}
	return strings.Join(lines, "\n")
}

// expectCodes compares diagnostics with a text of lines such as "4:9 error unknown-modifier".
func expectCodes(t *testing.T, list diag.List, want string) {
	t.Helper()
	want = strings.TrimSpace(strings.ReplaceAll(want, "\t", ""))
	if got := codes(list); got != want {
		t.Errorf("diagnostics are\n%s\nwant\n%s", got, want)
		for _, d := range list {
			t.Log(d.String())
		}
	}
}

// bare returns a deep copy of a tree without what printing loses: places, documents, spellings.
func bare[T any](tree T) T {
	seen := map[uintptr]reflect.Value{}
	return bareValue(reflect.ValueOf(tree), seen).Interface().(T)
}

func bareValue(v reflect.Value, seen map[uintptr]reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		if copied, ok := seen[v.Pointer()]; ok {
			return copied
		}
		out.Set(reflect.New(v.Type().Elem()))
		seen[v.Pointer()] = out
		out.Elem().Set(bareValue(v.Elem(), seen))
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out.Set(bareValue(v.Elem(), seen))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[source.Span]() {
			return out
		}
		for i := range v.NumField() {
			switch v.Type().Field(i).Name {
			case "SharedID", "Document", "FromRule", "Base", "Refused", "TimespanText", "Applied":
				continue
			case "Text":
				if v.Type() == reflect.TypeFor[Condition]() {
					continue
				}
			}
			out.Field(i).Set(bareValue(v.Field(i), seen))
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return out
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(bareValue(v.Index(i), seen))
		}
	default:
		return v
	}
	return out
}

// checkRoundTrip prints a collection, parses the text and compares the trees.
func checkRoundTrip(t *testing.T, c *Collection) {
	t.Helper()
	if len(c.Rules)+len(c.Correlations)+len(c.Filters) == 0 {
		return
	}
	text, err := Print(c)
	if err != nil {
		t.Fatal(err)
	}
	again, list := parseText(text)
	if list.HasErrors() {
		t.Fatalf("the printed text has errors:\n%s\n%s", codes(list), text)
	}
	for i := range 3 {
		before := reflect.ValueOf(*bare(c)).Field(i).Interface()
		after := reflect.ValueOf(*bare(again)).Field(i).Interface()
		if !reflect.DeepEqual(before, after) {
			was, is := dump(before), dump(after)
			at := 0
			for at < min(len(was), len(is)) && was[at] == is[at] {
				at++
			}
			at = max(0, at-100)
			t.Fatalf("the printed text gives another tree:\nbefore %.300s\nafter  %.300s\n%.20000s", was[at:], is[at:], text)
		}
	}
	if second, err := Print(again); err != nil || second != text {
		t.Fatalf("printing twice differs:\n%s\n---- then\n%s", text, second)
	}
}

// dump shows a tree with what its pointers and interfaces hold.
func dump(tree any) string {
	var out strings.Builder
	var show func(v reflect.Value)
	show = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if v.IsNil() {
				out.WriteString("nil")
				return
			}
			show(v.Elem())
		case reflect.Struct:
			out.WriteString(v.Type().Name() + "{")
			for i := range v.NumField() {
				if !v.Field(i).IsZero() {
					out.WriteString(v.Type().Field(i).Name + ": ")
					show(v.Field(i))
					out.WriteString(" ")
				}
			}
			out.WriteString("}")
		case reflect.Slice:
			out.WriteString("[")
			for i := range v.Len() {
				show(v.Index(i))
				out.WriteString(" ")
			}
			out.WriteString("]")
		default:
			fmt.Fprintf(&out, "%#v", v.Interface())
		}
	}
	show(reflect.ValueOf(tree))
	return out.String()
}

// checkSpans checks that every place of a tree lies inside its file.
func checkSpans(t *testing.T, file *source.File, tree any) {
	t.Helper()
	seen := map[uintptr]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() || seen[v.Pointer()] || v.Type() == reflect.TypeFor[*source.File]() {
				return
			}
			seen[v.Pointer()] = true
			walk(v.Elem())
		case reflect.Interface:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Struct:
			if span, ok := reflect.TypeAssert[source.Span](v); ok {
				if span.File != nil && (span.File != file || span.Start < 0 || span.Start > span.End || span.End > len(file.Text)) {
					t.Fatalf("span [%d, %d) is outside the file of %d bytes", span.Start, span.End, len(file.Text))
				}
				return
			}
			for _, field := range v.Fields() {
				walk(field)
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		default:
		}
	}
	walk(reflect.ValueOf(tree))
}
