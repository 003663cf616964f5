package convert

import (
	"io"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
)

// A Format is a format for queries as text.
type Format struct {
	Name, Help string
	// end follows each query, and between separates it from the next one.
	end, between string
}

// Formats are the formats of SQL, with the default first.
var Formats = []Format{
	{"default", "statements, each ended by a semicolon", ";\n", "\n"},
	{"bare", "statements without semicolons, for drivers and for the Athena API", "\n", "\n"},
}

// FormatNames returns the names of Formats in their order.
func FormatNames() []string {
	var names []string
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}

// Text returns a query with the end of the format.
func (f Format) Text(query string) string { return strings.TrimRight(query, "\n") + f.end }

// An Entry is the JSON form of a rule's result.
type Entry struct {
	ID    string `json:"rule_id"`
	Path  string `json:"path"`
	Title string `json:"title"`
	// Query is nil for a refused rule. Error is nil for a converted rule.
	Query  *string `json:"query,omitempty"`
	Error  *string `json:"error,omitempty"`
	Reason string  `json:"reason,omitempty"`
	// Pack is the number of the statement with --pack. All rules of a statement have its text.
	Pack     int      `json:"pack,omitempty"`
	Fields   []string `json:"fields"`
	Unmapped []string `json:"unmapped"`
}

// Entry returns the JSON form of a result.
func (r *Result) Entry() Entry {
	c := Entry{ID: r.ID, Path: r.Path, Title: r.Title, Reason: r.Reason(), Pack: r.Pack, Fields: r.Fields, Unmapped: r.Unmapped}
	if r.Query != "" {
		query := strings.TrimRight(r.Query, "\n")
		c.Query = &query
	} else {
		fault := r.Fault()
		c.Error = &fault
	}
	if c.Fields == nil {
		c.Fields = []string{}
	}
	if c.Unmapped == nil {
		c.Unmapped = []string{}
	}
	return c
}

// WriteQueries writes the queries of results. It writes a packed statement once.
func WriteQueries(w io.Writer, format Format, results []Result) error {
	first := true
	for i := range results {
		if results[i].Query == "" || packedBefore(results, i) {
			continue
		}
		between := format.between
		if first {
			between = ""
		}
		first = false
		for _, part := range []string{between, strings.TrimRight(results[i].Query, "\n"), format.end} {
			if _, err := io.WriteString(w, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// packedBefore reports whether an earlier result has the same statement.
func packedBefore(results []Result, i int) bool {
	return results[i].Pack > 0 && slices.IndexFunc(results, func(r Result) bool { return r.Pack == results[i].Pack }) < i
}

// WriteEntries writes the results as lines of JSON.
func WriteEntries(w io.Writer, results []Result) error {
	encoder := finding.NewSafeEncoder(w)
	for i := range results {
		if err := encoder.Encode(results[i].Entry()); err != nil {
			return err
		}
	}
	return nil
}
