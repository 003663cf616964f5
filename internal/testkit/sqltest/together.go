package sqltest

import (
	"context"
	"fmt"
	"strings"
)

// An Answer is what an engine says to a statement.
type Answer struct {
	Rows [][]any
	Err  error
}

// Of what a statement of QueryTogether consists at most. Planning is what statements cost on small tables; Trino plans at most
// 150 stages, and a stage or two for each part.
const (
	partsTogether = 25
	bytesTogether = 200_000
)

// QueryTogether runs many statements as parts of few. The statements' results must have the same columns. The answers are in the
// order of the texts. If parts fail together, each runs alone, so that an error belongs to one text.
func QueryTogether(ctx context.Context, e Engine, texts []string) []Answer {
	answers := make([]Answer, len(texts))
	for start := 0; start < len(texts); {
		end, size := start, 0
		for end < len(texts) && end-start < partsTogether && (end == start || size+len(texts[end]) <= bytesTogether) {
			size += len(texts[end])
			end++
		}
		if end-start == 1 || !together(ctx, e, texts[start:end], answers[start:end]) {
			for i := start; i < end; i++ {
				_, answers[i].Rows, answers[i].Err = e.Query(ctx, texts[i])
			}
		}
		start = end
	}
	return answers
}

// together runs statements as one and sets their answers; false if that fails.
func together(ctx context.Context, e Engine, texts []string, answers []Answer) bool {
	var b strings.Builder
	for i, text := range texts {
		if i > 0 {
			b.WriteString("\nUNION ALL\n")
		}
		fmt.Fprintf(&b, "SELECT %d AS part_of_all, q.* FROM (%s\n) AS q", i, text)
	}
	_, rows, err := e.Query(ctx, b.String())
	if err != nil {
		return false
	}
	for _, row := range rows {
		i, ok := row[0].(int64)
		if !ok || i < 0 || int(i) >= len(answers) {
			return false
		}
		answers[i].Rows = append(answers[i].Rows, row[1:])
	}
	return true
}
