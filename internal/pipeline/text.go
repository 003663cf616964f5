package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// joinWords joins names as in "a, b and c".
func joinWords(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// place returns the span of the document's title, or else of the document.
func (r *run) place() source.Span {
	if !r.meta.TitleSpan.IsZero() {
		return r.meta.TitleSpan
	}
	return r.meta.Span
}

// fieldSpan returns the span of the first item with a field.
func (r *run) fieldSpan(field string) source.Span {
	span := r.place()
	r.eachItem(func(item *sigma.Item) bool {
		if item.Field != field {
			return true
		}
		span = item.FieldSpan
		return false
	})
	return span
}

// printMap returns a map as `a=1 b=x`, sorted.
func printMap(m map[string]any) string {
	var parts []string
	for key, value := range m {
		parts = append(parts, fmt.Sprintf("%s=%v", key, value))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
